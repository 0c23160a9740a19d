"""Rows with one key: how many the limits allow, and which delivery of an event counts."""

from collections.abc import Sequence

import polars as pl

from schemas.contracts.settings import UnitSettings
from scripts.benchmark.log_rules import FIXED_BYTES


def text_bytes(*names: str) -> pl.Expr:
    """Bytes of texts."""
    return pl.sum_horizontal([pl.col(name).str.len_bytes().fill_null(0).cast(pl.Int64) for name in names])


def within_limits(
    rows: pl.DataFrame, *, key: str, order: Sequence[str], n_bytes: pl.Expr, limits: UnitSettings
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows that are joined, and the surplus of keys with more deliveries or bytes than `limits` allow."""
    sizes = rows.group_by(key).agg(pl.len().alias("n"), (n_bytes + FIXED_BYTES).sum().alias("n_bytes"))
    large = sizes.filter(
        (pl.col("n") > limits.maximum_deliveries_per_key) | (pl.col("n_bytes") > limits.maximum_bytes_per_key)
    )
    if large.is_empty():
        return rows, rows.clear()
    in_order = rows.join(large, on=key, how="semi").sort(key, *order)
    own = n_bytes + FIXED_BYTES
    is_within = (pl.int_range(pl.len()).over(key) < limits.maximum_deliveries_per_key) & (
        (own.cum_sum().over(key) - own) < limits.maximum_bytes_per_key
    )
    marked = in_order.with_columns(is_within.alias("is_within"))
    kept, surplus = (marked.filter(chosen).drop("is_within") for chosen in (pl.col("is_within"), ~pl.col("is_within")))
    return pl.concat([rows.join(large, on=key, how="anti"), kept]), surplus


def first_of_each(rows: pl.DataFrame, *, identity: Sequence[str], order: Sequence[str]) -> pl.DataFrame:
    """The first delivery of every event in `order`, with n_duplicates. Only rows that come twice are put in order."""
    is_repeated = pl.struct(identity).is_duplicated() if len(identity) > 1 else pl.col(identity[0]).is_duplicated()
    marked = rows.with_columns(is_repeated.alias("is_repeated"))
    single, repeated = (marked.filter(c).drop("is_repeated") for c in (~pl.col("is_repeated"), pl.col("is_repeated")))
    count = (pl.len() - 1).cast(pl.Int32).alias("n_duplicates")
    first = repeated.sort(*identity, *order).group_by(identity, maintain_order=True).agg(pl.all().first(), count)
    counted = single.with_columns(pl.lit(0, pl.Int32).alias("n_duplicates"))
    return pl.concat([counted, first.select(counted.columns)])


def last_in_order(rows: pl.DataFrame, *, identity: Sequence[str], order: Sequence[str]) -> pl.DataFrame:
    """The last delivery of every event, all rows in the order of `identity`, their events' key."""
    positions = rows.select(pl.arg_sort_by(list(identity)).alias("row"))["row"]
    keys = rows.select(identity)[positions]
    follows_itself = keys.select(
        pl.all_horizontal([(pl.col(name) == pl.col(name).shift(-1)).fill_null(False) for name in identity]).alias("x")
    )["x"]
    is_repeated = follows_itself | follows_itself.shift(1, fill_value=False)
    if is_repeated.any():
        found = positions.filter(is_repeated)
        # Sorted anew they are the same events in the same places, their deliveries in order.
        in_order = rows[found].with_columns(found.alias("row")).sort(*identity, *order)["row"]
        positions = positions.scatter(is_repeated.arg_true(), in_order)
    return rows[positions.filter(~follows_itself)]
