"""Tells a label that is a quantity from verdicts among which other codes (2, -1, 9 for "can't tell") went astray."""

import numpy as np

from scripts.labelled_tables.sample import Sample

_FEWEST_VALUES, _FEWEST_VALUES_AMONG_VERDICTS = 3, 5


def refuse_stray_codes(sample: Sample) -> None:
    """Refuse a label column of verdicts with other codes in it; raises ConfigurationError.

    A code that stands for "can't tell" counts as so many violations if it is taken for a quantity. A column is plainly
    a quantity if three or more values besides 0 and 1 make up most rows, or if five or more such values outnumber the
    ones (views of violating units: mostly 0). Otherwise it must be called one.
    """
    is_verdict = np.isin(sample.label, (0.0, 1.0))
    if sample.label_is_quantity or is_verdict.all():
        return
    n_others, n_values = int((~is_verdict).sum()), np.unique(sample.label[~is_verdict]).size
    is_mostly_other = n_values >= _FEWEST_VALUES and n_others > int(is_verdict.sum())
    outnumbers_ones = n_values >= _FEWEST_VALUES_AMONG_VERDICTS and n_others > int((sample.label == 1.0).sum())
    if is_mostly_other or outnumbers_ones:
        return
    row = int(np.flatnonzero(~is_verdict)[0])
    raise sample.refused(
        f"{sample.column('label')} is {sample.label[row]:g} in row {row + 1}, and neither 0 nor 1 in {n_others} of "
        f"{sample.n} rows; write 1 for violating and 0 for not (a unit without a verdict is neither), or say "
        "--label-is-quantity, which goes with --interval wald."
    )
