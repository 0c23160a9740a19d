"""Step `sample` in DuckDB: totals of the strata, size measure, allocation, and the n smallest ranks of each stratum."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from deltalake import DeltaTable

from schemas.contracts.sampling_design import SamplingDesign
from scripts.benchmark.duckdb_version.delta_tables import files_of_day, replace_day
from scripts.benchmark.frame_schema import FRAME
from scripts.benchmark.sampling_plan import (
    MEASURES,
    PRIOR_PREVALENCE,
    Stratum,
    allot,
    frame_records,
    importance,
)

_EXPOSURES = {"units": "1", "views": "viewed_pin_count"}
_SCALE = 1_000_000_000
_BY_DESIGN = ("ds", "design_id")


def write_sample(
    connection: duckdb.DuckDBPyConnection,
    warehouse: Path,
    ds: date,
    design: SamplingDesign,
    policies: Sequence[str],
    run_id: str,
) -> None:
    """Write sampling_frame, sample_content and samples of the day."""
    read = "read_parquet({}, hive_partitioning = true, hive_types = {{'ds': DATE}})"
    scores, units = (read.format(files_of_day(warehouse / t, ds)) for t in ("unit_scores", "interaction_units"))
    by_policy = ", ".join(f"scores['{policy}'] AS s{k}" for k, policy in enumerate(policies))
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE population AS SELECT unit_id, surface AS stratum, viewed_pin_count, "
        f"scorer_version, {by_policy} FROM {scores}"
    )
    strata = _strata(connection, policies)
    weights = importance(strata, policies)
    _add_spreads(connection, strata, policies, weights)
    allot(strata, design)
    _rank(connection, strata, design)
    _draw(connection, strata, policies)
    reads = {t: DeltaTable(str(warehouse / t)).version() for t in ("unit_scores", "interaction_units")}
    records = frame_records(strata, design, weights, reads)
    stamped = [record | {"ds": ds, "job_run_id": run_id} for record in records]
    replace_day(warehouse / "sampling_frame", pa.Table.from_pylist(stamped, schema=FRAME), ds, partition_by=_BY_DESIGN)
    stamp = f"DATE '{ds}' AS ds, '{design.design_id}' AS design_id, '{run_id}' AS job_run_id"
    content = connection.sql(
        f"SELECT {stamp}, unit_id, query_text, response_text, pins FROM {units} SEMI JOIN drawn USING (unit_id) "
        "WHERE has_content"
    )
    replace_day(warehouse / "sample_content", content, ds, partition_by=_BY_DESIGN)
    samples = connection.sql(
        f"SELECT {stamp}, unit_id, user_key, stratum, prn, size_measure, MAP(['main'], [size_measure]) "
        "AS size_measures, ['main'] AS draws, inclusion_probability, MAP(['units', 'views'], "
        "[1.0::DOUBLE, d.viewed_pin_count::DOUBLE]) AS exposures, imputed AS scores, component_scores, "
        f"MAP(['surface'], [surface]) AS segments, s.scorer_version FROM drawn d JOIN {scores} s USING (unit_id)"
    )
    replace_day(warehouse / "samples", samples, ds, partition_by=_BY_DESIGN)


def _strata(connection: duckdb.DuckDBPyConnection, policies: Sequence[str]) -> list[Stratum]:
    """Known totals in one pass; sums are sums of integers, the same in any order."""
    totals = ["count(*)", "max(scorer_version)", *(f"sum({x})" for x in _EXPOSURES.values())]
    for k in range(len(policies)):
        totals += [f"max(s{k})", f"count(*) FILTER (WHERE s{k} IS NULL)"]
        for x in _EXPOSURES.values():
            totals += [
                f"coalesce(sum({x} * round(s{k} * {_SCALE})::BIGINT), 0)",
                f"coalesce(sum({x}) FILTER (WHERE s{k} IS NULL), 0)",
            ]
    rows = connection.execute(
        f"SELECT stratum, {', '.join(totals)} FROM population GROUP BY stratum ORDER BY stratum"
    ).fetchall()
    return [_stratum(row, policies) for row in rows]


def _stratum(row: tuple[Any, ...], policies: Sequence[str]) -> Stratum:
    name, size, scorer_version, *rest = row
    exposures = dict(zip(MEASURES, map(float, rest[:2]), strict=True))
    n = 2 + 2 * len(MEASURES)
    of_policy = {policy: rest[2 + n * k : 2 + n * (k + 1)] for k, policy in enumerate(policies)}
    highest = {policy: figures[0] for policy, figures in of_policy.items() if figures[0] is not None}
    return Stratum(
        name=name,
        population_size=size,
        exposure_totals=exposures,
        score_totals={
            measure: {
                policy: of_policy[policy][2 + 2 * j] / _SCALE + score * float(of_policy[policy][3 + 2 * j])
                for policy, score in highest.items()
            }
            for j, measure in enumerate(MEASURES)
        },
        n_missing_scores={policy: figures[1] for policy, figures in of_policy.items()},
        highest_scores=highest,
        scorer_version=scorer_version,
    )


def _add_spreads(
    connection: duckdb.DuckDBPyConnection,
    strata: Sequence[Stratum],
    policies: Sequence[str],
    weights: Mapping[str, float],
) -> None:
    """Table `spread`: the population with imputed scores and g; the strata get Σ x g."""
    highest = [{"stratum": s.name} | {f"h{k}": s.highest_scores.get(p) for k, p in enumerate(policies)} for s in strata]
    _register(connection, "highest", highest, [f"h{k}" for k in range(len(policies))])
    prior = PRIOR_PREVALENCE * (1 - PRIOR_PREVALENCE)
    imputed = [f"coalesce(s{k}, h{k})" for k in range(len(policies))]
    variance = " + ".join(
        f"{weights[policy]!r}::DOUBLE * coalesce({score} * (1 - {score}), {prior!r}::DOUBLE)"
        for policy, score in zip(policies, imputed, strict=True)
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE spread AS SELECT unit_id, stratum, viewed_pin_count, "
        f"{', '.join(f'{score} AS i{k}' for k, score in enumerate(imputed))}, sqrt({variance}) AS g "
        "FROM population JOIN highest USING (stratum)"
    )
    sums = ", ".join(f"sum({x} * round(g * {_SCALE})::BIGINT)" for x in _EXPOSURES.values())
    by_name = {s.name: s for s in strata}
    for name, *totals in connection.execute(f"SELECT stratum, {sums} FROM spread GROUP BY stratum").fetchall():
        by_name[name].spread_totals = {m: total / _SCALE for m, total in zip(MEASURES, totals, strict=True)}


def _rank(connection: duckdb.DuckDBPyConnection, strata: Sequence[Stratum], design: SamplingDesign) -> None:
    """Table `ranked`: `spread` with size_measure w, prn u and rank u/w; the strata get max x and max x/w."""
    shares = design.measure_shares
    factors = [
        {"stratum": s.name, "norm": s.normaliser(shares)} | {m: s.factor(m, shares) for m in MEASURES} for s in strata
    ]
    _register(connection, "factors", factors, ["norm", *MEASURES])
    mixture = "(f.units + f.views * viewed_pin_count)"
    delta = f"{design.uniform_share!r}::DOUBLE"
    score_part = f"CASE WHEN f.norm > 0 THEN {mixture} * g / f.norm ELSE {mixture} END"
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE ranked AS SELECT *, prn / size_measure AS rank FROM ("
        f"SELECT p.* EXCLUDE (g), prn(unit_id) AS prn, (1 - {delta}) * ({score_part}) + {delta} * {mixture} "
        "AS size_measure FROM spread p JOIN factors f USING (stratum))"
    )
    extremes = ", ".join(f"max({x})::DOUBLE, max({x} / size_measure)" for x in _EXPOSURES.values())
    by_name = {s.name: s for s in strata}
    for name, *found in connection.execute(f"SELECT stratum, {extremes} FROM ranked GROUP BY stratum").fetchall():
        by_name[name].largest_exposures = dict(zip(MEASURES, found[0::2], strict=True))
        by_name[name].largest_ratios = dict(zip(MEASURES, found[1::2], strict=True))


def _register(
    connection: duckdb.DuckDBPyConnection, name: str, rows: Sequence[Mapping[str, Any]], numbers: Sequence[str]
) -> None:
    """Make `rows`, one a stratum with the columns `numbers`, a table of the connection's."""
    types = pa.schema({"stratum": pa.string()} | dict.fromkeys(numbers, pa.float64()))
    connection.register(name, pa.Table.from_pylist(rows, schema=types))


def _draw(connection: duckdb.DuckDBPyConnection, strata: Sequence[Stratum], policies: Sequence[str]) -> None:
    """Table `drawn`: the n units of the smallest ranks of every stratum, with probability and imputed scores."""
    sizes = [{"stratum": s.name, "n": s.sample_size} for s in strata]
    connection.register("sizes", pa.Table.from_pylist(sizes))
    most = max(s.sample_size for s in strata) + 1
    # The n + 1 smallest ranks of a stratum are its thresholds; few units are left to be put in order.
    smallest = connection.execute(
        f"SELECT stratum, list_sort(min(rank, {most})) FROM ranked GROUP BY stratum"
    ).fetchall()
    by_name = {s.name: s for s in strata}
    for name, ranks in smallest:
        stratum = by_name[name]
        if stratum.sample_size < stratum.population_size:
            stratum.outside, stratum.inside = ranks[stratum.sample_size - 1], ranks[stratum.sample_size]
    limits = [{"stratum": s.name, "inside": s.inside, "outside": s.outside} for s in strata]
    _register(connection, "limits", limits, ["inside", "outside"])
    scores = [f"{{'key': '{policy}', 'value': i{k}}}" for k, policy in enumerate(policies)]
    imputed = f"map_from_entries(list_filter([{', '.join(scores)}], lambda e: e.value IS NOT NULL))"
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE drawn AS SELECT unit_id, stratum, viewed_pin_count, prn, size_measure, "
        f"{imputed} AS imputed, CASE WHEN inside IS NULL THEN 1.0::DOUBLE ELSE least(1.0, size_measure * inside) END "
        "AS inclusion_probability FROM ranked JOIN limits USING (stratum) JOIN sizes USING (stratum) "
        "WHERE outside IS NULL OR rank <= outside "
        "QUALIFY row_number() OVER (PARTITION BY stratum ORDER BY rank, unit_id) <= n"
    )
