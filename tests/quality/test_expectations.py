"""Great Expectations judges every kind of check, quietly, offline and without files."""

import math
import socket
import tempfile
from pathlib import Path
from typing import NoReturn

import pandas as pd
import pytest

from lib.quality import expectations
from lib.quality.check import Check
from lib.quality.expectations import judged, judged_schema


def _check(name: str, at_least: float | None, at_most: float | None) -> Check:
    return Check("pin_log", "minimum", name, "fail", at_least, at_most)


@pytest.mark.parametrize(
    ("at_least", "at_most", "figure", "is_passed", "expectation"),
    [
        (0.0, None, 0.0, True, "expect_column_min_to_be_between"),
        (0.0, None, -1e-9, False, "expect_column_min_to_be_between"),
        (None, 1.0, 1.0, True, "expect_column_max_to_be_between"),
        (None, 1.0, 1.5, False, "expect_column_max_to_be_between"),
        (None, 1.0, math.inf, False, "expect_column_max_to_be_between"),
        (5.0, 9.0, 5.0, True, "expect_column_max_to_be_between"),
        (5.0, 9.0, 4.0, False, "expect_column_max_to_be_between"),
        (5.0, 9.0, 10.0, False, "expect_column_max_to_be_between"),
    ],
)
def test_a_figure_is_held_against_its_limits(
    at_least: float | None, at_most: float | None, figure: float, is_passed: bool, expectation: str
) -> None:
    verdict = judged([_check("slot", at_least, at_most)], {"minimum:slot": figure})["minimum:slot"]
    assert (verdict.is_passed, verdict.figure, verdict.expectation) == (is_passed, figure, expectation)


@pytest.mark.slow
def test_every_check_gets_its_own_verdict() -> None:
    checks = [_check(f"column {n}", 0.0, None) for n in range(40)]
    figures = {check.name: float(n % 3 - 1) for n, check in enumerate(checks)}
    verdicts = judged(checks, figures)
    assert {name: verdict.figure for name, verdict in verdicts.items()} == figures
    assert [verdict.is_passed for verdict in verdicts.values()] == [figure >= 0 for figure in figures.values()]
    assert judged([], {}) == {}


def test_a_schema_lists_what_is_missing_or_of_another_type() -> None:
    check = Check("pin_log", "schema", None, "fail")
    found = ["ds date", "slot string", "extra int"]
    verdict = judged_schema(check, ["ds date", "slot int", "pin_id string"], found)
    assert (verdict.is_passed, verdict.figure) == (False, 2.0)
    verdict = judged_schema(check, ["ds date"], found)
    assert (verdict.is_passed, verdict.figure) == (True, 0.0)


def test_what_is_no_number_fails() -> None:
    verdict = judged([_check("slot", None, 1.0)], {"minimum:slot": math.nan})["minimum:slot"]
    assert (verdict.is_passed, verdict.figure) == (False, None)


def test_what_cannot_be_evaluated_is_a_defect_and_no_pass() -> None:
    with pytest.raises(RuntimeError, match="ExpectColumnMaxToBeBetween could not be evaluated"):
        expectations._validated([expectations._on_figure(_check("absent", 0.0, 1.0))], pd.DataFrame({"slot": [1.0]}))


def test_it_is_quiet_offline_and_leaves_no_file(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def refuse(*args: object, **kwargs: object) -> NoReturn:
        raise AssertionError("it tried to reach the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    expectations._batch_definition.cache_clear()
    checks = [_check(f"column {n}", 0.0, None) for n in range(5)]
    judged(checks, {check.name: 1.0 for check in checks})
    assert capfd.readouterr() == ("", "")
    assert list(tmp_path.iterdir()) == []
