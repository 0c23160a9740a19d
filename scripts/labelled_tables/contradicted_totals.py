"""Refuses known totals that the weights of the sample contradict."""

from collections.abc import Iterator

import numpy as np

from lib.estimation.designs.analysis_design import LinearisedDesign
from lib.estimation.functionals import FloatArray, Total
from scripts.labelled_tables.design_choice import named_refusal
from scripts.labelled_tables.known_sizes import known_units
from scripts.labelled_tables.sample import Sample

MOST_STANDARD_ERRORS = 6.0
MOST_TIMES = 2.0


def refuse_contradicted_totals(sample: Sample, design: LinearisedDesign) -> None:
    """Refuse a known total T from which the Horvitz-Thompson total T̂ = Σ w v is far; raises ConfigurationError.

    Far is both more than 6 standard errors (under the sample's own design) and a factor of 2: noise is ruled out by the
    one, and by the other what an estimator with known totals is there to mend, such as a frame that is somewhat old.
    A total in the wrong unit, of another day, or weights that were rescaled, are further off.

    Args:
        sample: the sample with its known totals
        design: its analysis design, with weights as they were given

    """
    for option, values, known in _known_totals(sample):
        total = Total(values)
        try:
            std_error = float(np.sqrt(max(0.0, design.covariance([total])[0, 0])))
        except ValueError as error:
            raise named_refusal(sample, error) from None
        found = total.value(design.weights)
        is_near = min(found * MOST_TIMES, found / MOST_TIMES) <= known <= max(found * MOST_TIMES, found / MOST_TIMES)
        if is_near or abs(found - known) <= MOST_STANDARD_ERRORS * std_error:
            continue
        weights = next((name for name in ("inclusion_probability", "weight") if name in sample.options), "stratum_size")
        raise sample.refused(
            f"{option} is {known:g}, but by {sample.column(weights)} the sample adds up to {found:g} with a standard "
            f"error of {std_error:.2g}; correct {option}, or give weights that add up to the population."
        )


def _known_totals(sample: Sample) -> Iterator[tuple[str, FloatArray, float]]:
    """Yield each known total: the option that gives it, v of the sampled units, T."""
    if (units := known_units(sample)) is not None:
        is_given = sample.population_size is not None
        name = "--population-size" if is_given else f"the sum of {sample.column('stratum_size')} over strata"
        yield name, np.ones(sample.n), units
    if sample.exposure_total is not None:
        yield "--exposure-total", sample.exposure, sample.exposure_total
    if sample.auxiliary is not None and sample.auxiliary_total is not None:
        # Beside an audit the total is of exposure x auxiliary, as the label ladder has it.
        by = sample.exposure if sample.audit_label is not None else np.ones(sample.n)
        yield "--auxiliary-total", by * sample.auxiliary, sample.auxiliary_total
