"""A map of texts as a column: what is known on the driver, looked up in every row."""

from collections.abc import Mapping

from pyspark.sql import Column
from pyspark.sql import functions as F


def literal_map(values: Mapping[str, str]) -> Column:
    """`values` as a column of type map<string,string>, the same in every row."""
    return F.create_map(*[F.lit(text) for pair in values.items() for text in pair])
