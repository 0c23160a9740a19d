"""One plain verdict on every number: can it be read as it stands."""

from dataclasses import dataclass
from typing import Final, Literal

from lib.reporting import figures
from lib.reporting.estimates import UNIT, Estimate, Figure
from lib.reporting.gate_words import plain_reasons

TrustState = Literal["sound", "care", "held", "few", "none"]

TRUST_TITLES: Final[dict[TrustState, str]] = {
    "sound": "Sound",
    "care": "Read with care",
    "held": "Held back",
    "few": "Too few labels",
    "none": "No estimate",
}
# Beyond half of the figure to either side a range says little more than the order of magnitude.
WIDE_RANGE: Final = 0.5


@dataclass(frozen=True)
class Trust:
    """The verdict, and why in one sentence; nothing is said about a sound number."""

    state: TrustState
    text: str


NO_NUMBER: Final = Trust("none", "There is no estimate.")


def trust_in(estimate: Estimate) -> Trust:
    """Return the verdict on a number: from the gates it broke, its warnings, who judged, and how wide its range is.

    How good the labelers are and whether data checks failed is asked by the gates; a number that was released without
    an answer to that carries the warning `no_evidence`.
    """
    if estimate.is_too_few:
        return Trust("few", "There are too few labels for a figure.")
    if estimate.figure is None:
        return Trust("held", figures.sentence(plain_reasons(estimate.hold_reasons)))
    concerns = [plain_reasons([warning]) for warning in estimate.warnings]
    if estimate.component == UNIT:
        concerns += _own_concerns(estimate, estimate.figure)
    if concerns:
        return Trust("care", figures.sentence("; ".join(dict.fromkeys(concerns))))
    return Trust("sound", "")


def half_width(figure: Figure) -> float | None:
    """Return half the range over the figure: 0.2 is a range of a fifth to either side; None where nothing was found."""
    return (figure.ci_high - figure.ci_low) / (2 * figure.prevalence) if figure.prevalence > 0 else None


def _own_concerns(estimate: Estimate, figure: Figure) -> list[str]:
    concerns = []
    if sum(n > 0 for n in estimate.n_labels.values()) == 1:
        concerns.append("one kind of labeler judged and nobody checked it")
    width = half_width(figure)
    if width is None:
        concerns.append("no violation was found")
    elif width > WIDE_RANGE and not any(warning.startswith("relative_width") for warning in estimate.warnings):
        concerns.append("wide range: more than half of the figure to either side")
    return concerns
