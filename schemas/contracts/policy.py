"""The shape of conf/policies/*.yaml: one written policy a file."""

from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from schemas.contracts.canonical_hash import canonical_hash

Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Sentence = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Component = Literal["query", "response", "image", "combination"]


class PolicyPart(BaseModel):
    """A part of a written policy; unknown keys are refused, values never change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SeverityLevel(PolicyPart):
    """One level of a policy's severity scale."""

    id: Identifier
    meaning: Sentence


class ComponentRules(PolicyPart):
    """When one part of a unit violates on its own."""

    query: Sentence = Field(description="What the person typed")
    response: Sentence = Field(description="What the system answered")
    image: Sentence = Field(description="A Pin: its picture together with its title")


class EdgeCase(PolicyPart):
    """A case at the border, decided once so that every labeler decides it alike."""

    sketch: Sentence = Field(description="The content in a few words; harmful content is described, never quoted")
    verdict: Literal["violating", "not_violating"]
    violating_components: tuple[Component, ...] = ()
    why: Sentence

    @model_validator(mode="after")
    def _names_what_violates(self) -> Self:
        if (self.verdict == "violating") != bool(self.violating_components):
            raise ValueError("a violating edge case names its violating_components, and only a violating one does")
        _require_distinct("violating_components", self.violating_components)
        return self


class Policy(PolicyPart):
    """A written policy; the file's name is its id."""

    id: Identifier
    version: Sentence
    title: Sentence
    definition: Sentence
    violates: tuple[Sentence, ...] = Field(min_length=1)
    does_not_violate: tuple[Sentence, ...] = Field(min_length=1)
    severity_levels: tuple[SeverityLevel, ...] = Field(min_length=1, description="From the mildest to the gravest")
    component_rules: ComponentRules
    combination_rules: tuple[Sentence, ...] = Field(min_length=1, description="When harmless parts violate together")
    edge_cases: tuple[EdgeCase, ...] = Field(min_length=1)
    language_notes: dict[str, Sentence] = Field(
        default_factory=dict, description="ISO 639 language code to what a labeler must know in that language"
    )

    @model_validator(mode="after")
    def _says_nothing_twice(self) -> Self:
        _require_distinct("severity_levels", [level.id for level in self.severity_levels])
        _require_distinct("edge_cases", [case.sketch for case in self.edge_cases])
        return self

    @property
    def severity_ids(self) -> tuple[str, ...]:
        """Ids of the severity levels, from the mildest to the gravest."""
        return tuple(level.id for level in self.severity_levels)

    @property
    def content_hash(self) -> str:
        """SHA-256 of all that the policy says, 64 hex digits; layout and comments of its file do not count."""
        return canonical_hash(self.model_dump(mode="json"))


def _require_distinct(field: str, values: Sequence[str]) -> None:
    repeated = sorted({value for value in values if values.count(value) > 1})
    if repeated:
        raise ValueError(f"`{field}` has `{repeated[0][:80]}` twice; keep one")
