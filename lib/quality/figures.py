"""Every figure that a set of checks needs, in one Spark action: an aggregate a table, and queries where needed."""

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lib.quality import queries
from lib.quality.aggregates import N_ROWS, aggregates_of, common_aggregates, key_hash_sums, total_figure, with_extremes
from lib.quality.check import Check
from lib.quality.distributions import Distribution
from schemas.relations import Reference
from schemas.tables import TABLES

_AGGREGATE = "aggregate"
# Shares of a log are taken from whole groups of about so many of its rows.
_ENOUGH_ROWS = 500_000
OTHER = "other"


@dataclass(frozen=True)
class DayTables:
    """The tables of one day.

    Args:
        ds: the day
        rows: table to its rows of the day, as they are stored; a table that has none may be absent
        of_any_day: the rows of all days of a table by its name, None if it is not there

    """

    ds: date
    rows: Mapping[str, DataFrame]
    of_any_day: Callable[[str], DataFrame | None]

    def target(self, reference: Reference) -> DataFrame | None:
        """The rows that a reference may find its values in."""
        return self.rows.get(reference.table) if reference.is_same_day else self.of_any_day(reference.table)


@dataclass(frozen=True)
class Figures:
    """What was found, by table and by check."""

    found: Mapping[str, Mapping[str, Sequence[Mapping[str, Any]]]]

    def n_rows(self, table: str) -> int:
        """Rows of the table's day."""
        return int(self._aggregate(table).get(N_ROWS) or 0)

    def aggregate(self, table: str, name: str) -> Any:
        """One figure of the table's aggregate; None if there was nothing to aggregate."""
        return self._aggregate(table).get(name)

    def of(self, check: Check) -> float | None:
        """The figure of a check; None if there is nothing to go by."""
        if check.kind in ("row_count", "volume", "volume_collapse"):
            return float(self.n_rows(check.table))
        if check.total is not None:
            other = self.aggregate(check.total.table, _other_side(check))
            return None if other is None else float(self.aggregate(check.table, check.name)) - float(other)
        if check.kind == "equal_rows":
            return self._differing_rows(check)
        for row in self.found[check.table].get(check.name, []):
            return self._of_query(check, row)
        value = self.aggregate(check.table, check.name)
        # JSON writes what is no number as text.
        return None if value is None else float(value)

    def _of_query(self, check: Check, row: Mapping[str, Any]) -> float | None:
        if check.kind == "unique_key":
            return float(self.n_rows(check.table) - row[queries.N_DISTINCT])
        if check.kind == "reference":
            return float(row[queries.N_DISTINCT] - row[queries.N_FOUND])
        part = row[queries.N_DISTINCT] if check.kind == "duplicate_share" else row[queries.N_FOUND]
        return 1.0 - part / row[queries.N_ROWS] if row[queries.N_ROWS] else None

    def distribution(self, check: Check) -> Distribution:
        """Bin to rows of a watched column."""
        counts = {str(row[queries.BIN]): float(row[queries.N_ROWS]) for row in self.found[check.table][check.name]}
        is_nominal = TABLES[check.table].watched[str(check.subject)] == "shares"
        rest = self.n_rows(check.table) - sum(counts.values())
        return counts | {OTHER: rest} if is_nominal and rest > 0 else counts

    def _differing_rows(self, check: Check) -> float:
        """At least so many rows differ: by number, or one if the same number has other keys."""
        assert check.reference is not None  # noqa: S101 - the kind has one
        other = check.reference.table
        n_apart = abs(self.n_rows(check.table) - self.n_rows(other))
        names = key_hash_sums(check.reference.columns)
        differs = any(self.aggregate(check.table, name) != self.aggregate(other, name) for name in names)
        return float(max(n_apart, differs))

    def _aggregate(self, table: str) -> Mapping[str, Any]:
        return next(iter(self.found.get(table, {}).get(_AGGREGATE, [])), {})


def measured(checks: Sequence[Check], tables: DayTables, *, log_sizes: Mapping[str, int]) -> Figures:
    """The figures of `checks`, of tables that are there and are as their contracts say.

    `log_sizes`: input log to its rows of the day; of a large one shares are taken from a part.
    """
    aggregates: dict[str, dict[str, Column]] = defaultdict(dict)
    parts = []
    for check in checks:
        spec = TABLES[check.table]
        aggregates[spec.name] |= common_aggregates(spec) | aggregates_of(check, spec, ds=tables.ds)
        for other, expressions in _of_other_table(check).items():
            if other in tables.rows:
                aggregates[other] |= common_aggregates(TABLES[other]) | expressions
        query = _query(check, tables, one_in=_one_in(check, log_sizes))
        if query is not None:
            parts.append(_as_text(query, spec.name, check.name))
    for name, expressions in aggregates.items():
        rows = with_extremes(tables.rows[name], TABLES[name])
        parts.append(_as_text(rows.agg(*_named(expressions)), name, _AGGREGATE))
    found: dict[str, dict[str, list[Mapping[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    for row in reduce(DataFrame.union, parts).collect() if parts else []:
        found[row["table_name"]][row["part"]].append(json.loads(row["found"]))
    for check in checks:
        if check.kind == "drift":
            # A distribution without a bin has no row.
            found[check.table].setdefault(check.name, [])
    return Figures(found)


def log_sizes(logs: Mapping[str, DataFrame]) -> dict[str, int]:
    """Rows of every log."""
    counts = [
        rows.agg(F.count(F.lit(1)).alias("n")).select(F.lit(name).alias("name"), "n") for name, rows in logs.items()
    ]
    return {row["name"]: int(row["n"]) for row in reduce(DataFrame.union, counts).collect()} if counts else {}


def _query(check: Check, tables: DayTables, *, one_in: int) -> DataFrame | None:
    spec, rows = TABLES[check.table], tables.rows[check.table]
    if check.kind == "unique_key":
        return queries.distinct_keys(rows, spec.key)
    if check.kind == "duplicate_share":
        return queries.duplicates(rows, spec.key, one_in=one_in)
    if check.kind == "drift":
        (column,) = (column for column in spec.columns if column.name == check.subject)
        return queries.distribution(rows, column, spec.watched[column.name])
    if check.reference is None or check.reference.is_row_for_row:
        return None
    target = tables.target(check.reference)
    if check.kind == "orphan_share":
        return queries.orphans(rows, check.reference, target, one_in=one_in)
    return queries.distinct_values_found(rows, check.reference, target)


def _of_other_table(check: Check) -> dict[str, dict[str, Column]]:
    """What a check needs to know of another table: its name, and expressions over its rows."""
    if check.total is not None:
        return {check.total.table: {_other_side(check): total_figure(check.total.equals)}}
    if check.reference is not None and check.reference.is_row_for_row:
        return {check.reference.table: key_hash_sums(check.reference.columns)}
    return {}


def _other_side(check: Check) -> str:
    return f"{check.table} {check.name}"


def _one_in(check: Check, sizes: Mapping[str, int]) -> int:
    return max(1, sizes.get(check.table, 0) // _ENOUGH_ROWS)


def _named(expressions: Mapping[str, Column]) -> list[Column]:
    return [expression.alias(name) for name, expression in expressions.items()]


def _as_text(frame: DataFrame, table: str, part: str) -> DataFrame:
    """Rows of any columns as rows of the same three, so that all are collected at once."""
    return frame.select(
        F.lit(table).alias("table_name"), F.lit(part).alias("part"), F.to_json(F.struct("*")).alias("found")
    )
