"""Cuts texts that anyone may have written into words and hashes them, all texts of a batch at once.

A batch is one array of characters. Where words begin and end, and what each hashes to, are a few operations of numpy
over it: no Python object is made for a word.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from unicodedata import normalize
from zlib import crc32

import numpy as np
import numpy.typing as npt

UInts = npt.NDArray[np.uint64]
Integers = npt.NDArray[np.int64]

_WORD, _SINGLE, _SEPARATOR = 0, 1, 2
# Scripts written without spaces (Thai, Lao, Khmer, Myanmar, kana, Han) and pictographs: each character is a word,
# so that pairs of neighbours become the character bigrams usual for these scripts, and an emoji keeps its meaning.
_SINGLES = (
    (0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x2600, 0x27BF), (0x3040, 0x30FF), (0x3400, 0x9FFF),
    (0x1F000, 0x1FAFF), (0x20000, 0x3FFFF),
)  # fmt: skip
# Everything else is a word up to the next space, control, ASCII, Latin-1, general or CJK punctuation character.
# Separators are listed, not letters, because vowel signs of Indic scripts are not letters but belong to words.
_SEPARATORS = (
    (0x00, 0x2F), (0x3A, 0x40), (0x5B, 0x60), (0x7B, 0xA9), (0xAB, 0xB4), (0xB6, 0xB9), (0xBB, 0xBF), (0x1680, 0x1680),
    (0x2000, 0x206F), (0x3000, 0x303F), (0xFE00, 0xFE0F),
)  # fmt: skip
_BETWEEN_TEXTS = "\n"

# So many characters at a time stay in a processor's cache, with all that is computed of them.
_CHUNK_CHARACTERS = 1 << 15
# Longer words, in bytes, are rare, and hashed one by one.
_LONGEST_TABLED = 32


@dataclass(frozen=True)
class Words:
    """The words of a batch of texts, in order.

    Args:
        utf8: bytes of all texts
        starts: where each word begins in `utf8`
        ends: where each word ends, exclusive
        texts: number of the text that each word is in, from 0

    """

    utf8: npt.NDArray[np.uint8]
    starts: Integers
    ends: Integers
    texts: Integers

    def __iter__(self) -> Iterator[str]:
        """Every word as text."""
        for start, end in zip(self.starts, self.ends, strict=True):
            yield self.utf8[start:end].tobytes().decode("utf-8", "surrogatepass")

    def hashes(self) -> UInts:
        """CRC-32 of each word's UTF-8 bytes: the same on every machine.

        CRCs are linear: a word's is the exclusive or of one number for each byte and its distance from the end, and of
        one for the length.
        """
        if not self.starts.size:
            return np.empty(0, dtype=np.uint64)
        lengths = self.ends - self.starts
        # Of every byte from the first word on, how far it is from the end of the last word that has begun.
        n_bytes = np.diff(self.starts, append=self.utf8.size)
        from_end = np.repeat((self.ends - 1).astype(np.int32), n_bytes)
        from_end -= np.arange(self.starts[0], self.utf8.size, dtype=np.int32)
        # A byte between words has no number, and one of a long word a wrong one: neither is used.
        from_end &= _LONGEST_TABLED - 1
        from_end <<= 8
        from_end |= self.utf8[self.starts[0] :]
        parts = np.append(_OF_BYTES[from_end], np.uint32(0))
        bounds = np.column_stack([self.starts, self.ends]).ravel() - self.starts[0]
        found = np.bitwise_xor.reduceat(parts, bounds)[::2] ^ _OF_LENGTHS[np.minimum(lengths, _LONGEST_TABLED)]
        for word in np.flatnonzero(lengths > _LONGEST_TABLED):
            found[word] = crc32(self.utf8[self.starts[word] : self.ends[word]].tobytes())
        hashes: UInts = found.astype(np.uint64)
        return hashes


def words_in_chunks(texts: Sequence[object], *, maximum_text_length: int) -> Iterator[Words]:
    """The words of `texts`, some texts at a time, each cut to `maximum_text_length` characters.

    Compatibility forms are folded (NFKC: full-width and mathematical letters become plain ones) and case is lowered,
    because both are used to hide a word. What is not a string (null, pandas' NaN) has no words.
    """
    folded = [_folded(text, maximum_text_length) for text in texts]
    total = np.cumsum(np.fromiter(map(len, folded), dtype=np.int64, count=len(folded)))
    chunks = np.flatnonzero(np.diff(total // _CHUNK_CHARACTERS)) + 1
    for first, last in pairwise([0, *chunks.tolist(), len(folded)]):
        if last > first:
            yield _words_of(folded[first:last], number_of_first=first)


def _folded(text: object, maximum_text_length: int) -> str:
    if not isinstance(text, str):
        return ""
    text = text[:maximum_text_length]
    return text.lower() if text.isascii() else normalize("NFKC", text).lower()


def _words_of(texts: Sequence[str], *, number_of_first: int) -> Words:
    joined = _BETWEEN_TEXTS.join(texts)
    utf8 = np.frombuffer(joined.encode("utf-8", "surrogatepass"), dtype=np.uint8)
    if is_ascii := joined.isascii():
        kinds = _KINDS[utf8]
    else:
        characters = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        kinds = _KINDS[characters]
    starts, ends = _spans(kinds)
    # A text begins behind the one before and what is between them.
    begins = np.cumsum([0, *[len(text) + 1 for text in texts[:-1]]])
    n_before = np.append(np.searchsorted(starts, begins), starts.size)
    numbers = np.repeat(np.arange(number_of_first, number_of_first + len(texts)), np.diff(n_before))
    if not is_ascii:
        n_bytes = 1 + (characters > 0x7F).astype(np.uint8) + (characters > 0x7FF) + (characters > 0xFFFF)
        byte = np.append(0, np.cumsum(n_bytes, dtype=np.int64))
        starts, ends = byte[starts], byte[ends]
    return Words(utf8, starts, ends, numbers)


def _spans(kinds: npt.NDArray[np.uint8]) -> tuple[Integers, Integers]:
    """Where words begin and end among characters of these kinds."""
    framed = np.concatenate([[_SEPARATOR], kinds, [_SEPARATOR]])
    is_edge = (framed[1:] != framed[:-1]) | (framed[1:] == _SINGLE)
    in_word = framed != _SEPARATOR
    return np.flatnonzero(is_edge & in_word[1:]), np.flatnonzero(is_edge & in_word[:-1])


def _kinds() -> npt.NDArray[np.uint8]:
    kinds = np.full(0x110000, _WORD, dtype=np.uint8)
    for kind, ranges in ((_SINGLE, _SINGLES), (_SEPARATOR, _SEPARATORS)):
        for first, last in ranges:
            kinds[first : last + 1] = kind
    return kinds


def _of_bytes() -> npt.NDArray[np.uint32]:
    """What a byte adds to the CRC of its word, at distance x 256 + byte."""
    return np.array(
        [
            crc32(bytes([byte]) + bytes(distance)) ^ crc32(bytes(distance + 1))
            for distance in range(_LONGEST_TABLED)
            for byte in range(256)
        ],
        dtype=np.uint32,
    )


_KINDS = _kinds()
_OF_BYTES = _of_bytes()
_OF_LENGTHS = np.array([crc32(bytes(length)) for length in range(_LONGEST_TABLED + 1)], dtype=np.uint32)
