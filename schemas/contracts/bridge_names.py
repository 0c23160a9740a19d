"""Names of the sums of a bridge study, shared by Spark and the statistics.

A unit labelled under an old and a new version carries z = (gained, lost, kept, exposure): its exposure x, and x times
the indicators that only the new verdict is violating, only the old one, both.
"""

from itertools import combinations_with_replacement

BRIDGE_VARIABLES = ("gained", "lost", "kept", "exposure")
BRIDGE_COUNTS = ("n_units", "n_gained", "n_lost", "n_kept", "n_missing")
BRIDGE_WEIGHTS = ("sum_weight", "sum_squared_weight")
BRIDGE_MAXIMUM = "largest_weight"


def bridge_sum(variable: str) -> str:
    """Column of Σ z/P."""
    return f"sum_{variable}"


def bridge_product(first: str, second: str) -> str:
    """Column of Σ z z'(1/P - 1)/P: what the choice of the units adds to the variance."""
    return f"product_{first}__{second}"


def bridge_process_product(first: str, second: str) -> str:
    """Column of Σ z z'/P: what the finite number of units adds, where the shift is used on other days."""
    return f"process_product_{first}__{second}"


def bridge_pairs() -> list[tuple[str, str]]:
    """Every pair of variables whose products are summed."""
    return list(combinations_with_replacement(BRIDGE_VARIABLES, 2))
