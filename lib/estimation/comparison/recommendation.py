"""What to conclude from a comparison of two labelers: a closed list of answers, and the rule in words."""

from collections.abc import Mapping
from typing import Literal, get_args

from lib.estimation.comparison.paired_rates import RateDifference

Recommendation = Literal["better", "worse", "mixed", "no difference shown", "not enough gold"]
RECOMMENDATIONS: tuple[Recommendation, ...] = get_args(Recommendation)


def recommendation(
    differences: Mapping[str, RateDifference | None],
    *,
    n_violating: int,
    n_not_violating: int,
    minimum_violating: int,
    minimum_not_violating: int,
) -> Recommendation:
    """Return what the intervals of `differences` show of the candidate.

    `better`: at least one interval lies above 0 and none below; `worse`: one below and none above; `mixed`: both, a
    person has to weigh them. All intervals must hold together, so give them at `simultaneous_level`. Refusing to answer
    must not look like getting better: the share that was answered is one of the rates.

    Args:
        differences: rate to its difference, candidate less baseline, each a rate of which more is better
        n_violating: violating items on which both gave a verdict
        n_not_violating: other items alike
        minimum_violating: items below which nothing is concluded
        minimum_not_violating: the same of other items

    Returns:
        one of RECOMMENDATIONS

    """
    if n_violating < minimum_violating or n_not_violating < minimum_not_violating:
        return "not enough gold"
    known = [difference for difference in differences.values() if difference is not None]
    gains, losses = any(d.low > 0.0 for d in known), any(d.high < 0.0 for d in known)
    if gains and losses:
        return "mixed"
    if gains or losses:
        return "better" if gains else "worse"
    return "no difference shown"


def simultaneous_level(level: float, *, n_intervals: int) -> float:
    """Return the level of each of `n_intervals` that hold together at `level`: 1 - (1 - level)/n (Bonferroni)."""
    return 1.0 - (1.0 - level) / max(1, n_intervals)


def rule_in_words(*, rates: tuple[str, ...], level: float, minimum_violating: int, minimum_not_violating: int) -> str:
    """Return the rule that `recommendation` follows, one sentence a case."""
    return (
        f"Compared are {', '.join(rates)} (candidate less baseline, intervals at {100 * level:.4g} % each). "
        "better: at least one interval lies above 0 and none below. worse: at least one below and none above. "
        "mixed: both. no difference shown: neither, which does not say that there is none. "
        f"not enough gold: fewer than {minimum_violating} violating or {minimum_not_violating} other items with a "
        "verdict of both."
    )
