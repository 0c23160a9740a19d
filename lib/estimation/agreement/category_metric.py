"""How alike two categories are: the weights of weighted kappa, and the distances of Krippendorff's alpha."""

from typing import Literal, get_args

import numpy as np

from lib.estimation.functionals import FloatArray

AgreementWeights = Literal["unweighted", "linear", "quadratic"]
Level = Literal["nominal", "ordinal", "interval", "ratio"]
AGREEMENT_WEIGHTS: tuple[AgreementWeights, ...] = get_args(AgreementWeights)
LEVELS: tuple[Level, ...] = get_args(Level)


def agreement_matrix(weights: AgreementWeights, values: FloatArray) -> FloatArray:
    """Return a_kl in [0, 1], how much of an agreement the categories k and l are; 1 on the diagonal.

        unweighted 1[k = l]      linear 1 - |v_k - v_l|/range (Cicchetti & Allison 1971)
        quadratic 1 - (v_k - v_l)²/range² (Fleiss & Cohen 1973)

    Args:
        weights: the scheme
        values: v of the categories; ranks 0, 1, ... for equal spacing

    Returns:
        (categories, categories)

    """
    if weights == "unweighted" or values.size < 2:
        return np.eye(values.size)
    distance = np.abs(values[:, None] - values[None, :]) / np.ptp(values)
    return 1.0 - (distance if weights == "linear" else distance**2)


def squared_distances(level: Level, values: FloatArray, shares: FloatArray) -> FloatArray:
    """Return δ² between categories: Krippendorff (2019), "Content Analysis", section 12.3.

        nominal 1[k ≠ l]      interval (v_k - v_l)²      ratio ((v_k - v_l)/(v_k + v_l))²
        ordinal (Σ_{g=k..l} n_g - (n_k + n_l)/2)²

    Args:
        level: of measurement
        values: v of the categories, ascending for `ordinal`, >= 0 for `ratio`
        shares: n of the categories, up to a factor; read by `ordinal` only

    Returns:
        (categories, categories), 0 on the diagonal

    """
    if level == "nominal":
        return 1.0 - np.eye(values.size)
    if level == "ordinal":
        # up to the middle of a category: (n_k + n_l)/2 and all between is the distance of the middles
        middles = np.cumsum(shares) - shares / 2.0
        return (middles[:, None] - middles[None, :]) ** 2
    difference = values[:, None] - values[None, :]
    if level == "interval":
        return difference**2
    total = values[:, None] + values[None, :]
    return np.divide(difference, total, out=np.zeros_like(difference), where=total != 0.0) ** 2


def ordinal_gradient(shares: FloatArray) -> FloatArray:
    """Return ∂δ²_kl/∂n_m of the ordinal distances: (categories k, categories l, categories m)."""
    n_categories = shares.size
    middles = np.cumsum(shares) - shares / 2.0
    # ∂middle_k/∂n_m = 1 below k, 1/2 at k
    slope = np.tril(np.ones((n_categories, n_categories)), -1) + 0.5 * np.eye(n_categories)
    difference = middles[:, None] - middles[None, :]
    gradient: FloatArray = 2.0 * difference[:, :, None] * (slope[:, None, :] - slope[None, :, :])
    return gradient
