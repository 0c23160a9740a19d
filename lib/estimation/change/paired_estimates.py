"""Difference and ratio of two estimates from any design that knows their covariance."""

import math
from dataclasses import dataclass

from lib.estimation.design_estimates import DesignEstimates


@dataclass(frozen=True)
class PairedChange:
    """Two estimates of the same thing and how they differ.

    Attributes:
        before: estimate of the first period
        after: estimate of the second period
        std_error_before: its standard error
        std_error_after: its standard error
        covariance: of the two estimates
        difference: after - before
        std_error: standard error of the difference
        ratio: after / before; None if before is 0
        ratio_std_error: standard error of the ratio by linearisation; None if there is no ratio

    """

    before: float
    after: float
    std_error_before: float
    std_error_after: float
    covariance: float
    difference: float
    std_error: float
    ratio: float | None
    ratio_std_error: float | None

    @property
    def correlation(self) -> float:
        """Correlation of the two estimates, for the square-root rule; 0 if one of them has no variance."""
        scale = self.std_error_before * self.std_error_after
        return max(-1.0, min(1.0, self.covariance / scale)) if scale > 0.0 else 0.0


def paired_change(estimates: DesignEstimates) -> PairedChange:
    """Return the change from the first to the second of two estimates.

        V(after - before) = V1 + V2 - 2·C        V(after/before) = (V2 - 2·r·C + r²·V1) / before²,   r = after/before

    Särndal, Swensson & Wretman (1992), section 9.9, for the difference; Woodruff (1971) for the ratio. The covariance
    is that of the design: panels through clusters, coordinated samples, two domains of one sample.

    Args:
        estimates: exactly two estimates, the earlier one first, with their covariance

    Returns:
        difference and ratio with standard errors

    Raises:
        ValueError: there are not exactly two estimates

    """
    if len(estimates.values) != 2:
        raise ValueError(f"A change is between two estimates, not {len(estimates.values)}; give the earlier one first.")
    before, after = (float(value) for value in estimates.values)
    se_before, se_after = (float(value) for value in estimates.std_errors)
    difference = estimates.contrast([[-1.0, 1.0]])
    ratio, ratio_std_error = None, None
    if before != 0.0 and not math.isnan(before):
        ratio = after / before
        linear = estimates.transformed([ratio], [[-ratio / before, 1.0 / before]])
        ratio_std_error = float(linear.std_errors[0])
    return PairedChange(
        before=before,
        after=after,
        std_error_before=se_before,
        std_error_after=se_after,
        covariance=float(estimates.covariance[0, 1]),
        difference=float(difference.values[0]),
        std_error=float(difference.std_errors[0]),
        ratio=ratio,
        ratio_std_error=ratio_std_error,
    )
