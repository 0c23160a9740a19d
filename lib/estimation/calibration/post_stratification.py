"""Post-stratification: weights that meet the known sizes of cells."""

from collections.abc import Mapping, Sequence

import numpy as np

from lib.estimation.calibration.calibrated_design import CalibratedDesign
from lib.estimation.calibration.known_totals import KnownTotals, categories_with_units
from lib.estimation.designs.analysis_design import LinearisedDesign


def post_stratified(
    base: LinearisedDesign, cells: Sequence[str], sizes: Mapping[str, float], *, is_partial: bool = False
) -> CalibratedDesign:
    """Scale the weights within every cell to its known size: g = N_c / Σ_c d.

    Särndal, Swensson & Wretman (1992), section 7.6; Holt & Smith (1979). The residuals of the variance are deviations
    from the cells' weighted means.

    Args:
        base: the design of the sample, weights d >= 0
        cells: cell of every sampled unit; join the labels of several variables to cross them
        sizes: population size by cell
        is_partial: leave out cells without sampled units instead of refusing them; totals are then those of the other
            cells only, as R's postStratify(partial=TRUE)

    Returns:
        the calibrated design

    Raises:
        ValueError: a sampled cell has no positive size, or a cell has no sampled unit or only units of weight 0

    """
    if len(cells) != len(base.weights):
        raise ValueError(f"There are {len(cells)} cell labels for {len(base.weights)} sampled units.")
    used = categories_with_units("cells", cells, sizes, is_partial=is_partial)
    position = {cell: index for index, cell in enumerate(used)}
    index = np.array([position[cell] for cell in cells])
    estimated = np.bincount(index, weights=base.weights, minlength=len(used))
    if np.any(estimated <= 0.0):
        unweighted = [cell for cell, size in zip(used, estimated, strict=True) if size <= 0.0]
        raise ValueError(f"Cells whose sampled units have no weight: {unweighted}; merge them with others.")
    totals = np.array(list(used.values()))
    known = KnownTotals(tuple(used), np.eye(len(used))[index], totals)
    return CalibratedDesign(base, known, (totals / estimated)[index])
