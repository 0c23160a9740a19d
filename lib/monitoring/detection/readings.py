"""Daily readings of named streams, and the block of arrays that they make."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np

from lib.monitoring.detection.grain import events_of, pooled_grain
from lib.monitoring.detection.stream_block import BoolArray, FloatArray, StreamBlock
from schemas.contracts.monitoring_settings import DaySpan, Family, MonitoringSettings, Tier

ALL = "all"
# Families whose values are rates of events; the others are means over a whole population.
COUNTED: frozenset[Family] = frozenset({"prevalence", "index_gap", "labeler", "join_loss"})
FAMILIES: tuple[Family, ...] = ("prevalence", "index_gap", "labeler", "score", "volume", "join_loss")


class StreamKey(NamedTuple):
    """What a stream is about."""

    family: Family
    policy: str
    measure: str
    segment: str
    segment_value: str

    @property
    def tier(self) -> Tier:
        """The part of the error budget it draws on."""
        if self.family == "prevalence":
            return "headline" if self.segment == ALL else "segment"
        return "process"

    def __str__(self) -> str:
        """For people: family, policy, measure, segment and its value."""
        where = "" if self.segment == ALL else f" {self.segment}={self.segment_value}"
        return f"{self.family} {self.policy} {self.measure}{where}"


@dataclass(frozen=True)
class Reading:
    """One number of a stream.

    Attributes:
        key: the stream
        ds: the day
        value: estimate >= 0
        std_error: its standard error, >= 0; 0 for what is known of the whole population
        n_events: events behind it; None: as many as the standard error says
        one_event: what one event would stand for, known from elsewhere; None if it is not

    """

    key: StreamKey
    ds: date
    value: float
    std_error: float
    n_events: float | None = None
    one_event: float | None = None


@dataclass(frozen=True)
class KnownBreak:
    """A change that is known: streams of the families, and of the policy unless it is None, start anew on `ds`."""

    ds: date
    families: frozenset[Family]
    policy: str | None
    reason: str

    def concerns(self, key: StreamKey) -> bool:
        """Whether the stream starts anew."""
        return key.family in self.families and self.policy in (None, key.policy)


def stream_block(
    readings: Iterable[Reading], *, last_ds: date, breaks: Sequence[KnownBreak], settings: MonitoringSettings
) -> tuple[list[StreamKey], StreamBlock]:
    """Put readings up to `last_ds` into a block; its rows are the sorted keys. Raises ValueError without a reading.

    The budget of a tier is shared equally by its streams; that of a tier without streams goes to the others in
    proportion.
    """
    known = [reading for reading in readings if reading.ds <= last_ds]
    if not known:
        raise ValueError(f"There is no reading up to {last_ds}; nothing can be watched.")
    keys = sorted({reading.key for reading in known})
    first_ds = min(reading.ds for reading in known)
    n_days = (last_ds - first_ds).days + 1
    row_of = {key: row for row, key in enumerate(keys)}
    arrays = {name: np.full((len(keys), n_days), np.nan) for name in ("value", "std_error", "n_events", "one_event")}
    for reading in known:
        place = row_of[reading.key], (reading.ds - first_ds).days
        for name, array in arrays.items():
            given = getattr(reading, name)
            array[place] = np.nan if given is None else given
    values, std_errors = arrays["value"], arrays["std_error"]
    n_events = np.where(np.isfinite(arrays["n_events"]), arrays["n_events"], events_of(values, std_errors))
    is_count = np.array([key.family in COUNTED for key in keys])[:, None]
    grain = pooled_grain(values, std_errors, n_events, fallback=arrays["one_event"])
    return keys, StreamBlock(
        first_ds=first_ds,
        values=values,
        std_errors=std_errors,
        grain=np.where(is_count, grain, 0.0),
        variance=np.where(is_count, 0.0, np.nan_to_num(std_errors) ** 2),
        is_break=_breaks(keys, breaks, first_ds=first_ds, n_days=n_days),
        is_excluded=_excluded(settings.excluded_days, first_ds=first_ds, shape=values.shape),
        minimum_effect=np.array([settings.minimum_effect[key.family] for key in keys]),
        typical_variation=np.array([settings.typical_variation[key.family] for key in keys]),
        budget_share=_budget_shares(keys, settings.budget_shares),
        group=np.array([FAMILIES.index(key.family) for key in keys]),
    )


def _breaks(keys: Sequence[StreamKey], breaks: Sequence[KnownBreak], *, first_ds: date, n_days: int) -> BoolArray:
    is_break = np.zeros((len(keys), n_days), dtype=bool)
    for known in breaks:
        column = (known.ds - first_ds).days
        if 0 < column < n_days:
            is_break[[known.concerns(key) for key in keys], column] = True
    return is_break


def _excluded(spans: Sequence[DaySpan], *, first_ds: date, shape: tuple[int, ...]) -> BoolArray:
    is_excluded = np.zeros(shape, dtype=bool)
    for column in range(shape[1]):
        day = first_ds + timedelta(days=column)
        is_excluded[:, column] = any(span.first_ds <= day <= span.last_ds for span in spans)
    return is_excluded


def _budget_shares(keys: Sequence[StreamKey], shares: Mapping[Tier, float]) -> FloatArray:
    tiers = [key.tier for key in keys]
    share = np.array([shares.get(tier, 0.0) / tiers.count(tier) for tier in tiers])
    total = share.sum()
    return share / total if total > 0.0 else np.full(len(keys), 1.0 / len(keys))
