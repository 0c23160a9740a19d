"""Apparent prevalence, error rates and their effect, by hand from a weighted sample and a covariance that is given."""

import numpy as np
import pytest

from lib.estimation.designs.poisson import PoissonDesign
from lib.estimation.misclassification.apparent_prevalence import apparent_prevalence
from lib.estimation.misclassification.labeler_rates import LabelerRates, effective_size, labeler_rates
from lib.estimation.misclassification.lang_reiczigel import lang_reiczigel
from lib.estimation.misclassification.rogan_gladen import rogan_gladen, rogan_gladen_known

P = np.array([0.5, 0.2, 0.1, 0.25])
LABELS = np.array([1.0, 0.0, 1.0, 0.0])


def test_apparent_prevalence_of_a_poisson_sample() -> None:
    for exposure in (None, np.array([0.001, 0.002, 0.001, 0.004])):
        x = np.ones(4) if exposure is None else exposure
        found = apparent_prevalence(PoissonDesign(P), LABELS, exposure=exposure)
        share = (x * LABELS / P).sum() / (x / P).sum()
        residual = x * (LABELS - share) / (x / P).sum()
        variance = (residual**2 * (1 - P) / P**2).sum()
        assert (found.share, found.variance) == pytest.approx((share, variance))
        assert found.size == pytest.approx(share * (1 - share) / variance)


def test_rates_of_an_audit_of_little_exposure() -> None:
    truth, x = np.array([1.0, 1.0, 1.0, 0.0]), np.full(4, 0.001)
    found = labeler_rates(PoissonDesign(P), LABELS, truth, exposure=x)
    assert found.both == pytest.approx((12 / 17, 1.0))
    assert found.positive_size == pytest.approx(12 / 17 * 5 / 17 / found.covariance[0, 0])


@pytest.mark.parametrize(("rate", "variance"), [(0.0, 0.1), (1.0, 0.1), (0.4, 0.0), (None, 0.1)])
def test_a_rate_that_does_not_tell_its_size_has_that_of_its_weights(rate: float | None, variance: float) -> None:
    assert effective_size(rate, variance, np.array([1.0, 3.0, 0.0])) == pytest.approx(16 / 10)
    assert effective_size(rate, variance, np.zeros(3)) == 0.0


def test_errors_of_the_rates_carry_their_covariance_into_the_corrected_prevalence() -> None:
    apparent = apparent_prevalence(PoissonDesign(np.full(400, 0.1)), (np.arange(400) < 60).astype(float))
    rates = LabelerRates(0.8, 0.9, np.array([[4e-4, 2e-4], [2e-4, 9e-4]]), 200.0, 300.0)
    found = rogan_gladen(apparent, rates, level=0.9)
    centre = (0.15 - 0.1) / 0.7
    # slopes 1, -π and 1 - π over Youden's J, for the apparent share, sensitivity and specificity
    variance = apparent.variance + centre**2 * 4e-4 + (1 - centre) ** 2 * 9e-4 - 2 * centre * (1 - centre) * 2e-4
    assert (found.estimate, found.std_error) == pytest.approx((centre, np.sqrt(variance) / 0.7))
    assert found.low is not None
    assert found.high is not None
    reach = 1.6448536269514722 * np.sqrt(variance) / 0.7
    assert (found.low, found.high) == pytest.approx((centre - reach, centre + reach))
    for method in (rogan_gladen, rogan_gladen_known, lang_reiczigel):
        assert method(apparent, rates, level=0.9).level == 0.9
        assert method(apparent, LabelerRates.known(0.4, 0.6), level=0.9).level == 0.9
