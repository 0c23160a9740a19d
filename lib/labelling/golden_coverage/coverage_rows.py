"""Turns sampled units and golden items into rows of golden_coverage: figures, and what to add."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from lib.estimation.divergence import divergence, items_wanted
from lib.estimation.functionals import BoolArray, FloatArray
from lib.labelling.golden_coverage.bins import Binning, category_bins, score_bins, text_clusters
from schemas.contracts.calibration_settings import CalibrationSettings
from schemas.golden_coverage import ITEM_CLASSES

_MOST_EXAMPLES = 5


@dataclass(frozen=True, eq=False)
class ComparedItems:
    """What is compared: `units` and `golden` have the columns of `compared_units` and `compared_golden`."""

    units: pd.DataFrame
    golden: pd.DataFrame

    @property
    def weights(self) -> FloatArray:
        """Weight of each unit."""
        return self.units["weight"].to_numpy(dtype=np.float64)


def coverage_rows(
    compared: ComparedItems, *, policies: Sequence[str], start: date, end: date, settings: CalibrationSettings
) -> list[dict[str, Any]]:
    """One record a policy, aspect and class of items, with the columns of `golden_coverage` except ds, design, run.

    Args:
        compared: units of the window and golden items
        policies: to report on
        start: first day of the window
        end: last day of the window
        settings: bins, clusters, seed, and what counts as covered

    Returns:
        the records; without units there are none

    """
    units, golden = compared.units, compared.golden
    if len(units) < 2:
        return []
    clusters = text_clusters(
        units["text"].tolist(), compared.weights, golden["text"].tolist(),
        n_clusters=settings.n_clusters, seed=settings.seed,
    )  # fmt: skip
    languages = category_bins(units["language"].tolist(), golden["language"].tolist())
    records = []
    for policy in policies:
        scores = score_bins(
            _scores(units, policy), compared.weights, _scores(golden, policy), n_bins=settings.score_bins
        )
        for aspect, binning in (("score", scores), ("semantics", clusters), ("language", languages)):
            for item_class in ITEM_CLASSES:
                found = _record(compared, binning, policy, item_class, settings)
                records.append({"policy": policy, "aspect": aspect, "item_class": item_class} | found)
    return [record | {"window_start": start, "window_end": end} for record in records]


def _record(
    compared: ComparedItems, binning: Binning, policy: str, item_class: str, settings: CalibrationSettings
) -> dict[str, Any]:
    of_units, of_golden = _members(compared, policy, item_class)
    n_bins = len(binning.names)
    weights = compared.weights[of_units]
    weighted = np.bincount(binning.of_units[of_units], weights=weights, minlength=n_bins).astype(np.float64)
    counts = np.bincount(binning.of_golden[of_golden], minlength=n_bins).astype(np.float64)
    squares = float(weights @ weights)
    size = float(weights.sum()) ** 2 / squares if squares > 0.0 else 0.0
    record: dict[str, Any] = {
        "n_units": int(of_units.sum()),
        "effective_n_units": size,
        "n_golden": int(of_golden.sum()),
        "n_bins": int(((weighted > 0.0) | (counts > 0.0)).sum()),
        "divergence": None,
        "expected_divergence": None,
        "divergence_limit": None,
        "p_value": None,
        "is_like_population": None,
        "n_wanted": 0,
        "gaps": [],
        "reason": None,
    }
    if not (weights.size and counts.sum()):
        lacking = "golden item" if weights.size else "sampled unit"
        return record | {"reason": f"There is no {lacking} of this class; add some to compare."}
    found = divergence(
        weighted, size, counts, significance=settings.coverage_significance,
        random=np.random.default_rng(settings.seed),
    )  # fmt: skip
    gaps = _gaps(compared, binning, weighted, counts, of_units, settings)
    return record | {
        "divergence": found.value,
        "expected_divergence": found.expected,
        "divergence_limit": found.limit,
        "p_value": found.p_value,
        "is_like_population": found.p_value >= settings.coverage_significance,
        "n_wanted": sum(gap["n_wanted"] for gap in gaps),
        "gaps": gaps,
    }


def _gaps(
    compared: ComparedItems,
    binning: Binning,
    weighted: FloatArray,
    counts: FloatArray,
    of_units: BoolArray,
    settings: CalibrationSettings,
) -> list[dict[str, Any]]:
    # a ratio of 1 would ask for the very shares of the population, and never end
    wanted = items_wanted(weighted, counts, ratio=min(settings.coverage_ratio, 0.95))
    golden_ids = set(compared.golden["item_id"])
    unit_ids = compared.units["unit_id"].to_numpy(dtype=object)
    gaps = []
    for index in np.flatnonzero(wanted > 0.0):
        candidates = unit_ids[of_units & (binning.of_units == index)]
        fresh = [str(unit) for unit in candidates if unit not in golden_ids]
        gaps.append(
            {
                "bin": binning.names[index],
                "population_share": float(weighted[index] / weighted.sum()),
                "golden_share": float(counts[index] / counts.sum()),
                "n_golden": int(counts[index]),
                "n_wanted": int(wanted[index]),
                "example_unit_ids": fresh[:_MOST_EXAMPLES],
            }
        )
    return sorted(gaps, key=lambda gap: -int(gap["n_wanted"]))


def _members(compared: ComparedItems, policy: str, item_class: str) -> tuple[BoolArray, BoolArray]:
    """Which units, and which golden items, belong to the class."""
    verdicts = [dict(verdicts or {}).get(policy) for verdicts in compared.units["verdicts"]]
    is_policy = compared.golden["policy"].to_numpy(dtype=object) == policy
    if item_class == "all":
        return np.ones(len(verdicts), dtype=bool), is_policy
    wanted = item_class == "violating"
    is_class = compared.golden["is_violating"].to_numpy(dtype=bool) == wanted
    return np.array([verdict is not None and bool(verdict) == wanted for verdict in verdicts]), is_policy & is_class


def _scores(frame: pd.DataFrame, policy: str) -> FloatArray:
    """Each row's score for the policy, NaN if there is none."""
    found = [dict(scores or {}).get(policy) for scores in frame["scores"]]
    return np.array([float("nan") if score is None else float(score) for score in found], dtype=np.float64)
