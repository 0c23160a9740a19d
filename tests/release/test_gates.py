"""Each gate by hand: figure, limit, verdict and what it says; and what conf makes of a broken one."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from lib.release.gates import data_quality, estimate, freshness, labeler_quality, plan_agreement
from lib.release.gates.gate import as_configured, held_against
from schemas.contracts.release_settings import ReleaseSettings
from tests.release.numbers import number

SETTINGS = ReleaseSettings()


@pytest.mark.parametrize(
    ("figure", "bound", "is_floor", "verdict"),
    [
        (0.05, 0.05, False, "passed"),
        (0.0501, 0.05, False, "held"),
        (10, 10, True, "passed"),
        (9, 10, True, "held"),
        (float("inf"), 3.0, False, "held"),
        (float("nan"), 3.0, False, "not_applicable"),
        (None, 3.0, False, "not_applicable"),
        (1.0, None, False, "not_applicable"),
    ],
)
def test_a_figure_is_held_against_its_limit(
    figure: float | None, bound: float | None, is_floor: bool, verdict: str
) -> None:
    result = held_against("kappa", figure, bound, reason="mend it", is_floor=is_floor)
    assert result.verdict == verdict
    assert (result.reason is None) == (verdict == "passed")
    if verdict == "held":
        assert result.reason == "kappa: mend it"


def test_conf_makes_a_gate_warn_or_asks_for_something_to_go_by() -> None:
    broken, silent = (held_against("kappa", figure, 0.4, reason="low", is_floor=True) for figure in (0.1, None))
    assert as_configured(broken, SETTINGS).verdict == "held"
    assert as_configured(broken, ReleaseSettings(warn_only=["kappa"])).verdict == "warned"
    assert as_configured(silent, SETTINGS).verdict == "not_applicable"
    required = as_configured(silent, ReleaseSettings(required=["kappa"]))
    assert required.verdict == "held"
    assert required.reason == (
        "kappa: there is nothing to go by, and release.required names it; provide it or take it out there"
    )


def test_what_depends_on_the_outcome_or_the_score_alone_warns_by_default() -> None:
    # Holding low days for few positives would leave a series of the high ones.
    assert set(SETTINGS.warn_only) == {
        "labeler_drift", "realised_error", "positives", "relative_width", "score_level", "score_mix",
    }  # fmt: skip


def test_a_number_without_an_interval_is_not_estimable() -> None:
    reasons = ["no_labels: no sampled unit has a verdict", "missing_labels: 50.0%"]
    result = estimate.estimable(number(prevalence=None, ci_low=None, hold_reasons=reasons))
    assert (result.figure, result.verdict) == (0.0, "held")
    assert result.reason == "estimable: no_labels: no sampled unit has a verdict"
    assert estimate.estimable(number(ci_high=float("nan"))).verdict == "held"
    assert estimate.estimable(number(prevalence=0.0, ci_low=0.0)).verdict == "passed"


def test_missing_labels_and_numbers_of_labels() -> None:
    held = estimate.missing_labels(number(missing_label_rate=0.2), maximum_rate=0.1)
    assert (held.figure, held.bound, held.verdict) == (0.2, 0.1, "held")
    assert "20.0% of the weight" in str(held.reason)
    results = estimate.enough_labels(number(n_llm=200, n_human=9, n_gold=0), SETTINGS)
    assert [(r.subject, r.figure, r.bound, r.verdict) for r in results] == [
        ("llm", 200.0, 30.0, "passed"),
        ("human", 9.0, 10.0, "held"),
    ]
    # Which estimator it is does not matter: one answer serves them all.
    assert "estimator" not in results[0].scope


def test_width_and_positives() -> None:
    # (0.05 - 0.01) / (2 x 0.02)
    assert estimate.relative_width(number(prevalence=0.02, ci_low=0.01, ci_high=0.05), SETTINGS).figure == 1.0
    assert estimate.relative_width(number(prevalence=0.01, ci_low=0.0, ci_high=0.05), SETTINGS).verdict == "held"
    assert estimate.relative_width(number(prevalence=0.0, ci_low=0.0), SETTINGS).verdict == "not_applicable"
    assert estimate.positives(number(n_positive_highest_rung=9), SETTINGS).verdict == "held"


def _quality(**changes: Any) -> dict[str, Any]:
    return {
        "period": "day", "policy": "a", "rung": "llm", "reference": "human", "window_start": date(2026, 2, 3),
        "window_end": date(2026, 3, 2), "n_positive": 30, "n_negative": 400, "sensitivity_ci_high": 0.9,
        "specificity_ci_high": 0.999, "kappa_ci_high": 0.8,
    } | changes  # fmt: skip


def test_a_labeler_is_held_by_the_upper_limit_of_its_interval() -> None:
    good = labeler_quality.labeler_quality([_quality()], SETTINGS, minimum_verdicts=30)
    assert {(r.gate, r.verdict) for r in good} == {
        ("sensitivity", "passed"), ("specificity", "passed"), ("kappa", "passed"),
    }  # fmt: skip
    (bad, unknown, _) = labeler_quality.labeler_quality(
        [_quality(sensitivity_ci_high=0.49, specificity_ci_high=None)], SETTINGS, minimum_verdicts=30
    )
    assert (bad.verdict, bad.figure, bad.bound) == ("held", 0.49, 0.5)
    assert bad.scope == {"period": "day", "policy": "a"}
    assert "sensitivity of the llm labels against human is at most 0.490" in str(bad.reason)
    assert unknown.verdict == "not_applicable"


@pytest.mark.parametrize(
    ("n_positive", "n_negative", "verdict"),
    [(30, 30, "held"), (29, 400, "not_applicable"), (400, 29, "not_applicable")],
)
def test_kappa_is_asked_of_references_with_enough_of_both_kinds(n_positive: int, n_negative: int, verdict: str) -> None:
    row = _quality(n_positive=n_positive, n_negative=n_negative, kappa_ci_high=0.1, sensitivity_ci_high=0.1)
    sensitivity, _, kappa = labeler_quality.labeler_quality([row], SETTINGS, minimum_verdicts=30)
    assert kappa.verdict == verdict
    assert sensitivity.verdict == "held"


def test_a_reason_that_a_held_number_shows_does_not_tell_the_outcome() -> None:
    for n_found in (7, 3):
        result = estimate.positives(number(n_positive_highest_rung=n_found), SETTINGS)
        assert result.figure == n_found  # stays in release_gates
        assert str(result.reason).startswith("positives: fewer violating units by the highest rung than the 10 wished")
    wide, wider = (estimate.relative_width(number(ci_high=high), SETTINGS) for high in (0.2, 0.9))
    assert wide.figure != wider.figure
    assert wide.reason == wider.reason
    check = {"kind": "realised_error", "period": "day", "policy": "a", "measure": "units", "alarm_limit": 0.0125}
    (alarm,) = plan_agreement.plan_agreement([check | {"ratio": 1.83, "p_value": 0.0017}])
    assert (alarm.verdict, alarm.figure) == ("held", 0.0017)
    assert "1.8" not in str(alarm.reason)
    assert "0.0017" not in str(alarm.reason)


NAN = float("nan")


@pytest.mark.parametrize("value", [None, NAN, -1.0])
def test_counts_and_rates_that_cannot_be_hold_instead_of_passing(value: float | None) -> None:
    rate = estimate.missing_labels(number(missing_label_rate=value), maximum_rate=0.1)
    assert (rate.verdict, rate.figure) == ("held", None)
    assert rate.reason == f"missing_labels: missing_label_rate is {value}; label the sample and estimate the day again"
    assert estimate.positives(number(n_positive_highest_rung=value), SETTINGS).verdict == "held"
    llm, human = estimate.enough_labels(number(n_llm=value), SETTINGS)
    assert (llm.verdict, human.verdict) == ("held", "passed")
    assert llm.reason == f"enough_labels: n_llm is {value}; estimate the day again"
    log = {"period": "day", "source": "pin_log"}
    (loss,) = data_quality.join_loss([log | {"rows_in": value, "rows_quarantined": value}], SETTINGS)
    assert loss.verdict == "held"
    assert f"row_account of pin_log has rows_in {value}" in str(loss.reason)
    check = {"period": "day", "table_name": "samples", "check_names": None, "n_failed_days": value, "n_days": 1}
    rung = {"period": "day", "policy": "a", "rung": 2, "n_days": 1, "n_unlabelled": value}
    assert data_quality.data_checks([check], SETTINGS)[0].verdict == "held"
    assert data_quality.unlabelled_rung([rung], SETTINGS)[0].verdict == "held"


def test_shares_of_nothing_hold() -> None:
    check = {"period": "day", "table_name": "samples", "check_names": [], "n_failed_days": 0, "n_days": 0}
    (result,) = data_quality.data_checks([check], SETTINGS)
    assert result.reason == "data_checks: the days of samples cannot be counted; run the days again"
    rung = {"period": "day", "policy": "a", "rung": 2, "n_days": 0, "n_unlabelled": 0}
    assert data_quality.unlabelled_rung([rung], SETTINGS)[0].verdict == "held"
    log = {"period": "day", "source": "pin_log", "rows_in": 0, "rows_quarantined": 5}
    assert data_quality.join_loss([log], SETTINGS)[0].verdict == "held"


def test_drift_on_the_anchor_set_is_its_own_alarm() -> None:
    row = {"period": "day", "policy": "a", "labeler_id": "m", "prompt_version": "llm-1"}
    (held,) = labeler_quality.labeler_drift([row | {"drift_p_value": 0.001, "drift_alarm_limit": 0.0125}])
    assert (held.verdict, held.subject) == ("held", "m/llm-1")
    (silent,) = labeler_quality.labeler_drift([row | {"drift_p_value": None, "drift_alarm_limit": 0.0125}])
    assert silent.verdict == "not_applicable"


def test_rows_lost_checks_failed_and_rungs_without_labels() -> None:
    rows = [{"period": "day", "source": "pin_log", "rows_in": 100, "rows_quarantined": n} for n in (5, 6)]
    assert [r.verdict for r in data_quality.join_loss(rows, SETTINGS)] == ["passed", "held"]
    (empty,) = data_quality.join_loss([rows[0] | {"rows_in": 0, "rows_quarantined": 0}], SETTINGS)
    assert empty.verdict == "not_applicable"
    check = {"table_name": "samples", "check_names": ["unique"], "n_failed_days": 1}
    days = [check | {"period": period, "n_days": n} for period, n in (("day", 1), ("week", 7), ("all", 30))]
    assert [r.verdict for r in data_quality.data_checks(days, SETTINGS)] == ["held", "held", "passed"]
    rung = {"policy": "a", "rung": 2, "n_days": 1}
    on_rung = [rung | {"period": "day", "n_unlabelled": n} for n in (0, 1)]
    assert [r.verdict for r in data_quality.unlabelled_rung(on_rung, SETTINGS)] == ["passed", "held"]


def test_lag_counts_from_the_last_labelled_day_and_age_only_if_it_is_limited() -> None:
    lag = {"period": "week", "last_drawn_ds": date(2026, 3, 6)}
    rows = [lag | {"last_labelled_ds": date(2026, 3, day)} for day in (3, 2)]
    results = freshness.label_lag(rows, SETTINGS)
    assert [(r.figure, r.verdict) for r in results] == [(3.0, "passed"), (4.0, "held")]
    released_at = datetime(2026, 3, 10, 1, tzinfo=UTC)
    (any_age,) = freshness.age({"day": date(2026, 3, 2)}, SETTINGS, released_at=released_at)
    assert (any_age.figure, any_age.verdict) == (8.0, "not_applicable")
    limited = ReleaseSettings(maximum_age_days=7)
    (old,) = freshness.age({"day": date(2026, 3, 2)}, limited, released_at=released_at)
    assert (old.verdict, old.bound) == ("held", 7.0)


def test_plan_checks_are_held_against_their_own_alarm_limit() -> None:
    row = {"kind": "validation_arm", "period": "day", "policy": "a", "measure": "units", "ratio": 1.8}
    alarm, fine = plan_agreement.plan_agreement([row | {"p_value": p, "alarm_limit": 0.0125} for p in (0.001, 0.4)])
    assert (alarm.gate, alarm.verdict, fine.verdict) == ("arm_agreement", "held", "passed")
    assert "1.80 of it (p = 0.001)" in str(alarm.reason)
    unknown = row | {"kind": "realised_error", "ratio": None, "p_value": None, "alarm_limit": None}
    (silent,) = plan_agreement.plan_agreement([unknown])
    assert (silent.gate, silent.verdict) == ("realised_error", "not_applicable")
