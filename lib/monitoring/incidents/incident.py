"""One incident: the streams of one policy that changed in the same direction at the same time."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from lib.monitoring.detection.readings import ALL, StreamKey
from lib.monitoring.detection.watch import Episode


@dataclass(frozen=True)
class StreamChange:
    """An episode of one stream, with its days; closed is None while it lasts."""

    key: StreamKey
    episode: Episode
    opened: date
    closed: date | None


@dataclass
class Incident:
    """Changes that one alert speaks of, in the order in which they were found."""

    changes: list[StreamChange] = field(default_factory=list)

    @property
    def identity(self) -> tuple[str, str, str]:
        """Family, policy and direction: what one incident has in common."""
        first = self.changes[0]
        return first.key.family, first.key.policy, "rise" if first.episode.is_rise else "fall"

    @property
    def opened(self) -> date:
        """Day of the first alarm."""
        return min(change.opened for change in self.changes)

    @property
    def closed(self) -> date | None:
        """Day on which the last stream was over; None while one lasts."""
        days = [change.closed for change in self.changes]
        return None if None in days else max(day for day in days if day is not None)

    @property
    def last_change(self) -> StreamChange:
        """The change that ended last, or the latest that lasts."""
        return max(self.changes, key=lambda change: (change.closed is None, change.closed or change.opened))

    @property
    def lead(self) -> StreamChange:
        """The change to speak of: one that lasts before one that is over, everything before a part, then the surest."""
        return max(
            self.changes,
            key=lambda c: (c.closed is None, c.key.segment == ALL, c.opened, c.episode.log_evidence, c.key),
        )


def incidents_of(changes: Iterable[StreamChange], *, reopen_days: int) -> list[Incident]:
    """Gather changes into incidents, in the order of their first alarms.

    A change joins the last incident of its family, policy and direction while that lasts, and for `reopen_days` after
    its end: what comes back is the same incident.
    """
    by_identity: dict[tuple[str, str, str], list[Incident]] = {}
    for change in sorted(changes, key=lambda c: (c.opened, c.key)):
        alone = Incident([change])
        known = by_identity.setdefault(alone.identity, [])
        if known and _goes_on(known[-1], change.opened, reopen_days):
            known[-1].changes.append(change)
        else:
            known.append(alone)
    return sorted((i for group in by_identity.values() for i in group), key=lambda i: (i.opened, i.identity))


def _goes_on(incident: Incident, day: date, reopen_days: int) -> bool:
    return incident.closed is None or day <= incident.closed + timedelta(days=reopen_days)
