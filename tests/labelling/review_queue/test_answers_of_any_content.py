"""Whatever a file holds: answers with their faults, or the sentence that refuses it; never another exception."""

import json
from collections.abc import Callable
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.labelling.review_queue.csv_labels import read_csv_labels
from lib.labelling.review_queue.label_studio_annotations import read_label_studio_annotations
from schemas.contracts.review_task import ReviewAnswer
from schemas.errors import ContractError
from tests.labelling.review_queue.examples import CSV_HEADER, VERSION, task_id
from tests.labelling.review_queue.taken_in import rows_of

pytestmark = pytest.mark.slow

_SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6)
_WORDS = st.sampled_from(["verdict-harassment", "components-harassment", "note", "violating", "query", "\ud800"])
_TIMES = st.sampled_from(["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"]) | st.datetimes(
    timezones=st.timezones()
).map(datetime.isoformat)
_JSON = st.recursive(
    _SCALARS | _WORDS | _TIMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
_ENTRIES = st.fixed_dictionaries(
    {"from_name": _WORDS | _JSON, "value": st.fixed_dictionaries({"choices": _JSON, "text": _JSON}) | _JSON},
    optional={"type": st.sampled_from(["textarea", "choices"]) | _JSON},
)
_ANNOTATIONS = st.fixed_dictionaries(
    {"result": st.lists(_ENTRIES, max_size=3) | _JSON},
    optional=dict.fromkeys(
        ("id", "completed_by", "updated_at", "created_at", "lead_time", "was_cancelled", "x"), _JSON
    ),
)
_KNOWN = st.just({"task_id": task_id(1), "prompt_version": VERSION})
_TASKS = st.fixed_dictionaries({"data": _KNOWN | _JSON, "annotations": st.lists(_ANNOTATIONS, max_size=2) | _JSON})
_EXPORTS = st.lists(_TASKS, max_size=3).map(lambda tasks: json.dumps(tasks).encode())
_CELLS = st.text(max_size=5) | _WORDS | _TIMES | st.sampled_from([task_id(1), VERSION, '"', "=", "\n", "1e999"])
_TABLES = st.lists(st.lists(_CELLS, max_size=12).map(",".join), max_size=4).map(
    lambda rows: "\n".join([CSV_HEADER, *rows]).encode("utf-8", "replace")
)


def _require_answers_or_refusal(read: Callable[[str, str], list[ReviewAnswer]], content: bytes) -> None:
    """The only exception is the documented one, in the reader or in anything that its answers go through."""
    try:
        answers = read(content.decode("utf-8-sig", "replace"), "a")
    except ContractError:
        return
    rows_of(*answers)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200) | _EXPORTS)
def test_whatever_an_export_holds_it_is_read_or_refused(content: bytes) -> None:
    _require_answers_or_refusal(read_label_studio_annotations, content)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200) | st.binary(max_size=200).map(CSV_HEADER.encode().__add__) | _TABLES)
def test_whatever_a_table_holds_it_is_read_or_refused(content: bytes) -> None:
    _require_answers_or_refusal(read_csv_labels, content)
