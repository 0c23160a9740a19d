"""What is said of the directional index: which way it goes, how often it was right, whether it can be gone by."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from lib.reporting import figures
from lib.reporting.estimates import EVERYTHING
from lib.reporting.page_context import PageContext
from schemas.contracts.monitoring_settings import IndexSettings

Row = Mapping[Any, Any]
MARK: Final = "Directional: from scores, not labels; says whether it goes up or down, not how much."
HELD: Final = (
    "The page has no figure of this week here, so the index is not shown either: it would be read in its place."
)
NO_SCORES: Final = "There are no scores of these days."
_CHANCE: Final = 0.5
_DAYS_OF_A_WEEK: Final = 7
_WAYS: Final = {"up": "up", "down": "down", "flat": "neither up nor down", "unknown": "not known yet"}
_PARTED: Final = {
    "rise": "the labels find more than the scores say, as if the scorer did not see something new",
    "fall": "the labels find less than the scores say, as if the scorer had drifted, or the judges missed more",
}
_WHAT_TO_DO: Final = (
    "Do not go by the index until that is explained; labelled figures that are shown stand. Look for a new policy, "
    "prompt or scorer about that day, then at the units of the alert."
)


@dataclass(frozen=True)
class Gap:
    """Whether labels and scores have parted, in words; `todo` says what to do about it."""

    text: str
    todo: str = ""
    is_parted: bool = False


NOT_TOLD: Final = Gap("")


def way(row: Row) -> str:
    """Which way it goes, in words."""
    direction = str(row["direction"])
    return _WAYS.get(direction, figures.plain_words(direction))


def since(row: Row, settings: IndexSettings) -> str:
    """What the last days are compared with."""
    if _is_missing(row["reference_end"]) or _is_missing(row["reference_start"]):
        back = "a week" if settings.block_days == _DAYS_OF_A_WEEK else _days(settings.block_days)
        return f"There is no labelled day to go from. It has to be at least {back} back."
    reference = figures.day_range(row["reference_start"].date(), row["reference_end"].date())
    span = "week" if settings.block_days == _DAYS_OF_A_WEEK else _days(settings.block_days)
    return (
        f"The {span} to {figures.day(row['ds'].date())} against {reference}, which end on a labelled day. Moves of up "
        f"to {100 * settings.flat_band:g}{figures.PER_CENT} count as neither."
    )


def back_test(row: Row, settings: IndexSettings) -> str:
    """How often it went the way the labels went."""
    n, n_right, n_sure = int(row["n_compared"]), int(row["n_right"]), int(row["n_sure"])
    spans = "weeks" if settings.block_days == _DAYS_OF_A_WEEK else f"spans of {_days(settings.block_days)}"
    if n == 0:
        return (
            f"Not tested yet: there are no two neighbouring {spans} with labels between which it moved by more than "
            f"{100 * settings.flat_band:g}{figures.PER_CENT}."
        )
    said = [
        f"In {figures.count(n_right)} of {figures.count(n)} comparisons of neighbouring {spans} it went the way the "
        f"labels went{_share(row, n_right / n)}.{_chance(row)}"
    ]
    if n_sure:
        sure = f"{figures.count(int(row['n_sure_right']))} of {figures.count(n_sure)}"
        said.append(f"Where the labels moved by more than their error: in {sure}.")
    if n_right / n > _CHANCE:
        said.append("Labels err too, so it is right about the truth more often than about them.")
    return " ".join(said)


def gap_of(context: PageContext, policy: str, measure: str) -> Gap:
    """Whether the alarm about labels and index is on, and what to do then."""
    phase = _phase(context, policy, measure)
    alert = _open_alert(context, policy)
    if alert is not None:
        counted = "" if alert["measure"] == measure else f" (seen by {alert['measure']})"
        how = _PARTED.get(str(alert["direction"]), "")
        began = f"since about {figures.day(alert['began_date'])}"
        said = f"Labels and scores have parted {began}{counted}{f': {how}' if how else ''}."
        return Gap(said, _WHAT_TO_DO, is_parted=True)
    if phase in (None, "warming_up"):
        return Gap("Too few days have both to say whether they part: no alarm means nothing yet.")
    return Gap("No alarm: they have not surely parted.")


def _share(row: Row, share: float) -> str:
    low, high = row["share_right_low"], row["share_right_high"]
    if _is_missing(low) or _is_missing(high):
        return ""
    interval = figures.percent_interval(float(low), float(high), decimals=0)
    return f" ({figures.percent(share, decimals=0)}, {figures.level(float(row['confidence_level']))} range {interval})"


def _chance(row: Row) -> str:
    """Whether a coin would have done as well."""
    low, high = row["share_right_low"], row["share_right_high"]
    if not _is_missing(high) and high < _CHANCE:
        return " That is worse than a coin: do not go by it."
    return " A coin may have done as well." if _is_missing(low) or low <= _CHANCE else ""


def _phase(context: PageContext, policy: str, measure: str) -> str | None:
    streams = context.data.gap_streams
    if streams is None or streams.empty:
        return None
    found = streams[(streams["policy"] == policy) & (streams["measure"] == measure)]["phase"]
    return None if found.empty else str(found.iloc[0])


def _open_alert(context: PageContext, policy: str) -> Row | None:
    """The open alert of the policy about labels and index: one for all measures that part together."""
    alerts = context.data.alerts
    if alerts is None or alerts.empty:
        return None
    chosen = (alerts["family"] == "index_gap") & (alerts["policy"] == policy) & (alerts["segment"] == EVERYTHING)
    rows = alerts[chosen & alerts["closed_date"].isna()].to_dict("records")
    return rows[0] if rows else None


def _days(n: int) -> str:
    return f"{n} day{'' if n == 1 else 's'}"


def _is_missing(value: Any) -> bool:
    return bool(pd.isna(value))
