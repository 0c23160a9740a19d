"""Votes of raters on items: the plain long table, and what the coefficients read of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from lib.estimation.designs.unit_columns import weight_column
from lib.estimation.functionals import BoolArray, FloatArray

IndexArray = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Ratings:
    """At most one category per item and rater; a vote that is missing has no row.

    Attributes:
        items: names of the items, sorted
        raters: names of the raters, sorted
        categories: names of the categories, in their order
        item: index of the item, one entry a vote
        rater: index of the rater, one entry a vote
        category: index of the category, one entry a vote

    """

    items: npt.NDArray[Any]
    raters: npt.NDArray[Any]
    categories: npt.NDArray[Any]
    item: IndexArray
    rater: IndexArray
    category: IndexArray

    @classmethod
    def from_votes(
        cls,
        item: Sequence[Any] | npt.NDArray[Any],
        rater: Sequence[Any] | npt.NDArray[Any],
        category: Sequence[Any] | npt.NDArray[Any],
        *,
        categories: Sequence[Any] | None = None,
    ) -> "Ratings":
        """Return the ratings of a long table of votes.

        Args:
            item: what was rated, one entry a vote
            rater: who rated, one entry a vote
            category: the vote; all numbers, or all texts
            categories: all categories there are, in their order; None for those that occur, sorted

        Returns:
            the ratings

        Raises:
            ValueError: the columns differ in length, there is no vote, a rater votes twice on an item, or a vote is not
                among `categories`

        """
        if not len(item) == len(rater) == len(category):
            raise ValueError(
                f"item, rater, category: {len(item)}, {len(rater)} and {len(category)} entries; give one each a vote."
            )
        if len(item) == 0:
            raise ValueError("item: there is no vote; agreement needs items with two votes.")
        items, item_index = np.unique(np.asarray(item), return_inverse=True)
        raters, rater_index = np.unique(np.asarray(rater), return_inverse=True)
        names, category_index = np.unique(np.asarray(category), return_inverse=True)
        if categories is not None:
            order = {name: index for index, name in enumerate(categories)}
            unknown = [name for name in names.tolist() if name not in order]
            if unknown:
                raise ValueError(
                    f"category: {unknown[0]!r} is not among {list(categories)}; mend the vote or the list."
                )
            category_index = np.array([order[name] for name in names.tolist()], dtype=np.intp)[category_index]
            names = np.asarray(categories)
        votes = item_index * raters.size + rater_index
        distinct, counts = np.unique(votes, return_counts=True)
        if distinct.size < votes.size:
            twice = int(distinct[np.argmax(counts > 1)])
            raise ValueError(
                f"rater: {raters.tolist()[twice % raters.size]!r} has {int(counts.max())} votes on item "
                f"{items.tolist()[twice // raters.size]!r}; keep one."
            )
        return cls(items, raters, names, item_index, rater_index, category_index)

    @cached_property
    def counts(self) -> FloatArray:
        """r_ik, votes of item i for category k: (items, categories)."""
        size = self.items.size * self.categories.size
        flat = np.bincount(self.item * self.categories.size + self.category, minlength=size)
        return flat.reshape(self.items.size, self.categories.size).astype(np.float64)

    @cached_property
    def n_votes(self) -> FloatArray:
        """r_i, votes of each item."""
        votes: FloatArray = self.counts.sum(axis=1)
        return votes

    @property
    def is_pairable(self) -> BoolArray:
        """Whether an item has two votes or more."""
        return self.n_votes >= 2.0

    @cached_property
    def category_values(self) -> FloatArray:
        """The categories as numbers; ranks 0, 1, ... where they are texts."""
        if np.issubdtype(self.categories.dtype, np.number):
            return self.categories.astype(np.float64)
        return np.arange(self.categories.size, dtype=np.float64)

    def item_weights(self, weight: npt.ArrayLike) -> FloatArray:
        """Return the weight of each item from a column of the long table, the same for all votes on the item.

        Raises:
            ValueError: a weight is not above 0, or differs between the votes on an item

        """
        column = weight_column(weight, "weight", self.item.size)
        of_item = np.empty(self.items.size)
        of_item[self.item] = column
        differs = np.flatnonzero(of_item[self.item] != column)
        if differs.size:
            item = self.item[differs[0]]
            name = self.items.tolist()[item]
            raise ValueError(
                f"weight: {column[differs[0]]:g} and {of_item[item]:g} for item {name!r}; it is a figure of the item: "
                "give all votes on it the same."
            )
        return of_item

    def of_rater(self, rater: int) -> FloatArray:
        """Which category rater number `rater` gave each item: (items, categories), a row of zeros for none."""
        votes = np.zeros_like(self.counts)
        is_hers = self.rater == rater
        votes[self.item[is_hers], self.category[is_hers]] = 1.0
        return votes
