"""Estimates of a labelled sample, one for each domain and one for the whole, as records of numbers."""

import math
from dataclasses import asdict, dataclass

import numpy as np

from lib.estimation.designs.analysis_design import LinearisedDesign
from lib.estimation.functionals import FloatArray, Ratio
from lib.estimation.intervals.violation_weights import ViolationWeights
from schemas.errors import ConfigurationError
from scripts.labelled_tables.design_choice import named_refusal
from scripts.labelled_tables.estimands import Domain, Estimand, estimand, estimation_design
from scripts.labelled_tables.known_sizes import known_units
from scripts.labelled_tables.quantity_limits import quantity_limits
from scripts.labelled_tables.rate_limits import Limits, RateEstimate, rate_limits
from scripts.labelled_tables.sample import Sample

_RELATIVE_ROUNDING = 1e-9


@dataclass(frozen=True)
class TableEstimate:
    """One estimate; None where a number has no meaning.

    Attributes:
        domain: value of the domain column; None for the whole
        n: sampled units in the domain
        estimate: a rate as the estimator gives it (by noise perhaps outside [0, 1]), or a total
        std_error: of the estimate
        ci_low: lower limit, a rate's in [0, 1]
        ci_high: upper limit, a rate's in [0, 1]
        degrees_of_freedom: of the whole design, also in domains, as R's svyby has them

    """

    domain: str | None
    n: int
    estimate: float | None
    std_error: float | None
    ci_low: float | None
    ci_high: float | None
    degrees_of_freedom: float | None

    def record(self) -> dict[str, str | float | None]:
        """Return the fields by name, numbers that are not finite as None."""
        is_void = {name: isinstance(value, float) and not math.isfinite(value) for name, value in asdict(self).items()}
        return {name: None if is_void[name] else value for name, value in asdict(self).items()}


def table_estimates(
    sample: Sample, base: LinearisedDesign, *, estimator: str, interval: str, level: float
) -> list[TableEstimate]:
    """Estimate in every domain, alphabetically, and then in the whole.

    Domains keep the whole design: units outside count as zeros, they are not left out.

    Args:
        sample: the sample
        base: its analysis design
        estimator: one of `estimands.ESTIMATORS`
        interval: one of `rate_limits.INTERVALS`
        level: nominal coverage in (0, 1)

    Returns:
        the estimates

    Raises:
        ConfigurationError: the sample lacks what the estimator or the interval needs

    """
    refuse_unfit_interval(sample, estimator, interval)
    design = estimation_design(sample, estimator, base)
    domains = [Domain()]
    if sample.domain is not None:
        names = sorted(set(sample.domain.tolist()))
        domains = [*(Domain(name, sample.domain == name) for name in names), Domain()]
    return [_estimate(sample, design, estimand(sample, estimator, d), d, interval, level) for d in domains]


def refuse_unfit_interval(sample: Sample, estimator: str, interval: str) -> None:
    """Refuse limits of rates for labels that are no verdicts; raises ConfigurationError."""
    if interval == "wald" or sample.is_labelled_by_verdict:
        return
    raise sample.refused(
        f"{sample.column('label')} is {sample.why_no_verdict}, but interval {interval} is for labels 0 and 1; use "
        f"--interval wald for {estimator} of a quantity."
    )


def _estimate(
    sample: Sample, design: LinearisedDesign, target: Estimand, domain: Domain, interval: str, level: float
) -> TableEstimate:
    weights = design.weights
    is_in = np.ones(sample.n, dtype=bool) if domain.is_in is None else domain.is_in
    degrees = design.degrees_of_freedom()
    n_units = int(is_in.sum())
    if isinstance(target.functional, Ratio) and not weights[is_in] @ sample.exposure[is_in]:
        return TableEstimate(domain.name, n_units, None, None, None, None, degrees)
    value = target.offset + target.scale * target.functional.value(weights)
    std_error = abs(target.scale) * _std_error(sample, design, target)
    low, high = _limits(sample, weights * is_in, target, (value, std_error, degrees), interval, level)
    return TableEstimate(domain.name, n_units, value, std_error, low, high, degrees)


def _std_error(sample: Sample, design: LinearisedDesign, target: Estimand) -> float:
    try:
        variance = float(design.covariance([target.functional])[0, 0])
    except ValueError as error:
        raise named_refusal(sample, error) from None
    size = float(np.sum((design.weights * target.functional.influence(design.weights)) ** 2))
    if variance < -_RELATIVE_ROUNDING * size:
        raise sample.refused(
            f"the estimated variance is {variance:g}, below 0, as {sample.design} can have it in small or odd samples; "
            "use --design pps_brewer, or poisson where the sample size was left to chance."
        )
    # what rounding leaves of a variance that is 0
    return math.sqrt(variance) if variance > _RELATIVE_ROUNDING**2 * size else 0.0


def _limits(
    sample: Sample,
    weights_inside: FloatArray,
    target: Estimand,
    estimated: tuple[float, float, float],
    interval: str,
    level: float,
) -> Limits:
    value, std_error, degrees = estimated
    shares = np.abs(weights_inside) * sample.exposure
    if not sample.is_labelled_by_verdict or (target.is_total and target.known_size is None):
        if interval != "wald":
            raise _no_known_size(sample, interval)
        return quantity_limits(sample, value, std_error, degrees, largest=float(shares.max()), level=level)
    size = float(shares.sum()) if target.known_size is None else target.known_size
    unit = size if target.is_total else 1.0
    inside = weights_inside != 0.0
    found = shares[inside] * sample.label[inside]
    weights = ViolationWeights.of_units(
        share=shares[inside],
        unseen=_unseen(sample, np.abs(weights_inside[inside])),
        exposure=sample.exposure[inside],
        label=sample.label[inside],
        score=None if sample.auxiliary is None else np.maximum(sample.auxiliary[inside], 0.0),
    )
    limits = rate_limits(
        RateEstimate(
            rate=value / unit,
            std_error=std_error / unit,
            degrees_of_freedom=degrees,
            n=sample.n,
            n_units=int(inside.sum()),
            n_positive=int((sample.label[inside] * sample.exposure[inside] > 0.0).sum()),
            largest_share=float(shares.max()) / size,
            drawn_share=weights.drawn / size,
            score_share=weights.by_score / size,
            positive_share=float(found.sum()) / size,
            positive_square_share=float(found @ found) / size**2,
            effective_size=float(shares.sum() ** 2 / (shares @ shares)) if shares.any() else 1.0,
            is_census=_is_census(sample, weights_inside),
        ),
        interval,
        level,
    )
    return limits[0] * unit, limits[1] * unit


def _unseen(sample: Sample, weight: FloatArray) -> FloatArray:
    """1 - P of each unit, 1 where a weight is not the inverse of a probability."""
    is_inverse = sample.design in ("poisson", "bottom_k")
    return np.maximum(0.0, 1.0 - 1.0 / weight) if is_inverse else np.ones_like(weight)


def _no_known_size(sample: Sample, interval: str) -> ConfigurationError:
    wanted = "--exposure-total" if sample.has_exposure else "--population-size"
    if sample.domain is not None:
        wanted += ", and of every domain: they must be the strata, with --stratum-size"
    return sample.refused(
        f"interval {interval} of a total is that of the rate, times the known size ({wanted}); or use --interval wald."
    )


def _is_census(sample: Sample, weights_inside: FloatArray) -> bool:
    has_unit_weights = bool(np.isin(weights_inside, (0.0, 1.0)).all())
    is_whole_cluster_frame = sample.design == "cluster" and sample.stratum_size is not None
    units = known_units(sample)
    return has_unit_weights and (is_whole_cluster_frame or (units is not None and sample.n >= units))
