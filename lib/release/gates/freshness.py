"""Whether the number is of the days it seems to be of, and not too old when it is shown."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from lib.release.gates.gate import GateResult, held_against
from schemas.contracts.release_settings import ReleaseSettings


def label_lag(rows: Iterable[Mapping[str, Any]], settings: ReleaseSettings) -> list[GateResult]:
    """Days between the last drawn and the last labelled day; `rows`: period, last_drawn_ds, last_labelled_ds."""
    results = []
    for row in rows:
        lag = (row["last_drawn_ds"] - row["last_labelled_ds"]).days
        reason = (
            f"samples are drawn up to {row['last_drawn_ds']}, labels go up to {row['last_labelled_ds']}: "
            f"{lag} days, more than {settings.maximum_label_lag_days}; label the days between"
        )
        scope = {"period": str(row["period"])}
        results.append(held_against("label_lag", lag, settings.maximum_label_lag_days, reason=reason, scope=scope))
    return results


def age(last_days: Mapping[str, date], settings: ReleaseSettings, *, released_at: datetime) -> list[GateResult]:
    """Days from each period's last day with data to the release; `last_days` is period to that day."""
    results = []
    for period, last_day in sorted(last_days.items()):
        days = (released_at.date() - last_day).days
        reason = (
            f"the last day of the number is {days} days ago, more than {settings.maximum_age_days}; "
            "run the days since, or set release.maximum_age_days for a back-fill"
        )
        results.append(held_against("age", days, settings.maximum_age_days, reason=reason, scope={"period": period}))
    return results
