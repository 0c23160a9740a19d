"""Alerts about the channels themselves: messages to one of them fail."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from lib.monitoring.incidents.alert_history import with_people
from lib.monitoring.incidents.people import taken_by
from schemas.contracts.alert_names import CHANNEL_FAMILY, FAULTS

Row = Mapping[str, Any]


def channel_alert_rows(
    deliveries: Iterable[Row],
    previous: Iterable[Row],
    same_day: Iterable[Row],
    actions: Sequence[Row],
    *,
    names: Sequence[str],
    ds: date,
    design_id: str,
    now: datetime,
) -> list[dict[str, Any]]:
    """Rows of `alerts` of day `ds`, except ds and job_run_id: one for each channel that is dead, or was till now.

    A channel is dead while its last attempt, of any message, failed; it is alive again with the first that went
    through. `previous` are the last rows of channel alerts on earlier days, `same_day` those of earlier runs on it.
    """
    last = {}
    for delivery in sorted(deliveries, key=lambda row: (row["attempted_at"], row["attempt"])):
        last[delivery["channel"]] = delivery
    before = {row["segment_value"]: row for row in previous}
    today = {row["segment_value"]: row for row in same_day}
    rows = []
    for name in names:
        attempt, known, earlier = last.get(name), before.get(name), today.get(name)
        is_dead = attempt is not None and attempt["status"] == "failed"
        was_open = known is not None and known["state"] == "open"
        was_raised = was_open or (earlier is not None and earlier["state"] == "open")
        if not is_dead and not was_raised:
            if earlier is not None:
                rows.append({k: v for k, v in earlier.items() if k not in ("ds", "job_run_id")})
            continue
        opened = known["opened_date"] if known is not None and was_open else ds
        row = _row(name, opened, attempt if is_dead else None, ds=ds, design_id=design_id)
        raised = known if was_open else earlier
        row["opened_at"] = raised["opened_at"] if raised is not None else now
        row["transition"] = _transition(is_dead=is_dead, was_open=was_open)
        rows.append(with_people(row, taken_by(row["alert_id"], actions)))
    return rows


def _transition(*, is_dead: bool, was_open: bool) -> str:
    if not is_dead:
        return "resolved"
    return "none" if was_open else "opened"


def _row(name: str, opened: date, failed: Row | None, *, ds: date, design_id: str) -> dict[str, Any]:
    identity = f"{design_id}|{CHANNEL_FAMILY}|{name}|{opened}"
    if failed is None:
        closing = {"state": "resolved", "closed_date": ds, "resolution": "delivered"}
        reason = "messages go through again"
    else:
        closing = {"state": "open", "closed_date": None, "resolution": None}
        reason = f"the last message failed: {FAULTS[failed['fault']]}"
    return {
        "design_id": design_id,
        "alert_id": hashlib.sha256(identity.encode()).hexdigest()[:16],
        "family": CHANNEL_FAMILY,
        "policy": "all",
        "measure": "messages",
        "segment": "channel",
        "segment_value": name,
        "kind": "channel",
        "direction": "none",
        "opened_date": opened,
        "began_date": opened,
        "began_earliest_date": opened,
        "began_latest_date": opened,
        "reason": reason,
        "n_reopened": 0,
        "is_kept_open": False,
        "told_ratio": None,
        "told_date": opened,
        "evidence": None,
        **closing,
    }
