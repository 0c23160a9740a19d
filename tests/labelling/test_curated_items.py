"""Golden items that somebody chose by hand: what is read, and what is refused with every fault at once."""

import json

import pytest
from pyspark.sql import SparkSession

from lib.labelling.curated_items import curated_format, curated_items
from lib.settings import load_policies
from schemas.errors import ConfigurationError

COLUMNS = "policy string, verdict string, query_text string, pins string, violating_components string"


def test_a_csv_with_pins_as_json_becomes_items(spark: SparkSession) -> None:
    pins = json.dumps([{"title": "first"}, {"title": "second", "slot": 7, "image_url": "https://example.org/i"}])
    file = spark.createDataFrame(
        [(" harassment", "violating", "you ", pins, "query; image"), ("self_harm", "not_violating", None, pins, None)],
        COLUMNS,
    )
    rows = curated_items(file, path="items.csv", policies=load_policies()).orderBy("policy").collect()
    first, second = rows
    assert (first["policy"], first["query_text"], first["violating_components"]) == (
        "harassment",
        "you",
        ["query", "image"],
    )
    assert [(pin["slot"], pin["title"], pin["is_viewed"]) for pin in first["pins"]] == [
        (1, "first", False),
        (7, "second", False),
    ]
    versions = {policy.id: policy.version for policy in load_policies()}
    assert [row["policy_version"] for row in rows] == [versions["harassment"], versions["self_harm"]]
    assert (second["query_text"], second["language"], second["weight"], second["source"]) == (
        None,
        "unknown",
        None,
        "curated",
    )
    assert len(first["item_id"]) == 32
    assert first["item_id"] != second["item_id"]


def test_every_fault_of_a_file_is_told_at_once(spark: SparkSession) -> None:
    file = spark.createDataFrame(
        [
            ("gambling", "violating", "a", None, None),
            ("harassment", "cannot_tell", "b", "{broken", None),
            ("harassment", "violating", " ", None, "title"),
            ("harassment", "violating", "fine", None, "query"),
        ],
        COLUMNS,
    )
    with pytest.raises(ConfigurationError) as refused:
        curated_items(file, path="items.csv", policies=load_policies())
    for complaint in (
        "in 1 rows `policy` is not one of adult_content, harassment",
        "in 1 rows `verdict` is not one of violating, not_violating",
        "in 1 rows `violating_components` names something else",
        "in 1 rows there is no query_text, response_text or pins",
        "in 1 rows `pins` cannot be read",
    ):
        assert complaint in str(refused.value)
    with pytest.raises(ConfigurationError, match=r"items.csv lacks `verdict` and `query_text, response_text or pins`"):
        curated_items(file.select("policy"), path="items.csv", policies=load_policies())


def test_the_ending_tells_the_format() -> None:
    assert [curated_format(path) for path in ("a/b.csv", "b.jsonl")] == ["csv", "json"]
    with pytest.raises(ConfigurationError, match=r"`items.xlsx`; let it end in .csv or .jsonl"):
        curated_format("items.xlsx")
