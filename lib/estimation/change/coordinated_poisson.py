"""Samples of several periods or designs that share permanent random numbers, as one analysis design."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from lib.estimation.designs.analysis_design import LinearisedDesign
from lib.estimation.functionals import BoolArray, FloatArray


@dataclass(frozen=True, eq=False)
class CoordinatedPoissonDesign(LinearisedDesign):
    """Poisson samples in which a unit has one random number u_i for all of them: it is taken where u_i < p_i.

    A row is a unit in one sample; a unit of both samples has two rows. Its joint probability is that of the smaller
    one, P_i12 = min(p_i1, p_i2), and other units are independent (Brewer, Early & Joyce 1972; Ohlsson 1995). So

        Cov̂(Σ z1/p1, Σ z2/p2) = Σ_{i in both} (P_i12/(p_i1·p_i2) - 1)/P_i12·z_i1·z_i2
                               = Σ_{i in both} (1 - max(p_i1, p_i2))/(p_i1·p_i2)·z_i1·z_i2

    which is Σ (1/P - 1)/P·z1·z2 where both probabilities are P. A functional of one period is a domain of the rows:
    `is_in_domain = samples == period`.

    Attributes:
        units: identifier of the unit, one a row
        samples: which sample the row belongs to: a period or a design
        inclusion_probabilities: p in (0, 1] of the unit in that sample

    """

    units: npt.NDArray[Any]
    samples: npt.NDArray[Any]
    inclusion_probabilities: FloatArray

    def __post_init__(self) -> None:
        p = self.inclusion_probabilities
        if not len(self.units) == len(self.samples) == len(p):
            raise ValueError(
                f"units, samples and inclusion_probabilities have {len(self.units)}, {len(self.samples)} and {len(p)} "
                "entries; give one of each a row."
            )
        if not np.all((p > 0.0) & (p <= 1.0)):
            raise ValueError("inclusion_probabilities: a value is outside (0, 1]; leave units out that were not drawn.")
        rows = set(zip(self.units.tolist(), self.samples.tolist(), strict=True))
        if len(rows) < len(p):
            raise ValueError(f"units: {len(p) - len(rows)} units are twice in the same sample; keep one row of each.")

    @property
    def weights(self) -> FloatArray:
        """1/p, one a row."""
        return 1.0 / self.inclusion_probabilities

    def total_covariance(self, values: FloatArray) -> FloatArray:
        """Return the estimated covariance of Σ z/p for `values` z of shape (rows, statistics): (statistics)²."""
        p = self.inclusion_probabilities
        covariance: FloatArray = np.einsum("ij,ik,i->jk", values, values, (1.0 - p) / p**2)
        for first, second in self._pairs():
            factor = (1.0 - np.maximum(p[first], p[second])) / (p[first] * p[second])
            across = np.einsum("ij,ik,i->jk", values[first], values[second], factor)
            covariance += across + across.T
        return covariance

    def degrees_of_freedom(self, is_in_domain: BoolArray | None = None) -> float:
        """Return rows in the domain less 1, at least 1."""
        n_rows = len(self.units) if is_in_domain is None else int(is_in_domain.sum())
        return float(max(1, n_rows - 1))

    def _pairs(self) -> list[tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]]:
        """Rows of the same unit, every pair once."""
        _, unit = np.unique(self.units, return_inverse=True)
        order = np.argsort(unit, kind="stable")
        most = int(np.bincount(unit).max()) if len(unit) else 0
        pairs = []
        for lag in range(1, most):
            first, second = order[:-lag], order[lag:]
            is_same = unit[first] == unit[second]
            pairs.append((first[is_same], second[is_same]))
        return pairs
