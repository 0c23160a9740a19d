"""The pilot stands for the population that it was drawn from: with few units by weight, with all of them exactly."""

import numpy as np
import pytest
from pyspark.sql import SparkSession

from lib.sampling import draw_plan, pilot
from lib.sampling.minimax_importance import Pilot
from tests.sampling.scored_units import draw, generated_rows, unit_scores

N_UNITS = 400


@pytest.fixture
def pilots(spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> dict[int, Pilot]:
    """Pilots of about 80 units, and of all, of one population."""
    units = unit_scores(spark, generated_rows(N_UNITS))
    found: dict[int, Pilot] = {}
    for size in (80, 100 * N_UNITS):
        drawn: list[Pilot] = []
        monkeypatch.setattr(pilot, "_PILOT_SIZE", size)
        monkeypatch.setattr(
            draw_plan, "draw_pilot", lambda *given, drawn=drawn: drawn.append(pilot.draw_pilot(*given)) or drawn[0]
        )
        draw(units, policies=["common", "rare"], sample_size=40, policy_importance="minimax_relative_error")
        found[size] = drawn[0]
    return found


def test_weights_add_up_to_the_population_and_weighted_exposure_to_all_of_it(pilots: dict[int, Pilot]) -> None:
    few, everybody = pilots[80], pilots[100 * N_UNITS]
    assert everybody.weights.tolist() == [1.0] * N_UNITS
    assert everybody.exposures.sum(axis=0) == pytest.approx([1, 1], rel=1e-12)
    assert 40 < len(few.weights) < 120
    for values in (np.ones(len(few.weights)), *few.exposures.T):
        total = N_UNITS if values[0] == 1 else 1
        standard_error = np.sqrt((few.weights * (few.weights - 1) * values**2).sum())
        assert abs((few.weights * values).sum() - total) < 4 * standard_error < total
    # Variances of the two policies' scores, where both doubt nothing: none.
    assert few.variances.shape == (len(few.weights), 2)
    assert (few.variances >= 0).all()
    assert (few.variances <= 0.25).all()
