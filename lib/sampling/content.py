"""Puts the content to label beside the drawn units."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def with_content(drawn: DataFrame, units: DataFrame) -> DataFrame:
    """`drawn` with user_key, query_text, response_text and pins of its units; a scan of the population, no shuffle."""
    content = ("user_key", "query_text", "response_text", "pins")
    beside = units.select("unit_id", *content)
    return beside.join(F.broadcast(drawn), "unit_id").select(*drawn.columns, *content)
