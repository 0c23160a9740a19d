"""Hypothesis strategies for records that a broken, careless or malicious client may log.

Values come from small pools, so that keys meet: duplicates with other content, claims, look-alikes, and ids that
resemble what a program may use inside.
"""

from datetime import UTC, date, datetime
from typing import Any

from hypothesis import strategies as st

DS = date(2026, 3, 2)
_MIDNIGHT = int(datetime(2026, 3, 2, tzinfo=UTC).timestamp()) * 1_000_000
_DAY = 86_400_000_000

LOOK_ALIKES = ("q1", "Q1", "q1 ", " q1", "ｑ1", "q\u0031\u0301", "q\u200b1", "\u202eq1", "q1\x00", "qá", "qa\u0301")
# Separators and sentinels that are, or were, or might be used inside; and ids that are joined to the same text.
INSIDERS = (
    "\x01q1", "\x01", "\x00null\x00", "\x00null\x007", "\x00empty\x00", "17:q1", "17", ":", "a\x1fb", "a", "b\x1fc",
    "c", "a\x1e1b", "\x1e", "\x1e0", "\x1f", "null", "None", "query_log:missing_key", "surplus_delivery",
    "__HIVE_DEFAULT_PARTITION__",
)  # fmt: skip
BLANKS = (None, "", " ", "\t\n", "\u3000", "\u200b\ufeff", "\x00", "\x1f")
BROKEN = (b"q\xff", b"q\xfe", b"\xed\xa0\x80", b"q\xc3", b"\xf0\x9f\x92", "q\ufffd", b"\xc0\x80")
IDS = (*LOOK_ALIKES, *INSIDERS, *BLANKS, *BROKEN, "x" * 5_000, "'; DROP TABLE units; --", "🙈", "../../etc/passwd")
TEXTS = (
    None, "", "tea", "<script>alert(1)</script>", "=cmd|'/C calc'!A0", "\u202eevil\u202c", "a\x00b", "\x1b[31m",
    "\u2028", b"caf\xe9", b"\xed\xa0\x80\xed\xb0\x80", b"\xff" * 50, "\ud7ff\ue000", "👩‍👩‍👧", "e\u0301" * 30,
    "ZALGO" + "\u0300" * 200,
    "long " * 2_000,
)  # fmt: skip
SURFACES = ("search", "home_feed", "Search", "search|US", "all", "other", "<b>", *BLANKS, b"sear\xffch", "🏠")
PLACES = ("US", "us", "<script>", "unknown", *BLANKS, b"\xff")
TIMES = (
    None, _MIDNIGHT, _MIDNIGHT + _DAY // 2, _MIDNIGHT + _DAY // 2, _MIDNIGHT + _DAY // 2 + 1, _MIDNIGHT - 1,
    _MIDNIGHT - _DAY, _MIDNIGHT - 30 * _DAY, _MIDNIGHT - 30 * _DAY - 1, _MIDNIGHT + 2 * _DAY - 1, _MIDNIGHT + 2 * _DAY,
    0, -1, 1, 3_786_912_000_000_000, -62_135_596_800_000_000, 253_402_300_799_999_999, -12_219_292_800_000_001,
    2**62, -(2**62),
)  # fmt: skip
SLOTS = (None, -1, -(2**31), 0, 0, 1, 1, 2, 10_000, 2**31 - 1)
SCORE_VALUES = (None, 0.0, -0.0, 0.2, 0.9, 1.0, 1.5, -1.0, float("nan"), float("inf"), float("-inf"), 5e-324, 1e308)
SCORE_KEYS = ("adult_content", "harassment", "", " ", "Adult_Content", "<script>", "\x00", b"\xff", "a" * 300)


def _usually(common: Any, rare: Any) -> st.SearchStrategy[Any]:
    """One of `common` three times out of four: records must often be right enough to meet others."""
    return st.integers(0, 3).flatmap(lambda n: st.sampled_from(rare if n == 3 else common))


def _ids() -> st.SearchStrategy[Any]:
    return _usually(("q1", "a", "a\x1fb", "c", "b\x1fc", "\x01q1", "17:q1"), IDS)


def scores() -> st.SearchStrategy[Any]:
    """Entries of platform_scores, keys more than once; or null."""
    entry = st.tuples(st.sampled_from(SCORE_KEYS), st.sampled_from(SCORE_VALUES))
    return st.none() | st.lists(entry, max_size=4)


def queries() -> st.SearchStrategy[dict[str, Any]]:
    """Records of query_log."""
    return st.fixed_dictionaries(
        {
            "query_id": _ids(),
            "user_id": st.sampled_from(("u1", "u2", "U1", b"u\xff", b"u\xfe", *BLANKS)),
            "session_id": st.sampled_from(("s1", b"\xc3", *BLANKS)),
            "surface": _usually(("search", "home_feed"), SURFACES),
            "country": st.sampled_from(PLACES),
            "language": st.sampled_from(PLACES),
            "query_text": st.sampled_from(TEXTS),
            "event_ts": _usually(TIMES[1:5], TIMES),
        }
    )


def responses() -> st.SearchStrategy[dict[str, Any]]:
    """Records of response_log."""
    return st.fixed_dictionaries(
        {
            "response_id": _ids(),
            "query_id": _ids(),
            "response_text": st.sampled_from(TEXTS),
            "model_version": st.sampled_from(("m1", *BLANKS)),
            "event_ts": _usually(TIMES[1:6], TIMES),
            "platform_scores": scores(),
        }
    )


def pins() -> st.SearchStrategy[dict[str, Any]]:
    """Records of pin_log."""
    return st.fixed_dictionaries(
        {
            "response_id": _ids(),
            "pin_id": _usually(("p1", "p2", "P1", "p1\u200b"), IDS),
            "slot": _usually((0, 1), SLOTS),
            "image_signature": st.sampled_from((None, "00ff", b"\xff\x00")),
            "image_url": st.sampled_from(
                (None, "https://images.example/1.jpg", "javascript:alert(1)", b"http://\xff/")
            ),
            "title": st.sampled_from(TEXTS),
            "viewed": st.sampled_from((None, True, False)),
            "event_ts": _usually(TIMES[1:6], TIMES),
        }
    )


def small_logs() -> st.SearchStrategy[dict[str, list[dict[str, Any]]]]:
    """A few records of each log."""
    return st.fixed_dictionaries(
        {
            "query_log": st.lists(queries(), min_size=5, max_size=12),
            "response_log": st.lists(responses(), min_size=8, max_size=16),
            "pin_log": st.lists(pins(), min_size=16, max_size=30),
        }
    )
