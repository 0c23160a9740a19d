"""Records of the driver as an Arrow table, which Spark takes over as it is.

Rows that Python hands over one by one are pickled, and every action that reads them starts a Python process to unpack
them again: for a few numbers that costs more than all that is done with them.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any

import pyarrow as pa
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import (
    ArrayType,
    DataType,
    FractionalType,
    IntegralType,
    MapType,
    StructField,
    StructType,
    TimestampType,
)

from schemas.errors import ContractError

_REFUSALS = (pa.ArrowInvalid, pa.ArrowTypeError, TypeError, ValueError, OverflowError, AttributeError)


def arrow_table(records: Sequence[Mapping[str, Any]], schema: StructType, *, table: str) -> pa.Table:
    """`records` with the fields of `schema`; a time without a zone is one of the driver's own, as Spark hands it over.

    Raises ContractError that names `table`, the field and the value for a null where none may be and for another type.
    """
    arrow = to_arrow_schema(schema)
    columns = [
        _column([record[field.name] for record in records], field, kind, table)
        for field, kind in zip(schema.fields, arrow.types, strict=True)
    ]
    return pa.Table.from_arrays(columns, schema=arrow)


def _column(values: Sequence[Any], field: StructField, kind: pa.DataType, table: str) -> pa.Array:
    for value in values:
        # What Arrow would take: a number cut off to a whole one, a truth as a number.
        if (value is None and not field.nullable) or _is_other_number(value, field.dataType):
            raise _refused(table, field, value)
    try:
        return _array(values, field.dataType, kind)
    except _REFUSALS as error:
        raise _refused(table, field, next(value for value in values if not _fits(value, field, kind))) from error


def _refused(table: str, field: StructField, value: Any) -> ContractError:
    found = "null" if value is None else f"{type(value).__name__} {str(value)[:80]!r}"
    return ContractError(
        f"Table `{table}`: field `{field.name}` of a record is {found}, expected {field.dataType.simpleString()}; mend "
        "whatever made the record."
    )


def _is_other_number(value: Any, data_type: DataType) -> bool:
    if isinstance(data_type, IntegralType):
        return isinstance(value, float | bool)
    return isinstance(data_type, FractionalType) and isinstance(value, bool)


def _fits(value: Any, field: StructField, kind: pa.DataType) -> bool:
    try:
        _array([value], field.dataType, kind)
    except _REFUSALS:
        return False
    return True


def _array(values: Sequence[Any], data_type: DataType, kind: pa.DataType) -> pa.Array:
    is_changed = isinstance(data_type, TimestampType | StructType | ArrayType | MapType)
    return pa.array([_plain(value, data_type) for value in values] if is_changed else values, kind)


def _plain(value: Any, data_type: DataType) -> Any:
    """`value` as Arrow reads it: times with a zone, structs as dictionaries, maps as pairs."""
    if value is None:
        return None
    if isinstance(data_type, TimestampType):
        return value.astimezone(UTC)
    if isinstance(data_type, ArrayType):
        if isinstance(value, str):
            raise TypeError("a text is no list of its characters")
        return [_plain(entry, data_type.elementType) for entry in value]
    if isinstance(data_type, MapType):
        return [(_plain(k, data_type.keyType), _plain(v, data_type.valueType)) for k, v in value.items()]
    if isinstance(data_type, StructType):
        named = value if isinstance(value, Mapping) else dict(zip(data_type.names, value, strict=True))
        return {field.name: _plain(named.get(field.name), field.dataType) for field in data_type.fields}
    return value
