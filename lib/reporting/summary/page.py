"""The summary as one HTML page that prints on one sheet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from functools import cached_property
from typing import Final

from lib.reporting import figures, tables
from lib.reporting.change_verdicts import CHANGE_TITLES
from lib.reporting.charts.interval_strip import strip_of
from lib.reporting.charts.scale import tick_label, top_of
from lib.reporting.dashboard import ESTIMATOR_MEANINGS, is_simulated
from lib.reporting.estimates import EVERYTHING, UNIT, Estimate
from lib.reporting.numbers import trust_of
from lib.reporting.page_context import PageContext
from lib.reporting.period_coverage import Coverage, coverages_of
from lib.reporting.report_period import ReportPeriod
from lib.reporting.summary import sentences
from lib.reporting.summary.changes import WeekChange, week_changes
from lib.reporting.summary.source import SummaryData
from lib.reporting.tables import Cell, Header, Table
from lib.reporting.templating import environment, page_style


@dataclass(frozen=True)
class Room:
    """How many policies the table has room for, and how many sentences each section; the rest is counted."""

    n_policies: int
    n_sentences: int


ROOMS: Final = (Room(12, 5), Room(10, 4), Room(8, 3), Room(5, 2), Room(2, 1))
"""From the fullest page on: the first that fits on one sheet is taken."""


@dataclass(frozen=True)
class SummaryWeek:
    """The week with what the page derives from it once."""

    data: SummaryData

    @cached_property
    def context(self) -> PageContext:
        """The numbers with their verdicts, and the headline week."""
        return PageContext(self.data.page, monday=self.data.week.first)

    @cached_property
    def changes(self) -> list[WeekChange]:
        """Every figure of the week, whole and by place, against the week before."""
        return week_changes(self.context.numbers, self._of_the_week)

    @cached_property
    def whole(self) -> Mapping[str, Estimate]:
        """Policy to its number of everything."""
        return {e.policy: e for e in self._of_the_week if e.segment == EVERYTHING}

    @cached_property
    def places(self) -> list[Estimate]:
        """The numbers by surface, country and language."""
        return [e for e in self._of_the_week if e.segment != EVERYTHING]

    @cached_property
    def coverages(self) -> Mapping[str, Coverage]:
        """Policy to what its number rests on."""
        return self._coverages_in(self.data.week)

    @cached_property
    def coverages_before(self) -> Mapping[str, Coverage]:
        """Policy to what its number of the week before rests on."""
        return self._coverages_in(self.data.week.before)

    def _coverages_in(self, week: ReportPeriod) -> Mapping[str, Coverage]:
        found = coverages_of(self.data.decided, week)
        return {policy: c for (policy, measure), c in found.items() if measure == self.context.measure}

    @cached_property
    def in_order(self) -> list[str]:
        """Policies, the most important first: those that rose, that fell, that are held; then by the figure."""
        moved = {c.estimate.policy: c.state for c in self.changes if c.estimate.segment == EVERYTHING}
        return sorted(self.context.titles, key=lambda policy: self._place(policy, moved.get(policy)))

    def _place(self, policy: str, state: str | None) -> tuple[int, float]:
        estimate = self.whole.get(policy)
        if estimate is None:
            return 4, 0.0
        if estimate.figure is None:
            return 2, 0.0
        return {"up": 0, "down": 1}.get(state or "", 3), -estimate.figure.prevalence

    @cached_property
    def _of_the_week(self) -> list[Estimate]:
        return self.context.numbers.estimates(
            period="week", anchor=self.data.week.first, measure=self.context.measure,
            estimator=self.data.page.published_estimator, component=UNIT,
        )  # fmt: skip


def render_summary(data: SummaryData, *, room: Room, dashboard_href: str) -> str:
    """Return the page as one self-contained HTML document, as inert as the dashboard.

    Args:
        data: what to show.
        room: how much of it there is room for.
        dashboard_href: the dashboard, beside the page.

    """
    week = SummaryWeek(data)
    context = week.context
    generated_at = data.page.generated_at.astimezone(UTC)
    return environment().get_template("summary.html.jinja").render(
        **page_style("summary.css"),
        title=data.week.title,
        days=figures.day_range(data.week.first, data.week.last),
        measure=context.measure,
        headline=_headline(week),
        is_simulated=is_simulated(context),
        table=tables.render_table(_table(week, room)),
        n_cut=max(0, len(context.titles) - room.n_policies),
        top_label=tick_label(_top(week)),
        changes=_limited(_change_sentences(week), room),
        held=_limited(_held_sentences(week), room),
        trust=_limited(_trust_sentences(week), room),
        level=context.level,
        error=figures.percent(1 - data.page.confidence_level, decimals=0),
        estimator_meaning=ESTIMATOR_MEANINGS.get(data.page.published_estimator, ""),
        estimator_name=figures.plain_words(data.page.published_estimator),
        minimum_segment_labels=data.page.minimum_segment_labels,
        dashboard_href=dashboard_href,
        generated_at=f"{figures.day(generated_at)}, {generated_at:%H:%M} UTC",
        job_run_id=data.page.job_run_id,
        design_ids=data.page.design_ids,
        release_ids=sorted({e.release_id for e in week.whole.values() if e.release_id}),
    )  # fmt: skip


def _headline(week: SummaryWeek) -> str:
    titles = week.context.titles
    shown = [titles[policy] for policy, e in week.whole.items() if e.figure is not None]
    held = [titles[policy] for policy, e in week.whole.items() if e.figure is None]
    missing = [title for policy, title in titles.items() if policy not in week.whole]
    changes = _whole_changes(week)
    moved = [(c.state, titles[c.estimate.policy]) for c in _real(week) if c in changes]
    return sentences.headline(shown, held, missing, moved, has_compared=any(c.is_judged for c in changes))


def _change_sentences(week: SummaryWeek) -> list[str]:
    context, real = week.context, _real(week)
    judged = [change for change in week.changes if change.is_judged]
    # One entry of the list: what is to be minded takes no change its place.
    in_all = [sentences.compared_sentence(len(judged), len(real)), *_unlike_weeks(week)]
    said = [] if not judged else [" ".join(in_all)]
    titles, decimals = context.titles, context.decimals
    said += [
        sentences.change_sentence(c, titles[c.estimate.policy], decimals=decimals[c.estimate.policy]) for c in real
    ]
    said += sentences.incomparable_sentences(week.changes, titles)
    between = [b for b in context.numbers.breaks if week.data.week.before.first < b.ds <= week.data.week.last]
    return [*said, *sentences.prompt_sentences(between, judged)]


def _unlike_weeks(week: SummaryWeek) -> list[str]:
    policies = [change.estimate.policy for change in week.changes if change.is_judged]
    now, before = (
        min((c.n_days for policy, c in found.items() if policy in policies), default=week.data.week.n_days)
        for found in (week.coverages, week.coverages_before)
    )
    return sentences.unlike_weeks_sentences(now, before, n_calendar_days=week.data.week.n_days)


def _held_sentences(week: SummaryWeek) -> list[str]:
    titles = week.context.titles
    held = [week.whole[policy] for policy in week.in_order if policy in week.whole and week.whole[policy].hold_reasons]
    said = sentences.held_sentences(held, titles) or ["No policy's figure is held."]
    return [*said, *sentences.coverage_sentences(week.coverages, titles), sentences.places_sentence(week.places)]


def _trust_sentences(week: SummaryWeek) -> list[str]:
    context = week.context
    numbers = [context.numbers.find(context.view, policy) for policy in week.in_order] if context.view else []
    cared = [
        (context.titles[number.estimate.policy], number.trust.text)
        for number in numbers
        if number is not None and trust_of(number).state == "care"
    ]
    said = sentences.care_sentences(cared) or ["No gate warns of a released figure."]
    return [sentences.labels_sentence([e.n_labels for e in week.whole.values()]), *said]


def _whole_changes(week: SummaryWeek) -> list[WeekChange]:
    return [change for change in week.changes if change.estimate.segment == EVERYTHING]


def _real(week: SummaryWeek) -> list[WeekChange]:
    """Real changes: policies as a whole first, then the largest."""
    real = [change for change in week.changes if change.state in ("up", "down") and change.change is not None]
    return sorted(real, key=lambda c: (c.estimate.segment != EVERYTHING, -abs(c.change.difference if c.change else 0)))


def _top(week: SummaryWeek) -> float:
    return top_of(e.figure for e in week.whole.values() if e.figure is not None)


def _table(week: SummaryWeek, room: Room) -> Table:
    context = week.context
    headers = [
        Header("Policy"),
        Header(f"Share of {context.measure}", is_number=True),
        Header(f"{context.level} range"),
        Header("Against the week before"),
        Header("Judged units", is_number=True),
    ]
    changes = {change.estimate.policy: change for change in _whole_changes(week)}
    top = _top(week)
    rows = []
    for policy in week.in_order[: room.n_policies]:
        estimate, decimals = week.whole.get(policy), context.decimals[policy]
        share, *interval = tables.estimate_cells(estimate, decimals=decimals)
        if estimate is not None and estimate.figure is not None:
            interval = [replace(interval[0], strip=strip_of(estimate.figure, top=top))]
        judged = "–" if estimate is None else figures.count(estimate.n_first_rung)
        changed = _change_cell(changes.get(policy), decimals=decimals)
        rows.append([Cell(context.titles[policy], "name"), share, *interval, changed, Cell(judged, "number")])
    return Table("Released figures", headers, rows)


def _change_cell(change: WeekChange | None, *, decimals: int) -> Cell:
    if change is None:
        return Cell("–")
    title = CHANGE_TITLES[change.state]
    if change.change is None:
        return Cell(title)
    n = sentences.points_decimals(change.change, decimals)
    return Cell(title, detail=figures.points_range(change.change, decimals=n))


def _limited(said: Sequence[str], room: Room) -> list[str]:
    n_more = len(said) - room.n_sentences
    if n_more <= 0:
        return list(said)
    return [*said[: room.n_sentences], f"{n_more} more {'is' if n_more == 1 else 'are'} on the dashboard."]
