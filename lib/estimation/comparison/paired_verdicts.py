"""Verdicts of two labelers and of the experts on the same items, and every rate by which the two are compared."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from lib.estimation.comparison.exact_mcnemar import exact_mcnemar
from lib.estimation.comparison.paired_rates import RateDifference, paired_rate_difference
from lib.estimation.designs.pps_with_replacement import PpsWithReplacement
from lib.estimation.functionals import BoolArray, FloatArray, Ratio


@dataclass(frozen=True)
class Disagreement:
    """Items on which only one of two labelers is right, and McNemar's exact p-value, unweighted."""

    n_only_before: int
    n_only_after: int
    exact_p: float


@dataclass(frozen=True, eq=False)
class PairedVerdicts:
    """One policy's verdicts on golden items, one entry an item in every array.

    Attributes:
        truth: the experts' verdict, 1 violating, 0 not
        before: the baseline's, 1, 0, or NaN for no verdict (a refusal is not a negative)
        after: the candidate's, alike
        weights: 1 / probability of being in the set; None for items that were chosen by hand

    """

    truth: npt.ArrayLike
    before: npt.ArrayLike
    after: npt.ArrayLike
    weights: npt.ArrayLike | None = None

    def __post_init__(self) -> None:
        truth, before, after = self._columns
        if not truth.shape == before.shape == after.shape == self._weights.shape:
            raise ValueError("truth, before, after and weights must have one entry an item each.")
        if not np.isin(truth, (0.0, 1.0)).all():
            raise ValueError("truth must be 0 or 1: a golden item has an expert's verdict.")
        for name, column in (("before", before), ("after", after)):
            if not np.isin(column[~np.isnan(column)], (0.0, 1.0)).all():
                raise ValueError(f"{name} must be 0, 1, or NaN where there is no verdict.")

    @cached_property
    def _columns(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        truth, before, after = (np.asarray(c, dtype=np.float64) for c in (self.truth, self.before, self.after))
        return truth, before, after

    @cached_property
    def _weights(self) -> FloatArray:
        if self.weights is None:
            return np.ones(self._columns[0].shape)
        return np.asarray(self.weights, dtype=np.float64)

    @cached_property
    def is_answered(self) -> BoolArray:
        """Whether both gave a verdict: only there can the two be compared."""
        _, before, after = self._columns
        return ~np.isnan(before) & ~np.isnan(after)

    @property
    def n_violating(self) -> int:
        """Violating items on which both gave a verdict."""
        return int(self._answered()[0].sum())

    @property
    def n_not_violating(self) -> int:
        """Other items on which both gave a verdict."""
        return int(self.is_answered.sum()) - self.n_violating

    @property
    def n_disagreements(self) -> int:
        """Items on which the two gave different verdicts."""
        _, before, after, _ = self._answered()
        return int(np.sum(before != after))

    def sensitivity(self, level: float) -> RateDifference | None:
        """P(violating | the experts say so), of both and their difference."""
        return self._difference(lambda truth, verdict: (truth * verdict, truth), level)

    def specificity(self, level: float) -> RateDifference | None:
        """P(not violating | the experts say so), of both and their difference."""
        return self._difference(lambda truth, verdict: ((1.0 - truth) * (1.0 - verdict), 1.0 - truth), level)

    def precision(self, level: float) -> RateDifference | None:
        """P(the experts say violating | the labeler does), of both and their difference."""
        return self._difference(lambda truth, verdict: (truth * verdict, verdict), level)

    def violating_share(self, level: float) -> RateDifference | None:
        """Share called violating: weighted, the prevalence that the labeler's verdicts alone would give."""
        return self._difference(lambda truth, verdict: (verdict, np.ones_like(truth)), level)

    def answered_share(self, level: float) -> RateDifference | None:
        """Share of all items that got a verdict."""
        _, before, after = self._columns
        ones = np.ones_like(before)
        rates = [Ratio((~np.isnan(column)).astype(np.float64), ones) for column in (before, after)]
        if ones.size < 2:
            return None
        return paired_rate_difference(PpsWithReplacement(self._weights), *rates, level=level)

    def disagreement_on(self, truth_value: int) -> Disagreement:
        """McNemar's cross-check on the violating (1) or the other (0) items that both answered."""
        truth, before, after, _ = self._answered()
        of_class = truth == truth_value
        is_right_before, is_right_after = before == truth, after == truth
        n_before = int(np.sum(of_class & is_right_before & ~is_right_after))
        n_after = int(np.sum(of_class & ~is_right_before & is_right_after))
        return Disagreement(n_before, n_after, exact_mcnemar(n_before, n_after))

    def _answered(self) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        truth, before, after = (column[self.is_answered] for column in self._columns)
        return truth, before, after, self._weights[self.is_answered]

    def _difference(
        self, parts: Callable[[FloatArray, FloatArray], tuple[FloatArray, FloatArray]], level: float
    ) -> RateDifference | None:
        truth, before, after, weights = self._answered()
        if truth.size < 2:
            return None
        # With replacement: what is asked is how the two do on content to come, not on these items alone.
        design = PpsWithReplacement(weights)
        return paired_rate_difference(design, Ratio(*parts(truth, before)), Ratio(*parts(truth, after)), level=level)
