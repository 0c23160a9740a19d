"""Input records that were not used, each with a reason from a closed list."""

from schemas.columns import DS, JOB_RUN_ID
from schemas.relations import Total
from schemas.table_spec import ColumnSpec, TableSpec

REASONS = {
    "malformed_record": "no JSON object, or one with fields of another type than the contract's (JSON logs only)",
    "missing_key": "an id that identifies the record or its parent is null, empty or made of blanks",
    "invalid_key": "such an id has bytes that are no UTF-8, or U+FFFD in place of some: it could be another's",
    "missing_surface": "the query names no surface but blanks, so it belongs to no stratum",
    "invalid_timestamp": "event_ts is null or further than a month before or two days after the partition's day",
    "invalid_slot": "slot is null or negative",
    "late_event": "the event belongs to an earlier day than the partition it arrived in",
    "orphan_response": "no query with this query_id in the partition",
    "orphan_pin": "no used response with this response_id in the partition",
    "surplus_delivery": "its query_id or response_id has more records or text than units.maximum_… in conf allow",
}

TABLE = TableSpec(
    name="quarantine",
    grain="one input record that was not used",
    columns=(
        DS,
        ColumnSpec("source", "string", "Log it came from: query_log, response_log or pin_log"),
        ColumnSpec("reason", "string", f"Why it was not used: {', '.join(REASONS)}"),
        ColumnSpec(
            "record",
            "string",
            "The record as JSON, user_key and session_key in place of ids; of a malformed one, the fields that are as "
            "the contract says, and the names of the others in malformed_fields (* is the whole record); null once it "
            "has expired or was erased",
            is_nullable=True,
            holds_content=True,
        ),
        JOB_RUN_ID,
    ),
    key=(),
    written_by=("build_interaction_units",),
    made_from=("query_log", "response_log", "pin_log"),
    is_traffic=True,
    totals=tuple(
        Total(
            f"{log} rows_quarantined",
            f"count_if(source = '{log}')",
            "row_account",
            f"sum(rows_quarantined) FILTER (WHERE source = '{log}')",
        )
        for log in ("query_log", "response_log", "pin_log")
    ),
    checks={"known_reason": "reason IN ({})".format(", ".join(f"'{reason}'" for reason in REASONS))},
)
