"""Columns of a sample, one entry a sampled unit, checked before a design rests on them."""

import numpy as np
import numpy.typing as npt

from lib.estimation.functionals import FloatArray


def finite_column(values: npt.ArrayLike, field: str, n_units: int | None = None) -> FloatArray:
    """Return a column of finite numbers.

    Args:
        values: one number a sampled unit
        field: name of the column, for messages
        n_units: how many entries it must have; None for any number

    Returns:
        the column

    Raises:
        ValueError: not one-dimensional, of another length, or an entry is missing or infinite

    """
    column = np.asarray(values, dtype=np.float64)
    if column.ndim != 1 or (n_units is not None and column.size != n_units):
        wanted = "one dimension" if n_units is None else f"{n_units} entries"
        raise ValueError(f"{field}: shape {column.shape}, {wanted} wanted; give one entry a sampled unit.")
    is_bad = ~np.isfinite(column)
    if is_bad.any():
        raise ValueError(
            f"{field}: {int(is_bad.sum())} entries are missing or infinite (the first at unit "
            f"{int(np.flatnonzero(is_bad)[0])}); every sampled unit needs one."
        )
    return column


def probability_column(values: npt.ArrayLike, field: str) -> FloatArray:
    """Return a column of probabilities in (0, 1]; refuses others, as `finite_column` does."""
    column = finite_column(values, field)
    is_bad = (column <= 0.0) | (column > 1.0)
    if is_bad.any():
        unit = int(np.flatnonzero(is_bad)[0])
        raise ValueError(
            f"{field}: {column[unit]:g} at unit {unit} is not in (0, 1]; give the probability with which the unit was "
            "taken, not its weight or a percentage."
        )
    return column


def weight_column(values: npt.ArrayLike, field: str, n_units: int | None = None) -> FloatArray:
    """Return a column of weights > 0; refuses others, as `finite_column` does."""
    column = finite_column(values, field, n_units)
    if (column <= 0.0).any():
        unit = int(np.flatnonzero(column <= 0.0)[0])
        raise ValueError(f"{field}: {column[unit]:g} at unit {unit}; the weight of a sampled unit is > 0.")
    return column
