"""A fingerprint of a table's rows: equal for equal content, whatever files, order or run it came from."""

from collections.abc import Mapping
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, DataType, MapType, StructType

# What differs between runs that write the same content.
RUN_COLUMNS = ("job_run_id", "job_run_reads")


def content_fingerprints(frames: Mapping[str, DataFrame]) -> dict[str, str]:
    """Number of rows and content hash of every frame, as `n:hash` (16 hex digits), in one pass over each.

    The hash is the sum of the rows' 64-bit hashes modulo 2^64: no order, and a row that is there twice counts twice.
    """
    if not frames:
        return {}
    summed = [
        frame.select(row_hash(frame).alias("hash")).agg(
            F.lit(name).alias("name"),
            F.count(F.lit(1)).alias("n"),
            F.sum(F.col("hash").cast("decimal(20,0)")).alias("sum"),
        )
        for name, frame in sorted(frames.items())
    ]
    rows = reduce(DataFrame.unionByName, summed).collect()
    return {row["name"]: f"{row['n']}:{int(row['sum'] or 0) % 2**64:016x}" for row in rows}


def n_rows_of(fingerprint: str) -> int:
    """The number of rows that a fingerprint tells."""
    return int(fingerprint.split(":", maxsplit=1)[0])


def n_rows_gone(before: DataFrame, after: DataFrame) -> int:
    """Rows of `before` that are not in `after` with the same content; rows that came in do not count."""
    return before.select(row_hash(before)).exceptAll(after.select(row_hash(after))).count()


def row_hash(frame: DataFrame) -> Column:
    """64-bit hash of all columns of a row but RUN_COLUMNS; names count, the order of columns and of map keys do not."""
    fields = sorted((f for f in frame.schema.fields if f.name not in RUN_COLUMNS), key=lambda f: f.name)
    columns = [_without_maps(F.col(field.name), field.dataType).alias(field.name) for field in fields]
    return F.xxhash64(F.to_json(F.struct(*columns), {"ignoreNullFields": "false"}))


def _without_maps(column: Column, data_type: DataType) -> Column:
    """`column` with every map in it as its entries in the order of their keys: maps have no order of their own."""
    if isinstance(data_type, MapType):
        inner = data_type.valueType
        values = F.transform_values(column, lambda _, value: _without_maps(value, inner))
        return F.array_sort(F.map_entries(values))
    if isinstance(data_type, ArrayType):
        element = data_type.elementType
        return F.transform(column, lambda value: _without_maps(value, element))
    if isinstance(data_type, StructType):
        fields = [_without_maps(column[f.name], f.dataType).alias(f.name) for f in data_type.fields]
        return F.when(column.isNotNull(), F.struct(*fields))
    return column
