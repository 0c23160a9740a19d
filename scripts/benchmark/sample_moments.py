"""Moments of a labelled sample in numpy, for engines without Spark: the terms of lib/moments/accumulate.py.

A sample is two thousand units whatever the population: no engine is told apart by how it sums them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from schemas.contracts.moment_names import (
    COMPLEMENT_PREFIX,
    COMPONENTS,
    COUNT_COLUMNS,
    RUNG_VARIABLES,
    SUM_COLUMNS,
    UNIT,
    product_column,
    product_pairs,
    rung_column,
    sum_column,
)

Floats = npt.NDArray[np.float64]
_KNOWN_TOTALS = ("population_size", "exposure_total", "score_total")
_COMPONENT_CELLS = [name for component in COMPONENTS for name in (component, COMPLEMENT_PREFIX + component)]


@dataclass(frozen=True)
class RungVerdicts:
    """What became of every sampled unit on one rung, for one policy; the rung's arrays are as long as the sample.

    `probability` P is NaN off the rung. `named` maps a component to whether a violating verdict counts for it.
    """

    is_violating: npt.NDArray[np.bool_]
    probability: Floats
    named: Mapping[str, npt.NDArray[np.bool_]]


def sample_moments(
    strata: npt.NDArray[np.object_],
    exposure: Floats,
    score: Floats,
    rungs: Sequence[RungVerdicts],
) -> Iterator[tuple[str, str, dict[str, float]]]:
    """(stratum, component, moments) for one policy and measure; every verdict of a drawn unit is there.

    The largest observed weight is among them, under `observed_weight`.
    """
    for component in (UNIT, *_COMPONENT_CELLS):
        terms = _terms(exposure, score, rungs, component)
        for stratum in np.unique(strata):
            here = strata == stratum
            moments = {name: float(values[here].sum()) for name, values in terms.items()}
            moments["observed_weight"] = _observed_weight(exposure[here], [rung.probability[here] for rung in rungs])
            yield str(stratum), component, moments


def _observed_weight(exposure: Floats, probabilities: Sequence[Floats]) -> float:
    on_top = next(~np.isnan(p) for p in reversed(probabilities) if not np.isnan(p).all())
    top = next(p for p in reversed(probabilities) if not np.isnan(p).all())
    return float((exposure[on_top] / top[on_top]).max())


def _label(rung: RungVerdicts, component: str) -> Floats:
    if component == UNIT:
        return rung.is_violating.astype(np.float64)
    if component.startswith(COMPLEMENT_PREFIX):
        return (rung.is_violating & ~rung.named[component.removeprefix(COMPLEMENT_PREFIX)]).astype(np.float64)
    return rung.named[component].astype(np.float64)


def _terms(exposure: Floats, score: Floats, rungs: Sequence[RungVerdicts], component: str) -> dict[str, Floats]:
    """What is summed, by the moment's name; 0 for units off the rung, and for rungs that are not in use."""
    nothing = np.zeros(len(exposure))
    z: dict[str, Floats] = {"exposure": exposure, "score": exposure * score}
    weights: dict[int, Floats] = {}
    is_on = {number: np.zeros(len(exposure), dtype=np.bool_) for number in RUNG_VARIABLES}
    labels = dict.fromkeys(RUNG_VARIABLES, nothing)
    for number in RUNG_VARIABLES:
        weights[number] = nothing
        if number <= len(rungs):
            rung = rungs[number - 1]
            is_on[number] = ~np.isnan(rung.probability)
            weights[number] = np.where(is_on[number], 1 / rung.probability, 0.0)
            labels[number] = np.where(is_on[number], _label(rung, component), 0.0)
        z[f"label_{number}"] = exposure * labels[number]
    terms: dict[str, Floats] = {}
    for number, variables in RUNG_VARIABLES.items():
        terms |= {sum_column(number, name): z[name] * weights[number] for name in variables}
        own = rungs[number - 1].is_violating if number <= len(rungs) else np.zeros(len(exposure), dtype=np.bool_)
        of_rung = _rung_terms(is_on[number], weights[number], labels, own, exposure, score, number)
        terms |= {rung_column(name, number): values for name, values in of_rung.items()}
    for rung_a, variable_a, rung_b, variable_b in product_pairs():
        spread = np.where(is_on[rung_a], weights[rung_a] - 1, 0.0) * weights[rung_b]
        terms[product_column(rung_a, variable_a, rung_b, variable_b)] = z[variable_a] * z[variable_b] * spread
    return terms


def _rung_terms(
    is_on: npt.NDArray[np.bool_],
    weight: Floats,
    labels: Mapping[int, Floats],
    is_violating: npt.NDArray[np.bool_],
    exposure: Floats,
    score: Floats,
    number: int,
) -> dict[str, Floats]:
    is_found = is_on & is_violating & (labels[number] > 0)
    is_unflagged = is_on if number == 1 else is_on & (labels[1] < 1)
    missed, found = (np.where(chosen, exposure * weight, 0.0) for chosen in (is_unflagged, is_found))
    unflagged = is_unflagged.astype(np.float64)
    return {
        "sum_weight": weight,
        "sum_squared_weight": weight * weight,
        "sum_drawn_weight": weight,
        "sum_missing_weight": np.zeros_like(weight),
        "n": is_on.astype(np.float64),
        "n_positive": is_found.astype(np.float64),
        "n_missing": np.zeros_like(weight),
        "n_unflagged": unflagged,
        "unflagged_weight": missed,
        "unflagged_score": unflagged * score,
        "unflagged_weight_by_score": missed * score,
        "missed_total": np.minimum(missed, found),
        "missed_square": missed * found,
        "n_missed": (is_found & is_unflagged).astype(np.float64),
        "positive_total": found,
        "positive_square": found * found,
    }


def moment_record(cell: Mapping[str, Any], known: Mapping[str, float], moments: Mapping[str, float]) -> dict[str, Any]:
    """One row of `prevalence_moments`: its key, the population's known totals, and the sample's sums."""
    sums = {name: float(known[name] if name in _KNOWN_TOTALS else moments[name]) for name in SUM_COLUMNS}
    return dict(cell) | sums | {name: int(moments[name]) for name in COUNT_COLUMNS}
