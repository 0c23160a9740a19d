"""Step `scores` in Polars: every unit with the scores that came with the logs, the valid ones, rounded."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import polars as pl

from scripts.benchmark.log_rules import SCORE_DECIMALS
from scripts.benchmark.polars_version.delta_tables import NUMBERS, read_day, replace_day

_UNIT_COLUMNS = ("unit_id", "user_key", "surface", "country", "language", "pin_count", "viewed_pin_count")


def write_scores(warehouse: Path, ds: date, policies: Sequence[str], run_id: str) -> None:
    """Write unit_scores of the day."""
    units = read_day(warehouse / "interaction_units", ds, (*_UNIT_COLUMNS, "platform_scores"))
    entry = pl.element()
    key, value = entry.struct.field("key"), entry.struct.field("value")
    is_valid = key.is_in(list(policies)) & (value >= 0) & (value <= 1)
    rounded = pl.struct(key, value.round(SCORE_DECIMALS))
    scores = pl.col("platform_scores").map.entries().fill_null([]).list.eval(rounded.filter(is_valid))
    scored = units.select(
        *_UNIT_COLUMNS,
        scores.cast(NUMBERS).alias("scores"),
        pl.lit({}, pl.Map(pl.String, NUMBERS)).alias("component_scores"),
        pl.lit("log_column").alias("scorer_version"),
        pl.lit(ds).alias("ds"),
        pl.lit(run_id).alias("job_run_id"),
    )
    replace_day(warehouse / "unit_scores", scored, ds)
