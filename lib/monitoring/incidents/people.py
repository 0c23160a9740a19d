"""What people did about an alert, folded into how it stands."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Taken:
    """How people left an alert.

    Attributes:
        by: who acknowledged it last; None if nobody has, or somebody opened it again since
        at: when
        note: the last note
        reopened_by: who opened it again, if nobody has acknowledged it since

    """

    by: str | None = None
    at: datetime | None = None
    note: str | None = None
    reopened_by: str | None = None

    @property
    def is_kept_open(self) -> bool:
        """Whether a person wants it open whatever the numbers say."""
        return self.reopened_by is not None


def taken_by(alert_id: str, actions: Iterable[Mapping[str, Any]]) -> Taken:
    """Fold the actions on one alert, rows of `alert_actions`, in the order in which they were taken."""
    taken = Taken()
    for action in sorted((a for a in actions if a["alert_id"] == alert_id), key=lambda a: a["acted_at"]):
        note = action["note"] or taken.note
        if action["action"] == "acknowledge":
            taken = Taken(by=action["acted_by"], at=action["acted_at"], note=note)
        else:
            taken = Taken(note=note, reopened_by=action["acted_by"])
    return taken
