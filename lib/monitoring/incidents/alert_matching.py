"""Which alert of earlier days an incident is."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from lib.monitoring.incidents.incident import Incident

Row = Mapping[str, Any]


def matched_alerts(
    incidents: Sequence[Incident], previous: Iterable[Row], *, reopen_days: int
) -> tuple[list[tuple[Incident, Row | None]], list[Row]]:
    """Each incident with the last row of the alert that it is, None if it is new; and the alerts that are none.

    An alert is the incident of its family, policy and direction whose days it shares, the one that opened nearest to
    it if there are several. When numbers were restated, days of opening may move; the alert stays the same.
    """
    left = sorted(previous, key=lambda row: (row["state"] != "open", -row["opened_date"].toordinal(), row["alert_id"]))
    free = list(incidents)
    pairs: list[tuple[Incident, Row | None]] = []
    without: list[Row] = []
    for row in left:
        candidates = [incident for incident in free if _shares_days(incident, row, reopen_days)]
        if not candidates:
            without.append(row)
            continue
        nearest = min(candidates, key=lambda i: (abs((i.opened - row["opened_date"]).days), -i.opened.toordinal()))
        free.remove(nearest)
        pairs.append((nearest, row))
    return [*pairs, *((incident, None) for incident in free)], without


def _shares_days(incident: Incident, row: Row, reopen_days: int) -> bool:
    if incident.identity != (row["family"], row["policy"], row["direction"]):
        return False
    known_until = (row["closed_date"] or row["ds"]) + timedelta(days=reopen_days)
    lasted_until = incident.closed or date.max
    return bool(incident.opened <= known_until and row["began_earliest_date"] <= lasted_until)
