"""Shares of components: moments of combinations, the ratio's variance, and its coverage by simulation."""

from typing import Any

import numpy as np
import pytest
from numpy.random import Generator
from scipy import stats

from lib.estimation.components import combined_moments, component_share
from lib.estimation.estimators import ESTIMATORS
from lib.estimation.ladder_moments import FloatArray, LadderMoments
from schemas.contracts.moment_names import COMPONENTS, UNSPECIFIED
from tests.estimation.populations import confirmed_but_never_viewed
from tests.estimation.test_ladder_moments import random_units

TOTALS = {"population_size": 300, "exposure_total": 900.0, "score_total": 80.0}
Rows = tuple[LadderMoments, LadderMoments, LadderMoments]


def three_rows(units: dict[str, Any], names: list[FloatArray]) -> Rows:
    """Moments of the unit, of a component and of its complement; `names` says per rung who names the component."""
    of_component = [label * named for label, named in zip(units["verdicts"], names, strict=True)]
    of_others = [label * (1 - named) for label, named in zip(units["verdicts"], names, strict=True)]
    return tuple(
        LadderMoments.from_units(**units | {"verdicts": labels}, **TOTALS)
        for labels in (units["verdicts"], of_component, of_others)
    )  # type: ignore[return-value]


@pytest.mark.parametrize("n_rungs", [1, 2, 3])
def test_combinations_are_those_of_the_units(n_rungs: int) -> None:
    units, random = random_units(4, 70, n_rungs), np.random.default_rng(5)
    units["verdicts"] = [np.asarray(label, dtype=float) for label in units["verdicts"]]
    names = [(random.random(70) < 0.4).astype(float) for _ in range(n_rungs)]
    found = combined_moments(*three_rows(units, names), of_component=1.0, of_unit=-0.37)
    residuals = [label * (named - 0.37) for label, named in zip(units["verdicts"], names, strict=True)]
    expected = LadderMoments.from_units(**units | {"verdicts": residuals}, **TOTALS)
    np.testing.assert_allclose(found.sums, expected.sums, rtol=1e-12, atol=1e-12)
    scale = np.abs(expected.products).max()
    np.testing.assert_allclose(found.products, expected.products, rtol=1e-9, atol=1e-12 * scale)


def test_a_share_by_hand() -> None:
    # Poisson, p = .5, .25, .2: violating with exposure 2 (component), 1 (not), 3 (component).
    units = {"exposure": [2.0, 1.0, 3.0, 5.0], "probabilities": [[0.5, 0.25, 0.2, 0.5]]}
    units["verdicts"] = [np.array([1.0, 1.0, 1.0, 0.0])]
    share = component_share(*three_rows(units, [np.array([1.0, 0.0, 1.0, 0.0])]), estimator="horvitz_thompson")
    assert share is not None
    whole, ratio = 4.0 + 4.0 + 15.0, 19.0 / 23.0
    residuals = np.array([2 * (1 - ratio), -ratio, 3 * (1 - ratio)])
    p = np.array([0.5, 0.25, 0.2])
    variance = (residuals**2 * (1 / p - 1) / p).sum() / whole**2
    assert share.share == pytest.approx(ratio)
    assert share.std_error == pytest.approx(np.sqrt(variance))
    count = ratio * ratio * (1 - ratio) / variance  # S units of n_eff = S(1 - S)/V̂
    for level, tail in ((0.95, 0.025), (0.8, 0.1)):
        found = component_share(
            *three_rows(units, [np.array([1.0, 0.0, 1.0, 0.0])]), estimator="horvitz_thompson", level=level
        )
        assert found is not None
        assert found.low == pytest.approx(stats.beta.ppf(tail, count, count / ratio - count + 1))
        assert found.high == pytest.approx(stats.beta.isf(tail, count + 1, count / ratio - count))


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_shares_of_a_component_and_its_complement_sum_to_1(estimator: Any) -> None:
    units, random = random_units(9, 200, 2), np.random.default_rng(6)
    units["verdicts"] = [np.asarray(label, dtype=float) for label in units["verdicts"]]
    unit, part, rest = three_rows(units, [(random.random(200) < 0.6).astype(float)] * 2)
    first = component_share(unit, part, rest, estimator=estimator)
    second = component_share(unit, rest, part, estimator=estimator)
    assert first is not None
    assert second is not None
    assert first.share + second.share == pytest.approx(1.0)
    assert first.std_error == pytest.approx(second.std_error)
    assert (first.low, first.high) == pytest.approx((1 - second.high, 1 - second.low), abs=1e-6)


@pytest.mark.parametrize(("named", "share"), [(1.0, 1.0), (0.0, 0.0)])
def test_a_component_of_all_or_none_has_an_interval(named: float, share: float) -> None:
    units = random_units(12, 60, 1)
    units["verdicts"] = [np.asarray(label, dtype=float) for label in units["verdicts"]]
    found = component_share(*three_rows(units, [np.full(60, named)]), estimator="hajek")
    assert found is not None
    assert (found.share, found.std_error) == (share, pytest.approx(0.0, abs=1e-6))
    assert 0.0 <= found.low <= share <= found.high <= 1.0
    assert 0.01 < found.high - found.low < 1.0


def test_without_violations_there_is_no_share() -> None:
    units = random_units(3, 40, 2)
    units["verdicts"] = [np.asarray(label, dtype=float) * 0.0 for label in units["verdicts"]]
    assert component_share(*three_rows(units, [np.ones(40)] * 2), estimator="regression") is None


def test_a_census_is_exact() -> None:
    units: dict[str, Any] = {"exposure": np.ones(300), "probabilities": [np.ones(300)]}
    units["verdicts"] = [(np.arange(300) < 8).astype(float)]
    found = component_share(*three_rows(units, [(np.arange(300) < 2).astype(float)]), estimator="hajek")
    assert found is not None
    assert (found.share, found.low, found.high, found.std_error) == (0.25, 0.25, 0.25, 0.0)


def test_rows_of_different_ladders_are_refused() -> None:
    two, one = (LadderMoments.from_units(**random_units(3, 40, n), **TOTALS) for n in (2, 1))
    with pytest.raises(ValueError, match=r"llm\+human, llm, llm"):
        combined_moments(two, one, one, of_component=1.0, of_unit=0.0)


def test_unspecified_is_the_last_component() -> None:
    assert COMPONENTS[-1] == UNSPECIFIED
    labels = pytest.importorskip("schemas.labels")
    assert COMPONENTS[:-1] == labels.COMPONENTS


@pytest.mark.parametrize("estimator", ["hajek", "regression"])
@pytest.mark.slow
def test_the_ratio_is_nearly_unbiased_and_covered(estimator: Any) -> None:
    random, size = np.random.default_rng(21), 10_000
    exposure = np.ceil(np.exp(random.normal(size=size)))
    truth = (random.random(size) < 0.05).astype(float)
    of_image = (random.random(size) < 0.3).astype(float)
    llm = np.where(truth == 1, random.random(size) < 0.8, random.random(size) < 0.02).astype(float)
    llm_of_image = np.where(random.random(size) < 0.85, of_image, 1 - of_image)
    p = np.minimum(1.0, exposure * (0.4 + 2 * truth) / 8)
    q = np.minimum(1.0, 0.3 + 0.6 * llm)
    share = float((exposure * truth * of_image).sum() / (exposure * truth).sum())

    def draw(random: Generator) -> tuple[float, float, bool]:
        taken = np.flatnonzero(random.random(size) < p)
        human = np.where(random.random(taken.size) < q[taken], truth[taken], np.nan)
        units = {
            "exposure": exposure[taken],
            "verdicts": [llm[taken], human],
            "probabilities": [p[taken], (p * q)[taken]],
        }
        found = component_share(*three_rows(units, [llm_of_image[taken], of_image[taken]]), estimator=estimator)
        assert found is not None
        return found.share, found.std_error**2, found.low <= share <= found.high

    shares, variances, covered = np.array([draw(random) for _ in range(400)]).T
    assert abs(shares.mean() - share) < 3.5 * shares.std() / 20 + 0.005  # a ratio's bias is of order 1/n
    assert 0.85 < variances.mean() / shares.var() < 1.15
    assert covered.mean() > 0.92


def test_violations_of_no_exposure_have_no_share() -> None:
    units: dict[str, Any] = {"exposure": np.zeros(30), "probabilities": [np.full(30, 0.5)]}
    units["verdicts"] = [(np.arange(30) < 3).astype(float)]
    assert component_share(*three_rows(units, [np.ones(30)]), estimator="horvitz_thompson") is None


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_confirmed_violations_of_no_exposure_have_no_share_whatever_the_first_rung_found(estimator: Any) -> None:
    rows = three_rows(confirmed_but_never_viewed(), [np.ones(30), np.ones(30)])
    assert rows[0].n_positive[-1] == 1
    assert component_share(*rows, estimator=estimator) is None


def test_one_violation_of_little_exposure_has_a_share() -> None:
    units: dict[str, Any] = {"exposure": np.full(30, 0.01), "probabilities": [np.full(30, 0.5)]}
    units["verdicts"] = [(np.arange(30) < 1).astype(float)]
    found = component_share(*three_rows(units, [np.ones(30)]), estimator="horvitz_thompson")
    assert found is not None
    assert (found.share, found.high) == (1.0, 1.0)
    assert found.low == pytest.approx(0.025)  # one unit: α/2
