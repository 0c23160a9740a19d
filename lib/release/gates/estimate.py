"""Whether there is an estimate at all, and whether what it rests on and how far it reaches are enough."""

import math
from collections.abc import Mapping
from typing import Any

from lib.release.gates.gate import GateResult, held_against, held_for_lack, known_number
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
    rate, scope = known_number(number["missing_label_rate"]), _scope(number, _OF_ANY_ESTIMATOR)
    if rate is None:
        reason = f"missing_label_rate is {number['missing_label_rate']}; label the sample and estimate the day again"
        return held_for_lack("missing_labels", maximum_rate, reason=reason, scope=scope)
    reason = (
        f"{rate:.1%} of the weight of the units on a rung of the ladder has no usable verdict, more than the "
        f"allowed {maximum_rate:.1%}; label the rest and estimate the day again"
    )
    return held_against("missing_labels", rate, maximum_rate, reason=reason, scope=scope)


def enough_labels(number: Mapping[str, Any], settings: ReleaseSettings) -> list[GateResult]:
    """Units with a verdict on every rung in use, against the rung's minimum: a quantity of the design."""
    results = []
    for rung, minimum in settings.minimum_labels.items():
        n_labelled, scope = known_number(number[f"n_{rung}"]), _scope(number, _OF_ANY_ESTIMATOR)
        if n_labelled is None:
            reason = f"n_{rung} is {number[f'n_{rung}']}; estimate the day again"
            results.append(
                held_for_lack("enough_labels", minimum, reason=reason, is_floor=True, scope=scope, subject=rung)
            )
        elif n_labelled:
            reason = (
                f"{n_labelled:.0f} units with a {rung} verdict, {minimum} are needed; "
                "label more of them, or read a longer period or a larger segment"
            )
            results.append(
                held_against(
                    "enough_labels", n_labelled, minimum, reason=reason, is_floor=True, scope=scope, subject=rung
                )
            )
    return results


def positives(number: Mapping[str, Any], settings: ReleaseSettings) -> GateResult:
    """Violating units by the highest rung's verdict: with few of them the interval can be far too short.

    The reason does not say how many: it is shown with the number also where that is held, which could be read from it.
    """
    n_found, minimum = known_number(number["n_positive_highest_rung"]), settings.minimum_positives
    scope = _scope(number, _OF_ANY_ESTIMATOR)
    if n_found is None:
        reason = f"n_positive_highest_rung is {number['n_positive_highest_rung']}; estimate the day again"
        return held_for_lack("positives", minimum, reason=reason, is_floor=True, scope=scope)
    reason = (
        f"fewer violating units by the highest rung than the {minimum} wished for; the interval may be too short: "
        "read a longer period"
    )
    return held_against("positives", n_found, minimum, reason=reason, is_floor=True, scope=scope)


def relative_width(number: Mapping[str, Any], settings: ReleaseSettings) -> GateResult:
    """Half the width of the interval over the estimate; without a figure where the estimate is 0.

    The figure is not in the reason, as with `positives`: few positives make a wide interval, so it tells how many.
    """
    share = number["prevalence"]
    figure = (number["ci_high"] - number["ci_low"]) / (2.0 * share) if share else None
    limit = settings.maximum_relative_width
    reason = (
        f"the interval is wider than {limit:g} times the estimate to either side; read a longer period or label more"
    )
    return held_against("relative_width", figure, limit, reason=reason, scope=_scope(number))


def _scope(number: Mapping[str, Any], names: tuple[str, ...] = SCOPE) -> dict[str, str]:
    return {name: str(number[name]) for name in names}
