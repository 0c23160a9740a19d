"""Records of a JSON-lines log, held to the log's contract: a value of another type is never converted.

A line that is no JSON object, or has fields of another type, is a record all the same: it keeps what is as the contract
says, and `malformed_fields` names the rest. Fields that the contract does not know are left out; of a field that comes
twice the last one counts.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas.columns import MALFORMED_FIELDS
from schemas.table_spec import ColumnSpec, TableSpec

WHOLE_RECORD = "*"

_BROKEN = "broken record"
# Python's json.dumps writes NaN; single quotes are nobody's JSON.
_LENIENT = {"allowSingleQuotes": "false", "allowNonNumericNumbers": "true"}
_SPACE_AND_MARK = " \t\r\ufeff"
_NUMBERS = "^(BIGINT|DECIMAL|DOUBLE|FLOAT|VOID)"
_LIST_OF_NUMBERS = "^ARRAY<(BIGINT|DECIMAL|DOUBLE|FLOAT)"
# Times of day and such would be completed from the clock.
_BEGINS_WITH_DATE = "^[0-9]{4,6}-[0-9]{1,2}-[0-9]{1,2}"
_HIGH, _LOW = r"\\u[dD][89abAB][0-9a-fA-F]{2}", r"\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_HALF_PAIR = f"{_HIGH}(?!{_LOW})|(?<!{_HIGH}){_LOW}"


def contract_records(lines: DataFrame, spec: TableSpec) -> DataFrame:
    """The records of `lines` (value, ds), with the columns of `spec`; lines of white space are no records."""
    logged = [c for c in spec.columns if c.name not in ("ds", MALFORMED_FIELDS.name)]
    line = F.ltrim(F.make_valid_utf8("value"), F.lit(_SPACE_AND_MARK))
    records = lines.select("ds", line.alias("line")).where(F.col("line") != "")
    parsed = records.withColumn("line", _with_whole_characters(F.col("line"))).select(
        "ds",
        _is_one_object(F.col("line")).alias("is_one"),
        F.from_json("line", _schema(logged), _LENIENT | {"columnNameOfCorruptRecord": _BROKEN}).alias("record"),
    )
    values = {c.name: _value(c) for c in logged}
    is_wrong = [F.when(_is_given(c) & values[c.name].isNull(), c.name) for c in logged]
    is_broken = ~F.col("is_one") | F.col("record").isNull() | F.col("record")[_BROKEN].isNotNull()
    wrong = F.when(is_broken, F.array(F.lit(WHOLE_RECORD))).otherwise(F.array_compact(F.array(*is_wrong)))
    return parsed.select(
        "ds",
        *[value.alias(name) for name, value in values.items()],
        F.when(F.size(wrong) > 0, wrong).alias(MALFORMED_FIELDS.name),
    )


def _with_whole_characters(line: Column) -> Column:
    """The line with an escaped U+FFFD for every escape of half a character, such as that of U+D800.

    Left to the parser, half a character would become a question mark, and two ids might become one.
    """
    # With no backslash escaped by another, whatever looks like an escape is one.
    unambiguous = F.replace(line, F.lit(r"\\"), F.lit(r"\u005c"))
    has_any = F.contains(line, F.lit(r"\ud")) | F.contains(line, F.lit(r"\uD"))
    return F.when(has_any, F.regexp_replace(unambiguous, _HALF_PAIR, r"\\ufffd")).otherwise(line)


def _is_one_object(line: Column) -> Column:
    """Whether the line is one JSON object and nothing beside: the parser reads on no further than its end."""
    listed = F.concat(F.lit("["), line, F.lit(",0]"))
    # The quick count knows no NaN; what it cannot read is parsed.
    n_elements = F.coalesce(F.json_array_length(listed), F.size(F.from_json(listed, "array<string>", _LENIENT)))
    return F.startswith(line, F.lit("{")) & F.coalesce(n_elements == 2, F.lit(False))


def _schema(logged: list[ColumnSpec]) -> str:
    fields = [f"`{c.name}` {'map<string,variant>' if _is_map(c) else 'variant'}" for c in logged]
    return ", ".join([*fields, f"`{_BROKEN}` string"])


def _is_map(column: ColumnSpec) -> bool:
    return column.data_type == "map<string,double>"


def _is_given(column: ColumnSpec) -> Column:
    field = F.col("record")[column.name]
    return field.isNotNull() if _is_map(column) else F.coalesce(F.schema_of_variant(field) != "VOID", F.lit(False))


def _value(column: ColumnSpec) -> Column:
    """The field as the contract's type; null if it has another."""
    field = F.col("record")[column.name]
    if _is_map(column):
        are_numbers = F.forall(F.map_values(field), lambda value: F.schema_of_variant(value).rlike(_NUMBERS))
        return F.when(are_numbers, F.transform_values(field, lambda _, value: F.try_variant_get(value, "$", "double")))
    kind = F.schema_of_variant(field)
    if column.data_type == "timestamp":
        text = F.try_variant_get(field, "$", "string")
        return F.when((kind == "STRING") & text.rlike(_BEGINS_WITH_DATE), text.try_cast("timestamp"))
    if column.data_type == "array<float>":
        is_numbers = kind.rlike(_LIST_OF_NUMBERS)
        return F.when(is_numbers, F.try_variant_get(field, "$", column.data_type))
    kinds = {"string": "STRING", "int": "BIGINT", "boolean": "BOOLEAN"}
    return F.when(kind == kinds[column.data_type], F.try_variant_get(field, "$", column.data_type))
