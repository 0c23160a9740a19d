"""Bins of watched columns by hand."""

import math

from pyspark.sql import SparkSession

from lib.quality.watched_columns import binned
from schemas.table_spec import ColumnSpec

SURFACE = ColumnSpec("surface", "string", "where", is_nullable=True)
VIEWS = ColumnSpec("views", "int", "how many", is_nullable=True)
SCORES = ColumnSpec("scores", "map<string,double>", "scores", is_nullable=True)


def test_every_value_is_in_its_bin(spark: SparkSession) -> None:
    rows = spark.createDataFrame(
        [
            ("search", 0, {"adult": 0.5, "spam": 0.0}),
            ("search", 1, {"adult": 0.5, "spam": 1.0}),
            ("f" * 45, 3, {"adult": 0.8, "spam": None}),
            (None, None, None),
        ],
        "surface string, views int, scores map<string,double>",
    )
    watched = [("where", SURFACE, "shares"), ("seen", VIEWS, "counts"), ("likely", SCORES, "probabilities")]
    told = binned({"a table": watched}, {"a table": rows}).collect()
    found = {(row["name"], row["bin"]): row["n_rows"] for row in told}
    assert found == {
        ("where", "search"): 2,
        ("where", "f" * 40): 1,  # cut short
        # Four bins to a doubling of 1 + views.
        ("seen", "0"): 1,
        ("seen", "4"): 1,
        ("seen", "8"): 1,
        # And to a doubling of the odds: 1 to 1, 4 to 1; none and all are 2^14 to 1.
        ("likely", "adult|0"): 2,
        ("likely", "adult|8"): 1,
        ("likely", "spam|-56"): 1,
        ("likely", "spam|56"): 1,
    }
    assert math.log2(0.8 / 0.2) * 4 == 8


def test_of_nominal_values_only_the_most_frequent_are_told(spark: SparkSession) -> None:
    values = [f"v{n:02d}" for n in range(60) for _ in range(2 if n >= 20 else 1)]
    rows = spark.createDataFrame([(value, n) for n, value in enumerate(values)], "surface string, views int")
    watched = [("where", SURFACE, "shares"), ("seen", VIEWS, "counts")]
    told = binned({"a table": watched}, {"a table": rows}).collect()
    # Forty that came twice, then the first ten of those that came once.
    expected = {f"v{n:02d}": 2 for n in range(20, 60)} | {f"v{n:02d}": 1 for n in range(10)}
    assert {row["bin"]: row["n_rows"] for row in told if row["name"] == "where"} == expected
    assert sum(row["n_rows"] for row in told if row["name"] == "seen") == 100
