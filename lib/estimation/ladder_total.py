"""The label ladder as a linear form of its moments: the estimated total and its variance for given coefficients."""

from dataclasses import dataclass

import numpy as np

from lib.estimation.ladder_moments import FloatArray, LadderMoments, ladder_variables


@dataclass(frozen=True)
class LadderForm:
    """Total and variance as functions of θ = (B_exposure, B_score, λ2, ...), one λ a rung above the first.

    With d1 = λ2·label_1 - B'a, d2 = λ3·label_2 - λ2·label_1, d3 = label_3 - λ3·label_2 (on the last rung in use its own
    label stands alone), the residuals of a unit are c'z with c = offset + slope @ θ, so

        Ŷ(θ) = B'A_U + sums'c        V̂(θ) = c' products c

    the second being Σ_a Σ_Sa d_a²(1/P_a - 1)/P_a + 2 Σ_{a<b} Σ_Sb d_a d_b (1/P_a - 1)/P_b: with Poisson sampling and
    independent random numbers on every rung, Cov(Σ_Sa d_a/P_a, Σ_Sb d_b/P_b) = Σ_U d_a d_b (1/P_a - 1) for a <= b.
    Source: Särndal, Swensson & Wretman (1992), section 6.3 (difference estimator) and chapter 9 (two phases).

    Attributes:
        moments: the moments of the row
        offset: c at θ = 0
        slope: derivative of c by θ, one column a coefficient
        known_totals: derivative of B'A_U by θ

    """

    moments: LadderMoments
    offset: FloatArray
    slope: FloatArray
    known_totals: FloatArray

    @classmethod
    def of(cls, moments: LadderMoments) -> "LadderForm":
        """Write the ladder of these moments as a linear form."""
        n_rungs = len(moments.rungs)
        variables = ladder_variables(n_rungs)
        offset = np.zeros(len(variables))
        slope = np.zeros((len(variables), n_rungs + 1))
        offset[variables.index((n_rungs, f"label_{n_rungs}"))] = 1.0
        slope[variables.index((1, "exposure")), 0] = -1.0
        slope[variables.index((1, "score")), 1] = -1.0
        for rung in range(2, n_rungs + 1):
            slope[variables.index((rung - 1, f"label_{rung - 1}")), rung] = 1.0
            slope[variables.index((rung, f"label_{rung - 1}")), rung] = -1.0
        known_totals = np.zeros(n_rungs + 1)
        known_totals[:2] = moments.exposure_total, moments.score_total
        return cls(moments=moments, offset=offset, slope=slope, known_totals=known_totals)

    def total(self, theta: FloatArray) -> float:
        """Return Ŷ, the estimated exposure in violation, in the unit of exposure."""
        return float(self.known_totals @ theta + self.moments.sums @ (self.offset + self.slope @ theta))

    def variance(self, theta: FloatArray) -> float:
        """Return V̂(Ŷ); a rounding error below 0 is 0."""
        c = self.offset + self.slope @ theta
        return max(0.0, float(c @ self.moments.products @ c))
