"""Sums over sampled units held in memory: the entries of `LadderMoments` before any roll-up."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lib.estimation.tail_moments import TailMoments

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class UnitLadder:
    """The units of one domain on their ladder: arrays over units, one entry of a tuple a rung.

    Attributes:
        exposure: x
        score: s, 0 where there is none
        labels: y_a, NaN where the unit is not on the rung
        reached: whether the unit is on the rung
        is_counted: whether it is, with a verdict of its own
        probabilities: P_a, read where the unit is on the rung

    """

    exposure: FloatArray
    score: FloatArray
    labels: tuple[FloatArray, ...]
    reached: tuple[BoolArray, ...]
    is_counted: tuple[BoolArray, ...]
    probabilities: tuple[FloatArray, ...]

    @classmethod
    def of(
        cls,
        *,
        exposure: npt.ArrayLike,
        score: npt.ArrayLike | None,
        verdicts: Sequence[npt.ArrayLike],
        probabilities: Sequence[npt.ArrayLike],
        is_imputed: Sequence[npt.ArrayLike] | None,
        is_in_domain: npt.ArrayLike | None,
    ) -> "UnitLadder":
        """Check the arguments of `LadderMoments.from_units` and keep the units of the domain; raises ValueError."""
        inside = slice(None) if is_in_domain is None else np.asarray(is_in_domain, dtype=bool)
        x = np.asarray(exposure, dtype=np.float64)[inside]
        s = np.zeros_like(x) if score is None else np.asarray(score, dtype=np.float64)[inside]
        labels = tuple(np.asarray(verdict, dtype=np.float64)[inside] for verdict in verdicts)
        p = tuple(np.asarray(probability, dtype=np.float64)[inside] for probability in probabilities)
        reached = tuple(~np.isnan(label) for label in labels)
        imputed = [np.zeros(x.size, dtype=bool)] * len(labels)
        if is_imputed is not None:
            imputed = [np.asarray(mask, dtype=bool)[inside] for mask in is_imputed]
        counted = tuple(here & ~mask for here, mask in zip(reached, imputed, strict=True))
        _check_ladder(reached, p)
        return cls(x, np.where(np.isnan(s), 0.0, s), labels, reached, counted, p)

    def sums(self) -> FloatArray:
        """Σ_Sa z/P_a in the order of `ladder_variables`."""
        per_rung = [
            np.einsum("in,n->i", z[:, here], 1.0 / probability[here])
            for z, here, probability in zip(self._variables(), self.reached, self.probabilities, strict=True)
        ]
        return np.concatenate(per_rung)

    def products(self) -> FloatArray:
        """Σ_Sb z_a z_b' (1/P_a - 1)/P_b for every pair of rungs a <= b, as one symmetric matrix."""
        z = self._variables()
        starts = np.cumsum([0, *(len(variables) for variables in z)])
        products = np.zeros((starts[-1], starts[-1]))
        for b, here in enumerate(self.reached):
            for a in range(b + 1):
                factor = (1.0 / self.probabilities[a][here] - 1.0) / self.probabilities[b][here]
                # einsum, not @: BLAS would start threads for these thin matrices, ten times slower on a busy host
                block = np.einsum("in,jn->ij", z[a][:, here] * factor, z[b][:, here])
                products[starts[a] : starts[a + 1], starts[b] : starts[b + 1]] = block
                products[starts[b] : starts[b + 1], starts[a] : starts[a + 1]] = block.T
        return products

    def n(self) -> tuple[int, ...]:
        """Units with a verdict, per rung."""
        return tuple(int(here.sum()) for here in self.is_counted)

    def n_positive(self) -> tuple[int, ...]:
        """Units with a violating verdict, per rung."""
        pairs = zip(self.labels, self.is_counted, strict=True)
        return tuple(int((label[here] > 0.0).sum()) for label, here in pairs)

    def sum_weight(self) -> tuple[float, ...]:
        """Σ 1/P per rung."""
        return tuple(float(weight.sum()) for weight in self._weights())

    def sum_squared_weight(self) -> tuple[float, ...]:
        """Σ 1/P² per rung."""
        return tuple(float((weight**2).sum()) for weight in self._weights())

    def largest_weight(self) -> float:
        """Largest x/P seen on the last rung, in the unit of exposure; 0 if no unit is there."""
        return float((self.exposure[self.reached[-1]] * self._weights()[-1]).max(initial=0.0))

    def tails(self) -> tuple[TailMoments, ...]:
        """What an interval needs besides, per rung."""
        tails = []
        for rung, (here, weight) in enumerate(zip(self.reached, self._weights(), strict=True)):
            own = np.where(self.is_counted[rung], self.labels[rung], 0.0)[here]
            first = self.labels[0][here] if rung > 0 else np.zeros(own.size)
            tails.append(
                TailMoments.from_units(
                    exposure=self.exposure[here], score=self.score[here], first_label=first, label=own, weight=weight
                )
            )
        return tuple(tails)

    def _weights(self) -> list[FloatArray]:
        return [1.0 / probability[here] for here, probability in zip(self.reached, self.probabilities, strict=True)]

    def _variables(self) -> list[FloatArray]:
        """Vectors z of every rung, variables × units; 0 where the unit is not on the rung."""
        x = self.exposure
        weighted = [x * np.where(here, label, 0.0) for here, label in zip(self.reached, self.labels, strict=True)]
        above = [np.stack([weighted[rung], weighted[rung - 1]]) for rung in range(1, len(self.labels))]
        return [np.stack([weighted[0], x, x * self.score]), *above]


def _check_ladder(reached: Sequence[BoolArray], probabilities: Sequence[FloatArray]) -> None:
    for rung, (here, probability) in enumerate(zip(reached, probabilities, strict=True), start=1):
        if not np.all((probability[here] > 0.0) & (probability[here] <= 1.0)):
            raise ValueError(f"Rung {rung}: a cumulative probability of a unit with a verdict is outside (0, 1].")
        if rung > 1 and np.any(here & ~reached[rung - 2]):
            raise ValueError(f"Rung {rung}: a unit has a verdict but none on rung {rung - 1}.")
