"""Rules for a stratum from which a single unit was sampled, so that it shows no variance of its own."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from lib.estimation.designs.sampling_stages import IntArray, NestedStage
from lib.estimation.functionals import BoolArray, FloatArray

LonelyPsuRule = Literal["fail", "remove", "certainty", "adjust", "average"]
LONELY_PSU_RULES: tuple[LonelyPsuRule, ...] = get_args(LonelyPsuRule)
_ADJUSTABLE: tuple[LonelyPsuRule, ...] = ("adjust", "average")


@dataclass(frozen=True, eq=False)
class StratumCentring:
    """How the unit totals of each stratum enter the variance: Σ_h scale_h Σ_i (t_hi - centre_h)(t_hi - centre_h)'.

    Attributes:
        centre: (strata, statistics), subtracted from the totals of the units
        scale: factor of the sum of squares, one entry a stratum

    """

    centre: FloatArray
    scale: FloatArray


def centre_strata(
    stage: NestedStage,
    unit_totals: FloatArray,
    is_unit_present: BoolArray,
    *,
    rule: LonelyPsuRule,
    adjusts_in_domains: bool,
) -> StratumCentring:
    """Return centre and scale of each stratum: its mean and (1 - n/N) n/(n - 1), except in lonely strata.

    A stratum is lonely if one unit was sampled from two or more (one of one is a census of the stratum). The rules
    are those of survey software (Lumley 2004, 2010):

        fail       refused, with the name of the stratum
        remove     the stratum adds nothing to the variance
        certainty  the same figure: the unit is held to be there with certainty
        adjust     its deviation is taken from the mean of all units of the stage, a conservative choice
        average    it adds what the other strata add on average

    Args:
        stage: the stage
        unit_totals: (units, statistics), weighted totals within the domain
        is_unit_present: whether a sampled unit has a row in the domain; strata without one do not count
        rule: what a lonely stratum adds
        adjusts_in_domains: whether `adjust` and `average` also treat strata with several sampled units of which only
            one is in the domain; without it, the others count as zeros

    Returns:
        centre and scale

    Raises:
        ValueError: a stratum is lonely and the rule is `fail`, or `average` and there is no other stratum

    """
    n, size = stage.n_sampled, stage.population_size
    n_present = np.bincount(stage.stratum_of_unit, weights=is_unit_present, minlength=n.size)
    is_present = n_present > 0
    is_lonely = is_present & (n == 1.0) & (size > 1.0) & (stage.fraction_above > 0.0)
    if rule == "fail" and is_lonely.any():
        raise ValueError(_refusal(stage, is_lonely))
    if adjusts_in_domains and rule in _ADJUSTABLE:
        is_lonely |= (n > 1.0) & (n_present == 1.0)

    stratum_totals = sum_by(stage.stratum_of_unit, unit_totals, n.size)
    centre = stratum_totals / n[:, None]
    scale = (1.0 - stage.sampling_fraction) * n / np.maximum(n - 1.0, 1.0)
    if not is_lonely.any():
        return StratumCentring(centre, scale)
    if rule == "adjust":
        grand_mean = _mean_within_parent(stage, stratum_totals, is_present)
        return StratumCentring(np.where(is_lonely[:, None], grand_mean, centre), scale)
    scale = np.where(is_lonely, 0.0, scale)
    if rule == "average":
        scale = scale * _average_factor(stage, is_present, is_lonely)
    return StratumCentring(centre, scale)


def sum_by(group: IntArray, values: FloatArray, n_groups: int) -> FloatArray:
    """Return the sums of the columns of `values` (rows, columns) within each group: (groups, columns)."""
    columns = [np.bincount(group, weights=column, minlength=n_groups) for column in values.T]
    return np.stack(columns, axis=1) if columns else np.zeros((n_groups, 0))


def _mean_within_parent(stage: NestedStage, stratum_totals: FloatArray, is_present: BoolArray) -> FloatArray:
    parent = stage.parent_of_stratum
    n_parents = int(parent.max(initial=0)) + 1
    totals = sum_by(parent, stratum_totals, n_parents)
    n_units = np.bincount(parent, weights=stage.n_sampled * is_present, minlength=n_parents)
    means: FloatArray = (totals / np.maximum(n_units, 1.0)[:, None])[parent]
    return means


def _average_factor(stage: NestedStage, is_present: BoolArray, is_lonely: BoolArray) -> FloatArray:
    parent = stage.parent_of_stratum
    n_strata = np.bincount(parent, weights=is_present)[parent]
    n_lonely = np.bincount(parent, weights=is_lonely)[parent]
    has_no_other = is_lonely & (n_lonely == n_strata)
    if has_no_other.any():
        raise ValueError(
            f"lonely_psus: average has no other stratum to take the average of at stage {stage.number} (stratum "
            f"{stage.labels[int(np.flatnonzero(has_no_other)[0])]}); choose adjust or remove."
        )
    factor: FloatArray = n_strata / np.maximum(n_strata - n_lonely, 1.0)
    return factor


def _refusal(stage: NestedStage, is_lonely: BoolArray) -> str:
    names = sorted({stage.labels[index] for index in np.flatnonzero(is_lonely)})
    shown = ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
    return (
        f"lonely_psus: one unit was sampled at stage {stage.number} in stratum {shown}: its variance cannot be "
        "seen. Merge the stratum with a like one, or choose a rule: adjust (conservative), average, certainty (the "
        "unit was sure to be drawn) or remove."
    )
