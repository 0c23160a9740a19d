"""From the margin of a ranking model to a probability: weighted isotonic regression.

Source: Zadrozny & Elkan (2002), "Transforming classifier scores into accurate multiclass probability estimates".
The weight of a unit is its design weight 1/p: a sample drawn where violations are likely holds too many of them, and
only the weighted curve has the scale of the population.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import isotonic_regression

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

# Margins are compared at this many decimals, in fitting and in application, so that sums taken in another order (on
# another engine, in a batch of another size) do not fall on the other side of a step.
MARGIN_DECIMALS = 6

# Log-odds stay finite even if every labelled unit violates.
_NEVER_SURE = 1e-9


@dataclass(frozen=True)
class Calibration:
    """A non-decreasing curve: margins (log-odds, ascending) and the probabilities in (0, 1) at them."""

    margins: Floats
    probabilities: Floats

    def probabilities_at(self, margins: Floats) -> Floats:
        """P(violation) at `margins`: linear between knots, constant beyond the outermost."""
        return np.interp(np.round(margins, MARGIN_DECIMALS), self.margins, self.probabilities)


def fit_calibration(margins: Floats, is_positive: Bools, weights: Floats, *, shrinkage: float) -> Calibration:
    """The weighted isotonic curve, drawn a little towards the base rate.

        p(m) = r + (1 − ε)·(isotonic(m) − r),        r = Σ w·y / Σ w,  ε = shrinkage

    The weighted mean stays that of the labels. The lowest probability is ε·r instead of the 0 that isotonic regression
    gives wherever the sample holds no violation: a unit with score 0 would look certain, and the sampler would pass it
    by. The highest is 1 − ε·(1 − r), since a top step rests on few units.

    Args:
        margins: log-odds of the units, from a model that was not trained on them.
        is_positive: whether the unit violates.
        weights: design weights 1/p, > 0.
        shrinkage: ε in [0, 1].
    """
    knots, group = np.unique(np.round(margins, MARGIN_DECIMALS), return_inverse=True)
    weight = np.bincount(group, weights=weights)
    rate = np.bincount(group, weights=weights * is_positive) / weight
    isotonic = isotonic_regression(rate, weights=weight)
    # A step needs its two ends only.
    ends = np.union1d(isotonic.blocks[:-1], isotonic.blocks[1:] - 1)
    base_rate = float(np.average(is_positive, weights=weights))
    probabilities = base_rate + (1.0 - shrinkage) * (isotonic.x[ends] - base_rate)
    return Calibration(margins=knots[ends], probabilities=np.clip(probabilities, _NEVER_SURE, 1.0 - _NEVER_SURE))


def noisy_or_margins(probabilities: Floats) -> Floats:
    """Log-odds that at least one of several independent causes is present (noisy-or: Pearl 1988, §4.3.2).

        P = 1 − Π_c (1 − p_c),    log(P / (1 − P)) = log(exp(−Σ_c log(1 − p_c)) − 1)

    Args:
        probabilities: P(component violates) in (0, 1), units × components.
    """
    margins: Floats = np.log(np.expm1(-np.log1p(-probabilities).sum(axis=1)))
    return margins
