"""Traffic: surfaces, countries, languages, weekdays, and the plan of one day with its random streams."""

import datetime as dt
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]

CHUNK_UNITS = 50_000
"""Units held in memory at a time."""
MICROSECONDS_PER_DAY = 86_400_000_000

SURFACES = ("search", "home_feed", "related_pins", "assistant")
SURFACE_SHARES = (0.45, 0.30, 0.17, 0.08)
SURFACE_PIN_FACTORS = (1.0, 1.2, 1.1, 0.35)
"""Pins shown per response, relative to an average surface."""

COUNTRIES = ("US", "BR", "MX", "GB", "DE", "FR", "IN", "CA")
COUNTRY_SHARES = (0.42, 0.14, 0.10, 0.10, 0.08, 0.07, 0.06, 0.03)
LANGUAGES = ("en", "es", "pt", "de", "fr", "hi")
LANGUAGE_SHARES = (
    (0.88, 0.12, 0.0, 0.0, 0.0, 0.0),
    (0.03, 0.0, 0.97, 0.0, 0.0, 0.0),
    (0.05, 0.95, 0.0, 0.0, 0.0, 0.0),
    (0.99, 0.0, 0.0, 0.0, 0.01, 0.0),
    (0.07, 0.0, 0.0, 0.93, 0.0, 0.0),
    (0.05, 0.0, 0.0, 0.0, 0.95, 0.0),
    (0.62, 0.0, 0.0, 0.0, 0.0, 0.38),
    (0.78, 0.0, 0.0, 0.0, 0.22, 0.0),
)
"""P(language | country): rows in the order of COUNTRIES, columns in the order of LANGUAGES."""

WEEKDAY_FACTORS = (0.97, 0.96, 0.97, 0.98, 1.01, 1.06, 1.05)
"""Traffic from Monday to Sunday relative to the weekly mean."""
LOWEST_WEEKDAY_FACTOR = min(WEEKDAY_FACTORS)


class Stream(IntEnum):
    """Independent random streams of a chunk: faults and scores never change who asked what."""

    INTERACTIONS = 0
    HARM = 1
    TEXTS = 2
    FAULTS = 3
    PLATFORM_SCORES = 4
    DAY_RATES = 5
    PHRASES = 6
    ASSIGNMENT = 7


@dataclass(frozen=True)
class DayPlan:
    """One day to generate: its date, the seed, the mean of units a day over the week, and where the epoch stands."""

    ds: dt.date
    seed: int
    units_per_day: int

    @property
    def n_units(self) -> int:
        """About how many units the day gets, by its weekday."""
        return max(1, round(self.units_per_day * WEEKDAY_FACTORS[self.ds.weekday()]))

    @property
    def chunk_sizes(self) -> tuple[int, ...]:
        """Units of every chunk, in order."""
        n_full, rest = divmod(self.n_units, CHUNK_UNITS)
        return (CHUNK_UNITS,) * n_full + ((rest,) if rest else ())

    @property
    def midnight_us(self) -> int:
        """00:00 UTC of the day, microseconds since 1970."""
        return (self.ds - dt.date(1970, 1, 1)).days * MICROSECONDS_PER_DAY

    def random(self, stream: Stream, chunk: int = 0) -> np.random.Generator:
        """Return the generator of one stream of one chunk; depends on seed, day and chunk only."""
        return np.random.default_rng(np.random.SeedSequence([self.seed, self.ds.toordinal(), chunk, int(stream)]))
