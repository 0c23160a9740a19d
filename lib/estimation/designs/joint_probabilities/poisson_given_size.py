"""Moments of a Poisson sample given its size, from the Fourier transform of the distribution of its size."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lib.estimation.functionals import FloatArray

ComplexArray = npt.NDArray[np.complex128]


@dataclass(frozen=True, eq=False)
class PoissonGivenSize:
    """Units i taken on their own with probability p_i, given that n were taken in all.

    With φ_i(ω) = 1 - p_i + p_i e^{iω}, the chance that units A are in and n are taken is

        (1/M) Σ_ω e^{-iωn} Π_j φ_j(ω) Π_{i in A} factor_i(ω)          factor_i = p_i e^{iω}/φ_i

    over M > N equidistant ω: the inverse of the transform of the size (Fernández & Williams 2010, for Poisson-binomial
    distributions). M is odd, so ω is never π, where φ_i is 0 for p_i = ½. Frequencies come in conjugate pairs, of
    which one is kept. The terms have no differences of large numbers in them: the sums are exact to rounding.

    Attributes:
        factor: (frequencies, units)
        weight: e^{-iωn} Π φ_j/(M P(n)), twice where the conjugate was left out; one a frequency

    """

    factor: ComplexArray
    weight: ComplexArray

    @classmethod
    def of(cls, probability: FloatArray, n: int) -> "PoissonGivenSize":
        """Return the sample given its size `n`; the p_i, in (0, 1), should add up to about n."""
        n_frequencies = probability.size + 1 + probability.size % 2
        omega = 2.0 * np.pi * np.arange(n_frequencies // 2 + 1) / n_frequencies
        turn = np.exp(1j * omega)[:, None] * probability
        transform = 1.0 - probability + turn
        conjugates = np.where(omega > 0.0, 2.0, 1.0)
        weight = conjugates * np.exp(-1j * omega * n) * transform.prod(axis=1)
        return cls(turn / transform, weight / weight.sum().real)

    def single(self, tilt: ComplexArray | float = 1.0) -> FloatArray:
        """Return Re Σ_ω weight · tilt · factor_i: with tilt 1, the probability that unit i is taken given n."""
        return ((self.weight * tilt) @ self.factor).real

    def pairs(self, tilt: ComplexArray | float = 1.0) -> FloatArray:
        """Return Re Σ_ω weight · tilt · factor_i factor_j; with tilt 1 and i ≠ j, P(i and j are taken given n)."""
        joint: FloatArray = ((self.factor * (self.weight * tilt)[:, None]).T @ self.factor).real
        return joint

    def squared_pairs(self) -> FloatArray:
        """Return Re Σ_ω weight · factor_i² factor_j, (i, j)."""
        joint: FloatArray = ((self.factor**2 * self.weight[:, None]).T @ self.factor).real
        return joint
