"""Limits of a level that hold on all days at once: a confidence sequence for weighted counts, skewed as they are."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import special

from lib.monitoring.detection.stream_block import BoolArray, FloatArray

# Shape of the mixture: a small one suits few events, a large one many.
SHAPE = 1.0
_LEAST_EVENTS = 1e-12
_N_HALVINGS = 80
_WIDEST = 60.0  # e-folds to either side of the estimate that are searched


@dataclass(frozen=True, eq=False)
class EventSum:
    """What a span of days says on a level R, as a count: N events, of which R·L were to be expected.

    Attributes:
        events: N = Σ y_t/(g_t·(1 + s_t)), not whole
        exposure: L = Σ 1/g_t, events per unit of the level

    """

    events: FloatArray
    exposure: FloatArray

    @property
    def level(self) -> FloatArray:
        """N/L, 0 without exposure."""
        return np.divide(self.events, self.exposure, out=np.zeros_like(self.events), where=self.exposure > 0.0)


def event_sum(
    values: FloatArray,
    season: FloatArray,
    *,
    grain: FloatArray,
    variance: FloatArray,
    level: FloatArray,
    long_run_variance: FloatArray,
) -> EventSum:
    """Sum days up, last axis, as a count.

    A day's value has variance c·R + v + τ²R², τ² the long-run variance of healthy variation, so that days may be
    added as if they were independent. Divided by the level that is the variance per unit of rate, g: what one event
    stands for. A count of large numbers is the normal case, so averages need no formula of their own.

    Args:
        values: y, NaN on days without a value
        season: s, relative effect of the day of the week
        grain: c of the days
        variance: v of the days
        level: about R > 0, one a row; known from elsewhere or the mean of the span
        long_run_variance: τ², relative, of the days

    Returns:
        the sums

    """
    about = np.maximum(level, 1e-300)[..., None]
    seasonal = np.maximum(1.0 + season, 0.1)
    one_event = grain / seasonal + variance / (about * seasonal**2) + long_run_variance * about
    is_known = np.isfinite(values) & (one_event > 0.0)
    per_unit = np.divide(1.0, one_event, out=np.zeros_like(one_event), where=is_known)
    events = np.where(is_known, values, 0.0) / seasonal * per_unit
    return EventSum(events.sum(axis=-1), per_unit.sum(axis=-1))


def level_limits(sums: EventSum, *, confidence: float) -> tuple[FloatArray, FloatArray]:
    """Return limits that hold the level on all days together with probability `confidence`.

    For a count N with mean R·L the mixture of likelihood ratios of the rates u·R, u of a gamma distribution with mean 1
    and shape a,

        M(R) = ∫ u^N exp(-(u - 1)·R·L) Gamma(du; a, a) = Γ(a + N)/Γ(a) · a^a/(a + R·L)^(a + N) · exp(R·L)

    is a martingale at the true R, so by Ville's inequality {R: M(R) < 1/α} holds it always (Robbins 1970; Howard et
    al. 2021, section 3; the gamma mixture is their proposition 10). Without an event the limits are 0 and about
    4.7/L at 95 %, never (0, 0); for many events they tend to those of Robbins' normal mixture.

    Args:
        sums: N and L up to each day, of any shape
        confidence: 1 - α, in (0, 1)

    Returns:
        lower and upper limit; 0 and infinity where there is no exposure

    """
    events, exposure = sums.events, sums.exposure
    constant = special.gammaln(SHAPE + events) - special.gammaln(SHAPE) + SHAPE * np.log(SHAPE)
    bound = -np.log(1.0 - confidence)

    def is_inside(log_mean: FloatArray) -> BoolArray:
        mean = np.exp(log_mean)
        inside: BoolArray = constant - (SHAPE + events) * np.log(SHAPE + mean) + mean < bound
        return inside

    centre = np.log(np.maximum(events, _LEAST_EVENTS))
    low, high = (np.exp(_edge(is_inside, centre, centre + way)) for way in (-_WIDEST, _WIDEST))
    has_days = exposure > 0.0
    safe = np.where(has_days, exposure, 1.0)
    return np.where(has_days & (events > 0.0), low / safe, 0.0), np.where(has_days, high / safe, np.inf)


def _edge(is_inside: Callable[[FloatArray], BoolArray], inner: FloatArray, outer: FloatArray) -> FloatArray:
    """The last point from `inner` towards `outer` that is inside, by bisection."""
    for _ in range(_N_HALVINGS):
        middle = (inner + outer) / 2.0
        inside = is_inside(middle)
        inner, outer = np.where(inside, middle, inner), np.where(inside, outer, middle)
    return inner
