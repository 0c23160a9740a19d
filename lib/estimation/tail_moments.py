"""Additive moments of the weights of violations, and of those that the rung below missed: what skews an estimate."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class TailMoments:
    """Moments of the units on one rung, as if it were the last one in use.

    x is exposure, s the score (0 if missing), v the rung's own verdict, P the cumulative probability of it. "Unflagged"
    are the units that the first rung did not call violating, on the first rung itself all units; what is violating
    among them was missed below.

    Attributes:
        n_unflagged: units
        unflagged_weight: Σ x/P over the same units
        unflagged_score: Σ s over the same units
        unflagged_weight_by_score: Σ (x/P)·s over the same units
        n_missed: units with v = 1 among them
        missed_total: Σ x·v/P
        missed_square: Σ (x·v/P)²
        positive_total: Σ x/P over all units on the rung with v = 1
        positive_square: Σ (x/P)² over the same units

    """

    n_unflagged: int
    unflagged_weight: float
    unflagged_score: float
    unflagged_weight_by_score: float
    n_missed: int
    missed_total: float
    missed_square: float
    positive_total: float
    positive_square: float

    @property
    def mean_weight(self) -> float:
        """Mean x/P of an unflagged unit: the weight of the next missed violation if the score does not foresee it."""
        return self.unflagged_weight / self.n_unflagged if self.n_unflagged else 0.0

    @property
    def score_weight(self) -> float:
        """The same mean with the scores as weights: if the score foresees it; `mean_weight` without scores."""
        if not self.unflagged_score > 0.0:
            return self.mean_weight
        return self.unflagged_weight_by_score / self.unflagged_score

    @property
    def has_violating_exposure(self) -> bool:
        """Whether a violation was found that carries any exposure: one that nobody viewed carries no views."""
        return self.positive_square > 0.0

    @classmethod
    def from_values(cls, values: Mapping[str, float]) -> "TailMoments":
        """Take the fields by name from `values`."""
        counts = {name: int(values[name]) for name in TAIL_FIELDS if name.startswith("n_")}
        sums = {name: float(values[name]) for name in TAIL_FIELDS if name not in counts}
        return cls(**counts, **sums)  # type: ignore[arg-type]  # mypy cannot tell the two kinds of field apart

    @classmethod
    def from_units(
        cls, *, exposure: FloatArray, score: FloatArray, first_label: FloatArray, label: FloatArray, weight: FloatArray
    ) -> "TailMoments":
        """Compute the moments of one rung above the first; for the first, pass a `first_label` of zeros.

        Args:
            exposure: x of the units on the rung
            score: s of the same units, 0 where there is none
            first_label: y of the first rung in use
            label: v of this rung
            weight: 1/P

        """
        is_unflagged = (first_label < 1.0).astype(np.float64)
        is_positive = (label == 1.0).astype(np.float64)
        share = exposure * weight
        unflagged, found = is_unflagged * share, is_positive * share
        return cls(
            n_unflagged=int(is_unflagged.sum()),
            unflagged_weight=float(unflagged.sum()),
            unflagged_score=float((is_unflagged * score).sum()),
            unflagged_weight_by_score=float((unflagged * score).sum()),
            n_missed=int((is_unflagged * is_positive).sum()),
            missed_total=float((unflagged * is_positive).sum()),
            missed_square=float((unflagged * found).sum()),
            positive_total=float(found.sum()),
            positive_square=float((found**2).sum()),
        )

    def __add__(self, other: "TailMoments") -> "TailMoments":
        """Add independent strata or days."""
        return TailMoments(*(getattr(self, name) + getattr(other, name) for name in TAIL_FIELDS))


TAIL_FIELDS = tuple(field.name for field in fields(TailMoments))
