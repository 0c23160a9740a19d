"""Rates of a labeler from sums by pair of verdicts: the numbers of the units behind them, and intervals that hold."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from lib.estimation.agreement.cohen_kappa import cohen_kappa
from lib.estimation.agreement.krippendorff_alpha import KrippendorffAlpha
from lib.estimation.agreement.verdict_table import VerdictTable
from lib.estimation.functionals import BoolArray, FloatArray
from lib.estimation.intervals.split_gamma import WeightedCount
from lib.estimation.misclassification.binomial_limits import binomial_limits
from lib.estimation.misclassification.weighted_share_interval import weighted_share_interval


def table(label: BoolArray, truth: BoolArray, p: FloatArray, score: FloatArray) -> VerdictTable:
    cell, w = 2 * label + truth, 1.0 / p
    sums = [np.bincount(cell, weights=x, minlength=4) for x in (np.ones(p.size), w, w * w, score * w, score * w * w)]
    return VerdictTable(*sums, missing_weight=np.zeros(2))


def test_cells_give_what_the_units_give() -> None:
    random = np.random.default_rng(5)
    n = 300
    truth, p, score = random.random(n) < 0.3, random.uniform(0.05, 1.0, n), random.random(n)
    label = np.where(random.random(n) < 0.85, truth, ~truth)
    found, w = table(label, truth, p, score), 1.0 / p
    sensitivity = found.sensitivity(0.95)
    share = (w * (label & truth)).sum() / (w * truth).sum()
    assert sensitivity.estimate == pytest.approx(share, rel=1e-12)
    influence = truth * (label - share) / (w * truth).sum()
    assert sensitivity.std_error == pytest.approx(np.linalg.norm(w * influence), rel=1e-12)
    assert found.rates().both == pytest.approx((share, found.specificity(0.95).estimate), rel=1e-12)
    sides = [np.eye(2)[side.astype(int)] for side in (label, truth)]
    unit_level = cohen_kappa(*sides), KrippendorffAlpha(sides[0] + sides[1], np.array([0.0, 1.0]))
    for ours, functional in zip((found.kappa(0.95), found.alpha(0.95)), unit_level, strict=True):
        assert ours.estimate == pytest.approx(functional.value(w), rel=1e-12)
        assert ours.std_error == pytest.approx(np.linalg.norm(w * functional.influence(w)), rel=1e-12)


def test_equal_weights_give_limits_close_to_the_binomial_ones() -> None:
    for part, rest in ((40, 10), (3, 400), (0, 60), (25, 0)):
        counts = [WeightedCount(float(n), float(n), 1.0) for n in (part, rest)]
        low, high = weighted_share_interval(*counts, level=0.95)
        exact = binomial_limits("clopper_pearson", part / (part + rest), part + rest, 0.95)
        assert (low, high) == pytest.approx(exact, abs=0.04)
        assert 0.0 <= low <= part / (part + rest) <= high <= 1.0
    nothing = WeightedCount(0.0, 0.0, 1.0)
    assert weighted_share_interval(nothing, nothing, level=0.95) == (0.0, 1.0)


def test_each_share_is_of_its_own_cells() -> None:
    sums = np.array([80.0, 4.0, 6.0, 10.0])  # both not violating, missed, false alarm, both violating
    found = VerdictTable(sums, sums, sums, sums * 0, sums * 0, missing_weight=np.zeros(2))
    shares = {"sensitivity": 10 / 14, "specificity": 80 / 86, "precision": 10 / 16, "agreement": 90 / 100}
    for name, share in shares.items():
        rates = [getattr(found, name)(level) for level in (0.8, 0.95)]
        assert [rate.estimate for rate in rates] == pytest.approx([share, share]), name
        assert 0.0 < rates[1].low < rates[0].low < share < rates[0].high < rates[1].high < 1.0, name


def test_the_next_unit_of_a_cell_weighs_half_by_the_score_and_half_by_chance() -> None:
    label, truth = np.array([False, False, True, True]), np.array([False, False, False, True])
    p, score = np.array([1 / 2, 1 / 6, 1 / 4, 1 / 10]), np.array([0.0, 0.75, 0.5, 0.2])
    found = table(label, truth, p, score)
    # labelled not violating: Σw = 8, Σw² = 40, Σws = 4.5, Σw²s = 27; violating: 14, 116, 4 and 28
    of_negative, of_positive = {"blind": 40 / 8, 1: 27 / 4.5, 0: 13 / 3.5}, {"blind": 116 / 14, 1: 28 / 4, 0: 88 / 10}
    cells = {
        "specificity": (WeightedCount(8.0, 40.0, 0.0), of_negative, WeightedCount(4.0, 16.0, 0.0), of_positive, 0),
        "sensitivity": (WeightedCount(10.0, 100.0, 0.0), of_positive, WeightedCount(0.0, 0.0, 0.0), of_negative, 1),
    }
    for name, (part, of_part, rest, of_rest, kind) in cells.items():
        expected = weighted_share_interval(
            replace(part, next_weight=(of_part["blind"] + of_part[kind]) / 2),
            replace(rest, next_weight=(of_rest["blind"] + of_rest[kind]) / 2),
            level=0.95,
        )
        rate = getattr(found, name)(0.95)
        assert (rate.low, rate.high) == pytest.approx(expected, rel=1e-12), name


def test_coefficients_have_the_level_that_is_asked_for() -> None:
    sums = np.array([80.0, 4.0, 6.0, 10.0])
    found = VerdictTable(sums, sums, sums, sums * 0, sums * 0, missing_weight=np.zeros(2))
    for coefficient in (found.kappa, found.alpha):
        narrow, wide = coefficient(0.8), coefficient(0.95)
        assert wide.low < narrow.low < narrow.estimate < narrow.high < wide.high  # type: ignore[operator]


def test_one_unit_alone_has_rates() -> None:
    truth = np.ones(1, dtype=bool)
    found = table(truth, truth, np.ones(1), np.ones(1))
    assert (found.precision(0.95).estimate, found.specificity(0.95).estimate) == (1.0, None)
    one_each = np.array([1.0, 1.0, 1.0, 1.0])
    both = VerdictTable(one_each, one_each, one_each, one_each * 0, one_each * 0, missing_weight=np.zeros(2))
    assert both.kappa(0.95).refused is None  # one agreement of either kind is one seen


def test_the_share_interval_by_hand() -> None:
    # gamma limits of 5 ± and 3 ±, the upper ones with the next unit of weight 2 and 0.5 added
    part, rest = WeightedCount(5.0, 4.0, 2.0), WeightedCount(3.0, 2.0, 0.5)
    l1, u1 = stats.gamma.ppf(0.025, 25 / 4, scale=4 / 5), stats.gamma.ppf(0.975, 49 / 8, scale=8 / 7)
    l2, u2 = stats.gamma.ppf(0.025, 9 / 2, scale=2 / 3), stats.gamma.ppf(0.975, 3.5**2 / 2.25, scale=2.25 / 3.5)
    low, high = weighted_share_interval(part, rest, level=0.95)
    # where (1 - p)·part - p·rest has 0 for its limit
    assert (1 - low) * 5 - low * 3 == pytest.approx(np.hypot((1 - low) * (5 - l1), low * (u2 - 3)), rel=1e-9)
    assert high * 3 - (1 - high) * 5 == pytest.approx(np.hypot(high * (3 - l2), (1 - high) * (u1 - 5)), rel=1e-9)
    assert weighted_share_interval(WeightedCount(5.0, 0.0, 0.0), WeightedCount(0.0, 0.0, 0.0), level=0.95) == (1.0, 1.0)


def test_a_table_without_positives_says_so() -> None:
    truth = np.zeros(10, dtype=bool)
    found = table(truth, truth, np.full(10, 0.5), np.zeros(10))
    assert found.sensitivity(0.95).estimate is None
    assert found.specificity(0.95).estimate == 1.0
    assert found.specificity(0.95).low == pytest.approx(0.70, abs=0.05)
    assert found.kappa(0.95).refused is not None


@pytest.mark.parametrize(
    ("cells", "missing"),
    [((99, 1, 0, 0), "violating"), ((98, 0, 2, 0), "violating"), ((98, 1, 1, 0), "violating"),
     ((0, 5, 5, 0), "violating"), ((0, 1, 1, 60), "not violating")],
)  # fmt: skip
def test_kappa_and_alpha_of_agreement_that_was_not_seen_have_no_limits(cells: tuple[int, ...], missing: str) -> None:
    sums = np.array(cells, dtype=float)
    found = VerdictTable(sums, sums, sums, sums * 0, sums * 0, missing_weight=np.zeros(2))
    for coefficient in (found.kappa(0.95), found.alpha(0.95)):
        assert coefficient.estimate is not None
        assert (coefficient.std_error, coefficient.low, coefficient.high) == (None, None, None)
        assert str(coefficient.refused).startswith(f"No unit is {missing} by both verdicts")


@pytest.mark.slow
def test_limits_of_kappa_of_rare_violations_hold_it_where_there_are_any() -> None:
    """A labeler of kappa 0.66 and some two violations a table: limits, where there are any, are seldom below it."""
    random, below, n_with = np.random.default_rng(3), 0, 0
    for cells in random.multinomial(200, [0.988, 0.003, 0.003, 0.006], size=400).astype(float):
        high = VerdictTable(cells, cells, cells, cells * 0, cells * 0, missing_weight=np.zeros(2)).kappa(0.95).high
        n_with += high is not None
        below += high is not None and high < 0.66
    assert n_with > 200
    assert below <= 0.025 * 400


def test_missing_reference_verdicts_weigh_on_their_label() -> None:
    sums = np.array([80.0, 4.0, 2.0, 10.0])
    found = VerdictTable(sums, sums, sums, sums * 0, sums * 0, missing_weight=np.array([84.0, 0.0]))
    # the unlabelled half of the negatives counts like the other: 8 missed violations beside 10 found
    assert found.sensitivity(0.95).estimate == pytest.approx(10 / 18)


@pytest.mark.slow
def test_coverage_where_missed_violations_are_few_and_heavy() -> None:
    """An audit that looks where the labeler says violating: half its samples see no missed violation."""
    random = np.random.default_rng(17)
    n, sensitivity, specificity, covered, narrow = 60_000, 0.93, 0.998, [], []
    score = random.beta(0.06, 11.94, n)
    for _ in range(300):
        truth = random.random(n) < score
        label = np.where(random.random(n) < np.where(truth, sensitivity, specificity), truth, ~truth)
        size = 0.2 * np.sqrt(0.01) + 0.8 * np.sqrt(np.where(label, 0.25, 0.3 * score + 1e-3))
        p = np.minimum(1.0, 800 * size / size.sum())
        drawn = random.random(n) < p
        found = table(label[drawn], truth[drawn], p[drawn], score[drawn])
        rates = ((found.sensitivity(0.95), sensitivity), (found.specificity(0.95), specificity))
        covered.append([bool(r.low <= true <= r.high) for r, true in rates])
        rate = rates[0][0]
        narrow.append(abs(rate.estimate - sensitivity) <= 1.96 * rate.std_error)
    assert np.mean(narrow) < 0.75  # ± 1.96 standard errors
    assert (np.mean(covered, axis=0) >= 0.94).all()
