"""Rows of the labels table, which label is current, and what is known of units on their way up the ladder."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from lib.labelling.label_rows import current_labels, label_rows
from lib.labelling.ladder import labelled_so_far
from schemas import labels

NOON = datetime(2026, 3, 2, 12)


@dataclass(frozen=True)
class FixedLabeler:
    """Says what `said` holds: unit, policy, verdict, components, confidence."""

    said: DataFrame
    labeler_id: str = "panel"
    label_source: str = "file"
    prompt_version: str = "file-1"

    def verdicts(self, units: DataFrame, policies: Sequence[str]) -> DataFrame:  # noqa: ARG002 (the protocol's names)
        return self.said


def test_every_unit_and_policy_gets_a_row_and_silence_is_cannot_tell(spark: SparkSession) -> None:
    said = spark.createDataFrame(
        [("u1", "a", "violating", ["query"], 0.75), ("u2", "b", "not_violating", [], None)],
        "unit_id string, policy string, verdict string, violating_components array<string>, confidence double",
    )
    climbing = spark.createDataFrame(
        [("u1", 0.25, "search"), ("u2", 1.0, "home")], "unit_id string, rung_probability double, stratum string"
    )
    found = label_rows(
        climbing,
        labeler=FixedLabeler(said),
        rung="human",
        policy_versions={"a": "2026-01", "b": "7"},
        labelled_at=NOON,
    )
    assert found.columns == [name for name in labels.TABLE.column_names if name not in ("ds", "job_run_id")]
    rest = {"rung": "human", "labeler_id": "panel", "prompt_version": "file-1", "label_source": "file"}
    rows = [row.asDict() for row in found.orderBy("unit_id", "policy").collect()]
    assert all(row.items() >= rest.items() for row in rows)
    names = ("unit_id", "policy", "verdict", "violating_components", "confidence", "rung_probability", "policy_version")
    assert [tuple(row[name] for name in names) for row in rows] == [
        ("u1", "a", "violating", ["query"], 0.75, 0.25, "2026-01"),
        ("u1", "b", "cannot_tell", [], None, 0.25, "7"),
        ("u2", "a", "cannot_tell", [], None, 1.0, "2026-01"),
        ("u2", "b", "not_violating", [], None, 1.0, "7"),
    ]


def _label(unit: str, rung: str, verdict: str, probability: float = 1.0, policy: str = "a", hour: int = 12) -> tuple:
    return (unit, policy, rung, verdict, probability, NOON.replace(hour=hour), f"file-{hour}")


def _labels(spark: SparkSession, *rows: tuple) -> DataFrame:
    return spark.createDataFrame(
        rows,
        "unit_id string, policy string, rung string, verdict string, rung_probability double, labelled_at timestamp, "
        "prompt_version string",
    )


def test_the_latest_label_of_a_rung_is_current(spark: SparkSession) -> None:
    table = _labels(
        spark,
        _label("u1", "llm", "not_violating", hour=15),
        _label("u1", "llm", "violating", hour=12),
        _label("u1", "human", "violating", hour=9),
        _label("u1", "llm", "cannot_tell", policy="b", hour=11),
        _label("u2", "llm", "violating", hour=8),
    )
    current = current_labels(table.repartition(3))
    rows = current.select("unit_id", "policy", "rung", "verdict", "prompt_version").collect()
    assert sorted(tuple(row) for row in rows) == [
        ("u1", "a", "human", "violating", "file-9"),
        ("u1", "a", "llm", "not_violating", "file-15"),
        ("u1", "b", "llm", "cannot_tell", "file-11"),
        ("u2", "a", "llm", "violating", "file-8"),
    ]
    assert sorted(current.columns) == sorted(table.columns)


def test_two_labels_of_one_moment_are_settled_alike_in_any_order(spark: SparkSession) -> None:
    rows = [_label("u1", "llm", "violating"), _label("u1", "llm", "not_violating")]
    assert current_labels(_labels(spark, *rows)).collect() == current_labels(_labels(spark, *rows[::-1])).collect()


@pytest.mark.parametrize(
    ("rungs", "expected"),
    [
        (
            ["llm"],
            {
                "u1": (0.5, {"a": "violating", "b": "not_violating"}),
                "u2": (0.25, {"a": "cannot_tell"}),
                "u3": (0.125, {"a": "not_violating"}),
            },
        ),
        (
            ["llm", "human"],
            {"u1": (0.5 * 0.5, {"a": "not_violating", "b": "violating"}), "u3": (0.125, {"a": "violating"})},
        ),
        (["llm", "human", "gold"], {"u1": (0.5 * 0.5 * 0.2, {"a": "violating"})}),
    ],
)
def test_units_that_have_come_so_far_by_hand(
    spark: SparkSession, rungs: list[str], expected: dict[str, tuple[float, dict[str, str]]]
) -> None:
    samples = spark.createDataFrame(
        [("u1", 0.5), ("u2", 0.25), ("u3", 0.125), ("u4", 0.9)], "unit_id string, inclusion_probability double"
    )
    table = _labels(
        spark,
        _label("u1", "llm", "violating"),
        _label("u1", "llm", "not_violating", policy="b"),
        _label("u1", "human", "not_violating", 0.5),
        _label("u1", "human", "violating", 0.5, policy="b"),
        _label("u1", "gold", "violating", 0.2),
        _label("u2", "llm", "cannot_tell"),
        _label("u3", "llm", "not_violating"),
        _label("u3", "human", "violating", 1.0),
        _label("u9", "llm", "violating"),  # of another sample; u4 has no label yet
    )
    found = labelled_so_far(samples, table, rungs=rungs)
    assert found.columns == [*samples.columns, "probability", "verdicts"]
    rows = found.orderBy(F.col("unit_id")).collect()
    assert {row["unit_id"]: (pytest.approx(row["probability"]), row["verdicts"]) for row in rows} == expected
