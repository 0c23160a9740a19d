"""The rows of the directional index of a day."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from lib.monitoring.detection.readings import Reading, StreamKey
from lib.monitoring.directional.back_test import ByDay, back_test, block_before, mean_of
from schemas.contracts.monitoring_settings import IndexSettings


def index_rows(
    readings: Iterable[Reading], *, ds: date, settings: IndexSettings, confidence: float
) -> list[dict[str, Any]]:
    """Rows of `directional_index` of day `ds`, except ds, design_id and job_run_id.

    The index of a policy, measure and segment is its mean calibrated score over the whole population: it needs no
    label, and is biased by all that the scorer does not know, so it says which way and never how much. It is the mean
    of the `block_days` days up to `ds`, compared with that of as many days up to the last labelled day before them:
    whole weeks by default, so that days of the week cancel.

    Args:
        readings: of the families prevalence and score, all days
        ds: the day
        settings: length of the blocks, and what is flat
        confidence: of the back-test's limits

    Returns:
        one row for every score of the day

    """
    scores: dict[StreamKey, dict[date, Reading]] = {}
    labelled: dict[StreamKey, dict[date, Reading]] = {}
    for reading in readings:
        if reading.ds <= ds and reading.key.family in ("score", "prevalence"):
            kind = scores if reading.key.family == "score" else labelled
            kind.setdefault(reading.key._replace(family="score"), {})[reading.ds] = reading
    rows = []
    for key, by_day in sorted(scores.items()):
        if ds in by_day:
            rows.append(_row(key, by_day, labelled.get(key, {}), ds=ds, settings=settings, confidence=confidence))
    return rows


def _row(
    key: StreamKey, scores: ByDay, labelled: ByDay, *, ds: date, settings: IndexSettings, confidence: float
) -> dict[str, Any]:
    tested = back_test(
        scores,
        labelled,
        last_ds=ds,
        block_days=settings.block_days,
        flat_band=settings.flat_band,
        confidence=confidence,
    )
    latest_reference = ds - timedelta(days=settings.block_days)
    anchors = [day for day in labelled if day <= latest_reference and day in scores]
    reference = block_before(scores, max(anchors), settings.block_days) if anchors else []
    change = None
    if reference and mean_of(scores, reference) > 0.0:
        now = mean_of(scores, block_before(scores, ds, settings.block_days))
        change = now / mean_of(scores, reference) - 1.0
    return {
        "policy": key.policy,
        "measure": key.measure,
        "segment": key.segment,
        "segment_value": key.segment_value,
        "is_directional": True,
        "mean_score": scores[ds].value,
        "is_labelled": ds in labelled,
        "reference_start": reference[0] if reference else None,
        "reference_end": reference[-1] if reference else None,
        "change": change,
        "direction": _direction(change, settings.flat_band),
        "n_compared": tested.n_compared,
        "n_right": tested.n_right,
        "share_right": tested.share_right,
        "share_right_low": tested.low,
        "share_right_high": tested.high,
        "n_sure": tested.n_sure,
        "n_sure_right": tested.n_sure_right,
        "confidence_level": confidence,
    }


def _direction(change: float | None, flat_band: float) -> str:
    if change is None:
        return "unknown"
    if abs(change) <= flat_band:
        return "flat"
    return "up" if change > 0.0 else "down"
