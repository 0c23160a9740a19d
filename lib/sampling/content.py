"""Finds the content of the drawn units, which is kept apart from the sample."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

CONTENT = ("query_text", "response_text", "pins")


def content_of(drawn: DataFrame, units: DataFrame) -> DataFrame:
    """The content of `drawn` (design_id, unit_id) from interaction units: a scan of the population, no shuffle.

    Returns one row per drawn unit that still has content: design_id, unit_id, query_text, response_text, pins.
    """
    names = drawn.select("design_id", "unit_id")
    beside = units.where("has_content").select("unit_id", *CONTENT)
    return beside.join(F.broadcast(names), "unit_id").select(*names.columns, *CONTENT)


def with_content(units: DataFrame, content: DataFrame) -> DataFrame:
    """Those of `units` (columns of `samples`) that still have content, with query_text, response_text and pins.

    `content` are rows of `sample_content`. What expired or was erased is left out: nobody is to judge an empty unit.
    """
    keys = ["ds", "design_id", "unit_id"]
    return units.join(content.select(*keys, *CONTENT), keys).select(*units.columns, *CONTENT)
