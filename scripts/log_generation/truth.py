"""The truth beside the logs: which units violate and why, the census, and the account of every row."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from scripts.log_generation.harm import Harm, Units, units_of
from scripts.log_generation.interactions import Interactions
from scripts.log_generation.policies import COMPONENTS
from scripts.log_generation.records import SOURCES
from scripts.log_generation.traffic import SURFACES, BoolArray, IntArray
from scripts.log_generation.treatment import REASONS, Treatment

MEASURES = ("units", "views")
UNIT_TRUTH_SCHEMA = pa.schema(
    [
        ("query_id", pa.string()),
        ("response_id", pa.string()),
        ("policy", pa.string()),
        ("violating_components", pa.list_(pa.string())),
    ]
)


@dataclass(frozen=True)
class ChunkTruth:
    """The units that the chain will build from a chunk.

    `components` is (unit, policy, component in the order of COMPONENTS); `views` counts viewed Pins per unit.
    """

    units: Units
    surface: IntArray
    n_pins: IntArray
    views: IntArray
    components: BoolArray


def chunk_truth(
    interactions: Interactions, harm: Harm, treatment: Treatment, marked_components: Sequence[frozenset[str]]
) -> ChunkTruth:
    """Work out the truth about what is left after the faults.

    `marked_components` names, per policy, the components whose markers violate together (empty: no such harm).
    """
    units = units_of(interactions.response_query, treatment.is_used_query, treatment.is_used_response)
    n_responses = len(interactions.response_query)
    has_response = units.response >= 0
    used, viewed = treatment.is_used_pin, treatment.is_viewed_pin

    def per_unit(of_response: IntArray | BoolArray) -> IntArray | BoolArray:
        """Values per response as values per unit: nothing where there is no response."""
        values = np.zeros((len(has_response), *of_response.shape[1:]), dtype=of_response.dtype)
        values[has_response] = of_response[units.response[has_response]]
        return values

    def any_pin(of_pin: BoolArray) -> BoolArray:
        any_used = np.zeros((n_responses, of_pin.shape[1]), dtype=np.bool_)
        pin, policy = np.nonzero(of_pin & used[:, None])
        any_used[interactions.pin_response[pin], policy] = True
        return any_used

    own = [harm.query[units.query], per_unit(harm.response), per_unit(any_pin(harm.pin))]
    marked = {
        "query": harm.query_marker[units.query],
        "response": per_unit(harm.response_marker),
        "image": per_unit(any_pin(harm.pin_marker)),
    }
    combination = np.zeros_like(own[0])
    for k, names in enumerate(marked_components):
        if names:
            combination[:, k] = np.logical_and.reduce([marked[name][:, k] for name in sorted(names)])
    combination &= ~np.logical_or.reduce(own)
    return ChunkTruth(
        units=units,
        surface=interactions.surface[units.query],
        n_pins=np.asarray(per_unit(np.bincount(interactions.pin_response[used], minlength=n_responses))),
        views=np.asarray(per_unit(np.bincount(interactions.pin_response[viewed], minlength=n_responses))),
        components=np.stack([*own, combination], axis=2).astype(np.bool_),
    )


def unit_truth_table(
    truth: ChunkTruth, query_ids: pa.StringArray, response_ids: pa.StringArray, policies: Sequence[str]
) -> pa.Table:
    """One row per violating (unit, policy), with the components that violate."""
    unit, policy = np.nonzero(truth.components.any(axis=2))
    components = truth.components[unit, policy]
    offsets = np.concatenate([[0], np.cumsum(components.sum(axis=1))]).astype(np.int32)
    _, component = np.nonzero(components)
    response = truth.units.response[unit]
    columns = [
        query_ids.take(pa.array(truth.units.query[unit])),
        response_ids.take(pa.array(response, mask=response < 0)),
        pa.array(policies, pa.string()).take(pa.array(policy)),
        pa.ListArray.from_arrays(pa.array(offsets), pa.array(COMPONENTS).take(pa.array(component))),
    ]
    return pa.Table.from_arrays(columns, schema=UNIT_TRUTH_SCHEMA)


class DayCensus:
    """Totals of a day, added up chunk by chunk."""

    def __init__(self, policies: Sequence[str]) -> None:
        self._policies = tuple(policies)
        self._population = np.zeros(len(SURFACES), dtype=np.int64)
        self._exposure = np.zeros((len(MEASURES), len(SURFACES)), dtype=np.int64)
        self._violating = np.zeros((len(MEASURES), len(SURFACES), len(self._policies)), dtype=np.int64)
        self._units: Counter[str] = Counter()
        self._rows: dict[str, Counter[str]] = {source: Counter() for source in SOURCES}
        self._quarantined: Counter[tuple[str, str]] = Counter()

    def add(self, truth: ChunkTruth, treatment: Treatment) -> None:
        """Add the units and the rows of one chunk."""
        violates = truth.components.any(axis=2)
        self._population += np.bincount(truth.surface, minlength=len(SURFACES))
        for m, exposure in enumerate((np.ones_like(truth.views), truth.views)):
            np.add.at(self._exposure[m], truth.surface, exposure)
            np.add.at(self._violating[m], truth.surface, violates * exposure[:, None])
        self._units["n_units"] += len(truth.surface)
        self._units["n_units_without_response"] += int((truth.units.response < 0).sum())
        self._units["n_units_without_pins"] += int((truth.n_pins == 0).sum())
        self._units["views"] += int(truth.views.sum())
        for source, reasons, is_used in (
            ("query_log", treatment.query_reasons, treatment.is_used_query),
            ("response_log", treatment.response_reasons, treatment.is_used_response),
            ("pin_log", treatment.pin_reasons, treatment.is_used_pin),
        ):
            counts = np.bincount(reasons, minlength=len(REASONS))
            n_used = int(is_used.sum())
            self._rows[source]["rows_in"] += len(reasons)
            self._rows[source]["rows_used"] += n_used
            self._rows[source]["rows_duplicate"] += int(counts[0]) - n_used
            self._rows[source]["rows_quarantined"] += int(counts[1:].sum())
            for code in np.flatnonzero(counts[1:]) + 1:
                self._quarantined[source, REASONS[code]] += int(counts[code])

    @property
    def n_units(self) -> int:
        """Units so far."""
        return self._units["n_units"]

    def tables(self) -> Mapping[str, pa.Table]:
        """Return the small truth tables of the day by folder name."""
        prevalence = [
            {
                "surface": surface,
                "policy": policy,
                "measure": measure,
                "population_size": int(self._population[s]),
                "exposure_total": int(self._exposure[m, s]),
                "violating_total": int(self._violating[m, s, k]),
            }
            for s, surface in enumerate(SURFACES)
            for k, policy in enumerate(self._policies)
            for m, measure in enumerate(MEASURES)
        ]
        accounts = [{"source": source, **self._rows[source]} for source in SOURCES]
        quarantined = [(source, reason, n) for (source, reason), n in sorted(self._quarantined.items())]
        return {
            "prevalence_truth": pa.Table.from_pylist(prevalence),
            "row_account": pa.Table.from_pylist(accounts),
            "quarantine_account": pa.table(
                {
                    "source": pa.array([row[0] for row in quarantined], pa.string()),
                    "reason": pa.array([row[1] for row in quarantined], pa.string()),
                    "n_records": pa.array([row[2] for row in quarantined], pa.int64()),
                }
            ),
            "unit_account": pa.Table.from_pylist([dict(self._units)]),
        }
