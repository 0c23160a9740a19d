"""The error to expect of a budget: the estimator's own variance on the moments that the model expects.

Anticipated variance (Isaki & Fuller 1982; Särndal, Swensson & Wretman 1992, section 12.2): the design variance,
averaged over the verdicts that the scores predict,

    E V(Ŷ) = Σ_U E[ Σ_a d_a²(1/P_a - 1) + 2 Σ_{a<b} d_a d_b (1/P_a - 1) ]

For one rung and a calibrated score ŝ as auxiliary variable this is Σ_U x² ŝ(1 - ŝ)(1/p - 1).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from lib.estimation.estimators import EstimatorName, estimate_prevalence
from lib.estimation.ladder_moments import LadderMoments
from lib.estimation.tail_moments import TAIL_FIELDS, TailMoments
from lib.planning.cells import FloatArray, mean_within
from lib.planning.inclusion import Thresholds
from lib.planning.label_model import outcomes
from lib.planning.plan_model import Key, PlanModel, RiskCells


@dataclass(frozen=True)
class ExpectedError:
    """What a budget gives for one number.

    Attributes:
        exposure_total: X of the segment, units or views
        prevalence: R to expect, a share of exposure, by the scores and by how they compared with earlier labels
        std_error: to expect, a share of exposure, by the scores and by how earlier plans compared with what came
        scores_std_error: √(E V)/X by the scores alone
        variance_degrees_of_freedom: ν = 2 (E V)²/Var(V̂) of the realised variance V̂ (Satterthwaite 1946)
        variance_skewness: of V̂; √(8/ν) would be that of χ²_ν

    """

    exposure_total: float
    prevalence: float
    std_error: float
    scores_std_error: float
    variance_degrees_of_freedom: float
    variance_skewness: float

    @property
    def relative_error(self) -> float:
        """std_error / prevalence; infinite without prevalence."""
        return self.std_error / self.prevalence if self.prevalence > 0.0 else float("inf")


def expected_error(
    model: PlanModel, thresholds: Thresholds, key: Key, measure: str, *, estimator: EstimatorName = "regression"
) -> ExpectedError | None:
    """The error to expect of one number; None if its segment has no exposure.

    Args:
        model: the frame and what is expected of the labelers
        thresholds: of the budget
        key: segment, segment_value, policy
        measure: what is counted
        estimator: the estimator whose error is published

    Returns:
        prevalence, standard error, and how well a realised variance will tell

    """
    cells = model.risk_cells(key)
    exposure_total = float(cells.block.column("exposure", measure).sum())
    if not exposure_total > 0.0:
        return None
    units = _MeasuredCells.of(cells, thresholds, measure)
    moments = _expected_moments(model, units)
    estimate = estimate_prevalence(moments, estimator=estimator)
    coefficients = np.array([estimate.exposure_coefficient, estimate.score_coefficient, *estimate.lambdas])
    number = (key[2], measure)
    degrees_of_freedom, skewness = _variance_shape(units, coefficients)
    return ExpectedError(
        exposure_total=exposure_total,
        prevalence=estimate.prevalence * model.experience.prevalence_ratio(number),
        std_error=estimate.std_error * math.sqrt(model.experience.variance_ratio(number)),
        scores_std_error=estimate.std_error,
        variance_degrees_of_freedom=degrees_of_freedom,
        variance_skewness=skewness,
    )


@dataclass(frozen=True, eq=False)
class _MeasuredCells:
    """Cells with the weights Σ x² of one measure; arrays are outcomes x cells where verdicts matter.

    `weights` is Σ x²·P(verdicts); `odds[a]` is 1/P_a - 1 at the cell's own harmonic means of w and m, so that
    Σ x²/w stays exact while no unit of the cell is certain.
    """

    cells: RiskCells
    measure: str
    verdicts: FloatArray
    score: FloatArray
    squares: FloatArray
    weights: FloatArray
    odds: tuple[FloatArray, ...]
    probabilities: tuple[FloatArray, ...]

    @classmethod
    def of(cls, cells: RiskCells, thresholds: Thresholds, measure: str) -> "_MeasuredCells":
        block = cells.block
        squares = block.column("squares", measure)
        size_measure = mean_within(squares, block.column("squares_per_size", measure))
        mixture = mean_within(squares, block.column("squares_per_mixture", measure))
        here = squares > 0.0
        seen = thresholds.probabilities(
            cells, size_measure=np.where(here, size_measure, 1.0), mixture=np.where(here, mixture, 1.0)
        )
        return cls(
            cells=cells,
            measure=measure,
            verdicts=np.array(outcomes(len(seen)), dtype=np.float64).T[:, :, np.newaxis],
            score=mean_within(block.column("squares_score", measure), squares),
            squares=squares,
            weights=squares * cells.outcome_probabilities,
            odds=tuple(1.0 / probability - 1.0 for probability in seen),
            probabilities=thresholds.probabilities(cells, size_measure=cells.size_measure, mixture=cells.mixture),
        )

    def variables(self, rung: int) -> list[FloatArray]:
        """Z of rung `rung` (from 1) for exposure 1, in the order of `ladder_variables`."""
        own = self.verdicts[rung - 1]
        return [own, np.ones((1, 1)), self.score[np.newaxis]] if rung == 1 else [own, self.verdicts[rung - 2]]

    @property
    def sums_of_labels(self) -> FloatArray:
        """Σ_U x·y_a of every rung, expected."""
        exposure = self.cells.block.column("exposure", self.measure)
        totals: FloatArray = self.verdicts[:, :, 0] @ (self.cells.outcome_probabilities @ exposure)
        return totals


def _expected_moments(model: PlanModel, units: _MeasuredCells) -> LadderMoments:
    """The moments that a sample of this budget has on average."""
    cells, block, n_rungs = units.cells, units.cells.block, len(model.rungs)
    labels, chances = units.sums_of_labels, cells.outcome_probabilities
    exposure_total = float(block.column("exposure", units.measure).sum())
    score_total = float(block.column("score", units.measure).sum())
    sums = [labels[0], exposure_total, score_total]
    for rung in range(1, n_rungs):
        sums += [labels[rung], labels[rung - 1]]
    on_rungs = [np.einsum("c,oc,oc->o", cells.n_units, chances, p) for p in units.probabilities]
    n_positive = np.array([on_rung @ units.verdicts[a, :, 0] for a, on_rung in enumerate(on_rungs)])
    inverse = [np.einsum("c,oc,oc->", cells.n_units, chances, 1.0 / p) for p in units.probabilities]
    population = float(cells.n_units.sum())
    return LadderMoments(
        rungs=model.rungs,
        has_score=score_total > 0.0,
        population_size=population,
        exposure_total=exposure_total,
        score_total=score_total,
        sums=np.array(sums),
        products=_expected_products(units, n_rungs),
        # Expected counts are no whole numbers.
        n=tuple(np.array([on_rung.sum() for on_rung in on_rungs]).tolist()),
        n_positive=tuple(n_positive.tolist()),
        sum_weight=(population,) * n_rungs,
        sum_squared_weight=tuple(np.array(inverse).tolist()),
        # Tails and the largest weight serve intervals; a standard error needs none.
        largest_weight=0.0,
        tails=(TailMoments.from_values(dict.fromkeys(TAIL_FIELDS, 0.0)),) * n_rungs,
    )


def _expected_products(units: _MeasuredCells, n_rungs: int) -> FloatArray:
    """Σ_U E z_a z_b (1/P_a - 1) for every pair of rungs a <= b, as one symmetric matrix."""
    variables = [(rung, z) for rung in range(1, n_rungs + 1) for z in units.variables(rung)]
    products = np.zeros((len(variables), len(variables)))
    weighted = [units.weights * odds for odds in units.odds]
    for i, (rung, first) in enumerate(variables):
        with_first = weighted[rung - 1] * first
        for j in range(i, len(variables)):
            products[i, j] = products[j, i] = float((with_first * variables[j][1]).sum())
    return products


def _variance_shape(units: _MeasuredCells, coefficients: FloatArray) -> tuple[float, float]:
    """ν = 2 (E V̂)²/κ_2 and κ_3/κ_2^{3/2}, κ_r ≈ Σ_U E T^r for the independent contributions T of the units to V̂.

    A unit that has come to rung a adds t_a/P_a, t_a = d_a²(1/P_a - 1) + 2 d_a Σ_{b<a} d_b(1/P_b - 1). As rungs are
    nested, E T² = Σ_ab t_a t_b/P_min(a,b), and E T³ has the two smaller of three. Exposures are nearly equal within a
    cell: Σ x⁴ is (Σ x²)²/n, Σ x⁶ is (Σ x²)³/n².
    """
    residuals = _residuals(units, coefficients, len(units.odds))
    terms, cross = [], np.zeros((1, 1))
    for residual, odds in zip(residuals, units.odds, strict=True):
        terms.append(residual**2 * odds + 2.0 * residual * cross)
        cross = cross + residual * odds
    mean_squares = mean_within(units.squares, units.cells.n_units)
    inverse = [1.0 + odds for odds in units.odds]
    cumulants = []
    for order in (1, 2, 3):
        moment = np.zeros_like(units.weights)
        for rungs in product(range(len(terms)), repeat=order):
            below = sorted(rungs)[: order - 1]
            moment += math.prod([terms[a] for a in rungs] + [inverse[a] for a in below], start=1.0)
        cumulants.append(float((units.weights * mean_squares ** (order - 1) * moment).sum()))
    if not cumulants[1] > 0.0:
        return math.inf, 0.0
    return 2.0 * cumulants[0] ** 2 / cumulants[1], cumulants[2] / cumulants[1] ** 1.5


def _residuals(units: _MeasuredCells, coefficients: FloatArray, n_rungs: int) -> Sequence[FloatArray]:
    """D_a for exposure 1: d_1 = λ_2 y_1 - B'a, d_a = λ_{a+1} y_a - λ_a y_{a-1}, λ = 1 above the last rung."""
    lambdas = [*coefficients[2:], 1.0]
    auxiliary = coefficients[0] + coefficients[1] * units.score[np.newaxis]
    return [lambdas[0] * units.verdicts[0] - auxiliary] + [
        lambdas[rung] * units.verdicts[rung] - lambdas[rung - 1] * units.verdicts[rung - 1]
        for rung in range(1, n_rungs)
    ]
