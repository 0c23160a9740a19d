"""Rows of prompt_evaluations from two labelers' verdicts on golden items."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lib.estimation.comparison.paired_costs import CostDifference, paired_cost_difference
from lib.estimation.comparison.paired_rates import RateDifference
from lib.estimation.comparison.paired_verdicts import Disagreement, PairedVerdicts
from lib.estimation.comparison.recommendation import recommendation, rule_in_words, simultaneous_level
from lib.estimation.functionals import FloatArray

DECIDING_RATES = ("sensitivity", "specificity", "answered_share")
_NUMBERS: Mapping[str | None, float] = {"violating": 1.0, "not_violating": 0.0}


@dataclass(frozen=True)
class ComparisonRule:
    """By what a candidate is judged.

    Attributes:
        confidence_level: nominal coverage of each interval shown, in (0, 1), and of all of a run's intervals together
            behind its recommendations
        minimum_violating: violating items with a verdict of both below which nothing is concluded
        minimum_not_violating: the same of other items

    """

    confidence_level: float
    minimum_violating: int
    minimum_not_violating: int


def evaluation_rows(pairs: Sequence[Mapping[str, Any]], *, rule: ComparisonRule) -> list[dict[str, Any]]:
    """Return one row per policy and kind of gold.

    Args:
        pairs: one an item and policy: policy, gold_kind, weight, expert_verdict, is_other_version, and per side
            baseline_… and candidate_… verdict (None: not answered yet) and cost
        rule: levels and floors

    Returns:
        the columns of prompt_evaluations but ds, comparison_id, job_run_id and those that name the sides

    """
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for pair in pairs:
        groups.setdefault((pair["policy"], pair["gold_kind"]), []).append(pair)
    n_policies = len({policy for policy, _ in groups})
    decision_level = simultaneous_level(rule.confidence_level, n_intervals=n_policies * len(DECIDING_RATES))
    return [
        {"policy": policy, "gold_kind": kind} | _row(group, rule=rule, decision_level=decision_level)
        for (policy, kind), group in sorted(groups.items())
    ]


def _row(group: Sequence[Mapping[str, Any]], *, rule: ComparisonRule, decision_level: float) -> dict[str, Any]:
    asked = [p for p in group if p["baseline_verdict"] is not None and p["candidate_verdict"] is not None]
    is_sampled = bool(asked) and asked[0]["gold_kind"] == "sampled"
    verdicts = PairedVerdicts(
        truth=_numbers(asked, "expert_verdict"),
        before=_numbers(asked, "baseline_verdict"),
        after=_numbers(asked, "candidate_verdict"),
        weights=np.array([p["weight"] for p in asked], dtype=np.float64) if is_sampled else None,
    )
    costs = [np.array([_price(p[f"{side}_cost"]) for p in asked]) for side in ("baseline", "candidate")]
    level = rule.confidence_level
    floors = {"minimum_violating": rule.minimum_violating, "minimum_not_violating": rule.minimum_not_violating}
    deciding = {name: getattr(verdicts, name)(decision_level) for name in DECIDING_RATES}
    return {
        "n_items": len(asked),
        "n_not_labelled": len(group) - len(asked),
        "n_other_policy_version": sum(bool(p["is_other_version"]) for p in asked),
        "n_violating": verdicts.n_violating,
        "n_not_violating": verdicts.n_not_violating,
        "n_no_verdict_baseline": sum(p["baseline_verdict"] == "cannot_tell" for p in asked),
        "n_no_verdict_candidate": sum(p["candidate_verdict"] == "cannot_tell" for p in asked),
        "sensitivity": _difference(verdicts.sensitivity(level)),
        "specificity": _difference(verdicts.specificity(level)),
        "precision": _difference(verdicts.precision(level)),
        "answered_share": _difference(verdicts.answered_share(level)),
        "apparent_prevalence": _difference(verdicts.violating_share(level)) if is_sampled else None,
        "mcnemar_violating": _disagreement(verdicts.disagreement_on(1)),
        "mcnemar_not_violating": _disagreement(verdicts.disagreement_on(0)),
        "n_disagreements": verdicts.n_disagreements,
        "cost_per_label": _cost(paired_cost_difference(*costs, level=level)),
        "recommendation": recommendation(
            deciding, n_violating=verdicts.n_violating, n_not_violating=verdicts.n_not_violating, **floors
        ),
        "rule": rule_in_words(rates=DECIDING_RATES, level=decision_level, **floors),
        "confidence_level": level,
        "decision_level": decision_level,
    }


def _numbers(pairs: Sequence[Mapping[str, Any]], name: str) -> FloatArray:
    return np.array([_NUMBERS.get(pair[name], np.nan) for pair in pairs], dtype=np.float64)


def _price(cost: float | None) -> float:
    """What a label costs; NaN if not known, and for an answer that was paid for earlier and now costs nothing."""
    return float(cost) if cost else float("nan")


def _difference(found: RateDifference | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "baseline": found.before,
        "candidate": found.after,
        "difference": found.difference,
        "std_error": found.std_error,
        "ci_low": found.low,
        "ci_high": found.high,
        "n_items": found.n_items,
        "effective_size": found.effective_size,
    }


def _disagreement(found: Disagreement) -> dict[str, Any]:
    return {
        "n_only_baseline": found.n_only_before,
        "n_only_candidate": found.n_only_after,
        "exact_p": found.exact_p,
    }


def _cost(found: CostDifference | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "baseline": found.before,
        "candidate": found.after,
        "difference": found.difference,
        "ci_low": found.low,
        "ci_high": found.high,
        "n_items": found.n_items,
    }
