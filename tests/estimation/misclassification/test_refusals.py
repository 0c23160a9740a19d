"""Audits and labelers that say nothing, corrected rates that cannot be: a reason, never a clipped number."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.estimation.designs.pps_with_replacement import PpsWithReplacement
from lib.estimation.designs.stratified import simple_random_sample
from lib.estimation.misclassification.apparent_prevalence import ApparentPrevalence, apparent_prevalence
from lib.estimation.misclassification.binomial_limits import binomial_limits
from lib.estimation.misclassification.labeler_rates import LabelerRates, labeler_rates
from lib.estimation.misclassification.lang_reiczigel import lang_reiczigel
from lib.estimation.misclassification.multiclass import corrected_shares
from lib.estimation.misclassification.rogan_gladen import rogan_gladen, rogan_gladen_known

METHODS = [rogan_gladen_known, rogan_gladen, lang_reiczigel]
FIVE_PERCENT = ApparentPrevalence.from_counts(50, 1_000)


@pytest.mark.parametrize("method", METHODS)
def test_an_uninformative_labeler_is_refused(method: type) -> None:
    for counts in ((40, 80, 50, 100), (10, 80, 30, 100)):
        result = method(FIVE_PERCENT, LabelerRates.from_counts(*counts))
        assert "add up to 1 or less" in result.refused
        assert (result.estimate, result.low, result.published, result.published_interval) == (None, None, None, None)


@pytest.mark.parametrize("method", METHODS)
def test_an_audit_without_positives_or_negatives_is_refused(method: type) -> None:
    assert "no truly positive unit" in method(FIVE_PERCENT, LabelerRates.from_counts(0, 0, 95, 100)).refused
    assert "no truly negative unit" in method(FIVE_PERCENT, LabelerRates.from_counts(9, 10, 0, 0)).refused
    labels, truth = np.array([0.0, 1.0, 0.0]), np.zeros(3)
    rates = labeler_rates(PpsWithReplacement(np.array([1.0, 2.0, 5.0])), labels, truth)
    assert (rates.sensitivity, rates.positive_size) == (None, 0.0)
    assert rates.specificity == pytest.approx(6 / 8)
    assert np.all(np.isfinite(rates.covariance))
    assert "no truly positive unit" in method(FIVE_PERCENT, rates).refused
    with pytest.raises(ValueError, match="lacks truly positive"):
        _ = rates.both


@pytest.mark.parametrize("method", METHODS)
def test_a_negative_rate_is_refused_and_kept(method: type) -> None:
    """0.2 % apparent, specificity 99 %: more false positives are expected than labels are positive."""
    result = method(ApparentPrevalence.from_counts(4, 2_000), LabelerRates.from_counts(90, 100, 990, 1_000))
    assert result.estimate == pytest.approx((0.002 - 0.01) / 0.89)
    assert "negative" in result.refused
    assert "false positive rate 0.01" in result.refused
    assert (result.published, result.published_interval) == (None, None)


@pytest.mark.parametrize("method", METHODS)
def test_a_rate_above_one_is_refused(method: type) -> None:
    result = method(ApparentPrevalence.from_counts(98, 100), LabelerRates.from_counts(90, 100, 90, 100))
    assert result.estimate == pytest.approx(1.1)
    assert "above 1" in result.refused


def test_perfect_labeler_leaves_the_apparent_prevalence() -> None:
    rates = LabelerRates.known(1.0, 1.0)
    for method in METHODS:
        result = method(FIVE_PERCENT, rates)
        assert result.published == pytest.approx(0.05)
        assert result.std_error == pytest.approx(np.sqrt(0.05 * 0.95 / 1_000))
    wilson = binomial_limits("wilson", 0.05, 1_000, 0.95)
    assert rogan_gladen_known(FIVE_PERCENT, rates).published_interval == pytest.approx(wilson)


def test_zero_apparent_prevalence_has_an_upper_limit() -> None:
    nothing = ApparentPrevalence.from_counts(0, 800)
    for rates in (LabelerRates.from_counts(20, 20, 300, 300), LabelerRates.known(0.9, 1.0)):
        result = lang_reiczigel(nothing, rates)
        assert result.published == 0.0
        assert result.published_interval is not None
        assert result.published_interval[0] == 0.0
        assert 1 / 800 < result.published_interval[1] < 0.01


def test_effective_sizes_of_weighted_samples() -> None:
    weights = np.array([1.0, 1.0, 4.0, 4.0])
    design = PpsWithReplacement(weights)
    # no label is positive: Kish's size, 10²/34
    assert apparent_prevalence(design, np.zeros(4)).size == pytest.approx(100 / 34)
    truth, labels = np.array([1.0, 1.0, 0.0, 0.0]), np.array([1.0, 1.0, 0.0, 1.0])
    rates = labeler_rates(design, labels, truth)
    assert (rates.sensitivity, rates.positive_size) == (1.0, pytest.approx(2.0))
    assert rates.specificity == pytest.approx(0.5)
    assert rates.negative_size == pytest.approx(0.25 / rates.covariance[1, 1])
    by_exposure = labeler_rates(design, labels, truth, exposure=np.array([1.0, 1.0, 1.0, 3.0]))
    assert by_exposure.specificity == pytest.approx(0.25)


def test_an_audit_too_small_for_an_interval_says_so() -> None:
    """One success and one failure more take a sensitivity of 0.9 on one effective unit to 1.9/3."""
    tiny = LabelerRates(0.9, 0.2, np.zeros((2, 2)), 1.0, 100.0)
    result = lang_reiczigel(ApparentPrevalence.from_counts(85, 100), tiny)
    assert "too small for an interval" in str(result.refused)
    # (0.85 - 0.8)/(0.9 + 0.2 - 1); the rates are taken as known, so only the labels vary
    assert result.estimate == pytest.approx(0.5)
    assert result.std_error == pytest.approx(np.sqrt(0.85 * 0.15 / 100) / 0.1)
    assert (result.low, result.high, result.level) == (None, None, 0.95)


def test_limits_stay_within_zero_and_one() -> None:
    rates = LabelerRates.from_counts(8, 10, 8, 10)
    high = lang_reiczigel(ApparentPrevalence.from_counts(15, 20), rates, level=0.99)
    low = lang_reiczigel(ApparentPrevalence.from_counts(5, 20), rates, level=0.99)
    assert (high.high, high.level) == (1.0, 0.99)
    assert (low.low, low.level) == (0.0, 0.99)


def test_rates_of_exactly_zero_and_one_may_be_known() -> None:
    assert LabelerRates.known(0.0, 1.0).both == (0.0, 1.0)
    assert LabelerRates.known(1.0, 0.0).both == (1.0, 0.0)
    with pytest.raises(ValueError, match="specificity must be in"):
        LabelerRates.known(0.9, -0.1)


def test_clopper_pearson_of_none_and_of_all() -> None:
    assert binomial_limits("clopper_pearson", 0.0, 20.0, 0.95) == (0.0, pytest.approx(1 - 0.025 ** (1 / 20)))
    assert binomial_limits("wilson", 0.0, 20.0, 0.95)[0] == 0.0
    assert binomial_limits("wilson", 1.0, 20.0, 0.95)[1] == 1.0
    assert binomial_limits("clopper_pearson", 1.0, 20.0, 0.95) == (pytest.approx(0.025 ** (1 / 20)), 1.0)


def test_wrong_inputs_are_refused() -> None:
    design, ones = simple_random_sample(n_sampled=3, population_size=9), np.ones(3)
    with pytest.raises(ValueError, match="2 labels for 3"):
        apparent_prevalence(design, ones[:2])
    with pytest.raises(ValueError, match="0 or 1"):
        apparent_prevalence(design, ones * np.nan)
    with pytest.raises(ValueError, match="without exposure"):
        apparent_prevalence(design, ones, exposure=ones * 0)
    with pytest.raises(ValueError, match="2 truth for 3"):
        labeler_rates(design, ones, ones[:2])
    with pytest.raises(ValueError, match="Audit truth must be 0 or 1"):
        labeler_rates(design, ones, ones * 2)
    with pytest.raises(ValueError, match="without exposure"):
        labeler_rates(design, ones, ones, exposure=ones * 0)
    with pytest.raises(ValueError, match="right on 5 of 4"):
        LabelerRates.from_counts(5, 4, 1, 1)
    with pytest.raises(ValueError, match="sensitivity must be in"):
        LabelerRates.known(96.0, 0.9)
    with pytest.raises(ValueError, match="3 positive labels on 2"):
        ApparentPrevalence.from_counts(3, 2)
    with pytest.raises(ValueError, match="0 positive labels on 0"):
        ApparentPrevalence.from_counts(0, 0)
    with pytest.raises(ValueError, match="2 labels for 3"):
        labeler_rates(design, ones[:2], ones)
    for method in METHODS:
        with pytest.raises(ValueError, match="level"):
            method(FIVE_PERCENT, LabelerRates.known(0.9, 0.9), level=95.0)
    with pytest.raises(ValueError, match="clopper_pearson"):
        binomial_limits("exact", 0.1, 10, 0.95)  # type: ignore[arg-type]
    for size in (np.inf, 0.0):
        with pytest.raises(ValueError, match="finite size"):
            binomial_limits("wilson", 0.1, size, 0.95)
    with pytest.raises(ValueError, match="effective size"):
        lang_reiczigel(ApparentPrevalence(0.1, 0.0, 0.0), LabelerRates.known(0.9, 0.99))


def test_classes_that_labels_cannot_tell_apart_are_refused() -> None:
    same = np.array([[0.5, 0.5], [0.5, 0.5]])
    assert "do not tell" in str(corrected_shares(np.array([0.5, 0.5]), same).refused)
    negative = corrected_shares(np.array([0.05, 0.95]), np.array([[0.9, 0.1], [0.1, 0.9]]))
    assert negative.shares == pytest.approx([-0.0625, 1.0625])
    assert "class 0 is negative" in str(negative.refused)
    with pytest.raises(ValueError, match="square matrix"):
        corrected_shares(np.array([0.5, 0.5]), np.ones((3, 2)))
    with pytest.raises(ValueError, match="add up to 1"):
        corrected_shares(np.array([0.5, 0.4]), np.eye(2))


@settings(max_examples=300, deadline=None)
@given(
    counts=st.tuples(*[st.integers(0, 60)] * 3),
    misses=st.tuples(*[st.integers(0, 60)] * 3),
    level=st.floats(0.5, 0.999),
)
@pytest.mark.slow
def test_never_nan_and_published_only_within_the_unit_interval(
    counts: tuple[int, int, int], misses: tuple[int, int, int], level: float
) -> None:
    n = max(1, counts[0] + misses[0])
    apparent = ApparentPrevalence.from_counts(counts[0], n)
    rates = LabelerRates.from_counts(counts[1], counts[1] + misses[1], counts[2], counts[2] + misses[2])
    for method in METHODS:
        result = method(apparent, rates, level=level)
        numbers = [value for value in (result.estimate, result.std_error, result.low, result.high) if value is not None]
        assert np.all(np.isfinite(numbers))
        assert (result.published is None) == (result.refused is not None)
        if result.published is not None:
            assert 0.0 <= result.published <= 1.0
            low, high = result.published_interval
            assert 0.0 <= low <= high <= 1.0
