"""Going up, going down, or no clear change: a number against the same one of the period before."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from lib.estimation.change.difference import Change, change_between
from lib.estimation.change.false_discoveries import widened
from lib.reporting import figures
from lib.reporting.breaks import Break
from lib.reporting.estimates import Estimate

ChangeState = Literal["up", "down", "unclear", "not_comparable", "unknown"]

NO_EARLIER: Final = "There is no earlier figure."
CHANGE_TITLES: Final[dict[ChangeState, str]] = {
    "up": "Up",
    "down": "Down",
    "unclear": "No clear change",
    "not_comparable": "Not comparable",
    "unknown": "Change not known",
}


@dataclass(frozen=True)
class ChangeVerdict:
    """The verdict, the change with its range where both figures are shown, and what there is to say about it."""

    state: ChangeState
    change: Change | None
    text: str


@dataclass(frozen=True)
class Comparison:
    """A number beside the same one of the period before, judged by nothing yet.

    Args:
        change: with its range at the level of the figures' intervals; None where one of them is not shown
        obstacle: why nothing can be said of the change; None if it can be judged
        text: the obstacle in a sentence, or what else there is to say

    """

    change: Change | None
    obstacle: Literal["not_comparable", "unknown"] | None
    text: str


def compared(now: Estimate, before: Estimate | None, *, breaks: Sequence[Break]) -> Comparison:
    """Return how a number stands to the one of the period before, before any allowance for how many are compared.

    Units are per day, so two periods have none in common. A panel of people may be in both; that only makes the change
    better known than its range says.

    Args:
        now: a number whose figure is shown.
        before: the same of the period before; None if there is none.
        breaks: the breaks of the page.

    """
    if before is None:
        return Comparison(None, "unknown", NO_EARLIER)
    if now.figure is None or before.figure is None:
        why = "has too few labels" if before.is_too_few else "is held"
        return Comparison(None, "unknown", f"The figure before {why}.")
    change = change_between(now.figure, before.figure)
    between = [known for known in breaks if known.concerns(now.policy) and before.first_day < known.ds <= now.last_day]
    changed = [known for known in between if known.kind == "policy"]
    prompts = [known for known in between if known.kind == "prompt"]
    if sum(n > 0 for n in now.n_labels.values()) == 1:
        changed += prompts
    if changed:
        what = "policy text" if changed[0].kind == "policy" else "prompt"
        return Comparison(change, "not_comparable", f"The {what} changed on {figures.day(changed[0].ds)}.")
    return Comparison(change, None, f"The prompt changed on {figures.day(prompts[0].ds)}." if prompts else "")


def change_verdict(
    now: Estimate, before: Estimate | None, *, breaks: Sequence[Break], n_compared: int, confidence_level: float
) -> ChangeVerdict:
    """Return how a number stands to the one of the period before.

    A page that compares twenty policies each week would find one of them `up` by chance alone. The range of the change
    is therefore widened (Bonferroni) until it holds for all `n_compared` numbers at once: both of its arms by the ratio
    of the normal quantiles. `up` and `down` are said only where it leaves out zero.

    Args:
        now: a number whose figure is shown.
        before: the same of the period before; None if there is none.
        breaks: the breaks of the page.
        n_compared: numbers that are compared side by side, at least 1.
        confidence_level: level of the figures' intervals, in (0, 1).

    """
    comparison = compared(now, before, breaks=breaks)
    if comparison.change is None:
        return ChangeVerdict("unknown", None, comparison.text)
    change = rounded(widened(comparison.change, share=1 / n_compared, confidence_level=confidence_level))
    return ChangeVerdict(comparison.obstacle or state_of(change), change, comparison.text)


def state_of(change: Change) -> ChangeState:
    """Return `up` or `down` if the range leaves out zero, else `unclear`."""
    if not change.is_beyond_error:
        return "unclear"
    return "up" if change.difference > 0 else "down"


def rounded(change: Change) -> Change:
    """Return the change as pages hold it."""
    return Change(*(figures.rounded(value) for value in (change.difference, change.low, change.high)))
