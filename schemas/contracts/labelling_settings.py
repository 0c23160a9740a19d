"""The label ladder in conf: who labels on each rung, and how many units climb to it."""

from typing import Literal

from pydantic import Field, field_validator

from schemas.contracts.llm_settings import LlmLabelerSettings
from schemas.contracts.review_settings import ReviewQueueLabelerSettings
from schemas.contracts.section import Name, Probability, Section


class SimulatedLabelerSettings(Section):
    """A labeler that disturbs known truth with configured error rates; for demonstrations and audits."""

    kind: Literal["simulated"]
    truth_path: str = Field(description="Folder of unit_truth: query_id, response_id, policy, violating_components")
    sensitivity: dict[str, dict[str, Probability]] = Field(
        default_factory=dict, description="Policy (or `default`) to component to P(violating | violates)"
    )
    specificity: dict[str, Probability] = Field(
        default_factory=dict, description="Policy (or `default`) to P(not violating | does not violate)"
    )
    seed: int = 1


class FileLabelerSettings(Section):
    """Labels somebody else made: a table or CSV with unit_id, policy, verdict."""

    kind: Literal["file"]
    path: str
    format: Literal["csv", "parquet", "delta"] = "csv"


class RungSettings(Section):
    """One rung of the label ladder: who labels, and how many units climb to it."""

    rung: Literal["llm", "human", "gold"]
    labeler_id: Name
    sample_size: int | None = Field(
        default=None, ge=1, description="Expected units per day that climb from the rung below; null: all of them"
    )
    cost_per_label: float | None = Field(
        default=None, gt=0, description="Price of labelling one unit for all policies, in planning.currency"
    )
    labeler: SimulatedLabelerSettings | FileLabelerSettings | LlmLabelerSettings | ReviewQueueLabelerSettings = Field(
        discriminator="kind"
    )

    @property
    def is_labelled_by_import(self) -> bool:
        """Whether label_sample only draws this rung, and its labels come later, from people."""
        return self.labeler.kind == "review_queue"

    @property
    def is_labelled_by_people(self) -> bool:
        """Whether a verdict of this rung costs somebody's time, and cannot be had again by asking once more."""
        return self.labeler.kind in ("review_queue", "file")


class LabellingSettings(Section):
    """The label ladder, lowest rung first."""

    rungs: list[RungSettings] = Field(min_length=1, max_length=3)
    seed: int = Field(default=20_260_101, description="Seed of the rungs' own random numbers")

    @field_validator("rungs")
    @classmethod
    def _climb(cls, value: list[RungSettings]) -> list[RungSettings]:
        names = [rung.rung for rung in value]
        if names != [name for name in ("llm", "human", "gold") if name in names]:
            raise ValueError(f"the rungs are {', '.join(names)}; write each once, in the order llm, human, gold")
        labelers = [rung.labeler_id for rung in value]
        if repeated := sorted({name for name in labelers if labelers.count(name) > 1}):
            raise ValueError(f"`labeler_id` {repeated[0]} is on two rungs; give each labeler its own")
        return value
