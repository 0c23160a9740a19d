"""Which streams raise an alarm on a day: the false discovery rate over all of them, looked at every day."""

import numpy as np

from lib.monitoring.detection.stream_block import BoolArray, FloatArray


def alarms(
    log_evidence: FloatArray, budget_share: FloatArray, *, false_discovery_rate: float, patience_days: float
) -> BoolArray:
    """Return the streams whose evidence suffices, by the e-d-BH procedure of Dandapanthula & Ramdas (2025).

    With K streams, e-detectors M_i (E(M_i) <= t on a healthy stream) and weights w_i = K·share_i, sort w_i·M_i from
    the largest and raise alarms for the first k, k the largest with

        w_(k)·M_(k) >= K·patience/(α·k)

    This is the e-Benjamini-Hochberg procedure (Wang & Ramdas 2022) at level α/patience a day. It needs no assumption
    on how streams depend on each other, which segments of one sample do, and it holds at any day one may stop at: the
    expected share of false alarms among those raised by the time τ is at most α·E(τ)/patience. A fixed false discovery
    rate for ever is not to be had with a detector that ever finds anything, because each stream that is healthy long
    enough gives a false alarm. Methods for a stream of p-values (LORD, SAFFRON) spend a level per test and need
    p-values that are valid given the past; a daily p-value of one series that is looked at again every day is not.

    Args:
        log_evidence: log M, one a stream; -inf for streams that are not watched
        budget_share: share of the budget, sum 1 over the streams
        false_discovery_rate: α
        patience_days: days that α is for

    Returns:
        whether each stream raises an alarm

    """
    with np.errstate(divide="ignore"):
        weighted = log_evidence + np.log(budget_share)
    in_order = np.sort(weighted)[::-1]
    ranks = np.arange(1, weighted.size + 1)
    # the number of streams cancels: w_i = K·share_i
    needed = np.log(patience_days / false_discovery_rate) - np.log(ranks)
    passing = np.flatnonzero(in_order >= needed)
    if not passing.size:
        return np.zeros(weighted.shape, dtype=bool)
    raised: BoolArray = weighted >= in_order[passing[-1]]
    return raised


def log_threshold(budget_share: FloatArray, *, false_discovery_rate: float, patience_days: float) -> FloatArray:
    """Return the log evidence that one stream alone needs on a day on which no other raises an alarm."""
    with np.errstate(divide="ignore"):
        threshold: FloatArray = np.log(patience_days / false_discovery_rate) - np.log(budget_share)
    return threshold
