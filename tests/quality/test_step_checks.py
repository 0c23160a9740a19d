"""A step refuses what failed, goes on after what warned or was accepted, and stops the chain by what it wrote."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest

from lib.quality import step_checks
from lib.quality.check import Check
from lib.quality.data_checks import CheckedDay
from lib.quality.expectations import Verdict
from lib.quality.result_rows import Result
from lib.quality.step_checks import StepChecks
from lib.quality.stored_results import StoredResults
from lib.run_context import RunContext
from schemas.contracts.quality_settings import Severity
from schemas.errors import FailedChecksError
from schemas.table_spec import TableSpec

MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)
CONTEXT = RunContext(MONDAY)


def _failed(table: str, *, severity: Severity = "fail", is_accepted: bool = False) -> Result:
    check = Check(table, "unique_key", "unit_id", severity, at_most=0.0)
    return Result(check, MONDAY, 2.0, Verdict(False, 2.0, "expectation"), f"{table} is broken", is_accepted)


@dataclass
class ChecksByHand:
    """Results as a test says them; what was checked and what was stored."""

    broken: list[Result] = field(default_factory=list)
    runs: dict[str, str] = field(default_factory=dict)
    checked: list[str] = field(default_factory=list)
    n_rows: dict[str, int] = field(default_factory=dict)
    stored: list[Result] = field(default_factory=list)
    n_commits: int = 0
    storage: Any = None
    settings: Any = None

    def check(self, specs: Sequence[TableSpec], _: date, **__: bool) -> CheckedDay:
        names = [spec.name for spec in specs]
        self.checked += names
        n_rows = {name: n for name, n in self.n_rows.items() if name in names}
        return CheckedDay([result for result in self.broken if result.check.table in names], n_rows=n_rows)

    def store(self, checked: CheckedDay, *_: object) -> None:
        self.stored += checked.results
        self.n_commits += 1

    def rows(self, spec: TableSpec, _: date) -> str | None:
        """In place of rows: the mark of the run that wrote them last."""
        return self.runs.get(spec.name)


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Pages that were published; and no Spark anywhere."""
    published: list[str] = []
    monkeypatch.setattr(step_checks, "publish_results", lambda *_: published.append("page"))
    monkeypatch.setattr(step_checks, "newest_runs", dict)
    return published


@pytest.fixture
def stored(monkeypatch: pytest.MonkeyPatch) -> dict[date, StoredResults]:
    """What the last checks of earlier runs said, by day."""
    results: dict[date, StoredResults] = {}
    monkeypatch.setattr(step_checks, "stored_results", lambda _, ds, __: results.get(ds, StoredResults()))
    return results


def _around(by_hand: ChecksByHand) -> StepChecks:
    return StepChecks(lambda: by_hand, None)  # type: ignore[arg-type]


def test_what_a_step_wrote_is_checked_stored_and_stops_the_chain(pages: list[str]) -> None:
    by_hand = ChecksByHand([_failed("interaction_units"), _failed("quarantine", severity="warn")])
    with pytest.raises(FailedChecksError) as stopped:
        _around(by_hand).after("build_interaction_units", CONTEXT)
    lines = str(stopped.value).splitlines()
    assert lines[0] == "interaction_units is broken"
    assert lines[1].startswith("Nothing after step build_interaction_units was run. Mend it and run the day again;")
    assert len(lines) == 2
    assert stopped.value.exit_code == 1
    assert by_hand.checked == ["interaction_units", "quarantine", "row_account"]
    assert by_hand.stored == by_hand.broken
    assert pages == ["page"]


def test_warnings_and_accepted_failures_stop_nothing(pages: list[str]) -> None:
    by_hand = ChecksByHand([_failed("samples", severity="warn"), _failed("sampling_frame", is_accepted=True)])
    around = _around(by_hand)
    with around.stored_at_end():
        around.after("draw_sample", CONTEXT)
    assert by_hand.stored == by_hand.broken
    assert pages == []


@pytest.mark.usefixtures("pages", "stored")
def test_results_of_a_run_are_stored_together_and_before_whatever_reads_them() -> None:
    warned = _failed("samples", severity="warn")
    by_hand = ChecksByHand([warned])
    around = _around(by_hand)
    with around.stored_at_end():
        for step in ("draw_sample", "label_sample", "estimate_prevalence"):
            around.before(step, CONTEXT)
            around.after(step, CONTEXT)
        around.after("draw_sample", CONTEXT)  # again: of each table what was said last
        assert by_hand.n_commits == 0
        around.before("release_metrics", CONTEXT)
        assert (by_hand.n_commits, by_hand.stored) == (1, [warned])
        around.after("release_metrics", CONTEXT)
        around.after("draw_sample", RunContext(TUESDAY))  # held against the day before
        assert by_hand.n_commits == 2
    assert by_hand.n_commits == 3


def _broken_run(around: StepChecks) -> None:
    with around.stored_at_end():
        around.after("draw_sample", CONTEXT)
        raise RuntimeError("a step broke")


@pytest.mark.usefixtures("pages", "stored")
def test_an_error_is_told_and_what_was_checked_before_is_stored() -> None:
    by_hand = ChecksByHand([_failed("samples", severity="warn")])
    around = _around(by_hand)
    with pytest.raises(RuntimeError, match="a step broke"):
        _broken_run(around)
    assert by_hand.stored == by_hand.broken

    def full_disk(*_: object) -> None:
        raise OSError("no space left")

    by_hand.store = full_disk  # type: ignore[method-assign]
    with pytest.raises(RuntimeError, match="a step broke"):
        _broken_run(around)
    around.after("draw_sample", CONTEXT)
    with pytest.raises(OSError, match="no space left"):
        around.store()


@pytest.mark.usefixtures("pages", "stored")
def test_input_logs_are_checked_before_units_are_built() -> None:
    by_hand = ChecksByHand([_failed("pin_log")])
    with pytest.raises(FailedChecksError, match="pin_log is broken\nStep build_interaction_units was not run"):
        _around(by_hand).before("build_interaction_units", CONTEXT)
    assert by_hand.checked == ["pin_log", "query_log", "response_log"]


@pytest.mark.usefixtures("pages")
def test_a_step_alone_refuses_whatever_it_descends_from(stored: dict[date, StoredResults]) -> None:
    stored[MONDAY] = StoredResults({"interaction_units": ["units were broken"]})
    for step in ("score_units", "draw_sample", "label_sample", "calibrate_labelers", "release_metrics", "plan_sample"):
        with pytest.raises(FailedChecksError, match=f"units were broken\nStep {step} was not run"):
            _around(ChecksByHand()).before(step, CONTEXT)
    around = _around(ChecksByHand())
    around.before("label_sample", RunContext(TUESDAY))  # another day
    for step in ("build_interaction_units", "train_scorer", "publish_dashboard", "reproduce_release"):
        around.before(step, CONTEXT)  # what mends it, and what does not descend from it


@pytest.mark.usefixtures("pages")
def test_a_table_that_was_mended_is_not_refused_any_more(stored: dict[date, StoredResults]) -> None:
    stored[MONDAY] = StoredResults({"samples": ["samples were broken"]})
    around = _around(ChecksByHand())
    around.before("draw_sample", CONTEXT)
    around.after("draw_sample", CONTEXT)
    around.before("label_sample", CONTEXT)


@pytest.mark.usefixtures("pages")
def test_rows_that_nobody_checked_are_checked_before_they_are_read(stored: dict[date, StoredResults]) -> None:
    stored[MONDAY] = StoredResults(job_runs={"samples": "run1 x 500", "sampling_frame": "run1 x 4"})
    unchanged = {"samples": "run1 x 500", "sampling_frame": "run1 x 4"}
    by_hand = ChecksByHand(runs=unchanged)
    _around(by_hand).before("label_sample", CONTEXT)
    assert by_hand.checked == []

    by_hand = ChecksByHand([_failed("samples")], runs=unchanged | {"samples": "run2 x 500"})
    with pytest.raises(FailedChecksError, match="samples is broken"):
        _around(by_hand).before("label_sample", CONTEXT)
    assert by_hand.checked == ["samples"]


@pytest.mark.usefixtures("pages", "stored")
def test_what_the_process_has_checked_is_not_checked_again() -> None:
    by_hand = ChecksByHand(runs={"samples": "run1 x 500", "sampling_frame": "run1 x 4"})
    around = _around(by_hand)
    around.after("draw_sample", CONTEXT)
    around.before("label_sample", CONTEXT)
    assert by_hand.checked == ["sample_content", "sample_embeddings", "samples", "sampling_frame"]


@pytest.mark.usefixtures("pages")
def test_a_step_knows_how_many_rows_it_reads_and_how_many_checks_did_not_pass(
    stored: dict[date, StoredResults],
) -> None:
    """Rows as a check has counted them: now, before in this process, or in an earlier run; nothing is counted anew."""
    stored[MONDAY] = StoredResults(job_runs={"samples": "20260303T120000Z-0a1b x 500", "sampling_frame": "run1 x 4"})
    logs = {"query_log": 100, "response_log": 90, "pin_log": 300}
    warned = [_failed("pin_log", severity="warn"), _failed("quarantine", severity="warn")]
    accepted = _failed("row_account", is_accepted=True)
    by_hand = ChecksByHand([*warned, accepted], n_rows=logs | {"interaction_units": 80})
    around = _around(by_hand)

    building = RunContext(MONDAY)
    around.before("build_interaction_units", building)
    assert building.findings.rows_read == logs
    assert building.findings.figures == {"checks_failed": 0, "checks_held": 0, "checks_warned": 1}
    around.after("build_interaction_units", building)
    assert building.findings.figures == {"checks_failed": 1, "checks_held": 0, "checks_warned": 2}

    scoring, labelling = building.of_step(), building.of_step()
    around.before("score_units", scoring)
    assert scoring.findings.rows_read == {"interaction_units": 80}
    around.before("label_sample", labelling)
    assert labelling.findings.rows_read == {"samples": 500, "sampling_frame": 4}
