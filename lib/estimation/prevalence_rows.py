"""Turns rolled-up moments into rows of the prevalence table: estimate, interval, or the reasons why there is none."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lib.estimation.components import component_share
from lib.estimation.estimators import EstimatorName, estimate_prevalence
from lib.estimation.intervals.prevalence_interval import IntervalMethod, confidence_interval
from lib.estimation.ladder_moments import LadderMoments
from lib.estimation.nonresponse import weighted_missing_rates
from schemas.contracts.moment_names import COMPLEMENT_PREFIX, RUNG_VARIABLES, UNIT

_NUMBER = ("design_id", "period", "policy", "measure", "segment", "segment_value", "component")
_RUNGS = ("llm", "human", "gold")
_ESTIMATED = ("prevalence", "std_error", "ci_low", "ci_high", "effective_sample_size")
_SHARE = ("share_of_violating", "share_std_error", "share_ci_low", "share_ci_high")

# What an estimate lacks until a release; no other reason stands beside it.
NOT_YET_RELEASED = "not_yet_released: no release has decided on it; run release_metrics"

_Rows = Sequence[Mapping[str, Any]]


def prevalence_rows(
    rolled_up: Iterable[Mapping[str, Any]],
    *,
    estimators: Sequence[EstimatorName],
    interval: IntervalMethod,
    confidence_level: float,
    maximum_missing_label_rate: float = 0.1,
) -> list[dict[str, Any]]:
    """One record per number and estimator, with the columns of `prevalence` except job_run_id.

    `rolled_up` has the rows of one or more periods: the moments, and period, first_ds, last_ds, n_days, rungs,
    label_sources. Rows of one number with different ladders cannot be summed: the number is held. The rows of
    `all_but_<component>` give the variance of the component's share, and no number of their own. Every number is held:
    for the reasons why there is no estimate, or until a release decides on the one there is.
    """
    numbers: dict[tuple[Any, ...], list[Mapping[str, Any]]] = defaultdict(list)
    for row in rolled_up:
        numbers[tuple(row[name] for name in _NUMBER)].append(row)
    records = []
    for number, rows in sorted(numbers.items()):
        *cell, component = number
        if component.startswith(COMPLEMENT_PREFIX):
            continue
        held_for = hold_reasons(rows, maximum_missing_label_rate=maximum_missing_label_rate)
        whole, complement = (numbers.get((*cell, name), []) for name in (UNIT, COMPLEMENT_PREFIX + component))
        for estimator in estimators:
            record = _record(rows, held_for, estimator=estimator, interval=interval, confidence_level=confidence_level)
            if record["prevalence"] is not None and component != UNIT and whole and complement:
                record |= _share(whole[0], rows[0], complement[0], estimator, confidence_level)
            records.append(record)
    return records


def hold_reasons(rows: _Rows, *, maximum_missing_label_rate: float = 0.1) -> list[str]:
    """Why the number that rests on `rows` has no estimate; empty if it has one."""
    reasons = []
    if len(rows) > 1:
        ladders = sorted("+".join(row["rungs"]) for row in rows)
        reasons.append(f"mixed_label_ladders: days labelled by {' and by '.join(ladders)} are not comparable")
    n_labelled = sum(int(row["n_1"]) for row in rows)
    if not n_labelled:
        reasons.append("no_labels: no sampled unit has a verdict")
    for rung, rate in enumerate(missing_label_rates(rows), start=1):
        if rate > maximum_missing_label_rate and n_labelled:
            reasons.append(
                f"missing_labels: {rate:.1%} of the weight of the units on rung {rung} of the ladder has no usable "
                f"verdict, more than the allowed {maximum_missing_label_rate:.1%}"
            )
    if not sum(row["exposure_total"] for row in rows) > 0:
        reasons.append("no_exposure: the segment has no exposure in the period")
    return reasons


def missing_label_rates(rows: _Rows) -> list[float]:
    """Per rung the share of the drawn units' weight Σ 1/P without a usable verdict, over all `rows`."""
    drawn, missing = (
        [sum(float(row[f"{name}_{rung}"]) for row in rows) for rung in RUNG_VARIABLES]
        for name in ("sum_drawn_weight", "sum_missing_weight")
    )
    return weighted_missing_rates(drawn, missing)


def _record(
    rows: _Rows,
    reasons: Sequence[str],
    *,
    estimator: EstimatorName,
    interval: IntervalMethod,
    confidence_level: float,
) -> dict[str, Any]:
    held_for = list(reasons)
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
        "missing_label_rate": max(missing_label_rates(rows)),
        "label_sources": sorted({source for row in rows for source in row["label_sources"]}),
        "status": "held",
        "hold_reasons": held_for or [NOT_YET_RELEASED],
        "warnings": [],
        "release_id": None,
    }
    record |= {f"n_{rung}": sum(_n_on(row, rung) for row in rows) for rung in _RUNGS}
    record |= dict.fromkeys((*_ESTIMATED, *_SHARE))
    return record if held_for else record | _estimated(rows[0], estimator, interval, confidence_level)


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


def _share(
    whole: Mapping[str, Any],
    part: Mapping[str, Any],
    complement: Mapping[str, Any],
    estimator: EstimatorName,
    confidence_level: float,
) -> dict[str, Any]:
    unit, component, others = (LadderMoments.from_row(row) for row in (whole, part, complement))
    share = component_share(unit, component, others, estimator=estimator, level=confidence_level)
    if share is None:
        return {}
    return dict(zip(_SHARE, (share.share, share.std_error, share.low, share.high), strict=True))


def _n_on(row: Mapping[str, Any], rung: str) -> int:
    """Units with a verdict on the named rung."""
    return int(row[f"n_{list(row['rungs']).index(rung) + 1}"]) if rung in row["rungs"] else 0
