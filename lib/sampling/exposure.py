"""How much of each published measure a unit carries."""

from pyspark.sql import Column
from pyspark.sql import functions as F


def exposure(measure: str) -> Column:
    """Exposure x of a unit as bigint: 1 for `units`, Pins viewed for `views`; raises KeyError for another measure."""
    columns = {"units": F.lit(1), "views": F.col("viewed_pin_count")}
    return columns[measure].cast("bigint")
