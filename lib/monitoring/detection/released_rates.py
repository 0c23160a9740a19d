"""Released numbers as readings, and their ratio to the label-free index."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from lib.monitoring.detection.readings import Reading, StreamKey


def prevalence_readings(numbers: Iterable[Mapping[str, Any]]) -> list[Reading]:
    """Readings of daily rows of `released_prevalence`; held ones have none.

    Without a violation the upper limit tells what one would stand for: it is -k·ln(α/2) for a violation of weight k.
    """
    readings = []
    for row in numbers:
        if row["status"] != "released" or row["std_error"] is None:
            continue
        key = StreamKey("prevalence", row["policy"], row["measure"], row["segment"], row["segment_value"])
        reach = -math.log((1.0 - row["confidence_level"]) / 2.0)
        readings.append(
            Reading(
                key,
                row["period_start"],
                value=float(row["prevalence"]),
                std_error=float(row["std_error"]),
                n_events=None if row["n_positive"] is None else float(row["n_positive"]),
                one_event=float(row["ci_high"]) / reach if row["prevalence"] == 0.0 else None,
            )
        )
    return readings


def gap_readings(readings: Iterable[Reading]) -> list[Reading]:
    """Released prevalence over mean score, for every policy, measure and segment of the whole population.

    Calibrated scores make the ratio about 1, and whatever it is it stays, while scorer and labels see the same: it
    moves if violations appear that the scorer is blind to, or if the scorer drifts.
    """
    known = list(readings)
    scores = {(r.key.policy, r.key.measure, r.ds): r.value for r in known if _is_whole(r, "score")}
    gaps = []
    for reading in known:
        score = scores.get((reading.key.policy, reading.key.measure, reading.ds), 0.0)
        if _is_whole(reading, "prevalence") and score > 0.0:
            gaps.append(
                Reading(
                    reading.key._replace(family="index_gap"),
                    reading.ds,
                    value=reading.value / score,
                    std_error=reading.std_error / score,
                    n_events=reading.n_events,
                    one_event=None if reading.one_event is None else reading.one_event / score,
                )
            )
    return gaps


def _is_whole(reading: Reading, family: str) -> bool:
    return reading.key.family == family and reading.key.segment == "all"
