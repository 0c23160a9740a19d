"""The job on a few hundred units: a plan from scores alone, then with what earlier days left, then checked."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
import yaml
from deltalake import DeltaTable, write_deltalake
from pyspark.sql import SparkSession
from pyspark.sql.pandas.types import to_arrow_schema

from jobs import plan_sample
from lib.run_context import RunContext
from lib.settings import load_policies, load_settings
from schemas import labels, prevalence, prevalence_moments, rung_samples, samples, sampling_frame, unit_scores
from schemas.contracts.settings import Settings
from schemas.table_spec import TableSpec
from tests.sampling.scored_units import generated_rows

MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)
DESIGN_ID = "test_v1"
POLICIES = [policy.id for policy in load_policies()]
EXAMPLES = {
    "string": "x", "int": 1, "bigint": 1, "double": 0.0, "boolean": True, "date": MONDAY,
    "timestamp": datetime(2026, 3, 2, tzinfo=UTC),
}  # fmt: skip


@dataclass(frozen=True)
class Warehouse:
    """A warehouse with two days of scores, and what a job left there."""

    spark: SparkSession
    settings: Settings
    path: Path

    def write(self, spec: TableSpec, ds: date, records: Sequence[dict[str, Any]]) -> None:
        """Records of one day, without Spark; what they leave out is an example of its type, or empty."""
        filled = [_filled(spec) | {"ds": ds} | record for record in records]
        pairs = [{k: list(v.items()) if isinstance(v, dict) else v for k, v in row.items()} for row in filled]
        table = pa.Table.from_pylist(pairs, schema=to_arrow_schema(spec.schema()))
        write_deltalake(self.path / spec.name, table, partition_by=list(spec.partition_by), mode="append")

    def run(self, ds: date) -> None:
        plan_sample.run(self.spark, self.settings, RunContext(ds=ds))

    def table(self, name: str) -> pd.DataFrame:
        return DeltaTable(str(self.path / name)).to_pandas()

    def plans(self, ds: date, kind: str) -> pd.DataFrame:
        rows = self.table("sample_plans").query("segment == 'all'")
        return rows[(rows["ds"] == ds) & (rows["kind"] == kind)].sort_values(["policy", "measure"], ignore_index=True)


def _filled(spec: TableSpec) -> dict[str, Any]:
    def example(data_type: str) -> Any:
        if data_type.startswith("map"):
            return {}
        return [] if data_type.startswith("array") else EXAMPLES[data_type]

    return {column.name: None if column.is_nullable else example(column.data_type) for column in spec.columns}


@pytest.fixture(scope="module")
def warehouse(_session: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    path = tmp_path_factory.mktemp("plan")
    design = {"name": "test", "version": 1, "sample_size": 120, "minimum_stratum_size": 10, "seed": 11}
    (path / "test.yaml").write_text(yaml.safe_dump(design))
    settings = load_settings(
        "local",
        assignments=[
            f"storage.warehouse={path}",
            f"sampling.design={path}/test.yaml",
            "planning.budget_multiples=[2]",
            "estimation.segments=[surface]",
        ],
    )
    os.environ.setdefault("PLUMBLINE_ID_KEY", "a key for the tests only")
    found = Warehouse(_session, settings, path)
    rows = [
        {"unit_id": f"u{i}", "surface": row["surface"], "viewed_pin_count": row["viewed_pin_count"]}
        | {"scores": {"adult_content": row["scores"].get("common", 0.02)}}
        for i, row in enumerate(generated_rows(400))
    ]
    for ds in (MONDAY, TUESDAY):
        found.write(unit_scores.TABLE, ds, rows)
    found.run(MONDAY)
    yield found
    _session.catalog.clearCache()


def test_scores_alone_give_a_plan_and_nothing_to_check(warehouse: Warehouse) -> None:
    configured = warehouse.plans(MONDAY, "configured")
    assert len(configured) == len(POLICIES) * 2
    assert (configured["n_llm"] == 120).all()
    assert (configured["n_human"] == 120).all()  # 500 are asked for, and all that have an LLM label climb
    assert configured["cost"].to_numpy() == pytest.approx(120 * 0.02 + 120 * 1.5)
    assert (configured["has_score"] == (configured["policy"] == "adult_content")).all()
    double = warehouse.plans(MONDAY, "budget")
    assert (double["expected_std_error"] < configured["expected_std_error"]).all()
    assert set(warehouse.table("sample_plans")["segment_value"]) == {"all", "search", "home", "feed"}
    assert len(warehouse.table("plan_checks")) == 0


def _estimated(policy: str, measure: str, std_error: float) -> dict[str, Any]:
    return {
        "design_id": DESIGN_ID, "period": "day", "period_start": MONDAY, "period_end": MONDAY, "policy": policy,
        "measure": measure, "segment": "all", "segment_value": "all", "component": "unit", "estimator": "regression",
        "std_error": std_error, "prevalence": 0.5, "ci_low": 0.0, "ci_high": 1.0, "status": "released",
    }  # fmt: skip


def _leave_results(warehouse: Warehouse) -> None:
    """What draw, labels and estimates of Monday leave: a sample of 20, ten of them violating, errors far off."""
    totals = {"units": 400.0, "views": 1000.0}
    frame = {
        "design_id": DESIGN_ID, "stratum": "search", "threshold": 400.0, "uniform_share": 0.2,
        "measure_shares": {"units": 0.5, "views": 0.5}, "exposure_totals": totals,
    }  # fmt: skip
    warehouse.write(sampling_frame.TABLE, MONDAY, [frame])
    units = [
        {
            "design_id": DESIGN_ID, "unit_id": f"u{i}", "stratum": "search", "prn": (i + 0.5) / 100,
            "inclusion_probability": 0.5, "exposures": {"units": 1.0, "views": 2.0},
        }
        for i in range(20)
    ]  # fmt: skip
    warehouse.write(samples.TABLE, MONDAY, units)
    verdicts = [
        {"design_id": DESIGN_ID, "unit_id": f"u{i}", "policy": policy, "rung": rung, "labeler_id": rung}
        | {"rung_probability": 1.0, "review_role": "first", "no_verdict_reason": None}
        | {"verdict": "violating" if i < 10 else "not_violating", "prompt_version": "1"}
        for i in range(20)
        for policy in POLICIES
        for rung in ("llm", "human")
    ]
    warehouse.write(labels.TABLE, MONDAY, verdicts)
    drawn = [
        {"design_id": DESIGN_ID, "unit_id": f"u{i}", "rung": rung, "rung_probability": 1.0}
        for i in range(20)
        for rung in ("llm", "human")
    ]
    warehouse.write(rung_samples.TABLE, MONDAY, drawn)
    planned = warehouse.plans(MONDAY, "configured").set_index(["policy", "measure"])["scores_std_error"]
    numbers = [
        _estimated(policy, measure, float(planned[policy, measure]) * (9.0 if measure == "views" else 0.8))
        for policy in POLICIES
        for measure in ("units", "views")
    ]
    warehouse.write(prevalence.TABLE, MONDAY, numbers)
    moments = {
        "design_id": DESIGN_ID, "stratum": "search", "policy": "adult_content", "measure": "units", "segment": "all",
        "segment_value": "all", "component": "unit", "rungs": ["llm", "human"], "has_score": True,
        "exposure_total": 400.0, "score_total": 20.0, "n_1": 20, "n_2": 20, "n_positive_1": 10, "n_positive_2": 10,
        "sum_1_label_1": 40.0, "sum_1_exposure": 400.0, "sum_2_label_2": 40.0, "sum_2_label_1": 40.0,
    }  # fmt: skip
    warehouse.write(prevalence_moments.TABLE, MONDAY, [moments])


def test_results_are_checked_and_correct_the_next_plan(warehouse: Warehouse) -> None:
    before = warehouse.table("sample_plans").drop(columns="job_run_id")
    _leave_results(warehouse)
    warehouse.run(MONDAY)
    after = warehouse.table("sample_plans").drop(columns="job_run_id")
    key = ["kind", "scenario", "policy", "measure", "segment", "segment_value"]
    pd.testing.assert_frame_equal(
        before.sort_values(key, ignore_index=True), after.sort_values(key, ignore_index=True), check_exact=True
    )

    checks = warehouse.table("plan_checks")
    errors = checks[checks["kind"] == "realised_error"].set_index(["policy", "measure"])
    assert errors.loc[("adult_content", "views"), "status"] == "blind_spot_suspected"
    assert errors.loc[("adult_content", "views"), "ratio"] == pytest.approx(9.0)
    assert errors.loc[("adult_content", "units"), "status"] == "as_planned"
    assert set(errors.drop("adult_content")["status"]) == {"not_checked"}
    arms = checks[checks["kind"] == "validation_arm"].set_index(["policy", "measure"])
    # Σ_S v/p = 10/0.5; p_A = 80 (0.5/400 + 0.5 x 2/1000) = 0.18 and u of the ten is below 0.1: Σ_A v/p_A = 10/0.18.
    assert arms.loc[("self_harm", "units"), "planned"] == pytest.approx(20 / 400)
    assert arms.loc[("self_harm", "units"), "realised"] == pytest.approx(10 / 0.18 / 400)

    warehouse.run(TUESDAY)
    monday, tuesday = (warehouse.plans(ds, "configured").iloc[:2] for ds in (MONDAY, TUESDAY))
    # Labels found twice the prevalence that the scores had said, on ten violations: half of the way, and no more.
    ratio = tuesday["expected_prevalence"] / monday["expected_prevalence"]
    assert ratio.tolist() == pytest.approx([(10 * 2.0 + 10) / 20, 1.0], rel=1e-4)
    error_ratio = tuesday["expected_std_error"] / tuesday["scores_std_error"]
    assert error_ratio.iloc[0] < 1
    assert error_ratio.iloc[1] > 1.2
