"""Additive sums of a bridge study: the same units labelled under an old and a new version."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from lib.estimation.functionals import FloatArray
from schemas.contracts.bridge_names import (
    BRIDGE_VARIABLES,
    bridge_pairs,
    bridge_process_product,
    bridge_product,
    bridge_sum,
)


@dataclass(frozen=True, eq=False)
class BridgeMoments:
    """The sums over units with a usable verdict under both versions; z as in schemas/contracts/bridge_names.py.

    Attributes:
        sums: Σ z/P
        products: Σ z z'(1/P - 1)/P, symmetric
        process_products: Σ z z'/P, symmetric
        n_units: units with both verdicts
        n_gained: of them violating under the new version only
        n_lost: of them violating under the old version only
        n_kept: of them violating under both
        n_missing: units labelled under both versions without a usable verdict under at least one
        sum_weight: Σ 1/P
        sum_squared_weight: Σ 1/P²
        largest_weight: largest x/P, in the unit of exposure

    """

    sums: FloatArray
    products: FloatArray
    process_products: FloatArray
    n_units: int
    n_gained: int
    n_lost: int
    n_kept: int
    n_missing: int
    sum_weight: float
    sum_squared_weight: float
    largest_weight: float

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "BridgeMoments":
        """Read one row of `lib.moments.bridge_sums`: column name to value."""
        size = len(BRIDGE_VARIABLES)
        products, process_products = np.empty((size, size)), np.empty((size, size))
        for first, second in bridge_pairs():
            i, j = BRIDGE_VARIABLES.index(first), BRIDGE_VARIABLES.index(second)
            products[i, j] = products[j, i] = float(row[bridge_product(first, second)])
            process_products[i, j] = process_products[j, i] = float(row[bridge_process_product(first, second)])
        return cls(
            sums=np.array([float(row[bridge_sum(variable)]) for variable in BRIDGE_VARIABLES]),
            products=products,
            process_products=process_products,
            n_units=int(row["n_units"]),
            n_gained=int(row["n_gained"]),
            n_lost=int(row["n_lost"]),
            n_kept=int(row["n_kept"]),
            n_missing=int(row["n_missing"]),
            sum_weight=float(row["sum_weight"]),
            sum_squared_weight=float(row["sum_squared_weight"]),
            largest_weight=float(row["largest_weight"]),
        )

    @classmethod
    def from_units(
        cls,
        *,
        exposure: npt.ArrayLike,
        old_verdict: npt.ArrayLike,
        new_verdict: npt.ArrayLike,
        inclusion_probability: npt.ArrayLike,
    ) -> "BridgeMoments":
        """Compute the sums from units held in memory (tests, audits).

        Args:
            exposure: x of the units, units or views, >= 0
            old_verdict: 1 violating, 0 not, NaN without a usable verdict, under the old version
            new_verdict: the same under the new version
            inclusion_probability: probability in (0, 1] of being labelled under both

        Returns:
            the sums

        Raises:
            ValueError: a probability is outside (0, 1]

        """
        old, new = (np.asarray(verdict, dtype=np.float64) for verdict in (old_verdict, new_verdict))
        is_usable = ~(np.isnan(old) | np.isnan(new))
        p = np.asarray(inclusion_probability, dtype=np.float64)[is_usable]
        if not np.all((p > 0.0) & (p <= 1.0)):
            raise ValueError("inclusion_probability: a value is outside (0, 1].")
        x, is_old, is_new = (np.asarray(exposure, dtype=np.float64)[is_usable], old[is_usable] > 0, new[is_usable] > 0)
        indicators = np.stack([is_new & ~is_old, is_old & ~is_new, is_old & is_new, np.ones_like(is_old)])
        z = x * indicators
        n_gained, n_lost, n_kept, n_units = (int(count) for count in indicators.sum(axis=1))
        return cls(
            sums=np.einsum("in,n->i", z, 1.0 / p),
            products=np.einsum("in,jn,n->ij", z, z, (1.0 / p - 1.0) / p),
            process_products=np.einsum("in,jn,n->ij", z, z, 1.0 / p),
            n_units=n_units,
            n_gained=n_gained,
            n_lost=n_lost,
            n_kept=n_kept,
            n_missing=int((~is_usable).sum()),
            sum_weight=float((1.0 / p).sum()),
            sum_squared_weight=float((1.0 / p**2).sum()),
            largest_weight=float((x / p).max(initial=0.0)),
        )
