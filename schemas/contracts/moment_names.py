"""Names of the additive moments of the label ladder, shared by the table, Spark and the statistics.

A unit on rung a of the ladder carries a small vector z_a, every entry times the segment's indicator:
rung 1: (label_1, exposure, score) = (x·y1, x, x·s); rung 2: (label_2, label_1) = (x·y2, x·y1);
rung 3: (label_3, label_2) = (x·y3, x·y2). y1 is the label of the FIRST rung in use.
P_a is the cumulative probability of reaching rung a.
"""

from collections.abc import Iterable
from itertools import combinations_with_replacement

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


COUNT_COLUMNS = tuple(
    name for rung in RUNG_VARIABLES for name in (f"n_{rung}", f"n_positive_{rung}", f"n_missing_{rung}")
)
SUM_COLUMNS = (
    "population_size",
    "exposure_total",
    "score_total",
    *(sum_column(rung, variable) for rung, variables in RUNG_VARIABLES.items() for variable in variables),
    *(product_column(*pair) for pair in product_pairs()),
    *(f"sum_{power}_{rung}" for rung in RUNG_VARIABLES for power in ("weight", "squared_weight")),
)
MAX_COLUMNS = ("largest_weight",)
