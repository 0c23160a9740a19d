"""What each estimator estimates: a functional of the weighted sample and a linear map of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from lib.estimation.calibration.known_totals import KnownTotals
from lib.estimation.calibration.regression import regression_calibrated
from lib.estimation.designs.analysis_design import LinearisedDesign
from lib.estimation.functionals import BoolArray, FloatArray, Functional, Ratio, Total
from scripts.labelled_tables.design_choice import named_refusal
from scripts.labelled_tables.known_sizes import known_domain_units, known_exposure, known_units
from scripts.labelled_tables.sample import Sample


@dataclass(frozen=True)
class Domain:
    """A domain of the sample; the whole has neither name nor indicator."""

    name: str | None = None
    is_in: BoolArray | None = None


@dataclass(frozen=True)
class Estimand:
    """offset + scale·θ of the functional θ.

    Attributes:
        functional: θ
        offset: in the unit of the estimate
        scale: estimate per unit of θ
        known_size: what divides a total into a rate, N or X of the domain; None if it is estimated or not known
        is_total: whether the estimate is a total, not a rate

    """

    functional: Functional
    offset: float = 0.0
    scale: float = 1.0
    known_size: float | None = None
    is_total: bool = False


def estimand(sample: Sample, estimator: str, domain: Domain) -> Estimand:
    """Return what `estimator` estimates in the domain; raises ConfigurationError if the sample lacks what it needs."""
    return _ESTIMANDS[estimator](sample, domain)


def estimation_design(sample: Sample, estimator: str, design: LinearisedDesign) -> LinearisedDesign:
    """Return the design whose weights the estimator uses: for `regression` calibrated to the auxiliary's total.

    With the population size it is calibrated to (N, T), without to T alone: Särndal, Swensson & Wretman (1992),
    section 6.4; `calibrate` of R's survey.
    """
    if estimator != "regression":
        return design
    auxiliary, total = _auxiliary(sample, estimator)
    name = sample.column("auxiliary")
    values, totals = {name: auxiliary}, {name: total}
    if (units := known_units(sample)) is not None:
        values["--population-size"], totals["--population-size"] = np.ones(sample.n), units
    try:
        return regression_calibrated(design, KnownTotals.of(values, totals))
    except ValueError as error:
        raise named_refusal(sample, error) from None


def _total(sample: Sample, domain: Domain) -> Estimand:
    return Estimand(_exposed_total(sample, domain), known_size=_known_size(sample, domain), is_total=True)


def _horvitz_thompson(sample: Sample, domain: Domain) -> Estimand:
    size = _needed_size(sample, domain, "horvitz_thompson")
    return Estimand(_exposed_total(sample, domain), scale=1.0 / size, known_size=size)


def _ratio(sample: Sample, domain: Domain) -> Estimand:
    return Estimand(Ratio(sample.exposure * sample.label, sample.exposure, domain.is_in))


def _difference(sample: Sample, domain: Domain) -> Estimand:
    auxiliary, total = _auxiliary(sample, "difference")
    if domain.name is not None:
        raise sample.refused(
            f"{sample.column('domain')}: estimator difference needs the auxiliary's total in each domain, which "
            "--auxiliary-total does not give; use regression or hajek."
        )
    size = _needed_size(sample, domain, "difference")
    errors = Total(sample.exposure * sample.label - auxiliary)
    return Estimand(errors, offset=total / size, scale=1.0 / size, known_size=size)


_ESTIMANDS: Mapping[str, Callable[[Sample, Domain], Estimand]] = {
    "total": _total,
    "horvitz_thompson": _horvitz_thompson,
    "hajek": _ratio,
    "ratio": _ratio,
    "difference": _difference,
    "regression": _ratio,
}
ESTIMATORS = tuple(_ESTIMANDS)


def _exposed_total(sample: Sample, domain: Domain) -> Total:
    return Total(sample.exposure * sample.label, domain.is_in)


def _known_size(sample: Sample, domain: Domain) -> float | None:
    return known_exposure(sample) if domain.name is None else known_domain_units(sample, domain.name)


def _needed_size(sample: Sample, domain: Domain, estimator: str) -> float:
    if (size := _known_size(sample, domain)) is not None:
        return size
    if domain.name is not None:
        raise sample.refused(
            f"{sample.column('domain')}: estimator {estimator} divides by the known size of each domain, and only "
            "domains that are the strata (with --stratum-size) have one; use hajek, or total."
        )
    wanted = f"--exposure-total, the population's total of {sample.column('exposure')}" if sample.has_exposure else None
    raise sample.refused(f"estimator {estimator} needs {wanted or '--population-size'}; or use hajek.")


def _auxiliary(sample: Sample, estimator: str) -> tuple[FloatArray, float]:
    if sample.auxiliary is None or sample.auxiliary_total is None:
        raise sample.refused(f"estimator {estimator} needs --auxiliary and --auxiliary-total; or use hajek.")
    return sample.auxiliary, sample.auxiliary_total
