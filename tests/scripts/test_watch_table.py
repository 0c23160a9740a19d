"""The program that watches a table: what it says of known series, and what it refuses."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from scripts import watch_table
from tests.scripts.table_programs import TableProgram

FIRST = date(2026, 1, 5)


@pytest.fixture
def program(capsys: pytest.CaptureFixture[str]) -> TableProgram:
    return TableProgram(watch_table.main, capsys)


def _table(folder: Path, **columns: Any) -> Path:
    days = np.arange(90)
    rate = 0.02 * (1.0 + 0.05 * np.sin(days)) * np.where(days >= 60, 2.0, 1.0)
    frame = pd.DataFrame({"ds": [FIRST + timedelta(days=int(n)) for n in days], "value": rate, "se": 0.08 * rate})
    path = folder / "series.csv"
    frame.assign(**columns).to_csv(path, index=False)
    return path


@pytest.mark.slow
def test_a_doubling_is_one_alert_with_its_figures(program: TableProgram, tmp_path: Path) -> None:
    answer = program("--input", _table(tmp_path), "--std-error", "se")
    assert answer.code == 0, answer.err
    said = json.loads(answer.out)
    (alert,) = said["alerts"]
    assert (alert["direction"], alert["streams"], alert["kind"]) == ("rise", ["all"], "level_shift")
    assert alert["began"] == f"{FIRST + timedelta(days=60)}"
    assert alert["opened"] <= f"{FIRST + timedelta(days=62)}"
    assert alert["before"] == pytest.approx(0.02, rel=0.02)
    assert alert["ratio"] == pytest.approx(2.0, rel=0.03)
    assert alert["ratio_low"] < 2.0 < alert["ratio_high"]
    (stream,) = said["streams"]
    assert stream["n_days"] == 90


@pytest.mark.slow
def test_a_marked_break_or_a_larger_minimum_effect_raise_none(program: TableProgram, tmp_path: Path) -> None:
    path = _table(tmp_path)
    for option, value in (("--break", f"{FIRST + timedelta(days=60)}"), ("--minimum-effect", 1.5)):
        assert json.loads(program("--input", path, "--std-error", "se", option, value).out)["alerts"] == []


@pytest.mark.slow
def test_streams_are_watched_apart(program: TableProgram, tmp_path: Path) -> None:
    frame = pd.read_csv(_table(tmp_path))
    quiet = frame.assign(value=0.01, se=0.001, name="quiet")
    path = tmp_path / "two.csv"
    pd.concat([frame.assign(name="risen"), quiet]).to_csv(path, index=False)
    said = json.loads(program("--input", path, "--std-error", "se", "--stream", "name").out)
    assert [stream["stream"] for stream in said["streams"]] == ["quiet", "risen"]
    assert [alert["streams"] for alert in said["alerts"]] == [["risen"]]


def test_totals_need_no_standard_error(program: TableProgram, tmp_path: Path) -> None:
    answer = program("--input", _table(tmp_path))
    assert [alert["direction"] for alert in json.loads(answer.out)["alerts"]] == ["rise"]


@pytest.mark.parametrize(("options", "sentence"), [
    (["--value", "rate"], "has no column `rate` (--value)"),
    (["--set", "patience_days=x"], "is not KEY=VALUE with a value in JSON"),
    (["--set", "patience=3"], "field `patience`"),
    (["--break", "soon"], "is not a day, YYYY-MM-DD"),
])  # fmt: skip
def test_what_does_not_fit_is_refused(program: TableProgram, tmp_path: Path, options: list[str], sentence: str) -> None:
    answer = program("--input", _table(tmp_path), *options)
    assert (answer.code, answer.out) == (2, "")
    assert sentence in answer.err


def test_a_day_that_is_none_and_a_day_twice_are_refused(program: TableProgram, tmp_path: Path) -> None:
    path = _table(tmp_path, ds="March")
    assert "is `March` in row 1; it must be a day" in program("--input", path).err
    path = _table(tmp_path, ds="2026-03-02")
    assert "has two rows of 2026-03-02" in program("--input", path).err
