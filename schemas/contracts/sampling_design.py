"""The shape of conf/designs/*.yaml: one sampling design a file."""

import math
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from schemas.contracts.settings import Measure


class SamplingDesign(BaseModel):
    """How a day's sample is drawn; the file's name is its name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z0-9_]+$")
    version: int = Field(ge=1)
    method: Literal["bottom_k", "poisson"] = "bottom_k"
    strata: list[Literal["surface", "country", "language"]] = Field(default=["surface"])
    sample_size: int = Field(ge=1, description="Units a day over all strata; exact for bottom_k, expected for poisson")
    allocation: Literal["proportional", "equal", "size_measure"] = Field(
        default="size_measure", description="How the budget is split over the strata"
    )
    minimum_stratum_size: int = Field(default=2, ge=2, description="Least budget of a stratum, or all of it if smaller")
    uniform_share: Annotated[float, Field(gt=0, le=1)] = Field(
        default=0.2, description="delta: share of the size measure that ignores the score"
    )
    measure_shares: dict[Measure, Annotated[float, Field(gt=0, le=1)]] = Field(
        default={"units": 0.5, "views": 0.5}, description="beta_j: share of each published measure in the size measure"
    )
    policy_importance: Literal["inverse_square_prevalence"] | dict[str, Annotated[float, Field(gt=0)]] = Field(
        default="inverse_square_prevalence", description="a_k: the sum of squared relative errors, or weights by policy"
    )
    seed: int = Field(description="Seed of the permanent random numbers; the same for every day and re-run")

    @property
    def design_id(self) -> str:
        """Name and version, as written on every row."""
        return f"{self.name}_v{self.version}"

    @field_validator("measure_shares")
    @classmethod
    def _shares_cover_units(cls, shares: dict[Measure, float]) -> dict[Measure, float]:
        if "units" not in shares:
            raise ValueError("must name `units`: units without a view would have probability 0")
        if not math.isclose(sum(shares.values()), 1, abs_tol=1e-9):
            raise ValueError(f"must sum to 1, and sum to {sum(shares.values())}")
        return shares
