"""The week or quarter that a report is about, by the calendar, and its name: 2026-W10, 2026Q1."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from lib.moments.periods import periods_of
from schemas.errors import MissingInputError

ReportKind = Literal["week", "quarter"]

_WEEK: Final = re.compile(r"(\d{4})-W(\d{2})")
_QUARTER: Final = re.compile(r"(\d{4})Q([1-4])")
_ORDINALS: Final = ("First", "Second", "Third", "Fourth")


@dataclass(frozen=True)
class ReportPeriod:
    """A calendar period, both ends included; a week begins on Monday and is numbered by ISO 8601."""

    kind: ReportKind
    first: date
    last: date

    @classmethod
    def containing(cls, kind: ReportKind, day: date) -> "ReportPeriod":
        """The period of this kind that `day` is in."""
        found = next(period for period in periods_of(day) if period.name == kind)
        return cls(kind, found.first or day, found.last or day)

    @property
    def before(self) -> "ReportPeriod":
        """The period of this kind that ends where it begins."""
        return ReportPeriod.containing(self.kind, self.first - timedelta(days=1))

    @property
    def n_days(self) -> int:
        """Days of the calendar."""
        return (self.last - self.first).days + 1

    @property
    def name(self) -> str:
        """Its name in commands and files, for example `2026-W10` or `2026Q1`."""
        if self.kind == "week":
            year, week, _ = self.first.isocalendar()
            return f"{year}-W{week:02d}"
        return f"{self.first.year}Q{self._quarter}"

    @property
    def title(self) -> str:
        """Its name for people, for example `Week 10 of 2026` or `First quarter of 2026`."""
        if self.kind == "week":
            year, week, _ = self.first.isocalendar()
            return f"Week {week} of {year}"
        return f"{_ORDINALS[self._quarter - 1]} quarter of {self.first.year}"

    @property
    def _quarter(self) -> int:
        return (self.first.month + 2) // 3


def nothing_decided(period: ReportPeriod) -> MissingInputError:
    """The error of a report on a period that no release has decided on."""
    return MissingInputError(
        f"Table `released_prevalence`: no release has decided on a day of {period.name} "
        f"({period.first} to {period.last}); run the chain for it, or name another {period.kind}."
    )


def week_named(name: str) -> ReportPeriod:
    """The week of a name such as `2026-W10`; raises ValueError if there is none."""
    if not (found := _WEEK.fullmatch(name)):
        raise ValueError(f"`{name}` is no week; write it as 2026-W10")
    try:
        monday = date.fromisocalendar(int(found[1]), int(found[2]), 1)
    except ValueError as error:
        raise ValueError(f"`{name}` is no week of the calendar (ISO 8601)") from error
    return ReportPeriod.containing("week", monday)


def quarter_named(name: str) -> ReportPeriod:
    """The quarter of a name such as `2026Q1`; raises ValueError if there is none."""
    if not (found := _QUARTER.fullmatch(name)) or not int(found[1]):
        raise ValueError(f"`{name}` is no quarter; write it as 2026Q1")
    return ReportPeriod.containing("quarter", date(int(found[1]), 3 * int(found[2]) - 2, 1))
