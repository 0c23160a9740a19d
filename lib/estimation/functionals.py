"""What is estimated from a weighted sample: totals, means and ratios, each with its influence values.

A domain is its indicator times the values, never a filtered sample: every unit takes part in the variance.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


class Functional(Protocol):
    """A smooth function θ of the weighted sample."""

    def value(self, weights: FloatArray) -> float:
        """Return θ̂ under these weights, one weight a sampled unit."""

    def influence(self, weights: FloatArray) -> FloatArray:
        """Return z, one entry a sampled unit, with θ̂ - θ ≈ Σ w z - E(Σ w z): Deville (1999)."""


@dataclass(frozen=True, eq=False)
class Total:
    """Σ w y over the domain (Horvitz & Thompson 1952).

    Attributes:
        values: y of the sampled units
        is_in_domain: indicator of the domain; None for all units

    """

    values: FloatArray
    is_in_domain: BoolArray | None = None

    def value(self, weights: FloatArray) -> float:
        """Return the estimated total, in the unit of `values`."""
        return float(weights @ self.influence(weights))

    def influence(self, weights: FloatArray) -> FloatArray:  # noqa: ARG002 - a total is linear: any weights do
        """Return y, 0 outside the domain."""
        return _within(self.values, self.is_in_domain)


@dataclass(frozen=True, eq=False)
class Ratio:
    """Σ w y / Σ w x over the domain, numerator and denominator both estimated (Hájek 1971; Woodruff 1971).

    Attributes:
        numerator: y of the sampled units
        denominator: x of the sampled units
        is_in_domain: indicator of the domain; None for all units

    """

    numerator: FloatArray
    denominator: FloatArray
    is_in_domain: BoolArray | None = None

    def value(self, weights: FloatArray) -> float:
        """Return the ratio; NaN if the domain has no denominator in the sample."""
        total = float(weights @ _within(self.denominator, self.is_in_domain))
        return float(weights @ _within(self.numerator, self.is_in_domain)) / total if total else float("nan")

    def influence(self, weights: FloatArray) -> FloatArray:
        """Return (y - R x) / Σ w x, 0 outside the domain: Särndal, Swensson & Wretman (1992), eq. 5.6.7."""
        total = float(weights @ _within(self.denominator, self.is_in_domain))
        residual = self.numerator - self.value(weights) * self.denominator
        return _within(residual / total if total else np.full_like(residual, np.nan), self.is_in_domain)


def mean(values: FloatArray, is_in_domain: BoolArray | None = None) -> Ratio:
    """Return the weighted mean Σ w y / Σ w of the domain, the Hájek estimator."""
    return Ratio(values, np.ones_like(values), is_in_domain)


def _within(values: FloatArray, is_in_domain: BoolArray | None) -> FloatArray:
    return values if is_in_domain is None else np.where(is_in_domain, values, 0.0)
