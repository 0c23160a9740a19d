"""Every number of the page with its verdicts, and how to find it: what sections and the embedded numbers read."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from lib.reporting.breaks import Break
from lib.reporting.change_verdicts import ChangeVerdict, change_verdict
from lib.reporting.estimates import EVERYTHING, UNIT, Estimate, anchor_before, held_alike, one_per_key
from lib.reporting.trust import NO_NUMBER, Trust, trust_in

# Days are too noisy to be compared one by one, and all days have nothing before them.
COMPARED_PERIODS = ("week", "quarter")


@dataclass(frozen=True)
class View:
    """What is looked at: a period, what is counted, where, and by which estimator."""

    period: str
    anchor: date
    measure: str
    estimator: str
    segment: str = EVERYTHING
    segment_value: str = EVERYTHING


@dataclass(frozen=True)
class Number:
    """An estimate with the verdict on it; `change` is None where nothing is compared."""

    estimate: Estimate
    trust: Trust
    change: ChangeVerdict | None


class Numbers:
    """The numbers of a page, one per key."""

    def __init__(
        self, recorded: Sequence[Estimate], *, policies: Sequence[str], breaks: Sequence[Break], confidence_level: float
    ) -> None:
        """Judge every number.

        Args:
            recorded: estimates; where two designs cover parts of the same period, the one with more days counts.
            policies: every policy, in the order they are shown.
            breaks: the breaks of the page.
            confidence_level: level of the intervals, in (0, 1).

        """
        # Tables have no order, and a page that is made again is to be the same.
        in_order = sorted(recorded, key=lambda estimate: (estimate.key, estimate.design_id))
        estimates = one_per_key(held_alike(in_order))
        self.n_hidden = len(recorded) - len(estimates)
        self.policies = list(policies)
        self.breaks = list(breaks)
        self.confidence_level = confidence_level
        self._estimates = {estimate.key: estimate for estimate in estimates}
        self._n_compared = Counter(_family(estimate) for estimate in estimates if estimate.figure is not None)

    @cached_property
    def all(self) -> Sequence[Number]:
        """Every number, in the order of their keys."""
        return [self._judged(estimate) for estimate in self._estimates.values()]

    def find(self, view: View, policy: str, component: str = UNIT) -> Number | None:
        """Return the number of `policy` in a view; None if there is none."""
        where = (view.segment, view.segment_value)
        key = (view.period, view.anchor, policy, view.measure, *where, component, view.estimator)
        estimate = self._estimates.get(key)
        return None if estimate is None else self._judged(estimate)

    def estimates(self, **wanted: object) -> list[Estimate]:
        """Return the estimates whose attributes are as wanted, in their order."""
        return [
            estimate
            for estimate in self._estimates.values()
            if all(getattr(estimate, name) == value for name, value in wanted.items())
        ]

    def before(self, estimate: Estimate) -> Estimate | None:
        """Return the same number of the period before; None if there is none."""
        earlier = anchor_before(estimate.period, estimate.anchor)
        return None if earlier is None else self._estimates.get((estimate.period, earlier, *estimate.key[2:]))

    def _judged(self, estimate: Estimate) -> Number:
        return Number(estimate, trust_in(estimate), self._change(estimate))

    def _change(self, estimate: Estimate) -> ChangeVerdict | None:
        if estimate.period not in COMPARED_PERIODS or estimate.component != UNIT or estimate.figure is None:
            return None
        return change_verdict(
            estimate,
            self.before(estimate),
            breaks=self.breaks,
            n_compared=self._n_compared[_family(estimate)],
            confidence_level=self.confidence_level,
        )


def trust_of(number: Number | None) -> Trust:
    """Return the verdict on a number that may not be there."""
    return NO_NUMBER if number is None else number.trust


def segment_values(estimates: Iterable[Estimate]) -> Mapping[str, list[str]]:
    """Return every segment but `all` with its values, those with the most labels first."""
    n_labels: Counter[tuple[str, str]] = Counter()
    for estimate in estimates:
        if estimate.segment != EVERYTHING:
            place = (estimate.segment, estimate.segment_value)
            n_labels[place] = max(n_labels[place], estimate.n_first_rung)
    values: dict[str, list[str]] = {}
    for segment, value in sorted(n_labels, key=lambda place: (place[0], -n_labels[place], place[1])):
        values.setdefault(segment, []).append(value)
    return values


def _family(estimate: Estimate) -> tuple[object, ...]:
    """Return what is compared side by side: all policies, and all values of a segment."""
    key = (estimate.period, estimate.anchor, estimate.measure, estimate.estimator)
    return (*key, estimate.segment, estimate.component)
