"""The records of the export: only what is released has figures, and nothing is filled in."""

import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

import numpy as np
import pandas as pd

from lib.reporting.estimates import EVERYTHING, Estimate, held_alike, read_estimates
from lib.reporting.gate_words import code_of, plain_reasons
from lib.reporting.period_coverage import COLUMNS, Coverage, coverages_of
from lib.reporting.transparency import columns
from lib.reporting.transparency.source import AUTOMATED_RUNG, TransparencyData
from schemas.labeler_quality import ALL

Record = dict[str, str | int | float | None]

_FIGURES: Final = (
    "prevalence", "ci_low", "ci_high", "std_error", "effective_sample_size", "n_positive", "n_positive_highest_rung",
)  # fmt: skip
_ALWAYS_TOLD: Final = (
    "confidence_level", "population_size", "exposure_total", "n_llm", "n_human", "n_gold", "missing_label_rate",
)  # fmt: skip
# Rates of `labeler_quality`, and what regulators call them.
_RATES: Final = {"precision": "precision", "sensitivity": "recall", "specificity": "specificity"}
_NOT_CHECKED: Final = "no label of it was judged again on a higher rung"
_NOT_TOLD: Final = (
    "precision is told only of policies whose number of the quarter is released: it would tell the number"
)


def prevalence_records(data: TransparencyData) -> list[Record]:
    """One record per policy, measure and place: the quarter's number as released, or why there is none."""
    numbers = data.numbers
    coverages = coverages_of(numbers.loc[numbers["segment"] == EVERYTHING, list(COLUMNS)], data.quarter)
    estimates = held_alike(read_estimates(numbers, minimum_segment_labels=data.minimum_segment_labels))
    records, found = [], set()
    for estimate, row in zip(estimates, numbers.to_dict("records"), strict=True):
        if estimate.period == data.quarter.kind and estimate.anchor == data.quarter.first:
            found.add(estimate.policy)
            coverage = coverages[(estimate.policy, estimate.measure)] if estimate.segment == EVERYTHING else None
            records.append(_prevalence(estimate, row, coverage, data))
    missing = [policy for policy in data.policy_titles if policy not in found]
    return _in_order([*records, *(_no_number(policy, data) for policy in missing)], columns.PREVALENCE)


def label_records(data: TransparencyData) -> list[Record]:
    """One record per policy, labeler and version: how many labels, on how many units, how many without a verdict."""
    rows = data.labels.rename(columns={"first_ds": "first_day", "last_ds": "last_day"}).to_dict("records")
    told = [{str(name): _plain(value) for name, value in row.items()} for row in rows]
    return _in_order([record | _head(str(record["policy"]), data) for record in told], columns.LABELS)


def accuracy_records(data: TransparencyData, released: Sequence[str]) -> list[Record]:
    """One record per policy, automated labeler and reference; for a policy that nobody checked, one that says so.

    Recall and specificity belong to the labeler. Precision depends on how much there is to find: with the other two it
    gives the prevalence, so it is told only of policies in `released`, whose number of the quarter is.
    """
    found = [_accuracy(row, data, is_released=row["policy"] in released) for row in data.quality]
    checked = {str(row["policy"]) for row in data.quality}
    silent = [policy for policy in data.policy_titles if policy not in checked]
    found += [_head(policy, data) | {"remark": _NOT_CHECKED} for policy in silent]
    return _in_order(found, columns.ACCURACY)


def release_records(data: TransparencyData) -> list[Record]:
    """One record per release that decided on a number of the quarter."""
    return [
        {
            "release_id": row["release_id"],
            "day": _plain(row["ds"]),
            "released_at": f"{pd.Timestamp(row['released_at']):%Y-%m-%dT%H:%M:%SZ}",
            "policies": "; ".join(f"{policy} {version}" for policy, version in sorted(dict(row["policies"]).items())),
            "prompt_versions": " ".join(str(version) for version in row["prompt_versions"]),
            "design_hash": row["design_hash"],
            "code_version": row["code_version"],
        }
        for row in data.releases.to_dict("records")
    ]


def released_policies(records: Sequence[Record], *, measure: str) -> list[str]:
    """Policies whose headline number of the quarter has a figure."""
    return [
        str(record["policy"])
        for record in records
        if record["segment"] == EVERYTHING and record["measure"] == measure and record["status"] == "released"
    ]


def _prevalence(e: Estimate, row: Mapping[Any, Any], coverage: Coverage | None, data: TransparencyData) -> Record:
    is_shown = e.figure is not None
    record: Record = _head(e.policy, data) | {
        "measure": e.measure,
        "segment": e.segment,
        "segment_value": e.segment_value,
        "status": "released" if is_shown else "too_few_labels" if e.is_too_few else "held",
        # As the tables have them: a page rounds, an export does not.
        **{name: _plain(row[name]) if is_shown else None for name in _FIGURES},
        **{name: _plain(row[name]) for name in _ALWAYS_TOLD},
        "estimator": e.estimator,
        "interval_method": e.ci_method,
        "first_day": f"{e.first_day}",
        "last_day": f"{e.last_day}",
        "n_days_with_data": e.n_days,
        "n_days_of_quarter": data.quarter.n_days,
        "label_sources": " ".join(e.label_sources),
        "held_by": " ".join(dict.fromkeys(code_of(reason) for reason in e.hold_reasons)),
        "held_because": plain_reasons(e.hold_reasons),
        "warnings": plain_reasons(e.warnings),
        "release_id": e.release_id,
    }
    if coverage is not None:
        record["held_days"] = " ".join(f"{day}" for day in coverage.held_days)
        record["share_of_exposure_on_released_days"] = coverage.share_released
    return record


def _no_number(policy: str, data: TransparencyData) -> Record:
    return _head(policy, data) | {
        "measure": data.headline_measure,
        "segment": EVERYTHING,
        "segment_value": EVERYTHING,
        "status": "no_estimate",
        "n_days_with_data": 0,
        "n_days_of_quarter": data.quarter.n_days,
    }


def _accuracy(row: Mapping[str, Any], data: TransparencyData, *, is_released: bool) -> Record:
    rates = {
        f"{title}{end}": _plain(row[f"{name}{end}"]) if is_released or name != "precision" else None
        for name, title in _RATES.items()
        for end in ("", "_ci_low", "_ci_high")
    }
    return _head(str(row["policy"]), data) | rates | {
        "labeler_id": row["labeler_id"],
        "prompt_version": row["prompt_version"],
        "label_source": _sources(row, data),
        "reference": row["reference"],
        "is_best_reference": int(row["is_best_reference"]),
        "confidence_level": row["confidence_level"],
        "n_units_compared": row["n"],
        "n_units_they_stand_for": _plain(row["weighted_n"]),
        "n_violating_by_reference": row["n_positive"] if is_released else None,
        "n_without_automated_verdict": row["n_no_verdict"],
        "n_without_reference_verdict": row["n_no_reference"],
        "remark": "" if is_released else _NOT_TOLD,
    }  # fmt: skip


def _sources(row: Mapping[str, Any], data: TransparencyData) -> str:
    given = data.labels[(data.labels["rung"] == AUTOMATED_RUNG) & (data.labels["policy"] == row["policy"])]
    mine = given if row["labeler_id"] == ALL else given[given["labeler_id"] == row["labeler_id"]]
    return " ".join(sorted({str(source) for source in mine["label_source"]}))


def _head(policy: str, data: TransparencyData) -> Record:
    return {
        "quarter": data.quarter.name,
        "policy": policy,
        "policy_title": data.policy_titles.get(policy, policy),
    }


def _in_order(records: Sequence[Record], names: Mapping[str, str]) -> list[Record]:
    """The records with exactly the columns of their table, in the order of their texts."""
    whole = [{name: record.get(name) for name in names} for record in records]
    return sorted(whole, key=lambda record: [v for v in record.values() if isinstance(v, str)][1:])


def _plain(value: Any) -> str | int | float | None:
    """A value of a table as JSON and CSV take it: None for what is not known, days as text."""
    if pd.isna(value):
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, date):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, int | np.integer):
        return int(value)
    return float(value) if math.isfinite(value) else None
