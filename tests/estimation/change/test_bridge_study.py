"""Level shift between two versions: by hand, its limiting cases, and in repeated samples."""

import math

import numpy as np
import pytest

from lib.estimation.change.bridge_moments import BridgeMoments
from lib.estimation.change.bridge_study import BridgeEstimate, estimate_shift
from lib.estimation.change.rate_estimate import RateEstimate
from lib.estimation.change.square_root_rule import combination_limits
from lib.estimation.functionals import FloatArray
from lib.estimation.intervals.gamma import gamma

NAN = float("nan")


def _bridge(old: list[float], new: list[float], p: list[float], exposure: list[float] | None = None) -> BridgeMoments:
    return BridgeMoments.from_units(
        exposure=[1.0] * len(old) if exposure is None else exposure,
        old_verdict=old,
        new_verdict=new,
        inclusion_probability=p,
    )


def test_by_hand() -> None:
    # Σ x/P = 10 + 5 + 20 + 4 = 39; gained 10, lost 5, kept 20
    moments = _bridge([0, 1, 1, 0], [1, 0, 1, 0], [0.1, 0.2, 0.1, 0.5], [1.0, 1.0, 2.0, 2.0])
    found = estimate_shift(moments)
    shift = 5 / 39
    assert (found.old_prevalence, found.new_prevalence) == pytest.approx((25 / 39, 30 / 39))
    assert found.shift.difference == pytest.approx(shift)
    e = np.array([1 - shift, -1 - shift, -2 * shift, -2 * shift]) / 39
    p = np.array([0.1, 0.2, 0.1, 0.5])
    assert found.std_error**2 == pytest.approx(np.sum((1 / p - 1) / p * e**2), rel=1e-12)
    assert found.process_std_error**2 == pytest.approx(np.sum(e**2 / p**2), rel=1e-12)
    assert found.ratio.ratio == pytest.approx(1.2)
    f = np.array([1.0, -1.2, -0.4, 0.0]) / 25  # x·(y_new - 1.2·y_old) / Σ x·y_old/P
    assert found.ratio_std_error is not None
    assert found.ratio_std_error**2 == pytest.approx(np.sum((1 / p - 1) / p * f**2), rel=1e-12)
    assert found.ratio_process_std_error == pytest.approx(np.sqrt(np.sum(f**2 / p**2)), rel=1e-12)
    assert (found.n_units, found.n_disagreeing) == (4, 2)


def test_limits_are_those_of_three_correlated_shares() -> None:
    random, n = np.random.default_rng(8), 60
    kind = np.repeat(["gained", "lost", "kept", "neither"], [9, 6, 20, 25])
    x, p = np.ceil(random.lognormal(size=n)), random.uniform(0.1, 0.9, n)
    old, new = np.isin(kind, ["lost", "kept"]), np.isin(kind, ["gained", "kept"])
    found = estimate_shift(_bridge(old.astype(float).tolist(), new.astype(float).tolist(), p.tolist(), x.tolist()))
    whole = (x / p).sum()
    indicators = np.array([kind == name for name in ("gained", "lost", "kept")]).astype(float)
    shares = indicators @ (x / p) / whole
    influence = (indicators - shares[:, None]) * x / whole
    covariance = influence * ((1 / p - 1) / p) @ influence.T
    half_a_unit = (x**2 / p**2).sum() / whole**2 / 2
    rates = [
        RateEstimate(share, *gamma(share, variance, next_weight=half_a_unit, level=0.95))
        for share, variance in zip(shares, np.diag(covariance), strict=True)
    ]
    correlation = covariance / np.sqrt(np.outer(np.diag(covariance), np.diag(covariance)))
    expected = combination_limits((1.0, -1.0, 0.0), rates, correlation)
    assert (found.shift.low, found.shift.high) == pytest.approx(expected, rel=1e-9)
    for side, limit in enumerate((found.ratio.low, found.ratio.high)):
        at_limit = combination_limits((1.0, -limit, 1.0 - limit), rates, correlation)[side]
        assert at_limit == pytest.approx(0.0, abs=1e-9)
    assert found.ratio.low < found.ratio.ratio < found.ratio.high  # type: ignore[operator]


def test_units_without_both_verdicts_are_counted_and_left_out() -> None:
    found = _bridge([0, 1, NAN, 1], [1, NAN, 0, 1], [0.1, 0.2, 0.0, 0.4])
    assert (found.n_units, found.n_missing, found.n_gained, found.n_kept) == (2, 2, 1, 1)
    np.testing.assert_allclose(found.sums, [10.0, 0.0, 2.5, 12.5])


def test_rows_of_the_table_of_sums_read_back() -> None:
    moments = _bridge([0, 1, 1, 0], [1, 0, 1, 0], [0.1, 0.2, 0.1, 0.5])
    names = ("gained", "lost", "kept", "exposure")
    row: dict[str, float] = {f"sum_{name}": moments.sums[i] for i, name in enumerate(names)}
    for i, first in enumerate(names):
        for j, second in enumerate(names[i:], start=i):
            row[f"product_{first}__{second}"] = moments.products[i, j]
            row[f"process_product_{first}__{second}"] = moments.process_products[i, j]
    counts = ("n_units", "n_gained", "n_lost", "n_kept", "n_missing")
    row |= {name: getattr(moments, name) for name in (*counts, "sum_weight", "sum_squared_weight", "largest_weight")}
    read = BridgeMoments.from_row(row)
    assert estimate_shift(read) == estimate_shift(moments)
    weights = ("sum_weight", "sum_squared_weight", "largest_weight")
    assert [getattr(read, name) for name in weights] == [getattr(moments, name) for name in weights]


def _is_sound(found: BridgeEstimate) -> bool:
    numbers = [found.std_error, found.process_std_error, found.shift.low, found.shift.high, found.ratio.low]
    return all(math.isfinite(number) for number in numbers) and found.shift.low <= found.shift.difference


def test_no_disagreement_is_not_a_shift_of_exactly_zero() -> None:
    n = 400
    found = estimate_shift(_bridge([1.0] * 40 + [0.0] * (n - 40), [1.0] * 40 + [0.0] * (n - 40), [0.1] * n))
    assert (found.shift.difference, found.std_error, found.ratio.ratio) == (0.0, 0.0, 1.0)
    # -ln(0.025)/400: the rule of three at 2.5 %
    assert (found.shift.low, found.shift.high) == pytest.approx((-0.009222, 0.009222), rel=1e-3)
    assert 0.85 < found.ratio.low < 1.0 < found.ratio.high < 1.15
    assert found.ratio.low == pytest.approx(1 / found.ratio.high)


@pytest.mark.parametrize(
    ("old", "new", "ratio"),
    [
        ([0, 0, 0], [0, 0, 0], None),  # no violation at all
        ([0, 0, 0], [1, 0, 0], None),  # none before
        ([1, 0, 0], [0, 0, 0], 0.0),  # none after
        ([1, 1, 1], [1, 1, 1], 1.0),  # nothing but violations
        ([1, 1, 1], [0, 0, 0], 0.0),
    ],
)
def test_degenerate_overlaps_are_answered(old: list[float], new: list[float], ratio: float | None) -> None:
    found = estimate_shift(_bridge(old, new, [0.1, 0.2, 0.1]))
    assert _is_sound(found)
    assert found.ratio.ratio == ratio
    assert found.shift.low < found.shift.high
    assert found.ratio.low <= (found.ratio.ratio or 0.0) <= found.ratio.high or ratio is None
    assert (found.ratio.high == math.inf) or found.old_prevalence > 0


def test_days_labelled_in_full_are_known_exactly_but_other_days_are_not() -> None:
    found = estimate_shift(_bridge([1, 0, 1, 0], [1, 1, 1, 0], [1.0] * 4))
    assert (found.shift.low, found.shift.difference, found.shift.high) == (0.25, 0.25, 0.25)
    assert (found.ratio.low, found.ratio.high) == pytest.approx((1.5, 1.5))
    assert found.std_error == 0.0
    assert found.process_std_error == pytest.approx(math.sqrt(0.25 * 0.75 / 4))


def test_an_overlap_without_verdicts_or_exposure_is_refused() -> None:
    for moments in (_bridge([NAN], [1.0], [0.5]), _bridge([1.0], [0.0], [0.5], [0.0])):
        with pytest.raises(ValueError, match="Label an overlap"):
            estimate_shift(moments)
    with pytest.raises(ValueError, match="inclusion_probability"):
        _bridge([1.0], [0.0], [0.0])


class Overlap:
    """A population of 20,000 units with log-normal views, a rare violation, and verdicts under two versions."""

    def __init__(self, *, gained: float, lost: float, kept: float, sample_size: int) -> None:
        random, size = np.random.default_rng(3), 20_000
        self.x = np.ceil(random.lognormal(size=size))
        u = random.random(size)
        self.new = (u < gained) | ((u >= gained + lost) & (u < gained + lost + kept))
        self.old = (u >= gained) & (u < gained + lost + kept)
        score = np.where(self.new | self.old, random.random(size) ** 0.5, random.random(size) ** 2)
        steered = self.x * np.sqrt(score * (1 - score))
        share = 0.8 * steered / steered.sum() + 0.2 * self.x / self.x.sum()
        self.p = np.minimum(1.0, sample_size * share)

    def prevalence(self, verdict: FloatArray) -> float:
        return float((self.x * verdict).sum() / self.x.sum())

    def study(self, random: np.random.Generator) -> BridgeEstimate:
        taken = random.random(self.x.size) < self.p
        return estimate_shift(
            BridgeMoments.from_units(
                exposure=self.x[taken],
                old_verdict=self.old[taken],
                new_verdict=self.new[taken],
                inclusion_probability=self.p[taken],
            )
        )


@pytest.mark.parametrize(
    ("gained", "lost", "kept", "sample_size"), [(0.004, 0.004, 0.01, 1_500), (0.0, 0.005, 0.02, 1_000)]
)
@pytest.mark.slow
def test_shift_in_repeated_samples(gained: float, lost: float, kept: float, sample_size: int) -> None:
    overlap = Overlap(gained=gained, lost=lost, kept=kept, sample_size=sample_size)
    random = np.random.default_rng(5)
    found = [overlap.study(random) for _ in range(1_000)]
    old, new = overlap.prevalence(overlap.old), overlap.prevalence(overlap.new)
    shifts = np.array([study.shift.difference for study in found])
    variances = np.array([study.std_error**2 for study in found])
    assert abs(shifts.mean() - (new - old)) < 4 * shifts.std() / np.sqrt(len(found))
    assert variances.mean() / shifts.var() == pytest.approx(1.0, abs=0.15)
    covered = np.mean([study.shift.low <= new - old <= study.shift.high for study in found])
    covered_ratio = np.mean([study.ratio.low <= new / old <= study.ratio.high for study in found])
    assert 0.94 < covered < 0.99
    assert 0.94 < covered_ratio < 0.99
    wald = np.mean(np.abs(shifts - (new - old)) <= 1.96 * np.sqrt(variances))
    assert wald < covered


@pytest.mark.slow
def test_the_process_variance_is_that_over_repeated_populations() -> None:
    random, found = np.random.default_rng(9), []
    for _ in range(1_500):
        u = random.random(300)
        p = np.where(random.random(300) < 0.5, 0.9, 0.5)
        taken = random.random(300) < p
        verdicts = np.stack([(u < 0.1), (u > 0.07) & (u < 0.2)])[:, taken]
        found.append(
            estimate_shift(
                BridgeMoments.from_units(
                    exposure=np.ones(taken.sum()),
                    old_verdict=verdicts[0],
                    new_verdict=verdicts[1],
                    inclusion_probability=p[taken],
                )
            )
        )
    variance = np.var([study.shift.difference for study in found])
    assert np.mean([study.process_std_error**2 for study in found]) / variance == pytest.approx(1.0, abs=0.12)
    assert np.mean([study.std_error**2 for study in found]) / variance < 0.6
