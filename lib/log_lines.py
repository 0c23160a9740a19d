"""The form of log lines on standard error: words for people, or one JSON object a line for collectors.

A line's facts (step, day, run, seconds, rows) are keywords of the log call or bound to the step; people read them in
the words already, so that only JSON shows them. Content of units is in neither.
"""

import logging
import os
import re
import sys
import traceback
from collections.abc import Mapping
from typing import Any, Final

import structlog

from lib.credentials import text_without_credentials, without_credentials
from schemas.contracts.operations_settings import LogFormat
from schemas.errors import ConfigurationError

VARIABLE: Final = "PLUMBLINE_LOG_FORMAT"
# Spark's and Delta's errors begin with their class; what follows may quote values.
_ERROR_CLASS = re.compile(r"\[([A-Z][A-Z0-9_.]+)\]")
_PLACES = 20


def chosen_format(configured: LogFormat | None = None, environment: Mapping[str, str] = os.environ) -> LogFormat:
    """What the environment says, or else conf; raises ConfigurationError for another word."""
    said = environment.get(VARIABLE) or configured or "text"
    if said == "json":
        return "json"
    if said == "text":
        return "text"
    raise ConfigurationError(f"Environment variable {VARIABLE} is `{said[:80]}`; set it to text or json.")


def configure_logging(log_format: LogFormat = "text") -> None:
    """Log lines go to standard error; standard output stays free for results."""
    structlog.configure(
        processors=_json_processors() if log_format == "json" else _text_processors(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        # Standard error as it is when a line is written: whoever redirects it later gets the lines.
        logger_factory=lambda *_: structlog.WriteLogger(sys.stderr),
    )


def is_json_logged() -> bool:
    """Whether log lines are JSON as it is configured now."""
    return any(isinstance(p, structlog.processors.JSONRenderer) for p in structlog.get_config()["processors"])


def error_facts(error: BaseException) -> dict[str, Any]:
    """What may be known of an error wherever log lines go: its type, its class, and where it came from; no words."""
    found = _ERROR_CLASS.search(str(error))
    frames = traceback.extract_tb(error.__traceback__)[-_PLACES:]
    return {
        "error_type": type(error).__name__,
        "error_class": found[1] if found else None,
        "places": [f"{os.path.basename(f.filename)}:{f.lineno} {f.name}" for f in frames],  # noqa: PTH119 - a name only
    }


def _text_processors() -> list[structlog.types.Processor]:
    return [
        _words_only,
        structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False),
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=0, sort_keys=False),
    ]


def _json_processors() -> list[structlog.types.Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        _facts_without_credentials,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        # ASCII only: no character of a value can break a line or turn its direction.
        structlog.processors.JSONRenderer(ensure_ascii=True, allow_nan=False),
    ]


def _words_only(_: Any, __: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
    """Paths are logged, and somebody may have written a password into one."""
    return {"event": text_without_credentials(str(event["event"]))}


def _facts_without_credentials(_: Any, __: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
    return {str(name): value for name, value in without_credentials({**event, "event": str(event["event"])}).items()}
