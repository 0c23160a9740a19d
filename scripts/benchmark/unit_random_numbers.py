"""The permanent random number of every unit, for many units at once: the same bits as lib.sampling gives them.

A unit's id has 32 bytes, which is exactly one stripe of XXH64: the hash is some twenty operations on whole columns.
"""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import xxhash

UInts = npt.NDArray[np.uint64]
_ID_BYTES = 32
_SPARK_SEED = 42
_P1, _P2, _P3, _P4 = (
    np.uint64(prime) for prime in (0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x85EBCA77C2B2AE63)
)


def random_numbers(unit_ids: pa.Array, *, seed: int) -> npt.NDArray[np.float64]:
    """U in (0, 1) of each of `unit_ids`, strings of 32 ASCII characters without nulls.

    u = (52 bits of a hash + 1/2)/2^52, as lib/sampling/selection.py; the hash of the seed is the seed of the hash.
    """
    lanes = _lanes(unit_ids)
    chained = xxhash.xxh64_intdigest(f"{seed}".encode(), _SPARK_SEED)
    bits = _xxh64(lanes, chained) >> np.uint64(12)
    numbers: npt.NDArray[np.float64] = (bits.astype(np.float64) + 0.5) * 2.0**-52
    return numbers


def _lanes(unit_ids: pa.Array) -> UInts:
    """The ids' bytes as four little-endian numbers each."""
    texts = unit_ids.cast(pa.large_string())
    _, offsets, data = texts.buffers()
    limits = np.frombuffer(offsets, dtype=np.int64)[texts.offset : texts.offset + len(texts) + 1]
    if not np.all(np.diff(limits) == _ID_BYTES):
        raise ValueError("A unit's id has 32 characters; some have others.")
    octets = np.frombuffer(data, dtype=np.uint8)[limits[0] : limits[-1]]
    return octets.view("<u8").reshape(len(texts), 4)


def _xxh64(lanes: UInts, seed: int) -> UInts:
    """XXH64 of 32 bytes a row (Collet 2014); unsigned overflow is what the algorithm wants."""
    with np.errstate(over="ignore"):
        start = np.uint64(seed)
        starts = (start + _P1 + _P2, start + _P2, start, start - _P1)
        v1, v2, v3, v4 = (_round(np.full(len(lanes), s), lanes[:, i]) for i, s in enumerate(starts))
        mixed = _left(v1, 1) + _left(v2, 7) + _left(v3, 12) + _left(v4, 18)
        for lane in (v1, v2, v3, v4):
            mixed = (mixed ^ _round(np.zeros_like(lane), lane)) * _P1 + _P4
        mixed = mixed + np.uint64(_ID_BYTES)
        mixed = (mixed ^ (mixed >> np.uint64(33))) * _P2
        mixed = (mixed ^ (mixed >> np.uint64(29))) * _P3
        return mixed ^ (mixed >> np.uint64(32))


def _round(accumulator: UInts, lane: UInts) -> UInts:
    return _left(accumulator + lane * _P2, 31) * _P1


def _left(numbers: UInts, n_bits: int) -> UInts:
    return (numbers << np.uint64(n_bits)) | (numbers >> np.uint64(64 - n_bits))
