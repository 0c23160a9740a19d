"""Numbers, dates and codes as people read them. One place, so that cards, charts and tables agree.

`templates/dashboard_numbers.js` says the same numbers after a filter; a test in a browser holds the two to each other.
"""

import math
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import pandas as pd

from lib.estimation.change.difference import Change

LEAST_DECIMALS = 2
MOST_DECIMALS = 6
SIGNIFICANT_DIGITS = 6
PER_CENT = "\N{NO-BREAK SPACE}%"

_RUNG_NAMES = {"llm": "an LLM", "human": "people", "gold": "experts"}
_ONE_IN_DIGITS = 2


def interval_decimals(ci_low: float, ci_high: float) -> int:
    """Decimals of a percentage that show an interval's width with two significant digits."""
    width = 100 * (ci_high - ci_low)
    if not width > 0:
        return LEAST_DECIMALS
    return min(MOST_DECIMALS, max(LEAST_DECIMALS, 1 - math.floor(math.log10(width))))


def rounded(number: float) -> float:
    """Return a figure as the page holds it: six significant digits; the tables have the others."""
    return float(f"{number:.{SIGNIFICANT_DIGITS}g}")


def fixed(number: float, *, decimals: int) -> str:
    """Return a number with `decimals`; a half goes away from zero, as in a browser."""
    return str(Decimal(number).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP))


def percent(share: float, *, decimals: int) -> str:
    """Return a share in [0, 1], for example `0.42 %`."""
    return f"{fixed(100 * share, decimals=decimals)}{PER_CENT}"


def percent_interval(ci_low: float, ci_high: float, *, decimals: int) -> str:
    """Return an interval of shares, for example `0.31–0.55 %`."""
    return f"{fixed(100 * ci_low, decimals=decimals)}–{percent(ci_high, decimals=decimals)}"


def one_in(share: float) -> str:
    """Return a share as a number of cases, to two digits, for example `about 1 in 130`."""
    if not share > 0:
        return "none found"
    cases = Decimal(1 / share)
    digits = Decimal(1).scaleb(cases.adjusted() + 1 - _ONE_IN_DIGITS)
    return f"about 1 in {count(float(cases.quantize(max(digits, Decimal(1)), ROUND_HALF_UP)))}"


def signed_points(difference: float, *, decimals: int) -> str:
    """Return a difference of shares in percentage points with its sign, for example `+0.05` or `−0.05`."""
    text = fixed(100 * abs(difference), decimals=decimals)
    if float(text) == 0:
        return text
    return f"{'+' if difference > 0 else '−'}{text}"


def points_range(change: Change, *, decimals: int) -> str:
    """Return a change with its range, for example `+0.05 points (−0.09 to +0.20)`."""
    points, low, high = (signed_points(v, decimals=decimals) for v in (change.difference, change.low, change.high))
    return f"{points} points ({low} to {high})"


def count(number: float) -> str:
    """Return a whole number with thousands separators; a half goes up, as in a browser; a dash if it is not known."""
    return "–" if pd.isna(number) else f"{math.floor(number + 0.5):,}"


def judged_units(n_by_rung: Mapping[str, int]) -> str:
    """Return who judged how many units, for example `An LLM judged 14,000 units, people 3,530 of them.`."""
    known = [(_RUNG_NAMES.get(rung, rung), n) for rung, n in n_by_rung.items() if n > 0]
    if not known:
        return "No unit was judged."
    (first, n_first), *higher = known
    again = [f", {who} {count(n)} of them" for who, n in higher]
    return sentence(f"{first} judged {count(n_first)} units{''.join(again)}")


def day(moment: date) -> str:
    """Return a day, for example `4 Mar 2024`."""
    return f"{moment.day} {moment:%b %Y}"


def day_range(first: date, last: date) -> str:
    """Return a span of days, for example `4–10 Mar 2024`; what both ends share is said once."""
    if first == last:
        return day(first)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{day(last)}"
    return f"{first.day} {first:%b} – {day(last)}" if first.year == last.year else f"{day(first)} – {day(last)}"


def level(confidence_level: float) -> str:
    """Return a confidence level, for example `95 %`."""
    return f"{100 * confidence_level:g}{PER_CENT}"


def plain_words(code: str) -> str:
    """Return a code such as `too_few_positives` as words."""
    return code.replace("_", " ")


def capital(text: str) -> str:
    """Return `text` with a capital at its head."""
    return f"{text[:1].upper()}{text[1:]}"


def sentence(text: str) -> str:
    """Return `text` with a capital at its head and a full stop at its end."""
    return capital(text) + ("" if text.endswith((".", "!", "?")) else ".")


def listed(names: Sequence[str]) -> str:
    """Return names as a list in words, for example `a, b and c`."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
