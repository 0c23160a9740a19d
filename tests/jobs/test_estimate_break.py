"""A change of prompt measured on units labelled under both versions: what the job reads, writes and refuses."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from jobs import estimate_break
from lib.estimation.change.bridge_moments import BridgeMoments
from lib.estimation.change.bridge_study import estimate_shift
from lib.run_context import RunContext
from lib.settings import load_design, load_settings
from lib.storage import Storage
from schemas import labels, samples, series_breaks
from schemas.contracts.settings import Settings
from schemas.errors import ConfigurationError, MissingInputError
from schemas.table_spec import TableSpec

DS, DAY_BEFORE = date(2026, 3, 3), date(2026, 3, 2)
POLICY = "self_harm"
NAN = float("nan")
# ds, unit, views, inclusion probability, human rung probability under either prompt, verdicts under old and new prompt
UNITS = (
    (DAY_BEFORE, "u1", 3, 0.10, (0.50, 0.50), "violating", "not_violating"),
    (DAY_BEFORE, "u2", 0, 0.05, (0.30, 0.40), "not_violating", "violating"),
    (DS, "u3", 7, 0.40, (1.00, 0.90), "violating", "violating"),
    (DS, "u4", 1, 0.02, (0.20, 0.20), "not_violating", "not_violating"),
    (DS, "u5", 2, 1.00, (0.60, 0.60), "cannot_tell", "violating"),
    (DS, "u6", 4, 0.25, (0.70, 0.70), "not_violating", None),  # never seen under the new prompt
    (date(2026, 3, 4), "u7", 4, 0.25, (0.70, 0.70), "not_violating", "violating"),  # after the study
)
DEFAULTS: Mapping[str, Any] = {
    "date": DS, "string": "", "double": 0.5, "int": 0, "bigint": 0, "boolean": False,
    "timestamp": datetime(2026, 3, 5, tzinfo=UTC),
}  # fmt: skip
PROMPT = {
    "ds": f"{DS}",
    "policy": POLICY,
    "rung": "human",
    "version_kind": "prompt_version",
    "old_version": "prompt-a",
    "new_version": "prompt-b",
    "overlap_first_ds": f"{DAY_BEFORE}",
    "reason": "definition of lists made plain",
}
WORDING = {
    "ds": f"{DS}",
    "policy": "harassment",
    "rung": "llm",
    "version_kind": "policy_version",
    "old_version": "1",
    "new_version": "2",
    "reason": "threats by image are in",
}


def _settings(warehouse: Path, *declared: Mapping[str, str]) -> Settings:
    breaks = json.dumps(declared)
    return load_settings("local", assignments=[f"storage.warehouse={warehouse}", f"series_breaks={breaks}"])


def _store(storage: Storage, spec: TableSpec, records: list[dict[str, Any]]) -> None:
    """Records with some of the table's columns; the others get a value of their type that nothing reads."""
    others = {c.name: None if c.is_nullable else _default(c.data_type) for c in spec.columns}
    complete = [others | record for record in records]
    storage.replace(spec, storage.rows(spec, complete), where="true")


def _default(data_type: str) -> Any:
    if data_type.startswith("map"):
        return {}
    return [] if data_type.startswith("array") else DEFAULTS[data_type]


def _label(ds: date, unit: str, verdict: str, prompt: str, **others: Any) -> dict[str, Any]:
    record = {"ds": ds, "unit_id": unit, "policy": POLICY, "rung": "human", "verdict": verdict, "labeler_id": "r1"}
    record |= {"no_verdict_reason": "cannot_tell" if verdict == "cannot_tell" else None, "review_role": "first"}
    record |= {"design_id": load_design("daily").design_id}
    return record | {"prompt_version": prompt, "policy_version": "1"} | others


@pytest.fixture(scope="module")
def warehouse(_session: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Samples, and labels on two rungs under two versions, among them some that must not count."""
    path = tmp_path_factory.mktemp("warehouse")
    storage = Storage(_session, _settings(path).storage)
    design_id = load_design("daily").design_id
    drawn = [
        {"ds": ds, "unit_id": unit, "design_id": design_id, "inclusion_probability": p}
        | {"exposures": {"units": 1.0, "views": float(views)}}
        for ds, unit, views, p, _, _, _ in UNITS
    ]
    _store(storage, samples.TABLE, [*drawn, drawn[0] | {"design_id": "other_v1"}])
    given = []
    for ds, unit, _, _, (q_old, q_new), old, new in UNITS:
        given.append(_label(ds, unit, old, "prompt-a", rung_probability=q_old))
        if new is not None:
            given.append(_label(ds, unit, new, "prompt-b", rung_probability=q_new))
        # the LLM below: its own prompts and verdicts are not compared, and every sampled unit has one
        given.append(_label(ds, unit, "violating", "prompt-a", rung="llm", labeler_id="m1", rung_probability=1.0))
    superseded = {"labelled_at": datetime(2026, 3, 4, tzinfo=UTC), "labeler_id": "r2"}
    given.append(_label(DS, "u3", "not_violating", "prompt-b", rung_probability=0.9, **superseded))
    other = {"policy": "harassment", "rung": "llm", "labeler_id": "m1", "rung_probability": 1.0}
    for unit, verdict, version in (
        ("u3", "violating", "1"),
        ("u3", "violating", "2"),
        ("u4", "not_violating", "1"),
        ("u4", "violating", "2"),
    ):
        given.append(_label(DS, unit, verdict, f"prompt-{version}", policy_version=version, **other))
    _store(storage, labels.TABLE, given)
    return path


@pytest.fixture(scope="module")
def written(_session: SparkSession, warehouse: Path) -> list[dict[str, Any]]:
    """What the job leaves when it has run for one break, and again for two."""
    for declared in ([PROMPT], [PROMPT, WORDING]):
        settings = _settings(warehouse, *declared)
        (commit,) = estimate_break.run(_session, settings, RunContext(ds=DS))
        assert (commit.table, commit.n_rows) == ("series_breaks", 2 * len(declared))
    stored = Storage(_session, settings.storage).read(series_breaks.TABLE)
    return [row.asDict() for row in stored.orderBy("policy", "measure").collect()]


def _expected(measure: str) -> BridgeMoments:
    counted = [unit for unit in UNITS if unit[0] <= DS and unit[6] is not None]
    number = {"violating": 1.0, "not_violating": 0.0, "cannot_tell": NAN}
    return BridgeMoments.from_units(
        exposure=[1.0 if measure == "units" else float(unit[2]) for unit in counted],
        old_verdict=[number[unit[5]] for unit in counted],
        new_verdict=[number[str(unit[6])] for unit in counted],
        inclusion_probability=[unit[3] * min(unit[4]) for unit in counted],
    )


def test_the_rows_say_what_changed_and_how_far(written: list[dict[str, Any]]) -> None:
    rows = {row["measure"]: row for row in written if row["policy"] == POLICY}
    for measure, row in rows.items():
        found = estimate_shift(_expected(measure), level=0.95)
        names = ("old_prevalence", "new_prevalence", "std_error", "process_std_error", "ratio_std_error")
        assert [row[name] for name in names] == pytest.approx([getattr(found, name) for name in names], rel=1e-9)
        limits = (found.shift.difference, found.shift.low, found.shift.high)
        assert [row["shift"], row["ci_low"], row["ci_high"]] == pytest.approx(limits, rel=1e-9)
        assert [row["ratio"], row["ratio_ci_low"]] == pytest.approx([found.ratio.ratio, found.ratio.low], rel=1e-9)
        assert (row["n_units"], row["n_disagreeing"], row["n_missing"]) == (4, 2, 1)
        assert (row["n_to_violating"], row["n_to_not_violating"]) == (1, 1)
        versions = (row["ds"], row["rung"], row["version_kind"], row["old_version"], row["new_version"])
        assert versions == (DS, "human", "prompt_version", "prompt-a", "prompt-b")
        assert (row["overlap_first_ds"], row["overlap_last_ds"]) == (DAY_BEFORE, DS)
        assert row["reason"] == "definition of lists made plain"
    assert rows["units"]["shift"] != rows["views"]["shift"]


def test_running_again_replaces_the_rows_of_the_day(written: list[dict[str, Any]]) -> None:
    assert len(written) == 4
    assert len({row["job_run_id"] for row in written}) == 1


def test_policy_versions_of_the_first_rung_are_compared_too(written: list[dict[str, Any]]) -> None:
    (row,) = (row for row in written if row["policy"] == "harassment" and row["measure"] == "units")
    assert (row["n_units"], row["n_to_violating"]) == (2, 1)
    assert row["old_prevalence"] == pytest.approx(2.5 / 52.5)  # weights 1/0.4 and 1/0.02
    assert row["new_prevalence"] == pytest.approx(1.0)


def test_days_and_breaks_that_are_not_there_are_refused(spark: SparkSession, warehouse: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"no break on 2026-03-02 \(declared: 2026-03-03\)"):
        estimate_break.run(spark, _settings(warehouse, PROMPT), RunContext(ds=DAY_BEFORE))
    with pytest.raises(ConfigurationError, match="unknown policy `gambling`"):
        estimate_break.run(spark, _settings(warehouse, PROMPT | {"policy": "gambling"}), RunContext(ds=DS))
    with pytest.raises(MissingInputError, match="0 units of 2026-03-02 to 2026-03-03 have a usable human verdict"):
        estimate_break.run(spark, _settings(warehouse, PROMPT | {"new_version": "prompt-c"}), RunContext(ds=DS))


@pytest.mark.parametrize(
    ("declared", "complaint"),
    [
        ({"new_version": "prompt-a"}, "both `prompt-a`"),
        ({"overlap_last_ds": "2026-03-01"}, "is before overlap_first_ds"),
        ({"rung": "crowd"}, "rung"),
    ],
)
def test_a_declaration_that_cannot_be_is_refused(tmp_path: Path, declared: dict[str, str], complaint: str) -> None:
    with pytest.raises(ConfigurationError, match=complaint):
        _settings(tmp_path, PROMPT | declared)
