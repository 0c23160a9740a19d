"""Words and their hashes, against a regular expression and zlib that know nothing of arrays."""

import re
import unicodedata
from collections.abc import Sequence
from zlib import crc32

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.scoring import words as module
from lib.scoring.words import words_in_chunks

_SINGLE = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\u2600-\u27bf\U0001f000-\U0001faff"
_SINGLE += "\U00020000-\U0003ffff"
_SEPARATOR = r"\s\x00-/:-@\[-`{-\u00a9\u00ab-\u00b4\u00b6-\u00b9\u00bb-\u00bf\u2000-\u206f\u3000-\u303f\ufe00-\ufe0f"
RULE = re.compile(f"[{_SINGLE}]|[^{_SEPARATOR}{_SINGLE}]+")
ANYTHING = st.text(st.characters(exclude_categories=()))
# Where something can go wrong: final sigma, a letter that is two in lower case, marks that join with what is before.
AWKWARD = st.text("aΣσ İ\u0301\u030a\u200bé👍日\ud800\n\x00\u1680", max_size=12)


def _words(texts: Sequence[object], *, maximum_text_length: int = 100) -> list[list[str]]:
    found: list[list[str]] = [[] for _ in texts]
    for chunk in words_in_chunks(texts, maximum_text_length=maximum_text_length):
        for number, word in zip(chunk.texts, chunk, strict=True):
            found[number].append(word)
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Two words,\tand\nmore", ["two", "words", "and", "more"]),
        ("ＦＵＬＬ width 𝓼𝓬𝓻𝓲𝓹𝓽", ["full", "width", "script"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("日本語 text", ["日", "本", "語", "text"]),
        ("ok👍no", ["ok", "👍", "no"]),
        ("zero\u200bwidth \u201cquoted\u201d", ["zero", "width", "quoted"]),
        ("nul\x00byte", ["nul", "byte"]),
        ("", []),
        (None, []),
        (float("nan"), []),
    ],
)
def test_words(text: object, expected: list[str]) -> None:
    assert _words([text]) == [expected]


@given(st.lists(st.one_of(st.none(), ANYTHING, AWKWARD), max_size=6))
@pytest.mark.slow
def test_words_of_a_batch_are_those_of_each_text_by_the_rule(texts: list[str | None]) -> None:
    folded = [unicodedata.normalize("NFKC", (text or "")[:20]).lower() for text in texts]

    assert _words(texts, maximum_text_length=20) == [RULE.findall(text) for text in folded]


@pytest.mark.slow
def test_every_character_is_of_the_kind_that_the_rule_says() -> None:
    characters = [chr(code) for code in range(0x110000)]
    separators, singles = re.compile(f"[{_SEPARATOR}]"), re.compile(f"[{_SINGLE}]")
    expected = [1 if singles.match(c) else 2 if separators.match(c) else 0 for c in characters]

    assert np.flatnonzero(module._kinds() != np.array(expected)).tolist() == []


@given(st.lists(st.text(st.characters(exclude_categories=()), max_size=80), max_size=4))
@pytest.mark.slow
def test_a_hash_is_the_crc_of_the_word_whatever_its_length(texts: list[str]) -> None:
    for chunk in words_in_chunks(texts, maximum_text_length=80):
        expected = [crc32(word.encode("utf-8", "surrogatepass")) for word in chunk]
        assert chunk.hashes().tolist() == expected


def test_long_batches_are_worked_off_in_chunks() -> None:
    texts = [f"text number {i} " + "word " * (i % 50) for i in range(2_000)]

    chunks = list(words_in_chunks(texts, maximum_text_length=1_000))

    assert len(chunks) > 2
    assert _words(texts, maximum_text_length=1_000) == [text.split() for text in texts]
