"""A number is held by every gate that speaks for it, loses its figures, and takes nothing along that is not its own."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pytest

from lib.labelling.labeler_quality.quality_rows import quality_rows
from lib.release.gate_verdicts import Decision, Evidence, decide
from lib.settings import load_settings
from schemas.contracts.release_settings import ReleaseSettings
from schemas.contracts.settings import Settings
from schemas.released_prevalence import FIGURES, FINDINGS, NUMBER
from tests.release.numbers import DS, number

# What the chain leaves behind on a day on which all is well.
_OF_THE_DAY = {"period": "day", "policy": "a"}
_QUALITY = {
    "rung": "llm", "reference": "human", "window_start": DS, "window_end": DS, "n_positive": 3, "n_negative": 400,
    "sensitivity_ci_high": 0.9, "specificity_ci_high": 1.0, "kappa_ci_high": 0.9,
}  # fmt: skip
COMPLETE = Evidence(
    labeler_quality=[_OF_THE_DAY | _QUALITY],
    row_account=[{"period": "day", "source": "pin_log", "rows_in": 100, "rows_quarantined": 0}],
    rungs=[_OF_THE_DAY | {"rung": 1, "n_days": 1, "n_unlabelled": 0}],
    label_lags=[{"period": "day", "last_drawn_ds": DS, "last_labelled_ds": DS}],
)


def settings_with(**release: Any) -> Settings:
    return load_settings().model_copy(update={"release": ReleaseSettings(**release)})


def decision_of(numbers: list[dict[str, Any]], evidence: Evidence | None = None, **release: Any) -> Decision:
    at = datetime(2026, 3, 3, tzinfo=UTC)
    return decide(numbers, evidence or Evidence(), settings_with(**release), policies=["a", "b"], ds=DS, released_at=at)


def test_a_sound_number_is_released_with_its_figures() -> None:
    (decided,) = decision_of([number()], COMPLETE).numbers
    assert (decided["status"], decided["hold_reasons"], decided["warnings"]) == ("released", [], [])
    assert (decided["prevalence"], decided["ci_low"], decided["ci_high"]) == (0.02, 0.01, 0.04)


def test_a_held_number_has_no_figure_left() -> None:
    (decided,) = decision_of([number(n_human=3)]).numbers
    assert decided["status"] == "held"
    assert decided["hold_reasons"] == [
        "enough_labels: 3 units with a human verdict, 10 are needed; label more of them, or read a longer period or a "
        "larger segment"
    ]
    assert {decided[name] for name in (*FIGURES, *FINDINGS)} == {None}
    assert not any(isinstance(value, float) and value in (0.02, 0.01, 0.04, 0.007) for value in decided.values())


def test_a_common_gate_holds_the_numbers_of_its_scope_and_no_others() -> None:
    check = {
        "kind": "validation_arm",
        "policy": "a",
        "measure": "units",
        "ratio": 2.0,
        "p_value": 0.0,
        "alarm_limit": 0.05,
    }
    numbers = [number(policy=k, measure=m, period=p) for k in "ab" for m in ("units", "views") for p in ("day", "week")]
    decided = decision_of(numbers, Evidence(plan_checks=[check | {"period": "day"}])).numbers
    held = [tuple(row[name] for name in ("policy", "measure", "period")) for row in decided if row["status"] == "held"]
    assert held == [("a", "units", "day")]


def test_a_gate_that_warns_leaves_the_number_and_its_remark() -> None:
    (decided,) = decision_of([number(n_positive_highest_rung=2)], COMPLETE).numbers
    assert decided["status"] == "released"
    assert [text.split(":")[0] for text in decided["warnings"]] == ["positives"]
    (strict,) = decision_of([number(n_positive_highest_rung=2)], warn_only=[]).numbers
    assert strict["status"] == "held"


def test_a_required_gate_holds_everything_while_it_has_nothing_to_go_by() -> None:
    decided = decision_of([number(), number(policy="b")], required=["sensitivity"]).numbers
    assert {row["status"] for row in decided} == {"held"}


def test_a_number_without_evidence_is_shown_with_a_remark_that_names_the_gates() -> None:
    (decided,) = decision_of([number()]).numbers
    assert decided["status"] == "released"
    assert decided["warnings"] == [
        "no_evidence: gates sensitivity, specificity, join_loss, unlabelled_rung, label_lag had nothing to go by; "
        "run the steps before the release"
    ]
    of_week, of_b = decision_of([number(period="week"), number(policy="b")], COMPLETE).numbers
    assert "join_loss" in of_week["warnings"][0]
    assert of_b["warnings"] == [
        "no_evidence: gates sensitivity, specificity, unlabelled_rung had nothing to go by; run the steps before the "
        "release"
    ]
    (held,) = decision_of([number(n_human=3)]).numbers
    assert held["warnings"] == []


def test_a_required_gate_that_speaks_for_other_numbers_only_holds_this_one() -> None:
    decision = decision_of([number(), number(policy="b")], COMPLETE, required=["sensitivity"])
    assert [row["status"] for row in decision.numbers] == ["released", "held"]
    records = [result.record() for result in decision.gates if result.gate == "sensitivity"]
    assert [(row["policy"], row["verdict"]) for row in records] == [("a", "passed"), ("b", "held")]


def test_a_missing_rate_that_is_not_known_holds() -> None:
    (decided,) = decision_of([number(missing_label_rate=float("nan"))], COMPLETE).numbers
    assert decided["status"] == "held"
    assert decided["hold_reasons"][0].startswith("missing_labels: missing_label_rate is nan")


def test_a_rare_policy_is_not_held_by_agreement_that_nobody_saw() -> None:
    """Kappa 0 with limits [0, 0] of 99 harmless units and a violation that the labeler missed held it."""
    labeler = {"rung": "llm", "labeler_id": "all", "prompt_version": "all", "policy": "a", "reference": "human"}
    sums = [
        labeler
        | {"label": "not_violating", "truth": truth, "n": n, "weight": float(n), "squared_weight": float(n)}
        | {"score_weight": 0.0, "score_squared_weight": 0.0}
        for truth, n in (("not_violating", 99), ("violating", 1))
    ]
    (row,) = quality_rows(sums, start=DS, end=DS, confidence_level=0.95, minimum_reference_verdicts=30)
    evidence = replace(COMPLETE, labeler_quality=[row | {"period": "day"}])
    (decided,) = decision_of([number()], evidence).numbers
    assert (decided["status"], decided["warnings"]) == ("released", [])


def test_every_gate_is_stored_once_with_figure_limit_and_verdict() -> None:
    decision = decision_of([number(), number(estimator="regression"), number(policy="b", n_human=1)])
    records = [result.record() for result in decision.gates]
    keys = [tuple(row[name] for name in ("gate", "subject", "period", "policy", "estimator")) for row in records]
    assert len(set(keys)) == len(keys)
    of_number = {row["gate"] for row in records if row["policy"] == "a"}
    assert of_number >= {"estimable", "missing_labels", "enough_labels", "positives", "relative_width", "score_level"}
    silent = {row["gate"] for row in records if row["verdict"] == "not_applicable" and row["policy"] == "*"}
    assert silent >= {"sensitivity", "specificity", "kappa", "join_loss", "data_checks", "arm_agreement"}
    assert decision.n_held == 1
    # Both estimators share the answers that do not depend on them.
    assert sum(row["gate"] == "missing_labels" for row in records) == 2
    assert sum(row["gate"] == "relative_width" for row in records) == 3


@pytest.mark.slow
def test_holding_by_few_positives_would_bias_what_is_shown_and_the_default_does_not() -> None:
    """1,000 days of the same truth: the mean of what is shown stays at it; held by positives it lies above."""
    truth, n_units = 0.01, 1_000
    found = np.random.default_rng(7).binomial(n_units, truth, size=1_000)
    days = [
        number(prevalence=k / n_units, ci_low=0.0, ci_high=max(0.03, k / n_units), n_positive_highest_rung=int(k))
        for k in found
    ]
    shown = [row["prevalence"] for row in decision_of(days).numbers if row["status"] == "released"]
    assert len(shown) == len(days)
    assert abs(np.mean(shown) / truth - 1) < 0.03  # three standard errors of the mean
    by_outcome = [row["prevalence"] for row in decision_of(days, warn_only=[]).numbers if row["status"] == "released"]
    assert np.mean(by_outcome) / truth > 1.2


def test_the_key_of_a_number_tells_spans_of_days_apart() -> None:
    assert {"period", "period_start", "period_end", "design_id", "estimator"} <= set(NUMBER)
    assert date(2026, 3, 2) == DS
