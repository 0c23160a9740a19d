"""The variance that Gwet publishes for coefficients with missing votes, to compare with other programs."""

from dataclasses import dataclass

from lib.estimation.agreement.chance_corrected import ChanceCorrected
from lib.estimation.functionals import FloatArray


@dataclass(frozen=True, eq=False)
class GwetVariance:
    """A coefficient with the influence values of Gwet (2014), eq. 2.19, as irrCAC computes its standard errors.

    They take n/n', items over items with a pair, for a constant, and differ from the linearised ones where votes are
    missing. Ours follow the ratio: over repeated samples they are nearer to the spread.

    Attributes:
        coefficient: Fleiss', Gwet's, Conger's or Brennan & Prediger's, over equally weighted items
        pair_share: 1 for items with two votes or more, else 0

    """

    coefficient: ChanceCorrected
    pair_share: FloatArray

    def value(self, weights: FloatArray) -> float:
        """Return the coefficient."""
        return self.coefficient.value(weights)

    def influence(self, weights: FloatArray) -> FloatArray:
        """Return the influence values, one an item."""
        observed, expected = self.coefficient.observed.value(weights), self.coefficient.expected.value(weights)
        n, n_pairs = float(weights.sum()), float(weights @ self.pair_share)
        of_pairs = self.coefficient.observed.influence(weights) * n_pairs + self.pair_share * observed
        by_observed = (of_pairs - expected * self.pair_share) * n / n_pairs + expected - observed
        by_expected = self.coefficient.expected.influence(weights) * n
        influence: FloatArray = (by_observed - by_expected * (1.0 - observed) / (1.0 - expected)) / (1.0 - expected) / n
        return influence
