"""Neyman's allocation: units where the anticipated standard deviation is.

    n_h ∝ N_h S_h,   (N_h S_h)² = Σ_k a_k A_hk,   A_hk = Σ_U_h x_i² v_ik / w_i

A_hk is the anticipated variance of one draw from stratum h with its own size measure w (stratum total 1), for an
estimator that leaves the variance v = ŝ(1 - ŝ) of a verdict unexplained; drawn with equal probabilities, w = 1/N_h, it
is the textbook's N_h² S_h² (Neyman 1934; Cochran 1977, eq. 5.26; several variables: eq. 5A.3).
"""

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


def neyman_sizes(draw_variances: FloatArray, importance: FloatArray) -> FloatArray:
    """N_h S_h per stratum, to which the budget is proportional.

    `draw_variances` is A_hk (strata x estimates), `importance` is a_k >= 0 (estimates). Strata without any variance
    get 0; if none has any, all count alike.
    """
    sizes: FloatArray = np.sqrt(draw_variances @ importance)
    return sizes if np.any(sizes > 0) else np.ones_like(sizes)
