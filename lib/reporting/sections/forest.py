"""A table whose rows carry their figure as a dot with its interval, all on one scale from zero."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from lib.reporting import figures
from lib.reporting.charts.interval_strip import Strip, strip_of
from lib.reporting.charts.scale import readable_top, tick_label
from lib.reporting.estimates import Figure
from lib.reporting.numbers import Number, trust_of
from lib.reporting.trust import TRUST_TITLES

WHOLE: Final = "Overall"


@dataclass(frozen=True)
class ForestRow:
    """One row; without a figure, `remark` says why. `n` is the number of labelled units behind it."""

    key: str
    name: str
    n: str
    share: str = ""
    interval: str = ""
    strip: Strip | None = None
    remark: str = ""
    is_whole: bool = False


@dataclass(frozen=True)
class Forest:
    """The table of one policy; `folded` names the rows that have too few labels for a figure."""

    policy: str
    title: str
    top_label: str
    rows: Sequence[ForestRow]
    folded: Sequence[str]


def forest_of(
    numbers: Mapping[tuple[str, str], Number | None],
    *,
    policy: str,
    title: str,
    decimals: int,
    whole: Number | None = None,
    top: float | None = None,
) -> Forest:
    """Return the table of one policy.

    Args:
        numbers: (key, name) to number, in the order of the rows.
        policy: the policy's id.
        title: its title.
        decimals: decimals of its percentages.
        whole: the number that the rows are parts of; it becomes the first row and a line through all of them.
        top: the end of the scale; None: where most of the intervals ask for it.

    """
    overall = None if whole is None else whole.estimate.figure
    shown = [*_figures(numbers.values()), *([] if overall is None else [overall])]
    end = readable_top(shown) if top is None else top
    reference = None if overall is None else overall.prevalence
    # A surface that calls itself all of them must not take their place.
    parts = {(key, f"{name} (the name of one)" if name == WHOLE else name): n for (key, name), n in numbers.items()}
    first = {("all", WHOLE): whole} if whole is not None else {}
    rows, folded = [], []
    for (key, name), number in (*first.items(), *parts.items()):
        if number is not None and number.trust.state == "few":
            folded.append(f"{name} ({figures.count(number.estimate.n_first_rung)})")
            continue
        row = _row(key, name, number, decimals=decimals, top=end, reference=reference, is_whole=number is whole)
        rows.append(row)
    return Forest(policy, title, tick_label(end), rows, folded)


def _row(
    key: str,
    name: str,
    number: Number | None,
    *,
    decimals: int,
    top: float,
    reference: float | None,
    is_whole: bool,
) -> ForestRow:
    trust = trust_of(number)
    n = "" if number is None else figures.count(number.estimate.n_first_rung)
    if number is None or number.estimate.figure is None:
        return ForestRow(key, name, n, remark=TRUST_TITLES[trust.state].lower())
    figure = number.estimate.figure
    return ForestRow(
        key=key,
        name=name,
        n=n,
        share=figures.percent(figure.prevalence, decimals=decimals),
        interval=figures.percent_interval(figure.ci_low, figure.ci_high, decimals=decimals),
        strip=strip_of(figure, top=top, reference=reference),
        is_whole=is_whole and number is not None,
    )


def _figures(numbers: Iterable[Number | None]) -> list[Figure]:
    return [n.estimate.figure for n in numbers if n is not None and n.estimate.figure is not None]
