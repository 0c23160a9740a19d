"""Spark types of columns: parsed once, and which of them hold values of another without loss."""

from functools import cache

from pyspark.sql.types import ArrayType, DataType, MapType, StructType

_WIDENS_TO = {
    "byte": {"short", "integer", "long", "float", "double"},
    "short": {"integer", "long", "float", "double"},
    "integer": {"long", "double"},
    "float": {"double"},
}


@cache
def parsed_type(data_type: str) -> DataType:
    """The Spark type of a DDL type. Spark parses it in the JVM, and contracts ask for every column at every turn."""
    return DataType.fromDDL(data_type)


def accepts(expected: DataType, found: DataType) -> bool:
    """Whether `found` can be stored as `expected` without loss; nullability is Delta's to enforce."""
    if isinstance(expected, ArrayType) and isinstance(found, ArrayType):
        return accepts(expected.elementType, found.elementType)
    if isinstance(expected, MapType) and isinstance(found, MapType):
        return accepts(expected.keyType, found.keyType) and accepts(expected.valueType, found.valueType)
    if isinstance(expected, StructType) and isinstance(found, StructType):
        return len(expected.fields) == len(found.fields) and all(
            e.name == f.name and accepts(e.dataType, f.dataType)
            for e, f in zip(expected.fields, found.fields, strict=True)
        )
    return expected == found or expected.typeName() in _WIDENS_TO.get(found.typeName(), set())
