"""Hashed word features of texts that anyone may have written, as sparse matrices.

A text becomes the set of its words and pairs of neighbouring words, each hashed to a column (the hashing trick:
Weinberger et al. 2009, "Feature Hashing for Large Scale Multitask Learning"). No vocabulary is kept, so training
and application need to share two numbers only: `n_features` and `maximum_text_length`.
"""

import re
import unicodedata
from collections.abc import Sequence
from itertools import chain
from typing import Any
from zlib import crc32

import numpy as np
import numpy.typing as npt
from scipy import sparse

TEXT_COMPONENTS = ("query", "response", "image")
TEXT_COLUMNS = ("query_text", "response_text", "image_text")
DEFAULT_FEATURES = 2**16
DEFAULT_TEXT_LENGTH = 4_000

# Scripts written without spaces (Thai, Lao, Khmer, Myanmar, kana, Han) and pictographs: each character is a word,
# so that pairs of neighbours become the character bigrams usual for these scripts, and an emoji keeps its meaning.
_SINGLE = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\u2600-\u27bf\U0001f000-\U0001faff"
_SINGLE += "\U00020000-\U0003ffff"
# Everything else is a word up to the next space, control, ASCII, Latin-1, general or CJK punctuation character.
# Separators are listed, not letters, because vowel signs of Indic scripts are not letters but belong to words.
_SEPARATOR = r"\s\x00-/:-@\[-`{-\u00a9\u00ab-\u00b4\u00b6-\u00b9\u00bb-\u00bf\u2000-\u206f\u3000-\u303f\ufe00-\ufe0f"
_WORD = re.compile(f"[{_SINGLE}]|[^{_SEPARATOR}{_SINGLE}]+")
# The same rule for ASCII, where translating and splitting takes half the time of the expression.
_ASCII_SEPARATORS = str.maketrans({code: " " for code in range(128) if not chr(code).isalnum()})

# Constants of MurmurHash3's 64-bit finaliser (Appleby 2011) and 2^64 divided by the golden ratio.
_MIX_1, _MIX_2, _MIX_SHIFT = np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53), np.uint64(33)
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)

UInts = npt.NDArray[np.uint64]
Features = sparse.csr_array[Any, tuple[int, int]]


def words(text: object, *, maximum_text_length: int) -> list[str]:
    """The words of `text`, in order, after cutting it to `maximum_text_length` characters.

    Compatibility forms are folded (NFKC: full-width and mathematical letters become plain ones) and case is lowered,
    because both are used to hide a word. What is not a string (null, pandas' NaN) has no words.
    """
    if not isinstance(text, str):
        return []
    text = text[:maximum_text_length]
    if text.isascii():
        return text.lower().translate(_ASCII_SEPARATORS).split()
    return _WORD.findall(unicodedata.normalize("NFKC", text).lower())


def hashed_features(texts: Sequence[object], *, n_features: int, maximum_text_length: int) -> Features:
    """Which words and word pairs a text has, scaled by (their number)^(-1/4).

    The scaling lies between plain presence, where a long text shouts a short one down, and unit length, where one bad
    word drowns in a long text. On moderated texts of 70 to 5,000 characters it ranked as well as unit length, and
    better than both where violations are a few words in a long text.

    Args:
        texts: one text a row; null has no features.
        n_features: columns to hash into.
        maximum_text_length: characters of a text that are read.

    Returns:
        Matrix of len(texts) × n_features, column indices sorted, float64.
    """
    documents = [words(text, maximum_text_length=maximum_text_length) for text in texts]
    lengths = np.fromiter(map(len, documents), dtype=np.int64, count=len(documents))
    hash_of_word = _WordHashes().__getitem__
    word_hashes = np.fromiter(
        map(hash_of_word, chain.from_iterable(documents)), dtype=np.uint64, count=int(lengths.sum())
    )
    rows = np.repeat(np.arange(len(documents), dtype=np.int32), lengths)  # liblinear takes 32-bit indices only
    is_same_text = rows[1:] == rows[:-1]
    pairs = (word_hashes[:-1] * _GOLDEN + word_hashes[1:] + _GOLDEN)[is_same_text]
    columns = _mixed(np.concatenate([word_hashes, pairs])) % np.uint64(n_features)
    matrix: Features = sparse.csr_array(
        (np.ones(columns.size), (np.concatenate([rows, rows[:-1][is_same_text]]), columns.astype(np.int32))),
        shape=(len(documents), n_features),
    )
    matrix.sum_duplicates()
    n_present = np.diff(matrix.indptr)
    matrix.data = np.repeat(np.maximum(n_present, 1) ** -0.25, n_present)
    return matrix


class _WordHashes(dict[str, int]):
    """CRC-32 of each word, computed once a batch: most words of a batch are repeats."""

    def __missing__(self, word: str) -> int:
        """The hash of a new word: the same on every machine; `surrogatepass` takes half characters too."""
        self[word] = crc32(word.encode("utf-8", "surrogatepass"))
        return self[word]


def _mixed(hashes: UInts) -> UInts:
    """Bits of every hash spread over all 64 positions, because the remainder by a power of two reads the lowest."""
    hashes = (hashes ^ (hashes >> _MIX_SHIFT)) * _MIX_1
    hashes = (hashes ^ (hashes >> _MIX_SHIFT)) * _MIX_2
    mixed: UInts = hashes ^ (hashes >> _MIX_SHIFT)
    return mixed
