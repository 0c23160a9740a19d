"""How many independent items a rate is worth, by hand."""

import numpy as np
import pytest

from lib.estimation.comparison.effective_items import effective_items
from lib.estimation.designs.clusters import ClusterDesign
from lib.estimation.designs.sampling_stages import SamplingStage
from lib.estimation.functionals import Ratio

# six items in five clusters, one of them outside the denominator
DESIGN = ClusterDesign([SamplingStage([1, 2, 3, 4, 4, 5])], np.array([1.0, 1.0, 2.0, 4.0, 4.0, 9.0]))
RATE = Ratio(np.array([1.0, 0, 1, 0, 0, 0]), np.array([1.0, 1, 1, 1, 1, 0]))


def size(share: float, variance: float) -> float:
    return effective_items(DESIGN, RATE, share=share, variance=variance)


def test_a_rate_with_variance_is_worth_what_its_variance_says_but_no_more_than_its_items() -> None:
    assert size(0.25, 0.05) == pytest.approx(0.25 * 0.75 / 0.05)
    assert size(0.25, 0.001) == 5.0


@pytest.mark.parametrize(("share", "variance"), [(0.0, 0.0), (1.0, 0.0), (0.3, 0.0), (1.0, 0.01), (1.0 - 1e-14, 1e-20)])
def test_a_rate_that_shows_no_variance_is_worth_kishs_size_but_no_more_than_its_clusters(
    share: float, variance: float
) -> None:
    assert size(share, variance) == pytest.approx(12**2 / 38)  # (Σw)²/Σw² of the five items, less than four clusters
    flat = ClusterDesign([SamplingStage([1, 1, 2, 2, 3, 3])], np.ones(6))
    rate = Ratio(np.ones(6), np.array([1.0, 1, 1, 1, 0, 0]))
    assert effective_items(flat, rate, share=share, variance=variance) == 2.0
