"""What people said of a streamed sample, and where it holds for the night's."""

from datetime import date, datetime
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from lib.labelling.early_labels import early_labels
from schemas import labels, sample_content

DAY, EVENING = date(2026, 3, 3), datetime(2026, 3, 3, 20)
VERSIONS = {"a": "2", "b": "1"}


def _rows(spark: SparkSession, spec: Any, records: list[dict[str, Any]]) -> DataFrame:
    plain = {"string": "x", "date": DAY, "timestamp": EVENING}
    columns = [column for column in spec.columns if column.name in spec.column_names]
    rows = [
        tuple(
            record.get(c.name, None if c.is_nullable else [] if c.data_type[:5] == "array" else plain.get(c.data_type))
            for c in columns
        )
        for record in records
    ]
    return spark.createDataFrame(rows, spec.schema())


def _label(unit: str, policy: str, role: str = "first", **said: Any) -> dict[str, Any]:
    given = {"design_id": "stream_v1", "rung": "human", "review_role": role, "labeler_id": f"people:{role}"}
    given |= {"verdict": "not_violating", "rung_probability": 1.0, "policy_version": VERSIONS[policy]}
    return given | {"unit_id": unit, "policy": policy} | said


def _content(unit: str, design: str, text: str = "sky") -> dict[str, Any]:
    pin = (0, "p1", True, None, None, "http://pins.example/1.png", text)
    return {"unit_id": unit, "design_id": design, "query_text": "blue", "response_text": None, "pins": [pin]}


def _found(spark: SparkSession, *, is_whole: bool) -> set[tuple[str, str, str, str]]:
    early = [_label(unit, policy) for unit in ("same", "other_pins", "not_drawn", "judged") for policy in VERSIONS]
    early += [_label("same", "b", "second", verdict="violating"), _label("half", "a")]
    early += [_label("old_policy", "a", policy_version="1"), _label("old_policy", "b")]
    given = [_label("judged", policy, design_id="night_v1", verdict="violating") for policy in VERSIONS]
    units = ("same", "other_pins", "not_drawn", "judged", "half", "old_policy")
    drawn = [(unit, "night_v1", 0.25) for unit in units if unit != "not_drawn"]
    texts = {"other_pins": "sea"}
    found = early_labels(
        _rows(spark, labels.TABLE, early),
        _rows(spark, labels.TABLE, given),
        spark.createDataFrame(drawn, "unit_id string, design_id string, rung_probability double"),
        early_content=_rows(spark, sample_content.TABLE, [_content(unit, "stream_v1") for unit in units]),
        content=_rows(
            spark, sample_content.TABLE, [_content(unit, "night_v1", texts.get(unit, "sky")) for unit in units]
        ),
        policy_versions=VERSIONS,
        is_whole=is_whole,
    )
    assert found.columns == [name for name in labels.TABLE.column_names if name != "job_run_id"]
    rows = found.collect()
    assert {(row["design_id"], row["rung_probability"], row["labelled_at"]) for row in rows} == {
        ("night_v1", 0.25, EVENING)
    }
    return {(row["unit_id"], row["policy"], row["review_role"], row["verdict"]) for row in rows}


SAME = {("same", "a", "first", "not_violating"), ("same", "b", "first", "not_violating"),
        ("same", "b", "second", "violating")}  # fmt: skip


def test_a_whole_answer_holds_for_the_same_content_and_policies_where_nobody_has_judged(spark: SparkSession) -> None:
    assert _found(spark, is_whole=True) == SAME


def test_verdicts_of_a_file_hold_one_by_one(spark: SparkSession) -> None:
    alone = {("half", "a", "first", "not_violating"), ("old_policy", "b", "first", "not_violating")}
    assert _found(spark, is_whole=False) == SAME | alone
