"""What is watched, what counts as a change, how often an alarm may be false, and who hears of it."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from schemas.contracts.section import Probability, Section

Family = Literal["prevalence", "index_gap", "labeler", "score", "volume", "join_loss"]
Tier = Literal["headline", "segment", "process"]
Effect = Annotated[float, Field(gt=0, le=10)]

_MINIMUM_EFFECTS: dict[Family, Effect] = {
    "prevalence": 0.15,
    "index_gap": 0.25,
    "labeler": 0.5,
    "score": 0.25,
    "volume": 0.3,
    "join_loss": 1.0,
}
_TYPICAL_VARIATION: dict[Family, Annotated[float, Field(gt=0, lt=1)]] = {
    "prevalence": 0.05,
    "index_gap": 0.05,
    "labeler": 0.1,
    "score": 0.05,
    "volume": 0.05,
    "join_loss": 0.2,
}


class DaySpan(Section):
    """Days that are known to be unlike others: they are shown, and neither watched nor learned from."""

    first_ds: date
    last_ds: date
    reason: str = Field(min_length=1, description="For example the holiday's name")

    @model_validator(mode="after")
    def _is_a_span(self) -> "DaySpan":
        if self.last_ds < self.first_ds:
            raise ValueError(f"last_ds {self.last_ds} is before first_ds {self.first_ds}")
        return self


class StreamBreak(Section):
    """A change that is known and wanted: from `ds` on the streams it concerns start anew and raise no alarm for it.

    Changes of policy and prompt that are declared under `series_breaks` need no entry here.
    """

    ds: date = Field(description="First day after the change")
    families: list[Family] = Field(min_length=1, description="Families of streams that start anew")
    policy: str | None = Field(default=None, description="Policy id; null: every policy")
    reason: str = Field(min_length=1, description="What changed, shown beside the series")


class ChannelSettings(Section):
    """Somebody who is told: an Apprise URL, which is a secret and stands in the environment."""

    name: str = Field(pattern=r"^[a-z0-9_-]+$", description="How tables and messages call the channel")
    url_variable: str = Field(pattern=r"^[A-Z][A-Z0-9_]*$", description="Environment variable with the Apprise URL")


class NotificationSettings(Section):
    """Who hears of alerts, and how often it is tried."""

    channels: list[ChannelSettings] = Field(default_factory=list)
    dashboard_link: str | None = Field(
        default=None, description="Address of the dashboard, written into messages; null: no link"
    )
    timeout_seconds: float = Field(default=15.0, gt=0, le=300, description="Time a channel is waited for")
    maximum_attempts: int = Field(default=5, ge=1, le=100, description="Runs that try to deliver one message")
    maximum_age_days: int | None = Field(
        default=7,
        ge=0,
        description="Days between the day of the news and the run beyond which nobody is told: back-fills are silent; "
        "null: any age",
    )

    @field_validator("channels")
    @classmethod
    def _names_differ(cls, value: list[ChannelSettings]) -> list[ChannelSettings]:
        names = [channel.name for channel in value]
        if len(set(names)) < len(names):
            raise ValueError(f"channel names must differ: {', '.join(names)}")
        return value


class IndexSettings(Section):
    """The label-free index and its back-test."""

    block_days: int = Field(default=7, ge=1, le=92, description="Days whose mean is compared with that of those before")
    flat_band: Annotated[float, Field(ge=0, lt=1)] = Field(
        default=0.05, description="Relative change of the index up to which its direction is `flat`"
    )
    reference_days: int = Field(default=28, ge=1, description="Labelled days that scale the index")


class PersonAction(Section):
    """What jobs/acknowledge_alert.py is to do."""

    alert_id: str = Field(pattern=r"^[0-9a-f]{16}$", description="Alert, copied from `alerts` or a message")
    action: Literal["acknowledge", "reopen"]
    by: str = Field(min_length=1, max_length=100, description="Who")
    note: str | None = Field(default=None, min_length=1, max_length=1000, description="Why, in the person's words")


class MonitoringSettings(Section):
    """How released series and the streams behind them are watched."""

    minimum_effect: dict[Family, Effect] = Field(
        default=_MINIMUM_EFFECTS,
        description="Relative change that matters, by family: 0.15 is a rise by 15 % or a fall by the same factor; "
        "a smaller one raises no alarm however sure it is",
    )
    typical_variation: dict[Family, Annotated[float, Field(gt=0, lt=1)]] = Field(
        default=_TYPICAL_VARIATION,
        description="Relative standard deviation of a healthy rate from day to day, until the series itself has told",
    )
    effect_confidence: Annotated[float, Field(ge=0.5, lt=1)] = Field(
        default=0.95, description="Confidence that a change exceeds the minimum effect before it raises an alarm"
    )
    false_discovery_rate: Annotated[float, Field(gt=0, le=0.5)] = Field(
        default=0.1, description="Expected share of false alarms among the alarms of `patience_days`, over all streams"
    )
    patience_days: int = Field(default=90, ge=7, description="Days for which the false discovery rate is promised")
    budget_shares: dict[Tier, Probability] = Field(
        default={"headline": 0.5, "segment": 0.25, "process": 0.25},
        description="Shares of the error budget: whole-population prevalence, its segments, all other streams",
    )
    history_days: int = Field(default=400, ge=60, description="Days before ds that are read")
    shown_days: int = Field(default=90, ge=1, description="Days up to ds whose sequences are written anew")
    warm_up_days: int = Field(default=28, ge=14, description="Days with a number before a stream is watched")
    restart_days: int = Field(default=14, ge=7, description="The same after a break, when seasonality is known")
    minimum_days: int = Field(
        default=3, ge=1, le=14, description="Days with a number that an alarm rests on: fewer are a spike or a holiday"
    )
    minimum_days_large: int = Field(default=2, ge=1, le=14, description="The same for a large effect")
    large_effect: Effect = Field(default=1.0, description="Relative change that is large; 1: doubled or halved")
    settle_days: int = Field(default=28, ge=7, description="Days after which a new level that stays is the baseline")
    reopen_days: int = Field(default=14, ge=0, description="Days within which what comes back is the same alert")
    shown_units: int = Field(default=20, ge=0, le=200, description="Ids of violating sampled units named per alert")
    confidence_level: Annotated[float, Field(gt=0.5, lt=1)] = Field(
        default=0.95, description="Coverage of the confidence sequences, at all times together"
    )
    excluded_days: list[DaySpan] = Field(default_factory=list, description="Holidays and days of incidents known")
    breaks: list[StreamBreak] = Field(default_factory=list, description="Known changes besides `series_breaks`")
    index: IndexSettings = IndexSettings()
    notifications: NotificationSettings = NotificationSettings()
    action: PersonAction | None = Field(default=None, description="Set by jobs/acknowledge_alert.py")

    @field_validator("minimum_effect")
    @classmethod
    def _other_effects_are_the_defaults(cls, value: dict[Family, float]) -> dict[Family, float]:
        return _MINIMUM_EFFECTS | value

    @field_validator("typical_variation")
    @classmethod
    def _other_variations_are_the_defaults(cls, value: dict[Family, float]) -> dict[Family, float]:
        return _TYPICAL_VARIATION | value

    @field_validator("budget_shares")
    @classmethod
    def _shares_sum_to_one(cls, value: dict[Tier, float]) -> dict[Tier, float]:
        if abs(sum(value.values()) - 1.0) > 1e-9:
            raise ValueError(f"the shares sum to {sum(value.values()):g}, they must sum to 1")
        return value
