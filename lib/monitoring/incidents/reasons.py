"""Why an alert is as it is, in one sentence."""

from collections.abc import Mapping
from typing import Any

from lib.monitoring.incidents.shown_values import shown_change, shown_value
from schemas.contracts.monitoring_settings import MonitoringSettings

Row = Mapping[str, Any]


def lasting_reason(row: Row) -> str:
    """What has changed: level before and after, and their ratio with its interval."""
    found = row["evidence"]
    before, after = (shown_value(found[name], row["family"], row["measure"]) for name in ("before", "after"))
    return f"{after} since about {row['began_date']}, {before} before: {shown_change(found)}"


def closing_reason(outcome: str | None, settings: MonitoringSettings) -> str:
    """How the numbers ended it."""
    return {
        "returned": "the values are back at the level before",
        "new_level": f"the new level has stayed for {settings.settle_days} days and is the baseline now",
        "break": "a declared break: the stream starts anew",
    }[str(outcome)]


def withdrawal_reason(previous: Row, now: float | None) -> str:
    """Why an alert that was open is none any more; `now` is the mean of its days as released now."""
    since = f"of {previous['began_date']} to {previous['ds']}"
    told = shown_value(previous["evidence"]["after"], previous["family"], previous["measure"])
    if now is None:
        return f"the numbers {since}, {told} when it was last told, are not released any more"
    shown = shown_value(now, previous["family"], previous["measure"])
    return (
        f"the numbers {since} as they are released now, or a break declared since, show no such change: their mean is "
        f"{shown}, it was {told} when it was last told"
    )


def reopened_reason(by: str | None) -> str:
    """Why it is open although the numbers are back."""
    return f"opened again by {by}: it stays open until somebody acknowledges it"
