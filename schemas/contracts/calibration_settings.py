"""How labelers are measured against each other, and the golden set against what is measured."""

from typing import Annotated

from pydantic import Field

from schemas.contracts.section import Probability, Section


class CalibrationSettings(Section):
    """Windows, floors and sizes of jobs/calibrate_labelers.py and jobs/build_golden_set.py."""

    window_days: int = Field(default=28, ge=1, description="Days of labels, up to and including ds, that are compared")
    confidence_level: Annotated[float, Field(gt=0.5, lt=1)] = Field(
        default=0.95, description="Nominal coverage of the intervals"
    )
    minimum_reference_verdicts: int = Field(
        default=30, ge=1, description="Units with both verdicts below which a rung above is not the best reference"
    )
    drift_significance: Annotated[float, Field(gt=0, le=0.5)] = Field(
        default=0.05, description="Chance of any drift alarm for one labeler in one run although nothing has changed"
    )
    anchors_per_verdict: int = Field(
        default=50, ge=0, description="Golden items per policy, policy version and verdict pinned as anchors for ever"
    )
    curated_path: str | None = Field(
        default=None, description="CSV (.csv) or JSON lines (.jsonl) of items chosen by hand, content given; null: none"
    )
    seed: int = Field(
        default=20_260_301, ge=0, description="Seed of anchors, clusters and of the divergence's reference"
    )
    score_bins: int = Field(default=10, ge=2, le=50, description="Bins of the score in the coverage of the golden set")
    n_clusters: int = Field(default=12, ge=2, le=100, description="Clusters of texts in the coverage of the golden set")
    maximum_units: int = Field(
        default=5_000, ge=100, description="Sampled units, and golden items, that coverage reads; they stand for all"
    )
    coverage_ratio: Probability = Field(
        default=0.5,
        description="Share of golden items in a bin, over the bin's share of what is measured, to be reached",
    )
    coverage_significance: Annotated[float, Field(gt=0, le=0.5)] = Field(
        default=0.05,
        description="Chance that golden items drawn from what is measured are called unlike it, per aspect",
    )
