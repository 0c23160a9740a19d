"""Limits that follow from the weeks before: of a number of rows, of a share, of how far a distribution moved."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from lib.quality.distributions import Distribution, usual_distance
from lib.quality.weekday_history import History, deviation
from schemas.contracts.quality_settings import QualitySettings
from schemas.table_spec import Watch

# While weekdays are not known, a distribution may differ by them.
_EARLY_DRIFT_FACTOR = 2.0


@dataclass(frozen=True)
class Limits:
    """What a figure must lie between; None for no limit, both None: it is not judged."""

    at_least: float | None = None
    at_most: float | None = None


NOT_JUDGED = Limits()


def volume_limits(n_rows: Mapping[date, float], ds: date, settings: QualitySettings) -> Limits:
    """Between how many rows day `ds` should have, from those of earlier days.

    In logarithms, so that growth and weekdays multiply. A day is expected to be the median of the same weekdays of four
    weeks, carried forward by the median growth from week to week. How far earlier days were off by the same rule gives
    the scatter (median absolute deviation), which is at least that of counts. Until weekdays are known, the median of
    all days is expected, and only a factor counts.
    """
    history = History.of(n_rows, ds, settings)
    if history is None:
        return NOT_JUDGED
    logs = {day: math.log(n_rows[day] + 1.0) for day in history.days}
    growth = _weekly_growth(logs) if history.knows_weekdays else 0.0
    expected = _expected(logs, ds, history.comparable(ds), growth)
    counting = math.sqrt(2.0 / math.exp(expected))
    if not history.knows_weekdays:
        factor = max(math.log(settings.early_volume_factor), settings.outlier_factor * counting)
        return _around(expected, factor, factor)
    residuals = history.residuals(lambda day, others: logs[day] - _expected(logs, day, others, growth))
    noise = settings.outlier_factor * math.hypot(deviation(residuals), counting)
    change = settings.maximum_volume_change
    return _around(expected, max(noise, -math.log(max(1.0 - change, 1e-9))), max(noise, math.log1p(change)))


def collapse_limits(n_rows: Mapping[date, float], ds: date, settings: QualitySettings) -> Limits:
    """The least number of rows with which day `ds` can be whole; not judged until weekdays are known."""
    history = History.of(n_rows, ds, settings)
    if history is None or not history.knows_weekdays:
        return NOT_JUDGED
    logs = {day: math.log(n_rows[day] + 1.0) for day in history.days}
    expected = math.exp(_expected(logs, ds, history.comparable(ds), _weekly_growth(logs)))
    unusual = volume_limits(n_rows, ds, settings).at_least or 0.0
    return Limits(at_least=min(unusual, settings.collapse_share * expected))


def missing_limits(shares: Mapping[date, float], ds: date, settings: QualitySettings) -> Limits:
    """The largest share of rows without a value on day `ds`, from the shares of earlier days."""
    history = History.of(shares, ds, settings)
    if history is None:
        return NOT_JUDGED
    known = np.array([shares[day] for day in history.days])
    centre = float(np.median(known))
    rise = max(settings.maximum_missing_change, settings.outlier_factor * deviation(known - centre))
    return Limits(at_most=min(1.0, centre + rise))


def drift_of(
    days: Mapping[date, Distribution], today: Distribution, ds: date, watch: Watch, settings: QualitySettings
) -> tuple[float | None, Limits]:
    """How far the distribution of day `ds` is from that of the days it is like, and how far it may be.

    The distance is the median one to those days. Those of earlier days by the same rule say what is usual: their
    median and scatter give the limit, which is at least `maximum_drift`. None, and no limits, without a history.
    """
    history = History.of(days, ds, settings)
    if history is None:
        return None, NOT_JUDGED
    found = usual_distance(today, [days[day] for day in history.comparable(ds)], watch)
    usual = history.residuals(lambda day, others: usual_distance(days[day], [days[d] for d in others], watch))
    least = getattr(settings.maximum_drift, watch) * (1.0 if history.knows_weekdays else _EARLY_DRIFT_FACTOR)
    centre = float(np.median(usual))
    return found, Limits(at_most=max(least, centre + settings.outlier_factor * deviation(usual - centre)))


def _weekly_growth(logs: Mapping[date, float]) -> float:
    """Median growth of the logarithm from one week to the next; 0 if no two weeks are there."""
    week = timedelta(weeks=1)
    growths = [value - logs[day - week] for day, value in logs.items() if day - week in logs]
    return float(np.median(growths)) if growths else 0.0


def _expected(logs: Mapping[date, float], day: date, others: Sequence[date], growth: float) -> float:
    """The median of the other days, each carried forward to `day`."""
    return float(np.median([logs[other] + growth * (day - other).days / 7.0 for other in others]))


def _around(centre: float, below: float, above: float) -> Limits:
    return Limits(math.exp(centre - below) - 1.0, math.exp(centre + above) - 1.0)
