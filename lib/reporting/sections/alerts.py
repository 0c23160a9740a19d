"""What the monitoring calls for: alerts that are open with their evidence, those that were closed, and who was told."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd
from markupsafe import Markup

from lib.monitoring.incidents.shown_values import shown_change, shown_value
from lib.reporting import figures, tables
from lib.reporting.estimates import EVERYTHING
from lib.reporting.page_context import PageContext
from lib.reporting.tables import Cell, Header, Table
from schemas.contracts.alert_names import CHANNEL_FAMILY, FAULTS, RESOLUTIONS, TRANSITIONS

Row = Mapping[Any, Any]
# Of these the level of a segment is a share of what is shown there, or close to it.
_TELLING_FAMILIES: Final = ("prevalence", "index_gap", "score")
_KINDS: Final = {"level_shift": "from one day to the next", "drift": "gradually"}
_WAYS: Final = {"rise": "up", "fall": "down"}


@dataclass(frozen=True)
class AlertSection:
    """Open and closed alerts, units to look at and channels as tables (None where there are none).

    `n_open` counts open alerts, `watched` says in a sentence what is watched.
    """

    open: Markup | None
    units: Markup | None
    closed: Markup | None
    channels: Markup | None
    n_open: int
    watched: str


def alerts_of(context: PageContext) -> AlertSection | None:
    """Return the section; None if nothing is monitored.

    A policy whose headline number is not released has no figures here, and neither has a place that the page shows
    none of: an alert rests on numbers that were released when it was raised, and would tell them.
    """
    alerts = context.data.alerts
    if alerts is None:
        return None
    records = alerts.to_dict("records")
    opened = [row for row in records if pd.isna(row["closed_date"])]
    closed = [row for row in records if not pd.isna(row["closed_date"])]
    return AlertSection(
        open=_table("Open alerts, the latest first", _OPEN, opened, _open_cells, context),
        units=_table("Violating sampled units to look at", _UNITS, _with_units(opened, context), _unit_cells, context),
        closed=_table("Alerts that are over, the latest first", _CLOSED, closed, _closed_cells, context),
        channels=_channel_table(context),
        n_open=len(opened),
        watched=_watched(context),
    )


_OPEN: Final = ("Since about", "What", "Change", "Driven by", "State")
_UNITS: Final = ("Alert", "Units")
_CLOSED: Final = ("Since about", "What", "Over on", "Why")


def _table(caption: str, titles: Sequence[str], rows: Sequence[Row], cells: Any, context: PageContext) -> Markup | None:
    if not rows:
        return None
    headers = [Header(title) for title in titles]
    policies = [str(row["policy"]) for row in rows]
    return tables.render_table(Table(caption, headers, [cells(row, context) for row in rows], policies=policies))


def _open_cells(row: Row, context: PageContext) -> list[Cell]:
    return [
        Cell(figures.day(row["began_date"]), "name"),
        Cell(_what(row, context), detail=f"seen on {figures.day(row['opened_date'])}"),
        _change(row, context),
        Cell(_causes(row, context)),
        _state(row),
    ]


def _change(row: Row, context: PageContext) -> Cell:
    """The relative change with its range, and below it the levels with theirs."""
    if row["family"] == CHANNEL_FAMILY:
        return Cell("–")
    kept_back = _kept_back(row, context)
    if kept_back:
        return Cell(f"no figures: {kept_back}", "held")
    ratio = {name: None if pd.isna(row[name]) else row[name] for name in ("ratio", "ratio_low", "ratio_high")}
    levels = []
    for name, when in (("before", "before"), ("after", "since")):
        level, low, high = (_value(row, f"{name}{part}") for part in ("", "_low", "_high"))
        levels.append(f"{when} {level} ({low} to {high})")
    return Cell(shown_change(ratio), detail=", ".join(levels))


def _value(row: Row, name: str) -> str:
    return "–" if pd.isna(row[name]) else shown_value(float(row[name]), str(row["family"]), str(row["measure"]))


def _what(row: Row, context: PageContext) -> str:
    if row["family"] == CHANNEL_FAMILY:
        return f"Messages to the channel {row['segment_value']} fail"
    where = "" if row["segment"] == EVERYTHING else f", {row['segment']} {row['segment_value']}"
    counted = f"{figures.plain_words(str(row['family']))} ({figures.plain_words(str(row['measure']))}{where})"
    way = _WAYS.get(str(row["direction"]), str(row["direction"]))
    kind = _KINDS.get(str(row["kind"]), figures.plain_words(str(row["kind"])))
    return f"{_policy(row, context)}: {counted} {way}, {kind}"


def _policy(row: Row, context: PageContext) -> str:
    policy = str(row["policy"])
    return "All policies" if policy == EVERYTHING else context.titles.get(policy, policy)


def _causes(row: Row, context: PageContext) -> str:
    names = ("driver_segments", "driver_values", "driver_before", "driver_after")
    said = []
    for segment, value, before, after in zip(*(_items(row[name]) for name in names), strict=True):
        part = dict(row) | {"segment": segment, "segment_value": value, "before": before, "after": after}
        levels = "" if _kept_back(part, context) else f" ({_value(part, 'before')} to {_value(part, 'after')})"
        said.append(f"{segment} {value}{levels}")
    changed = [f"changed then: {name}" for name in _items(row["changed_versions"])]
    return "; ".join([*said, *changed]) or "–"


def _kept_back(row: Row, context: PageContext) -> str:
    """Why figures of an alert are not shown; nothing if they are."""
    policy, segment = str(row["policy"]), str(row["segment"])
    if policy == EVERYTHING:
        return ""
    if policy not in context.released_policies:
        return "the policy's number is held"
    is_place = row["family"] in _TELLING_FAMILIES and segment != EVERYTHING
    if is_place and (policy, segment, str(row["segment_value"])) not in context.shown_places:
        return "the week has none there"
    return ""


def _state(row: Row) -> Cell:
    note = row["note"] if isinstance(row["note"], str) else ""
    if isinstance(row["acknowledged_by"], str):
        return Cell(f"taken by {row['acknowledged_by']}", detail=note)
    return Cell("nobody has taken it", "alarm", detail=note)


def _with_units(opened: Sequence[Row], context: PageContext) -> list[Row]:
    return [row for row in opened if _items(row["unit_ids"]) and row["policy"] in context.released_policies]


def _unit_cells(row: Row, context: PageContext) -> list[Cell]:
    since = figures.day(row["began_date"])
    return [Cell(f"{_what(row, context)}, since {since}", "name"), Cell(" ".join(_items(row["unit_ids"])))]


def _closed_cells(row: Row, context: PageContext) -> list[Cell]:
    why = TRANSITIONS["withdrawn"] if row["state"] == "withdrawn" else RESOLUTIONS.get(row["resolution"], "")
    return [
        Cell(figures.day(row["began_date"]), "name"),
        Cell(_what(row, context)),
        Cell(figures.day(row["closed_date"])),
        Cell(why),
    ]


def _channel_table(context: PageContext) -> Markup | None:
    channels = context.data.channels
    if channels is None or channels.empty:
        return None
    headers = [Header("Channel"), Header("Last message"), Header("Undelivered", is_number=True)]
    rows = []
    for row in channels.to_dict("records"):
        fault = "" if row["status"] == "sent" else FAULTS.get(str(row["fault"]), str(row["fault"]))
        at = f"{figures.day(row['attempted_at'])}, {row['attempted_at']:%H:%M} UTC"
        last = Cell(f"failed: {fault}", "alarm", detail=at) if fault else Cell("arrived", detail=at)
        rows.append([Cell(str(row["channel"]), "name"), last, Cell(figures.count(row["n_undelivered"]), "number")])
    return tables.render_table(Table("Who is told, and whether messages arrive", headers, rows))


def _watched(context: PageContext) -> str:
    streams = context.data.watched_streams
    if streams is None or streams.empty:
        return ""
    by_phase = {str(row["phase"]): int(row["n_streams"]) for row in streams.to_dict("records")}
    n, n_young = sum(by_phase.values()), by_phase.get("warming_up", 0)
    day = figures.day(streams["ds"].iloc[0])
    if n_young == n:
        return f"On {day} all {figures.count(n)} series had too few days to be watched: no alert means nothing yet."
    young = f"; {figures.count(n_young)} had too few days to be watched" if n_young else ""
    return f"On {day} {figures.count(n - n_young)} series were watched{young}."


def _items(found: Any) -> list[Any]:
    """What is in an array; nothing where there is none."""
    return list(found) if isinstance(found, Iterable) and not isinstance(found, str) else []
