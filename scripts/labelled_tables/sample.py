"""The labelled sample that a command line describes: its columns, checked, and what is known of its population."""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from schemas.errors import ConfigurationError
from scripts.labelled_tables.columns import (
    ANY_NUMBER,
    INCLUSION_PROBABILITY,
    NON_NEGATIVE,
    POSITIVE,
    PROBABILITY,
    VERDICT,
    WEIGHT,
    Columns,
    FloatArray,
    Rule,
    TextArray,
)
from scripts.labelled_tables.table_file import read_table

# The options that name a column, and what its numbers must be; None for labels.
_COLUMN_RULES: Mapping[str, Rule | None] = {
    "label": ANY_NUMBER,
    "exposure": NON_NEGATIVE,
    "domain": None,
    "inclusion_probability": INCLUSION_PROBABILITY,
    "weight": WEIGHT,
    "stratum": None,
    "stratum_size": POSITIVE,
    "cluster": None,
    "cluster_size": POSITIVE,
    "auxiliary": ANY_NUMBER,
    "audit_label": VERDICT,
    "audit_probability": PROBABILITY,
}
_MAY_BE_EMPTY = ("audit_label", "audit_probability")
_REMEDIES = {
    "label": "a unit without a label is not a negative: have it labelled, or draw the sample without it",
    "weight": "every sampled unit has a weight",
    "inclusion_probability": "every sampled unit has the probability with which it was drawn",
}


@dataclass(frozen=True, eq=False)
class Sample:
    """A labelled sample: arrays with one entry a row, None where the command line names no column.

    Attributes:
        source: the file, for messages
        design: how the sample was drawn, as named on the command line
        options: column names by option, as they stand on the command line
        label: y
        exposure: x; ones without the option
        domain, stratum, cluster: labels
        inclusion_probability: π in (0, 1]; in (0, ∞) for draws with replacement
        weight: given weights
        stratum_size: units (design cluster: clusters) in the population of the row's stratum
        cluster_size: units in the population of the row's cluster
        auxiliary: a
        audit_label: h, NaN where not audited
        audit_probability: q, the probability that a sampled unit is audited
        population_size, exposure_total, auxiliary_total: known totals, None if not given
        label_is_quantity: whether the one who asks says that the label is no verdict

    """

    source: str
    design: str
    options: Mapping[str, str]
    label: FloatArray
    exposure: FloatArray
    domain: TextArray | None
    stratum: TextArray | None
    cluster: TextArray | None
    inclusion_probability: FloatArray | None
    weight: FloatArray | None
    stratum_size: FloatArray | None
    cluster_size: FloatArray | None
    auxiliary: FloatArray | None
    audit_label: FloatArray | None
    audit_probability: FloatArray | None
    population_size: float | None
    exposure_total: float | None
    auxiliary_total: float | None
    label_is_quantity: bool

    @property
    def n(self) -> int:
        """Number of sampled units."""
        return self.label.size

    @property
    def has_exposure(self) -> bool:
        """Whether units count by an exposure column."""
        return "exposure" in self.options

    @property
    def is_labelled_by_verdict(self) -> bool:
        """Whether every label is 0 or 1, and none is called a quantity."""
        return not self.label_is_quantity and bool(np.isin(self.label, (0.0, 1.0)).all())

    @property
    def why_no_verdict(self) -> str:
        """What the label is instead of a verdict, for a message."""
        if self.label_is_quantity:
            return "called a quantity (--label-is-quantity)"
        row = int(np.flatnonzero(~np.isin(self.label, (0.0, 1.0)))[0])
        return f"{self.label[row]:g} in row {row + 1}"

    def column(self, option: str) -> str:
        """Name an option's column for a message, or the option itself if it names none."""
        flag = f"--{option.replace('_', '-')}"
        return f"column `{self.options[option]}` ({flag})" if option in self.options else flag

    def refused(self, reason: str) -> ConfigurationError:
        """Return the error that refuses this sample."""
        return ConfigurationError(f"{self.source}: {reason}")


def read_sample(args: argparse.Namespace) -> Sample:
    """Read the columns that the options name; raises ConfigurationError for one that does not fit."""
    options = {option: getattr(args, option) for option in _COLUMN_RULES if getattr(args, option) is not None}
    flags: dict[str, str] = {}
    for option, column in options.items():
        flags.setdefault(column, f"--{option.replace('_', '-')}")
    table = Columns(args.input, read_table(args.input, flags))
    numbers: dict[str, FloatArray] = {}
    labels: dict[str, TextArray] = {}
    for option, column in options.items():
        flag = f"--{option.replace('_', '-')}"
        if (rule := _rule(option, args.design)) is None:
            labels[option] = table.texts(column, flag)
            continue
        remedy = None if option in _MAY_BE_EMPTY else _REMEDIES.get(option, "every sampled unit needs a value")
        numbers[option] = table.numbers(column, flag, rule, if_missing=remedy)
    sample = Sample(
        source=str(args.input),
        design=args.design,
        options=options,
        label=numbers["label"],
        exposure=numbers.get("exposure", np.ones(numbers["label"].size)),
        domain=labels.get("domain"),
        stratum=labels.get("stratum"),
        cluster=labels.get("cluster"),
        inclusion_probability=numbers.get("inclusion_probability"),
        weight=numbers.get("weight"),
        stratum_size=numbers.get("stratum_size"),
        cluster_size=numbers.get("cluster_size"),
        auxiliary=numbers.get("auxiliary"),
        audit_label=numbers.get("audit_label"),
        audit_probability=numbers.get("audit_probability"),
        population_size=args.population_size,
        exposure_total=args.exposure_total,
        auxiliary_total=args.auxiliary_total,
        label_is_quantity=args.label_is_quantity,
    )
    _refuse_contradictions(sample)
    return sample


def _rule(option: str, design: str) -> Rule | None:
    # with replacement, the expected number of draws takes the place of the probability and may exceed 1
    is_expected_draws = option == "inclusion_probability" and design == "pps_with_replacement"
    return WEIGHT if is_expected_draws else _COLUMN_RULES[option]


def _refuse_contradictions(sample: Sample) -> None:
    if sample.weight is not None and sample.inclusion_probability is not None:
        raise sample.refused(
            f"{sample.column('weight')} and {sample.column('inclusion_probability')} say the same thing twice; "
            "name one of them."
        )
    if sample.design != "pps_with_replacement" and (sample.population_size or sample.n) < sample.n:
        raise sample.refused(f"--population-size is {sample.population_size:g}, but {sample.n} units were sampled.")
    if sample.has_exposure and not sample.exposure.any():
        raise sample.refused(f"{sample.column('exposure')} is 0 in every row; a rate has no meaning without exposure.")
    if sample.exposure_total is not None and not sample.has_exposure:
        raise sample.refused("--exposure-total goes with --exposure, which is missing; units are --population-size.")
