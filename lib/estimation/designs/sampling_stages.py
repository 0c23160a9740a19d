"""Stages of a cluster sample: which units were drawn in which stratum, out of how many."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lib.estimation.functionals import FloatArray

IntArray = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class SamplingStage:
    """One stage of selection, one entry a row of the sample (a row is a unit of the last stage, or part of one).

    Attributes:
        units: label of the sampled unit of this stage; at later stages it need only be distinct within the unit above
        strata: label of its stratum; None for no strata. Later stages: strata within the unit above
        population_sizes: units of this stage in the stratum (later stages: in the stratum within the unit above), a
            count >= the sampled ones; inf or None for sampling with replacement, or for no finite population correction

    """

    units: npt.ArrayLike
    strata: npt.ArrayLike | None = None
    population_sizes: npt.ArrayLike | None = None


@dataclass(frozen=True, eq=False)
class NestedStage:
    """A stage with its labels resolved to indices.

    Attributes:
        number: 1 for the primary sampling units
        unit_of_row: index of the unit, one entry a row
        stratum_of_unit: index of the stratum, one entry a unit
        parent_of_stratum: index of the unit above, one entry a stratum; 0 at the first stage
        n_sampled: units sampled, one entry a stratum
        population_size: units in the population, one entry a stratum; inf without finite population correction
        fraction_above: product of the sampling fractions of the stages above, one entry a stratum
        labels: name of each stratum, for messages

    """

    number: int
    unit_of_row: IntArray
    stratum_of_unit: IntArray
    parent_of_stratum: IntArray
    n_sampled: FloatArray
    population_size: FloatArray
    fraction_above: FloatArray
    labels: tuple[str, ...]

    @property
    def n_units(self) -> int:
        """Number of sampled units of the stage."""
        return self.stratum_of_unit.size

    @property
    def stratum_of_row(self) -> IntArray:
        """Index of the stratum, one entry a row."""
        return self.stratum_of_unit[self.unit_of_row]

    @property
    def sampling_fraction(self) -> FloatArray:
        """n/N of each stratum, 0 where the population is infinite."""
        return self.n_sampled / self.population_size


def nest_stages(stages: Sequence[SamplingStage], *, nests_labels: bool) -> tuple[NestedStage, ...]:
    """Resolve the labels of all stages, each within the unit above it.

    Args:
        stages: first stage first
        nests_labels: whether the same PSU label in two strata means two PSUs; if not, it is refused

    Returns:
        one nested stage a stage

    Raises:
        ValueError: no stage, labels missing or of unequal number, a PSU in two strata, or a population size that
            changes within a stratum or is below the number sampled

    """
    if not stages:
        raise ValueError("stages: a cluster design needs at least one stage of selection.")
    n_rows = np.asarray(stages[0].units).size
    nested: list[NestedStage] = []
    parent_of_row = np.zeros(n_rows, dtype=np.intp)
    fraction_of_row = np.ones(n_rows)
    for number, stage in enumerate(stages, start=1):
        resolved = _nest(stage, number, parent_of_row, fraction_of_row, nests_labels=nests_labels)
        nested.append(resolved)
        parent_of_row = resolved.unit_of_row
        fraction_of_row = fraction_of_row * resolved.sampling_fraction[resolved.stratum_of_row]
    return tuple(nested)


def _nest(
    stage: SamplingStage, number: int, parent_of_row: IntArray, fraction_of_row: FloatArray, *, nests_labels: bool
) -> NestedStage:
    n_rows = parent_of_row.size
    unit_code, unit_labels = _codes(stage.units, f"stage {number}: units", n_rows)
    strata = np.zeros(n_rows, dtype=np.intp) if stage.strata is None else stage.strata
    stratum_code, stratum_labels = _codes(strata, f"stage {number}: strata", n_rows)
    stratum_of_row, first_of_stratum = _paired(parent_of_row, stratum_code)
    unit_of_row, first_of_unit = _paired(stratum_of_row, unit_code)
    if number == 1 and not nests_labels and first_of_unit.size > unit_labels.size:
        pairs = unit_code[first_of_unit]
        twice = unit_labels[np.flatnonzero(np.bincount(pairs) > 1)[0]]
        raise ValueError(
            f"stage 1: units: {twice!s} lies in more than one stratum; a cluster belongs to one stratum. If these are "
            "different clusters with the same label, set nests_labels."
        )
    stratum_of_unit = stratum_of_row[first_of_unit]
    names = stratum_labels[stratum_code[first_of_stratum]]
    labels = tuple(str(name) for name in names) if stage.strata is not None else ("all units",) * names.size
    n_sampled = np.bincount(stratum_of_unit, minlength=len(labels)).astype(np.float64)
    return NestedStage(
        number=number,
        unit_of_row=unit_of_row,
        stratum_of_unit=stratum_of_unit,
        parent_of_stratum=parent_of_row[first_of_stratum],
        n_sampled=n_sampled,
        population_size=_population_size(stage, number, stratum_of_row, first_of_stratum, n_sampled, labels),
        fraction_above=fraction_of_row[first_of_stratum],
        labels=labels,
    )


def _codes(labels: npt.ArrayLike, field: str, n_rows: int) -> tuple[IntArray, npt.NDArray[np.generic]]:
    array = np.asarray(labels)
    if array.shape != (n_rows,):
        raise ValueError(f"{field}: {array.shape} labels for {n_rows} rows; give one label a row.")
    if array.dtype == object:
        is_missing = np.array([label is None or label != label for label in array], dtype=bool)  # noqa: PLR0124 - NaN
        array = array.astype(str)
    else:
        is_missing = np.isnan(array) if array.dtype.kind == "f" else np.zeros(n_rows, dtype=bool)
    if is_missing.any():
        raise ValueError(f"{field}: {int(is_missing.sum())} labels are missing; every row has a unit and stratum.")
    distinct, codes = np.unique(array, return_inverse=True)
    return codes, distinct


def _paired(outer: IntArray, inner: IntArray) -> tuple[IntArray, IntArray]:
    """Index of each distinct (outer, inner) pair, one entry a row, and a row that shows each pair."""
    width = int(inner.max(initial=0)) + 1
    _, first, pair_of_row = np.unique(outer * width + inner, return_index=True, return_inverse=True)
    return pair_of_row, first


def _population_size(
    stage: SamplingStage,
    number: int,
    stratum_of_row: IntArray,
    first_of_stratum: IntArray,
    n_sampled: FloatArray,
    labels: tuple[str, ...],
) -> FloatArray:
    if stage.population_sizes is None:
        return np.full(n_sampled.size, np.inf)
    sizes = np.asarray(stage.population_sizes, dtype=np.float64)
    if sizes.shape != stratum_of_row.shape:
        raise ValueError(f"stage {number}: population_sizes: {sizes.shape} for {stratum_of_row.size} rows; one a row.")
    of_stratum = sizes[first_of_stratum]
    differs = sizes != of_stratum[stratum_of_row]
    if differs.any():
        row = np.flatnonzero(differs)[0]
        stratum = stratum_of_row[row]
        raise ValueError(
            f"stage {number}: population_sizes: {of_stratum[stratum]:g} and {sizes[row]:g} in stratum "
            f"{labels[stratum]}; a stratum has one population size."
        )
    is_too_small = ~(of_stratum >= n_sampled)
    if is_too_small.any():
        stratum = np.flatnonzero(is_too_small)[0]
        raise ValueError(
            f"stage {number}: population_sizes: {of_stratum[stratum]:g} in stratum {labels[stratum]}, where "
            f"{n_sampled[stratum]:g} units were sampled; give counts of units, not sampling fractions."
        )
    return of_stratum
