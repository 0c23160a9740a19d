"""Strata of a sample of elements: sums, spread and degrees of freedom within them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from lib.estimation.functionals import BoolArray, FloatArray

_MOST_NAMES_SHOWN = 5


@dataclass(frozen=True, eq=False)
class Strata:
    """Which stratum each sampled unit lies in.

    Attributes:
        of_unit: index of the stratum, one entry a sampled unit
        labels: name of each stratum, for messages
        n_sampled: sampled units of each stratum

    """

    of_unit: npt.NDArray[np.intp]
    labels: npt.NDArray[Any]
    n_sampled: FloatArray

    @classmethod
    def of(cls, stratum: npt.ArrayLike | None, n_units: int) -> "Strata":
        """Return the strata of the labels `stratum`, one a sampled unit; None puts all units into one stratum.

        Raises:
            ValueError: a label is missing, or there is not one a unit

        """
        labels = np.full(n_units, "all units") if stratum is None else np.asarray(stratum)
        if labels.shape != (n_units,):
            raise ValueError(f"stratum: shape {labels.shape} for {n_units} units; give one label a sampled unit.")
        is_missing = np.array([label is None or label != label for label in labels.tolist()], dtype=bool)  # noqa: PLR0124 - NaN
        if is_missing.any():
            unit = int(np.flatnonzero(is_missing)[0])
            raise ValueError(f"stratum: missing at unit {unit}; every sampled unit lies in a stratum.")
        distinct, of_unit = np.unique(labels.astype(str) if labels.dtype == object else labels, return_inverse=True)
        return cls(of_unit, distinct, np.bincount(of_unit, minlength=distinct.size).astype(np.float64))

    @property
    def n_of_unit(self) -> FloatArray:
        """Sampled units of the stratum that each unit lies in."""
        sizes: FloatArray = self.n_sampled[self.of_unit]
        return sizes

    def sums(self, values: FloatArray) -> FloatArray:
        """Return the sums of `values` (units, statistics) within each stratum: (strata, statistics)."""
        totals = np.empty((self.labels.size, values.shape[1]))
        for statistic, column in enumerate(values.T):
            totals[:, statistic] = np.bincount(self.of_unit, weights=column, minlength=self.labels.size)
        return totals

    def constant(self, values: FloatArray, field: str) -> FloatArray:
        """Return the value that a column has within each stratum; refuses one that changes within a stratum."""
        of_stratum = np.empty(self.labels.size)
        of_stratum[self.of_unit] = values
        differs = values != of_stratum[self.of_unit]
        if differs.any():
            unit = int(np.flatnonzero(differs)[0])
            stratum = self.of_unit[unit]
            raise ValueError(
                f"{field}: {values[unit]:g} and {of_stratum[stratum]:g} in stratum {self.labels[stratum]}; it is a "
                "figure of the stratum: give every unit of the stratum the same."
            )
        return of_stratum

    def refuse_lonely(self, is_certain: BoolArray) -> None:
        """Refuse strata from which one unit was taken, unless that unit was certain (an entry a stratum).

        Raises:
            ValueError: a stratum shows no variance

        """
        is_lonely = (self.n_sampled == 1.0) & ~is_certain
        if is_lonely.any():
            names = [str(label) for label in self.labels[is_lonely]]
            shown = ", ".join(names[:_MOST_NAMES_SHOWN]) + (", ..." if len(names) > _MOST_NAMES_SHOWN else "")
            raise ValueError(
                f"stratum: a single unit was sampled in {shown}, so its variance cannot be seen; merge the stratum "
                "with a like one, or analyse the sample as clusters with a rule for lonely units."
            )

    def scatter(self, values: FloatArray, factor: FloatArray) -> FloatArray:
        """Return Σ_h n_h/(n_h - 1) Σ_i c_i (x_i - x̄_h)(x_i - x̄_h)', x̄_h the plain mean of the stratum's sampled units.

        Args:
            values: x, (units, statistics)
            factor: c, one entry a unit

        Returns:
            (statistics, statistics)

        """
        means = self.sums(values) / self.n_sampled[:, None]
        deviations = values - means[self.of_unit]
        n = self.n_of_unit
        # a lonely unit is refused or certain: its deviation is 0, whatever stands here for n - 1
        scale = factor * n / np.maximum(n - 1.0, 1.0)
        scattered: FloatArray = (deviations * scale[:, None]).T @ deviations
        return scattered

    def degrees_of_freedom(self, is_in_domain: BoolArray | None) -> float:
        """Return units less strata, both counted within the domain, at least 1 (Korn & Graubard 1999, section 5.2)."""
        strata = self.of_unit if is_in_domain is None else self.of_unit[np.asarray(is_in_domain, dtype=bool)]
        return float(max(1, strata.size - np.unique(strata).size))
