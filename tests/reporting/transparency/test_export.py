"""The export of a quarter: released numbers as the tables have them, nothing of held ones, cells that nobody runs."""

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from lib.csv_cells import unshielded
from lib.reporting.dashboard_data import as_dates
from lib.reporting.report_period import quarter_named
from lib.reporting.transparency.export import TABLES, export_records, write_export
from lib.reporting.transparency.method import method_paragraphs
from lib.reporting.transparency.source import TransparencyData
from tests.hostile_texts import FORMULAS
from tests.reporting.examples import estimate_row
from tests.test_csv_cells import _formulas

QUARTER = quarter_named("2024Q1")
HELD = {"status": "held", "hold_reasons": ["kappa: Cohen's kappa of llm is 0.313"]}
UNLIKELY = 0.0739147
RELEASE = "2024-03-30-0123456789abcdef"


def number(**changes: Any) -> dict[str, Any]:
    """A row of released_prevalence: 0.42 % of 90 days of the quarter."""
    return estimate_row(
        **{
            "period": "quarter", "period_start": date(2024, 1, 2), "period_end": date(2024, 3, 31), "n_days": 90,
            "population_size": 9000, "exposure_total": 9000.0, "confidence_level": 0.95, "n_positive": 31,
            "n_positive_highest_rung": 12, "missing_label_rate": 0.01, "release_id": RELEASE,
        } | changes
    )  # fmt: skip


def day(ds: date, exposure: float, **changes: Any) -> dict[str, Any]:
    return number(period="day", period_start=ds, period_end=ds, n_days=1, exposure_total=exposure, **changes)


def quality(**changes: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "rung": "llm", "labeler_id": "all", "prompt_version": "all", "policy": "adult_content", "reference": "human",
        "is_best_reference": True, "confidence_level": 0.95, "n": 1260, "weighted_n": 8765.4, "n_positive": 57,
        "n_negative": 1203, "n_no_verdict": 2, "n_no_reference": 3,
    }  # fmt: skip
    for name, rate in (("precision", 0.761), ("sensitivity", 0.823), ("specificity", 0.9981)):
        row |= {name: rate, f"{name}_ci_low": rate - 0.1, f"{name}_ci_high": min(1.0, rate + 0.1)}
    return row | changes


def data(numbers: list[dict[str, Any]], **changes: Any) -> TransparencyData:
    labels = {
        "policy": "adult_content", "rung": "llm", "labeler_id": "model_a", "label_source": "llm",
        "policy_version": "2.0", "prompt_version": "8f3a", "n_labels": 8400, "n_units": 8399, "n_without_verdict": 7,
        "first_ds": date(2024, 1, 2), "last_ds": date(2024, 3, 31),
    }  # fmt: skip
    release = {
        "release_id": RELEASE, "ds": date(2024, 3, 30), "released_at": datetime(2024, 3, 31, 6),
        "policies": {"adult_content": "2.0 aa"}, "prompt_versions": ["8f3a"], "design_hash": "d0", "code_version": "c0",
    }  # fmt: skip
    made = TransparencyData(
        quarter=QUARTER,
        numbers=as_dates(pd.DataFrame(numbers)),
        labels=as_dates(pd.DataFrame([labels])),
        quality=[quality()],
        releases=pd.DataFrame([release]),
        policy_titles={"adult_content": "Adult content"},
        headline_measure="units",
        minimum_segment_labels=100,
        design_id="daily_v1",
        generated_at=datetime(2024, 4, 2, 6, 30, tzinfo=UTC),
        job_run_id="run-4f2a",
    )
    return replace(made, **changes)


def test_a_released_number_is_told_as_the_table_has_it() -> None:
    precise = 0.004_212_345_678_9
    (record,) = export_records(data([number(prevalence=precise)]))["prevalence"]
    told = {"prevalence": precise, "ci_low": 0.0031, "ci_high": 0.0055, "n_positive": 31, "n_llm": 8400}
    assert record | told == record
    assert (record["n_days_with_data"], record["n_days_of_quarter"]) == (90, 91)
    assert list(record) == list(TABLES["prevalence"])


def test_held_days_are_named_and_their_exposure_is_not_filled_in() -> None:
    days = [day(date(2024, 1, 2), 7000.0), day(date(2024, 1, 3), 2000.0, **HELD)]
    (record,) = export_records(data([number(), *days]))["prevalence"]
    assert record["held_days"] == "2024-01-03"
    assert record["share_of_exposure_on_released_days"] == pytest.approx(7 / 9)


def test_of_a_held_number_nothing_is_told_that_would_tell_it(tmp_path: Path) -> None:
    figures = dict.fromkeys(("prevalence", "ci_low", "ci_high", "std_error"), UNLIKELY)
    place = {"segment": "country", "segment_value": "BR", "n_llm": 9, "n_human": 1}
    exported = data([number(**figures, **HELD), number(**figures, **place)], quality=[quality(precision=UNLIKELY)])
    held, few = export_records(exported)["prevalence"]
    assert (held["status"], few["status"]) == ("held", "too_few_labels")
    assert held["held_by"] == "kappa"
    assert held["held_because"] == "labeler and reviewers agree too little"
    for path in write_export(exported, dashboard_path=f"{tmp_path}/dashboard.html"):
        text = path.read_text(encoding="utf-8")
        assert "0739" not in text
        assert "0.313" not in text
    (accuracy,) = export_records(exported)["automated_label_accuracy"]
    assert accuracy["precision"] is accuracy["n_violating_by_reference"] is None
    assert accuracy["recall"] == 0.823


def test_accuracy_is_told_with_intervals_and_who_gave_the_labels() -> None:
    exported = data([number()], policy_titles={"adult_content": "Adult content", "spam": "Spam"})
    checked, unchecked = export_records(exported)["automated_label_accuracy"]
    told = {"precision": 0.761, "precision_ci_low": 0.661, "recall": 0.823, "recall_ci_high": 0.923, "remark": ""}
    assert checked | {name: pytest.approx(v) if v else v for name, v in told.items()} == checked
    assert (checked["label_source"], checked["n_units_compared"]) == ("llm", 1260)
    assert unchecked["policy"] == "spam"
    assert unchecked["remark"] == "no label of it was judged again on a higher rung"
    assert {record["status"] for record in export_records(exported)["prevalence"]} == {"released", "no_estimate"}


def test_files_agree_with_each_other_and_come_back(tmp_path: Path) -> None:
    exported = data([number(), day(date(2024, 1, 2), 9000.0)])
    paths = write_export(exported, dashboard_path=f"{tmp_path}/dashboard.html")
    assert [path.name for path in paths] == [
        "prevalence.csv", "labels.csv", "automated_label_accuracy.csv", "releases.csv", "transparency.json",
        "method.txt",
    ]  # fmt: skip
    assert {path.parent.name for path in paths} == {"dashboard_transparency_2024Q1"}
    whole = json.loads(paths[4].read_text(encoding="utf-8"))
    for path, table in zip(paths, TABLES, strict=False):
        text = path.read_bytes().decode("utf-8").removeprefix("\ufeff")
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
        as_text = [{n: "" if v is None else str(v) for n, v in row.items()} for row in whole[table]]
        assert [{n: unshielded(v) for n, v in row.items()} for row in rows] == as_text
        assert list(rows[0]) == list(whole["columns"][table])
    method = paths[5].read_text(encoding="utf-8")
    assert "90 of the quarter's 91 days have data. The one policy has a released figure of the quarter." in " ".join(
        method.split()
    )
    assert all(len(line) <= 100 for line in method.splitlines())


@pytest.mark.slow
def test_hostile_texts_are_neither_run_nor_hidden(tmp_path: Path) -> None:
    for text in [*FORMULAS, "\u202egnp", "a\x00b", "half \ud800 a character"]:
        hostile = number(segment="country", segment_value=text, label_sources=[text], release_id=text)
        paths = write_export(
            data([number(), hostile], policy_titles={"adult_content": text}, job_run_id=text, design_id=text),
            dashboard_path=f"{tmp_path}/dashboard.html",
        )
        for path in paths[:4]:
            assert _formulas(path.read_bytes().decode("utf-8")) == []
        assert "\u202e" not in "".join(path.read_text(encoding="utf-8") for path in paths)
        json.loads(paths[4].read_text(encoding="utf-8"))


def test_simulated_labels_are_named() -> None:
    exported = data([number(label_sources=["simulated"])])
    said = method_paragraphs(exported, export_records(exported)["prevalence"])["What the quarter covers"]
    assert "LABELS ARE SIMULATED" in said
