"""Replicates of the label ladder: an independent check on its linearised variance."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from numpy.random import Generator

from lib.estimation.designs.poisson_bootstrap import mean_one_multipliers
from lib.estimation.functionals import FloatArray


def ladder_multipliers(
    probabilities: Sequence[npt.ArrayLike], *, n_replicates: int, random: Generator
) -> tuple[FloatArray, ...]:
    """Return the multipliers of the weights 1/P_a on each rung, (units, replicates) a rung.

    The ladder's variance has Σ d_a² (1/P_a - 1)/P_a for a rung and Σ d_a d_b (1/P_a - 1)/P_b for a pair a < b.
    Replicates Σ m_a d_a/P_a show exactly these if, for each unit independently,

        E(m_a) = 1,   Cov(m_a, m_b) = 1 - P_min(a,b)

    which is a martingale over the rungs: m_1 = g_1 and m_a = m_{a-1} g_a with independent g_a of mean 1,
    Var(g_1) = 1 - P_1 and Var(g_a) = (P_{a-1} - P_a)/(2 - P_{a-1}). Each g_a is gamma distributed, so no weight turns
    negative. It extends the generalised bootstrap of Bertail & Combris (1997) and Beaumont & Patak (2012) to phases
    nested in each other.

    Args:
        probabilities: per rung, lowest first, the cumulative probability P_a in (0, 1] of the sampled units, with
            P_a <= P_{a-1}; NaN for a unit that did not reach the rung
        n_replicates: number of replicates
        random: source of the multipliers

    Returns:
        multipliers of each rung; 0 where a unit did not reach it

    Raises:
        ValueError: a probability is outside (0, 1] or rises from one rung to the next

    """
    multipliers: list[FloatArray] = []
    above = np.ones((np.asarray(probabilities[0]).size, n_replicates))
    lower = np.ones(above.shape[0])
    for rung, given in enumerate(probabilities, start=1):
        p = np.asarray(given, dtype=np.float64)
        reached = ~np.isnan(p)
        if not np.all((p[reached] > 0.0) & (p[reached] <= lower[reached])):
            raise ValueError(
                f"probabilities: rung {rung} has a cumulative probability outside (0, 1] or above that of the rung "
                "below; give P_a, not the conditional q_a."
            )
        variance = np.where(reached, (lower - p) / (2.0 - lower), 0.0)
        growth = mean_one_multipliers(np.broadcast_to(variance[:, None], above.shape), random)
        above = np.where(reached[:, None], above * growth, 0.0)
        multipliers.append(above)
        lower = p
    return tuple(multipliers)


def replicate_ladder_sums(
    *,
    exposure: npt.ArrayLike,
    verdicts: Sequence[npt.ArrayLike],
    probabilities: Sequence[npt.ArrayLike],
    multipliers: Sequence[FloatArray],
    score: npt.ArrayLike | None = None,
    is_in_domain: npt.ArrayLike | None = None,
) -> FloatArray:
    """Return the `sums` of the ladder's moments in each replicate, (replicates, variables of the ladder).

    With them in the place of `LadderMoments.sums` an estimate of the replicate is `LadderForm.total(θ)`, for the fixed
    coefficients θ of the full sample, as the linearised variance takes them, or for coefficients found anew.

    Args:
        exposure: x of the sampled units
        verdicts: per rung, 1 violating, 0 not, NaN where the unit did not reach the rung
        probabilities: per rung, cumulative P_a
        multipliers: of `ladder_multipliers`
        score: score in [0, 1]; None if there is none
        is_in_domain: indicator of the segment; None for everything

    Returns:
        sums in the order of `ladder_variables`

    """
    x = np.asarray(exposure, dtype=np.float64)
    x = x if is_in_domain is None else np.where(np.asarray(is_in_domain, dtype=bool), x, 0.0)
    s = np.zeros_like(x) if score is None else np.nan_to_num(np.asarray(score, dtype=np.float64), nan=0.0)
    labels = [np.asarray(verdict, dtype=np.float64) for verdict in verdicts]
    sums = []
    for rung, (label, given, factor) in enumerate(zip(labels, probabilities, multipliers, strict=True)):
        reached = ~np.isnan(label)
        below = labels[rung - 1]
        variables = [x * label, x, x * s] if rung == 0 else [x * label, x * below]
        weight = 1.0 / np.asarray(given, dtype=np.float64)[reached]
        weighted = np.stack([variable[reached] * weight for variable in variables])
        sums.append(np.einsum("vu,ur->rv", weighted, factor[reached]))
    return np.concatenate(sums, axis=1)
