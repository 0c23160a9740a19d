"""Names of the additive moments of the label ladder, shared by the table, Spark and the statistics.

A unit on rung a of the ladder carries a small vector z_a, every entry times the segment's indicator:
rung 1: (label_1, exposure, score) = (x·y1, x, x·s); rung 2: (label_2, label_1) = (x·y2, x·y1);
rung 3: (label_3, label_2) = (x·y3, x·y2). y1 is the label of the FIRST rung in use.
P_a is the cumulative probability of having a verdict on rung a: inclusion, the rungs' draws, and response.

What an interval needs besides is kept for every rung a as the last one in use, with v = y_a and P = P_a. A unit on
rung a is "below positive" if y1 = 1; the others are where a missed violation can be. On rung 1 these are all units.
"""

from collections.abc import Iterable
from itertools import combinations_with_replacement

# What a row is about: the verdict on the unit, or the part of it that rests on one component or on all but that one.
# A component of a violating unit is what its labeler named; a labeler that names none leaves it unspecified.
UNIT = "unit"
UNSPECIFIED = "unspecified"
COMPONENTS = ("query", "response", "image", "combination", UNSPECIFIED)
COMPLEMENT_PREFIX = "all_but_"

RUNG_VARIABLES: dict[int, tuple[str, ...]] = {
    1: ("label_1", "exposure", "score"),
    2: ("label_2", "label_1"),
    3: ("label_3", "label_2"),
}


def sum_column(rung: int, variable: str) -> str:
    """Column of Σ z / P_a over the units on `rung`."""
    return f"sum_{rung}_{variable}"


def product_column(rung_a: int, variable_a: str, rung_b: int, variable_b: str) -> str:
    """Column of Σ z_a z_b (1/P_a - 1)/P_b over the units on `rung_b`, rung_a <= rung_b."""
    return f"product_{rung_a}_{variable_a}__{rung_b}_{variable_b}"


def product_pairs() -> list[tuple[int, str, int, str]]:
    """Every (rung_a, variable_a, rung_b, variable_b) whose product is stored."""
    pairs = []
    variables: Iterable[tuple[str, str]]
    for rung_a, rung_b in combinations_with_replacement(RUNG_VARIABLES, 2):
        if rung_a == rung_b:
            variables = combinations_with_replacement(RUNG_VARIABLES[rung_a], 2)
        else:
            variables = ((a, b) for a in RUNG_VARIABLES[rung_a] for b in RUNG_VARIABLES[rung_b])
        pairs += [(rung_a, a, rung_b, b) for a, b in variables]
    return pairs


TAIL_SUMS: dict[str, str] = {
    "unflagged_weight": "Σ x/P over the units on the rung that are not below positive",
    "unflagged_score": "Σ s over the same units",
    "unflagged_weight_by_score": "Σ (x/P)·s over the same units",
    "missed_total": "Σ x·v/P over the same units",
    "missed_square": "Σ (x·v/P)² over the same units",
    "positive_total": "Σ x/P over the units on the rung with v = 1",
    "positive_square": "Σ (x/P)² over the units on the rung with v = 1",
}
TAIL_COUNTS: dict[str, str] = {
    "n_unflagged": "Units on the rung that are not below positive",
    "n_missed": "Units on the rung with v = 1 that are not below positive",
}
RESPONSE_SUMS: dict[str, str] = {
    "sum_drawn_weight": "Σ 1/P, P before this rung's response, over the units drawn to the rung",
    "sum_missing_weight": "The same over those of them without a usable verdict",
}


def rung_column(name: str, rung: int) -> str:
    """Column of a moment that is kept once a rung, for example `missed_total_2`."""
    return f"{name}_{rung}"


COUNT_COLUMNS = tuple(
    rung_column(name, rung) for rung in RUNG_VARIABLES for name in ("n", "n_positive", "n_missing", *TAIL_COUNTS)
)
SUM_COLUMNS = (
    "population_size",
    "exposure_total",
    "score_total",
    *(sum_column(rung, variable) for rung, variables in RUNG_VARIABLES.items() for variable in variables),
    *(product_column(*pair) for pair in product_pairs()),
    *(
        rung_column(name, rung)
        for rung in RUNG_VARIABLES
        for name in ("sum_weight", "sum_squared_weight", *RESPONSE_SUMS, *TAIL_SUMS)
    ),
)
MAX_COLUMNS = ("largest_weight",)
