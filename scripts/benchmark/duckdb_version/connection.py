"""A DuckDB connection that knows the key of the id hashes, what counts as blank, and the permanent random numbers."""

import os

import duckdb
import pyarrow as pa
from duckdb.func import ARROW
from duckdb.sqltypes import DOUBLE, VARCHAR

from scripts.benchmark.log_rules import BLANK_CHARACTERS, hash_pads
from scripts.benchmark.unit_random_numbers import random_numbers


def connect(seed: int) -> duckdb.DuckDBPyConnection:
    """A connection in memory, with as many threads as there are cores."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET preserve_insertion_order = false")
    # A day's texts in one column may be more than 2 GB.
    connection.execute("SET arrow_large_buffer_size = true")
    inner_pad, outer_pad = hash_pads(os.environ)
    for name, value in (("blank", BLANK_CHARACTERS), ("inner_pad", inner_pad), ("outer_pad", outer_pad)):
        connection.execute(f"SET VARIABLE {name} = ?", [value])

    def prn(unit_ids: pa.ChunkedArray) -> pa.Array:
        return pa.array(random_numbers(unit_ids.combine_chunks(), seed=seed))

    connection.create_function("prn", prn, [VARCHAR], DOUBLE, type=ARROW)
    return connection
