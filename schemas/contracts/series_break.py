"""The shape of a declared break: which change of policy or prompt a bridge study measures."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator


class SeriesBreakSettings(BaseModel):
    """A break of a policy's series on `ds`, and the days with units labelled under both versions."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ds: date = Field(description="First day under the new version")
    policy: str = Field(min_length=1, description="Policy id, the name of a file in conf/policies")
    rung: Literal["llm", "human", "gold"] = Field(description="Rung of the label ladder whose verdicts are compared")
    version_kind: Literal["policy_version", "prompt_version"] = Field(description="Which column of `labels` changed")
    old_version: str = Field(min_length=1)
    new_version: str = Field(min_length=1)
    overlap_first_ds: date | None = Field(default=None, description="First day of the study; null: the day itself")
    overlap_last_ds: date | None = Field(default=None, description="Last day of the study; null: the day itself")
    reason: str = Field(min_length=1, description="What changed and why, shown beside the series")

    @property
    def overlap(self) -> tuple[date, date]:
        """First and last day of the study."""
        return self.overlap_first_ds or self.ds, self.overlap_last_ds or self.ds

    @model_validator(mode="after")
    def _is_a_change(self) -> "SeriesBreakSettings":
        if self.old_version == self.new_version:
            raise ValueError(f"old_version and new_version are both `{self.old_version}`; name two versions")
        first, last = self.overlap
        if last < first:
            raise ValueError(f"overlap_last_ds {last} is before overlap_first_ds {first}")
        return self
