"""Turns rolled-up moments into rows of the prevalence table: estimate, interval, or the reasons to hold it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lib.estimation.estimators import EstimatorName, estimate_prevalence
from lib.estimation.intervals import IntervalMethod, confidence_interval
from lib.estimation.ladder_moments import LadderMoments

_NUMBER = ("design_id", "period", "policy", "measure", "segment", "segment_value")
_RUNGS = ("llm", "human", "gold")


def prevalence_rows(
    rolled_up: Iterable[Mapping[str, Any]],
    *,
    estimators: Sequence[EstimatorName],
    interval: IntervalMethod,
    confidence_level: float,
) -> list[dict[str, Any]]:
    """One record per number and estimator, with the columns of `prevalence` except job_run_id.

    `rolled_up` has the rows of one or more periods: the moments, and period, first_ds, last_ds, n_days, rungs,
    label_sources. Rows of one number with different ladders cannot be summed: the number is held.
    """
    numbers: dict[tuple[Any, ...], list[Mapping[str, Any]]] = defaultdict(list)
    for row in rolled_up:
        numbers[tuple(row[name] for name in _NUMBER)].append(row)
    return [
        _record(rows, estimator=estimator, interval=interval, confidence_level=confidence_level)
        for _, rows in sorted(numbers.items())
        for estimator in estimators
    ]


def hold_reasons(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Why the number that rests on `rows` must not be shown; empty if it may."""
    reasons = []
    if len(rows) > 1:
        ladders = sorted("+".join(row["rungs"]) for row in rows)
        reasons.append(f"mixed_label_ladders: days labelled by {' and by '.join(ladders)} are not comparable")
    n_labelled = sum(int(row["n_1"]) for row in rows)
    if not n_labelled:
        reasons.append("no_labels: no sampled unit has a verdict")
    for rung in (1, 2, 3):
        n_missing = sum(int(row[f"n_missing_{rung}"]) for row in rows)
        if n_missing and n_labelled:
            reasons.append(f"missing_labels: {n_missing} units on rung {rung} of the ladder have no usable verdict")
    if not sum(row["exposure_total"] for row in rows) > 0:
        reasons.append("no_exposure: the segment has no exposure in the period")
    return reasons


def _record(
    rows: Sequence[Mapping[str, Any]], *, estimator: EstimatorName, interval: IntervalMethod, confidence_level: float
) -> dict[str, Any]:
    held_for = hold_reasons(rows)
    if estimator == "difference" and not all(row["has_score"] for row in rows):
        held_for.append("no_score: the difference estimator needs a score")
    record: dict[str, Any] = {name: rows[0][name] for name in _NUMBER}
    record |= {
        "ds": max(row["last_ds"] for row in rows),
        "period_start": min(row["first_ds"] for row in rows),
        "period_end": max(row["last_ds"] for row in rows),
        "n_days": sum(row["n_days"] for row in rows),
        "estimator": estimator,
        "confidence_level": confidence_level,
        "ci_method": interval,
        "population_size": int(sum(row["population_size"] for row in rows)),
        "exposure_total": float(sum(row["exposure_total"] for row in rows)),
        "n_positive": sum(int(row["n_positive_1"]) for row in rows),
        "n_positive_highest_rung": sum(
            int(row[f"n_positive_{len(row['rungs'])}"]) if row["rungs"] else 0 for row in rows
        ),
        "label_sources": sorted({source for row in rows for source in row["label_sources"]}),
        "status": "held" if held_for else "released",
        "hold_reasons": held_for,
        "release_id": None,
    }
    record |= {f"n_{rung}": sum(_n_on(row, rung) for row in rows) for rung in _RUNGS}
    estimate_fields: dict[str, Any] = dict.fromkeys(
        ("prevalence", "std_error", "ci_low", "ci_high", "effective_sample_size")
    )
    if not held_for:
        estimate_fields = _estimated(rows[0], estimator, interval, confidence_level)
    return record | estimate_fields


def _estimated(
    row: Mapping[str, Any], estimator: EstimatorName, interval: IntervalMethod, confidence_level: float
) -> dict[str, Any]:
    moments = LadderMoments.from_row(row)
    estimate = estimate_prevalence(moments, estimator=estimator)
    limits = confidence_interval(estimate, moments, method=interval, level=confidence_level)
    return {
        "prevalence": estimate.published,
        "std_error": estimate.std_error,
        "ci_low": limits.low,
        "ci_high": limits.high,
        "effective_sample_size": estimate.effective_sample_size,
    }


def _n_on(row: Mapping[str, Any], rung: str) -> int:
    """Units with a verdict on the named rung."""
    return int(row[f"n_{list(row['rungs']).index(rung) + 1}"]) if rung in row["rungs"] else 0
