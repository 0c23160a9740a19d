"""Numbers, dates and codes as people read them. One place, so that cards, charts and tables agree."""

import math
from collections.abc import Mapping, Sequence
from datetime import date

import pandas as pd

LEAST_DECIMALS = 2
MOST_DECIMALS = 6

_RUNG_NAMES = {"llm": "LLM", "human": "human", "gold": "gold"}


def interval_decimals(ci_low: float, ci_high: float) -> int:
    """Decimals of a percentage that show an interval's width with two significant digits."""
    width = 100 * (ci_high - ci_low)
    if not width > 0:
        return LEAST_DECIMALS
    return min(MOST_DECIMALS, max(LEAST_DECIMALS, 1 - math.floor(math.log10(width))))


def axis_decimals(highest: float, *, n_ticks: int) -> int:
    """Decimals of a percentage that tell the ticks of an axis from 0 to `highest` apart."""
    if not highest > 0:
        return 0
    return min(MOST_DECIMALS, max(0, -math.floor(math.log10(100 * highest / n_ticks))))


def percent(share: float, *, decimals: int) -> str:
    """Return a share in [0, 1], for example `0.42 %`."""
    return f"{100 * share:.{decimals}f} %"


def percent_interval(ci_low: float, ci_high: float, *, decimals: int) -> str:
    """Return an interval of shares, for example `0.31–0.55 %`."""
    return f"{100 * ci_low:.{decimals}f}–{100 * ci_high:.{decimals}f} %"


def signed_points(difference: float, *, decimals: int) -> str:
    """Return a difference of shares in percentage points with its sign, for example `+0.05` or `−0.05`."""
    text = f"{100 * abs(difference):.{decimals}f}"
    if float(text) == 0:
        return text
    return f"{'+' if difference > 0 else '−'}{text}"


def count(number: float) -> str:
    """Return a whole number with thousands separators; a dash if it is not known."""
    return "–" if pd.isna(number) else f"{round(number):,}"


def label_counts(n_by_rung: Mapping[str, int]) -> str:
    """Labels in all and by rung, for example `4,420 labels (3,980 LLM, 440 human)`."""
    known = {rung: n for rung, n in n_by_rung.items() if n > 0}
    if not known:
        return "no labels"
    parts = ", ".join(f"{count(n)} {_RUNG_NAMES.get(rung, rung)}" for rung, n in known.items())
    return f"{count(sum(known.values()))} labels ({parts})"


def day(moment: date) -> str:
    """Return a day, for example `4 Mar 2024`."""
    return f"{moment.day} {moment:%b %Y}"


def day_range(first: date, last: date) -> str:
    """Return a span of days, for example `4 Mar 2024 – 10 Mar 2024`; a single day is named once."""
    return day(first) if first == last else f"{day(first)} – {day(last)}"


def level(confidence_level: float) -> str:
    """Return a confidence level, for example `95 %`."""
    return f"{100 * confidence_level:g} %"


def plain_words(code: str) -> str:
    """Return a code such as `too_few_positives` as words."""
    return code.replace("_", " ")


def reasons_text(hold_reasons: Sequence[str]) -> str:
    """Reasons in words, for example `too few positives; interval too wide`."""
    return "; ".join(plain_words(reason) for reason in hold_reasons)


def hold_text(hold_reasons: Sequence[str]) -> str:
    """Why a figure is held, for example `held: too few positives`."""
    return f"held: {reasons_text(hold_reasons)}"
