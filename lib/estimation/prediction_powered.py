"""Prediction-powered means: a labelled sample, and predictions on it and on an independent unlabelled sample.

The label ladder is the case of one sample inside the other; here the two samples have no unit in common.
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from lib.estimation.design_estimates import DesignEstimates
from lib.estimation.functionals import FloatArray


@dataclass(frozen=True)
class PredictionPoweredMean:
    """Estimated mean of y.

    Attributes:
        estimate: mean, in the unit of y; noise can put a share outside [0, 1]
        variance: its variance
        power: λ, the weight of the predictions: 0 ignores them, 1 is the plain difference

    """

    estimate: float
    variance: float
    power: float

    @property
    def std_error(self) -> float:
        """Square root of the variance."""
        return float(np.sqrt(self.variance))

    def wald_interval(self, level: float = 0.95) -> tuple[float, float]:
        """Return estimate ± z·se, two-sided, not clipped."""
        if not 0.0 < level < 1.0:
            raise ValueError(f"The confidence level must be in (0, 1), not {level}.")
        reach = float(stats.norm.isf((1.0 - level) / 2.0)) * self.std_error
        return self.estimate - reach, self.estimate + reach


def prediction_powered_mean(
    values: FloatArray,
    predictions: FloatArray,
    unlabelled_predictions: FloatArray,
    *,
    weights: FloatArray | None = None,
    unlabelled_weights: FloatArray | None = None,
    power: float | None = None,
) -> PredictionPoweredMean:
    """Estimate the mean of y as λ·mean(f, unlabelled) + mean(y - λ f, labelled).

        V̂ = V̂(mean of y - λ f) + λ² V̂(mean of f, unlabelled)

    A sample without weights is taken as independent draws from the population: plug-in variances Σ(a - ā)²/n² and,
    if neither sample has weights, λ = Cov(y, f)/((1 + n/N) Var(f, both samples)), as Angelopoulos, Duchi & Zrnic
    (2023), section 6. A sample with weights has Hájek means and their linearised variance n/(n - 1) Σ h²(a - ā)²,
    h = w/Σw (Särndal, Swensson & Wretman 1992, result 5.7.1, with replacement); the weighted values themselves,
    var(w a)/n, would take the sum of the weights as known.

    Args:
        values: y of the labelled units
        predictions: f of the labelled units, in the unit of y, from a model not trained on these labels
        unlabelled_predictions: f of the unlabelled units
        weights: of the labelled units, proportional to 1/probability; None for equal ones
        unlabelled_weights: of the unlabelled units
        power: λ; None for the one with the smallest estimated variance in [0, 1]

    Returns:
        the estimate

    Raises:
        ValueError: lengths differ, a value is not finite, weights are not positive, or a sample has fewer than 2 units

    """
    labelled = _means("labelled", np.stack([values, predictions], axis=1), weights)
    unlabelled = _means("unlabelled", np.asarray(unlabelled_predictions)[:, np.newaxis], unlabelled_weights)
    if power is None and weights is None and unlabelled_weights is None:
        pooled = np.var(np.concatenate([predictions, unlabelled_predictions]), ddof=1) / len(values)
        share = 1.0 + len(values) / len(unlabelled_predictions)
        power = _power(labelled.covariance[0, 1], share * float(pooled))
    return prediction_powered_from(labelled, unlabelled, power=power)


def prediction_powered_from(
    labelled: DesignEstimates, unlabelled: DesignEstimates, *, power: float | None = None
) -> PredictionPoweredMean:
    """Combine the estimates of two independent samples of any design.

        θ̂ = ȳ + λ (f̄_u - f̄)        V̂ = V̂(ȳ) - 2 λ Ĉov(ȳ, f̄) + λ² (V̂(f̄) + V̂(f̄_u))

    with λ = Ĉov(ȳ, f̄)/(V̂(f̄) + V̂(f̄_u)) cut to [0, 1] unless given: outside, the sample says that the predictions
    mislead or are on another scale, and rare labels say so by chance.

    Args:
        labelled: means of y and of f, in this order
        unlabelled: the mean of f
        power: λ; None to tune it

    Returns:
        the estimate

    """
    prediction_variance = float(labelled.covariance[1, 1] + unlabelled.covariance[0, 0])
    if power is None:
        power = _power(labelled.covariance[0, 1], prediction_variance)
    variance = labelled.covariance[0, 0] - 2.0 * power * labelled.covariance[0, 1] + power**2 * prediction_variance
    return PredictionPoweredMean(
        estimate=float(labelled.values[0] + power * (unlabelled.values[0] - labelled.values[1])),
        variance=max(0.0, float(variance)),
        power=power,
    )


def _power(covariance: float, variance: float) -> float:
    return float(np.clip(covariance / variance, 0.0, 1.0)) if variance > 0.0 else 0.0


def _means(sample: str, values: FloatArray, weights: FloatArray | None) -> DesignEstimates:
    n = len(values)
    if n < 2:
        raise ValueError(f"The {sample} sample has {n} units; a variance needs at least 2.")
    if not np.all(np.isfinite(values)):
        raise ValueError(f"The {sample} sample has missing values; drop or impute them.")
    if weights is None:
        deviations = values - values.mean(axis=0)
        return DesignEstimates(values.mean(axis=0), deviations.T @ deviations / n**2)
    if len(weights) != n:
        raise ValueError(f"The {sample} sample has {n} units but {len(weights)} weights.")
    if not np.all((weights > 0.0) & np.isfinite(weights)):
        raise ValueError(f"Weights of the {sample} sample must be positive and finite.")
    shares = weights / weights.sum()
    means = shares @ values
    weighted = shares[:, np.newaxis] * (values - means)
    return DesignEstimates(means, n / (n - 1) * weighted.T @ weighted)
