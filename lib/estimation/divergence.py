"""Jensen-Shannon divergence of two samples, beside what it is when both are drawn alike."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from lib.estimation.functionals import FloatArray


@dataclass(frozen=True)
class Divergence:
    """How unlike two distributions are.

    Attributes:
        value: Jensen-Shannon divergence in bits, in [0, 1]
        expected: its mean over samples of the same sizes drawn from one distribution: never 0
        limit: its upper quantile at the significance
        p_value: chance of as much, in (0, 1]

    """

    value: float
    expected: float
    limit: float
    p_value: float


def jensen_shannon(first: FloatArray, second: FloatArray) -> FloatArray:
    """Return H((p + q)/2) - (H(p) + H(q))/2 in bits, of shares p and q along the last axis: Lin (1991).

    Args:
        first: weights or counts, >= 0, of any total > 0
        second: the same, of the same bins

    Returns:
        in [0, 1], 1 if no bin is in both

    """
    p = first / first.sum(axis=-1, keepdims=True)
    q = second / second.sum(axis=-1, keepdims=True)
    # rounding may leave some -1e-17 of two equal distributions
    return np.clip(_entropy((p + q) / 2.0) - (_entropy(p) + _entropy(q)) / 2.0, 0.0, 1.0)


def divergence(
    weighted: FloatArray,
    effective_size: float,
    counts: FloatArray,
    *,
    significance: float,
    random: Generator,
    n_replicates: int = 2_000,
) -> Divergence:
    """Compare a weighted sample with counts, bin by bin.

    The divergence of two samples is never 0: about (bins - 1)/(8 ln 2)·(1/n + 1/m) more than that of their
    distributions (Grosse et al. 2002). What it is without a difference is found by drawing both anew from the pooled
    shares, with the sample's effective size: a permutation test whose units carry Kish's average weight.

    Args:
        weighted: Σ w of each bin
        effective_size: (Σ w)²/Σ w² of the sample
        counts: items of each bin
        significance: chance that the limit is exceeded without a difference, in (0, 1)
        random: source of the replicates
        n_replicates: how many

    Returns:
        the divergence and its reference

    Raises:
        ValueError: a side is empty, negative or of other bins

    """
    if weighted.shape != counts.shape or weighted.ndim != 1:
        raise ValueError(f"counts: shape {counts.shape} beside {weighted.shape}; give one number a bin for both.")
    for name, side in (("weighted", weighted), ("counts", counts)):
        if not (np.isfinite(side).all() and (side >= 0.0).all() and side.sum() > 0.0):
            raise ValueError(f"{name}: {side.tolist()}; bins are finite, >= 0, and not all empty.")
    n_items = float(counts.sum())
    size = max(1.0, round(effective_size))
    pooled = weighted / weighted.sum() * size + counts
    pooled = pooled / pooled.sum()
    value = float(jensen_shannon(weighted, counts))
    null = jensen_shannon(
        random.multinomial(int(size), pooled, n_replicates).astype(float),
        random.multinomial(int(n_items), pooled, n_replicates).astype(float),
    )
    p_value = (1.0 + float((null >= value).sum())) / (n_replicates + 1.0)
    return Divergence(value, float(null.mean()), float(np.quantile(null, 1.0 - significance)), p_value)


def items_wanted(weighted: FloatArray, counts: FloatArray, *, ratio: float) -> FloatArray:
    """Return how many items to add to each bin until every bin has `ratio` times its share of the sample.

    The smallest additions d >= 0 with n_b + d_b >= ratio·p_b·(n + Σ d) in every bin.

    Args:
        weighted: Σ w of each bin
        counts: n, items of each bin
        ratio: in [0, 1); 1 would ask for the sample's very shares

    Returns:
        d, whole numbers

    """
    if not 0.0 <= ratio < 1.0:
        raise ValueError(f"ratio: {ratio} is not in [0, 1); 0.5 asks for half of each bin's share.")
    shares = weighted / weighted.sum()
    added = np.zeros_like(counts)
    while True:
        # what is added raises the total and with it every bin's due; ratio < 1 makes this end
        due = np.ceil(ratio * shares * (counts.sum() + added.sum()) - 1e-9)
        needed = np.maximum(due - counts, added)
        if (needed <= added).all():
            return added
        added = needed


def _entropy(shares: FloatArray) -> FloatArray:
    logs = np.log2(shares, out=np.zeros_like(shares), where=shares > 0.0)
    entropy: FloatArray = -(shares * logs).sum(axis=-1)
    return entropy
