"""Whether a labeler judges the same items otherwise than at first."""

import math
from dataclasses import dataclass

from scipy import stats

from lib.estimation.comparison.exact_mcnemar import exact_mcnemar


@dataclass(frozen=True)
class PairedVerdicts:
    """Items judged at first and now, as counts.

    Attributes:
        n: items
        n_mended: wrong at first, right now
        n_spoilt: right at first, wrong now
        n_to_violating: called violating now, not at first
        n_to_not_violating: called violating at first, not now
        n_changed: verdict changed in any way, `cannot_tell` included

    """

    n: int
    n_mended: int
    n_spoilt: int
    n_to_violating: int
    n_to_not_violating: int
    n_changed: int


@dataclass(frozen=True)
class Drift:
    """How the verdicts on pinned items moved.

    Attributes:
        change: accuracy now less accuracy at first
        low: lower limit of the change
        high: upper limit
        flip_rate: share of items whose verdict changed
        p_value: the smaller of the tests on accuracy and on the share called violating, doubled (Bonferroni)

    """

    change: float
    low: float
    high: float
    flip_rate: float
    p_value: float


def drift(pairs: PairedVerdicts, *, level: float) -> Drift:
    """Return the paired change of accuracy with its interval, and the chance of changes as one-sided as these.

        change = (n_mended - n_spoilt)/n      limits by p = (count + 1)/(n + 2):
        (p_m - p_s) ± z √((p_m + p_s - (p_m - p_s)²)/(n + 2))      Bonett & Price (2012), eq. 4

    The tests are McNemar's (1947), exact: of the items that changed, half should have gone either way. Accuracy does
    not see a labeler that has become as much laxer on violations as it has become right on the others; the share called
    violating does.

    Args:
        pairs: counts
        level: nominal coverage in (0, 1)

    Returns:
        the drift

    Raises:
        ValueError: there is no item, or counts are larger than n

    """
    for first, second in ((pairs.n_mended, pairs.n_spoilt), (pairs.n_to_violating, pairs.n_to_not_violating)):
        if not (pairs.n > 0 and min(first, second) >= 0 and first + second <= pairs.n):
            raise ValueError(f"n: {first} and {second} changes of {pairs.n} items; give counts of the same items.")
    better, worse = ((count + 1.0) / (pairs.n + 2.0) for count in (pairs.n_mended, pairs.n_spoilt))
    z = float(stats.norm.isf((1.0 - level) / 2.0))
    reach = z * math.sqrt((better + worse - (better - worse) ** 2) / (pairs.n + 2.0))
    p_values = (
        exact_mcnemar(pairs.n_mended, pairs.n_spoilt),
        exact_mcnemar(pairs.n_to_violating, pairs.n_to_not_violating),
    )
    return Drift(
        change=(pairs.n_mended - pairs.n_spoilt) / pairs.n,
        low=max(-1.0, better - worse - reach),
        high=min(1.0, better - worse + reach),
        flip_rate=pairs.n_changed / pairs.n,
        p_value=min(1.0, 2.0 * min(p_values)),
    )
