"""A person takes up an alert or opens it again: the action is kept, and the alert's row says so at once."""

from collections.abc import Sequence
from typing import Any

from lib.monitoring.day_monitor import last_rows
from lib.monitoring.incidents.alert_history import opened_again, with_people
from lib.monitoring.incidents.people import taken_by
from schemas.contracts.monitoring_settings import PersonAction
from schemas.errors import MissingInputError

Row = dict[str, Any]


def alert_of(rows: Sequence[Row], alert_id: str) -> Row:
    """The last row of an alert; raises MissingInputError if there is none."""
    last = {row["alert_id"]: row for row in last_rows(rows)}
    if alert_id not in last:
        still_open = ", ".join(sorted(i for i, row in last.items() if row["state"] == "open")) or "none"
        raise MissingInputError(
            f"Table `alerts`: there is no alert_id {alert_id}; copy it from a message, or from there (open: "
            f"{still_open})."
        )
    return last[alert_id]


def concerns_past(alert: Row, action: PersonAction) -> bool:
    """Whether the action concerns the alert's last row; opening one again that is over concerns the newest day."""
    return action.action == "acknowledge" or alert["state"] == "open"


def rows_after(day_rows: Sequence[Row], alert: Row, actions: Sequence[Row]) -> list[Row]:
    """The rows of a day with that of `alert` as `actions`, the new one included, leave it."""
    taken = taken_by(alert["alert_id"], actions)
    is_over = alert["state"] != "open"
    changed = with_people(opened_again(alert, taken) if is_over and taken.is_kept_open else alert, taken)
    others = [row for row in day_rows if row["alert_id"] != alert["alert_id"]]
    kept = ({k: v for k, v in row.items() if k not in ("ds", "job_run_id")} for row in (*others, changed))
    return sorted(kept, key=lambda row: str(row["alert_id"]))
