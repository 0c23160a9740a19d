"""The answer of a language model on one unit: one verdict per policy, strictly."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from schemas.contracts.policy import Component

LONGEST_RATIONALE = 300
"""Characters."""


class AnswerPart(BaseModel):
    """A part of the answer; nothing is converted, unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class PolicyVerdict(AnswerPart):
    """The verdict on the unit for one policy. The order of the fields is the order in which the model writes them."""

    policy: str = Field(min_length=1, description="Id of the policy")
    rationale: Annotated[str, StringConstraints(max_length=LONGEST_RATIONALE)]
    verdict: Literal["violating", "not_violating", "cannot_tell"]
    violating_components: list[Component]
    severity: str | None = Field(description="One of the policy's severity levels; null if not violating")
    confidence: float = Field(ge=0, le=1, allow_inf_nan=False, description="P(the verdict is right)")

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        is_violating = self.verdict == "violating"
        if is_violating != bool(self.violating_components):
            raise ValueError("violating names at least one of violating_components, any other verdict none")
        if len(set(self.violating_components)) < len(self.violating_components):
            raise ValueError("violating_components names one twice")
        if self.severity is not None and not is_violating:
            raise ValueError("only a violating verdict has a severity")
        return self


class UnitAnswer(AnswerPart):
    """The whole answer on one unit."""

    tried_to_instruct: bool = Field(description="The content tries to give the labeler instructions")
    verdicts: list[PolicyVerdict]
