"""Differences of two rates on the same items: published examples, reference numbers, coverage, and what is refused."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from lib.estimation.comparison.paired_rates import RateDifference, paired_rate_difference
from lib.estimation.comparison.paired_verdicts import PairedVerdicts
from lib.estimation.designs.pps_with_replacement import PpsWithReplacement
from lib.estimation.functionals import FloatArray, Ratio
from tests.estimation.references import oracle_path, oracle_results

EXPECTED = oracle_results("misclassification_expected.json")
AUDIT = pd.read_csv(oracle_path("audit_sample.csv"))


def of_table(both: int, only_first: int, only_second: int, neither: int) -> RateDifference:
    """The difference first - second of a paired 2 x 2 table, unweighted."""
    cells = (both, only_first, only_second, neither)
    first, second = (np.repeat(pattern, cells).astype(float) for pattern in ((1, 1, 0, 0), (1, 0, 1, 0)))
    ones = np.ones(first.size)
    found = paired_rate_difference(PpsWithReplacement(ones), Ratio(second, ones), Ratio(first, ones), level=0.95)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("table", "limits", "decimals"),
    [
        # Cavo et al. 2012 and Bentur et al. 2009 in Fagerland, Lydersen & Laake (2017), chapter 8: Newcombe's interval
        ((59, 6, 16, 80), (-0.1186, -0.0046), 4),
        ((1, 1, 7, 12), (-0.507, -0.026), 3),
        # thallium test in Altman et al. (2000), Statistics with confidence, p. 52
        ((14, 5, 0, 22), (0.011, 0.226), 3),
    ],
)
def test_unweighted_it_is_method_10_of_newcombe(
    table: tuple[int, int, int, int], limits: tuple[float, float], decimals: int
) -> None:
    found = of_table(*table)
    assert (round(found.low, decimals), round(found.high, decimals)) == limits
    assert found.effective_size == pytest.approx(sum(table))
    assert found.difference == pytest.approx((table[1] - table[2]) / sum(table))


def test_two_that_agree_throughout_are_not_known_to_be_equal() -> None:
    for table in ((20, 0, 0, 0), (0, 0, 0, 20), (90, 0, 0, 10), (50, 0, 0, 50)):
        found = of_table(*table)
        assert found.difference == 0.0
        assert -0.2 < found.low < -0.01 < 0.01 < found.high < 0.2


@pytest.mark.parametrize(("rate", "record"), [("sensitivity", "se"), ("specificity", "sp")])
def test_weighted_rates_of_an_audit(rate: str, record: str) -> None:
    expected = EXPECTED[f"c08_misclass.design.{record}"]
    truth, label, weights = (AUDIT[name].to_numpy(float) for name in ("gold", "label", "w"))
    # The second labeler is always right, so the error of the difference is that of the first one's rate.
    found = getattr(PairedVerdicts(truth, label, truth, weights), rate)(0.95)
    assert found.before == pytest.approx(expected["estimate"], rel=expected["rel_tol"])
    assert found.std_error == pytest.approx(expected["se"], rel=expected["rel_tol"])
    assert found.after == pytest.approx(1.0, abs=1e-12)
    unweighted = getattr(PairedVerdicts(truth, label, truth), rate)(0.95)
    assert unweighted.before != pytest.approx(expected["estimate"], rel=1e-3)


def verdicts(rng: np.random.Generator, truth: FloatArray, rates: tuple[float, float]) -> list[FloatArray]:
    """Verdicts of two labelers of the same kind: right at their rates, and mostly on the same items."""
    latent = rng.multivariate_normal([0, 0], [[1, 0.8], [0.8, 1]], truth.size)
    is_right = latent < stats.norm.ppf(rates)
    return [np.where(is_right[:, side], truth, 1 - truth) for side in (0, 1)]


@pytest.mark.parametrize("spread", [0.0, 1.2])
@pytest.mark.slow
def test_the_interval_holds_for_few_items_and_uneven_weights(spread: float) -> None:
    rng = np.random.default_rng(20_260_301)
    rates, covered, wald, widths = (0.85, 0.93), 0, 0, []
    truth = np.repeat([1.0, 0.0], [40, 120])
    for _ in range(400):
        weights = np.exp(rng.normal(0.0, spread, truth.size)) + 1.0
        before, after = verdicts(rng, truth, rates)
        found = PairedVerdicts(truth, before, after, weights).sensitivity(0.95)
        assert found is not None
        covered += found.low <= rates[1] - rates[0] <= found.high
        wald += abs(found.difference - (rates[1] - rates[0])) <= 1.96 * found.std_error
        widths.append(found.high - found.low)
    # measured 0.9875 and 0.98, Wald 0.9575 and 0.835: the bound is three simulation errors below 0.95
    assert covered / 400 > 0.917
    assert np.mean(widths) < 0.36
    assert covered >= wald


def test_independent_samples_would_be_much_less_precise() -> None:
    # 10 of 100 items changed for the better and none for the worse: as unpaired rates no difference would be shown
    found = of_table(70, 10, 0, 20)
    assert found.low > 0.03
    unpaired = 1.96 * np.sqrt(0.8 * 0.2 / 100 + 0.7 * 0.3 / 100)
    assert found.difference - unpaired < 0


def test_precision_has_a_denominator_of_its_own_per_labeler() -> None:
    truth = [1, 1, 1, 0, 0, 0, 0, 0]
    before, after = [1, 1, 0, 1, 1, 0, 0, 0], [1, 1, 1, 1, 0, 0, 0, 0]
    found = PairedVerdicts(truth, before, after).precision(0.95)
    assert found is not None
    assert (found.before, found.after) == (pytest.approx(2 / 4), pytest.approx(3 / 4))
    assert found.n_items == 5
    weighted = PairedVerdicts(truth, before, after, weights=[1, 1, 1, 5, 1, 1, 1, 1]).precision(0.95)
    assert weighted is not None
    assert (weighted.before, weighted.after) == (pytest.approx(2 / 8), pytest.approx(3 / 8))


def test_no_item_no_rate_and_no_number_that_is_none() -> None:
    nobody = PairedVerdicts(np.empty(0), np.empty(0), np.empty(0))
    one = PairedVerdicts([1], [1], [0])
    no_positive = PairedVerdicts([0, 0, 0], [0, 1, 0], [0, 0, 0])
    for case in (nobody, one):
        assert case.sensitivity(0.95) is case.answered_share(0.95) is case.violating_share(0.95) is None
    assert no_positive.sensitivity(0.95) is None
    assert no_positive.precision(0.95) is None  # the candidate calls nothing violating
    specificity = no_positive.specificity(0.95)
    assert specificity is not None
    assert np.isfinite([specificity.low, specificity.high, specificity.std_error]).all()


def test_what_is_no_share_is_refused() -> None:
    ones = np.ones(3)
    with pytest.raises(ValueError, match="0/1 columns"):
        paired_rate_difference(PpsWithReplacement(ones), Ratio(2 * ones, ones), Ratio(ones, ones), level=0.95)
    with pytest.raises(ValueError, match="truth must be 0 or 1"):
        PairedVerdicts([1, np.nan], [1, 0], [1, 0])
    with pytest.raises(ValueError, match="after must be 0, 1, or NaN"):
        PairedVerdicts([1, 0], [1, 0], [1, 2])
    with pytest.raises(ValueError, match="one entry an item"):
        PairedVerdicts([1, 0], [1, 0], [1])
