"""Daily error rates of labelers from rows of quality, by hand."""

from typing import Any

import pytest

from lib.monitoring.tables.labeler_streams import readings_of_quality


def _quality(**changed: Any) -> dict[str, Any]:
    row = {
        "rung": "llm", "labeler_id": "all", "policy": "harassment", "reference": "human", "confidence_level": 0.95,
        "n": 100, "n_positive": 10, "n_negative": 90,
        "sensitivity": 0.8, "sensitivity_std_error": 0.1, "sensitivity_ci_low": 0.5,
        "specificity": 1.0, "specificity_std_error": 0.0, "specificity_ci_low": 0.963,
        "kappa": None, "kappa_std_error": None, "kappa_ci_low": None,
    }  # fmt: skip
    return row | changed


def test_a_rung_has_the_complements_of_what_can_be_estimated() -> None:
    missed, alarms = readings_of_quality([_quality()])
    assert (missed["measure"], missed["segment"], missed["segment_value"]) == (
        "false_negative_rate", "rung", "llm_against_human",
    )  # fmt: skip
    assert (missed["value"], missed["std_error"]) == (pytest.approx(0.2), 0.1)
    assert (alarms["measure"], alarms["value"], alarms["std_error"]) == ("false_positive_rate", 0.0, 0.0)
    # no false alarm: one would stand for what the lower limit allows for, 0.037/3.689
    assert alarms["one_event"] == pytest.approx(0.037 / 3.689, rel=1e-3)


def test_disagreement_is_what_kappa_leaves() -> None:
    readings = readings_of_quality([_quality(kappa=0.75, kappa_std_error=0.05, kappa_ci_low=0.6)])
    (found,) = (reading for reading in readings if reading["measure"] == "disagreement")
    assert (found["value"], found["std_error"]) == (0.25, 0.05)


def test_without_a_violation_that_day_nothing_is_said_of_sensitivity() -> None:
    readings = readings_of_quality([_quality(n_positive=0)])
    assert [reading["measure"] for reading in readings] == ["false_positive_rate"]


def test_a_model_on_anchors_has_the_share_that_it_got_wrong() -> None:
    anchor = _quality(labeler_id="model_a", reference="anchor", specificity=0.9)
    (found,) = readings_of_quality([anchor])
    # 2 of 10 violating and 9 of 90 others
    assert (found["measure"], found["segment_value"]) == ("anchor_errors", "model_a")
    assert found["value"] == pytest.approx(0.11)
    assert found["std_error"] == pytest.approx((0.11 * 0.89 / 100) ** 0.5)
    assert readings_of_quality([anchor | {"n_positive": 0, "n_negative": 0}]) == []
