"""Estimates beside the census: the right days are summed, covered and missed intervals are told apart."""

from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from deltalake import write_deltalake

from scripts.compare_with_truth import compare, main, render, truth_by_period

MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)


def _estimate(estimator: str, **fields: Any) -> dict[str, Any]:
    return {
        "period": "all",
        "period_start": MONDAY,
        "period_end": TUESDAY,
        "policy": "harassment",
        "measure": "units",
        "segment": "all",
        "component": "unit",
        "estimator": estimator,
        "prevalence": 0.02,
        "ci_low": 0.015,
        "ci_high": 0.025,
        "status": "released",
        "hold_reasons": "",
    } | fields


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A warehouse of seven estimates and the census of two days in two surfaces: 2 % over both days, 1 % on Monday."""
    estimates = [
        _estimate("hajek"),
        _estimate("regression", prevalence=0.03, ci_low=0.025, ci_high=0.035),
        _estimate(
            "difference", status="held", hold_reasons="too few labels", prevalence=None, ci_low=None, ci_high=None
        ),
        _estimate("hajek", segment="surface"),
        _estimate("hajek", component="query"),
        _estimate("hajek", period="day", period_end=MONDAY, prevalence=0.01, ci_low=0.005, ci_high=0.012),
        _estimate("hajek", policy="self_harm"),  # a policy that the census does not have
    ]
    write_deltalake(str(tmp_path / "warehouse" / "prevalence"), pd.DataFrame(estimates))
    for day, violating in ((MONDAY, (10, 0)), (TUESDAY, (15, 15))):
        census = pd.DataFrame(
            {
                "surface": ["search", "home_feed"],
                "policy": "harassment",
                "measure": "units",
                "exposure_total": [600, 400],
                "violating_total": violating,
            }
        )
        (tmp_path / "truth" / "prevalence_truth" / f"ds={day}").mkdir(parents=True)
        census.to_parquet(tmp_path / "truth" / "prevalence_truth" / f"ds={day}" / "part-0.parquet")
    return tmp_path


def test_the_truth_is_summed_over_the_days_of_the_period(folder: Path) -> None:
    both = truth_by_period(folder / "truth", first=f"{MONDAY}", last=f"{TUESDAY}")
    monday = truth_by_period(folder / "truth", first=f"{MONDAY}", last=f"{MONDAY}")
    assert both.to_dict("records") == [{"policy": "harassment", "measure": "units", "truth": 0.02}]
    assert monday["truth"].tolist() == [0.01]


def test_each_estimate_over_everything_stands_beside_its_truth(folder: Path) -> None:
    compared = compare(folder / "warehouse", folder / "truth").set_index(["policy", "estimator"])
    assert list(compared.index) == [
        ("harassment", "difference"),
        ("harassment", "hajek"),
        ("harassment", "regression"),
        ("self_harm", "hajek"),
    ]
    assert compared["truth"].tolist()[:3] == [0.02, 0.02, 0.02]
    assert compared["is_covered"].tolist() == [False, True, False, False]
    (monday,) = compare(folder / "warehouse", folder / "truth", period="day").to_dict("records")
    assert (monday["truth"], monday["is_covered"]) == (0.01, True)


def test_a_held_number_is_not_shown_and_a_missed_truth_is_marked(folder: Path) -> None:
    _, held, covered, missed, _ = render(compare(folder / "warehouse", folder / "truth")).splitlines()
    assert held.split() == ["harassment", "units", "difference", "held:", "too", "few", "labels"]
    assert covered.split() == ["harassment", "units", "hajek", "2.000%", "1.500%", "to", "2.500%", "2.000%"]
    assert missed.split()[-2:] == ["2.000%", "outside"]


def test_the_program_prints_the_comparison(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--warehouse", str(folder / "warehouse"), "--truth", str(folder / "truth"), "--period", "week"]
    assert main(arguments) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1  # no week was estimated: the header alone
