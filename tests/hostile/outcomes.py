"""Rows of the chain's tables in the form in which tests.hostile.expected_day states them."""

import json
from collections.abc import Mapping
from typing import Any

from tests.hostile.expected_day import LOG_FIELDS

_PIN_FIELDS = ("slot", "pin_id", "is_viewed", "image_signature", "image_url", "title")
_NOT_STATED = ("unit_id", "queried_at", "key_id", "ds", "job_run_id")
_QUARANTINED_AS = {"viewed": "is_viewed", "user_id": "user_key", "session_id": "session_key"}


def unit_content(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of interaction_units; platform_scores are a list of (key, value) or of structs."""
    unit = {name: value for name, value in row.items() if name not in _NOT_STATED}
    unit["pins"] = [tuple(pin[name] for name in _PIN_FIELDS) for pin in unit["pins"]]
    if unit["platform_scores"] is not None:
        entries = [e.values() if isinstance(e, dict) else e for e in unit["platform_scores"]]
        unit["platform_scores"] = [(key, repr(value)) for key, value in entries]
    return unit


def quarantined_record(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """A row of quarantine: source, reason, the record's fields but times and scores, and its malformed fields.

    Of a record that is malformed as a whole the fields are not stated: how far a parser comes is its own affair.
    """
    record = json.loads(row["record"])
    malformed = tuple(record.get("malformed_fields", ()))
    fields = []
    for name in LOG_FIELDS[row["source"]]:
        if name not in ("event_ts", "platform_scores"):
            value = record[_QUARANTINED_AS.get(name, name)]
            fields.append(None if malformed == ("*",) else value)
    return row["source"], row["reason"], *fields, malformed
