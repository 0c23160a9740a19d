"""The evidence of one day: the logarithm of a likelihood ratio that is an e-value for counts as for averages."""

import numpy as np

from lib.monitoring.detection.stream_block import FloatArray

_LEAST_FALL = -0.95
_TINY = 1e-6


def log_factor(
    deviation: FloatArray,
    shift: FloatArray,
    *,
    grain: FloatArray,
    sampling_variance: FloatArray,
    model_variance: FloatArray,
) -> FloatArray:
    """Return log L = θ·e - ψ(θ) for a shift g of the mean against none, with E(L) <= 1 if there is none.

    The deviation e is a sum of two parts: a weighted count c·N with N Poisson, whose variance is v_s = c·E(c·N), and
    Gaussian variation of variance v_m. Then E(exp(θe)) = exp(ψ(θ)) with

        ψ(θ) = v_s·(exp(cθ) - 1 - cθ)/c² + v_m·θ²/2

    (the first term is Bennett's bound, the sub-Poisson one of Howard et al. 2020, table 3), so L is an e-value for
    every θ known before the day. The θ that grows fastest against the shift g is

        θ = log(1 + c·g/v)/c,   v = v_s + v_m

    which for a pure count is the Poisson likelihood ratio, and for c → 0 the Gaussian one, θ = g/v. For few events a
    Gaussian ratio would take the skew of counts for evidence.

    Args:
        deviation: e, value less its expectation; may be cut off from above for g > 0, from below for g < 0
        shift: g, the mean of e under the alternative
        grain: c >= 0, what one event stands for
        sampling_variance: v_s >= 0
        model_variance: v_m >= 0; v_s + v_m > 0

    Returns:
        log L, of the shape that the arguments broadcast to

    """
    variance = sampling_variance + model_variance
    relative = grain * shift / variance
    is_tiny = np.abs(relative) < _TINY
    # a fall that leaves nothing of a count would have an infinite θ: any nearer one is as valid
    safe = np.where(is_tiny, 1.0, np.maximum(relative, _LEAST_FALL))
    logarithm = np.log1p(safe)
    slope = np.divide(logarithm, relative, out=np.asarray(1.0 - relative / 2.0), where=~is_tiny)
    theta = shift / variance * slope
    # (exp(cθ) - 1 - cθ)/(cθ)² with cθ = log(1 + relative), cut off as above
    curvature = np.where(is_tiny, 0.5, (safe - logarithm) / logarithm**2)
    factor: FloatArray = theta * deviation - theta**2 * (sampling_variance * curvature + model_variance / 2.0)
    return factor
