"""Whether there is an estimate at all, and whether what it rests on and how far it reaches are enough."""

import math
from collections.abc import Mapping
from typing import Any

from lib.release.gates.gate import GateResult, held_against
from schemas.contracts.release_settings import ReleaseSettings
from schemas.release_gates import SCOPE

# Reasons of the estimate that have a gate of their own, or that end with the release.
_ANSWERED_ELSEWHERE = ("missing_labels:", "not_yet_released:")
_OF_ANY_ESTIMATOR = tuple(name for name in SCOPE if name != "estimator")


def estimable(number: Mapping[str, Any]) -> GateResult:
    """Whether the number, a row of `prevalence`, has an estimate with an interval: figure 1 or 0, at least 1."""
    figures = [number[name] for name in ("prevalence", "std_error", "ci_low", "ci_high")]
    is_there = all(figure is not None and math.isfinite(figure) for figure in figures)
    said = [reason for reason in number["hold_reasons"] if not reason.startswith(_ANSWERED_ELSEWHERE)]
    reason = (
        "; ".join(said) or "there is no estimate with an interval; see the other reasons, or estimate the day again"
    )
    return held_against("estimable", float(is_there), 1.0, reason=reason, is_floor=True, scope=_scope(number))


def missing_labels(number: Mapping[str, Any], *, maximum_rate: float) -> GateResult:
    """Non-response: the weighted share of the sample without a usable verdict, in [0, 1], against `maximum_rate`."""
    rate = float(number["missing_label_rate"])
    return held_against(
        "missing_labels",
        rate,
        maximum_rate,
        reason=f"{rate:.1%} of the weight of the units on a rung of the ladder has no usable verdict, more than the "
        f"allowed {maximum_rate:.1%}; label the rest and estimate the day again",
        scope=_scope(number, _OF_ANY_ESTIMATOR),
    )


def enough_labels(number: Mapping[str, Any], settings: ReleaseSettings) -> list[GateResult]:
    """Units with a verdict on every rung in use, against the rung's minimum: a quantity of the design."""
    results = []
    for rung, minimum in settings.minimum_labels.items():
        n_labelled = int(number[f"n_{rung}"])
        if n_labelled:
            reason = (
                f"{n_labelled} units with a {rung} verdict, {minimum} are needed; "
                "label more of them, or read a longer period or a larger segment"
            )
            scope = _scope(number, _OF_ANY_ESTIMATOR)
            results.append(
                held_against(
                    "enough_labels", n_labelled, minimum, reason=reason, is_floor=True, scope=scope, subject=rung
                )
            )
    return results


def positives(number: Mapping[str, Any], settings: ReleaseSettings) -> GateResult:
    """Violating units by the highest rung's verdict: with few of them the interval can be far too short."""
    n_found = int(number["n_positive_highest_rung"])
    return held_against(
        "positives",
        n_found,
        settings.minimum_positives,
        reason=f"{n_found} violating units by the highest rung, {settings.minimum_positives} are wished for; "
        "the interval may be too short: read a longer period",
        is_floor=True,
        scope=_scope(number, _OF_ANY_ESTIMATOR),
    )


def relative_width(number: Mapping[str, Any], settings: ReleaseSettings) -> GateResult:
    """Half the width of the interval over the estimate; without a figure where the estimate is 0."""
    share = number["prevalence"]
    figure = (number["ci_high"] - number["ci_low"]) / (2.0 * share) if share else None
    limit = settings.maximum_relative_width
    reason = (
        ""
        if figure is None
        else f"the interval is {figure:.2g} times the estimate to either side, wider than {limit:g}"
    )
    return held_against(
        "relative_width", figure, limit, reason=f"{reason}; read a longer period or label more", scope=_scope(number)
    )


def _scope(number: Mapping[str, Any], names: tuple[str, ...] = SCOPE) -> dict[str, str]:
    return {name: str(number[name]) for name in names}
