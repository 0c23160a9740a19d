"""Units with copies: a finite population of verdicts with a truth of its own, scenarios, one unit's variance."""

import numpy as np
import pytest

from lib.audit.coverage import simple_random_variance as variance_of_units
from lib.audit.scenarios import risk_under
from lib.audit.virtual_frame import VirtualVerdicts, simple_random_variance
from lib.planning.label_model import ErrorRates
from tests.audit.populations import virtual_frame

LLM = ErrorRates(sensitivity=0.8, specificity=0.99)


def _everything(copies: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Every copy of every unit."""
    unit = np.repeat(np.arange(copies.size), copies)
    return unit, np.concatenate([np.arange(k) for k in copies])


@pytest.mark.parametrize("error_rates", [[], [LLM], [LLM, ErrorRates(0.9, 0.999)]])
def test_verdicts_of_all_copies_are_the_counts(error_rates: list[ErrorRates]) -> None:
    frame = virtual_frame(400, largest_copies=50)
    verdicts = VirtualVerdicts.drawn(frame.risks["common"], frame.copies, error_rates, np.random.default_rng(1))
    unit, copy = _everything(frame.copies)
    by_rung = verdicts.of(unit, copy)
    assert len(by_rung) == len(error_rates) + 1
    assert np.bincount(unit, weights=by_rung[-1]).tolist() == verdicts.n_violating.tolist()
    assert verdicts.counts.sum(axis=1).tolist() == frame.copies.tolist()


def test_verdicts_follow_risk_and_error_rates() -> None:
    copies = np.full(300, 1000)
    verdicts = VirtualVerdicts.drawn(np.full(300, 0.1), copies, [LLM], np.random.default_rng(2))
    llm, human = verdicts.of(*_everything(copies))
    assert human.mean() == pytest.approx(0.1, abs=4 * np.sqrt(0.09 / 300_000))
    assert llm[human == 1.0].mean() == pytest.approx(0.8, abs=0.01)
    assert llm[human == 0.0].mean() == pytest.approx(0.01, abs=0.001)


def test_policies_do_not_violate_in_the_same_copies() -> None:
    copies, random = np.full(2000, 1000), np.random.default_rng(3)
    unit, copy = np.arange(2000), np.zeros(2000, dtype=np.int64)
    first, second = (VirtualVerdicts.drawn(np.full(2000, 0.1), copies, [], random).of(unit, copy)[0] for _ in range(2))
    assert (first * second).mean() == pytest.approx(0.01, abs=0.01)  # were they the same copies, it would be 0.1


def test_totals_and_mixture_count_copies() -> None:
    frame = virtual_frame(300, largest_copies=9)
    assert frame.population_size == frame.copies.sum()
    assert frame.total(frame.mixture) == pytest.approx(2.0)  # one a measure
    assert frame.total(frame.exposures["views"]) == (frame.copies * frame.exposures["views"]).sum()


def test_variance_of_one_unit_is_that_of_the_copies_one_by_one() -> None:
    frame = virtual_frame(300, largest_copies=9)
    verdicts = VirtualVerdicts.drawn(frame.risks["common"], frame.copies, [], np.random.default_rng(4))
    unit, copy = _everything(frame.copies)
    views = frame.exposures["views"]
    found = simple_random_variance(frame, views, verdicts.n_violating)
    assert found == pytest.approx(variance_of_units(views[unit], verdicts.of(unit, copy)[0]), rel=1e-12)


def test_scenarios_move_the_truth_and_not_the_scores() -> None:
    score, weights = np.array([0.0, 0.2, 0.6]), np.array([7.0, 2.0, 1.0])  # mean 0.1
    assert risk_under("calibrated", score, weights).tolist() == score.tolist()
    blind = risk_under("blind_spot", score, weights)
    assert blind == pytest.approx([0.015, 0.185, 0.525])
    assert np.average(blind, weights=weights) == pytest.approx(0.1)
    assert risk_under("over_confident", score, weights) == pytest.approx([0.0, 0.2 / 3, 0.2])
    with pytest.raises(ValueError, match="Scenario 'none' is not known"):
        risk_under("none", score, weights)
