"""Share of the violating exposure in which a component carries the violation, with the variance of the ratio."""

from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from lib.estimation.estimators import EstimatorName, estimate_prevalence
from lib.estimation.ladder_moments import FloatArray, LadderMoments, ladder_variables
from lib.estimation.ladder_total import LadderForm


@dataclass(frozen=True)
class ComponentShare:
    """Share of the violating exposure that names a component.

    Attributes:
        share: Ŷ_c/Ŷ_u, clipped to [0, 1]
        std_error: its linearised standard error
        low: lower limit, in [0, share]
        high: upper limit, in [share, 1]

    """

    share: float
    std_error: float
    low: float
    high: float


def component_share(
    unit: LadderMoments,
    component: LadderMoments,
    complement: LadderMoments,
    *,
    estimator: EstimatorName,
    level: float = 0.95,
) -> ComponentShare | None:
    """Estimate the share of component c among violating units, exposure-weighted.

        S = Ŷ_c/Ŷ_u        Ŷ_v = Σ_S1 λ2·x·v1/P1 + Σ_S2 (x·v2·λ3 - λ2·x·v1)/P2 + ...        V̂(S) = V̂(Ŷ_d)/Ŷ_u²,
        d = c - S·u

    Both totals take the λ's of the unit's estimate. Its auxiliary term multiplies numerator and denominator alike if
    B_c = S·B_u, so it drops out of the ratio. Source: Särndal, Swensson & Wretman (1992), section 5.6 (Taylor
    linearisation of a ratio) with the ladder's variance for d; the moments of d are `combined_moments`. The interval is
    Korn & Graubard's (1998): Clopper-Pearson with n_eff = S(1 - S)/V̂(S) units; where S is 0 or 1, or V̂ is 0, with
    (Σ w)²/Σ w² of the violating units' weights x/P (Kish 1965).

    Args:
        unit: moments of the verdict on the unit
        component: moments with every label times 1[component c is violating]
        complement: moments with every label times 1[it is not]
        estimator: estimator whose λ's are used
        level: nominal coverage in (0, 1)

    Returns:
        the share; None if no unit with exposure is violating on the last rung, or the estimated total is not positive

    """
    theta = np.array([0.0, 0.0, *estimate_prevalence(unit, estimator=estimator).lambdas])
    whole = LadderForm.of(unit).total(theta)
    # What the first rungs called violating may have exposure where nothing that the last one confirmed has any.
    if not (unit.tail.has_violating_exposure and whole > 0.0):
        return None
    ratio = LadderForm.of(component).total(theta) / whole
    residual = combined_moments(unit, component, complement, of_component=1.0, of_unit=-ratio)
    variance = LadderForm.of(residual).variance(theta) / whole**2
    share = min(1.0, max(0.0, ratio))
    low, high = _limits(share, variance, unit, tail=(1.0 - level) / 2.0)
    return ComponentShare(share=share, std_error=float(np.sqrt(variance)), low=low, high=high)


def combined_moments(
    unit: LadderMoments,
    component: LadderMoments,
    complement: LadderMoments,
    *,
    of_component: float,
    of_unit: float,
) -> LadderMoments:
    """Return the sums and products of the labels α·c + β·u from three stored rows, without cross moments.

    With the complement n = u - c the label is (α + β)·c + β·n, and the mixed products that nobody stored follow from
    Σ (c_i + n_i)(c_j + n_j)·f = Σ c_i c_j·f + Σ n_i n_j·f + Σ (c_i n_j + n_i c_j)·f:

        products = a²·Q_c + b²·Q_n + a·b·(Q_u - Q_c - Q_n)        a = α + β, b = β

    between labels; a·Q_c + b·Q_n between a label and an auxiliary. Counts, weights and tails stay those of the unit.

    Args:
        unit: moments of the verdict on the unit
        component: moments with every label times the component's indicator
        complement: moments with every label times 1 minus it
        of_component: α
        of_unit: β

    Returns:
        moments whose `sums` and `products` are those of the combination

    Raises:
        ValueError: the three rows have different ladders

    """
    if not unit.rungs == component.rungs == complement.rungs:
        ladders = ", ".join("+".join(row.rungs) for row in (unit, component, complement))
        raise ValueError(f"Rows of unit, component and complement must have one ladder, not {ladders}.")
    a, b = of_component + of_unit, of_unit
    is_label = np.array([variable.startswith("label") for _, variable in ladder_variables(len(unit.rungs))])
    mixed = unit.products - component.products - complement.products
    squares = a**2 * component.products + b**2 * complement.products + a * b * mixed
    linear = a * component.products + b * complement.products
    n_labels = is_label.astype(int)[:, None] + is_label.astype(int)[None, :]
    products: FloatArray = np.choose(n_labels, [unit.products, linear, squares])
    sums: FloatArray = np.where(is_label, a * component.sums + b * complement.sums, unit.sums)
    return replace(unit, sums=sums, products=products)


def _limits(share: float, variance: float, unit: LadderMoments, *, tail: float) -> tuple[float, float]:
    if unit.is_census:
        return share, share
    spread = share * (1.0 - share)
    size = spread / variance if min(spread, variance) > 0.0 else unit.tail.positive_total**2 / unit.tail.positive_square
    count = share * size
    low = float(np.nan_to_num(stats.beta.ppf(tail, count, size - count + 1.0), nan=0.0))
    high = float(np.nan_to_num(stats.beta.isf(tail, count + 1.0, size - count), nan=1.0))
    return min(share, low), max(share, high)
