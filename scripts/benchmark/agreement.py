"""Do the engines agree? Facts of the tables that each has written, and where they differ."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
from deltalake import DeltaTable

Fact = int | float | str | None
RELATIVE_TOLERANCE = 1e-9

# Everything that a unit is, whatever the order of the rows: a sum of hashes of whole rows.
_UNIT_COLUMNS = (
    "unit_id, query_id, response_id, response_rank, user_key, session_key, key_id, surface, country, language, "
    "query_text, response_text, model_version, pins, pin_count, viewed_pin_count, platform_scores::VARCHAR, "
    "queried_at, n_duplicate_queries, n_duplicate_responses, n_duplicate_pins"
)
_FACTS = {
    "interaction_units": "SELECT 'units', count(*) FROM t UNION ALL SELECT 'pins shown', sum(pin_count) FROM t "
    "UNION ALL SELECT 'views', sum(viewed_pin_count) FROM t "
    f"UNION ALL SELECT 'content of units', sum(hash({_UNIT_COLUMNS})) FROM t",
    "quarantine": "SELECT concat('quarantined: ', source, ' ', reason), count(*) FROM t GROUP BY ALL",
    "row_account": "SELECT unnest([concat(source, ' in'), concat(source, ' used'), concat(source, ' duplicate'), "
    "concat(source, ' quarantined')]), unnest([rows_in, rows_used, rows_duplicate, rows_quarantined]) FROM t",
    "unit_scores": "SELECT concat('score sum: ', e.key), sum(round(e.value * 1e9)::BIGINT) / 1e9 FROM "
    "(SELECT unnest(map_entries(scores)) AS e FROM t) GROUP BY ALL",
    "sampling_frame": "SELECT concat('sample size: ', stratum), sample_size::DOUBLE FROM t "
    "UNION ALL SELECT concat('threshold: ', stratum), threshold FROM t "
    "UNION ALL SELECT concat('weight bound of ', e.key, ': ', stratum), e.value FROM "
    "(SELECT stratum, unnest(map_entries(weight_bounds)) AS e FROM t)",
    "samples": "SELECT 'sampled units', count(*)::DOUBLE FROM t "
    "UNION ALL SELECT concat('probability of ', unit_id), inclusion_probability FROM t",
    "sample_content": "SELECT 'content of sample', sum(hash(unit_id, query_text, response_text, pins)) FROM t",
    "prevalence_moments": "SELECT concat_ws(' ', stratum, policy, measure, segment, segment_value, "
    "component, e.name), e.value FROM (SELECT *, unnest([{name: 'sum_1_label_1', value: sum_1_label_1}, "
    "{name: 'sum_2_label_2', value: sum_2_label_2}, {name: 'product_1_label_1__2_label_2', "
    "value: product_1_label_1__2_label_2}, {name: 'missed_square_2', value: missed_square_2}, "
    "{name: 'largest_weight', value: largest_weight}]) AS e FROM t)",
    "prevalence": "SELECT concat_ws(' ', period, policy, measure, segment, segment_value, component, estimator, "
    "e.name), e.value FROM (SELECT *, unnest([{name: 'prevalence', value: prevalence}, "
    "{name: 'ci_low', value: ci_low}, {name: 'ci_high', value: ci_high}, "
    "{name: 'std_error', value: std_error}]) AS e FROM t)",
}


@dataclass(frozen=True)
class Difference:
    """One fact on which two engines differ."""

    ds: str
    table: str
    fact: str
    expected: Fact
    found: Fact


def facts_of_day(warehouse: Path, ds: date, *, tables: Sequence[str] = tuple(_FACTS)) -> dict[tuple[str, str], Fact]:
    """(Table, name) -> value of every fact of the day in a warehouse."""
    facts: dict[tuple[str, str], Fact] = {}
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for table in tables:
            files = DeltaTable(str(warehouse / table)).file_uris([("ds", "=", f"{ds}")])
            connection.execute("SET VARIABLE files = ?", [files])
            connection.execute(
                "CREATE OR REPLACE TEMP VIEW t AS FROM read_parquet(getvariable('files'), hive_partitioning = true)"
            )
            facts |= {(table, name): value for name, value in connection.execute(_FACTS[table]).fetchall()}
    return facts


def differences(
    expected: Mapping[tuple[str, str], Fact], found: Mapping[tuple[str, str], Fact], *, ds: date
) -> list[Difference]:
    """Every fact that is not the same in both; numbers may differ by rounding."""
    return [
        Difference(f"{ds}", table, name, expected.get((table, name)), found.get((table, name)))
        for table, name in sorted({*expected, *found})
        if not _is_same(expected.get((table, name)), found.get((table, name)))
    ]


def _is_same(one: Fact, other: Fact) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=RELATIVE_TOLERANCE, abs_tol=1e-15)
    return one == other
