"""What goes wrong between the platform and the logs: late, lost, repeated, incomplete and malformed records."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from scripts.log_generation.harm import Harm
from scripts.log_generation.records import ChunkLogs, LogRows
from scripts.log_generation.traffic import MICROSECONDS_PER_DAY, BoolArray, DayPlan, Stream
from scripts.log_generation.vocabulary import HOSTILE_FRAGMENTS

HARMLESS_COLUMNS = {
    "query_log": ("user_id", "session_id", "country", "language", "query_text"),
    "response_log": ("response_text", "model_version"),
    "pin_log": ("image_signature", "image_url", "title", "viewed"),
}
"""A null here costs information, not the record."""
HARMFUL_COLUMNS = {
    "query_log": ("query_id", "surface", "event_ts"),
    "response_log": ("response_id", "query_id", "event_ts"),
    "pin_log": ("response_id", "pin_id", "slot", "event_ts"),
}
"""A null or an empty string here sends the record to quarantine."""
TEXT_COLUMNS = {"query_log": "query_text", "response_log": "response_text", "pin_log": "title"}
MALFORMED_DAYS = (-31.0, -30.0 - 1e-3 / 86_400, -30.0, 2.0, 400.0)
"""Days between midnight and a malformed time: both edges of what is accepted (30 days back, 2 days on), and beyond.

30 days back to the microsecond is still a possible time, so such a row is late and not invalid.
"""
LONGEST_REPEAT_DELAY_US = 900_000


@dataclass(frozen=True)
class FaultRates:
    """Shares in [0, 0.2]; every rate applies to each log.

    `duplicate`: rows delivered again; `late`: interactions for each way of coming late; `orphan`: queries and
    responses that are lost while their responses and Pins arrive; `null`: rows with one empty column;
    `malformed`: rows with an impossible time or slot, and as many texts with hostile content.
    """

    duplicate: float = 0.01
    late: float = 0.002
    orphan: float = 0.002
    null: float = 0.003
    malformed: float = 0.001


NO_FAULTS = FaultRates(duplicate=0.0, late=0.0, orphan=0.0, null=0.0, malformed=0.0)


def inject_faults(plan: DayPlan, chunk: int, logs: ChunkLogs, harm: Harm, rates: FaultRates) -> tuple[ChunkLogs, Harm]:
    """Return the rows as they arrive, in shuffled order, and the harm that is left in what they still say.

    What is empty or hostile in an event is so in all its copies; keys, times and slots fail row by row. A Pin's harm
    is in its image, of which at most one of title, signature and URL is lost; a marker is in the text.
    """
    rng = plan.random(Stream.FAULTS, chunk)
    logs, is_lost_query, is_lost_response = _delay_and_lose(rng, logs, rates)
    logs = ChunkLogs(
        queries=_spoil_events(rng, "query_log", logs.queries, rates),
        responses=_spoil_events(rng, "response_log", logs.responses, rates),
        pins=_spoil_events(rng, "pin_log", logs.pins, rates),
    )
    has_query_text, has_response_text, has_title = (
        np.asarray(pc.is_valid(rows.table[column].combine_chunks()))[:, None]
        for rows, column in zip((logs.queries, logs.responses, logs.pins), TEXT_COLUMNS.values(), strict=True)
    )
    harm = replace(
        harm,
        query=harm.query & has_query_text,
        query_marker=harm.query_marker & has_query_text,
        response=harm.response & has_response_text,
        response_marker=harm.response_marker & has_response_text,
        pin_marker=harm.pin_marker & has_title,
    )
    no_loss = np.zeros(len(logs.pins.event), dtype=np.bool_)
    arrived = ChunkLogs(
        queries=_deliver(rng, plan, "query_log", rows=logs.queries, is_lost=is_lost_query, rates=rates),
        responses=_deliver(rng, plan, "response_log", rows=logs.responses, is_lost=is_lost_response, rates=rates),
        pins=_deliver(rng, plan, "pin_log", rows=logs.pins, is_lost=no_loss, rates=rates),
    )
    return arrived, harm


def _delay_and_lose(
    rng: np.random.Generator, logs: ChunkLogs, rates: FaultRates
) -> tuple[ChunkLogs, BoolArray, BoolArray]:
    """Move late events to the day before; say which queries and which responses never arrive.

    Four kinds of interaction come late: all of it; without its query; its Pins only; and one whose response and Pins
    carry yesterday's date through a wrong clock although their query is of the day (which loses nothing).
    """
    n_queries, n_responses = len(logs.queries.event), len(logs.responses.event)
    kind = np.floor(rng.random(n_queries) / rates.late) if rates.late > 0 else np.full(n_queries, np.inf)
    query_of_pin = logs.responses.parent[logs.pins.parent]
    is_lost_query = (kind == 1) | (kind == 2) | (rng.random(n_queries) < rates.orphan)
    is_lost_response = (kind[logs.responses.parent] == 2) | (rng.random(n_responses) < rates.orphan)
    delayed = ChunkLogs(
        queries=_a_day_earlier(logs.queries, kind == 0),
        responses=_a_day_earlier(logs.responses, kind[logs.responses.parent] <= 3),
        pins=_a_day_earlier(logs.pins, kind[query_of_pin] <= 3),
    )
    return delayed, is_lost_query, is_lost_response


def _a_day_earlier(rows: LogRows, is_earlier: BoolArray) -> LogRows:
    return rows.with_times_us(rows.times_us() - MICROSECONDS_PER_DAY * is_earlier)


def _spoil_events(rng: np.random.Generator, source: str, rows: LogRows, rates: FaultRates) -> LogRows:
    """Harmless faults: one empty column in some events, a hostile fragment at the end of some texts."""
    harmless, text_column = HARMLESS_COLUMNS[source], TEXT_COLUMNS[source]
    hostile = rng.random(len(rows.event)) < rates.malformed
    fragments = pa.array(HOSTILE_FRAGMENTS, pa.string()).take(
        pa.array(rng.integers(len(HOSTILE_FRAGMENTS), size=len(hostile)), mask=~hostile)
    )
    texts = rows.table[text_column].combine_chunks()
    # A null text stays null: joining would turn it into the fragment alone.
    joined = pc.binary_join_element_wise(texts, fragments, " ", null_handling="skip")
    rows = rows.with_column(text_column, pc.if_else(pc.is_valid(texts), joined, texts))
    share = rates.null * len(harmless) / (len(harmless) + len(HARMFUL_COLUMNS[source]))
    return _empty_columns(rng, rows, harmless, share, may_be_empty_text=False)


def _empty_columns(
    rng: np.random.Generator, rows: LogRows, columns: Sequence[str], share: float, *, may_be_empty_text: bool
) -> LogRows:
    """Null in one of `columns` of a `share` of the rows; in text columns every other time the empty string."""
    is_hit = rng.random(len(rows.event)) < share
    choice = rng.integers(len(columns), size=len(is_hit))
    is_empty_text = rng.random(len(is_hit)) < (0.5 if may_be_empty_text else 0.0)
    for position, name in enumerate(columns):
        values = rows.table[name].combine_chunks()
        is_blank = is_hit & (choice == position)
        if pa.types.is_string(values.type):
            values = pc.if_else(pa.array(is_blank & is_empty_text), pa.scalar("", values.type), values)
            is_blank = is_blank & ~is_empty_text
        rows = rows.with_column(name, pc.if_else(pa.array(is_blank), pa.scalar(None, values.type), values))
    return rows


def _deliver(
    rng: np.random.Generator, plan: DayPlan, source: str, *, rows: LogRows, is_lost: BoolArray, rates: FaultRates
) -> LogRows:
    """Return the rows that arrive: without the lost, with copies, shuffled, some of them broken."""
    kept = np.flatnonzero(~is_lost)
    copied = kept[rng.random(len(kept)) < rates.duplicate]
    order = rng.permutation(len(kept) + len(copied))
    is_copy = order >= len(kept)
    arrived = rows.take(np.concatenate([kept, copied])[order])

    is_altered = is_copy & (rng.random(len(order)) < 0.5)
    delay_us = rng.integers(1_000, LONGEST_REPEAT_DELAY_US, len(order)) * is_altered
    arrived = arrived.with_times_us(arrived.times_us() + delay_us)
    if source == "pin_log":
        viewed = arrived.table["viewed"].combine_chunks()
        redrawn = pa.array(rng.random(len(order)) < 0.5)
        arrived = arrived.with_column("viewed", pc.if_else(pa.array(is_altered), redrawn, viewed))

    arrived = _break_times_and_slots(rng, plan, source, arrived, rates)
    harmful = HARMFUL_COLUMNS[source]
    share = rates.null * len(harmful) / (len(harmful) + len(HARMLESS_COLUMNS[source]))
    return _empty_columns(rng, arrived, harmful, share, may_be_empty_text=True)


def _break_times_and_slots(
    rng: np.random.Generator, plan: DayPlan, source: str, rows: LogRows, rates: FaultRates
) -> LogRows:
    is_malformed = rng.random(len(rows.event)) < rates.malformed
    is_slot = (rng.random(len(rows.event)) < 0.5) & (source == "pin_log")
    days = np.asarray(MALFORMED_DAYS)[rng.integers(len(MALFORMED_DAYS), size=len(rows.event))]
    wrong_us = plan.midnight_us + np.round(days * MICROSECONDS_PER_DAY).astype(np.int64)
    rows = rows.with_times_us(np.where(is_malformed & ~is_slot, wrong_us, rows.times_us()))
    if source == "pin_log":
        slots = rows.table["slot"].combine_chunks()
        rows = rows.with_column("slot", pc.if_else(pa.array(is_malformed & is_slot), pa.scalar(-1, pa.int32()), slots))
    return rows
