"""The weight that the next violation is expected to have, by what the weights and scores of the sampled units say."""

from dataclasses import dataclass

import numpy as np

from lib.estimation.functionals import FloatArray
from lib.estimation.intervals.split_gamma import presumed_risk
from lib.estimation.ladder_moments import LadderMoments, ladder_variables


@dataclass(frozen=True)
class ViolationWeights:
    """Size-biased weights of violations, in the unit of exposure; w is x/P.

    Attributes:
        drawn: k_e = Σ w²(1 - P) / Σ w over the units of the first rung: of a violation that the score does not foresee
        by_score: k_s = Σ w²(1 - P) s / Σ w s over the same units: of one that it does, at most `drawn`
        missed: of a violation that the first rung let pass, on the last rung; 0 with one rung

    """

    drawn: float
    by_score: float
    missed: float = 0.0

    @classmethod
    def of(cls, moments: LadderMoments) -> "ViolationWeights":
        """Read the weights off the moments; without a score k_s is k_e.

        A unit with P = 1 is sampled for certain: it stands for nothing unseen, and 1 - P leaves it out. The moments
        know no squares of the weights on higher rungs: there the mean weight, by score, grows by the factor that the
        size bias has on the first rung.
        """
        variables = ladder_variables(len(moments.rungs))
        exposure, score = variables.index((1, "exposure")), variables.index((1, "score"))
        first, last = moments.tails[0], moments.tail
        drawn = _ratio(moments.products[exposure, exposure], moments.sums[exposure])
        by_score, mean = drawn, first.mean_weight
        if moments.sums[score] > 0.0:
            by_score = min(drawn, _ratio(moments.products[exposure, score], moments.sums[score]))
            mean = min(mean, first.score_weight)
        if len(moments.rungs) == 1:
            return cls(drawn, by_score)
        growth = max(1.0, _ratio(by_score, mean))
        return cls(drawn, by_score, min(last.mean_weight, last.score_weight) * growth)

    @classmethod
    def of_units(
        cls, *, share: FloatArray, unseen: FloatArray, exposure: FloatArray, label: FloatArray, score: FloatArray | None
    ) -> "ViolationWeights":
        """Compute the weights of one rung from its units.

        Without a score the probabilities tell how risky the one who drew the sample took each unit to be (`presumed
        risk`), unless they followed something else, such as views. The violations found say which:

            k_s = k_r + λ (k_e - k_r),      λ = (w̄_y - w̄_r)/(w̄ - w̄_r) within [0, 1]

        with w̄_y the mean weight of the violations found, w̄ that of all units, w̄_r and k_r by presumed risk.

        Args:
            share: w of the sampled units
            unseen: 1 - P of the same units; 1 where P is not known
            exposure: x of the same units
            label: y of the same units
            score: s >= 0 of the same units; None if there is none

        """
        drawn = _ratio(share**2 @ unseen, share.sum())
        if score is not None and (share @ score) > 0.0:
            return cls(drawn, min(drawn, _ratio((share**2 * unseen) @ score, share @ score)))
        risk = presumed_risk(share, exposure)
        by_risk = min(drawn, _ratio((share**2 * unseen) @ risk, share @ risk))
        found, mean, presumed = _ratio(share @ label, label.sum()), share.mean(), _ratio(share @ risk, risk.sum())
        agreement = np.clip(_ratio(found - presumed, mean - presumed), 0.0, 1.0)
        return cls(drawn, float(by_risk + agreement * (drawn - by_risk)))


def _ratio(numerator: FloatArray | float, denominator: FloatArray | float) -> float:
    """Their ratio; 0 where there is nothing to divide by."""
    return float(numerator / denominator) if denominator > 0.0 else 0.0
