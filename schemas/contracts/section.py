"""What every part of the conf shares: unknown keys are refused, values never change after loading."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

# Part of the names of files and folders: it leads out of none.
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9._-]*$", max_length=100)]
Probability = Annotated[float, Field(ge=0, le=1)]


class Section(BaseModel):
    """A part of the settings; unknown keys are refused, values never change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)
