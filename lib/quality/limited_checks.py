"""Checks with the limits that the weeks before give, and the figures they are held against."""

from dataclasses import replace
from datetime import date

from lib.quality.check import Check
from lib.quality.distributions import Distribution
from lib.quality.earlier_results import EarlierResults
from lib.quality.history_limits import Limits, collapse_limits, drift_of, missing_limits, volume_limits
from schemas.contracts.quality_settings import QualitySettings
from schemas.tables import TABLES


def limited(check: Check, earlier: EarlierResults, ds: date, settings: QualitySettings) -> Check:
    """`check` with the limits of its kind; without limits if there is too little history. Any other as it is."""
    if check.kind not in ("volume", "volume_collapse", "missing_drift"):
        return check
    rule = {"volume": volume_limits, "volume_collapse": collapse_limits, "missing_drift": missing_limits}[check.kind]
    return _with(check, rule(earlier.figures_of(check), ds, settings))


def limited_drift(
    check: Check, today: Distribution, earlier: EarlierResults, ds: date, settings: QualitySettings
) -> tuple[Check, float | None]:
    """A check of drift with its limit, and the distance; of a map the largest one over its keys beside its limit.

    A distribution is held against the days that have one: before the first scorer there are no scores. One that the
    last day has and this one lacks is infinitely far away. None without a history.
    """
    spec = TABLES[check.table]
    (column,) = (column for column in spec.columns if column.name == check.subject)
    is_keyed = column.data_type.startswith("map<")
    days = earlier.distributions_of(check)
    if not days:
        return check, None
    worst: tuple[float, Limits] | None = None
    for key in sorted(_keys(today, is_keyed) | _keys(days[max(days)], is_keyed)):
        known = {day: part for day, counts in days.items() if (part := _part(counts, key, is_keyed))}
        part = _part(today, key, is_keyed)
        found, limits = drift_of(known, part, ds, spec.watched[column.name], settings)
        if found is None or not limits.at_most:
            continue
        if worst is None or found / limits.at_most > worst[0] / (worst[1].at_most or 1.0):
            worst = (found, limits)
    return (check, None) if worst is None else (_with(check, worst[1]), worst[0])


def _with(check: Check, limits: Limits) -> Check:
    return replace(check, at_least=limits.at_least, at_most=limits.at_most)


def _keys(counts: Distribution, is_keyed: bool) -> set[str]:
    return {name.rpartition("|")[0] for name in counts} if is_keyed else {""}


def _part(counts: Distribution, key: str, is_keyed: bool) -> Distribution:
    """The distribution of one key of a map, or the whole."""
    if not is_keyed:
        return counts
    split = [(*name.rpartition("|")[::2], n) for name, n in counts.items()]
    return {bin_name: n for of_key, bin_name, n in split if of_key == key}
