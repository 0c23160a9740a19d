"""What each rule makes of a draw's budget, by hand: which figures it rests on, and how they are weighed."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from lib.sampling.budgets import draw_budget
from lib.sampling.population import StratumPopulation
from lib.sampling.size_measure import SizeMeasure
from lib.sampling.size_profile import StratumProfile
from schemas.contracts.sampling_design import PolicyBoost
from schemas.errors import ConfigurationError
from tests.sampling.scored_units import design

Figures = dict[tuple[str, str], float]


def population(name: str, size: int, views: float, scores: dict[str, float]) -> StratumPopulation:
    return StratumPopulation(
        stratum=name,
        population_size=size,
        scorer_version="v1",
        exposure_totals={"units": float(size), "views": views},
        score_totals={"units": scores, "views": scores},
        n_missing_scores={},
        highest_scores=dict.fromkeys(scores, 0.9),
        segment_totals=(),
    )


# 400 units and 500 views a day; R_a = 0.02 and R_b = 0.005 of the units
POPULATIONS = [
    population("x", 100, 400.0, {"a": 2.0, "b": 1.5}),
    population("y", 300, 100.0, {"a": 6.0, "b": 0.5}),
]


def size_measure(**changes: Any) -> SizeMeasure:
    fields: dict[str, Any] = {
        "uniform_share": 0.2,
        "measure_shares": {"units": 1.0},
        "policy_importance": {"a": 0.25, "b": 0.75},
        "populations": POPULATIONS,
        "score_spread_totals": {},
    }
    return SizeMeasure(**fields | changes)


def profiles(variances: dict[str, Figures], corrections: dict[str, Figures] | None = None) -> dict[str, StratumProfile]:
    none = np.array([])
    return {
        name: StratumProfile(none, none, {}, {}, found, (corrections or {}).get(name, dict.fromkeys(found, 0.0)))
        for name, found in variances.items()
    }


def budget(rule: str, sample_size: int, measure: SizeMeasure | None = None, **known: Any) -> dict[str, int]:
    asked = design(sample_size=sample_size, allocation=rule, minimum_stratum_size=2)
    fields: dict[str, Any] = {"populations": POPULATIONS, "profiles": {}} | known
    return draw_budget(asked, None, size_measure=measure or size_measure(), **fields)


def test_equal_proportional_and_by_size_measure() -> None:
    assert budget("equal", 40) == {"x": 20, "y": 20}
    assert budget("proportional", 40) == {"x": 10, "y": 30}
    # without scores the size measure is exposure: 100 of 400 units and 400 of 500 views, half each
    both = size_measure(measure_shares={"units": 0.5, "views": 0.5})
    assert budget("size_measure", 40, both) == {"x": 21, "y": 19}


def test_neyman_weighs_policies_by_importance_and_measures_by_share_over_their_squared_total() -> None:
    both = size_measure(measure_shares={"units": 0.4, "views": 0.6})
    # a_k β_j / X_j²: A is given in units of it, so the weighted sums are 9 and 4, and n is as 3 to 2
    weights = {
        (policy, name): importance * share / total**2
        for policy, importance in (("a", 0.25), ("b", 0.75))
        for name, share, total in (("units", 0.4, 400.0), ("views", 0.6, 500.0))
    }
    parts = {"x": (1.0, 2.0, 5.0, 1.0), "y": (0.5, 1.5, 1.0, 1.0)}
    variances = {
        name: {pair: part / weight for part, (pair, weight) in zip(of, weights.items(), strict=True)}
        for name, of in parts.items()
    }
    assert budget("neyman", 50, both, profiles=profiles(variances)) == {"x": 30, "y": 20}


def test_neyman_leaves_out_policies_without_importance_and_measures_without_exposure() -> None:
    unseen = [population("x", 100, 0.0, {"a": 2.0}), population("y", 300, 0.0, {"a": 6.0})]
    one_view = [population("x", 100, 1.0, {"a": 2.0}), population("y", 300, 0.0, {"a": 6.0})]
    measure = size_measure(
        measure_shares={"units": 0.5, "views": 0.5}, policy_importance={"a": 1.0, "b": 0.0}, populations=unseen
    )
    variances = {"x": {("a", "units"): 9.0}, "y": {("a", "units"): 4.0}}
    assert budget("neyman", 50, measure, populations=unseen, profiles=profiles(variances)) == {"x": 30, "y": 20}
    # a single view is exposure: x with a variance of it takes nearly all
    variances = {"x": {("a", "units"): 9.0, ("a", "views"): 1.0}, "y": {("a", "units"): 4.0, ("a", "views"): 0.0}}
    seen = replace(measure, populations=one_view)
    assert budget("neyman", 50, seen, populations=one_view, profiles=profiles(variances)) == {"x": 48, "y": 2}


def test_the_compromise_equals_relative_variances_corrections_taken_off() -> None:
    # a varies in x only, b in y only. Relative to Y² = (R X)² = 8² and 2², A is 9 and 1.
    variances = {
        "x": {("a", "units"): 9.0 * 64, ("b", "units"): 0.0},
        "y": {("a", "units"): 0.0, ("b", "units"): 1.0 * 4},
    }
    assert budget("compromise", 100, profiles=profiles(variances)) == {"x": 90, "y": 10}
    # 9/80 less a correction of 1/16 is 1/20: both relative variances are .05 at 80 and 20
    corrections = {
        "x": {("a", "units"): 0.05 * 64, ("b", "units"): 0.0},
        "y": {("a", "units"): 0.0125 * 64, ("b", "units"): 0.0},
    }
    assert budget("compromise", 100, profiles=profiles(variances, corrections)) == {"x": 80, "y": 20}


def test_the_compromise_leaves_out_policies_without_importance() -> None:
    variances = {
        "x": {("a", "units"): 1.0, ("b", "units"): 1e6},
        "y": {("a", "units"): 9.0, ("b", "units"): 0.0},
    }
    measure = size_measure(policy_importance={"a": 1.0, "b": 0.0})
    # one policy alone: Neyman's, as √1 to √9
    assert budget("compromise", 40, measure, profiles=profiles(variances)) == {"x": 10, "y": 30}


@pytest.mark.parametrize("rule", ["equal", "compromise"])
def test_a_boost_has_its_own_budget_and_field(rule: str) -> None:
    boost = PolicyBoost(name="more", sample_size=30, policy_importance={"a": 1.0})
    known = profiles({name: {("a", "units"): 1.0, ("b", "units"): 1.0} for name in ("x", "y")})
    arguments: dict[str, Any] = {"size_measure": size_measure(), "profiles": known}
    asked = design(sample_size=100, allocation=rule, minimum_stratum_size=2)
    assert draw_budget(asked, boost, populations=POPULATIONS, **arguments) == {"x": 15, "y": 15}
    # fewer units than the budget: the day is taken whole
    whole = boost.model_copy(update={"sample_size": 401})
    assert draw_budget(asked, whole, populations=POPULATIONS, **arguments) == {"x": 100, "y": 300}
    too_little = boost.model_copy(update={"sample_size": 3})
    with pytest.raises(ConfigurationError, match=r"weekly\.yaml: field `boosts\.more\.sample_size` is `3`"):
        draw_budget(asked, too_little, populations=POPULATIONS, **arguments)
    small = design(sample_size=39, allocation=rule, minimum_stratum_size=20)
    with pytest.raises(ConfigurationError, match=r"weekly\.yaml: field `sample_size` is `39`"):
        draw_budget(small, None, populations=POPULATIONS, **arguments)
