"""The Pins of a day for DuckDB: sorted once by SQL, cut into lists in numpy.

DuckDB's list() of structs, sorted and filtered list by list, took twice the CPU time of one sort of all rows. In order,
the deliveries of an event are neighbours, and a response's Pins are a slice: an Arrow list array is made of offsets.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from schemas.contracts.settings import UnitSettings
from scripts.benchmark.duckdb_version.log_faults import pin_fault
from scripts.benchmark.log_rules import FIXED_BYTES

_FIELDS = ("slot", "pin_id", "is_viewed", "event_ts", "image_signature", "image_url", "title")
_TEXTS = ("pin_id", "image_signature", "image_url", "title")
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class OrderedPins:
    """All rows of a day's Pin log.

    `usable` rows are in order, those beyond the limits not `is_within`; `starts` are the positions of each response's
    first. `groups` has response_id,
    group_number, pins (without duplicates, within the limits) and n_pin_deliveries; `unused` rows have a `reason`.
    """

    n_rows: int
    usable: pa.Table
    is_within: Bools
    starts: Ints
    groups: pa.Table
    unused: pa.Table

    def of_groups(self, numbers: Sequence[int]) -> pa.Table:
        """The rows of some responses within the limits; the others are among `unused`."""
        limits = np.append(self.starts, self.usable.num_rows)
        slices = [np.arange(limits[number], limits[number + 1]) for number in numbers]
        positions = np.concatenate([np.empty(0, dtype=np.int64), *slices])
        return self.usable.take(pa.array(positions[self.is_within[positions]]))


def ordered_pins(connection: duckdb.DuckDBPyConnection, logs: Path, ds: date, limits: UnitSettings) -> OrderedPins:
    """Read, check and order the Pin log; of each Pin the last delivery in order counts, viewed ones last."""
    rows = connection.sql(
        f"SELECT response_id, {pin_fault(ds)} AS reason, slot, pin_id, coalesce(viewed, false) AS is_viewed, event_ts, "
        f"image_signature, image_url, title FROM read_parquet('{logs}/input/pin_log/ds={ds}/*.parquet') "
        "ORDER BY reason NULLS FIRST, response_id, slot, pin_id, is_viewed, event_ts"
    ).to_arrow_table()
    n_usable = rows["reason"].null_count
    usable = rows.slice(0, n_usable).drop_columns("reason").combine_chunks()
    begins = _begins(usable["response_id"])
    starts = np.flatnonzero(begins)
    is_within = _is_within_limits(usable, starts, limits)
    # The last of equal neighbours; what lies beyond the limits is nobody's neighbour.
    continues = ~begins & ~_begins(usable["slot"]) & ~_begins(usable["pin_id"]) & is_within
    is_kept = is_within & ~np.append(continues[1:], False)
    kept = usable.select(_FIELDS).filter(pa.array(is_kept)).combine_chunks()
    structs = pa.StructArray.from_arrays([kept[name].combine_chunks() for name in _FIELDS], _FIELDS)
    n_kept, n_within = (np.add.reduceat(chosen.astype(np.int64), starts) for chosen in (is_kept, is_within))
    offsets = pa.array(np.concatenate([[0], np.cumsum(n_kept)]))
    groups = pa.table(
        {
            "response_id": usable["response_id"].take(pa.array(starts)),
            "group_number": np.arange(len(starts)),
            "pins": pa.LargeListArray.from_arrays(offsets, structs),
            "n_pin_deliveries": n_within,
        }
    )
    surplus = usable.filter(pa.array(~is_within))
    named = surplus.append_column("reason", pa.array(["surplus_delivery"] * surplus.num_rows, pa.large_string()))
    faulty = rows.slice(n_usable)
    unused = pa.concat_tables([faulty, named.select(faulty.column_names)], promote_options="permissive")
    return OrderedPins(rows.num_rows, usable, is_within, starts, groups, unused)


def _begins(values: pa.ChunkedArray) -> Bools:
    """Whether a value differs from the one before it; the first does."""
    array = values.combine_chunks()
    differs: Bools = pc.not_equal(array[1:], array[:-1]).to_numpy(zero_copy_only=False)
    return np.append(True, differs)[: len(array)]


def _is_within_limits(usable: pa.Table, starts: Ints, limits: UnitSettings) -> Bools:
    """Whether a delivery is among the first of its response, by number and by bytes of text."""
    sizes = np.full(usable.num_rows, FIXED_BYTES, dtype=np.int64)
    for name in _TEXTS:
        sizes += pc.fill_null(pc.binary_length(usable[name]), 0).to_numpy()
    lengths = np.diff(np.append(starts, usable.num_rows))
    before = np.cumsum(sizes) - sizes
    within_group = before - np.repeat(before[starts], lengths)
    number = np.arange(usable.num_rows) - np.repeat(starts, lengths)
    is_within: Bools = (number < limits.maximum_deliveries_per_key) & (within_group < limits.maximum_bytes_per_key)
    return is_within
