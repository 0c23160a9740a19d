"""A sample labelled by one labeler and partly audited by a better one: the label ladder of `lib.estimation`."""

from dataclasses import replace
from typing import Any, cast

import numpy as np

from lib.estimation.designs.poisson import PoissonDesign
from lib.estimation.estimators import EstimatorName, estimate_prevalence
from lib.estimation.functionals import FloatArray
from lib.estimation.intervals.prevalence_interval import IntervalMethod, confidence_interval
from lib.estimation.intervals.split_gamma import presumed_risk
from lib.estimation.ladder_moments import LadderMoments
from scripts.labelled_tables.contradicted_totals import refuse_contradicted_totals
from scripts.labelled_tables.design_choice import inclusion_probability, named_refusal
from scripts.labelled_tables.known_sizes import known_exposure, known_units
from scripts.labelled_tables.sample import Sample
from scripts.labelled_tables.table_estimates import TableEstimate

_LADDER_DESIGNS = ("poisson", "bottom_k")
_ESTIMATORS: dict[str, EstimatorName] = {
    "total": "horvitz_thompson",
    "horvitz_thompson": "horvitz_thompson",
    "hajek": "hajek",
    "difference": "difference",
    "regression": "regression",
}


def audited_estimate(sample: Sample, *, estimator: str, interval: str, level: float) -> TableEstimate:
    """Estimate by what the audit says, using the labels of the whole sample to cut the variance.

    Args:
        sample: with audit_label h (NaN where not audited) and audit_probability q
        estimator: horvitz_thompson, hajek, difference or regression (tuned coefficients), or total
        interval: method of `lib.estimation.intervals`
        level: nominal coverage in (0, 1)

    Returns:
        the estimate for the whole

    Raises:
        ConfigurationError: the sample lacks what the ladder needs

    """
    try:
        moments = _moments(sample, estimator)
        estimate = estimate_prevalence(moments, estimator=_ESTIMATORS[estimator])
        limits = confidence_interval(estimate, moments, method=cast("IntervalMethod", interval), level=level)
    except ValueError as error:
        raise named_refusal(sample, error) from None
    unit = moments.exposure_total if estimator == "total" else 1.0
    return TableEstimate(
        domain=None,
        n=sample.n,
        estimate=estimate.prevalence * unit,
        std_error=estimate.std_error * unit,
        ci_low=limits.low * unit,
        ci_high=limits.high * unit,
        degrees_of_freedom=float(estimate.degrees_of_freedom),
    )


def _moments(sample: Sample, estimator: str) -> LadderMoments:
    _refuse_unfit(sample, estimator)
    audit_label, audit_probability = _audit(sample)
    units, exposure = known_units(sample), known_exposure(sample)
    if units is None or exposure is None:
        wanted = "--population-size" if units is None else "--exposure-total"
        raise sample.refused(f"{sample.column('audit_label')}: an audited sample needs {wanted}, the known size.")
    if sample.auxiliary is not None and sample.auxiliary_total is None:
        raise sample.refused(f"{sample.column('auxiliary')} needs --auxiliary-total, its total over the population.")
    probability = inclusion_probability(sample)
    refuse_contradicted_totals(sample, PoissonDesign(probability))
    reached = probability * audit_probability
    ladder: dict[str, Any] = {
        "exposure": sample.exposure,
        "verdicts": [sample.label, audit_label],
        "probabilities": [probability, reached],
        "population_size": units,
        "exposure_total": exposure,
        "largest_weight": float(np.nanmax(sample.exposure / reached)),
        "rungs": ("label", "audit"),
    }
    if sample.auxiliary is not None:
        return LadderMoments.from_units(**ladder, score=sample.auxiliary, score_total=sample.auxiliary_total or 0.0)
    # The interval wants to know which units were thought risky; the estimate must not use what has no known total.
    risk = presumed_risk(sample.exposure / probability, sample.exposure)
    return replace(LadderMoments.from_units(**ladder), tails=LadderMoments.from_units(**ladder, score=risk).tails)


def _refuse_unfit(sample: Sample, estimator: str) -> None:
    column = sample.column("audit_label")
    if sample.design not in _LADDER_DESIGNS:
        raise sample.refused(f"{column}: audits are estimated for designs {' and '.join(_LADDER_DESIGNS)} only.")
    if estimator not in _ESTIMATORS:
        raise sample.refused(f"{column}: estimator {estimator} has no audited form; use hajek or regression.")
    if sample.domain is not None:
        raise sample.refused(
            f"{sample.column('domain')}: audited estimates are of the whole only, because the known size of a domain "
            "is not in the table."
        )
    if not sample.is_labelled_by_verdict:
        raise sample.refused(f"{sample.column('label')} is {sample.why_no_verdict}; beside an audit it must be 0 or 1.")
    if estimator == "difference" and sample.auxiliary is None:
        raise sample.refused("estimator difference needs --auxiliary and --auxiliary-total; or use hajek.")


def _audit(sample: Sample) -> tuple[FloatArray, FloatArray]:
    """Return h and q, checked."""
    label, probability, column = sample.audit_label, sample.audit_probability, sample.column("audit_label")
    if label is None or probability is None:
        missing = "--audit-label" if label is None else "--audit-probability"
        raise sample.refused(f"--audit-label and --audit-probability go together; {missing} is missing.")
    is_audited = ~np.isnan(label)
    if not is_audited.any():
        raise sample.refused(f"{column} is empty in every row; without an audited unit leave it out.")
    is_unknown = is_audited & np.isnan(probability)
    if is_unknown.any():
        row = int(np.flatnonzero(is_unknown)[0]) + 1
        raise sample.refused(f"{sample.column('audit_probability')} is empty in row {row}, which was audited.")
    return label, probability
