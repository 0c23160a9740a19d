"""What a message says: numbers, names of ours and a link; no content, and no address but the dashboard's."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from jinja2 import Environment, StrictUndefined, Template, select_autoescape

from lib.monitoring.incidents.shown_values import shown_change, shown_value
from schemas.contracts.alert_names import CHANNEL_FAMILY

Urgency = Literal["warning", "success", "info"]
# Names of segments and labelers come from logs: what could be a link, a mention or markup is not passed on.
_UNPLAIN = re.compile(r"[^\w .,=+-]")
_LONGEST_NAME = 120
_SHOWN_DRIVERS = 3
_MOVED = {"rise": "up", "fall": "down", "none": ""}


@dataclass(frozen=True)
class Message:
    """A text for people, and how urgent it is."""

    title: str
    body: str
    urgency: Urgency


def message_of(row: Mapping[str, Any], *, dashboard_link: str | None) -> Message:
    """The message about the state of an alert, a row of `alerts`."""
    subject = _subject(row)
    headline = f"{subject}: {row['reason']}."
    evidence = row["evidence"]
    shown: dict[str, Any] = {
        "headline": headline,
        "evidence": evidence is not None,
        "link": dashboard_link,
        **{
            name: row[name]
            for name in ("state", "transition", "alert_id", "ds", "acknowledged_by", "opened_date", "began_date")
        },
        "began_earliest_date": row["began_earliest_date"],
        "began_latest_date": row["began_latest_date"],
    }
    if evidence is not None:
        shown |= _figures(row, evidence)
    urgency: Urgency = "warning" if row["state"] == "open" else "success" if row["state"] == "resolved" else "info"
    return Message(f"Plumbline, {row['transition']}: {subject}", _template().render(shown).strip(), urgency)


def plain(name: str) -> str:
    """A name that somebody else may have given, without anything but letters, digits and a few signs."""
    return _UNPLAIN.sub("?", name)[:_LONGEST_NAME]


def _subject(row: Mapping[str, Any]) -> str:
    if row["family"] == CHANNEL_FAMILY:
        return f"channel {plain(row['segment_value'])}"
    where = "" if row["segment"] == "all" else f", {plain(row['segment'])} {plain(row['segment_value'])}"
    policy = "" if row["policy"] == "all" else f" {plain(row['policy'])}"
    change = row["evidence"] and row["evidence"]["ratio"] is not None and shown_change(row["evidence"])
    moved = f" {_MOVED[row['direction']]}" + (f" {change}" if change else "")
    return f"{row['family']}{policy} ({plain(row['measure'])}{where}){moved}"


def _figures(row: Mapping[str, Any], evidence: Mapping[str, Any]) -> dict[str, Any]:
    def shown(name: str) -> str:
        return shown_value(evidence[name], row["family"], row["measure"])

    drivers = [
        f"{plain(d['segment'])} {plain(d['segment_value'])} ({shown_value(d['rate_before'], row['family'], '')} to "
        f"{shown_value(d['rate_after'], row['family'], '')})"
        for d in evidence["drivers"][:_SHOWN_DRIVERS]
    ]
    return {
        "before": shown("before"),
        "after": shown("after"),
        "before_interval": f"{shown('before_low')} to {shown('before_high')}",
        "after_interval": f"{shown('after_low')} to {shown('after_high')}",
        "change": shown_change(evidence),
        "confidence": f"{evidence['confidence_level']:.0%}",
        "drivers": drivers,
        "streams": [plain(name) for name in evidence["streams"]],
        "changed_versions": [plain(name) for name in evidence["changed_versions"]],
        "n_units": len(evidence["unit_ids"]),
    }


@cache
def _template() -> Template:
    environment = Environment(
        # a message is plain text: there is nothing to escape, and names are plain already
        autoescape=select_autoescape(()),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    text = files("lib.monitoring.notification").joinpath("templates", "alert.jinja").read_text(encoding="utf-8")
    return environment.from_string(text)
