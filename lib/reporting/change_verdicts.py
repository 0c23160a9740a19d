"""Going up, going down, or no clear change: a number against the same one of the period before."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from scipy import stats

from lib.estimation.change.difference import Change, change_between
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
    if before is None:
        return ChangeVerdict("unknown", None, NO_EARLIER)
    if now.figure is None or before.figure is None:
        why = "has too few labels" if before.is_too_few else "is held"
        return ChangeVerdict("unknown", None, f"The figure before {why}.")
    change = _for_all(
        change_between(now.figure, before.figure), n_compared=n_compared, confidence_level=confidence_level
    )
    between = [known for known in breaks if known.concerns(now.policy) and before.first_day < known.ds <= now.last_day]
    changed = [known for known in between if known.kind == "policy"]
    if sum(n > 0 for n in now.n_labels.values()) == 1:
        changed += [known for known in between if known.kind == "prompt"]
    if changed:
        what = "policy text" if changed[0].kind == "policy" else "prompt"
        return ChangeVerdict("not_comparable", change, f"The {what} changed on {figures.day(changed[0].ds)}.")
    state: ChangeState = "unclear"
    if change.is_beyond_error:
        state = "up" if change.difference > 0 else "down"
    prompts = [known for known in between if known.kind == "prompt"]
    return ChangeVerdict(state, change, f"The prompt changed on {figures.day(prompts[0].ds)}." if prompts else "")


def _for_all(change: Change, *, n_compared: int, confidence_level: float) -> Change:
    """Return the change with the range that holds for `n_compared` changes at once."""
    tail = (1 - confidence_level) / 2
    factor = float(stats.norm.isf(tail / n_compared) / stats.norm.isf(tail))
    return Change(
        difference=figures.rounded(change.difference),
        low=figures.rounded(change.difference - factor * (change.difference - change.low)),
        high=figures.rounded(change.difference + factor * (change.high - change.difference)),
    )
