"""Labels from a file: what is read, what is refused and with which words, and when a file is a new version."""

from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from lib.labelling.file_labeler import FileLabeler
from schemas.errors import ContractError

PATH = "/data/labels.csv"
_SCHEMA = "unit_id string, policy string, verdict string, violating_components string, confidence string"


def _file(spark: SparkSession, *rows: tuple[Any, ...], schema: str = _SCHEMA) -> DataFrame:
    width = len(schema.split(", "))
    return spark.createDataFrame([(*row, *[None] * (width - len(row))) for row in rows], schema)


def _units(spark: SparkSession, *unit_ids: str) -> DataFrame:
    return spark.createDataFrame([(unit,) for unit in unit_ids], "unit_id string")


def _verdicts(spark: SparkSession, file: DataFrame, *unit_ids: str) -> list[tuple[Any, ...]]:
    labeler = FileLabeler("panel", file, PATH)
    return sorted(tuple(row) for row in labeler.verdicts(_units(spark, *unit_ids), ["a", "b"]).collect())


def test_a_csv_gives_verdicts_on_the_units_it_knows(spark: SparkSession, tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text(
        "policy,unit_id,verdict,violating_components,confidence,note\n"
        "a,u1,violating,query;image,0.75,seen twice\n"
        'a,u2,not_violating,,,"a, b"\n'
        "b,u1,cannot_tell,,0.5,\n"
        "other,u1,violating,query,1,a policy that nobody asks for\n"
        "a,u9,maybe,query,1,a unit that is not in the sample\n",
        encoding="utf-8",
    )
    assert _verdicts(spark, spark.read.csv(str(path), header=True), "u1", "u2", "u3") == [
        ("u1", "a", "violating", ["query", "image"], 0.75),
        ("u1", "b", "cannot_tell", [], 0.5),
        ("u2", "a", "not_violating", [], None),
    ]


def test_components_may_be_an_array_or_be_absent(spark: SparkSession) -> None:
    arrays = _file(
        spark,
        ("u1", "a", "violating", ["response", "image"]),
        ("u2", "a", "not_violating", None),
        schema="unit_id string, policy string, verdict string, violating_components array<string>",
    )
    assert _verdicts(spark, arrays, "u1", "u2") == [
        ("u1", "a", "violating", ["response", "image"], None),
        ("u2", "a", "not_violating", [], None),
    ]
    narrow = _file(spark, ("u1", "a", "violating"), schema="unit_id string, policy string, verdict string")
    assert _verdicts(spark, narrow, "u1") == [("u1", "a", "violating", [], None)]


def test_spaces_around_components_do_not_make_other_components(spark: SparkSession) -> None:
    file = _file(spark, ("u1", "a", "violating", " query; image ;"))
    assert _verdicts(spark, file, "u1") == [("u1", "a", "violating", ["query", "image"], None)]


def test_a_missing_column_is_named(spark: SparkSession) -> None:
    file = _file(spark, ("u1", "a", "violating"), schema="unit_id string, rule string, verdict string")
    with pytest.raises(ContractError) as raised:
        _verdicts(spark, file, "u1")
    assert str(raised.value) == (
        "Label file /data/labels.csv: column `policy` is missing, it has unit_id, rule, verdict; "
        "a label file needs unit_id, policy, verdict."
    )


@pytest.mark.parametrize("verdict", ["yes", "Violating", "", None])
def test_an_unknown_verdict_is_named_with_its_unit(spark: SparkSession, verdict: str | None) -> None:
    with pytest.raises(ContractError) as raised:
        _verdicts(spark, _file(spark, ("u1", "a", verdict)), "u1")
    assert str(raised.value) == (
        f"Label file /data/labels.csv: field `verdict` is `{verdict}` for unit u1; "
        "write one of violating, not_violating, cannot_tell."
    )


@pytest.mark.parametrize("confidence", ["high", "1.5", "-0.1", "nan"])
def test_a_confidence_that_is_no_probability_is_named(spark: SparkSession, confidence: str) -> None:
    with pytest.raises(ContractError) as raised:
        _verdicts(spark, _file(spark, ("u1", "a", "violating", "query", confidence)), "u1")
    assert str(raised.value) == (
        f"Label file /data/labels.csv: field `confidence` is `{confidence}` for unit u1; "
        "write a number from 0 to 1, or nothing."
    )


def test_two_verdicts_on_one_unit_are_refused(spark: SparkSession) -> None:
    file = _file(spark, ("u1", "a", "violating"), ("u1", "a", "violating"), ("u1", "b", "violating"))
    with pytest.raises(ContractError) as raised:
        _verdicts(spark, file, "u1")
    assert str(raised.value) == (
        "Label file /data/labels.csv: unit u1 has 2 verdicts for field `policy` = `a`; keep one."
    )


def test_prompt_version_depends_on_content_and_not_on_the_order_of_rows(spark: SparkSession) -> None:
    rows = [("u1", "a", "violating", "query"), ("u2", "a", "not_violating"), ("u3", "b", "cannot_tell")]
    edited = [("u1", "a", "violating", "image"), *rows[1:]]
    swapped = [("u1", "a", "not_violating", "query"), ("u2", "a", "violating"), rows[2]]

    def version(*content: tuple[Any, ...], n_partitions: int = 1) -> str:
        return FileLabeler("panel", _file(spark, *content).repartition(n_partitions), PATH).prompt_version

    first = version(*rows)
    assert first.startswith("file-3-")
    assert version(*rows[::-1], n_partitions=3) == first
    assert len({first, version(*edited), version(*swapped), version(*rows[:2]), version()}) == 5
    assert version(*rows, ("u4", "a", "violating"), ("u4", "a", "violating")) != version(
        *rows, ("u5", "a", "violating"), ("u5", "a", "violating")
    )
