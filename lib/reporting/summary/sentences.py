"""What the summary says, in sentences that are right for none, one and many; numbers are those of the tables."""

from collections.abc import Mapping, Sequence
from typing import Final

from lib.estimation.change.difference import Change
from lib.reporting import figures
from lib.reporting.breaks import Break
from lib.reporting.change_verdicts import NO_EARLIER
from lib.reporting.estimates import EVERYTHING, Estimate, Figure
from lib.reporting.gate_words import plain_reasons
from lib.reporting.period_coverage import Coverage
from lib.reporting.summary.changes import WeekChange

_VERBS: Final[Mapping[str, str]] = {"up": "rose", "down": "fell"}
_MOST_NAMES: Final = 3


def headline(
    shown: Sequence[str],
    held: Sequence[str],
    missing: Sequence[str],
    moved: Sequence[tuple[str, str]],
    *,
    has_compared: bool,
) -> str:
    """Return the week in short: how many policies have a figure, which moved, which are held.

    Args:
        shown: titles of the policies with a released figure
        held: of those whose figure is held
        missing: of those without an estimate
        moved: (state, title) of the policies as a whole whose change is real
        has_compared: whether any could be compared with the week before

    """
    said = [figures.sentence(released_policies(len(shown), len(shown) + len(held) + len(missing)))]
    for state, verb in _VERBS.items():
        names = [title for known, title in moved if known == state]
        said += [f"{_few(names)} {verb} clearly against the week before."] if names else []
    if has_compared and not moved:
        said.append("No policy moved clearly against the week before.")
    said += [f"{_few(held)} {_is(len(held))} held back."] if held else []
    said += [f"{_few(missing)} {'has' if len(missing) == 1 else 'have'} no estimate."] if missing else []
    return " ".join(said)


def released_policies(n_shown: int, n_all: int) -> str:
    """Return how many of the policies have a released figure, without a capital or a full stop."""
    if n_all == 1:
        return "the one policy has a released figure" if n_shown else "the one policy has no released figure"
    if not n_shown:
        return f"none of the {figures.count(n_all)} policies has a released figure"
    who = f"all {figures.count(n_all)}" if n_shown == n_all else f"{figures.count(n_shown)} of {figures.count(n_all)}"
    return f"{who} policies {'has' if n_shown == 1 else 'have'} a released figure"


def change_sentence(change: WeekChange, title: str, *, decimals: int) -> str:
    """Return a real change: `Harassment rose by 0.21 points (+0.05 to +0.40), from 0.52 % to 0.73 % of units.`.

    Raises KeyError for a change that is not real: it is no rise and no fall.
    """
    verb = _VERBS[change.state]
    assert change.change is not None  # noqa: S101 - a real change was judged
    assert change.before is not None  # noqa: S101 - as above
    n = points_decimals(change.change, decimals)
    points = figures.fixed(100 * abs(change.change.difference), decimals=n)
    low, high = (figures.signed_points(limit, decimals=n) for limit in (change.change.low, change.change.high))
    before, now = (_percent(e.figure, decimals=decimals) for e in (change.before, change.estimate))
    moved = f"{_name(change.estimate, title)} {verb} by {points} points ({low} to {high})"
    return f"{moved}, from {before} to {now} of {change.estimate.measure}."


def points_decimals(change: Change, decimals: int) -> int:
    """Return decimals with which a range that leaves out zero does not read as if it ended there."""
    nearest = min(abs(change.low), abs(change.high))
    while change.is_beyond_error and decimals < figures.MOST_DECIMALS and not _is_seen(nearest, decimals):
        decimals += 1
    return decimals


def compared_sentence(n_compared: int, n_real: int) -> str:
    """Return how many of the numbers that can be compared have a clear change."""
    if n_compared == 0:
        return "No number can be compared with the week before."
    if n_compared == 1:
        verb = "shows a clear change" if n_real else "shows no clear change"
        return f"The one number that can be compared with the week before {verb}."
    shows = "show" if n_real > 1 else "shows"
    who = figures.count(n_real) if n_real else "None"
    many = f"of the {figures.count(n_compared)} numbers (policies, and their places) that can be compared"
    return f"{who} {many} with the week before {shows} a clear change."


def unlike_weeks_sentences(n_days: int, n_days_before: int, *, n_calendar_days: int) -> list[str]:
    """Return what is said of a comparison in which a week lacks days: the days of the week differ by themselves."""
    if min(n_days, n_days_before) == n_calendar_days:
        return []
    return [
        f"Mind that the weeks are not alike: this one has {n_days} of {n_calendar_days} days, the one before "
        f"{n_days_before}; what days of the week differ by is part of each change."
    ]


def incomparable_sentences(changes: Sequence[WeekChange], titles: Mapping[str, str]) -> list[str]:
    """Return why policies as a whole cannot be compared, and how many of their places cannot."""
    stuck = [change for change in changes if not change.is_judged]
    whole = [change for change in stuck if change.estimate.segment == EVERYTHING]
    if whole and all(change.text == NO_EARLIER for change in changes):
        return ["There is no earlier week to compare with."]
    by_text: dict[str, list[str]] = {}
    for change in whole:
        by_text.setdefault(change.text, []).append(titles[change.estimate.policy])
    said = [
        f"Not compared: {figures.listed(names)}. {text}"
        for text, names in sorted(by_text.items(), key=lambda item: (-len(item[1]), item[0]))
    ]
    n_places = len(stuck) - len(whole)
    if n_places:
        said.append(f"{_numbers_by_place(n_places)} cannot be compared.")
    return said


def prompt_sentences(breaks: Sequence[Break], judged: Sequence[WeekChange]) -> list[str]:
    """Return what is said of a new prompt between figures that were compared all the same."""
    days = sorted({known.ds for known in breaks if known.kind == "prompt"})
    if not days or not judged:
        return []
    on = figures.listed([figures.day(day) for day in days])
    return [
        f"What labelers are shown changed on {on}; people judged a part again, which corrects the level, so the weeks "
        "are compared."
    ]


def held_sentences(held: Sequence[Estimate], titles: Mapping[str, str]) -> list[str]:
    """Return why policies as a whole are held, those with the same reasons in one sentence."""
    by_reason: dict[str, list[str]] = {}
    for estimate in held:
        by_reason.setdefault(plain_reasons(estimate.hold_reasons), []).append(titles[estimate.policy])
    in_order = sorted(by_reason.items(), key=lambda item: (-len(item[1]), item[0]))
    return [f"{figures.listed(names)} {_is(len(names))} held: {reason}." for reason, names in in_order]


def places_sentence(places: Sequence[Estimate]) -> str:
    """Return how many numbers by place are not shown."""
    n_held = sum(bool(estimate.hold_reasons) for estimate in places)
    n_few = sum(estimate.is_too_few for estimate in places)
    if not places:
        return "There are no numbers by place."
    of = f"of {_numbers_by_place(len(places))}"
    if not n_held and not n_few:
        return f"None {of} is held." if len(places) > 1 else "The one number by place is not held."
    said = [f"{figures.count(n_held)} {_is(n_held)} held"] if n_held else []
    said += [f"{figures.count(n_few)} {'has' if n_few == 1 else 'have'} too few labels"] if n_few else []
    return figures.sentence(f"{of}, {' and '.join(said)}")


def coverage_sentences(coverages: Mapping[str, Coverage], titles: Mapping[str, str]) -> list[str]:
    """Return what the figures rest on: days with data, and held days with the exposure that is left.

    Args:
        coverages: policy to its coverage by the headline measure
        titles: policy id to title, in order

    """
    by_coverage: dict[tuple[object, ...], list[str]] = {}
    for policy in titles:
        if policy in coverages:
            c = coverages[policy]
            by_coverage.setdefault((c.n_days, c.n_calendar_days, c.held_days, c.share_released), []).append(policy)
    is_common = len(by_coverage) == 1
    said = []
    for policies in by_coverage.values():
        known = coverages[policies[0]]
        rest = "the figure rests" if len(policies) == 1 else "the figures rest"
        who = "The figures rest" if is_common else f"{_counted([titles[p] for p in policies])}: {rest}"
        on = f"{who} on {known.n_days} of the week's {known.n_calendar_days} days."
        said.append(f"{on} {_held_days(known)}".strip())
    return said


def care_sentences(cared: Sequence[tuple[str, str]]) -> list[str]:
    """Return what to mind of released figures: (title, text of the trust) pairs, those with the same text together."""
    by_text: dict[str, list[str]] = {}
    for title, text in cared:
        by_text.setdefault(text, []).append(title)
    return [f"{figures.listed(names)}: {text}" for text, names in by_text.items()]


def labels_sentence(n_by_rung: Sequence[Mapping[str, int]]) -> str:
    """Return who judged how many units; the policies share the sample, so the largest number of a rung stands."""
    rungs = {rung: max(n[rung] for n in n_by_rung) for rung in n_by_rung[0]} if n_by_rung else {}
    return figures.judged_units(rungs)


def _held_days(coverage: Coverage) -> str:
    n = len(coverage.held_days)
    if not n:
        return ""
    days = figures.listed([figures.day(day) for day in coverage.held_days])
    which = f"{n} day's own figure is held ({days})" if n == 1 else f"{n} days' own figures are held ({days})"
    if coverage.share_released is None:
        return f"{which}."
    share = figures.percent(coverage.share_released, decimals=1)
    return f"{which}; days with a released figure of their own have {share} of the exposure, and nothing is filled in."


def _numbers_by_place(n: int) -> str:
    return f"{figures.count(n)} number{'' if n == 1 else 's'} by place"


def _counted(names: Sequence[str]) -> str:
    return figures.listed(names) if len(names) <= _MOST_NAMES else f"{figures.count(len(names))} policies"


def _few(names: Sequence[str]) -> str:
    n_more = len(names) - _MOST_NAMES
    # A name says more than "1 more".
    return figures.listed(names if n_more <= 1 else [*names[:_MOST_NAMES], f"{n_more} more"])


def _is(n: int) -> str:
    return "is" if n == 1 else "are"


def _name(estimate: Estimate, title: str) -> str:
    return title if estimate.segment == EVERYTHING else f"{title} ({estimate.segment} {estimate.segment_value})"


def _percent(figure: Figure | None, *, decimals: int) -> str:
    assert figure is not None  # noqa: S101 - a change has both figures
    return figures.percent(figure.prevalence, decimals=decimals)


def _is_seen(limit: float, decimals: int) -> bool:
    return limit == 0.0 or float(figures.fixed(100 * limit, decimals=decimals)) > 0.0
