"""Moments of the hand-made samples in numpy: what Spark must find."""

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
import pytest

from lib.estimation.answered_ladder import AnsweredLadder, answered_ladder
from lib.estimation.ladder_moments import LadderMoments
from schemas.labels import RUNGS
from tests.moments.labelled_units import KNOWN, MEASURES, RUNG_BOUNDS, WEIGHT_BOUNDS, Unit


def expected_ladder(
    units: Sequence[Unit], policy: str, *, n_rungs: int, has_score: bool = True, minimum_respondents: int = 2
) -> AnsweredLadder:
    """The day's whole sample with its missing verdicts treated, in numpy."""
    rungs = range(n_rungs)
    return answered_ladder(
        verdicts=[[unit.verdict(policy, rung) for unit in units] for rung in rungs],
        is_drawn=[[len(unit.q) >= rung for unit in units] for rung in rungs],
        probabilities=[[unit.probability(rung) for unit in units] for rung in rungs],
        score=[unit.score for unit in units] if has_score and policy == "a" else None,
        may_climb=[[unit.has_labels for unit in units]] * n_rungs,
        values={"stratum": [unit.stratum for unit in units]},
        minimum_respondents=minimum_respondents,
    )


def expected_moments(
    units: Sequence[Unit],
    strata: Sequence[str],
    policy: str,
    measure: str,
    segment: tuple[str, str],
    *,
    n_rungs: int,
    has_score: bool = True,
    component: str = "unit",
    rungs: Sequence[str] | None = None,
) -> LadderMoments:
    """The same in numpy, over those of `strata` together that have the segment."""
    strata = [stratum for stratum in strata if (stratum, *segment) in KNOWN]
    is_inside = np.array([unit.stratum in strata for unit in units])
    known = np.sum([KNOWN[(stratum, *segment)] for stratum in strata], axis=0)
    column = MEASURES.index(measure)
    is_scored = has_score and policy == "a"
    ladder = expected_ladder(units, policy, n_rungs=n_rungs, has_score=has_score)
    x = np.array([unit.exposure(measure) for unit in units])
    largest = 0.0
    for stratum in strata:
        here = np.array([unit.stratum == stratum for unit in units])
        # On the highest rung that any unit of the stratum is on.
        top = [rung for rung in range(n_rungs) if (here & ~np.isnan(ladder.verdicts[rung])).any()][-1]
        on_top = here & ~np.isnan(ladder.verdicts[top])
        weights = 1.0 / ladder.probabilities[top][on_top]
        drawn = np.array([unit.probability(top) for unit in units])[on_top]
        bound = max(WEIGHT_BOUNDS[stratum][measure], RUNG_BOUNDS[measure]) * (drawn * weights).max()
        largest = max(largest, (x[on_top] * weights).max(), bound)
    return LadderMoments.from_units(
        exposure=x,
        verdicts=[
            verdict * np.array([_share(unit, rung, component) for unit in units])
            for rung, verdict in enumerate(ladder.verdicts)
        ],
        probabilities=ladder.probabilities,
        is_imputed=ladder.is_imputed,
        population_size=known[0],
        exposure_total=known[column],
        score=[unit.score for unit in units] if is_scored else None,
        score_total=known[2 + column] if is_scored else 0.0,
        is_in_domain=is_inside & np.array([segment[0] == "all" or unit.country == segment[1] for unit in units]),
        largest_weight=float(largest),
        rungs=RUNGS[:n_rungs] if rungs is None else rungs,
    )


def _share(unit: Unit, rung: int, component: str) -> float:
    """1 if a violating verdict of the rung counts for the component, else 0."""
    known = {"query", "response", "image", "combination"} & set(unit.named(rung)) or {"unspecified"}
    if component.startswith("all_but_"):
        return float(component.removeprefix("all_but_") not in known)
    return float(component == "unit" or component in known)


def assert_moments_equal(found: LadderMoments, expected: LadderMoments, *, tolerance: float) -> None:
    """Fail unless all fields agree: names exactly, numbers to the relative `tolerance`."""
    assert (found.rungs, found.has_score) == (expected.rungs, expected.has_score)
    assert (found.n, found.n_positive) == (expected.n, expected.n_positive)
    for name in (
        "population_size",
        "exposure_total",
        "score_total",
        "sums",
        "products",
        "sum_weight",
        "sum_squared_weight",
        "largest_weight",
    ):
        np.testing.assert_allclose(getattr(found, name), getattr(expected, name), rtol=tolerance, err_msg=name)
    for one, other in zip(found.tails, expected.tails, strict=True):
        assert asdict(one) == pytest.approx(asdict(other), rel=tolerance)
