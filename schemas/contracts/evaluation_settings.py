"""What is compared on gold before a prompt is switched, who labels anchors, and who is probed with hard cases."""

from typing import Annotated, Literal

from pydantic import Field

from schemas.contracts.labelling_settings import RungSettings
from schemas.contracts.section import Section


class ComparedLabelerSettings(Section):
    """One side of a comparison: a labeler, and the policies that it is told."""

    labeler: RungSettings | None = Field(
        default=None,
        description="Rung, labeler_id and labeler, as in labelling.rungs; null: the lowest configured rung",
    )
    policies_folder: str | None = Field(
        default=None, description="Folder with this side's policy files; null: conf/policies"
    )


class EvaluationSettings(Section):
    """Settings of jobs/evaluate_prompt.py, jobs/label_golden_set.py and jobs/probe_labelers.py."""

    baseline: ComparedLabelerSettings = ComparedLabelerSettings()
    candidate: ComparedLabelerSettings = ComparedLabelerSettings()
    folder: str = Field(
        default="evaluations", description="Folder for the lists of disagreements, written by the driver"
    )
    maximum_listed: int = Field(default=500, ge=1, description="Disagreements listed per policy; all are counted")
    confidence_level: Annotated[float, Field(gt=0.5, lt=1)] = Field(
        default=0.95, description="Nominal coverage of the intervals, and of all that one recommendation run decides by"
    )
    minimum_violating: int = Field(
        default=30, ge=2, description="Violating golden items with both verdicts below which nothing is concluded"
    )
    minimum_not_violating: int = Field(default=30, ge=2, description="The same of other golden items")
    anchor_rungs: list[Literal["llm", "human", "gold"]] = Field(
        default=["llm"], description="Rungs of labelling.rungs whose labelers judge the pinned anchors every day"
    )
    probed_labelers: list[RungSettings] | None = Field(
        default=None, description="Labelers to probe; null: every configured one that can read a probe"
    )
    suspect_share: Annotated[float, Field(gt=0, lt=1)] = Field(
        default=0.05, description="Share of a day's units with the highest scores; a probe scored above them is found"
    )
