"""Distributions of the columns that are watched: how many rows are in each bin."""

from collections.abc import Mapping, Sequence
from functools import reduce

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from lib.quality.distributions import BINS_PER_DOUBLING
from schemas.table_spec import ColumnSpec, Watch

_MOST_VALUES = 50
_LONGEST_VALUE = 40
# Odds beyond 2^14 are 2^14: isotonic calibration gives exact 0 and 1, too.
_LARGEST_LOG_ODDS = 14.0

WatchedColumn = tuple[str, ColumnSpec, Watch]
"""What the distribution is called, the column, and how it is read."""


def binned(watched: Mapping[str, Sequence[WatchedColumn]], rows: Mapping[str, DataFrame]) -> DataFrame:
    """Name of the distribution, `bin` and `n_rows`; of a map one distribution a key, the bin then being `key|bin`.

    Nominal values are cut short, and of each column only the most frequent ones are told. Nulls are in no bin.
    `watched` and `rows` are by table; each table is read once, and once more for each of its maps.
    """
    parts = [part for table, columns in watched.items() for part in _bins(rows[table], columns)]
    counts = reduce(DataFrame.union, parts).groupBy("name", "value", "number").agg(F.count(F.lit(1)).alias("n_rows"))
    rank = F.row_number().over(Window.partitionBy("name").orderBy(F.desc("n_rows"), "value"))
    # Nominal values have no number, and can be as many as somebody writes.
    told = counts.withColumn("rank", rank).where(F.col("number").isNotNull() | (F.col("rank") <= _MOST_VALUES))
    return told.select("name", F.concat_ws("|", "value", F.col("number").cast("string")).alias("bin"), "n_rows")


def _bins(rows: DataFrame, columns: Sequence[WatchedColumn]) -> list[DataFrame]:
    """Name, `value` of what is nominal or key of a map, and `number` of the bin, a row for each value."""
    maps = [(name, column.name, watch) for name, column, watch in columns if column.data_type.startswith("map<")]
    plain = [
        _in_bin(name, F.col(column.name), watch)
        for name, column, watch in columns
        if not column.data_type.startswith("map<")
    ]
    parts = []
    if plain:
        is_in_bin = F.col("value").isNotNull() | F.col("number").isNotNull()
        parts.append(rows.select(F.inline(F.array(*plain))).where(is_in_bin))
    for name, column, watch in maps:
        values = rows.select(F.explode(column).alias("value", "share"))
        numbered = values.select(F.lit(name).alias("name"), "value", _number(F.col("share"), watch).alias("number"))
        parts.append(numbered.where(F.col("number").isNotNull()))
    return parts


def _in_bin(name: str, value: Column, watch: Watch) -> Column:
    is_nominal = watch == "shares"
    nominal = F.substring(value, 1, _LONGEST_VALUE) if is_nominal else F.lit(None).cast("string")
    number = F.lit(None).cast("bigint") if is_nominal else _number(value, watch)
    return F.struct(F.lit(name).alias("name"), nominal.alias("value"), number.alias("number"))


def _number(value: Column, watch: Watch) -> Column:
    """Whole number, BINS_PER_DOUBLING to a doubling of the odds, or of 1 + count."""
    if watch == "probabilities":
        log_odds = F.log2(F.try_divide(value, 1.0 - value))
        # The odds of 1 are no number, and neither is the logarithm of 0.
        finite = F.when(value <= 0.0, -_LARGEST_LOG_ODDS).when(value >= 1.0, _LARGEST_LOG_ODDS).otherwise(log_odds)
        bounded = F.least(F.greatest(finite, F.lit(-_LARGEST_LOG_ODDS)), F.lit(_LARGEST_LOG_ODDS))
        # The least and the greatest of some leave out nulls: one would be as good as impossible.
        return F.when(value.isNotNull(), F.floor(bounded * BINS_PER_DOUBLING))
    return F.floor(F.log2(F.lit(1.0) + value) * BINS_PER_DOUBLING)
