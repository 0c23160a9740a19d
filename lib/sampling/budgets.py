"""A draw's budget by stratum, by the design's rule of allocation."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from lib.sampling.allocation import allocate, allocate_compromise
from lib.sampling.neyman_allocation import neyman_sizes
from lib.sampling.population import StratumPopulation
from lib.sampling.size_measure import SizeMeasure, predicted_prevalence
from lib.sampling.size_profile import StratumProfile
from schemas.contracts.sampling_design import PolicyBoost, SamplingDesign

FloatArray = npt.NDArray[np.float64]


def draw_budget(
    design: SamplingDesign,
    boost: PolicyBoost | None,
    *,
    populations: Sequence[StratumPopulation],
    size_measure: SizeMeasure,
    profiles: Mapping[str, StratumProfile],
) -> dict[str, int]:
    """Units that `boost`, or the main draw if it is None, takes from each of the strata in `populations`.

    A day with fewer units than the budget is taken whole. Raises ConfigurationError, naming the design's field, if the
    budget does not bear the strata's minima.
    """
    sample_size, field = design.sample_size, "sample_size"
    if boost is not None:
        sample_size, field = boost.sample_size, f"boosts.{boost.name}.sample_size"
    sizes = {p.stratum: p.population_size for p in populations}
    sample_size = min(sample_size, sum(sizes.values()))
    if design.allocation == "compromise":
        variances, corrections = _relative_variances(populations, size_measure, profiles)
        return allocate_compromise(
            sample_size,
            population_sizes=sizes,
            draw_variances=variances,
            corrections=corrections,
            minimum_stratum_size=design.minimum_stratum_size,
            design_name=design.name,
            field=field,
        )
    return allocate(
        sample_size,
        population_sizes=sizes,
        stratum_sizes=_stratum_sizes(design, size_measure, populations, profiles),
        minimum_stratum_size=design.minimum_stratum_size,
        design_name=design.name,
        field=field,
    )


def _stratum_sizes(
    design: SamplingDesign,
    size_measure: SizeMeasure,
    populations: Sequence[StratumPopulation],
    profiles: Mapping[str, StratumProfile],
) -> Mapping[str, float]:
    """What the budget is proportional to."""
    if design.allocation == "equal":
        return {p.stratum: 1.0 for p in populations}
    if design.allocation == "proportional":
        return {p.stratum: float(p.population_size) for p in populations}
    if design.allocation == "size_measure":
        return size_measure.stratum_sizes()
    day = _day_totals(size_measure)
    pairs = [(k, m) for k, weight in size_measure.policy_importance.items() if weight > 0 for m in day]
    # a_k weighs squared errors of prevalences: a total's variance is divided by X_j² first.
    importance = [size_measure.policy_importance[k] * size_measure.measure_shares[m] / day[m] ** 2 for k, m in pairs]
    variances = [[profiles[p.stratum].draw_variances[pair] for pair in pairs] for p in populations]
    sizes = neyman_sizes(np.array(variances), np.array(importance))
    return dict(zip([p.stratum for p in populations], sizes.tolist(), strict=True))


def _relative_variances(
    populations: Sequence[StratumPopulation], size_measure: SizeMeasure, profiles: Mapping[str, StratumProfile]
) -> tuple[dict[str, FloatArray], FloatArray]:
    """Per stratum A_hk / Y_k², and Σ_h B_hk / Y_k², for every policy that counts and every measure."""
    day = _day_totals(size_measure)
    squares = {
        (k, m): (predicted_prevalence(size_measure.populations, k, m) * total) ** 2
        for k, weight in size_measure.policy_importance.items()
        for m, total in day.items()
        if weight > 0
    }
    variances = {
        p.stratum: np.array([profiles[p.stratum].draw_variances[pair] / square for pair, square in squares.items()])
        for p in populations
    }
    corrections = [
        sum(profiles[p.stratum].corrections[pair] for p in populations) / square for pair, square in squares.items()
    ]
    return variances, np.array(corrections)


def _day_totals(size_measure: SizeMeasure) -> dict[str, float]:
    """The day's exposure per measure of the size measure that has any."""
    totals = {m: sum(p.exposure_totals[m] for p in size_measure.populations) for m in size_measure.measure_shares}
    return {m: total for m, total in totals.items() if total > 0}
