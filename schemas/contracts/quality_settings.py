"""Data checks: what they tolerate, and what a failed one does."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from schemas.contracts.section import Probability, Section

Severity = Literal["fail", "hold", "warn"]
CheckKind = Literal[
    "schema",
    "row_count",
    "missing_value",
    "not_a_number",
    "minimum",
    "maximum",
    "constraint",
    "unique_key",
    "reference",
    "equal_rows",
    "total",
    "freshness",
    "missing_share",
    "duplicate_share",
    "orphan_share",
    "volume",
    "volume_collapse",
    "missing_drift",
    "drift",
]


class MaximumDrift(Section):
    """How far a distribution may move from that of the weeks before, whatever its own scatter is."""

    shares: Probability = Field(default=0.1, description="Share of the rows that have another value than usual")
    counts: float = Field(default=0.25, gt=0, description="Mean move of 1 + count, in doublings: 0.25 is 19 %")
    probabilities: float = Field(default=1.0, gt=0, description="Mean move of the odds, in doublings")


class AcceptedFailure(Section):
    """A failed check of severity `fail` that steps may go on after; it stays failed, and release gates see it."""

    ds: date = Field(description="Day whose check is accepted")
    table: str = Field(min_length=1, description="Table that was checked")
    check: str = Field(min_length=1, description="Name of the check, for example `minimum:slot`")
    reason: str = Field(min_length=1, max_length=500, description="Why it is accepted, in a person's words")


class QualitySettings(Section):
    """Limits of the data checks. What a check knows from the contracts in schemas/ needs none."""

    maximum_missing_share: Probability = Field(
        default=0.2, description="Share of a log's rows without a value that they cannot be used without"
    )
    maximum_duplicate_share: Probability = Field(default=0.2, description="Share of a log's rows that came before")
    maximum_orphan_share: Probability = Field(default=0.2, description="Share of a log's rows without a parent")
    maximum_silence_hours: Annotated[float, Field(gt=0, le=24)] = Field(
        default=6.0, description="Hours at the end of a day without an event: the delivery ended early"
    )
    window_days: int = Field(default=42, ge=7, description="Days before a day that it is held against")
    minimum_history_days: int = Field(
        default=5, ge=2, description="Checked days in the window below which nothing is held against them"
    )
    weekday_history_days: int = Field(
        default=14, ge=8, description="Checked days from which on a day is held against the same weekdays"
    )
    maximum_volume_change: float = Field(
        default=0.3, gt=0, description="Relative change of a number of rows that is never worth a warning"
    )
    early_volume_factor: float = Field(
        default=5.0, gt=1, description="The same as a factor, while weekdays are not known yet"
    )
    collapse_share: Probability = Field(
        default=0.5, description="Share of the rows of the same weekdays below which a log or the units are not whole"
    )
    maximum_missing_change: Probability = Field(
        default=0.05, description="Rise of the share of a log's rows without a value that is never worth a warning"
    )
    maximum_drift: MaximumDrift = MaximumDrift()
    outlier_factor: float = Field(
        default=5.0, gt=1, description="How many times a series' own usual scatter a day may be off"
    )
    severities: dict[CheckKind, Severity] = Field(
        default_factory=dict, description="Kind of check to another severity than its own"
    )
    accepted_failures: list[AcceptedFailure] = Field(
        default_factory=list, description="Failed checks that steps may go on after"
    )
    tables: list[str] = Field(default_factory=list, description="Tables that jobs/check_data.py checks; empty: all")
