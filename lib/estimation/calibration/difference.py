"""Difference estimator: a known total of predictions plus the estimated total of their errors."""

from lib.estimation.design_estimates import DesignEstimates, estimate
from lib.estimation.designs.analysis_design import AnalysisDesign
from lib.estimation.functionals import FloatArray, Total, mean


def difference_total(
    design: AnalysisDesign, values: FloatArray, predictions: FloatArray, *, prediction_total: float
) -> DesignEstimates:
    """Estimate a total by Σ_U a + Σ w (y - a): Särndal, Swensson & Wretman (1992), section 6.3.

    Unbiased whatever the predictions are, if they were made without this sample's labels.

    Args:
        design: the design of the sample
        values: y of the sampled units
        predictions: a of the sampled units, in the unit of y
        prediction_total: Σ_U a, known

    Returns:
        the total and its variance

    """
    errors = estimate(design, [Total(values - predictions)])
    return DesignEstimates(errors.values + prediction_total, errors.covariance)


def difference_mean(
    design: AnalysisDesign, values: FloatArray, predictions: FloatArray, *, prediction_mean: float
) -> DesignEstimates:
    """Estimate a mean by Σ_U a / N + Σ w (y - a) / Σ w, the errors averaged as by Hájek (1971).

    Args:
        design: the design of the sample
        values: y of the sampled units
        predictions: a of the sampled units, in the unit of y
        prediction_mean: Σ_U a / N, known

    Returns:
        the mean and its variance

    """
    errors = estimate(design, [mean(values - predictions)])
    return DesignEstimates(errors.values + prediction_mean, errors.covariance)
