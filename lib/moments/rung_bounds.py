"""The design's bound on the weights of the higher rungs."""

from collections.abc import Mapping, Sequence

from lib.sampling.rungs import rung_weight_bound


def rung_bounds(exposure_totals: Mapping[str, float], *, sample_sizes: Sequence[int | None]) -> dict[str, float]:
    """Measure to the largest exposure / P that the draws of the rungs above the first can make of a unit.

    `exposure_totals` is measure to its total over the day. `sample_sizes` has the expected number of units that climb
    to each of those rungs; None: all of them, which adds no weight. Σ m/P over the units labelled below is an unbiased
    estimate of the number of measures with any exposure, which stands for it here.
    """
    n_measures = float(sum(total > 0 for total in exposure_totals.values()))
    return {
        measure: max(
            (
                rung_weight_bound(0.0, exposure_total=total, mixture_weight=n_measures, sample_size=size)
                for size in sample_sizes
            ),
            default=0.0,
        )
        for measure, total in exposure_totals.items()
    }
