"""The synthetic policies: how often they are violated, where the harm sits, and the invented words that betray it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import product

COMPONENTS = ("query", "response", "image", "combination")
PLACES = ("query", "response", "image", "query_and_image", "combination")
DAY_RATE_SPREAD = 0.08
"""Standard deviation of the log of a policy's rate from day to day."""
HIGHEST_RATE = 0.5
"""P(violation) of a unit is cut here, whatever the scale and the segment's factors."""
SIGNAL_PROBABILITY = 0.82
"""Share of violating components that carry a code word; the others no scorer of words can find."""
TEXT_FALSE_ALARM_RATE = 0.003
"""Share of benign queries and of benign responses that carry a code word, per policy."""
PIN_FALSE_ALARM_RATE = 0.0005
"""Share of benign Pin titles that carry a code word, per policy."""
LONE_MARKER_RATIO = 3.0
"""How much oftener a marker comes alone (benign) than as part of a violating combination."""
_CODE_WORD_ENDINGS = ("vex", "dark", "lume", "rith", "sko", "bant")


def _code_words(*stems: str) -> tuple[str, ...]:
    return tuple(stem + ending for ending, stem in product(_CODE_WORD_ENDINGS, stems))


@dataclass(frozen=True)
class PolicyProfile:
    """One policy of the generator.

    `base_rate` is P(violation) of an average unit; `place_shares` says where the harm sits (order of PLACES);
    `code_words` go from telling (mostly in violating text) to ambiguous (mostly in benign text); `markers` maps a
    component to the benign word which, together with those of the other components named, violates.
    """

    name: str
    base_rate: float
    place_shares: tuple[float, float, float, float, float]
    code_words: tuple[str, ...]
    markers: Mapping[str, str]
    surface_factors: Mapping[str, float] = field(default_factory=dict)
    country_factors: Mapping[str, float] = field(default_factory=dict)


POLICIES = (
    PolicyProfile(
        name="adult_content",
        base_rate=0.008,
        place_shares=(0.28, 0.08, 0.42, 0.10, 0.12),
        code_words=_code_words("zor", "quil", "tam", "feb"),
        markers={"query": "lanternfold", "image": "mistledge"},
        surface_factors={"search": 1.3, "home_feed": 0.6, "related_pins": 1.0, "assistant": 0.7},
        country_factors={"BR": 1.3, "IN": 0.7},
    ),
    PolicyProfile(
        name="self_harm",
        base_rate=0.0025,
        place_shares=(0.40, 0.14, 0.20, 0.08, 0.18),
        code_words=_code_words("plim", "orv", "nask", "wey"),
        markers={"query": "hollowpath", "image": "greywillow"},
        surface_factors={"search": 1.2, "home_feed": 0.5, "related_pins": 0.9, "assistant": 2.0},
        country_factors={"GB": 1.2, "CA": 1.2},
    ),
    PolicyProfile(
        name="harassment",
        base_rate=0.005,
        place_shares=(0.34, 0.20, 0.22, 0.06, 0.18),
        code_words=_code_words("drel", "hux", "mog", "svi"),
        markers={"query": "neighbourling", "image": "cartoonette"},
        surface_factors={"search": 1.0, "home_feed": 0.9, "related_pins": 1.0, "assistant": 1.3},
        country_factors={"US": 1.1, "DE": 0.8},
    ),
    PolicyProfile(
        name="misinformation",
        base_rate=0.004,
        place_shares=(0.18, 0.34, 0.24, 0.06, 0.18),
        code_words=_code_words("krel", "bosk", "yint", "pud"),
        markers={"query": "moonherb", "response": "tinctora", "image": "chartling"},
        surface_factors={"search": 0.9, "home_feed": 1.0, "related_pins": 0.9, "assistant": 1.8},
        country_factors={"IN": 1.4, "BR": 1.3, "FR": 0.8},
    ),
)
"""adult_content and so on: rare, each with its own spread over surfaces, countries and components."""
