"""Design effects against reference numbers and by hand."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from lib.estimation.design_effect import design_effect, kish_design_effect, kish_effective_sample_size
from lib.estimation.designs.clusters import ClusterDesign
from lib.estimation.designs.poisson import PoissonDesign
from lib.estimation.designs.sampling_stages import SamplingStage
from lib.estimation.functionals import Ratio, Total, mean
from tests.estimation.designs.cluster_cases import shared_records
from tests.estimation.references import shared_oracles


def element_sample(n: int, weight: float) -> ClusterDesign:
    """Elements drawn with replacement: every row its own PSU."""
    return ClusterDesign([SamplingStage(np.arange(n))], np.full(n, weight))


@pytest.mark.parametrize("record", shared_records("c10_change", "deff", "kish"))
def test_every_shared_record(record: dict[str, Any]) -> None:
    sample = pd.read_csv(shared_oracles("c10_change") / "panel_users.csv")
    if record["id"].endswith("kish"):
        assert kish_effective_sample_size(sample["w"]) == pytest.approx(record["n_eff"], rel=1e-9)
        assert kish_design_effect(sample["w"]) == pytest.approx(record["deff_w"], rel=1e-9)
        return
    design = ClusterDesign([SamplingStage(sample["user"], sample["stratum"])], sample["w"])
    flag, flag_views, views = (sample[name].to_numpy(dtype=float) for name in ("flag", "flag_views", "views"))
    functional = Ratio(flag_views, views) if record["id"].endswith("ratio") else mean(flag)
    effect = design_effect(design, functional, is_with_replacement=record["id"].endswith("replace"))
    assert effect == pytest.approx(record["deff"], rel=1e-9)
    if "n_eff" in record:
        assert record["n"] / effect == pytest.approx(record["n_eff"], rel=1e-9)


def test_two_units_are_enough() -> None:
    assert design_effect(element_sample(2, 3.0), mean(np.array([0.0, 1.0])), is_with_replacement=True) == pytest.approx(
        1
    )
    with pytest.raises(ValueError, match="1 units; a design effect needs two"):
        design_effect(element_sample(1, 3.0), mean(np.ones(1)))


def test_elements_drawn_with_replacement_have_the_effect_one() -> None:
    y = np.array([1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0])
    design = element_sample(8, 5.0)
    for functional in (mean(y), Total(y)):
        assert design_effect(design, functional, is_with_replacement=True) == pytest.approx(1.0, rel=1e-12)
        assert design_effect(design, functional) == pytest.approx(1.0 / (1.0 - 8 / 40), rel=1e-12)


def test_whole_clusters_of_like_units_cost_their_size() -> None:
    """Five alike units a cluster: the variance is that of the clusters, 5 times that of as many elements."""
    y = np.repeat([1.0, 0.0, 0.0, 1.0, 0.0, 1.0], 5)
    design = ClusterDesign([SamplingStage(np.repeat(np.arange(6), 5))], np.full(30, 10.0))
    expected = 5.0 * (6 / 5) / (30 / 29)
    assert design_effect(design, mean(y), is_with_replacement=True) == pytest.approx(expected, rel=1e-12)


def test_a_domain_is_held_against_a_sample_of_its_own_size() -> None:
    y, domain = np.array([1.0, 0.0, 0.0, 1.0, 1.0, 0.0]), np.array([True, True, True, True, False, False])
    design = PoissonDesign(np.full(6, 0.1))
    whole = design_effect(PoissonDesign(np.full(4, 0.1)), mean(y[:4]))
    assert design_effect(design, mean(y, domain), is_in_domain=domain) == pytest.approx(whole, rel=1e-12)


@pytest.mark.parametrize(
    ("weight", "values", "domain", "message"),
    [
        (0.5, [1.0, 0.0, 1.0], None, "not scaled to the population"),
        (9.0, [0.0, 0.0, 0.0], None, "does not vary"),
        (9.0, [1.0, 0.0, 1.0], [True, False, False], "1 units"),
    ],
)
def test_effects_that_do_not_exist_are_refused(weight: float, values: Any, domain: Any, message: str) -> None:
    inside = None if domain is None else np.array(domain)
    with pytest.raises(ValueError, match=message):
        design_effect(element_sample(3, weight), mean(np.array(values), inside), is_in_domain=inside)


def test_kish() -> None:
    assert kish_effective_sample_size([1.0, 1.0, 2.0]) == pytest.approx(16 / 6)
    assert kish_design_effect([3.0, 3.0, 3.0]) == pytest.approx(1.0)
    for weights in ([], [0.0, 0.0], [1.0, -1.0], [1.0, np.nan]):
        with pytest.raises(ValueError, match="weights"):
            kish_effective_sample_size(weights)
