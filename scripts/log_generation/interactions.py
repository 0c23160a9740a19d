"""Who asked, what came back and what was seen: the interactions of a chunk without any text."""

from dataclasses import dataclass

import numpy as np

from scripts.log_generation.traffic import (
    COUNTRIES,
    COUNTRY_SHARES,
    LANGUAGE_SHARES,
    LANGUAGES,
    MICROSECONDS_PER_DAY,
    SURFACE_PIN_FACTORS,
    SURFACE_SHARES,
    SURFACES,
    BoolArray,
    DayPlan,
    IntArray,
    Stream,
)

RESPONSE_COUNT_SHARES = (0.03, 0.95, 0.02)
"""P(0, 1, 2 responses to a query)."""
LOGGED_OUT_SHARE = 0.10
MEAN_LOG_PINS, SPREAD_LOG_PINS, MOST_PINS, PINLESS_SHARE = 2.05, 0.75, 60, 0.03
"""Pins of a response are lognormal, cut at MOST_PINS; mean about 10."""
MEAN_LOG_VIEWS, SPREAD_LOG_VIEWS, UNSEEN_SHARE, SKIPPED_SHARE = 1.3, 1.1, 0.30, 0.07
"""How far down the page a person looks is lognormal; a share looks at nothing, and single Pins are skipped."""
N_MODEL_VERSIONS = 3
SESSION_US = 3 * 3_600_000_000
_EVENTS_PER_CHUNK = 1 << 23
"""Room for the counters of one chunk: more than the Pins that a chunk can hold."""


@dataclass(frozen=True)
class Interactions:
    """Events of a chunk as parallel arrays; responses point to their query, Pins to their response (by position).

    Times are microseconds since 1970, UTC. `user` is -1 when logged out. `surface`,
    `country` and `language` are positions in SURFACES, COUNTRIES and `language_codes`. Pins lie in the order of their
    responses.
    """

    query_number: IntArray
    query_us: IntArray
    surface: IntArray
    country: IntArray
    language: IntArray
    user: IntArray
    session: IntArray
    response_number: IntArray
    response_query: IntArray
    response_us: IntArray
    model_version: IntArray
    pin_number: IntArray
    pin_response: IntArray
    pin_us: IntArray
    slot: IntArray
    is_viewed: BoolArray
    language_codes: tuple[str, ...] = LANGUAGES

    @property
    def pins_per_response(self) -> IntArray:
        """Pins of every response."""
        return np.bincount(self.pin_response, minlength=len(self.response_query))

    @property
    def first_pin(self) -> IntArray:
        """Position of every response's first Pin."""
        return np.concatenate([[0], np.cumsum(self.pins_per_response)[:-1]]).astype(np.int64)


def draw_interactions(plan: DayPlan, chunk: int) -> Interactions:
    """Draw the interactions of one chunk of the day: about `plan.chunk_sizes[chunk]` units."""
    rng = plan.random(Stream.INTERACTIONS, chunk)
    units_per_query = sum(max(1, n) * share for n, share in enumerate(RESPONSE_COUNT_SHARES))
    n_queries = max(1, round(plan.chunk_sizes[chunk] / units_per_query))
    first_number = chunk * _EVENTS_PER_CHUNK

    surface = rng.choice(len(SURFACES), n_queries, p=SURFACE_SHARES)
    country = rng.choice(len(COUNTRIES), n_queries, p=COUNTRY_SHARES)
    query_us = plan.midnight_us + _time_of_day_us(rng, n_queries)
    user = _draw_users(rng, plan, country)
    passer_by = rng.integers(1 << 39, 1 << 40, n_queries)
    session = np.where(user < 0, passer_by, user * 8 + (query_us - plan.midnight_us) // SESSION_US)

    n_responses = rng.choice(len(RESPONSE_COUNT_SHARES), n_queries, p=RESPONSE_COUNT_SHARES)
    response_query = np.repeat(np.arange(n_queries), n_responses)
    response_us = query_us[response_query] + _delay_us(rng, len(response_query), mean_seconds=0.8)

    n_pins = _draw_pin_counts(rng, surface[response_query])
    pin_response = np.repeat(np.arange(len(response_query)), n_pins)
    slot = np.arange(len(pin_response)) - np.repeat(np.cumsum(n_pins) - n_pins, n_pins)
    return Interactions(
        query_number=first_number + np.arange(n_queries),
        query_us=query_us,
        surface=surface,
        country=country,
        language=_draw_languages(rng, country),
        user=user,
        session=session,
        response_number=first_number + np.arange(len(response_query)),
        response_query=response_query,
        response_us=response_us,
        model_version=rng.integers(1, N_MODEL_VERSIONS + 1, len(response_query)),
        pin_number=first_number + np.arange(len(pin_response)),
        pin_response=pin_response,
        pin_us=response_us[pin_response] + _delay_us(rng, len(pin_response), mean_seconds=2.0),
        slot=slot,
        is_viewed=_draw_views(rng, len(response_query), pin_response, slot),
    )


def _time_of_day_us(rng: np.random.Generator, n: int) -> IntArray:
    """Microseconds after midnight: few at night, most in the evening."""
    return np.minimum(rng.beta(2.2, 1.6, n) * MICROSECONDS_PER_DAY, MICROSECONDS_PER_DAY - 1).astype(np.int64)


def _delay_us(rng: np.random.Generator, n: int, mean_seconds: float) -> IntArray:
    return (rng.exponential(mean_seconds, n) * 1e6).astype(np.int64)


def _draw_languages(rng: np.random.Generator, country: IntArray) -> IntArray:
    """Draw a language for every query by P(language | country)."""
    steps = np.cumsum(np.asarray(LANGUAGE_SHARES), axis=1)
    steps[:, -1] = 1.0
    return np.asarray((rng.random(len(country))[:, None] >= steps[country]).sum(axis=1), dtype=np.int64)


def _draw_users(rng: np.random.Generator, plan: DayPlan, country: IntArray) -> IntArray:
    """Draw a person of the country for every query, -1 when logged out; a few people ask very often."""
    people = np.maximum(50, 0.4 * plan.units_per_day * np.asarray(COUNTRY_SHARES))
    person = (people[country] * rng.random(len(country)) ** 3).astype(np.int64)
    return np.where(rng.random(len(country)) < LOGGED_OUT_SHARE, -1, (country << 30) | person)


def _draw_pin_counts(rng: np.random.Generator, surface: IntArray) -> IntArray:
    """Pins of every response, 0 to MOST_PINS, heavy-tailed."""
    factor = np.asarray(SURFACE_PIN_FACTORS)[surface]
    counts = np.minimum(rng.lognormal(MEAN_LOG_PINS, SPREAD_LOG_PINS, len(surface)) * factor, MOST_PINS)
    return np.where(rng.random(len(surface)) < PINLESS_SHARE, 0, counts.astype(np.int64))


def _draw_views(rng: np.random.Generator, n_responses: int, pin_response: IntArray, slot: IntArray) -> BoolArray:
    """Whether each Pin came into view: those above the depth to which the person looked, but for a few skipped."""
    depth = np.floor(rng.lognormal(MEAN_LOG_VIEWS, SPREAD_LOG_VIEWS, n_responses)).astype(np.int64)
    depth[rng.random(n_responses) < UNSEEN_SHARE] = 0
    return (slot < depth[pin_response]) & (rng.random(len(slot)) >= SKIPPED_SHARE)
