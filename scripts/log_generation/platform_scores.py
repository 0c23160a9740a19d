"""Scores as a platform might already have them: calibrated on average, noisy, and missing for some responses."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from scripts.log_generation.harm import Harm
from scripts.log_generation.interactions import Interactions
from scripts.log_generation.policies import PolicyProfile
from scripts.log_generation.traffic import BoolArray, DayPlan, Stream

SEPARATION = 2.5
"""Distance of the mean margins of violating and benign units in standard deviations: AUC about 0.96."""
UNSCORED_SHARE = 0.01


def draw_platform_scores(
    plan: DayPlan,
    chunk: int,
    *,
    interactions: Interactions,
    harm: Harm,
    policies: Sequence[PolicyProfile],
    rate_scale: float,
) -> pa.Array:
    """Map policy to P(violation) in [0, 1] of each response's unit, null for a few.

    The margin is normal with variance 1 around ±SEPARATION/2; its posterior log-odds at the policy's average rate are
    logit(rate) + SEPARATION × margin, so the score is calibrated where the rate is the average one. Harm in a
    combination is seen like any other only by its query and Pins alone, that is, not at all.
    """
    rng = plan.random(Stream.PLATFORM_SCORES, chunk)
    violates = _violates_alone(interactions, harm)
    rates = np.clip([policy.base_rate * rate_scale for policy in policies], 1e-6, 0.5)
    margin = rng.normal(np.where(violates, SEPARATION / 2, -SEPARATION / 2), 1.0)
    scores = 1.0 / (1.0 + np.exp(-(np.log(rates / (1.0 - rates)) + SEPARATION * margin)))
    n_responses, n_policies = scores.shape
    keys = pa.array([policy.name for policy in policies], pa.string()).take(
        pa.array(np.tile(np.arange(n_policies), n_responses))
    )
    return pa.MapArray.from_arrays(
        pa.array(np.arange(n_responses + 1, dtype=np.int32) * n_policies),
        keys,
        pa.array(scores.ravel()),
        mask=pa.array(rng.random(n_responses) < UNSCORED_SHARE),
    )


def _violates_alone(interactions: Interactions, harm: Harm) -> BoolArray:
    """Whether query, response or a Pin of each response's unit violates on its own."""
    violates = harm.query[interactions.response_query] | harm.response
    pin, policy = np.nonzero(harm.pin)
    violates[interactions.pin_response[pin], policy] = True
    return violates
