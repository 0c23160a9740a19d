"""Turns the summed pairs of verdicts into rows of labeler_quality."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np

from lib.estimation.agreement.agreement_estimate import AgreementEstimate
from lib.estimation.agreement.drift import PairedVerdicts, drift
from lib.estimation.agreement.verdict_table import RateEstimate, VerdictTable
from schemas.labels import RUNGS

Row = Mapping[str, Any]
LabelerKey = tuple[str, str, str, str]

_NUMBER = {"not_violating": 0, "violating": 1}
_SUMS = ("n", "weight", "squared_weight", "score_weight", "score_squared_weight")
_NOTHING = RateEstimate(None, None, None, None)
_DRIFT_COLUMNS = (
    "drift_n", "drift_first_ds", "drift_change", "drift_ci_low", "drift_ci_high", "drift_flip_rate", "drift_p_value",
    "drift_alarm_limit", "is_drifting",
)  # fmt: skip


def quality_rows(
    sums: Iterable[Row], *, start: date, end: date, confidence_level: float, minimum_reference_verdicts: int
) -> list[dict[str, Any]]:
    """One record a labeler, policy and reference, with the columns of `labeler_quality` up to no_estimate_reason.

    Args:
        sums: rows of `reference_sums`, `review_sums`, `canary_sums` and `anchor_sums`
        start: first day of the window
        end: last day of the window
        confidence_level: nominal coverage of the intervals
        minimum_reference_verdicts: n below which a reference is not the best one

    Returns:
        the records, without ds, design_id and job_run_id; the columns on Dawid-Skene and drift are null

    """
    grouped: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in sums:
        grouped[(*_labeler(row), row["reference"])].append(row)
    records = [_record(key, rows, confidence_level) for key, rows in sorted(grouped.items())]
    best = _best_references(records, minimum_reference_verdicts)
    window = {"window_start": start, "window_end": end, "confidence_level": confidence_level}
    return [
        record | window | {"is_best_reference": best.get(_labeler(record)) == record["reference"]} | _not_asked()
        for record in records
    ]


def with_dawid_skene(
    records: Sequence[dict[str, Any]], fitted: Mapping[LabelerKey, dict[str, Any]]
) -> list[dict[str, Any]]:
    """The records with the columns of Dawid-Skene, from `dawid_skene_rates`."""
    return [record | fitted.get(_labeler(record), {}) for record in records]


def with_drift(
    records: Sequence[dict[str, Any]], sums: Iterable[Row], *, confidence_level: float, significance: float
) -> list[dict[str, Any]]:
    """The records of reference `anchor` with what has changed on their items since they were first judged.

    An alarm is a p-value below significance over the number of policies of one labeler and prompt (Bonferroni).

    Args:
        records: of `quality_rows`
        sums: rows of `drift_sums`
        confidence_level: nominal coverage of the limits of the change
        significance: chance of any alarm for a labeler although nothing has changed

    Returns:
        the records

    """
    by_labeler = {_labeler(row): row for row in sums}
    n_policies: dict[tuple[str, ...], int] = defaultdict(int)
    for *labeler, _ in by_labeler:
        n_policies[tuple(labeler)] += 1
    drifted = []
    for record in records:
        key = _labeler(record)
        found = by_labeler.get(key) if record["reference"] == "anchor" else None
        if found is None:
            drifted.append(record)
            continue
        columns = _drift_columns(found, confidence_level, significance / n_policies[key[:3]])
        drifted.append(record | columns)
    return drifted


def _drift_columns(row: Row, confidence_level: float, limit: float) -> dict[str, Any]:
    names = ("n", "n_mended", "n_spoilt", "n_to_violating", "n_to_not_violating", "n_changed")
    moved = drift(PairedVerdicts(**{name: int(row[name]) for name in names}), level=confidence_level)
    return {
        "drift_n": int(row["n"]),
        "drift_first_ds": row["first_ds"],
        "drift_change": moved.change,
        "drift_ci_low": moved.low,
        "drift_ci_high": moved.high,
        "drift_flip_rate": moved.flip_rate,
        "drift_p_value": moved.p_value,
        "drift_alarm_limit": limit,
        "is_drifting": moved.p_value < limit,
    }


def _record(key: tuple[str, ...], rows: Sequence[Row], level: float) -> dict[str, Any]:
    table = _table(rows)
    rung, labeler_id, prompt_version, policy, reference = key
    # two reviewers of equal standing: neither is the truth that the other is measured by
    has_truth = reference != "second_review"
    kappa, alpha = table.kappa(level), table.alpha(level)
    return {
        "rung": rung,
        "labeler_id": labeler_id,
        "prompt_version": prompt_version,
        "policy": policy,
        "reference": reference,
        "n": int(table.n.sum()),
        "weighted_n": float(table.design.weights.sum()),
        "n_positive": int(table.n[[1, 3]].sum()),
        "n_negative": int(table.n[[0, 2]].sum()),
        "n_no_verdict": sum(int(row["n"]) for row in rows if row["label"] not in _NUMBER),
        "n_no_reference": sum(int(row["n"]) for row in rows if row["label"] in _NUMBER and row["truth"] not in _NUMBER),
        **_rate("sensitivity", table.sensitivity(level) if has_truth else _NOTHING),
        **_rate("specificity", table.specificity(level) if has_truth else _NOTHING),
        **_rate("precision", table.precision(level) if has_truth else _NOTHING),
        **_rate("agreement", table.agreement(level)),
        **_rate("kappa", kappa),
        **_rate("alpha", alpha),
        "no_estimate_reason": kappa.refused or alpha.refused,
    }


def _table(rows: Sequence[Row]) -> VerdictTable:
    sums = {name: np.zeros(4) for name in _SUMS}
    missing = np.zeros(2)
    for row in rows:
        label, truth = _NUMBER.get(row["label"]), _NUMBER.get(row["truth"])
        if label is None:
            continue
        if truth is None:
            missing[label] += row["weight"]
            continue
        for name in _SUMS:
            sums[name][2 * label + truth] += row[name]
    return VerdictTable(**sums, missing_weight=missing)


def _rate(name: str, found: RateEstimate | AgreementEstimate) -> dict[str, float | None]:
    return {
        name: found.estimate,
        f"{name}_std_error": found.std_error,
        f"{name}_ci_low": found.low,
        f"{name}_ci_high": found.high,
    }


def _best_references(records: Sequence[Row], minimum: int) -> dict[LabelerKey, str]:
    """Labeler and policy to the highest rung above with enough verdicts, of both kinds."""
    best: dict[LabelerKey, str] = {}
    for rung in RUNGS:
        for record in records:
            has_both = min(record["n_positive"], record["n_negative"]) > 0
            if record["reference"] == rung and has_both and record["n"] >= minimum:
                best[_labeler(record)] = rung
    return best


def _labeler(row: Row) -> LabelerKey:
    return row["rung"], row["labeler_id"], row["prompt_version"], row["policy"]


def _not_asked() -> dict[str, None]:
    names = ("dawid_skene_sensitivity", "dawid_skene_specificity", "dawid_skene_is_converged", *_DRIFT_COLUMNS)
    return dict.fromkeys(names)
