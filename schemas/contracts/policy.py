"""The shape of conf/policies/*.yaml: one written policy a file."""

from pydantic import BaseModel, ConfigDict, Field


class Policy(BaseModel):
    """A written policy; the file's name is its id."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    version: str = Field(min_length=1)
    title: str = Field(min_length=1)
    definition: str = Field(min_length=1)
    violates: list[str] = Field(min_length=1)
    does_not_violate: list[str] = Field(min_length=1)
    combination: str = Field(min_length=1, description="When harmless parts violate together")
