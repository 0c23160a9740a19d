"""Krippendorff's alpha for any number of raters, any level of measurement, and missing votes."""

from dataclasses import dataclass

import numpy as np

from lib.estimation.agreement.category_metric import Level, ordinal_gradient, squared_distances
from lib.estimation.agreement.chance_corrected import ROUNDING, Shares
from lib.estimation.functionals import FloatArray


@dataclass(frozen=True, eq=False)
class KrippendorffAlpha:
    """α = 1 - (1 - ε) D_o/D_e over the items with two votes or more.

        D_o = Σ w Σ_kl r_k r_l δ²_kl/(r - 1) / Σ w r      D_e = Σ_kl π_k π_l δ²_kl      π_k = Σ w r_k / Σ w r

    Krippendorff (2019), section 12.3, whose D_e draws pairs of votes without replacement: ε = 1/Σ r. With weights the
    same bias of Σ π_k π_l δ² is ε = Σ w² r/(Σ w r)², Kish's inverse effective number of votes. Alpha's influence
    values are exact, also for ordinal distances, which depend on the shares π; with equal weights they give the
    standard error of Gwet (2014), section 5.4.

    Attributes:
        counts: r_ik, votes of item i for category k
        values: of the categories, ascending
        level: of measurement
        small_sample: ε; None takes Kish's from the weights, which are then those of single items

    """

    counts: FloatArray
    values: FloatArray
    level: Level = "nominal"
    small_sample: float | None = None

    def value(self, weights: FloatArray) -> float:
        """Return α, at most 1; NaN if all votes are alike."""
        observed, expected = self.disagreements(weights)
        return 1.0 - observed / expected if expected > 0.0 else float("nan")

    def disagreements(self, weights: FloatArray) -> tuple[float, float]:
        """Return (1 - ε) D_o and D_e."""
        shares, coincidences = self._shares.values(weights), self._coincidences(weights)
        distances = squared_distances(self.level, self.values, shares)
        observed = (1.0 - self._epsilon(weights)) * float((coincidences * distances).sum())
        expected = float(shares @ distances @ shares)
        largest = float(distances.max(initial=0.0))
        return (observed if observed > ROUNDING * largest else 0.0), expected

    def largest_disagreement(self, weights: FloatArray) -> float:
        """Return the largest δ² between two categories."""
        shares = self._shares.values(weights)
        return float(squared_distances(self.level, self.values, shares).max(initial=0.0))

    def influence(self, weights: FloatArray) -> FloatArray:
        """Return the influence values, one an item; 0 for items without a pair."""
        shares, coincidences = self._shares.values(weights), self._coincidences(weights)
        distances = squared_distances(self.level, self.values, shares)
        of_share = self._shares.influences(weights)
        observed, expected = float((coincidences * distances).sum()), float(shares @ distances @ shares)
        by_observed = self._item_disagreement(distances) - observed * self._votes
        by_observed /= float(weights @ self._votes)
        by_expected = of_share @ (2.0 * distances @ shares)
        if self.level == "ordinal":
            gradient = ordinal_gradient(shares)
            by_observed = by_observed + of_share @ np.einsum("kl,klm->m", coincidences, gradient)
            by_expected = by_expected + of_share @ np.einsum("k,l,klm->m", shares, shares, gradient)
        scale = -(1.0 - self._epsilon(weights)) / expected
        influence: FloatArray = scale * (by_observed - observed / expected * by_expected)
        return influence

    @property
    def _pairable(self) -> FloatArray:
        counts: FloatArray = self.counts * (self.counts.sum(axis=1, keepdims=True) >= 2.0)
        return counts

    @property
    def _votes(self) -> FloatArray:
        votes: FloatArray = self._pairable.sum(axis=1)
        return votes

    @property
    def _shares(self) -> Shares:
        return Shares(self._pairable, self._votes[:, None])

    def _coincidences(self, weights: FloatArray) -> FloatArray:
        """Pairs of votes (k, l) within items, each item r of them, as shares of the weighted votes."""
        counts, votes = self._pairable, self._votes
        per_vote = weights / np.maximum(votes - 1.0, 1.0)
        pairs = (counts * per_vote[:, None]).T @ counts
        own = np.diag(per_vote @ counts)
        coincidences: FloatArray = (pairs - own) / float(weights @ votes)
        return coincidences

    def _item_disagreement(self, distances: FloatArray) -> FloatArray:
        counts = self._pairable
        between = ((counts @ distances) * counts).sum(axis=1)
        disagreement: FloatArray = between / np.maximum(self._votes - 1.0, 1.0)
        return disagreement

    def _epsilon(self, weights: FloatArray) -> float:
        if self.small_sample is not None:
            return self.small_sample
        votes = self._votes
        return float(weights**2 @ votes) / float(weights @ votes) ** 2
