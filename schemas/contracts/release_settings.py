"""What a number must satisfy to be shown: the limits of the release gates, and what they do to a number."""

from typing import Annotated, Literal

from pydantic import Field

from schemas.contracts.section import Probability, Section

GateName = Literal[
    "estimable",
    "missing_labels",
    "unlabelled_rung",
    "enough_labels",
    "sensitivity",
    "specificity",
    "kappa",
    "labeler_drift",
    "join_loss",
    "data_checks",
    "label_lag",
    "age",
    "arm_agreement",
    "realised_error",
    "positives",
    "relative_width",
    "score_level",
    "score_mix",
]
# What depends on the outcome would take the low days out of a series, or hide the rise that it is there to show; what
# depends on the score alone, or on a labeler that others correct, costs width, never bias. These warn; quantities of
# the design and of the data hold.
_WARN_BY_DEFAULT: list[GateName] = [
    "labeler_drift",
    "realised_error",
    "positives",
    "relative_width",
    "score_level",
    "score_mix",
]


class ReleaseSettings(Section):
    """Limits of the release gates; a number that breaks one is held, and not shown, unless the gate only warns."""

    minimum_labels: dict[Literal["llm", "human", "gold"], Annotated[int, Field(ge=1)]] = Field(
        default={"llm": 30, "human": 10, "gold": 10},
        description="Rung to units with a verdict, of the number's segment and period, where the rung is in use",
    )
    minimum_positives: int = Field(
        default=10,
        ge=0,
        description="Violating units by the highest rung below which the interval can be far too short",
    )
    minimum_sensitivity: Probability = Field(
        default=0.5, description="P(violating | the reference says so) that the upper limit of a labeler must reach"
    )
    minimum_specificity: Probability = Field(
        default=0.95, description="P(not violating | the reference says so) that the upper limit must reach"
    )
    minimum_kappa: Annotated[float, Field(ge=-1, le=1)] = Field(
        default=0.4, description="Cohen's kappa against the reference that the upper limit of a labeler must reach"
    )
    maximum_relative_width: float = Field(
        default=2.0, gt=0, description="Half the interval's width / prevalence; 2: the truth may be three times as high"
    )
    maximum_join_loss: Probability = Field(
        default=0.05, description="Share of a log's rows, over the period, that are in quarantine instead of in units"
    )
    maximum_failed_days: Probability = Field(
        default=0.1, description="Share of the period's days on which a data check of severity `fail` or `hold` failed"
    )
    maximum_unlabelled_days: Probability = Field(
        default=0.1, description="Share of the period's days on which a rung was drawn and has no verdict at all"
    )
    maximum_score_ratio: float = Field(
        default=3.0, gt=1, description="Mean score of the day / of the days before it, or its inverse"
    )
    maximum_score_divergence: Probability = Field(
        default=0.1,
        description="Jensen-Shannon divergence, bits, of the strata's shares of the score total from before",
    )
    drift_window_days: int = Field(default=7, ge=1, description="Days before the day that its scores are held against")
    maximum_label_lag_days: int = Field(
        default=3, ge=0, description="Days between the last drawn and the last labelled day of the period"
    )
    maximum_age_days: int | None = Field(
        default=None, ge=0, description="Days from the period's last day to its release; null: any, as back-fills need"
    )
    warn_only: list[GateName] = Field(
        default=_WARN_BY_DEFAULT,
        description="Gates that record a warning beside the number instead of holding it. By default those that depend "
        "on the outcome or only on the score: holding by the outcome biases the series of what is shown",
    )
    required: list[GateName] = Field(
        default_factory=list, description="Gates that hold a number also where they have nothing to go by"
    )
    restatement_cause: str | None = Field(
        default=None, min_length=1, max_length=500, description="Why published numbers change, in a person's words"
    )
    release_id: str | None = Field(
        default=None,
        pattern=r"^\d{4}-\d{2}-\d{2}-[0-9a-f]{16}$",
        description="Release that jobs/reproduce_release.py recomputes",
    )
    accept_edited_labels: bool = Field(
        default=False, description="Reproduce from the recorded versions although labels were edited or erased since"
    )
