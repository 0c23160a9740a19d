"""Which components violate which policy, and which carry a marker that violates only in combination."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scripts.log_generation.interactions import Interactions
from scripts.log_generation.policies import (
    DAY_RATE_SPREAD,
    HIGHEST_RATE,
    LONE_MARKER_RATIO,
    PLACES,
    PolicyProfile,
)
from scripts.log_generation.traffic import COUNTRIES, SURFACES, BoolArray, DayPlan, FloatArray, IntArray, Stream

FURTHER_PIN_PROBABILITY = 0.15
"""P(another Pin of the page violates too | one does)."""


@dataclass(frozen=True)
class Harm:
    """Boolean matrices (event, policy): the event violates on its own, or carries the policy's marker."""

    query: BoolArray
    response: BoolArray
    pin: BoolArray
    query_marker: BoolArray
    response_marker: BoolArray
    pin_marker: BoolArray

    @classmethod
    def none(cls, interactions: Interactions, n_policies: int) -> "Harm":
        """No harm anywhere."""
        sizes = [len(interactions.query_us), len(interactions.response_us), len(interactions.pin_us)] * 2
        return cls(*(np.zeros((size, n_policies), dtype=np.bool_) for size in sizes))


@dataclass(frozen=True)
class Units:
    """The measurement units of a chunk: position of query and response (-1 = none)."""

    query: IntArray
    response: IntArray


def units_of(response_query: IntArray, is_used_query: BoolArray, is_used_response: BoolArray) -> Units:
    """Return a unit for every used response, then one for every used query that no used response answers."""
    responses = np.flatnonzero(is_used_response)
    is_answered = np.zeros(len(is_used_query), dtype=np.bool_)
    is_answered[response_query[responses]] = True
    unanswered = np.flatnonzero(is_used_query & ~is_answered)
    return Units(
        query=np.concatenate([response_query[responses], unanswered]),
        response=np.concatenate([responses, np.full(len(unanswered), -1)]),
    )


def draw_harm(
    plan: DayPlan, chunk: int, interactions: Interactions, policies: Sequence[PolicyProfile], rate_scale: float
) -> Harm:
    """Harm of every event of the chunk; `rate_scale` multiplies every policy's rate."""
    rng = plan.random(Stream.HARM, chunk)
    day_factors = np.exp(plan.random(Stream.DAY_RATES).normal(0.0, DAY_RATE_SPREAD, len(policies)))
    n_queries, n_responses = len(interactions.query_us), len(interactions.response_us)
    units = units_of(interactions.response_query, np.ones(n_queries, np.bool_), np.ones(n_responses, np.bool_))
    harm = Harm.none(interactions, len(policies))
    for k, policy in enumerate(policies):
        rates = np.minimum(
            policy.base_rate * rate_scale * day_factors[k] * _factors(policy, interactions), HIGHEST_RATE
        )
        violating = np.flatnonzero(rng.random(len(units.query)) < rates[units.query])
        _place_harm(rng, harm, k, policy=policy, interactions=interactions, units=units, violating=violating)
        _place_lone_markers(rng, harm, k, policy=policy, interactions=interactions, rate_scale=rate_scale)
    return harm


def _factors(policy: PolicyProfile, interactions: Interactions) -> FloatArray:
    """Rate of every query relative to the policy's base rate, by surface and country."""
    by_surface = np.array([policy.surface_factors.get(surface, 1.0) for surface in SURFACES])
    by_country = np.array([policy.country_factors.get(country, 1.0) for country in COUNTRIES])
    return np.asarray(by_surface[interactions.surface] * by_country[interactions.country], dtype=np.float64)


def _place_harm(
    rng: np.random.Generator,
    harm: Harm,
    k: int,
    *,
    policy: PolicyProfile,
    interactions: Interactions,
    units: Units,
    violating: IntArray,
) -> None:
    """Put the harm of the `violating` units into their components; a unit without Pins has it in its query."""
    place = rng.choice(len(PLACES), len(violating), p=policy.place_shares)
    query, response = units.query[violating], units.response[violating]
    has_response = response >= 0
    has_pins = has_response & (interactions.pins_per_response[response] > 0) if len(harm.response) else has_response

    in_response = (place == PLACES.index("response")) & has_response
    in_image = np.isin(place, [PLACES.index("image"), PLACES.index("query_and_image")]) & has_pins
    in_combination = (place == PLACES.index("combination")) & has_pins
    nowhere_else = ~(in_response | in_image | in_combination)
    in_query = nowhere_else | (place == PLACES.index("query_and_image"))

    harm.query[query[in_query], k] = True
    harm.response[response[in_response], k] = True
    harm.pin[_one_pin_each(rng, interactions, response[in_image]), k] = True
    is_image_response = np.zeros(len(harm.response), dtype=np.bool_)
    is_image_response[response[in_image]] = True
    candidates = np.flatnonzero(is_image_response[interactions.pin_response])
    harm.pin[candidates[rng.random(len(candidates)) < FURTHER_PIN_PROBABILITY], k] = True

    harm.query_marker[query[in_combination], k] = True
    if "response" in policy.markers:
        harm.response_marker[response[in_combination], k] = True
    harm.pin_marker[_one_pin_each(rng, interactions, response[in_combination]), k] = True


def _place_lone_markers(
    rng: np.random.Generator,
    harm: Harm,
    k: int,
    *,
    policy: PolicyProfile,
    interactions: Interactions,
    rate_scale: float,
) -> None:
    """Put each marker of the policy where it is benign by itself (two meet by chance now and then: that violates)."""
    combination_rate = policy.base_rate * policy.place_shares[PLACES.index("combination")] * rate_scale
    rate = min(LONE_MARKER_RATIO * combination_rate, 0.2)
    harm.query_marker[:, k] |= rng.random(len(harm.query)) < rate
    if "response" in policy.markers:
        harm.response_marker[:, k] |= rng.random(len(harm.response)) < rate
    with_pins = np.flatnonzero(interactions.pins_per_response > 0)
    chosen = with_pins[rng.random(len(with_pins)) < rate]
    harm.pin_marker[_one_pin_each(rng, interactions, chosen), k] = True


def _one_pin_each(rng: np.random.Generator, interactions: Interactions, responses: IntArray) -> IntArray:
    """Position of one Pin, drawn at random, of each of the `responses` (which all have some)."""
    if len(responses) == 0:
        return responses
    offset = rng.random(len(responses)) * interactions.pins_per_response[responses]
    return np.asarray(interactions.first_pin[responses] + offset.astype(np.int64), dtype=np.int64)
