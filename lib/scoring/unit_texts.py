"""The texts of a unit, one column per text component, cut before they leave Spark."""

from pyspark.sql import Column
from pyspark.sql import functions as F

from lib.scoring.features import TEXT_COLUMNS


def text_columns(*, maximum_text_length: int) -> list[Column]:
    """Columns query_text, response_text and image_text (titles of all Pins, one a line) of a unit or sampled unit.

    Reads query_text, response_text and pins. Each text is cut to `maximum_text_length` characters, so that a megabyte
    of text costs no transfer to Python.
    """
    texts = (F.col("query_text"), F.col("response_text"), F.concat_ws("\n", F.col("pins.title")))
    return [
        F.substring(text, 1, maximum_text_length).alias(name) for text, name in zip(texts, TEXT_COLUMNS, strict=True)
    ]
