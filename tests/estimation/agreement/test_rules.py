"""Agreement by hand, exact derivatives, and what is refused."""

from typing import Any

import numpy as np
import pytest

from lib.estimation.agreement.agreement_estimate import AgreementCoefficient, agreement_estimate
from lib.estimation.agreement.category_metric import LEVELS, Level, agreement_matrix
from lib.estimation.agreement.cohen_kappa import cohen_kappa
from lib.estimation.agreement.conger_kappa import conger_kappa
from lib.estimation.agreement.dawid_skene import dawid_skene
from lib.estimation.agreement.drift import PairedVerdicts, drift
from lib.estimation.agreement.fleiss_kappa import fleiss_kappa
from lib.estimation.agreement.gwet_ac1 import gwet_ac1
from lib.estimation.agreement.krippendorff_alpha import KrippendorffAlpha
from lib.estimation.agreement.ratings import Ratings
from lib.estimation.comparison.exact_mcnemar import exact_mcnemar
from lib.estimation.designs.pps_with_replacement import PpsWithReplacement
from lib.estimation.designs.replicate_weights import ReplicateDesign
from lib.estimation.functionals import FloatArray
from tests.estimation.agreement.reference_cases import chance_corrected, ratings


def numbers(value: AgreementCoefficient, weights: FloatArray) -> FloatArray:
    """∂θ/∂w by central differences, for the first items."""
    step = 1e-6
    shifts = np.eye(weights.size)[:10] * step
    return np.array([(value.value(weights + s) - value.value(weights - s)) / (2 * step) for s in shifts])


@pytest.mark.parametrize("name", ["fleiss", "gwet", "bp", "conger"])
def test_influence_values_are_derivatives(name: str) -> None:
    rated = ratings("missing")
    weights = np.random.default_rng(1).uniform(0.5, 3.0, rated.items.size)
    coefficient = chance_corrected(name, rated)
    assert coefficient.influence(weights)[:10] == pytest.approx(numbers(coefficient, weights), abs=1e-8)


@pytest.mark.parametrize("level", LEVELS)
def test_influence_values_of_alpha_are_derivatives(level: Level) -> None:
    rated = ratings("missing")
    weights = np.random.default_rng(2).uniform(0.5, 3.0, rated.items.size)
    alpha = KrippendorffAlpha(rated.counts, rated.category_values, level, small_sample=0.01)
    assert alpha.influence(weights)[:10] == pytest.approx(numbers(alpha, weights), abs=1e-8)


def test_kappa_by_hand() -> None:
    # 4 units: both 0, both 0, both 1, (0, 1); p_a = 3/4, p_e = 3/4·1/2 + 1/4·1/2 = 1/2
    first, second = np.eye(2)[[0, 0, 1, 0]], np.eye(2)[[0, 0, 1, 1]]
    assert cohen_kappa(first, second).value(np.ones(4)) == pytest.approx(0.5)
    # the disagreeing unit stands for three: p_a = 3/6, p_e = 5/6·2/6 + 1/6·4/6 = 14/36
    assert cohen_kappa(first, second).value(np.array([1.0, 1.0, 1.0, 3.0])) == pytest.approx((18 - 14) / (36 - 14))


def test_a_weight_of_two_is_the_unit_twice() -> None:
    rated = ratings("missing")
    weights = np.where(np.arange(rated.items.size) % 3 == 0, 2.0, 1.0)
    twice = np.repeat(rated.counts, weights.astype(int), axis=0)
    for weighted, repeated in (
        (fleiss_kappa(rated.counts, np.eye(4)), fleiss_kappa(twice, np.eye(4))),
        (
            KrippendorffAlpha(rated.counts, rated.category_values, "ordinal", small_sample=0.0),
            KrippendorffAlpha(twice, rated.category_values, "ordinal", small_sample=0.0),
        ),
    ):
        assert weighted.value(weights) == pytest.approx(repeated.value(np.ones(len(twice))), rel=1e-12)


def test_units_without_a_pair_change_nothing_but_the_shares_of_fleiss() -> None:
    rated = ratings("complete")
    alone = np.vstack([rated.counts, np.eye(4)[[1, 1, 1]], np.zeros((2, 4))])
    weights = np.ones(len(alone))
    alpha = KrippendorffAlpha(alone, rated.category_values)
    assert alpha.value(weights) == pytest.approx(
        KrippendorffAlpha(rated.counts, rated.category_values).value(weights[:-5]), rel=1e-12
    )
    assert np.abs(alpha.influence(weights)[-5:]).max() == 0.0


def estimated(first: list[int], second: list[int], **options: Any) -> Any:
    sides = [np.eye(2)[verdicts] for verdicts in (first, second)]
    design = PpsWithReplacement(np.ones(len(first)))
    return agreement_estimate(design, cohen_kappa(*sides), effective_size=float(len(first)), **options)


def test_perfect_agreement_is_not_certain() -> None:
    found = estimated([0] * 15 + [1] * 5, [0] * 15 + [1] * 5)
    # no disagreement among 20: at most 1 - 0.025^(1/20) = 0.1684; chance would leave 2·(1/4)(3/4) = 0.375
    assert (found.estimate, found.std_error, found.high) == (1.0, 0.0, 1.0)
    assert found.low == pytest.approx(1 - 0.16843 / 0.375, abs=1e-4)


def test_perfect_agreement_on_an_interval_leaves_room_for_the_largest_distance() -> None:
    # values 0, 1 and 3 in half, a quarter and a quarter of the votes: D_e = 2(1/8·1 + 1/8·9 + 1/16·4) = 3
    counts = np.array([[2.0, 0, 0], [2, 0, 0], [0, 2, 0], [0, 0, 2]])
    alpha = KrippendorffAlpha(counts, np.array([0.0, 1.0, 3.0]), "interval")
    found = agreement_estimate(PpsWithReplacement(np.ones(4)), alpha, effective_size=40.0)
    # what was not seen among 40 is at most 1 - .025^(1/40) of pairs, each at most 3² apart
    assert found.low == pytest.approx(1 - 9 * (1 - 0.025 ** (1 / 40)) / 3, rel=1e-12)
    assert (found.estimate, found.high) == (1.0, 1.0)
    # ordinal: half of either end category and all between, ((1/4 + 1/4 + 1/8)·8 votes)² apart at most, D_e from shares
    ordinal = KrippendorffAlpha(counts, np.array([0.0, 1.0, 3.0]), "ordinal")
    largest = ordinal.largest_disagreement(np.ones(4))
    shares = np.array([0.5, 0.25, 0.25])
    assert largest == pytest.approx((shares.sum() - (shares[0] + shares[2]) / 2) ** 2)


def test_verdicts_that_are_all_alike_are_refused() -> None:
    found = estimated([0] * 9, [0] * 9)
    assert (found.estimate, found.low) == (None, None)
    assert "All verdicts are the same" in found.refused
    alpha = KrippendorffAlpha(np.array([[2.0, 0.0], [3.0, 0.0]]), np.array([0.0, 1.0]))
    none = agreement_estimate(PpsWithReplacement(np.ones(2)), alpha, effective_size=2.0)
    assert "All verdicts are the same" in none.refused
    nobody = agreement_estimate(PpsWithReplacement(np.ones(2)), alpha, effective_size=0.0)
    assert "No unit has two verdicts" in nobody.refused


def test_a_coefficient_without_variance_has_no_limits() -> None:
    """Total disagreement, and a rater who never says violating: 0 variance is what is not seen, not certainty."""
    for sides, value in ((([0, 1] * 10, [1, 0] * 10), -1.0), (([0] * 100, [0] * 99 + [1]), 0.0)):
        found = estimated(*sides)
        assert found.estimate == pytest.approx(value, abs=1e-12)
        assert (found.std_error, found.low, found.high) == (None, None, None)
        assert "shows no variance of the coefficient" in found.refused
        assert estimated(*sides, interval="wald").high is None


def test_full_disagreement_of_unlike_raters_stays_in_range() -> None:
    found = estimated([0, 1, 1] * 10, [1, 0, 0] * 10)
    assert -1.0 <= found.low <= found.estimate <= found.high <= 1.0
    for level in (95.0, 1.0, 0.0):
        with pytest.raises(ValueError, match=f"level: {level:g}"):
            estimated([0, 1], [1, 0], level=level)


def test_percentile_limits_are_quantiles_of_the_replicates() -> None:
    random = np.random.default_rng(5)
    first, second = np.eye(2)[random.integers(0, 2, 30)], np.eye(2)[random.integers(0, 2, 30)]
    kappa, weights = cohen_kappa(first, second), random.uniform(0.5, 2.0, (30, 400))
    design = ReplicateDesign(weights.mean(axis=1), weights)
    found = agreement_estimate(design, kappa, effective_size=30.0, interval="percentile", level=0.8)
    values = [kappa.value(weights[:, column]) for column in range(400)]
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(values, [0.1, 0.9])), rel=1e-12)


def test_limits_of_fisher_and_wald_by_hand() -> None:
    sides = [0] * 12 + [1] * 8, [0] * 10 + [1] * 9 + [0]
    wald, fisher = (estimated(*sides, interval=interval, level=0.9) for interval in ("wald", "fisher"))
    reach = 1.7291328115 * wald.std_error  # t of .95 on 19 degrees of freedom
    assert (wald.low, wald.high) == pytest.approx((wald.estimate - reach, wald.estimate + reach))
    centre, reach = np.arctanh(fisher.estimate), reach / (1 - fisher.estimate**2)
    assert (fisher.low, fisher.high) == pytest.approx((np.tanh(centre - reach), np.tanh(centre + reach)))


def test_two_categories_and_two_raters_are_enough() -> None:
    rated = Ratings.from_votes(list("xxyyzz"), list("ababab"), [0, 0, 1, 1, 0, 1])
    # shares 1/2 and 1/2, agreement 2/3; Gwet's chance is 2·(1/2)(1/2)
    assert gwet_ac1(rated.counts, np.eye(2)).value(np.ones(3)) == pytest.approx((2 / 3 - 1 / 2) / (1 / 2))
    two = conger_kappa(rated, np.eye(2))
    one = cohen_kappa(rated.of_rater(0), rated.of_rater(1))
    assert two.value(np.ones(3)) == pytest.approx(one.value(np.ones(3)))


def test_each_rater_has_her_votes() -> None:
    rated = Ratings.from_votes(["x", "y", "y"], ["a", "a", "b"], ["no", "yes", "no"], categories=["no", "yes"])
    assert rated.of_rater(0).tolist() == [[1.0, 0.0], [0.0, 1.0]]
    assert rated.of_rater(1).tolist() == [[0.0, 0.0], [1.0, 0.0]]
    assert rated.counts.tolist() == [[1.0, 0.0], [1.0, 1.0]]


def test_votes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="'a' has 2 votes on item 'x'"):
        Ratings.from_votes(["x", "x"], ["a", "a"], [0, 1])
    with pytest.raises(ValueError, match="'maybe' is not among"):
        Ratings.from_votes(["x", "x"], ["a", "b"], ["yes", "maybe"], categories=["no", "yes"])
    with pytest.raises(ValueError, match="there is no vote"):
        Ratings.from_votes([], [], [])
    rated = Ratings.from_votes(["x", "x", "y"], ["a", "b", "a"], [0, 1, 1])
    assert rated.item_weights([2.0, 2.0, 5.0]).tolist() == [2.0, 5.0]
    with pytest.raises(ValueError, match="weight: 2 and 3 for item 'x'"):
        rated.item_weights([2.0, 3.0, 5.0])
    with pytest.raises(ValueError, match="weight"):
        rated.item_weights([2.0])
    with pytest.raises(ValueError, match="chance needs two"):
        gwet_ac1(np.ones((3, 1)), np.eye(1))


def test_ordinal_distances_of_ranks_that_are_equally_frequent_are_those_of_ranks() -> None:
    counts = np.eye(3)[[0, 0, 1, 1, 2, 2]] + np.eye(3)[[0, 1, 1, 2, 2, 0]]
    values = np.arange(3.0)
    ordinal, interval = (
        KrippendorffAlpha(counts, values, level).value(np.ones(6)) for level in ("ordinal", "interval")
    )
    assert ordinal == pytest.approx(interval)
    assert agreement_matrix("linear", values).tolist() == [[1.0, 0.5, 0.0], [0.5, 1.0, 0.5], [0.0, 0.5, 1.0]]


@pytest.mark.slow
def test_dawid_skene_finds_the_rates_of_known_raters() -> None:
    random, n = np.random.default_rng(4), 4_000
    truth = random.random(n) < 0.2
    rates = {"a": (0.9, 0.95), "b": (0.7, 0.99), "c": (0.8, 0.9), "d": (0.6, 0.85)}
    rows = []
    for rater, (sensitivity, specificity) in rates.items():
        is_right = random.random(n) < np.where(truth, sensitivity, specificity)
        asked = random.random(n) < 0.8
        rows += [(i, rater, int(truth[i] == is_right[i])) for i in np.flatnonzero(asked)]
    model = dawid_skene(Ratings.from_votes(*zip(*rows, strict=True)))
    assert model.is_converged
    assert model.prior[1] == pytest.approx(0.2, abs=0.03)
    for index, (sensitivity, specificity) in enumerate(rates.values()):
        assert model.confusion[index, 1, 1] == pytest.approx(sensitivity, abs=0.05)
        assert model.confusion[index, 0, 0] == pytest.approx(specificity, abs=0.02)


def test_dawid_skene_counts_a_weighted_item_as_many() -> None:
    rows = [(0, "abc", (1, 1, 0)), (1, "abc", (0, 0, 0)), (2, "abc", (1, 1, 1)), (3, "abc", (0, 1, 0))]
    single = [(i, r, v) for i, raters, said in rows for r, v in zip(raters, said, strict=True)]
    weights = np.array([3.0, 10.0, 2.0, 4.0])
    copies = [((i, k), r, v) for i, r, v in single for k in range(int(weights[i]))]
    repeated = [(f"{item}", r, v) for item, r, v in copies]
    weighted = dawid_skene(Ratings.from_votes(*zip(*single, strict=True)), weights=weights, maximum_iterations=7)
    plain = dawid_skene(Ratings.from_votes(*zip(*repeated, strict=True)), maximum_iterations=7)
    assert weighted.confusion.ravel() == pytest.approx(plain.confusion.ravel(), rel=1e-9)
    assert weighted.log_likelihood == pytest.approx(plain.log_likelihood, rel=1e-9)


def test_drift_by_hand() -> None:
    # of 98 items 3 mended, 13 spoilt: (4 - 14)/100 ± 1.96 √((0.18 - 0.01)/100)
    found = drift(PairedVerdicts(98, 3, 13, 2, 14, 16), level=0.95)
    assert found.change == pytest.approx(-10 / 98)
    assert (found.low, found.high) == pytest.approx((-0.1 - 1.96 * 0.041231, -0.1 + 1.96 * 0.041231), abs=1e-5)
    # exact McNemar: 2·Σ_{k<=2} C(16, k)/2^16 = 2·137/65536, doubled for two tests
    assert found.p_value == pytest.approx(4 * 137 / 65_536)
    assert exact_mcnemar(0, 0) == 1.0
    assert found.flip_rate == pytest.approx(16 / 98)
    spoilt = drift(PairedVerdicts(1, 0, 1, 0, 0, 1), level=0.95)
    assert (spoilt.change, spoilt.low) == (-1.0, -1.0)
    with pytest.raises(ValueError, match="changes of 0 items"):
        drift(PairedVerdicts(0, 0, 0, 0, 0, 0), level=0.95)
    with pytest.raises(ValueError, match="3 and 4 changes of 5 items"):
        drift(PairedVerdicts(5, 3, 4, 0, 0, 7), level=0.95)
