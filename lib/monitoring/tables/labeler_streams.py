"""The day's error rates of labelers: each rung as a whole against the rungs above, and models on pinned anchors."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lib.labelling.golden_labels import golden_items
from lib.labelling.labeler_quality.golden_sums import anchor_sums
from lib.labelling.labeler_quality.quality_rows import quality_rows
from lib.labelling.labeler_quality.verdict_sums import reference_sums
from lib.labelling.labeler_quality.window import QualityWindow
from schemas.labeler_quality import ALL

# Rates that are complements of the quality measures: of what is rare a relative change can be seen.
_MEASURES = {
    "false_negative_rate": ("sensitivity", "n_positive"),
    "false_positive_rate": ("specificity", "n_negative"),
    "disagreement": ("kappa", "n"),
}


def labeler_readings(
    window: QualityWindow, *, golden: DataFrame | None, golden_verdicts: DataFrame | None, confidence_level: float
) -> list[dict[str, Any]]:
    """Records of `stream_readings` from family to one_event, of a window of one day.

    Of a rung as a whole: 1 - sensitivity, 1 - specificity and 1 - kappa against each rung above, weighted by the
    design. Of a model that judged anchors that day: the share it got wrong, unweighted. What cannot be estimated on
    that day has no reading.
    """
    sums = reference_sums(window).where(F.col("labeler_id") == ALL)
    if golden is not None and golden_verdicts is not None:
        items = golden_items(golden, ds=window.end)
        sums = sums.unionByName(anchor_sums(golden_verdicts, items, start=window.start, end=window.end))
    records = quality_rows(
        [row.asDict() for row in sums.collect()],
        start=window.start,
        end=window.end,
        confidence_level=confidence_level,
        minimum_reference_verdicts=1,
    )
    return readings_of_quality(records)


def readings_of_quality(records: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The readings that rows of `labeler_quality` of one day make."""
    readings = []
    for record in records:
        if record["reference"] == "anchor":
            readings += _anchor_errors(record)
        else:
            readings += _rates(record)
    return readings


def _rates(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = []
    for measure, (quality, count) in _MEASURES.items():
        value, error = record[quality], record[f"{quality}_std_error"]
        if value is None or error is None or not record[count]:
            continue
        key = _key(record, measure, "rung", f"{record['rung']}_against_{record['reference']}")
        # without an error to be seen, the limit of the share says what one would stand for
        low = record[f"{quality}_ci_low"]
        one = None if low is None else (1.0 - low) / -math.log((1.0 - record["confidence_level"]) / 2.0)
        found.append(key | {"value": max(0.0, 1.0 - value), "std_error": error, "one_event": one})
    return found


def _anchor_errors(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    shares = ((record["sensitivity"], record["n_positive"]), (record["specificity"], record["n_negative"]))
    n = sum(count for _, count in shares)
    if not n:
        return []
    wrong = sum((1.0 - share) * count for share, count in shares if share is not None and count)
    value = wrong / n
    key = _key(record, "anchor_errors", "labeler", record["labeler_id"])
    return [key | {"value": value, "std_error": math.sqrt(value * (1.0 - value) / n), "one_event": 1.0 / n}]


def _key(record: Mapping[str, Any], measure: str, segment: str, value: str) -> dict[str, Any]:
    return {
        "family": "labeler",
        "policy": record["policy"],
        "measure": measure,
        "segment": segment,
        "segment_value": value,
    }
