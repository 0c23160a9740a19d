"""Known population totals and the sample's values of the same variables."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lib.estimation.functionals import FloatArray

_MARGINS_AGREE_WITHIN = 1e-9


@dataclass(frozen=True, eq=False)
class KnownTotals:
    """Auxiliary variables of the sampled units with their totals over the population.

    Attributes:
        names: one name a variable; a category of a margin is "margin=category"
        values: x of shape (units, variables)
        totals: Σ_U x, one a variable, in the unit of `values`

    Raises:
        ValueError: a value or total is not finite, or a variable is 0 on every sampled unit but its total is not

    """

    names: tuple[str, ...]
    values: FloatArray
    totals: FloatArray

    def __post_init__(self) -> None:
        """Refuse what no weights could meet."""
        for name, column, total in zip(self.names, self.values.T, self.totals, strict=True):
            if not np.all(np.isfinite(column)):
                raise ValueError(f"Auxiliary variable {name!r} has missing or infinite values; impute or drop it.")
            if not np.isfinite(total):
                raise ValueError(f"The known total of {name!r} is {total}; give a finite number.")
            if total != 0.0 and not np.any(column):
                raise ValueError(
                    f"No sampled unit has {name!r}, but its known total is {total:g}: no weights can meet it; "
                    "merge it with another category or drop it."
                )

    @classmethod
    def of(cls, values: Mapping[str, FloatArray], totals: Mapping[str, float]) -> "KnownTotals":
        """Pair variables and totals by name.

        Args:
            values: x of the sampled units by variable; a vector of ones stands for the population size
            totals: Σ_U x by the same names

        Returns:
            the pairs, in the order of `values`

        Raises:
            ValueError: the names differ, the lengths differ, or there is nothing to calibrate to

        """
        if unpaired := sorted(set(values) ^ set(totals)):
            raise ValueError(f"Known totals and sample values must have the same names; unpaired: {unpaired}.")
        if not values:
            raise ValueError("Calibration needs at least one known total.")
        columns = [np.asarray(column, dtype=np.float64) for column in values.values()]
        if len({column.shape for column in columns}) > 1:
            lengths = {name: len(column) for name, column in zip(values, columns, strict=True)}
            raise ValueError(f"Auxiliary variables must have one value a sampled unit; lengths: {lengths}.")
        return cls(tuple(values), np.stack(columns, axis=1), np.array([totals[name] for name in values], dtype=float))

    @classmethod
    def of_margins(cls, labels: Mapping[str, Sequence[str]], sizes: Mapping[str, Mapping[str, float]]) -> "KnownTotals":
        """Turn categorical margins into indicators and their population sizes.

        Args:
            labels: category of every sampled unit, by margin
            sizes: population size by category, by the same margins

        Returns:
            one variable a category; categories of size 0 without sampled units are left out

        Raises:
            ValueError: margins differ in name or in their sum, a sampled category has no size, or a category has no
                sampled unit

        """
        if unpaired := sorted(set(labels) ^ set(sizes)):
            raise ValueError(f"Margins need both labels and sizes; unpaired: {unpaired}.")
        sums = {margin: float(sum(by_category.values())) for margin, by_category in sizes.items()}
        if sums and max(sums.values()) - min(sums.values()) > _MARGINS_AGREE_WITHIN * max(sums.values()):
            raise ValueError(f"Margins must add up to the same population size; they add up to {sums}.")
        values: dict[str, FloatArray] = {}
        totals: dict[str, float] = {}
        for margin, categories in labels.items():
            for category, size in categories_with_units(margin, categories, sizes[margin]).items():
                name = f"{margin}={category}"
                values[name] = np.array([label == category for label in categories], dtype=np.float64)
                totals[name] = size
        return cls.of(values, totals)

    def joined(self, other: "KnownTotals") -> "KnownTotals":
        """Return both sets of totals; redundant variables are allowed if they agree."""
        if shared := sorted(set(self.names) & set(other.names)):
            raise ValueError(f"Known totals {shared} are given twice; keep one of them.")
        return KnownTotals(
            self.names + other.names,
            np.concatenate([self.values, other.values], axis=1),
            np.concatenate([self.totals, other.totals]),
        )


def categories_with_units(
    margin: str, labels: Sequence[str], sizes: Mapping[str, float], *, is_partial: bool = False
) -> dict[str, float]:
    """Check the population sizes of a classification against the sample.

    Args:
        margin: name of the classification, for messages
        labels: category of every sampled unit
        sizes: population size by category, > 0 (0 only where nothing was sampled)
        is_partial: leave out categories without sampled units instead of refusing them; estimates are then about the
            rest of the population only

    Returns:
        sizes of the categories that have sampled units, in the order of `sizes`

    Raises:
        ValueError: a sampled category has no positive size, or a category is empty in the sample

    """
    sampled = Counter(labels)
    if unknown := sorted(str(label) for label in sampled if not sizes.get(label, 0.0) > 0.0):
        raise ValueError(f"Sampled categories of {margin!r} without a positive population size: {unknown}.")
    empty = sorted(str(label) for label, size in sizes.items() if label not in sampled and size != 0.0)
    if empty and not is_partial:
        raise ValueError(f"Categories of {margin!r} without a sampled unit: {empty}; merge them with others.")
    return {label: float(size) for label, size in sizes.items() if label in sampled}
