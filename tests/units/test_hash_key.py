"""The key of the id hashes: they are HMAC-SHA-256, and no plan, error or `repr` shows what they were made with."""

import contextlib
import hashlib
import hmac
import io
import traceback

import pytest
from pyspark.errors import PySparkException
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from lib.units.identifiers import HashKey, keyed_hash
from tests.planted_secrets import forms_of_key, found_in

KEYS = {"short": b"16 bytes of key!", "a block": bytes(range(7, 71)), "longer than a block": b"k" * 100}
KEY = b"sixteen bytes, and some more of them"
IDS = ("u1", "", "é", "x" * 200, None)


def test_the_hash_is_hmac_sha_256_for_keys_of_any_length(spark: SparkSession) -> None:
    frame = spark.createDataFrame([(value,) for value in IDS], "user_id string")
    hashed = {name: keyed_hash(F.col("user_id"), key=HashKey.of(spark, key)) for name, key in KEYS.items()}
    rows = frame.select("user_id", *[column.alias(name) for name, column in hashed.items()]).collect()
    for row in rows:
        for name, key in KEYS.items():
            expected = None if row["user_id"] is None else hmac.new(key, row["user_id"].encode(), hashlib.sha256)
            assert row[name] == (expected.hexdigest() if expected else None)


def _said_about(frame: DataFrame) -> str:
    """Every plan of `frame`, and every error that can be had from it, with its traceback."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        for mode in ("simple", "extended", "codegen", "cost", "formatted"):
            frame.explain(mode=mode)
    failing = (
        lambda: frame.select("absent"),
        lambda: frame.groupBy("user_id").agg(F.col("user_key")),
        lambda: frame.unionByName(frame.drop("user_key")),
        lambda: frame.select(F.raise_error(F.col("user_key"))).collect(),
        lambda: frame.select(F.assert_true(F.col("user_key") == "x")).collect(),
        lambda: frame.select(F.col("user_key").cast("int")).collect(),
        lambda: frame.withColumn("user_key", F.col("user_key") + F.lit([1])).collect(),
    )
    for fail in failing:
        with pytest.raises(PySparkException) as failure:
            fail()
        printed.write("".join(traceback.format_exception(failure.value)))
    parts = (repr(frame), frame.schema.json(), repr(frame["user_key"]), frame._jdf.queryExecution().toString())
    return "\n".join([printed.getvalue(), *parts])


def test_no_plan_and_no_error_shows_the_key(whole_plans: SparkSession) -> None:
    key = HashKey.of(whole_plans, KEY)
    frame = whole_plans.createDataFrame([("u1",)], "user_id string")
    said = _said_about(frame.withColumn("user_key", keyed_hash(F.col("user_id"), key=key)))
    assert "LocalTableScan" in said, "else the key is no local table any more, and this test looks for the wrong thing"
    assert found_in(said + repr(key), KEY) == set()
    # The search would find it: as a literal, the key is in plans and in errors.
    literals = HashKey(*[_literal(pad) for pad in ("inner pad", "outer pad")])
    leaky = _said_about(frame.withColumn("user_key", keyed_hash(F.col("user_id"), key=literals)))
    assert {"inner pad in hex", "outer pad in hex"} <= found_in(leaky, KEY)


def _literal(pad: str) -> Column:
    return F.lit(bytearray.fromhex(forms_of_key(KEY)[f"{pad} in hex"]))
