"""A step's metrics file: what it says after a success and after each kind of failure, and what it never says."""

import errno
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import structlog
from prometheus_client.parser import text_string_to_metric_families
from structlog.testing import capture_logs

from jobs import run_chain
from lib import step_metrics
from lib.command_line import run_step
from lib.progress import EXIT_STATES, StepReport, reported
from lib.run_context import Figure, RunContext
from lib.settings import load_settings
from lib.step_metrics import LAST_SUCCESS, METRICS, NEWEST_DAY, publish_step_metrics
from lib.storage import Commit
from schemas.errors import ConcurrentRunError, FailedChecksError, StorageFullError
from schemas.tables import TABLES

MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)
NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)


def _context(ds: date = MONDAY, at: datetime = NOON) -> RunContext:
    return RunContext(ds, job_run_id="20260303T120000Z-0a1b2c3d", now=lambda: at)


def _samples(path: Path) -> dict[tuple[str, ...], float]:
    """Name and values of labels, step left out, to value."""
    families = text_string_to_metric_families(path.read_text(encoding="utf-8"))
    return {
        (s.name, *(v for k, v in sorted(s.labels.items()) if k != "step")): s.value for f in families for s in f.samples
    }


def _published(folder: Path, report: StepReport) -> dict[tuple[str, ...], float]:
    publish_step_metrics(str(folder), report)
    return _samples(folder / f"plumbline_{report.step}.prom")


def test_a_step_that_succeeded(tmp_path: Path) -> None:
    context = _context()
    context.findings.rows_read.update({"query_log": 100, "pin_log": 250})
    context.findings.count("checks_failed", 0)
    context.findings.count("checks_warned", 2)
    commits = [Commit("interaction_units", 90), Commit("quarantine", 7), Commit("interaction_units", 3)]
    report = StepReport("build_interaction_units", context, commits, seconds=12.5, state="succeeded")

    assert _published(tmp_path / "new" / "folder", report) == {
        ("plumbline_step_duration_seconds",): 12.5,
        ("plumbline_step_last_run_timestamp_seconds",): NOON.timestamp(),
        (LAST_SUCCESS,): NOON.timestamp(),
        (NEWEST_DAY,): datetime(2026, 3, 2, tzinfo=UTC).timestamp(),
        ("plumbline_step_exit_state", "succeeded"): 1.0,
        ("plumbline_step_exit_state", "checks_failed"): 0.0,
        ("plumbline_step_exit_state", "refused"): 0.0,
        ("plumbline_step_exit_state", "crashed"): 0.0,
        ("plumbline_step_rows_read", "query_log"): 100.0,
        ("plumbline_step_rows_read", "pin_log"): 250.0,
        ("plumbline_step_rows_written", "interaction_units"): 93.0,
        ("plumbline_step_rows_written", "quarantine"): 7.0,
        ("plumbline_step_quarantined_rows",): 7.0,
        ("plumbline_step_checks", "failed"): 0.0,
        ("plumbline_step_checks", "warned"): 2.0,
    }
    assert [path.name for path in (tmp_path / "new" / "folder").iterdir()] == ["plumbline_build_interaction_units.prom"]


def test_released_and_held_numbers(tmp_path: Path) -> None:
    context = _context()
    context.findings.count("numbers_held", 5)
    context.findings.count("numbers_released", 11)
    samples = _published(tmp_path, StepReport("release_metrics", context, state="succeeded"))
    assert {k[1]: v for k, v in samples.items() if k[0] == "plumbline_step_numbers"} == {"held": 5.0, "released": 11.0}


def test_a_failure_keeps_when_the_step_last_succeeded(tmp_path: Path) -> None:
    _published(tmp_path, StepReport("draw_sample", _context(MONDAY), [Commit("samples", 5)], state="succeeded"))
    later = _context(TUESDAY, at=NOON.replace(day=4))
    samples = _published(tmp_path, StepReport("draw_sample", later, state="refused"))
    assert samples[LAST_SUCCESS,] == NOON.timestamp()
    assert samples[NEWEST_DAY,] == datetime(2026, 3, 2, tzinfo=UTC).timestamp()
    assert samples["plumbline_step_last_run_timestamp_seconds",] == NOON.replace(day=4).timestamp()
    assert samples["plumbline_step_exit_state", "refused"] == 1.0
    assert not any(name[0] == "plumbline_step_rows_written" for name in samples), "the rows were another run's"


def test_a_back_fill_does_not_make_the_newest_day_older(tmp_path: Path) -> None:
    _published(tmp_path, StepReport("draw_sample", _context(TUESDAY), state="succeeded"))
    samples = _published(tmp_path, StepReport("draw_sample", _context(MONDAY), state="succeeded"))
    assert samples[NEWEST_DAY,] == datetime(2026, 3, 3, tzinfo=UTC).timestamp()


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b'plumbline_step_last{step="x', b"# TYPE a gauge\na nonsense\n"])
def test_a_file_that_cannot_be_read_is_replaced(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "plumbline_draw_sample.prom").write_bytes(content)
    samples = _published(tmp_path, StepReport("draw_sample", _context(), state="refused"))
    assert (LAST_SUCCESS,) not in samples
    assert samples["plumbline_step_exit_state", "refused"] == 1.0


def test_no_folder_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    publish_step_metrics(None, StepReport("draw_sample", _context(), state="succeeded"))
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_takes_nothing_stops_nothing_and_is_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(step_metrics, "write_whole", full)
    with capture_logs() as lines:
        publish_step_metrics(str(tmp_path), StepReport("draw_sample", _context(), state="succeeded"))
    (line,) = lines
    assert line["log_level"] == "warning"
    assert line["event"].startswith(
        f"Metrics of step draw_sample could not be written to {tmp_path}: [Errno 28] No space left on device."
    )


def test_labels_are_names_of_the_program(tmp_path: Path) -> None:
    """Steps, tables, states and figures: nothing that logs, conf or people say becomes a series."""
    known = {*TABLES, *EXIT_STATES, "failed", "warned", "held", "released"}
    context = _context()
    context.findings.rows_read.update(dict.fromkeys(TABLES, 1))
    for figure in Figure.__args__:  # type: ignore[attr-defined]
        context.findings.count(figure, 1)
    samples = _published(
        tmp_path, StepReport("release_metrics", context, [Commit(t, 1) for t in TABLES], state="succeeded")
    )
    assert {label for name in samples for label in name[1:]} == known
    assert {name[0] for name in samples} == set(METRICS)
    assert context.job_run_id not in (tmp_path / "plumbline_release_metrics.prom").read_text(encoding="utf-8")


class _ChecksBesides:
    """In place of the data checks: they find nothing, or stop the step."""

    def __init__(self, stops: Exception | None = None) -> None:
        self.stops = stops

    def before(self, _: str, run_context: RunContext) -> None:
        run_context.findings.rows_read["samples"] = 40

    def after(self, _: str, run_context: RunContext) -> None:
        run_context.findings.count("checks_failed", int(self.stops is not None))
        if self.stops:
            raise self.stops


def _raising(error: Exception) -> Callable[..., list[Commit]]:
    def run(*_: object) -> list[Commit]:
        raise error

    return run


@pytest.mark.parametrize(
    ("error", "state", "raised"),
    [
        (ConcurrentRunError("Table `samples`: …"), "refused", ConcurrentRunError),
        (OSError(errno.ENOSPC, "No space left on device"), "refused", StorageFullError),
        (RuntimeError("a fault of ours"), "crashed", RuntimeError),
        (KeyboardInterrupt(), "crashed", KeyboardInterrupt),
    ],
)
def test_every_end_of_a_step_is_in_its_file(
    tmp_path: Path, error: Exception, state: str, raised: type[Exception]
) -> None:
    settings = load_settings(assignments=[f"operations.metrics_folder={tmp_path}"])
    with pytest.raises(raised):
        run_step("label_sample", _raising(error), None, settings, _context(), _ChecksBesides())  # type: ignore[arg-type]
    samples = _samples(tmp_path / "plumbline_label_sample.prom")
    assert samples["plumbline_step_exit_state", state] == 1.0
    assert samples["plumbline_step_rows_read", "samples"] == 40.0


def test_checks_that_stop_the_chain_are_an_end_of_their_own(tmp_path: Path) -> None:
    settings, around = load_settings(assignments=[f"operations.metrics_folder={tmp_path}"]), _context()
    checks = _ChecksBesides(FailedChecksError("labels are broken"))
    with pytest.raises(FailedChecksError):
        run_step("label_sample", lambda *_: [Commit("labels", 40)], None, settings, around, checks)  # type: ignore[arg-type]
    samples = _samples(tmp_path / "plumbline_label_sample.prom")
    assert samples["plumbline_step_exit_state", "checks_failed"] == 1.0
    assert samples["plumbline_step_checks", "failed"] == 1.0
    assert samples["plumbline_step_rows_written", "labels"] == 40.0
    assert around.findings.figures == {}, "findings are the step's, and the next step of the run has its own"


def test_every_step_of_the_chain_has_a_file_of_its_own(tmp_path: Path) -> None:
    for step in run_chain.STEPS:
        publish_step_metrics(str(tmp_path), StepReport(step, _context(), state="succeeded"))
    assert len(list(tmp_path.glob("*.prom"))) == len(run_chain.STEPS)


def test_a_step_is_reported_with_what_it_found() -> None:
    context = _context()
    report = StepReport("draw_sample", context)
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines, reported(report):
        context.findings.rows_read["unit_scores"] = 9
        report.commits.append(Commit("samples", 4))
    assert [line["kind"] for line in lines] == ["step_started", "step_succeeded"]
    assert {line["run_id"] for line in lines} == {context.job_run_id}
    assert (lines[1]["rows_read"], lines[1]["rows_written"]) == ({"unit_scores": 9}, {"samples": 4})
    assert report.state == "succeeded"
