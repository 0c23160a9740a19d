"""Prevalence from the moments of a label ladder: Horvitz-Thompson, Hájek, difference and regression estimators."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from lib.estimation.ladder_moments import FloatArray, LadderMoments
from lib.estimation.ladder_total import LadderForm
from lib.estimation.tuning import hajek_coefficients, tuned_coefficients

EstimatorName = Literal["horvitz_thompson", "hajek", "difference", "regression"]
ESTIMATORS: tuple[EstimatorName, ...] = get_args(EstimatorName)
DEFAULT_ESTIMATOR: EstimatorName = "regression"


@dataclass(frozen=True)
class PrevalenceEstimate:
    """R̂ = Ŷ/X with its variance.

    Attributes:
        estimator: horvitz_thompson, hajek, difference or regression
        prevalence: R̂, a share of exposure. Unbiased, so noise can put it outside [0, 1]: means and differences of
            estimates use this value. `published` is what is shown
        variance: V̂(R̂) = V̂(Ŷ)/X²
        std_error: its square root
        exposure_coefficient: B_exposure
        score_coefficient: B_score
        lambdas: λ2, λ3 of the rungs above the first
        effective_sample_size: R̂(1 - R̂)/V̂(R̂), the size of a simple random sample with the same variance; None if the
            variance is 0 or R̂ is outside (0, 1)
        n: units with a verdict, per rung
        n_positive: units with a violating verdict, per rung
        degrees_of_freedom: the fewest units on any rung, less 1, at least 1: there are no clusters, and the variance
            is no better known than its smallest rung (one rung: n - 1)

    """

    estimator: EstimatorName
    prevalence: float
    variance: float
    std_error: float
    exposure_coefficient: float
    score_coefficient: float
    lambdas: tuple[float, ...]
    effective_sample_size: float | None
    n: tuple[int, ...]
    n_positive: tuple[int, ...]
    degrees_of_freedom: int

    @property
    def published(self) -> float:
        """The prevalence clipped to [0, 1], for display only: a mean of clipped values is biased upwards."""
        return min(1.0, max(0.0, self.prevalence))


def estimate_prevalence(moments: LadderMoments, *, estimator: EstimatorName = DEFAULT_ESTIMATOR) -> PrevalenceEstimate:
    """Estimate the prevalence of one row or roll-up.

        Ŷ = B'A_U + Σ_S1 d1/P1 + Σ_S2 d2/P2 + Σ_S3 d3/P3        R̂ = Ŷ/X        X the KNOWN exposure total

    Sources: Horvitz & Thompson (1952); Hájek (1971); difference: Särndal, Swensson & Wretman (1992), section 6.3,
    called prediction-powered by Angelopoulos et al. (2023); regression: `tuning.tuned_coefficients`.

    Args:
        moments: moments of a stratum or of any sum of strata and days; `first_rungs` gives a shorter ladder
        estimator: horvitz_thompson (B = 0, λ = 1), hajek (B_exposure the weighted share, λ = 1), difference
            (B_score = 1, λ = 1) or regression (B and λ tuned)

    Returns:
        the estimate

    Raises:
        ValueError: the domain has no exposure, `difference` is asked for without a score, or the name is not known

    """
    if not moments.exposure_total > 0.0:
        raise ValueError(
            f"Prevalence has no meaning without exposure: exposure_total is {moments.exposure_total}; skip this domain."
        )
    form = LadderForm.of(moments)
    theta = _coefficients(form, estimator)
    prevalence = form.total(theta) / moments.exposure_total
    variance = form.variance(theta) / moments.exposure_total**2
    has_size = variance > 0.0 and 0.0 < prevalence < 1.0
    return PrevalenceEstimate(
        estimator=estimator,
        prevalence=prevalence,
        variance=variance,
        std_error=float(np.sqrt(variance)),
        exposure_coefficient=float(theta[0]),
        score_coefficient=float(theta[1]),
        lambdas=tuple(float(value) for value in theta[2:]),
        effective_sample_size=prevalence * (1.0 - prevalence) / variance if has_size else None,
        n=moments.n,
        n_positive=moments.n_positive,
        degrees_of_freedom=max(1, min(moments.n) - 1),
    )


def _coefficients(form: LadderForm, estimator: EstimatorName) -> FloatArray:
    theta = np.ones(form.slope.shape[1])
    if estimator == "horvitz_thompson":
        theta[:2] = 0.0
        return theta
    if estimator == "hajek":
        return hajek_coefficients(form.moments)
    if estimator == "difference":
        if not form.moments.has_score:
            raise ValueError("The difference estimator needs a score; without one use hajek or regression.")
        theta[:2] = 0.0, 1.0
        return theta
    if estimator == "regression":
        return tuned_coefficients(form)
    raise ValueError(f"Estimator {estimator!r} is not known; choose one of {', '.join(ESTIMATORS)}.")
