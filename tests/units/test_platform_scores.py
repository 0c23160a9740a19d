"""Scores from anybody's pen come out in one form, whether they were in it before or not."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from lib.units.platform_scores import sorted_scores

NAN = float("nan")
CASES: dict[str, tuple[list[tuple[bytes, float | None]] | None, list[tuple[str, float | None]] | None]] = {
    "in one form already": ([(b"a", 0.5), (b"b", 0.25)], [("a", 0.5), ("b", 0.25)]),
    "in another order": ([(b"b", 0.25), (b"a", 0.5)], [("a", 0.5), ("b", 0.25)]),
    "no score of a policy": ([(b"b", None), (b"a", NAN)], [("a", NAN), ("b", None)]),
    "a negative zero": ([(b"b", -0.0), (b"a", 0.5)], [("a", 0.5), ("b", 0.0)]),
    "a key twice": ([(b"a", 0.5), (b"b", 0.25), (b"a", 0.75)], [("a", 0.75), ("b", 0.25)]),
    "a key that is no UTF-8": ([(b"z", 0.5), (b"\xff", 0.25)], [("z", 0.5), ("�", 0.25)]),
    "two halves of a character": ([(b"a\xc3", 0.5), (b"\xa9b", 0.25)], [("a�", 0.5), ("�b", 0.25)]),
    "nothing": ([], []),
    "no map": (None, None),
}


@pytest.mark.parametrize("case", CASES)
def test_scores_are_sorted_once_each_and_readable(spark: SparkSession, tmp_path: Path, case: str) -> None:
    logged, expected = CASES[case]
    # Spark's own maps hold no key twice; a file's may, and text that is no UTF-8.
    keys_and_values = pa.map_(pa.binary(), pa.float64())
    as_text = pa.map_(pa.string(), pa.float64())
    column = pa.array([logged], keys_and_values).view(as_text)
    pq.write_table(pa.table({"scores": column}), tmp_path / "log.parquet")
    log = spark.read.parquet(str(tmp_path))
    # In hex: on its way to Python any text would become readable.
    in_hex = F.transform(
        sorted_scores(F.col("scores")),
        lambda entry: F.struct(F.hex(entry["key"]).alias("key"), entry["value"].alias("value")),
    )
    (row,) = log.select(in_hex.alias("scores")).collect()
    found: list[Any] | None = None
    if row["scores"] is not None:
        found = [(bytes.fromhex(entry["key"]).decode(), entry["value"]) for entry in row["scores"]]
    assert repr(found) == repr(expected)
