"""Puts the content to label beside the drawn units."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def with_content(drawn: DataFrame, units: DataFrame) -> DataFrame:
    """`drawn` with query_text, response_text and pins of its units; the population is scanned, not shuffled."""
    content = units.select("unit_id", "query_text", "response_text", "pins")
    return content.join(F.broadcast(drawn), "unit_id").select(*drawn.columns, "query_text", "response_text", "pins")
