"""Agreement beyond chance: (p_a - p_e)/(1 - p_e), each part a function of the weighted sample."""

from dataclasses import dataclass

import numpy as np

from lib.estimation.functionals import FloatArray, Functional

ROUNDING = 1e-12


@dataclass(frozen=True, eq=False)
class Shares:
    """Several ratios Σ w y_j / Σ w x_j side by side.

    Attributes:
        numerators: y, (units, shares)
        denominators: x, (units, shares), or (units, 1) for one they have in common

    """

    numerators: FloatArray
    denominators: FloatArray

    def values(self, weights: FloatArray) -> FloatArray:
        """Return the shares; one without a denominator in the sample is 0."""
        totals, bases = weights @ self.numerators, weights @ self.denominators
        return np.divide(totals, bases, out=np.zeros_like(totals), where=bases != 0.0)

    def influences(self, weights: FloatArray) -> FloatArray:
        """Return (y_j - R_j x_j)/Σ w x_j: (units, shares), Särndal, Swensson & Wretman (1992), eq. 5.6.7."""
        bases = weights @ self.denominators
        residuals = self.numerators - self.values(weights) * self.denominators
        return np.divide(residuals, bases, out=np.zeros_like(residuals), where=bases != 0.0)


@dataclass(frozen=True, eq=False)
class QuadraticForm:
    """m'Qm of the shares m: the agreement that chance alone would give.

    Attributes:
        shares: m
        matrix: Q, (shares, shares)

    """

    shares: Shares
    matrix: FloatArray

    def value(self, weights: FloatArray) -> float:
        """Return m'Qm."""
        m = self.shares.values(weights)
        return float(m @ self.matrix @ m)

    def influence(self, weights: FloatArray) -> FloatArray:
        """Return z'(Q + Q')m, z the influences of the shares."""
        gradient = (self.matrix + self.matrix.T) @ self.shares.values(weights)
        influence: FloatArray = self.shares.influences(weights) @ gradient
        return influence


@dataclass(frozen=True, eq=False)
class ChanceCorrected:
    """(p_a - p_e)/(1 - p_e); its influence is z_a/(1 - p_e) - z_e (1 - p_a)/(1 - p_e)².

    Attributes:
        observed: p_a
        expected: p_e

    """

    observed: Functional
    expected: Functional

    def value(self, weights: FloatArray) -> float:
        """Return the coefficient, at most 1; NaN if chance alone agrees always."""
        observed, expected = self.disagreements(weights)
        return 1.0 - observed / expected if expected > 0.0 else float("nan")

    def disagreements(self, weights: FloatArray) -> tuple[float, float]:
        """Return 1 - p_a and 1 - p_e; 0 for what is rounding."""
        observed, expected = 1.0 - self.observed.value(weights), 1.0 - self.expected.value(weights)
        return (observed if observed > ROUNDING else 0.0), (expected if expected > ROUNDING else 0.0)

    def largest_disagreement(self, weights: FloatArray) -> float:  # noqa: ARG002 - of any sample
        """Return 1: no pair can disagree more."""
        return 1.0

    def influence(self, weights: FloatArray) -> FloatArray:
        """Return the influence values, one a unit."""
        beyond_chance = 1.0 - self.expected.value(weights)
        disagreement = float((1.0 - self.observed.value(weights)) / beyond_chance)
        by_observed, by_expected = self.observed.influence(weights), self.expected.influence(weights)
        influence: FloatArray = (by_observed - disagreement * by_expected) / beyond_chance
        return influence


def within_items(counts: FloatArray, alike: FloatArray) -> FloatArray:
    """Return the agreement of each item's pairs of votes, Σ_k r_k (r*_k - 1)/(r (r - 1)), r*_k = Σ_l a_kl r_l.

    Gwet (2014), "Handbook of Inter-Rater Reliability", eq. 2.9; 0 for items without a pair.
    """
    votes = counts.sum(axis=1)
    agreeing = (counts * (counts @ alike - 1.0)).sum(axis=1)
    pairs = votes * (votes - 1.0)
    agreement: FloatArray = np.divide(agreeing, pairs, out=np.zeros_like(votes), where=votes >= 2.0)
    return agreement
