"""Events as rows of the three logs: Arrow tables with the contracts' columns, and which event each row delivers."""

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from scripts.log_generation.identifiers import fixed_strings, hex_digits, mix, scramble
from scripts.log_generation.interactions import Interactions
from scripts.log_generation.texts import Texts
from scripts.log_generation.traffic import COUNTRIES, SURFACES, BoolArray, DayPlan, IntArray

SOURCES = ("query_log", "response_log", "pin_log")
_ID_DIGITS = 10


@dataclass(frozen=True)
class LogRows:
    """Rows of one log in the order in which they are written.

    `event` is the position of the event in its chunk that a row delivers (copies share it); `parent` is the position
    of the event's query (for a response) or response (for a Pin), -1 for queries. Both are the generator's own
    bookkeeping and are not written.
    """

    table: pa.Table
    event: IntArray
    parent: IntArray

    def take(self, positions: IntArray) -> "LogRows":
        """Return the rows at `positions`, in that order."""
        return LogRows(self.table.take(pa.array(positions)), self.event[positions], self.parent[positions])

    def with_column(self, name: str, values: pa.Array) -> "LogRows":
        """Return the same rows with another content of column `name`."""
        position = self.table.schema.get_field_index(name)
        return replace(self, table=self.table.set_column(position, name, values))

    def times_us(self) -> IntArray:
        """`event_ts` in microseconds since 1970, UTC; 0 where it is null."""
        times = self.table["event_ts"].combine_chunks().cast(pa.int64()).fill_null(0)
        return np.asarray(times.to_numpy(), dtype=np.int64)

    def with_times_us(self, times_us: IntArray, is_null: BoolArray | None = None) -> "LogRows":
        """Return the same rows at other times."""
        return self.with_column("event_ts", _timestamps(times_us, is_null))


@dataclass(frozen=True)
class ChunkLogs:
    """The rows of a chunk in all three logs."""

    queries: LogRows
    responses: LogRows
    pins: LogRows


def to_logs(plan: DayPlan, interactions: Interactions, texts: Texts, platform_scores: pa.Array | None) -> ChunkLogs:
    """Return one row per event, columns as in schemas/query_log.py, response_log.py and pin_log.py without ds."""
    no_parent = np.full(len(interactions.query_us), -1)
    return ChunkLogs(
        queries=_first_deliveries(_query_table(plan, interactions, texts), no_parent),
        responses=_first_deliveries(
            _response_table(plan, interactions, texts, platform_scores), interactions.response_query
        ),
        pins=_first_deliveries(_pin_table(plan, interactions, texts), interactions.pin_response),
    )


def query_ids(plan: DayPlan, interactions: Interactions) -> pa.StringArray:
    """Return the query_id of every query of the chunk."""
    return _ids(f"q{plan.ds:%Y%m%d}", interactions.query_number)


def response_ids(plan: DayPlan, interactions: Interactions) -> pa.StringArray:
    """Return the response_id of every response of the chunk."""
    return _ids(f"r{plan.ds:%Y%m%d}", interactions.response_number)


def _first_deliveries(table: pa.Table, parent: IntArray) -> LogRows:
    return LogRows(table, np.arange(len(parent)), parent)


def _query_table(plan: DayPlan, interactions: Interactions, texts: Texts) -> pa.Table:
    user_ids = _ids("u", np.maximum(interactions.user, 0))
    return pa.table(
        {
            "query_id": query_ids(plan, interactions),
            "user_id": _null_where(user_ids, interactions.user < 0),
            "session_id": _ids(f"s{plan.ds:%Y%m%d}", interactions.session),
            "surface": _names(SURFACES, interactions.surface),
            "country": _names(COUNTRIES, interactions.country),
            "language": _names(interactions.language_codes, interactions.language),
            "query_text": texts.query_text,
            "event_ts": _timestamps(interactions.query_us),
        }
    )


def _response_table(
    plan: DayPlan, interactions: Interactions, texts: Texts, platform_scores: pa.Array | None
) -> pa.Table:
    columns = {
        "response_id": response_ids(plan, interactions),
        "query_id": query_ids(plan, interactions).take(pa.array(interactions.response_query)),
        "response_text": texts.response_text,
        "model_version": _names(("", "ranker-1", "ranker-2", "ranker-3"), interactions.model_version),
        "event_ts": _timestamps(interactions.response_us),
    }
    if platform_scores is not None:
        columns["platform_scores"] = platform_scores
    return pa.table(columns)


def _pin_table(plan: DayPlan, interactions: Interactions, texts: Texts) -> pa.Table:
    numbers = interactions.pin_number.astype(np.uint64)
    salt = plan.ds.toordinal() * 2
    signature = np.concatenate(
        [hex_digits(mix(numbers, salt), 16), hex_digits(mix(mix(numbers, salt + 1), plan.seed % (1 << 63)), 16)], axis=1
    )
    return pa.table(
        {
            "response_id": response_ids(plan, interactions).take(pa.array(interactions.pin_response)),
            "pin_id": _ids(f"p{plan.ds:%Y%m%d}", interactions.pin_number),
            "slot": pa.array(interactions.slot, pa.int32()),
            "image_signature": fixed_strings("", signature),
            "image_url": fixed_strings("https://images.example/", signature, ".jpg"),
            "title": texts.title,
            "viewed": pa.array(interactions.is_viewed),
            "event_ts": _timestamps(interactions.pin_us),
        }
    )


def _ids(prefix: str, numbers: IntArray) -> pa.StringArray:
    return fixed_strings(prefix, hex_digits(scramble(numbers), _ID_DIGITS))


def _names(names: tuple[str, ...], positions: IntArray) -> pa.StringArray:
    return pa.array(names, pa.string()).take(pa.array(positions))


def _null_where(values: pa.Array, is_null: BoolArray) -> pa.Array:
    return values.take(pa.array(np.arange(len(values)), mask=is_null))


def _timestamps(times_us: IntArray, is_null: BoolArray | None = None) -> pa.Array:
    return pa.array(times_us, pa.int64(), mask=is_null).cast(pa.timestamp("us", tz="UTC"))
