"""What the chain must do with every row: use it, count it as a duplicate, or quarantine it with a reason.

Links between the logs go by the generator's own event positions; everything else is read off the values as written.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from scripts.log_generation.records import ChunkLogs, LogRows
from scripts.log_generation.traffic import MICROSECONDS_PER_DAY, BoolArray, DayPlan, IntArray

REASONS = (
    "",
    "missing_key",
    "invalid_timestamp",
    "late_event",
    "missing_surface",
    "invalid_slot",
    "orphan_response",
    "orphan_pin",
)
"""Reasons of schemas/quarantine.py by the code used here; code 0 is a row that is not quarantined."""
DAYS_ACCEPTED_BEFORE, DAYS_ACCEPTED_AFTER = 30, 2


@dataclass(frozen=True)
class Treatment:
    """Reason code of every row (0 = used or duplicate), and which events of the chunk are used (and viewed)."""

    query_reasons: IntArray
    response_reasons: IntArray
    pin_reasons: IntArray
    is_used_query: BoolArray
    is_used_response: BoolArray
    is_used_pin: BoolArray
    is_viewed_pin: BoolArray


def treat(plan: DayPlan, logs: ChunkLogs, n_queries: int, n_responses: int, n_pins: int) -> Treatment:
    """Return the treatment of all rows of a chunk of `n_queries`, `n_responses` and `n_pins` events."""
    query_reasons = _first_reason(
        [
            ("missing_key", _is_empty(logs.queries, "query_id")),
            ("invalid_timestamp", _has_invalid_time(plan, logs.queries)),
            ("late_event", _is_of_earlier_day(plan, logs.queries)),
            ("missing_surface", _is_empty(logs.queries, "surface")),
        ]
    )
    is_used_query = _delivered(logs.queries.event, query_reasons, n_queries)
    is_parentless = ~is_used_query[logs.responses.parent]
    response_reasons = _first_reason(
        [
            ("missing_key", _is_empty(logs.responses, "response_id") | _is_empty(logs.responses, "query_id")),
            ("invalid_timestamp", _has_invalid_time(plan, logs.responses)),
            ("late_event", is_parentless & _is_of_earlier_day(plan, logs.responses)),
            ("orphan_response", is_parentless),
        ]
    )
    is_used_response = _delivered(logs.responses.event, response_reasons, n_responses)
    is_parentless = ~is_used_response[logs.pins.parent]
    slots = logs.pins.table["slot"].combine_chunks().fill_null(-1)
    pin_reasons = _first_reason(
        [
            ("missing_key", _is_empty(logs.pins, "response_id") | _is_empty(logs.pins, "pin_id")),
            ("invalid_timestamp", _has_invalid_time(plan, logs.pins)),
            ("invalid_slot", slots.to_numpy() < 0),
            ("late_event", is_parentless & _is_of_earlier_day(plan, logs.pins)),
            ("orphan_pin", is_parentless),
        ]
    )
    is_viewed_row = np.asarray(logs.pins.table["viewed"].combine_chunks().fill_null(False), dtype=np.bool_)
    return Treatment(
        query_reasons=query_reasons,
        response_reasons=response_reasons,
        pin_reasons=pin_reasons,
        is_used_query=is_used_query,
        is_used_response=is_used_response,
        is_used_pin=_delivered(logs.pins.event, pin_reasons, n_pins),
        is_viewed_pin=_delivered(logs.pins.event[is_viewed_row], pin_reasons[is_viewed_row], n_pins),
    )


def _first_reason(rules: list[tuple[str, BoolArray]]) -> IntArray:
    """Return the code of the first rule that holds for each row, else 0."""
    codes = [np.int64(REASONS.index(reason)) for reason, _ in rules]
    return np.select([condition for _, condition in rules], codes, default=np.int64(0))


def _delivered(events: IntArray, reasons: IntArray, n_events: int) -> BoolArray:
    """Whether each event has at least one row that is not quarantined."""
    is_delivered = np.zeros(n_events, dtype=np.bool_)
    is_delivered[events[reasons == 0]] = True
    return is_delivered


def _is_empty(rows: LogRows, column: str) -> BoolArray:
    filled = rows.table[column].combine_chunks().fill_null("")
    return np.asarray(pc.equal(pc.binary_length(filled), pa.scalar(0, pa.int32())), dtype=np.bool_)


def _has_invalid_time(plan: DayPlan, rows: LogRows) -> BoolArray:
    since_midnight = rows.times_us() - plan.midnight_us
    is_null = np.asarray(pc.is_null(rows.table["event_ts"].combine_chunks()), dtype=np.bool_)
    is_too_early = since_midnight < -DAYS_ACCEPTED_BEFORE * MICROSECONDS_PER_DAY
    is_too_late = since_midnight >= DAYS_ACCEPTED_AFTER * MICROSECONDS_PER_DAY
    return is_null | is_too_early | is_too_late


def _is_of_earlier_day(plan: DayPlan, rows: LogRows) -> BoolArray:
    return rows.times_us() < plan.midnight_us
