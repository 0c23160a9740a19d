"""Whether the day's scores are like those of the days before: their level, and how they spread over the strata."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np

from lib.estimation.divergence import jensen_shannon
from lib.release.gates.gate import GateResult, held_against, held_for_lack
from schemas.contracts.release_settings import GateName, ReleaseSettings


def score_drift(
    rows: Iterable[Mapping[str, Any]], settings: ReleaseSettings, *, policies: Sequence[str], ds: date
) -> list[GateResult]:
    """Level and mix of the score totals of day `ds` against the days before it, per policy.

    The level is the mean score of the day over that of the earlier days, or its inverse if that is larger. The mix is
    the Jensen-Shannon divergence (Lin 1991, eq. 3.1) in bits between the strata's shares of the score total.
    `rows`: ds, stratum, policy, score_total and exposure_total of one measure, of the day and of the window before
    it; strata without a score are absent. Without a score on the day or before it there is nothing to go by; a total
    that is no number >= 0 breaks both gates.
    """
    by_policy: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        by_policy[str(row["policy"])].append(row)
    results = []
    for policy in policies:
        today = [row for row in by_policy[policy] if row["ds"] == ds]
        before = [row for row in by_policy[policy] if row["ds"] < ds]
        scope = {"period": "day", "policy": policy}
        fault = _fault([*today, *before])
        if fault is not None:
            limits: dict[GateName, float] = {
                "score_level": settings.maximum_score_ratio,
                "score_mix": settings.maximum_score_divergence,
            }
            results += [held_for_lack(gate, limit, reason=fault, scope=scope) for gate, limit in limits.items()]
            continue
        ratio, divergence = _level(today, before), _mix(today, before)
        limit = settings.maximum_score_ratio
        said = f"the mean score is {ratio or 0:.2g} times that of the days before, or the inverse, more than {limit:g}"
        remedy = "look at scorer and traffic; the number is unbiased all the same"
        results.append(held_against("score_level", ratio, limit, reason=f"{said}; {remedy}", scope=scope))
        limit = settings.maximum_score_divergence
        said = f"the strata's shares of the score total are {divergence or 0:.3f} bits from before, more than {limit:g}"
        results.append(held_against("score_mix", divergence, limit, reason=f"{said}; {remedy}", scope=scope))
    return results


def jensen_shannon_divergence(first: Sequence[float], second: Sequence[float]) -> float:
    """Jensen-Shannon divergence of two distributions in bits, in [0, 1] (Lin 1991, eq. 3.1).

    The entries are >= 0 and are normalised to sum 1; raises ValueError if the lengths differ, an entry is negative or
    not finite, or one of the sums is not positive.
    """
    shares = [np.asarray(values, dtype=float) for values in (first, second)]
    if shares[0].size != shares[1].size:
        raise ValueError(f"second: {shares[1].size} entries beside {shares[0].size}; give both the same categories")
    for values in shares:
        wrong = values[~(np.isfinite(values) & (values >= 0))]
        if wrong.size:
            raise ValueError(f"a distribution has the entry {wrong[0]:g}; entries are finite and >= 0")
        if not values.max(initial=0.0) > 0:
            raise ValueError("a distribution sums to 0; it needs a positive entry")
    # by the largest entry first: a sum of very large entries is no number
    return float(jensen_shannon(*(values / values.max() for values in shares)))


def _fault(rows: Sequence[Mapping[str, Any]]) -> str | None:
    for row in rows:
        for name in ("score_total", "exposure_total"):
            if not 0.0 <= float(row[name]) < math.inf:
                return (
                    f"{name} of stratum {row['stratum']} on {row['ds']} is {row[name]}, it must be a finite number "
                    ">= 0; score the day again"
                )
    return None


def _level(today: Sequence[Mapping[str, Any]], before: Sequence[Mapping[str, Any]]) -> float | None:
    means = [_mean(rows) for rows in (today, before)]
    now, then = means
    if now is None or then is None:
        return None
    if not now or not then:
        return None if now == then else math.inf
    return max(now / then, then / now)


def _mean(rows: Sequence[Mapping[str, Any]]) -> float | None:
    exposure = sum(float(row["exposure_total"]) for row in rows)
    return sum(float(row["score_total"]) for row in rows) / exposure if exposure > 0 else None


def _mix(today: Sequence[Mapping[str, Any]], before: Sequence[Mapping[str, Any]]) -> float | None:
    strata = sorted({str(row["stratum"]) for row in (*today, *before)})
    totals = [
        [sum(float(row["score_total"]) for row in rows if row["stratum"] == stratum) for stratum in strata]
        for rows in (today, before)
    ]
    if not all(sum(values) > 0 for values in totals):
        return None
    return jensen_shannon_divergence(*totals)
