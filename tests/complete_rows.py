"""Rows for tests that name only the columns they are about."""

from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from schemas.table_spec import TableSpec


def completed(spec: TableSpec, frame: DataFrame, *, ds: date, design_id: str) -> DataFrame:
    """`frame` with the columns of the contract that it lacks: nulls, empty collections, 0.5 for numbers, the design."""
    empty = {"bigint": F.lit(0), "double": F.lit(0.5), "string": F.lit(design_id), "date": F.lit(ds)}
    absent = {}
    for column in spec.columns:
        if column.name not in frame.columns:
            value = empty.get(column.data_type, F.lit(None))
            if column.data_type.startswith("array"):
                value = F.array()
            elif column.data_type.startswith("map"):
                value = F.create_map()
            absent[column.name] = value.cast(column.data_type)
    return frame.withColumns(absent)
