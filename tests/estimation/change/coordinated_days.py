"""The coordinated samples of two days of tests/oracles, as an analysis design."""

import csv
from functools import cache

import numpy as np

from lib.estimation.change.coordinated_poisson import CoordinatedPoissonDesign
from lib.estimation.functionals import FloatArray
from tests.estimation.references import oracle_path


@cache
def coordinated_days() -> tuple[CoordinatedPoissonDesign, FloatArray]:
    """Two days' rows and their verdicts y."""
    with oracle_path("coordinated_samples.csv").open() as lines:
        rows = list(csv.DictReader(lines))
    design = CoordinatedPoissonDesign(
        units=np.array([row["unit"] for row in rows]),
        samples=np.array([int(row["day"]) for row in rows]),
        inclusion_probabilities=np.array([float(row["pi"]) for row in rows]),
    )
    return design, np.array([float(row["y"]) for row in rows])
