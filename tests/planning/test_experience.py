"""What earlier days correct: prevalence by their labels, errors by their checks."""

import numpy as np
import pytest

from lib.planning.experience import Experience, prevalence_ratios, variance_ratios
from schemas.contracts.moment_names import COUNT_COLUMNS, MAX_COLUMNS, SUM_COLUMNS


def moments_row(*, prevalence: float, score_mean: float, n_positive: int, rungs: tuple[str, ...] = ("llm",)) -> dict:
    """Moments of a sample of 1,000 of 10,000 units with equal p and a constant score."""
    row = dict.fromkeys((*SUM_COLUMNS, *COUNT_COLUMNS, *MAX_COLUMNS), 0.0)
    row |= {"population_size": 1e4, "exposure_total": 1e4, "score_total": 1e4 * score_mean, "largest_weight": 10.0}
    row |= {"n_1": 1000, "n_positive_1": n_positive, "sum_1_label_1": 1e4 * prevalence, "sum_1_exposure": 1e4}
    row |= {"sum_1_score": 1e4 * score_mean, "sum_weight_1": 1e4, "sum_squared_weight_1": 1e5}
    z = {"label_1": prevalence, "exposure": 1.0, "score": score_mean}
    for first, second in (("label_1", "label_1"), ("label_1", "exposure"), ("label_1", "score")):
        row[f"product_1_{first}__1_{second}"] = 9e4 * prevalence * (1.0 if second == "label_1" else z[second])
    for first, second in (("exposure", "exposure"), ("exposure", "score"), ("score", "score")):
        row[f"product_1_{first}__1_{second}"] = 9e4 * z[first] * z[second]
    return row | {"rungs": list(rungs), "has_score": True, "policy": "a", "measure": "units"}


def test_the_prevalence_ratio_moves_from_the_score_to_the_labels_with_the_positives() -> None:
    few = moments_row(prevalence=0.02, score_mean=0.01, n_positive=2)
    many = moments_row(prevalence=0.02, score_mean=0.01, n_positive=200)
    assert prevalence_ratios([few], rungs=("llm",)) == pytest.approx({("a", "units"): (2 * 2.0 + 10) / 12})
    assert prevalence_ratios([many], rungs=("llm",)) == pytest.approx({("a", "units"): (200 * 2.0 + 10) / 210})


def test_days_of_another_ladder_or_without_scores_say_nothing() -> None:
    row = moments_row(prevalence=0.02, score_mean=0.01, n_positive=20)
    assert prevalence_ratios([row], rungs=("llm", "human")) == {}
    assert prevalence_ratios([row | {"score_total": 0.0}], rungs=("llm",)) == {}


def test_variance_ratios_weigh_days_by_their_degrees_of_freedom() -> None:
    checks = [
        {"policy": "a", "measure": "units", "ratio": 2.0, "degrees_of_freedom": 10.0},
        {"policy": "a", "measure": "units", "ratio": 1.0, "degrees_of_freedom": 20.0},
        {"policy": "b", "measure": "units", "ratio": None, "degrees_of_freedom": None},
    ]
    assert variance_ratios(checks) == pytest.approx({("a", "units"): (10 * 4 + 20 * 1 + 30) / 60})


def test_variance_ratios_settle_at_what_was_seen() -> None:
    checks = [{"policy": "a", "measure": "units", "ratio": np.sqrt(3), "degrees_of_freedom": 40.0}] * 28
    assert variance_ratios(checks)[("a", "units")] == pytest.approx(3.0, rel=0.02)


def test_what_was_not_seen_is_left_alone() -> None:
    nothing = Experience({}, {})
    assert (nothing.prevalence_ratio(("a", "units")), nothing.variance_ratio(("a", "units"))) == (1.0, 1.0)
