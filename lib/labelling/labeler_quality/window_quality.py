"""From the tables of a window to the records of labeler_quality and golden_coverage."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pyspark.sql import DataFrame

from lib.labelling.golden_coverage.compared_items import compared_golden, compared_units
from lib.labelling.golden_coverage.coverage_rows import ComparedItems, coverage_rows
from lib.labelling.golden_labels import golden_items
from lib.labelling.labeler_quality.dawid_skene_rates import dawid_skene_rates
from lib.labelling.labeler_quality.golden_sums import anchor_sums, canary_sums, drift_sums
from lib.labelling.labeler_quality.quality_rows import quality_rows, with_dawid_skene, with_drift
from lib.labelling.labeler_quality.verdict_sums import pattern_sums, reference_sums, review_sums
from lib.labelling.labeler_quality.window import QualityWindow
from schemas.contracts.calibration_settings import CalibrationSettings


def labeler_quality_of(
    window: QualityWindow, *, golden: DataFrame | None, golden_verdicts: DataFrame | None, settings: CalibrationSettings
) -> list[dict[str, Any]]:
    """The records of `labeler_quality` except ds, design_id and job_run_id.

    `golden` and `golden_verdicts` are all days of golden_set and golden_verdicts, None if there are none. What is
    collected are sums per labeler, policy and pair of verdicts, and the patterns of votes.
    """
    sums = reference_sums(window).unionByName(review_sums(window))
    moved = []
    if golden is not None and golden_verdicts is not None:
        items = golden_items(golden, ds=window.end)
        days = {"start": window.start, "end": window.end}
        sums = sums.unionByName(canary_sums(golden_verdicts, items, **days))
        sums = sums.unionByName(anchor_sums(golden_verdicts, items, **days))
        moved = [row.asDict() for row in drift_sums(golden_verdicts, items, **days).collect()]
    records = quality_rows(
        [row.asDict() for row in sums.collect()],
        start=window.start,
        end=window.end,
        confidence_level=settings.confidence_level,
        minimum_reference_verdicts=settings.minimum_reference_verdicts,
    )
    records = with_dawid_skene(records, dawid_skene_rates(row.asDict() for row in pattern_sums(window).collect()))
    return with_drift(
        records, moved, confidence_level=settings.confidence_level, significance=settings.drift_significance
    )


def golden_coverage_of(
    window: QualityWindow, *, golden: DataFrame | None, policies: Sequence[str], settings: CalibrationSettings
) -> list[dict[str, Any]]:
    """The records of `golden_coverage` except ds, design_id and job_run_id; none without a golden set.

    At most twice `settings.maximum_units` units and as many golden items are collected.
    """
    if golden is None:
        return []
    limits = {"maximum_units": settings.maximum_units, "seed": settings.seed}
    compared = ComparedItems(
        compared_units(window, **limits).toPandas(),
        compared_golden(golden_items(golden, ds=window.end), **limits).toPandas(),
    )
    return coverage_rows(compared, policies=policies, start=window.start, end=window.end, settings=settings)


def drift_lines(records: Iterable[Mapping[str, Any]]) -> list[str]:
    """One sentence for every drift alarm among the records of `labeler_quality`."""
    return [
        f"{record['labeler_id']} ({record['prompt_version']}) judges {record['policy']} anchors otherwise than on "
        f"{record['drift_first_ds']}: accuracy {record['drift_change']:+.3f} "
        f"({record['drift_ci_low']:+.3f} to {record['drift_ci_high']:+.3f}), {record['drift_flip_rate']:.1%} of "
        f"{record['drift_n']} verdicts changed, p = {record['drift_p_value']:.2g}."
        for record in records
        if record["is_drifting"]
    ]
