"""What becomes of alerts from one day to the next: opened, worsened, resolved, reopened, withdrawn."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from lib.monitoring.detection.readings import StreamKey
from lib.monitoring.incidents.alert_matching import matched_alerts
from lib.monitoring.incidents.findings import Findings
from lib.monitoring.incidents.incident import Incident
from lib.monitoring.incidents.people import Taken, taken_by
from lib.monitoring.incidents.reasons import closing_reason, lasting_reason, reopened_reason, withdrawal_reason
from schemas.contracts.monitoring_settings import MonitoringSettings

Row = Mapping[str, Any]
_OF_THE_RUN = ("ds", "job_run_id")
# The level since the change is a mean over its days: if it gets worse, that grows for a while.
_DAYS_BETWEEN_NEWS = 7


@dataclass(frozen=True)
class AlertHistory:
    """What is known of alerts before a day is monitored.

    Attributes:
        previous: the last row of every alert on an earlier day
        same_day: rows of an earlier run on the same day
        actions: what people did, rows of `alert_actions`

    """

    previous: Sequence[Row]
    same_day: Sequence[Row]
    actions: Sequence[Row]


def alert_rows(
    incidents: Sequence[Incident],
    history: AlertHistory,
    findings: Findings,
    *,
    design_id: str,
    settings: MonitoringSettings,
    now: datetime,
) -> list[dict[str, Any]]:
    """The rows of `alerts` of the findings' last day, except ds and job_run_id; channels have rows of their own.

    They follow from the numbers as they are released now, from the rows of earlier days and from what people did:
    run again they are the same. An open alert whose incident is not there any more is withdrawn. An incident that was
    over before anybody could be told makes none.
    """
    pairs, without = matched_alerts(incidents, history.previous, reopen_days=settings.reopen_days)
    raised_at = {row["alert_id"]: row["opened_at"] for row in history.same_day}
    rows = []
    for incident, previous in pairs:
        if incident.closed is not None and previous is not None and previous["is_kept_open"]:
            without.append(previous)
            continue
        row = _row_of(incident, previous, findings, design_id=design_id, settings=settings)
        if row is not None:
            row["opened_at"] = previous["opened_at"] if previous else raised_at.get(row["alert_id"], now)
        rows.append((previous, row))
    rows += [(previous, _row_without_incident(previous, findings, history.actions)) for previous in without]
    kept = (_as_people_want(previous, row, history.actions) for previous, row in rows)
    of_the_day = ({name: value for name, value in row.items() if name not in _OF_THE_RUN} for row in kept if row)
    return sorted(of_the_day, key=lambda row: str(row["alert_id"]))


def _row_of(
    incident: Incident, previous: Row | None, findings: Findings, *, design_id: str, settings: MonitoringSettings
) -> dict[str, Any] | None:
    """What the numbers say of an incident; None if it is over and told, or was never told."""
    is_open_before = previous is not None and previous["state"] == "open"
    if incident.closed is not None and not is_open_before:
        return None
    family, policy, direction = incident.identity
    described = findings.described(incident)
    row: dict[str, Any] = {
        "design_id": design_id,
        "alert_id": previous["alert_id"] if previous else _new_id(design_id, incident),
        "family": family,
        "policy": policy,
        "direction": direction,
        "opened_date": previous["opened_date"] if previous else incident.opened,
        "n_reopened": previous["n_reopened"] if previous else 0,
        "told_ratio": described["evidence"]["ratio"],
        "told_date": findings.last_ds,
        "is_kept_open": False,
        **described,
    }
    if incident.closed is not None:
        outcome = incident.last_change.episode.outcome
        return row | _closed("resolved", incident.closed, resolution=outcome, reason=closing_reason(outcome, settings))
    row |= {"state": "open", "closed_date": None, "resolution": None, "reason": lasting_reason(row)}
    if previous is None:
        return row | {"transition": "opened"}
    if not is_open_before:
        return row | {"transition": "reopened", "n_reopened": previous["n_reopened"] + 1}
    if _has_worsened(row, previous, settings):
        return row | {"transition": "worsened"}
    return row | {"transition": "none", "told_ratio": previous["told_ratio"], "told_date": previous["told_date"]}


def _row_without_incident(previous: Row, findings: Findings, actions: Sequence[Row]) -> dict[str, Any] | None:
    """What becomes of an alert that the numbers do not show."""
    if previous["state"] != "open":
        return None
    if previous["is_kept_open"]:
        taken = taken_by(previous["alert_id"], actions)
        if taken.is_kept_open:
            return dict(previous) | {"transition": "none"}
        reason = f"acknowledged by {taken.by}, and the values are back at the level before"
        closing = _closed("resolved", findings.last_ds, resolution="acknowledged", reason=reason)
        return dict(previous) | {"is_kept_open": False} | closing
    key = StreamKey(*(previous[name] for name in StreamKey._fields))
    now = findings.mean_between(key, previous["began_date"], previous["ds"])
    reason = withdrawal_reason(previous, now)
    return dict(previous) | _closed("withdrawn", findings.last_ds, resolution=None, reason=reason)


def _as_people_want(previous: Row | None, row: dict[str, Any] | None, actions: Sequence[Row]) -> dict[str, Any] | None:
    """The row with what people did about it; they may want an alert open that is over."""
    known = row or previous
    if known is None:
        return None
    taken = taken_by(known["alert_id"], actions)
    if taken.is_kept_open and known["state"] != "open":
        return with_people(opened_again(known, taken), taken)
    return None if row is None else with_people(row, taken)


def opened_again(row: Row, taken: Taken) -> dict[str, Any]:
    """The row of an alert that is over, on the day on which a person opens it again."""
    return dict(row) | {
        "state": "open",
        "transition": "reopened",
        "n_reopened": row["n_reopened"] + 1,
        "is_kept_open": True,
        "closed_date": None,
        "resolution": None,
        "reason": reopened_reason(taken.reopened_by),
    }


def with_people(row: Row, taken: Taken) -> dict[str, Any]:
    """The row with who has taken it up."""
    return dict(row) | {"acknowledged_by": taken.by, "acknowledged_at": taken.at, "note": taken.note}


def _closed(state: str, day: date, *, resolution: str | None, reason: str) -> dict[str, Any]:
    closing = {"closed_date": day, "resolution": resolution, "reason": reason}
    return {"state": state, "transition": state, "told_date": day, **closing}


def _has_worsened(row: Row, previous: Row, settings: MonitoringSettings) -> bool:
    """Whether the change is surely larger than when it was last told, by more than matters, and a week has passed."""
    told, found = previous["told_ratio"], row["evidence"]
    if told is None or found["ratio"] is None or (row["told_date"] - previous["told_date"]).days < _DAYS_BETWEEN_NEWS:
        return False
    factor = 1.0 + settings.minimum_effect[row["family"]]
    if row["direction"] == "rise":
        return bool(found["ratio_low"] > told and found["ratio"] > told * factor)
    return bool(found["ratio_high"] is not None and found["ratio_high"] < told and found["ratio"] < told / factor)


def _new_id(design_id: str, incident: Incident) -> str:
    named = "|".join((design_id, *incident.identity, f"{incident.opened}"))
    return hashlib.sha256(named.encode()).hexdigest()[:16]
