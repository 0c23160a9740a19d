"""Additive moments of the label ladder: everything an estimate needs, a few dozen numbers a row."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import add
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from lib.estimation.tail_moments import TAIL_FIELDS, TailMoments
from lib.estimation.unit_moments import UnitLadder
from schemas.contracts.moment_names import RUNG_VARIABLES, product_column, rung_column, sum_column

FloatArray = npt.NDArray[np.float64]
_Number = TypeVar("_Number", int, float)
_RELATIVE_ROUNDING = 1e-12
DEFAULT_RUNGS = ("llm", "human", "gold")


def ladder_variables(n_rungs: int) -> tuple[tuple[int, str], ...]:
    """Return the (rung, variable) pairs of z for a ladder of `n_rungs` rungs: the order of `sums` and `products`."""
    return tuple((rung, variable) for rung in range(1, n_rungs + 1) for variable in RUNG_VARIABLES[rung])


@dataclass(frozen=True, eq=False)
class LadderMoments:
    """The moments of one (stratum or roll-up) x policy x measure x segment.

    z is the vector of `ladder_variables`: label_a is exposure x verdict on rung a, score is exposure x score. P_a is
    the cumulative probability of reaching rung a, S_a the units on it. A segment is its indicator times z.

    Attributes:
        rungs: names of the rungs in use, lowest first, one to three of them
        has_score: whether a score is known for the population; if not, every score moment is 0
        population_size: known number of units N
        exposure_total: known Σ_U x, units or views
        score_total: known Σ_U x·score
        sums: Σ_Sa z/P_a, one entry a variable
        products: symmetric matrix of Σ_Sb z_a z_b (1/P_a - 1)/P_b for rungs a <= b
        n, n_positive: units with a verdict, and with a violating one, per rung
        sum_weight: Σ 1/P per rung
        sum_squared_weight: Σ 1/P² per rung
        largest_weight: largest exposure/P on the last rung that the design allows, in the unit of exposure
        tails: per rung, what an interval needs besides

    """

    rungs: tuple[str, ...]
    has_score: bool
    population_size: float
    exposure_total: float
    score_total: float
    sums: FloatArray
    products: FloatArray
    n: tuple[int, ...]
    n_positive: tuple[int, ...]
    sum_weight: tuple[float, ...]
    sum_squared_weight: tuple[float, ...]
    largest_weight: float
    tails: tuple[TailMoments, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.rungs) <= len(RUNG_VARIABLES):
            raise ValueError(f"A ladder has one to {len(RUNG_VARIABLES)} rungs, not {len(self.rungs)}: {self.rungs}.")

    @property
    def tail(self) -> TailMoments:
        """`tails` of the last rung in use."""
        return self.tails[-1]

    @property
    def is_census(self) -> bool:
        """Whether every unit of the population has a verdict on the last rung, each with P = 1."""
        is_complete = self.n[-1] >= self.population_size
        return is_complete and self.sum_weight[-1] <= self.n[-1] * (1.0 + _RELATIVE_ROUNDING)

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "LadderMoments":
        """Read one row of the table prevalence_moments.

        Args:
            row: column name to value; columns of rungs that are not in use are not read

        Returns:
            the moments of the row

        Raises:
            ValueError: a column in use is missing, null or not finite

        """
        rungs = tuple(str(rung) for rung in row["rungs"])
        variables = ladder_variables(len(rungs))
        products = np.empty((len(variables), len(variables)))
        for i, first in enumerate(variables):
            for j in range(i, len(variables)):
                products[i, j] = products[j, i] = _number(row, product_column(*first, *variables[j]))
        numbers = range(1, len(rungs) + 1)
        return cls(
            rungs=rungs,
            has_score=bool(row["has_score"]),
            population_size=_number(row, "population_size"),
            exposure_total=_number(row, "exposure_total"),
            score_total=_number(row, "score_total"),
            sums=np.array([_number(row, sum_column(*variable)) for variable in variables]),
            products=products,
            n=tuple(int(_number(row, f"n_{rung}")) for rung in numbers),
            n_positive=tuple(int(_number(row, f"n_positive_{rung}")) for rung in numbers),
            sum_weight=tuple(_number(row, f"sum_weight_{rung}") for rung in numbers),
            sum_squared_weight=tuple(_number(row, f"sum_squared_weight_{rung}") for rung in numbers),
            largest_weight=_number(row, "largest_weight"),
            tails=tuple(_tail(row, rung) for rung in numbers),
        )

    @classmethod
    def from_units(
        cls,
        *,
        exposure: npt.ArrayLike,
        verdicts: Sequence[npt.ArrayLike],
        probabilities: Sequence[npt.ArrayLike],
        population_size: float,
        exposure_total: float,
        score: npt.ArrayLike | None = None,
        score_total: float = 0.0,
        is_in_domain: npt.ArrayLike | None = None,
        largest_weight: float | None = None,
        rungs: Sequence[str] | None = None,
        is_imputed: Sequence[npt.ArrayLike] | None = None,
    ) -> "LadderMoments":
        """Compute the moments from sampled units held in memory (tests, audits, tables without Spark).

        A unit without a verdict was not on the rung. Where it was, and the verdict is missing, pass first through
        `nonresponse.answered_ladder`, whose fields are the arguments of the same names here.

        Args:
            exposure: x of the sampled units, units or views, >= 0
            verdicts: per rung, lowest first: 1 violating, 0 not, NaN where the unit did not reach the rung
            probabilities: per rung, the cumulative probability P_a in (0, 1] of reaching it; read where it was reached
            population_size: known N of the domain
            exposure_total: known Σ_U x of the domain, in the unit of `exposure`
            score: score in [0, 1]; None if there is none
            score_total: known Σ_U x·score of the domain
            is_in_domain: indicator of the segment; None for everything
            largest_weight: largest x/P on the last rung that the design allows; None takes the largest seen
            rungs: names of the rungs; None takes the first of llm, human, gold
            is_imputed: per rung, whether the label stands in for a missing verdict: it is summed, but not counted

        Returns:
            the moments of the domain

        Raises:
            ValueError: a unit has a verdict without one on the rung below, or a probability is outside (0, 1]

        """
        units = UnitLadder.of(
            exposure=exposure,
            score=score,
            verdicts=verdicts,
            probabilities=probabilities,
            is_imputed=is_imputed,
            is_in_domain=is_in_domain,
        )
        return cls(
            rungs=tuple(DEFAULT_RUNGS[: len(verdicts)] if rungs is None else rungs),
            has_score=score is not None,
            population_size=float(population_size),
            exposure_total=float(exposure_total),
            score_total=float(score_total),
            sums=units.sums(),
            products=units.products(),
            n=units.n(),
            n_positive=units.n_positive(),
            sum_weight=units.sum_weight(),
            sum_squared_weight=units.sum_squared_weight(),
            largest_weight=units.largest_weight() if largest_weight is None else float(largest_weight),
            tails=units.tails(),
        )

    @classmethod
    def total(cls, rows: Iterable["LadderMoments"]) -> "LadderMoments":
        """Roll rows up: the sum of independent strata or days, and the largest of their largest weights."""
        if not (collected := list(rows)):
            raise ValueError("There are no moments to roll up.")
        return reduce(add, collected)

    def first_rungs(self, n_rungs: int) -> "LadderMoments":
        """Return the moments of the lowest `n_rungs` rungs; `largest_weight` stays, an upper bound for them."""
        if not 1 <= n_rungs <= len(self.rungs):
            raise ValueError(f"The ladder {self.rungs} has no first {n_rungs} rungs.")
        size = len(ladder_variables(n_rungs))
        return replace(
            self,
            rungs=self.rungs[:n_rungs],
            sums=self.sums[:size],
            products=self.products[:size, :size],
            n=self.n[:n_rungs],
            n_positive=self.n_positive[:n_rungs],
            sum_weight=self.sum_weight[:n_rungs],
            sum_squared_weight=self.sum_squared_weight[:n_rungs],
            tails=self.tails[:n_rungs],
        )

    def __add__(self, other: "LadderMoments") -> "LadderMoments":
        """Add independent strata or days; a stratum without score has score 0 for all its units, a valid auxiliary."""
        if self.rungs != other.rungs:
            raise ValueError(f"Moments of different ladders cannot be added: {self.rungs} and {other.rungs}.")
        return LadderMoments(
            rungs=self.rungs,
            has_score=self.has_score or other.has_score,
            population_size=self.population_size + other.population_size,
            exposure_total=self.exposure_total + other.exposure_total,
            score_total=self.score_total + other.score_total,
            sums=self.sums + other.sums,
            products=self.products + other.products,
            n=_add(self.n, other.n),
            n_positive=_add(self.n_positive, other.n_positive),
            sum_weight=_add(self.sum_weight, other.sum_weight),
            sum_squared_weight=_add(self.sum_squared_weight, other.sum_squared_weight),
            largest_weight=max(self.largest_weight, other.largest_weight),
            tails=tuple(a + b for a, b in zip(self.tails, other.tails, strict=True)),
        )

    def __radd__(self, other: int) -> "LadderMoments":
        """Let the built-in `sum` start from its 0."""
        return self if other == 0 else NotImplemented


def _add(first: tuple[_Number, ...], second: tuple[_Number, ...]) -> tuple[_Number, ...]:
    return tuple(a + b for a, b in zip(first, second, strict=True))


def _number(row: Mapping[str, Any], column: str) -> float:
    value = row.get(column)
    if value is None or not np.isfinite(value):
        raise ValueError(f"prevalence_moments: column {column} is {value}; a moment of a rung in use must be finite.")
    return float(value)


def _tail(row: Mapping[str, Any], rung: int) -> TailMoments:
    return TailMoments.from_values({name: _number(row, rung_column(name, rung)) for name in TAIL_FIELDS})
