"""The frame as planning sees it: cells of units that are alike in exposure, size measure and score."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

FloatArray = npt.NDArray[np.float64]
EVERYTHING = ("all", "all")
CELL_KEY = ("segment", "segment_value", "policy", "stratum")
# What is summed over a cell whatever is measured, and what is summed for every measure (column `name|measure`).
UNIT_SUMS = ("n_units", "size_measure", "disagreement")
MEASURE_SUMS = ("exposure", "score", "squares", "squares_score", "squares_per_size", "squares_per_mixture")


@dataclass(frozen=True, eq=False)
class FrameCells:
    """Cells of the frame, each with sums over its units; every segment and policy has the units once.

    With x exposure, s score, w size measure (stratum total 1), m = Σ_j x_j/X_j over the measures, and D the predicted
    disagreement while no policy has a positive verdict, a cell holds Σ 1, Σ w, Σ D, and per measure Σ x, Σ x·s, Σ x²,
    Σ x²·s, Σ x²/w, Σ x²/m. So a Σ x²·f(s)/w is that of the units themselves as far as f is linear.

    Attributes:
        table: one row a cell: segment, segment_value, policy, stratum, the sums

    """

    table: pd.DataFrame

    @cached_property
    def keys(self) -> list[tuple[str, str, str]]:
        """Every (segment, segment_value, policy), sorted."""
        return sorted(self._positions)

    @cached_property
    def policies(self) -> list[str]:
        """The policies, sorted."""
        return sorted({policy for _, _, policy in self.keys})

    @cached_property
    def measures(self) -> list[str]:
        """The measures, sorted."""
        return sorted(name.partition("|")[2] for name in self.table.columns if name.startswith("exposure|"))

    @cached_property
    def exposure_totals(self) -> dict[str, float]:
        """Measure to its total over the frame."""
        whole = self.select(*EVERYTHING, self.policies[0])
        return {measure: float(whole.column("exposure", measure).sum()) for measure in self.measures}

    def select(self, segment: str, segment_value: str, policy: str) -> "CellBlock":
        """The cells of one segment value for one policy; raises KeyError if there are none."""
        return self._blocks[(segment, segment_value, policy)]

    @cached_property
    def _positions(self) -> Mapping[tuple[str, str, str], npt.NDArray[np.intp]]:
        columns = [self.table[name].astype(str).to_numpy() for name in CELL_KEY[:3]]
        places: dict[tuple[str, str, str], list[int]] = {}
        for position, key in enumerate(zip(*columns, strict=True)):
            places.setdefault(key, []).append(position)
        return {key: np.array(positions) for key, positions in places.items()}

    @cached_property
    def _blocks(self) -> dict[tuple[str, str, str], "CellBlock"]:
        names = [name for name in self.table.columns if name not in CELL_KEY]
        values = self.table[names].to_numpy(dtype=np.float64)
        strata = self.table["stratum"].to_numpy()
        return {
            key: CellBlock(dict(zip(names, values[rows].T, strict=True)), strata[rows])
            for key, rows in self._positions.items()
        }


@dataclass(frozen=True, eq=False)
class CellBlock:
    """Cells of one segment value and policy.

    Attributes:
        sums: column to its sums, one entry a cell
        strata: stratum of each cell

    """

    sums: Mapping[str, FloatArray]
    strata: npt.NDArray[np.object_]

    def column(self, name: str, measure: str | None = None) -> FloatArray:
        """The sums called `name`, for `measure` if it is one of the measure's sums."""
        return self.sums[name if measure is None else f"{name}|{measure}"]

    def by_stratum(self, values: Mapping[str, float]) -> FloatArray:
        """`values` of each cell's stratum."""
        names, positions = self._stratum_codes
        return np.array([values[name] for name in names], dtype=np.float64)[positions]

    def mixture(self, exposure_totals: Mapping[str, float]) -> FloatArray:
        """Σ m over each cell, m = Σ_j x_j/X_j; its total over the frame is the number of measures with exposure."""
        mixture: FloatArray = np.zeros_like(self.column("n_units"))
        for measure, total in exposure_totals.items():
            if total > 0:
                mixture = mixture + self.column("exposure", measure) / total
        return mixture

    @cached_property
    def _stratum_codes(self) -> tuple[Sequence[str], npt.NDArray[np.intp]]:
        names, positions = np.unique(self.strata.astype(str), return_inverse=True)
        return names.tolist(), positions


def mean_within(totals: FloatArray, weights: FloatArray) -> FloatArray:
    """Mean per weight, 0 where a cell has no weight."""
    return np.divide(totals, weights, out=np.zeros_like(totals), where=weights > 0)
