"""What the verdicts of a unit are expected to be, given its score: errors of each rung against the one above."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from lib.planning.cells import FloatArray


@dataclass(frozen=True)
class ErrorRates:
    """How often a labeler agrees with the rung above.

    Attributes:
        sensitivity: P(violating | the rung above says violating)
        specificity: P(not violating | the rung above says not violating)

    """

    sensitivity: float
    specificity: float


@dataclass(frozen=True)
class LabelPairs:
    """Weighted counts of verdicts of one rung beside those of the next, for one policy.

    Attributes:
        both: Σ 1/P of units that both rungs find violating
        missed: of units that only the rung above finds violating
        false_alarms: of units that only the rung below finds violating
        neither: of units that no rung finds violating
        sum_squared_weight_positive: Σ 1/P² of units that the rung above finds violating
        sum_squared_weight_negative: Σ 1/P² of the others

    """

    both: float
    missed: float
    false_alarms: float
    neither: float
    sum_squared_weight_positive: float
    sum_squared_weight_negative: float


def measured_error_rates(pairs: LabelPairs, assumed: ErrorRates, *, prior_size: float) -> ErrorRates:
    """The rates seen, each drawn towards the assumed one as if `prior_size` further units had agreed with that.

        rate = (n_eff·seen + n₀·assumed)/(n_eff + n₀),     n_eff = (Σ 1/P)²/Σ 1/P²  (Kish 1965, section 11.7)

    Args:
        pairs: weighted counts
        assumed: the rates without any labels
        prior_size: n₀ > 0, in units

    Returns:
        the rates

    """
    positive, negative = pairs.both + pairs.missed, pairs.false_alarms + pairs.neither

    def drawn(agreed: float, total: float, sum_squared_weight: float, prior: float) -> float:
        if not (total > 0.0 and sum_squared_weight > 0.0):
            return prior
        size = total**2 / sum_squared_weight
        return (size * agreed / total + prior_size * prior) / (size + prior_size)

    return ErrorRates(
        drawn(pairs.both, positive, pairs.sum_squared_weight_positive, assumed.sensitivity),
        drawn(pairs.neither, negative, pairs.sum_squared_weight_negative, assumed.specificity),
    )


def outcomes(n_rungs: int) -> list[tuple[int, ...]]:
    """Every combination of verdicts, lowest rung first: 1 violating, 0 not."""
    return list(product((0, 1), repeat=n_rungs))


def outcome_probabilities(risk: FloatArray, rates: Sequence[ErrorRates]) -> FloatArray:
    """P(verdicts) of each unit, outcomes x units; the verdict of the highest rung violates with probability `risk`.

        P(y_1, ..., y_A) = P(y_A) Π_a P(y_a | y_{a+1})

    Args:
        risk: calibrated score P(violates) of each unit, in [0, 1]
        rates: errors of every rung but the highest against the one above, lowest first

    Returns:
        one row an outcome in the order of `outcomes`; columns sum to 1

    """
    rows = []
    for verdicts in outcomes(len(rates) + 1):
        chance = risk if verdicts[-1] else 1.0 - risk
        for rung, rate in enumerate(rates):
            if verdicts[rung + 1]:
                step = rate.sensitivity if verdicts[rung] else 1.0 - rate.sensitivity
            else:
                step = 1.0 - rate.specificity if verdicts[rung] else rate.specificity
            chance = chance * step
        rows.append(chance)
    return np.stack(rows)


def disagreement(score: FloatArray, verdict: int, assumed: ErrorRates) -> FloatArray:
    """P(the verdict is wrong | verdict, score) by Bayes' rule, as the choice of the rungs' samples predicts it."""
    if verdict:
        wrong, right = (1.0 - score) * (1.0 - assumed.specificity), score * assumed.sensitivity
    else:
        wrong, right = score * (1.0 - assumed.sensitivity), (1.0 - score) * assumed.specificity
    return np.divide(wrong, wrong + right, out=np.full_like(score, 0.5), where=wrong + right > 0)
