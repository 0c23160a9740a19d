"""Correction over repeated samples: an audit drawn by label, a rare outcome, rates weighted by 1/P."""

import numpy as np
import pytest

from lib.estimation.designs.poisson import PoissonDesign
from lib.estimation.misclassification.apparent_prevalence import apparent_prevalence
from lib.estimation.misclassification.labeler_rates import LabelerRates, labeler_rates
from lib.estimation.misclassification.lang_reiczigel import lang_reiczigel
from lib.estimation.misclassification.rogan_gladen import rogan_gladen, rogan_gladen_estimate

pytestmark = pytest.mark.slow

N, N_REPLICATES = 20_000, 800
PREVALENCE, SENSITIVITY, SPECIFICITY = 0.05, 0.8, 0.98


@pytest.fixture(scope="module")
def replicates() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(303)
    truth = (np.arange(N) < PREVALENCE * N).astype(float)
    # the labels of the population stand still; its rates are exactly those of the labeler
    labels = np.zeros(N)
    labels[: int(SENSITIVITY * truth.sum())] = 1.0
    labels[int(truth.sum()) : int(truth.sum() + round((1 - SPECIFICITY) * (N - truth.sum())))] = 1.0
    main_probability = np.where(labels == 1.0, 0.3, 0.08)
    audit_probability = np.where(labels == 1.0, 0.2, np.where(truth == 1.0, 0.05, 0.02))
    rows: list[tuple[float, ...]] = []
    for _ in range(N_REPLICATES):
        main, audit = rng.random(N) < main_probability, rng.random(N) < audit_probability
        apparent = apparent_prevalence(PoissonDesign(main_probability[main]), labels[main])
        rates = labeler_rates(PoissonDesign(audit_probability[audit]), labels[audit], truth[audit])
        delta, adjusted = rogan_gladen(apparent, rates), lang_reiczigel(apparent, rates)
        unweighted = LabelerRates.from_counts(
            labels[audit] @ truth[audit],
            truth[audit].sum(),
            (1 - labels[audit]) @ (1 - truth[audit]),
            (1 - truth[audit]).sum(),
        )
        naive = rogan_gladen_estimate(apparent.share, *unweighted.both)
        rows.append((delta.estimate, delta.std_error, delta.low, delta.high, adjusted.low, adjusted.high, naive))
    names = ("estimate", "std_error", "delta_low", "delta_high", "low", "high", "unweighted")
    return dict(zip(names, np.array(rows).T, strict=True))


def test_no_bias_and_an_honest_variance(replicates: dict[str, np.ndarray]) -> None:
    spread = replicates["estimate"].std(ddof=1)
    assert abs(replicates["estimate"].mean() - PREVALENCE) < 0.15 * spread
    assert (replicates["std_error"] ** 2).mean() / spread**2 == pytest.approx(1.0, abs=0.15)


def test_intervals_cover(replicates: dict[str, np.ndarray]) -> None:
    for low, high in (("delta_low", "delta_high"), ("low", "high")):
        is_covered = (replicates[low] <= PREVALENCE) & (replicates[high] >= PREVALENCE)
        assert 0.92 <= is_covered.mean() <= 0.99


def test_unweighted_rates_of_this_audit_are_far_off(replicates: dict[str, np.ndarray]) -> None:
    assert abs(replicates["unweighted"].mean() / PREVALENCE - 1) > 0.5
