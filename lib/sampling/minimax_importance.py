"""Policy importance a_k with the smallest worst relative error, from a small pilot sample of the population.

With the size measure w(a) = (1 - δ) m g / Σ m g + δ m, g = √(Σ_k a_k v_k), the anticipated relative variance of policy
k at n units is

    V_k(a) = Σ_j β_j Σ_U x_j² v_k (1/min(1, n w) - 1) / (R_k X_j)²

a_k = λ_k / R_k² minimises Σ_k λ_k V_k, so the worst V_k is smallest where the weights λ rest on the policies that have
it. They are found by the multiplicative rule λ_k ← λ_k V_k / Σ λ V (as for optimal designs: Silvey, Titterington &
Torsney 1978), started at λ = 1: the sum of squared relative errors.

The V_k are sums over the joint distribution of all scores. A histogram of it grows with (bins)^policies; a pilot
sample of fixed size with known probabilities estimates the sums for every a at once, from one pass over the population
that sorts and shuffles nothing. A pilot error costs width, never bias: w is known whatever a rests on.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
_ROUNDS = 400
_DECIMALS = 9


@dataclass(frozen=True)
class Pilot:
    """Pilot units: `weights` 1/p (n), `exposures` x_j/X_j (n x measures), `variances` v_k (n x policies)."""

    weights: FloatArray
    exposures: FloatArray
    variances: FloatArray


def minimax_importance(
    pilot: Pilot, *, prevalences: FloatArray, measure_shares: FloatArray, uniform_share: float, sample_size: int
) -> FloatArray:
    """a_k per policy, sum 1.

    `prevalences` is R_k as the scores predict it (policies x measures), `measure_shares` β_j, `uniform_share` δ,
    `sample_size` n of the design. Rounded to nine decimals: the last digits of a search are noise.
    """
    squares = (prevalences @ measure_shares) ** 2
    shares = np.full(len(squares), 1 / len(squares))
    best, smallest = shares, np.inf
    for _ in range(_ROUNDS):
        importance = shares / squares
        errors = relative_variances(
            pilot,
            importance / importance.sum(),
            prevalences=prevalences,
            measure_shares=measure_shares,
            uniform_share=uniform_share,
            sample_size=sample_size,
        )
        if errors.max() < smallest:
            best, smallest = shares, float(errors.max())
        if not errors.max() > 0:
            break
        shares = shares * errors / (shares @ errors)
    importance = best / squares
    rounded: FloatArray = np.round(importance / importance.sum(), _DECIMALS)
    rounded /= rounded.sum()
    return rounded


def relative_variances(
    pilot: Pilot,
    importance: FloatArray,
    *,
    prevalences: FloatArray,
    measure_shares: FloatArray,
    uniform_share: float,
    sample_size: int,
) -> FloatArray:
    """V_k(a) per policy for a = `importance`; the other arguments as for `minimax_importance`."""
    mixture = pilot.exposures @ measure_shares
    mixture = mixture / (pilot.weights @ mixture)
    steered = mixture * np.sqrt(pilot.variances @ importance)
    total = pilot.weights @ steered
    sizes = (1 - uniform_share) * (steered / total if total > 0 else mixture) + uniform_share * mixture
    probabilities = np.minimum(1.0, sample_size * sizes)
    spread = pilot.weights * (1 / probabilities - 1)
    variances = np.einsum("i,ij,ik->kj", spread, pilot.exposures**2, pilot.variances)
    relative: FloatArray = (variances / prevalences**2) @ measure_shares
    return relative
