"""Step `scores` in DuckDB: every unit with the scores that came with the logs, the valid ones, rounded."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import duckdb

from scripts.benchmark.duckdb_version.delta_tables import files_of_day, replace_day
from scripts.benchmark.log_rules import SCORE_DECIMALS


def write_scores(
    connection: duckdb.DuckDBPyConnection, warehouse: Path, ds: date, policies: Sequence[str], run_id: str
) -> None:
    """Write unit_scores of the day."""
    known = ", ".join(f"'{policy}'" for policy in policies)
    valid = f"list_filter(map_entries(platform_scores), lambda e: e.key IN ({known}) AND e.value BETWEEN 0 AND 1)"
    rounded = f"list_transform({valid}, lambda e: {{'key': e.key, 'value': round(e.value, {SCORE_DECIMALS})}})"
    scores = connection.sql(
        "SELECT unit_id, user_key, surface, country, language, pin_count, viewed_pin_count, "
        f"coalesce(map_from_entries({rounded}), MAP([]::VARCHAR[], []::DOUBLE[])) AS scores, "
        "MAP([]::VARCHAR[], []::MAP(VARCHAR, DOUBLE)[]) AS component_scores, 'log_column' AS scorer_version, "
        f"ds, '{run_id}' AS job_run_id FROM read_parquet(?, hive_partitioning = true, hive_types = {{'ds': DATE}})",
        params=[files_of_day(warehouse / "interaction_units", ds)],
    )
    replace_day(warehouse / "unit_scores", scores, ds)
