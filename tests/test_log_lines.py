"""Log lines: words for people as ever, or one JSON object a line with step, day and run, and nothing confidential."""

import io
import json
import sys
from datetime import date
from typing import Any

import pytest
import structlog

from lib.command_line import argument_parser, exit_code_of, settings_of
from lib.log_lines import VARIABLE, chosen_format, configure_logging
from lib.progress import StepReport, reported
from lib.run_context import RunContext
from lib.storage import Commit
from schemas.contracts.operations_settings import LogFormat
from schemas.errors import ConfigurationError, FailedChecksError, MissingInputError

CONTEXT = RunContext(date(2026, 3, 2), job_run_id="20260303T120000Z-0a1b2c3d")
BOUND = {"step": "draw_sample", "ds": "2026-03-02", "run_id": CONTEXT.job_run_id}
CONTENT = "what somebody typed"


@pytest.fixture(autouse=True)
def _no_format_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)


def _json_lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    captured = capsys.readouterr()
    assert captured.out == ""
    return [json.loads(line) for line in captured.err.splitlines()]


def test_text_is_for_people_and_has_no_facts_beside_the_words(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging()
    with reported(StepReport("draw_sample", CONTEXT, [Commit("samples", 1200)])):
        pass
    started, wrote = capsys.readouterr().err.splitlines()
    assert started.endswith("draw_sample 2026-03-02: started")
    assert wrote.endswith("draw_sample 2026-03-02: wrote samples 1,200 in 0.0 s")


def test_json_has_step_day_and_run_on_every_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("json")
    with reported(StepReport("draw_sample", CONTEXT, [Commit("samples", 1200)])):
        structlog.get_logger().warning("Something between.")
    structlog.get_logger().info("Something after.")
    started, between, wrote, after = _json_lines(capsys)
    for line in (started, between, wrote):
        assert {name: line[name] for name in BOUND} == BOUND
    assert "run_id" not in after
    assert started["kind"] == "step_started"
    assert (between["level"], between["event"]) == ("warning", "Something between.")
    assert (wrote["kind"], wrote["state"], wrote["rows_written"]) == ("step_succeeded", "succeeded", {"samples": 1200})
    assert all(line["time"].endswith("Z") for line in (started, between, wrote, after))


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_lines_follow_standard_error_where_it_is_led(log_format: LogFormat, monkeypatch: pytest.MonkeyPatch) -> None:
    with io.StringIO() as closed_before_the_line, monkeypatch.context() as redirected:
        redirected.setattr(sys, "stderr", closed_before_the_line)
        configure_logging(log_format)
    later = io.StringIO()
    monkeypatch.setattr(sys, "stderr", later)
    structlog.get_logger().warning("still said")
    assert "still said" in later.getvalue()


def test_a_hostile_value_stays_on_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("json")
    hostile = 'a\nb\u2028c\x1b[2J\u202e"}, {"level": "info"'
    structlog.get_logger().info(hostile, path=hostile)
    (line,) = _json_lines(capsys)
    assert line["event"] == line["path"] == hostile


def test_credentials_are_left_out_of_words_and_facts(capsys: pytest.CaptureFixture[str]) -> None:
    for log_format in ("text", "json"):
        configure_logging(log_format)  # type: ignore[arg-type]
        structlog.get_logger().info(
            "reads s3://user:hunter2@bucket/x", path="https://me:hunter2@host/y", api_key="hunter2", tables={"a": 1}
        )
        said = capsys.readouterr().err
        assert "hunter2" not in said
        assert "bucket/x" in said


def test_the_last_sentence_is_a_line_too(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "json")

    def work() -> None:
        raise MissingInputError("Table `samples`: field `ds` has no rows.")

    assert exit_code_of(work) == 2
    (line,) = _json_lines(capsys)
    assert (line["kind"], line["level"], line["exit_code"]) == ("run_failed", "error", 2)
    assert (line["event"], line["error_type"]) == ("Table `samples`: field `ds` has no rows.", "MissingInputError")


def test_an_error_of_an_engine_shows_its_class_and_place_and_none_of_its_words(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "json")

    def work() -> None:
        with reported(StepReport("draw_sample", CONTEXT)):
            raise RuntimeError(f"[CAST_INVALID_INPUT] The value '{CONTENT}' cannot be cast. SQLSTATE: 22018")

    assert exit_code_of(work) == 1
    *_, failed, end = lines = _json_lines(capsys)
    assert CONTENT not in json.dumps(lines)
    assert (failed["kind"], failed["state"], failed["step"]) == ("step_failed", "crashed", "draw_sample")
    assert failed["error_class"] == end["error_class"] == "CAST_INVALID_INPUT"
    assert end["places"][-1].endswith("work")
    assert "PLUMBLINE_LOG_FORMAT=text" in end["event"]


def test_with_words_for_people_an_error_of_an_engine_is_raised_as_ever() -> None:
    def work() -> None:
        raise RuntimeError(CONTENT)

    with pytest.raises(RuntimeError, match=CONTENT):
        exit_code_of(work)


def test_checks_that_failed_keep_their_exit_code(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "json")

    def work() -> None:
        raise FailedChecksError("one\ntwo")

    assert exit_code_of(work) == 1
    assert _json_lines(capsys)[0]["event"] == "one two"


def test_conf_chooses_and_the_environment_goes_before_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed = argument_parser("").parse_args(["--ds", "2026-03-02", "--set", "operations.log_format=json"])
    assert settings_of(parsed).operations.log_format == "json"
    structlog.get_logger().info("now")
    assert _json_lines(capsys)[0]["event"] == "now"
    monkeypatch.setenv(VARIABLE, "text")
    settings_of(parsed)
    structlog.get_logger().info("now")
    assert capsys.readouterr().err.endswith("now\n")


def test_a_word_that_is_no_format_ends_the_run_with_one_sentence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "xml")
    assert exit_code_of(lambda: None) == 2
    assert capsys.readouterr().err == (
        "plumbline: Environment variable PLUMBLINE_LOG_FORMAT is `xml`; set it to text or json.\n"
    )
    with pytest.raises(ConfigurationError):
        chosen_format("json", {VARIABLE: "xml"})
