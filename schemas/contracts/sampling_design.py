"""The shape of conf/designs/*.yaml: one sampling design a file."""

import math
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from schemas.contracts.settings import Measure

PolicyImportance = (
    Literal["inverse_square_prevalence", "minimax_relative_error"] | dict[str, Annotated[float, Field(gt=0)]]
)


class PolicyBoost(BaseModel):
    """A further draw for some policies with the same random numbers; the sample is the union of all draws."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z0-9_]+$", max_length=100)
    sample_size: int = Field(ge=1, description="Units a day over its strata, most of them in the main draw already")
    policy_importance: PolicyImportance = Field(description="a_k of this draw, as for the main one")
    strata: list[str] = Field(
        default_factory=list, description="Names of the strata it draws from (values joined by |); empty: all"
    )


class SamplingDesign(BaseModel):
    """How a day's sample is drawn; the file's name is its name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z0-9_]+$", max_length=100)
    version: int = Field(ge=1)
    method: Literal["bottom_k", "poisson"] = "bottom_k"
    strata: list[Literal["surface", "country", "language"]] = Field(default=["surface"])
    sample_size: int = Field(ge=1, description="Units a day over all strata; exact for bottom_k, expected for poisson")
    allocation: Literal["proportional", "equal", "size_measure", "neyman", "compromise"] = Field(
        default="size_measure",
        description="How the budget is split over the strata: by units, equally, by size measure, by anticipated "
        "standard deviation, or for the smallest worst relative error of all policies and measures",
    )
    minimum_stratum_size: int = Field(default=2, ge=2, description="Least budget of a stratum, or all of it if smaller")
    maximum_groups: int = Field(
        default=100,
        ge=2,
        description="Strata of a day, and values of a segment, that are told apart; the smallest beyond them, and "
        "strata whose minimum the budget cannot bear, are pooled as `other`",
    )
    uniform_share: Annotated[float, Field(gt=0, le=1)] = Field(
        default=0.2, description="delta: share of the size measure that ignores the score"
    )
    measure_shares: dict[Measure, Annotated[float, Field(gt=0, le=1)]] = Field(
        default={"units": 0.5, "views": 0.5}, description="beta_j: share of each published measure in the size measure"
    )
    policy_importance: PolicyImportance = Field(
        default="inverse_square_prevalence",
        description="a_k: for the smallest sum of squared relative errors, for the smallest worst one, or by policy",
    )
    boosts: list[PolicyBoost] = Field(default_factory=list, description="Further draws that the sample unites")
    random_number_key: Literal["unit_id", "user_key"] = Field(
        default="unit_id", description="What the random number hashes; user_key draws all units of a person together"
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

    @field_validator("boosts")
    @classmethod
    def _boosts_have_own_names(cls, boosts: list[PolicyBoost]) -> list[PolicyBoost]:
        names = [boost.name for boost in boosts]
        if len({"main", *names}) <= len(names):
            raise ValueError("every name must differ from the others and from `main`, the design's own draw")
        return boosts

    @model_validator(mode="after")
    def _people_are_drawn_whole(self) -> "SamplingDesign":
        """All units of a person must have one probability, or parts of a person are drawn."""
        if self.random_number_key == "unit_id":
            return self
        demands = {
            "method: poisson": self.method == "poisson",
            "strata: []": not self.strata,
            "uniform_share: 1": self.uniform_share == 1,
            "measure_shares: {units: 1}": set(self.measure_shares) == {"units"},
            "boosts: []": not self.boosts,
        }
        missing = [demand for demand, is_met in demands.items() if not is_met]
        if missing:
            raise ValueError(f"`random_number_key` is `user_key`, which needs `{'`, `'.join(missing)}`")
        return self
