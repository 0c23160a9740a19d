"""How many keys tables have, and how many of one another's: each table is read once, and all keys are shuffled once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas.relations import Reference
from schemas.table_spec import TableSpec
from schemas.tables import TABLES


@dataclass(frozen=True)
class KeySpace:
    """The keys that a table has, and those that others look for in it.

    Args:
        table: the table that has them
        columns: what they are called, there and elsewhere
        one_in: only one in so many values of the first column is looked at, with all of its rows
        is_any_day: whether rows of any day have them, and not only those of the day that is checked

    """

    table: str
    columns: tuple[str, ...]
    one_in: int = 1
    is_any_day: bool = False

    @classmethod
    def of_key(cls, spec: TableSpec, *, one_in: int) -> "KeySpace":
        """The table's own key."""
        return cls(spec.name, tuple(spec.key), one_in)

    @classmethod
    def of_reference(cls, reference: Reference, *, one_in: int) -> "KeySpace":
        """The keys that a reference looks for."""
        return cls(reference.table, reference.columns, one_in, not reference.is_same_day)


@dataclass(frozen=True)
class KeyCounts:
    """What one table has of a key space.

    Args:
        n_rows: its rows with a key
        n_keys: different keys of them
        n_rows_found: rows whose key the table of the space has
        n_keys_found: different keys that the table of the space has

    """

    n_rows: int = 0
    n_keys: int = 0
    n_rows_found: int = 0
    n_keys_found: int = 0


def key_counts(
    holders: Mapping[KeySpace, Sequence[str]],
    rows: Mapping[str, DataFrame],
    of_any_day: Callable[[str], DataFrame | None],
) -> DataFrame:
    """One row a space that has keys: `space`, its place in `holders`, and `counts`, KeyCounts of the holders in order.

    Args:
        holders: space to the tables that may hold its keys; first the table of the space itself
        rows: table to its rows of the day; one that is not there holds nothing
        of_any_day: the rows of all days of a table, None if it is not there

    """
    found = _keys_of_the_day(holders, rows) + _keys_of_any_day(holders, rows, of_any_day)
    n_holders = max(len(tables) for tables in holders.values())
    n = [f"n_{place}" for place in range(n_holders)]
    of_key = (
        reduce(DataFrame.union, found)
        .groupBy("space", "low", "high")
        .agg(*[F.count_if(F.col("holder") == place).alias(name) for place, name in enumerate(n)])
    )
    is_there = F.col(n[0]) > 0
    counts = F.array(
        *[
            F.array(
                F.sum(name),
                F.count_if(F.col(name) > 0),
                F.sum(F.when(is_there, F.col(name)).otherwise(F.lit(0))),
                F.count_if(is_there & (F.col(name) > 0)),
            )
            for name in n
        ]
    )
    return of_key.groupBy("space").agg(counts.alias("counts"))


def _keys_of_the_day(holders: Mapping[KeySpace, Sequence[str]], rows: Mapping[str, DataFrame]) -> list[DataFrame]:
    """The keys of each table, of all spaces that it holds some of: one pass over its rows."""
    places: dict[str, list[tuple[Column, Column]]] = {}
    for number, (space, tables) in enumerate(holders.items()):
        for place, table in enumerate(tables):
            if table in rows and not (space.is_any_day and place == 0):
                places.setdefault(table, []).append((_is_held(space, place), _key(number, place, space.columns)))
    return [_chosen(rows[table], held) for table, held in places.items()]


def _keys_of_any_day(
    holders: Mapping[KeySpace, Sequence[str]],
    rows: Mapping[str, DataFrame],
    of_any_day: Callable[[str], DataFrame | None],
) -> list[DataFrame]:
    """Of all days only the keys that are looked for: there can be far more of them than a day has."""
    found = []
    for number, (space, tables) in enumerate(holders.items()):
        target = of_any_day(space.table) if space.is_any_day else None
        if target is not None:
            names = list(space.columns)
            wanted = reduce(DataFrame.union, [rows[table].select(*names).dropna() for table in tables[1:]])
            kept = target.select(*names).join(F.broadcast(wanted.distinct()), names, "left_semi")
            found.append(_chosen(kept, [(_is_held(space, 0), _key(number, 0, space.columns))]))
    return found


def _chosen(rows: DataFrame, held: Sequence[tuple[Column, Column]]) -> DataFrame:
    """A row for each row and space in which it counts."""
    some = rows.where(reduce(Column.__or__, [is_held for is_held, _ in held]))
    if len(held) == 1:
        return some.select(held[0][1].alias("key")).select("key.*")
    keys = F.array(*[F.when(is_held, key) for is_held, key in held])
    return some.select(F.inline(keys)).where(F.col("space").isNotNull())


def _key(number: int, place: int, columns: Sequence[str]) -> Column:
    """A key by 96 bits of hash: two numbers a row are shuffled, whatever its columns are."""
    return F.struct(
        F.lit(number).alias("space"),
        F.lit(place).alias("holder"),
        F.xxhash64(*columns).alias("low"),
        F.hash(*columns).alias("high"),
    )


def _is_held(space: KeySpace, place: int) -> Column:
    """Whether a row counts: one that refers to nothing does not, nor one of a log without the first part of its key."""
    first = space.columns[0]
    if place > 0:
        conditions = [F.col(name).isNotNull() for name in space.columns]
    else:
        conditions = [F.col(first).isNotNull() if TABLES[space.table].is_input else F.lit(True)]
    if space.one_in > 1:
        conditions.append(F.pmod(F.xxhash64(first), F.lit(space.one_in)) == 0)
    return reduce(Column.__and__, conditions)
