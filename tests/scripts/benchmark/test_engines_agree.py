"""DuckDB and Polars write what the chain writes, down to single units, on a small day with all the faults of logs."""

from collections.abc import Mapping
from pathlib import Path

import polars as pl
import pytest
from pyspark.sql import SparkSession

from jobs.run_chain import STEPS
from lib.run_context import RunContext
from lib.settings import load_design, load_policies
from scripts.benchmark.agreement import differences, facts_of_day
from scripts.benchmark.duckdb_version import sample as duckdb_sample
from scripts.benchmark.duckdb_version import scores as duckdb_scores
from scripts.benchmark.duckdb_version import units as duckdb_units
from scripts.benchmark.duckdb_version.connection import connect
from scripts.benchmark.logs import generate_logs
from scripts.benchmark.measured_work import DAYS, MeasuredWork, environment
from scripts.benchmark.polars_version import sample as polars_sample
from scripts.benchmark.polars_version import scores as polars_scores
from scripts.benchmark.polars_version import units as polars_units
from scripts.benchmark.sample_estimates import write_estimates

DAY = DAYS[0]
SIZE = 2_500
RUN = "run"
# So low that every way of having too many deliveries is met.
LIMITS = "units: {maximum_deliveries_per_key: 12, maximum_bytes_per_key: 3000}"


@pytest.fixture(scope="module")
def warehouses(_session: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """What each engine has written of one day."""
    folder = tmp_path_factory.mktemp("benchmark")
    conf = folder / "limits.yaml"
    conf.write_text(LIMITS, encoding="utf-8")
    generate_logs(folder / "logs", size=SIZE, seed=3, on_chunk=lambda _: None)
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment().items():
            patch.setenv(name, value)
        for engine, run in (("chain", _chain), ("duckdb", _duckdb), ("polars", _polars)):
            found[engine] = folder / engine
            run(MeasuredWork(folder / "logs", folder / engine, folder / "chain", (conf,)), _session)
    return found


def _chain(work: MeasuredWork, spark: SparkSession) -> None:
    settings = work.settings()
    names = ("build_interaction_units", "score_units", "draw_sample", "label_sample", "estimate_prevalence")
    for name in names:
        STEPS[name](spark, settings, RunContext(DAY))


def _duckdb(work: MeasuredWork, _spark: SparkSession) -> None:
    settings, policies = work.settings(), [policy.id for policy in load_policies()]
    design = load_design(settings.sampling.design)
    connection = connect(design.seed)
    duckdb_units.write_units(connection, work.logs, work.warehouse, DAY, settings.units, RUN)
    duckdb_scores.write_scores(connection, work.warehouse, DAY, policies, RUN)
    duckdb_sample.write_sample(connection, work.warehouse, DAY, design, policies, RUN)
    write_estimates(work, settings, DAY, design.design_id, policies, RUN)


def _polars(work: MeasuredWork, _spark: SparkSession) -> None:
    settings, policies = work.settings(), [policy.id for policy in load_policies()]
    design = load_design(settings.sampling.design)
    polars_units.write_units(work.logs, work.warehouse, DAY, settings.units, RUN)
    polars_scores.write_scores(work.warehouse, DAY, policies, RUN)
    polars_sample.write_sample(work.warehouse, DAY, design, policies, RUN)
    write_estimates(work, settings, DAY, design.design_id, policies, RUN)


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
def test_the_engine_writes_what_the_chain_writes(warehouses: Mapping[str, Path], engine: str) -> None:
    chain, other = (facts_of_day(warehouses[name], DAY) for name in ("chain", engine))
    assert differences(chain, other, ds=DAY) == []


def test_the_day_has_every_kind_of_fault_and_a_sample_that_is_not_all(warehouses: Mapping[str, Path]) -> None:
    facts = facts_of_day(warehouses["chain"], DAY, tables=["interaction_units", "quarantine", "samples"])
    reasons = {name.split()[-1] for table, name in facts if table == "quarantine"}
    assert reasons >= {"missing_key", "invalid_timestamp", "late_event", "orphan_response", "orphan_pin"}
    assert reasons >= {"surplus_delivery", "invalid_slot"}
    n_units, n_sampled = facts["interaction_units", "units"], facts["samples", "sampled units"]
    assert isinstance(n_units, int)
    assert n_sampled == 2_000 < n_units


def test_one_changed_unit_is_a_difference(warehouses: Mapping[str, Path]) -> None:
    """What would say that engines agree whatever they wrote would be worth nothing."""
    facts = facts_of_day(warehouses["polars"], DAY, tables=["interaction_units"])
    path = next((warehouses["polars"] / "interaction_units" / f"ds={DAY}").glob("*.parquet"))
    rows = pl.read_parquet(path)
    first = pl.int_range(pl.len()) == 0
    changed = pl.when(first).then(pl.lit("other")).otherwise("query_text").alias("query_text")
    rows.with_columns(changed).write_parquet(path)
    found = differences(facts, facts_of_day(warehouses["polars"], DAY, tables=["interaction_units"]), ds=DAY)
    assert [difference.fact for difference in found] == ["content of units"]
    rows.write_parquet(path)
