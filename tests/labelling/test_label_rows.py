"""Rows of the labels table, which label is current, and what is known of units on their way up the ladder."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from lib.labelling.label_rows import current_labels, label_rows
from lib.labelling.ladder import draw_version, drawn_labels, labelled_so_far, rung_sample_rows
from schemas import labels, rung_samples

DAY = date(2026, 3, 2)
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


def test_what_a_labeler_says_becomes_rows_and_silence_none(spark: SparkSession) -> None:
    said = spark.createDataFrame(
        [("u1", "a", "violating", ["query"], 0.75), ("u2", "b", "cannot_tell", None, None)],
        "unit_id string, policy string, verdict string, violating_components array<string>, confidence double",
    )
    climbing = spark.createDataFrame(
        [("u1", "d_v1", 0.25), ("u2", "d_v1", 1.0)], "unit_id string, design_id string, rung_probability double"
    )
    found = label_rows(
        climbing,
        labeler=FixedLabeler(said),
        rung="human",
        policy_versions={"a": "2026-01", "b": "7"},
        labelled_at=NOON,
    )
    named = [name for name in labels.TABLE.column_names if name not in ("ds", "job_run_id")]
    assert found.columns == [*named, "rationale", "content_hash"]
    rest = {"rung": "human", "labeler_id": "panel", "prompt_version": "file-1", "label_source": "file"}
    rest |= {"design_id": "d_v1", "review_role": "first", "injection_signs": [], "cost": None, "rationale": None}
    rows = [row.asDict() for row in found.orderBy("unit_id", "policy").collect()]
    assert all(row.items() >= rest.items() for row in rows)
    names = ("unit_id", "policy", "verdict", "no_verdict_reason", "violating_components", "confidence")
    names += ("rung_probability", "policy_version")
    assert [tuple(row[name] for name in names) for row in rows] == [
        ("u1", "a", "violating", None, ["query"], 0.75, 0.25, "2026-01"),
        ("u2", "b", "cannot_tell", "cannot_tell", [], None, 1.0, "7"),
    ]


def _label(
    unit: str, rung: str, verdict: str, probability: float = 1.0, policy: str = "a", hour: int = 12, role: str = "first"
) -> tuple:
    return (DAY, unit, policy, rung, verdict, [], probability, role, NOON.replace(hour=hour), f"file-{hour}")


def _labels(spark: SparkSession, *rows: tuple) -> DataFrame:
    table = spark.createDataFrame(
        rows,
        "ds date, unit_id string, policy string, rung string, verdict string, violating_components array<string>, "
        "rung_probability double, review_role string, labelled_at timestamp, prompt_version string",
    )
    known = {"label_source": "file", "labeler_id": "panel", "policy_version": "1"}
    return table.withColumns({name: F.lit(value) for name, value in known.items()})


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


def test_an_adjudication_is_final_and_a_blind_second_review_never_counts(spark: SparkSession) -> None:
    table = _labels(
        spark,
        _label("u1", "human", "violating", hour=9),
        _label("u1", "human", "not_violating", hour=10, role="second"),
        _label("u1", "human", "cannot_tell", hour=11, role="adjudication"),
        _label("u1", "human", "violating", hour=12),  # reviewed once more under another prompt: settled already
        _label("u2", "human", "cannot_tell", hour=9),
        _label("u2", "human", "violating", hour=10, role="second"),
    )
    rows = current_labels(table.repartition(2)).select("unit_id", "verdict", "review_role").collect()
    assert sorted(tuple(row) for row in rows) == [
        ("u1", "cannot_tell", "adjudication"),
        ("u2", "cannot_tell", "first"),
    ]


def test_a_drawn_unit_without_a_label_is_cannot_tell_and_q_is_that_of_the_draw(spark: SparkSession) -> None:
    given = _labels(
        spark,
        _label("u1", "human", "violating", 0.125),  # labelled when an earlier draw had another q
        _label("u9", "human", "violating", 0.5),  # not drawn any more
    )
    drawn = spark.createDataFrame(
        [(DAY, "u1", "human", 0.25), (DAY, "u2", "human", 0.5)],
        "ds date, unit_id string, rung string, rung_probability double",
    )
    found = drawn_labels(given, drawn, policies=["a", "b"])
    rows = found.select("unit_id", "policy", "verdict", "rung_probability", "label_source").collect()
    assert sorted(tuple(row)[:4] for row in rows) == [
        ("u1", "a", "violating", 0.25),
        ("u1", "b", "cannot_tell", 0.25),
        ("u2", "a", "cannot_tell", 0.5),
        ("u2", "b", "cannot_tell", 0.5),
    ]
    assert {row["label_source"] for row in rows} == {"file", None}


def test_a_rung_is_drawn_again_only_if_its_sample_its_size_or_its_seed_changed(spark: SparkSession) -> None:
    rows = [("d_v1", "u1", 0.5, 1.0), ("d_v1", "u2", 0.25, 0.5)]
    names = "design_id string, unit_id string, inclusion_probability double, rung_probability double"
    sample = spark.createDataFrame(rows, names)
    version = draw_version(sample, rung="human", sample_size=5, seed=1)
    assert draw_version(sample.repartition(2), rung="human", sample_size=5, seed=1) == version
    changed = {
        draw_version(sample.limit(1), rung="human", sample_size=5, seed=1),
        draw_version(sample.withColumn("inclusion_probability", F.lit(0.5)), rung="human", sample_size=5, seed=1),
        draw_version(sample, rung="gold", sample_size=5, seed=1),
        draw_version(sample, rung="human", sample_size=None, seed=1),
        draw_version(sample, rung="human", sample_size=5, seed=2),
    }
    assert len(changed | {version}) == 6
    written = rung_sample_rows(sample, rung="human", draw_version=version)
    contract = [name for name in rung_samples.TABLE.column_names if name not in ("ds", "job_run_id")]
    assert sorted(written.columns) == sorted(contract)
    assert {row["draw_version"] for row in written.collect()} == {version}


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
