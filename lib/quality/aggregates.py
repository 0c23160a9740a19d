"""Figures that one aggregate over a table's day gives, one expression for each check."""

import math
from collections.abc import Mapping
from datetime import date, timedelta
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, StructType

from lib.quality.check import Check
from lib.quality.suites import has_numbers
from schemas.table_spec import ColumnSpec, TableSpec

N_ROWS = "rows"
NEWEST_RUN = "newest run"


def newest_runs(tables: Mapping[str, DataFrame]) -> dict[str, str]:
    """Table to the last run that wrote rows of it, and their number; tables without rows are left out."""
    if not tables:
        return {}
    newest = [
        rows.agg(F.max("job_run_id").alias("run"), F.count(F.lit(1)).alias("n")).select(
            F.lit(name).alias("name"), "run", "n"
        )
        for name, rows in tables.items()
    ]
    found = reduce(DataFrame.union, newest).where(F.col("run").isNotNull()).collect()
    return {row["name"]: run_mark(row["run"], row["n"]) for row in found}


def run_mark(run: str, n_rows: int) -> str:
    """What tells whether a table's rows are still those that were checked."""
    return f"{run} x {n_rows}"


def rows_in_mark(mark: str) -> int:
    """The number of rows that a `run_mark` tells."""
    return int(mark.rpartition(" x ")[2])


def examined(rows: DataFrame, spec: TableSpec) -> DataFrame:
    """`rows` with what aggregates look at: which conditions they break, and the extremes of maps and arrays.

    Least and greatest value are there of every column of maps or arrays that has a range or can be no number.
    """
    collections = [c for c in spec.columns if _is_collection(c) and (c.value_range != (None, None) or has_numbers(c))]
    # In two steps: the values of a map of maps are gathered once, not once for each extreme.
    # By select: over Spark Connect withColumns takes no empty dictionary.
    # Before anything else: Spark reads one field of a list by itself only where nothing lies between it and the scan.
    narrow = rows.select(*[_narrowed(rows, name) for name in rows.columns])
    broken = [_is_broken(condition).alias(f"broken {name}") for name, condition in spec.checks.items()]
    gathered = narrow.select("*", *broken, *[_values(c).alias(f"values of {c.name}") for c in collections])
    extremes = [
        function(F.col(f"values of {c.name}")).alias(f"{extreme} of {c.name}")
        for c in collections
        for extreme, function in (("least", F.array_min), ("greatest", F.array_max))
    ]
    return gathered.select("*", *extremes)


def common_aggregates(spec: TableSpec) -> dict[str, Column]:
    """Number of rows, and of our own tables the last run that wrote any."""
    newest = {} if spec.is_input else {NEWEST_RUN: F.max("job_run_id")}
    return {N_ROWS: F.count(F.lit(1))} | newest


def aggregates_of(check: Check, spec: TableSpec, *, ds: date) -> dict[str, Column]:
    """Expressions over `examined` the day's rows, by name; none if the check needs more than one aggregate."""
    columns = {column.name: column for column in spec.columns}
    if check.kind == "constraint":
        return {check.name: F.count_if(F.col(f"broken {check.subject}"))}
    if check.total is not None:
        return {check.name: total_figure(check.total.figure)}
    if check.kind == "freshness":
        return {check.name: _silent_hours(str(spec.event_time), ds)}
    if check.reference is not None and check.reference.is_row_for_row:
        return key_hash_sums(check.reference.columns)
    if check.subject not in columns:
        return {}
    expression = _of_column(check, columns[check.subject])
    return {} if expression is None else {check.name: expression}


def total_figure(aggregate: str) -> Column:
    """A SQL aggregate of the contract as a number; 0 over no rows."""
    return F.coalesce(_of_contract(aggregate).cast("double"), F.lit(0.0))


def key_hash_sums(columns: tuple[str, ...]) -> dict[str, Column]:
    """Two 31-bit sums over the rows' hashes: equal for equal keys in any order, unlike all but certainly otherwise."""
    digest = F.xxhash64(*columns)
    name = ", ".join(columns)
    return {
        f"low hashes of {name}": F.sum(digest.bitwiseAND(2**31 - 1)),
        f"high hashes of {name}": F.sum(F.shiftrightunsigned(digest, 33)),
    }


def _of_column(check: Check, column: ColumnSpec) -> Column | None:
    value = F.col(column.name)
    least, greatest = (
        (F.col(f"least of {column.name}"), F.col(f"greatest of {column.name}"))
        if _is_collection(column)
        else (value, value)
    )
    if check.kind in ("missing_share", "missing_drift"):
        is_blank = value.isNull() | (value == "") if column.data_type == "string" else value.isNull()
        return F.avg(is_blank.cast("int"))
    if check.kind == "missing_value":
        return F.count_if(value.isNull() | _is_no_number(least, greatest) if has_numbers(column) else value.isNull())
    if check.kind == "not_a_number":
        return F.count_if(_is_no_number(least, greatest))
    # What is no number has a check of its own.
    if check.kind == "minimum":
        return F.min(F.when(F.abs(least) < math.inf, least) if has_numbers(column) else least)
    if check.kind == "maximum":
        return F.max(F.when(F.abs(greatest) < math.inf, greatest) if has_numbers(column) else greatest)
    return None


def _is_no_number(least: Column, greatest: Column) -> Column:
    """Whether one of some values is infinite or NaN, which is greater than all numbers."""
    return (greatest >= math.inf) | (least == -math.inf)


def _of_contract(sql: str) -> Column:
    """A condition or an aggregate as a contract in schemas/ words it; no value from outside is ever in it."""
    return F.expr(sql)  # noqa: TID251 - constants of the program, which Delta reads as SQL, too


def _is_collection(column: ColumnSpec) -> bool:
    return column.data_type.startswith(("map<", "array<"))


def _is_broken(condition: str) -> Column:
    """As Delta reads it: a condition that is null is broken."""
    return ~F.coalesce(_of_contract(condition), F.lit(False))


def _narrowed(rows: DataFrame, name: str) -> Column | str:
    """The column; of a list of structs their first field: null where the list is, as long, and read by itself."""
    data_type = rows.schema[name].dataType
    if isinstance(data_type, ArrayType) and isinstance(data_type.elementType, StructType):
        return F.col(name)[data_type.elementType.names[0]].alias(name)
    return name


def _values(column: ColumnSpec) -> Column:
    if column.data_type.startswith("map<string,map<"):
        return F.flatten(F.transform(F.map_values(column.name), F.map_values))
    return F.map_values(column.name) if column.data_type.startswith("map<") else F.col(column.name)


def _silent_hours(name: str, ds: date) -> Column:
    """Hours between the last event of the day and its end, UTC; 24 if there is none. Times of other days count not."""
    begin, end = (F.lit(f"{day:%Y-%m-%d} 00:00:00").cast("timestamp") for day in (ds, ds + timedelta(days=1)))
    last = F.max(F.when((F.col(name) >= begin) & (F.col(name) < end), F.col(name)))
    return F.coalesce((F.unix_micros(end) - F.unix_micros(last)) / F.lit(3.6e9), F.lit(24.0))
