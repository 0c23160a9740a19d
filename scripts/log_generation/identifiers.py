"""Identifiers as fixed-width strings, built as one byte matrix instead of a Python loop."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

_HEX_PAIRS = np.frombuffer("".join(f"{byte:02x}" for byte in range(256)).encode(), dtype=np.uint16)
_GOLDEN_64 = np.uint64(0x9E3779B97F4A7C15)
_ODD_40 = np.uint64(0xB5297A4D35)
_MASK_40 = np.uint64((1 << 40) - 1)


def scramble(numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.uint64]:
    """One-to-one map of counters below 2^40 onto 40-bit numbers, so that ids do not sort by time.

    Multiplying by an odd constant modulo 2^40 loses nothing; unsigned overflow keeps the low bits exact.
    """
    return (numbers.astype(np.uint64) * _ODD_40) & _MASK_40


def mix(numbers: npt.NDArray[np.uint64], salt: int) -> npt.NDArray[np.uint64]:
    """SplitMix64 finaliser (Steele, Lea & Flood 2014): a one-to-one 64-bit hash of each number."""
    mixed = numbers * _GOLDEN_64 + np.uint64(salt)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def hex_digits(numbers: npt.NDArray[np.uint64], n_digits: int) -> npt.NDArray[np.uint8]:
    """ASCII matrix (row, digit) of the lowest `n_digits` (even, at most 16) hexadecimal digits."""
    octets = numbers.astype(">u8").view(np.uint8).reshape(len(numbers), 8)[:, 8 - n_digits // 2 :]
    return _HEX_PAIRS[octets].view(np.uint8)


def fixed_strings(prefix: str, digits: npt.NDArray[np.uint8], suffix: str = "") -> pa.StringArray:
    """`prefix` + digits + `suffix` of every row as an Arrow string array."""
    n_rows = len(digits)
    head, tail = (np.frombuffer(text.encode(), dtype=np.uint8) for text in (prefix, suffix))
    parts = [np.broadcast_to(head, (n_rows, len(head))), digits, np.broadcast_to(tail, (n_rows, len(tail)))]
    matrix = np.concatenate(parts, axis=1)
    offsets = np.arange(n_rows + 1, dtype=np.int32) * np.int32(matrix.shape[1])
    return pa.StringArray.from_buffers(n_rows, pa.py_buffer(offsets), pa.py_buffer(matrix))
