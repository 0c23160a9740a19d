"""Every figure that a set of checks needs, in one Spark action: an aggregate a table, and counts of keys and bins."""

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import reduce
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lib.quality.aggregates import N_ROWS, aggregates_of, common_aggregates, examined, key_hash_sums, total_figure
from lib.quality.check import Check
from lib.quality.distributions import Distribution
from lib.quality.key_counts import KeyCounts, KeySpace, key_counts
from lib.quality.watched_columns import WatchedColumn, binned
from schemas.tables import TABLES

_AGGREGATE, _KEYS, _BINS = "aggregate", "keys", "bins"
# Shares of a log are taken from whole groups of about so many of its rows.
_ENOUGH_ROWS = 100_000
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


@dataclass(frozen=True)
class Figures:
    """What was found.

    Args:
        aggregates: table to its figures by name
        keys: check of keys to what the table that should have them has, and what the checked table has
        distributions: check of a distribution to rows by bin

    """

    aggregates: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    keys: Mapping[Check, tuple[KeyCounts, KeyCounts]] = field(default_factory=dict)
    distributions: Mapping[Check, Distribution] = field(default_factory=dict)

    def n_rows(self, table: str) -> int:
        """Rows of the table's day."""
        return int(self.aggregate(table, N_ROWS) or 0)

    def aggregate(self, table: str, name: str) -> Any:
        """One figure of the table's aggregate; None if there was nothing to aggregate."""
        return self.aggregates.get(table, {}).get(name)

    def of(self, check: Check) -> float | None:
        """The figure of a check; None if there is nothing to go by."""
        if check.kind in ("row_count", "volume", "volume_collapse"):
            return float(self.n_rows(check.table))
        if check.total is not None:
            other = self.aggregate(check.total.table, _full_name(check))
            return None if other is None else float(self.aggregate(check.table, check.name)) - float(other)
        if check.kind == "equal_rows":
            return self._differing_rows(check)
        if check in self.keys:
            return self._of_keys(check)
        value = self.aggregate(check.table, check.name)
        # JSON writes what is no number as text.
        return None if value is None else float(value)

    def distribution(self, check: Check) -> Distribution:
        """Bin to rows of a watched column."""
        counts = self.distributions.get(check, {})
        is_nominal = TABLES[check.table].watched[str(check.subject)] == "shares"
        rest = self.n_rows(check.table) - sum(counts.values())
        return {**counts, OTHER: rest} if is_nominal and rest > 0 else counts

    def _of_keys(self, check: Check) -> float | None:
        target, own = self.keys[check]
        if check.kind == "unique_key":
            return float(own.n_rows - own.n_keys)
        if check.kind == "reference":
            comes_first = check.reference is not None and check.reference.may_come_first and not target.n_rows
            return 0.0 if comes_first else float(own.n_keys - own.n_keys_found)
        n_sound = own.n_keys if check.kind == "duplicate_share" else own.n_rows_found
        return 1.0 - n_sound / own.n_rows if own.n_rows else None

    def _differing_rows(self, check: Check) -> float:
        """At least so many rows differ: by number, or one if the same number has other keys."""
        assert check.reference is not None  # noqa: S101 - the kind has one
        other = check.reference.table
        n_apart = abs(self.n_rows(check.table) - self.n_rows(other))
        names = key_hash_sums(check.reference.columns)
        differs = any(self.aggregate(check.table, name) != self.aggregate(other, name) for name in names)
        return float(max(n_apart, differs))


def measured(checks: Sequence[Check], tables: DayTables, *, log_sizes: Mapping[str, int]) -> Figures:
    """The figures of `checks`, of tables that are there and are as their contracts say.

    `log_sizes`: input log to its rows of the day; of a large one shares are taken from a part.
    """
    spaces = {check: space for check in checks if (space := _key_space(check, log_sizes)) is not None}
    holders = _holders(spaces)
    watched = [check for check in checks if check.kind == "drift"]
    parts = [_as_text(frame, _AGGREGATE, table) for table, frame in _aggregated(checks, tables).items()]
    if holders:
        parts.append(_as_text(key_counts(holders, tables.rows, tables.of_any_day), _KEYS))
    if watched:
        parts.append(_as_text(binned(_watched_columns(watched), tables.rows), _BINS))

    aggregates: dict[str, Mapping[str, Any]] = {}
    counts: dict[KeySpace, list[KeyCounts]] = {space: [KeyCounts()] * len(tables) for space, tables in holders.items()}
    bins: dict[str, dict[str, float]] = defaultdict(dict)
    for row in reduce(DataFrame.union, parts).collect() if parts else []:
        found = json.loads(row["found"])
        if row["part"] == _AGGREGATE:
            aggregates[row["name"]] = found
        elif row["part"] == _KEYS:
            counts[list(holders)[found["space"]]] = [KeyCounts(*numbers) for numbers in found["counts"]]
        else:
            bins[found["name"]][found["bin"]] = float(found["n_rows"])
    keys = {check: (counts[space][0], counts[space][_place(check, holders[space])]) for check, space in spaces.items()}
    return Figures(aggregates, keys, {check: bins[_full_name(check)] for check in watched})


def log_sizes(logs: Mapping[str, DataFrame]) -> dict[str, int]:
    """Rows of every log."""
    counts = [
        rows.agg(F.count(F.lit(1)).alias("n")).select(F.lit(name).alias("name"), "n") for name, rows in logs.items()
    ]
    return {row["name"]: int(row["n"]) for row in reduce(DataFrame.union, counts).collect()} if counts else {}


def _aggregated(checks: Sequence[Check], tables: DayTables) -> dict[str, DataFrame]:
    """Table to one row of its figures."""
    aggregates: dict[str, dict[str, Column]] = defaultdict(dict)
    for check in checks:
        spec = TABLES[check.table]
        aggregates[spec.name] |= common_aggregates(spec) | aggregates_of(check, spec, ds=tables.ds)
        for other, expressions in _of_other_table(check).items():
            if other in tables.rows:
                aggregates[other] |= common_aggregates(TABLES[other]) | expressions
    return {
        name: examined(tables.rows[name], TABLES[name]).agg(*_named(expressions))
        for name, expressions in aggregates.items()
    }


def _key_space(check: Check, log_sizes: Mapping[str, int]) -> KeySpace | None:
    """The keys that a check counts, if it counts keys."""
    one_in = max(1, log_sizes.get(check.table, 0) // _ENOUGH_ROWS)
    if check.kind in ("unique_key", "duplicate_share"):
        return KeySpace.of_key(TABLES[check.table], one_in=one_in)
    if check.kind in ("reference", "orphan_share") and check.reference is not None:
        return KeySpace.of_reference(check.reference, one_in=one_in)
    return None


def _holders(spaces: Mapping[Check, KeySpace]) -> dict[KeySpace, list[str]]:
    """Key space to the table that should have the keys, then the tables that refer to it."""
    holders: dict[KeySpace, list[str]] = {}
    for check, space in spaces.items():
        tables = holders.setdefault(space, [space.table])
        if check.reference is not None:
            tables.append(check.table)
    return holders


def _place(check: Check, holders: Sequence[str]) -> int:
    """The place of the checked table among the holders of a key space."""
    return 0 if check.reference is None else holders.index(check.table, 1)


def _watched_columns(checks: Sequence[Check]) -> dict[str, list[WatchedColumn]]:
    """Table to its columns of which there are distributions."""
    watched: dict[str, list[WatchedColumn]] = defaultdict(list)
    for check in checks:
        spec = TABLES[check.table]
        (column,) = (column for column in spec.columns if column.name == check.subject)
        watched[spec.name].append((_full_name(check), column, spec.watched[column.name]))
    return watched


def _of_other_table(check: Check) -> dict[str, dict[str, Column]]:
    """What a check needs to know of another table: its name, and expressions over its rows."""
    if check.total is not None:
        return {check.total.table: {_full_name(check): total_figure(check.total.equals)}}
    if check.reference is not None and check.reference.is_row_for_row:
        return {check.reference.table: key_hash_sums(check.reference.columns)}
    return {}


def _full_name(check: Check) -> str:
    return f"{check.table} {check.name}"


def _named(expressions: Mapping[str, Column]) -> list[Column]:
    return [expression.alias(name) for name, expression in expressions.items()]


def _as_text(frame: DataFrame, part: str, name: str = "") -> DataFrame:
    """Rows of any columns as rows of the same three, so that all are collected at once."""
    found = F.to_json(F.struct("*")).alias("found")
    return frame.select(F.lit(part).alias("part"), F.lit(name).alias("name"), found)
