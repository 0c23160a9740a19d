"""The audit of a design on a stored frame: rows, error rates from labels, the same again, the certificate's file."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from pyspark.sql import SparkSession

from jobs import audit_design
from lib.reporting.dashboard_tables import latest_audit
from lib.run_context import RunContext
from lib.sampling.draw import draw_sample
from lib.settings import load_design, load_policies, load_settings
from lib.storage import Storage
from schemas import design_audits, labels, rung_samples, samples, sampling_frame
from schemas import unit_scores as scores_contract
from schemas.contracts.settings import Settings
from schemas.errors import MissingInputError
from schemas.table_spec import TableSpec

DS = date(2026, 3, 2)
N_UNITS, N_LABELLED = 3000, 40
DESIGN = {
    "name": "tiny",
    "version": 1,
    "sample_size": 300,
    "strata": ["surface"],
    "seed": 3,
    "minimum_stratum_size": 30,
}
ANYTIME = datetime(2026, 3, 3, tzinfo=UTC)


@dataclass(frozen=True)
class Audited:
    """What two runs of the job left behind."""

    settings: Settings
    runs: list[list[dict[str, Any]]]


def _store(storage: Storage, spec: TableSpec, records: list[dict[str, Any]]) -> None:
    """Write a table that nobody adds to: without comments and constraints it takes a third of the time."""
    spec.conform(storage.rows(spec, records)).write.format("delta").save(storage.location(spec))


def _scores(storage: Storage) -> None:
    random = np.random.default_rng(1)
    policies = [policy.id for policy in load_policies()]
    records = [
        {
            "ds": DS, "unit_id": f"u{i:04d}", "user_key": None, "surface": ("search", "home_feed")[i % 2],
            "country": "FR", "language": "fr", "pin_count": 9, "viewed_pin_count": int(random.poisson(3)),
            # The last policy has no score: its truth is assumed to be rare.
            "scores": {k: float(random.beta(0.3, 8)) for k in policies[:-1]}, "component_scores": {},
            "scorer_version": "v1", "job_run_id": "r",
        }
        for i in range(N_UNITS)
    ]  # fmt: skip
    _store(storage, scores_contract.TABLE, records)


def _labels(storage: Storage, sample: list[Any]) -> None:
    """Labels on two rungs: of the first policy, the LLM finds no violation that people find."""
    records = [
        {
            "ds": DS, "unit_id": unit["unit_id"], "policy": policy.id, "rung": rung, "labeler_id": rung,
            "verdict": "violating" if rung == "human" and position == 0 else "not_violating",
            "violating_components": [], "confidence": None, "rung_probability": 1.0, "policy_version": "1",
            "prompt_version": "1", "label_source": "file", "labelled_at": ANYTIME, "job_run_id": "r",
            "design_id": unit["design_id"], "review_role": "first", "injection_signs": [],
            **dict.fromkeys(("no_verdict_reason", "severity", "cost", "seconds")),
        }
        for position, policy in enumerate(load_policies())
        for unit in sample[:N_LABELLED]
        for rung in ("llm", "human")
    ]  # fmt: skip
    _store(storage, labels.TABLE, records)
    drawn = [
        {
            "ds": DS, "design_id": unit["design_id"], "unit_id": unit["unit_id"], "rung": rung, "rung_probability": 1.0,
            "draw_version": "1", "job_run_id": "r",
        }
        for unit in sample[:N_LABELLED]
        for rung in ("llm", "human")
    ]  # fmt: skip
    _store(storage, rung_samples.TABLE, drawn)


@pytest.fixture(scope="module")
def audited(_session: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Audited]:
    folder = tmp_path_factory.mktemp("audit")
    (folder / "tiny.yaml").write_text(yaml.safe_dump(DESIGN))
    settings = load_settings(
        "local",
        assignments=[
            f"storage.warehouse={folder / 'warehouse'}",
            f"reporting.dashboard_path={folder / 'pages' / 'dashboard.html'}",
            f"sampling.design={folder / 'tiny.yaml'}",
            "audit.n_replicates=100",
        ],
    )
    storage = Storage(_session, settings.storage)
    _scores(storage)
    design = load_design(settings.sampling.design)
    scores = storage.read_day(scores_contract.TABLE, DS)
    drawn = draw_sample(
        scores,
        design=design,
        policies=[policy.id for policy in load_policies()],
        measures=settings.estimation.measures,
        segments=[],
    )
    shared = {"ds": DS, "job_run_id": "r"}
    frame = [row | shared | {"job_run_reads": {}} for row in drawn.frame]
    _store(storage, sampling_frame.TABLE, frame)
    sample = [row.asDict(recursive=True) | shared for row in drawn.units.orderBy("unit_id").collect()]
    drawn.release()
    _store(storage, samples.TABLE, sample)
    _labels(storage, sample)
    runs = []
    for _ in range(2):
        (commit,) = audit_design.run(_session, settings, RunContext(ds=DS))
        assert commit.n_rows == 4 * 2 * len(design_audits.SCENARIOS)
        stored = Storage(_session, settings.storage).read(design_audits.TABLE)
        rows = stored.orderBy("policy", "measure", "scenario").collect()
        runs.append([row.asDict() for row in rows])
    yield Audited(settings, runs)
    _session.catalog.clearCache()


def test_running_again_changes_nothing_but_the_run(audited: Audited) -> None:
    first, second = ([{k: v for k, v in row.items() if k != "job_run_id"} for row in rows] for rows in audited.runs)
    assert first == second


def test_rows_say_what_was_audited(audited: Audited) -> None:
    rows = audited.runs[0]
    assert {(row["ds"], row["design_id"], row["scorer_version"]) for row in rows} == {(DS, "tiny_v1", "v1")}
    assert {(row["population_size"], row["n_frame_units"], row["n_replicates"]) for row in rows} == {
        (N_UNITS, N_UNITS, 100)
    }
    assert {(row["estimator"], row["ci_method"], tuple(row["rungs"])) for row in rows} == {
        ("regression", "split_gamma", ("llm", "human"))
    }
    policies = [policy.id for policy in load_policies()]
    assert {row["policy"]: row["has_score"] for row in rows} == dict.fromkeys(policies, True) | {policies[-1]: False}
    assert all(row["status"] in ("passed", "not_judged") for row in rows)
    truth = {
        row["policy"]: row["prevalence"]
        for row in rows
        if row["scenario"] == "calibrated" and row["measure"] == "units"
    }
    assert truth[policies[0]] == pytest.approx(0.3 / 8.3, rel=0.2)
    assert truth[policies[-1]] < 0.003


def test_error_rates_are_measured_where_both_rungs_have_labels(audited: Audited) -> None:
    rates = {row["policy"]: (row["sensitivities"]["llm"], row["specificities"]["llm"]) for row in audited.runs[0]}
    first, *others = [policy.id for policy in load_policies()]
    assert rates[first][0] < 0.5  # 40 violations, none of them found by the LLM; assumed: 0.8 as if seen 20 times
    assert rates[first][1] == 0.995
    assert {rates[policy][0] for policy in others} == {0.8}
    assert all(rates[policy][1] > 0.995 for policy in others)


def test_the_certificate_lies_beside_the_dashboard(audited: Audited) -> None:
    path = Path(audited.settings.reporting.dashboard_path).with_name("dashboard_certificate.html")
    page = path.read_text(encoding="utf-8")
    assert "Certificate of design tiny_v1" in page
    assert "Frame of 2 Mar 2026" in page
    assert f"{audited.runs[0][0]['job_run_id']}" not in page  # the second run wrote it anew
    assert f"{audited.runs[1][0]['job_run_id']}" in page


def test_the_dashboard_shows_the_last_audit(spark: SparkSession) -> None:
    days = [(date(2026, 3, day), "calibrated", "spam", "units") for day in (1, 3, 2)]
    audits = spark.createDataFrame(days, "ds date, scenario string, policy string, measure string")
    assert [row["ds"] for row in latest_audit(audits).collect()] == [date(2026, 3, 3)]


def test_a_day_without_a_frame_is_refused(spark: SparkSession, audited: Audited) -> None:
    with pytest.raises(MissingInputError, match="`sampling_frame`: field `ds` has no rows for 2026-03-09"):
        audit_design.run(spark, audited.settings, RunContext(ds=date(2026, 3, 9)))
