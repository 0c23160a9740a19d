"""What a labeler is shown of a unit, as it comes from the driver, from Arrow and from pandas."""

import hashlib

import numpy as np
import pytest
from pyspark.sql import Row

from lib.labelling.redaction.redaction import Redaction
from lib.labelling.redaction.shown_content import shown_content
from schemas.contracts.unit_content import PinContent, UnitContent

PINS = [
    {"slot": 0, "pin_id": "p", "title": "a", "image_url": "https://images.example/1.jpg", "is_viewed": True},
    {"slot": 1, "pin_id": "q", "title": None, "image_url": None, "is_viewed": False},
]
CONTENT = UnitContent(
    query_text="q",
    response_text=None,
    pins=(PinContent(title="a", image_url="https://images.example/1.jpg"), PinContent()),
    language="de",
)


@pytest.mark.parametrize(
    "segments",
    [{"language": "de", "surface": "search"}, [("language", "de"), ("surface", "search")]],
)
def test_a_row_of_the_sample_becomes_its_content(segments: object) -> None:
    row = {"unit_id": "u", "query_text": "q", "response_text": None, "pins": PINS, "segments": segments}
    assert shown_content(row, Redaction()) == CONTENT
    as_pandas_has_it = np.empty(len(PINS), dtype=object)
    as_pandas_has_it[:] = [Row(**pin) for pin in PINS]
    assert shown_content(row | {"pins": as_pandas_has_it}, Redaction()) == CONTENT


@pytest.mark.parametrize(
    ("extra", "language"),
    [
        ({}, None),
        ({"segments": None}, None),
        ({"segments": {"language": "unknown"}}, None),
        ({"language": "fr"}, "fr"),
        ({"language": "fr", "segments": {"language": "de"}}, "fr"),
    ],
)
def test_language_and_pins_may_be_missing(extra: dict[str, object], language: str | None) -> None:
    content = shown_content({"query_text": None, "response_text": "r", "pins": None} | extra, Redaction())
    assert content == UnitContent(response_text="r", language=language)


def test_the_hash_is_of_canonical_json() -> None:
    expected = (
        '{"language":"de","pins":[{"image_url":"https://images.example/1.jpg","title":"a"},'
        '{"image_url":null,"title":null}],"query_text":"q","response_text":null}'
    )
    assert CONTENT.content_hash == hashlib.sha256(expected.encode()).hexdigest()


@pytest.mark.parametrize(
    "other",
    [
        {"query_text": "q "},
        {"response_text": ""},
        {"pins": CONTENT.pins[::-1]},
        {"pins": CONTENT.pins[:1]},
        {"language": None},
    ],
)
def test_other_content_has_another_hash(other: dict[str, object]) -> None:
    assert UnitContent(**(dict(CONTENT) | other)).content_hash != CONTENT.content_hash


def test_half_a_surrogate_pair_becomes_a_replacement_character() -> None:
    content = UnitContent(query_text="a\ud800b\U0001f600", pins=(PinContent(title="\udfff"),))
    assert content.query_text == "a\ufffdb\U0001f600"
    assert content.pins[0].title == "\ufffd"
    assert len(content.content_hash) == 64
