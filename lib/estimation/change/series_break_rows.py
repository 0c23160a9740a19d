"""Turns the sums of a bridge study into rows of the table of breaks."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from lib.estimation.change.bridge_moments import BridgeMoments
from lib.estimation.change.bridge_study import estimate_shift
from schemas.contracts.series_break import SeriesBreakSettings
from schemas.errors import MissingInputError


def series_break_rows(
    summed: Iterable[Mapping[str, Any]], declared: SeriesBreakSettings, *, design_id: str, confidence_level: float
) -> list[dict[str, Any]]:
    """One record a measure with the columns of `series_breaks` except job_run_id.

    `summed` has the rows of `lib.moments.bridge_sums`, with measure. Raises MissingInputError if no unit has both
    verdicts, or none of them has exposure.
    """
    return [
        _record(row, declared, confidence_level) | {"design_id": design_id}
        for row in sorted(summed, key=lambda row: str(row["measure"]))
    ]


def _record(row: Mapping[str, Any], declared: SeriesBreakSettings, confidence_level: float) -> dict[str, Any]:
    moments = BridgeMoments.from_row(row)
    _require_overlap(moments, declared, row["measure"])
    estimate = estimate_shift(moments, level=confidence_level)
    first, last = declared.overlap
    return {
        "ds": declared.ds,
        "policy": declared.policy,
        "measure": row["measure"],
        "rung": declared.rung,
        "version_kind": declared.version_kind,
        "old_version": declared.old_version,
        "new_version": declared.new_version,
        "overlap_first_ds": first,
        "overlap_last_ds": last,
        "old_prevalence": estimate.old_prevalence,
        "new_prevalence": estimate.new_prevalence,
        "shift": estimate.shift.difference,
        "std_error": estimate.std_error,
        "process_std_error": estimate.process_std_error,
        "ci_low": estimate.shift.low,
        "ci_high": estimate.shift.high,
        "ratio": estimate.ratio.ratio,
        "ratio_std_error": estimate.ratio_std_error,
        "ratio_process_std_error": estimate.ratio_process_std_error,
        "ratio_ci_low": estimate.ratio.low,
        "ratio_ci_high": estimate.ratio.high if math.isfinite(estimate.ratio.high) else None,
        "confidence_level": confidence_level,
        "n_units": estimate.n_units,
        "n_disagreeing": estimate.n_disagreeing,
        "n_to_violating": moments.n_gained,
        "n_to_not_violating": moments.n_lost,
        "n_missing": moments.n_missing,
        "reason": declared.reason,
    }


def _require_overlap(moments: BridgeMoments, declared: SeriesBreakSettings, measure: str) -> None:
    if moments.n_units and moments.largest_weight > 0.0:
        return
    first, last = declared.overlap
    raise MissingInputError(
        f"Table `labels`: {moments.n_units} units of {first} to {last} have a usable {declared.rung} verdict on "
        f"{declared.policy} under `{declared.version_kind}` {declared.old_version} and {declared.new_version}, with no "
        f"{measure} among them; label the days under both versions, or mend `series_breaks` in conf."
    )
