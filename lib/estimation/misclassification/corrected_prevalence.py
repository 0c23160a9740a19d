"""A prevalence corrected for misclassification, or the reason why there is none."""

from dataclasses import dataclass

from lib.estimation.misclassification.apparent_prevalence import ApparentPrevalence
from lib.estimation.misclassification.labeler_rates import LabelerRates


@dataclass(frozen=True)
class CorrectedPrevalence:
    """True prevalence behind an apparent one.

    Attributes:
        estimate: (p + sp - 1)/(se + sp - 1), never clipped; None if the labeler is not informative or not audited
        std_error: of the estimate; None as the estimate
        low: lower limit as the method gives it; `published_interval` is within [0, 1]
        high: upper limit
        level: nominal coverage in (0, 1)
        refused: why the estimate must not be published, with the remedy; None if it may

    """

    estimate: float | None
    std_error: float | None
    low: float | None
    high: float | None
    level: float
    refused: str | None

    @property
    def published(self) -> float | None:
        """The estimate, None if refused."""
        return None if self.refused is not None else self.estimate

    @property
    def published_interval(self) -> tuple[float, float] | None:
        """The limits within [0, 1], None if refused."""
        if self.refused is not None or self.low is None or self.high is None:
            return None
        return max(0.0, self.low), min(1.0, self.high)


def uninformative(rates: LabelerRates) -> str | None:
    """Return why these rates cannot correct anything, None if they can.

    A labeler with se + sp <= 1 labels truly positive units no more often than negative ones (Youden 1950).
    """
    if rates.sensitivity is None:
        return "The audit has no truly positive unit, so sensitivity is not known: audit more units with a high score."
    if rates.specificity is None:
        return "The audit has no truly negative unit, so specificity is not known: audit more units with a low score."
    if rates.sensitivity + rates.specificity <= 1.0:
        return (
            f"Sensitivity {rates.sensitivity:.6g} and specificity {rates.specificity:.6g} add up to 1 or less: the "
            "labels say nothing about the truth; mend the labeler."
        )
    return None


def out_of_range(estimate: float, apparent: ApparentPrevalence, rates: LabelerRates) -> str | None:
    """Return why a corrected prevalence cannot be true, None if it can."""
    if estimate < 0.0 and rates.specificity is not None:
        return (
            f"The corrected prevalence is negative ({estimate:.6g}): the apparent prevalence {apparent.share:.6g} is "
            f"below the labeler's false positive rate {1.0 - rates.specificity:.6g}; label by people, or raise "
            "specificity."
        )
    if estimate > 1.0 and rates.sensitivity is not None:
        return (
            f"The corrected prevalence is above 1 ({estimate:.6g}): the apparent prevalence {apparent.share:.6g} is "
            f"above the labeler's sensitivity {rates.sensitivity:.6g}; audit again."
        )
    return None
