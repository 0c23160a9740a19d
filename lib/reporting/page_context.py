"""What every section of a page shares: the numbers, the headline week, titles and decimals."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final

from lib.reporting import figures
from lib.reporting.breaks import breaks_of
from lib.reporting.dashboard_data import DashboardData
from lib.reporting.estimates import EVERYTHING, UNIT, Estimate, read_estimates
from lib.reporting.headline_week import Week, decimals_by_policy, latest_week
from lib.reporting.numbers import Numbers, View

MEASURE_ORDER: Final = ("units", "views")
# From so many weeks on, days only hide what weeks show.
_WEEKS_FOR_WEEKLY_TREND: Final = 5


@dataclass(frozen=True)
class PageContext:
    """A page's data with what is derived from it once; `monday` chooses the headline week, else the latest is."""

    data: DashboardData
    monday: date | None = None

    @cached_property
    def titles(self) -> Mapping[str, str]:
        """Every policy of the data: the titled ones first; equal titles are told apart by the id."""
        found = {str(policy) for policy in (*self.data.prevalence["policy"], *self.data.positives["policy"])}
        titles = dict(self.data.policy_titles)
        titles |= {policy: policy for policy in sorted(found.difference(self.data.policy_titles))}
        n_uses = Counter(titles.values())
        return {policy: title if n_uses[title] == 1 else f"{title} ({policy})" for policy, title in titles.items()}

    @cached_property
    def numbers(self) -> Numbers:
        """Every number with its verdicts."""
        data = self.data
        return Numbers(
            read_estimates(data.prevalence, minimum_segment_labels=data.minimum_segment_labels),
            policies=list(self.titles),
            breaks=breaks_of(data.versions, data.scorers, data.series_breaks),
            confidence_level=data.confidence_level,
        )

    @property
    def measure(self) -> str:
        """What the headline numbers count by."""
        return self.data.headline_measure

    @cached_property
    def measures(self) -> Sequence[str]:
        """Every measure of the data, in order."""
        found = {estimate.measure for estimate in self.numbers.estimates()}
        return [*(measure for measure in MEASURE_ORDER if measure in found), *sorted(found.difference(MEASURE_ORDER))]

    @cached_property
    def headline_series(self) -> Sequence[Estimate]:
        """Estimates of the whole population by the published estimator and the headline measure, of every period."""
        return self.numbers.estimates(
            measure=self.measure, estimator=self.data.published_estimator, segment=EVERYTHING, component=UNIT
        )

    @cached_property
    def week(self) -> Week | None:
        """The headline week; None if there is no weekly estimate."""
        weekly = [estimate for estimate in self.headline_series if estimate.period == "week"]
        return latest_week(e for e in weekly if self.monday is None or e.anchor == self.monday)

    @cached_property
    def view(self) -> View | None:
        """What the page shows at first: the headline week, whole population, published estimator."""
        if self.week is None:
            return None
        return View("week", self.week.monday, self.measure, self.data.published_estimator)

    @cached_property
    def trend_period(self) -> str:
        """Whether the trend shows days or weeks at first."""
        weeks = {estimate.anchor for estimate in self.headline_series if estimate.period == "week"}
        return "week" if len(weeks) >= _WEEKS_FOR_WEEKLY_TREND else "day"

    @cached_property
    def decimals(self) -> Mapping[str, int]:
        """Decimals of each policy's percentages, the same in every section."""
        in_order = sorted(self.headline_series, key=lambda e: (e.period != "week", e.anchor != self._monday))
        found = decimals_by_policy(in_order)
        return {policy: found.get(policy, figures.LEAST_DECIMALS) for policy in self.titles}

    @cached_property
    def released_policies(self) -> frozenset[str]:
        """Policies whose headline number is shown: of the others nothing is, that would tell it."""
        week = [e for e in self.headline_series if e.period == "week" and e.anchor == self._monday]
        return frozenset(estimate.policy for estimate in week if estimate.figure is not None)

    @cached_property
    def shown_places(self) -> frozenset[tuple[str, str, str]]:
        """Policy, segment and value of every place that the headline week has a figure of."""
        week = self.numbers.estimates(
            period="week",
            anchor=self._monday,
            measure=self.measure,
            estimator=self.data.published_estimator,
            component=UNIT,
        )
        return frozenset((e.policy, e.segment, e.segment_value) for e in week if e.figure is not None)

    @cached_property
    def week_days(self) -> tuple[date, date] | None:
        """First and last day with data of the headline week."""
        return None if self.week is None else (self.week.first_day, self.week.last_day)

    @cached_property
    def days(self) -> str:
        """The days of the headline week as text."""
        return "" if self.week is None else figures.day_range(self.week.first_day, self.week.last_day)

    @property
    def level(self) -> str:
        """The level of the intervals as text."""
        return figures.level(self.data.confidence_level)

    @property
    def _monday(self) -> date:
        return date.min if self.week is None else self.week.monday
