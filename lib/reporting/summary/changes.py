"""What changed against the week before, and which of it is real, judged over every number that is looked at."""

from collections.abc import Sequence
from dataclasses import dataclass

from lib.estimation.change.difference import Change
from lib.estimation.change.false_discoveries import judged_changes
from lib.reporting.change_verdicts import ChangeState, compared, rounded, state_of
from lib.reporting.estimates import Estimate
from lib.reporting.numbers import Numbers


@dataclass(frozen=True)
class WeekChange:
    """A number against the week before; `change` has the range it is judged by, None if it cannot be judged."""

    estimate: Estimate
    before: Estimate | None
    state: ChangeState
    change: Change | None
    text: str

    @property
    def is_judged(self) -> bool:
        """Whether it is one of the numbers that are compared."""
        return self.change is not None


def week_changes(numbers: Numbers, estimates: Sequence[Estimate]) -> list[WeekChange]:
    """Return how each of `estimates` stands to the week before, those without a figure left out.

    All that can be compared, of every policy and place, is one family: of the changes that are called real at most
    1 - level are expected to be none (`judged_changes`). A changed policy text is no change, and is said instead.
    """
    shown = [estimate for estimate in estimates if estimate.figure is not None]
    found = [compared(e, numbers.before(e), breaks=numbers.breaks) for e in shown]
    family = [c.change for c in found if c.change is not None and c.obstacle is None]
    judged = iter(judged_changes(family, confidence_level=numbers.confidence_level))
    changes = []
    for estimate, comparison in zip(shown, found, strict=True):
        before = numbers.before(estimate)
        if comparison.obstacle is not None:
            changes.append(WeekChange(estimate, before, comparison.obstacle, None, comparison.text))
        else:
            change = rounded(next(judged).change)
            changes.append(WeekChange(estimate, before, state_of(change), change, comparison.text))
    return changes
