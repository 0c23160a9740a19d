"""Pairs of verdicts as a few sums: a labeler's beside a reference's, each violating or not."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lib.estimation.agreement.agreement_estimate import AgreementEstimate, agreement_estimate, without_limits
from lib.estimation.agreement.cohen_kappa import cohen_kappa
from lib.estimation.agreement.krippendorff_alpha import KrippendorffAlpha
from lib.estimation.design_estimates import estimate
from lib.estimation.designs.analysis_design import LinearisedDesign
from lib.estimation.functionals import BoolArray, FloatArray, Ratio
from lib.estimation.intervals.split_gamma import WeightedCount
from lib.estimation.misclassification.labeler_rates import LabelerRates, labeler_rates
from lib.estimation.misclassification.weighted_share_interval import weighted_share_interval

# The four cells in the order (label, reference): both not violating, missed, false alarm, both violating.
_LABEL, _REFERENCE = np.array([0.0, 0.0, 1.0, 1.0]), np.array([0.0, 1.0, 0.0, 1.0])


@dataclass(frozen=True)
class RateEstimate:
    """A share with its standard error and interval; all None if there is nothing that it is a share of."""

    estimate: float | None
    std_error: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, eq=False)
class CellDesign(LinearisedDesign):
    """Cells of alike units in place of the units: independent selection, values constant within a cell.

        V̂(Σ w z) = Σ_cells V z²,     V = Σ 1/P² of the cell's units

    Poisson variance (Särndal, Swensson & Wretman 1992, section 3.5) plus that of the labeler itself, (1 - P)/P² + 1/P:
    a labeler's rates are wanted for units of other days as well, so a census does not know them without error.

    Attributes:
        cell_weights: Σ 1/P of each cell
        cell_variances: Σ 1/P² of each cell
        n_units: in all cells

    """

    cell_weights: FloatArray
    cell_variances: FloatArray
    n_units: float

    @property
    def weights(self) -> FloatArray:
        """Σ 1/P of each cell."""
        return self.cell_weights

    def total_covariance(self, values: FloatArray) -> FloatArray:
        """Return Σ V z z' for `values` z of shape (cells, statistics)."""
        covariance: FloatArray = (values * self.cell_variances[:, None]).T @ values
        return covariance

    def degrees_of_freedom(self, is_in_domain: BoolArray | None = None) -> float:  # noqa: ARG002 - cells have no units
        """Return units less 1, at least 1."""
        return max(1.0, self.n_units - 1.0)


@dataclass(frozen=True, eq=False)
class VerdictTable:
    """Sums over the units that have a verdict of both, by cell: (label, reference) = 00, 01, 10, 11; 1 violating.

    Attributes:
        n: units
        weight: Σ 1/P, P the probability of both verdicts
        squared_weight: Σ 1/P²
        score_weight: Σ s/P, s the score in [0, 1], 0 if there is none
        score_squared_weight: Σ s/P²
        missing_weight: Σ 1/P of units drawn to the reference and without a verdict there, by label: (0, 1)

    """

    n: FloatArray
    weight: FloatArray
    squared_weight: FloatArray
    score_weight: FloatArray
    score_squared_weight: FloatArray
    missing_weight: FloatArray

    @cached_property
    def design(self) -> CellDesign:
        """The cells as a design; units without a reference verdict are stood for by those with the same label."""
        factor = self._response_factor
        return CellDesign(self.weight * factor, self.squared_weight * factor**2, float(self.n.sum()))

    @cached_property
    def _response_factor(self) -> FloatArray:
        answered = np.array([self.weight[:2].sum(), self.weight[2:].sum()])
        factor = np.divide(answered + self.missing_weight, answered, out=np.ones(2), where=answered > 0.0)
        return np.repeat(factor, 2)

    @property
    def effective_size(self) -> float:
        """(Σ w)²/Σ w² of the units (Kish 1965)."""
        squares = float(self.design.cell_variances.sum())
        return float(self.design.weights.sum()) ** 2 / squares if squares > 0.0 else 0.0

    def rates(self) -> LabelerRates:
        """Sensitivity and specificity with their covariance; see `labeler_rates`."""
        return labeler_rates(self.design, _LABEL, _REFERENCE)

    def sensitivity(self, level: float) -> RateEstimate:
        """P(label violating | reference violating)."""
        return self._share([3], [1], level)

    def specificity(self, level: float) -> RateEstimate:
        """P(label not violating | reference not violating)."""
        return self._share([0], [2], level)

    def precision(self, level: float) -> RateEstimate:
        """P(reference violating | label violating)."""
        return self._share([3], [2], level)

    def agreement(self, level: float) -> RateEstimate:
        """P(both the same)."""
        return self._share([0, 3], [1, 2], level)

    def kappa(self, level: float) -> AgreementEstimate:
        """Cohen's κ; no limits of it unless agreement of both kinds was seen."""
        found = agreement_estimate(
            self.design, cohen_kappa(_one_hot(_LABEL), _one_hot(_REFERENCE)), effective_size=self.effective_size,
            level=level,
        )  # fmt: skip
        return self._if_both_kinds_agree(found)

    def alpha(self, level: float) -> AgreementEstimate:
        """Krippendorff's nominal α; limits as of κ."""
        size = self.effective_size
        counts = _one_hot(_LABEL) + _one_hot(_REFERENCE)
        # two votes a unit: their effective number is twice the units'
        coefficient = KrippendorffAlpha(counts, np.array([0.0, 1.0]), small_sample=0.5 / size if size > 0.0 else 0.0)
        return self._if_both_kinds_agree(agreement_estimate(self.design, coefficient, effective_size=size, level=level))

    def _if_both_kinds_agree(self, found: AgreementEstimate) -> AgreementEstimate:
        """The limits reach as far as the cells vary, and a cell without a unit has no variance to see.

        Of κ = 0 for one violation that the labeler missed, or of κ = -1 for five verdicts that all differ, they would
        say that it is sure. How far agreement on violations reaches is for sensitivity and precision to tell then,
        whose limits hold where nothing was found.
        """
        if found.estimate is None or (self.n[0] > 0.0 and self.n[3] > 0.0):
            return found
        kind = "not violating" if self.n[3] > 0.0 else "violating"
        return without_limits(
            found.estimate, f"No unit is {kind} by both verdicts, so there are no limits: have more units judged twice."
        )

    def _share(self, part: list[int], rest: list[int], level: float) -> RateEstimate:
        counted = [self._count(cells) for cells in (part, rest)]
        if not counted[0].rate + counted[1].rate > 0.0:
            return RateEstimate(None, None, None, None)
        is_part = np.isin(np.arange(4), part).astype(float)
        is_whole = np.isin(np.arange(4), [*part, *rest]).astype(float)
        found = estimate(self.design, [Ratio(is_part, is_whole)])
        low, high = weighted_share_interval(*counted, level=level)
        return RateEstimate(float(found.values[0]), float(found.std_errors[0]), low, high)

    def _count(self, cells: list[int]) -> WeightedCount:
        return WeightedCount(
            float(self.design.weights[cells].sum()),
            float(self.design.cell_variances[cells].sum()),
            max(self._next_weight(cell) for cell in cells),
        )

    def _next_weight(self, cell: int) -> float:
        """Expected weight of the next unit of a cell: half by the score, half as if the score were blind to it."""
        same_label = [2 * (cell // 2), 2 * (cell // 2) + 1]
        if not self.n[same_label].sum():
            same_label = [0, 1, 2, 3]
        factor = float(self._response_factor[cell])
        weight, square = self.weight[same_label].sum(), self.squared_weight[same_label].sum()
        foreseen, foreseen_square = self.score_weight[same_label].sum(), self.score_squared_weight[same_label].sum()
        if not cell % 2:
            foreseen, foreseen_square = weight - foreseen, square - foreseen_square
        blind = float(square / weight) if weight > 0.0 else 0.0
        by_score = float(foreseen_square / foreseen) if foreseen > 0.0 else blind
        return factor * (blind + by_score) / 2.0


def _one_hot(verdict: FloatArray) -> FloatArray:
    return np.stack([1.0 - verdict, verdict], axis=1)
