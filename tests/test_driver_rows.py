"""Records of the driver keep every value, whatever its type, and what a column cannot hold is named."""

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from pyspark.sql.types import (
    ArrayType,
    BooleanType,
    DataType,
    DateType,
    DoubleType,
    LongType,
    MapType,
    Row,
    StringType,
    StructField,
    StructType,
    TimestampType,
)

from lib.driver_rows import arrow_table
from schemas.errors import ContractError

PLACE = StructType([StructField("name", StringType()), StructField("seen_at", TimestampType())])
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def _new_york(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "America/New_York")
        time.tzset()
        yield
    time.tzset()


def _column(data_type: DataType, *values: Any, is_nullable: bool = True) -> list[Any]:
    schema = StructType([StructField("x", data_type, is_nullable)])
    found: list[Any] = arrow_table([{"x": value, "y": 1} for value in values], schema, table="t")["x"].to_pylist()
    return found


@pytest.mark.parametrize(
    ("data_type", "value", "kept"),
    [
        (StringType(), "a", "a"),
        (LongType(), 2**62 + 1, 2**62 + 1),
        (DoubleType(), 0.1, 0.1),
        (DoubleType(), float("inf"), float("inf")),
        (BooleanType(), False, False),
        (DateType(), date(2026, 3, 2), date(2026, 3, 2)),
        (TimestampType(), NOON.astimezone(timezone(timedelta(hours=5))), NOON),
        (ArrayType(StringType()), ("a", "b"), ["a", "b"]),
        (MapType(StringType(), DoubleType()), {"a": 0.5}, [("a", 0.5)]),
        (PLACE, {"name": "a", "more": 1}, {"name": "a", "seen_at": None}),
        (PLACE, Row(name="a", seen_at=NOON), {"name": "a", "seen_at": NOON}),
        (ArrayType(PLACE), [("a", NOON)], [{"name": "a", "seen_at": NOON}]),
        (MapType(StringType(), ArrayType(LongType())), {"a": [1, None]}, [("a", [1, None])]),
    ],
)
def test_every_value_is_kept(data_type: DataType, value: Any, kept: Any) -> None:
    assert _column(data_type, value, None) == [kept, None]


def test_no_number_is_a_value_and_none_is_not() -> None:
    nan, none = _column(DoubleType(), float("nan"), None)
    assert nan != nan  # noqa: PLR0124 - only what is no number differs from itself
    assert none is None


@pytest.mark.usefixtures("_new_york")
def test_a_time_without_a_zone_is_the_drivers_own() -> None:
    assert _column(TimestampType(), datetime(2026, 3, 2, 7)) == [NOON]
    assert _column(PLACE, {"name": "a", "seen_at": datetime(2026, 3, 2, 7)})[0]["seen_at"] == NOON


def test_no_record_keeps_the_columns() -> None:
    schema = StructType([StructField("x", PLACE), StructField("n", LongType(), False)])
    assert arrow_table([], schema, table="t").column_names == ["x", "n"]


@pytest.mark.parametrize(
    ("data_type", "value", "complaint"),
    [
        (LongType(), 1.5, "is float '1.5', expected bigint"),
        (LongType(), True, "is bool 'True', expected bigint"),
        (LongType(), 2**64, "is int '18446744073709551616', expected bigint"),
        (DoubleType(), True, "is bool 'True', expected double"),
        (DoubleType(), "0.5", "is str '0.5', expected double"),
        (StringType(), 7, "is int '7', expected string"),
        (ArrayType(StringType()), "text", "is str 'text', expected array<string>"),
        (MapType(StringType(), DoubleType()), ["a"], """is list "['a']", expected map<string,double>"""),
        (TimestampType(), "noon", "is str 'noon', expected timestamp"),
    ],
)
def test_what_a_column_cannot_hold_is_named(data_type: DataType, value: Any, complaint: str) -> None:
    with pytest.raises(ContractError) as refused:
        _column(data_type, None, value)
    said = f"Table `t`: field `x` of a record {complaint}; mend whatever made the record."
    assert str(refused.value) == said


def test_a_null_where_none_may_be_is_named() -> None:
    with pytest.raises(ContractError, match="field `x` of a record is null, expected string"):
        _column(StringType(), "a", None, is_nullable=False)
