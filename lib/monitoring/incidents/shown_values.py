"""Values of streams as people read them."""

from collections.abc import Mapping
from typing import Any

_SHARES = ("prevalence", "labeler", "score", "join_loss")


def shown_value(value: float, family: str, measure: str) -> str:
    """A share in percent, a volume as a whole number, a ratio as a number: three digits that count."""
    if family in _SHARES:
        return f"{100.0 * value:.3g} %"
    if family == "volume":
        return f"{value:,.0f} {measure}"
    return f"{value:.3g}"


def shown_change(evidence: Mapping[str, Any]) -> str:
    """The relative change with its interval; the ratio from three times on."""
    ratio, low, high = (evidence[name] for name in ("ratio", "ratio_low", "ratio_high"))
    if ratio is None:
        return "there was nothing before to compare with"
    if ratio >= 3.0:
        upper = "more" if high is None else f"{high:.3g}"
        return f"{ratio:.3g} times ({low:.3g} to {upper})"
    upper = "more" if high is None else f"{100.0 * (high - 1.0):+.0f} %"
    return f"{100.0 * (ratio - 1.0):+.0f} % ({100.0 * (low - 1.0):+.0f} % to {upper})"
