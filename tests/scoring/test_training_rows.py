from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from chispa import assert_df_equality
from pyspark.sql import DataFrame, SparkSession

from lib.scoring.training import train_text_scorer
from lib.scoring.training_rows import training_rows
from schemas.columns import PIN_TYPE

SCORING_DAY = date(2026, 3, 10)
DAY = date(2026, 3, 9)
SAMPLES_TYPE = (
    "ds date, design_id string, unit_id string, inclusion_probability double, query_text string,"
    f"response_text string, pins array<{PIN_TYPE}>"
)
LABELS_TYPE = (
    "ds date, unit_id string, policy string, rung string, labeler_id string, verdict string,"
    "violating_components array<string>, prompt_version string, labelled_at timestamp"
)
ROWS_TYPE = (
    "ds date, unit_id string, query_text string, response_text string, image_text string, weight double,"
    "verdicts map<string,boolean>, violating_components map<string,array<string>>"
)


def sample(
    unit_id: str, probability: float = 0.5, *, ds: date = DAY, design_id: str = "daily-1", text: str | None = "query"
) -> tuple[Any, ...]:
    """A sampled unit with its content; without one if `text` is null: it has expired."""
    pins = [{"slot": slot, "pin_id": f"p{slot}", "title": title} for slot, title in enumerate(["one", None, "two"])]
    return (ds, design_id, unit_id, probability, text, None, pins)


def label(
    unit_id: str,
    rung: str,
    verdict: str,
    *,
    policy: str = "harm",
    components: tuple[str, ...] = (),
    hour: int = 9,
    ds: date = DAY,
) -> tuple[Any, ...]:
    labelled_at = datetime(2026, 3, 9, hour)
    return (ds, unit_id, policy, rung, f"{rung}-{hour}", verdict, list(components), "v1", labelled_at)


def built(spark: SparkSession, samples: list[tuple[Any, ...]], labels: list[tuple[Any, ...]]) -> DataFrame:
    both = spark.createDataFrame(samples, SAMPLES_TYPE)
    return training_rows(
        both.drop("query_text", "response_text", "pins"),
        both.where("query_text IS NOT NULL").drop("inclusion_probability"),
        spark.createDataFrame(labels, LABELS_TYPE),
        scoring_day=SCORING_DAY,
        window_days=7,
        maximum_text_length=5,
    )


def test_a_unit_without_content_is_not_learned_from(spark: SparkSession) -> None:
    units = [sample("a"), sample("b", text=None)]
    found = built(spark, units, [label(unit, "llm", "violating") for unit in ("a", "b")])
    assert [row["unit_id"] for row in found.collect()] == ["a"]


def assert_rows(frame: DataFrame, expected: list[tuple[Any, ...]]) -> None:
    assert_df_equality(frame, frame.sparkSession.createDataFrame(expected, ROWS_TYPE), ignore_nullable=True)


def test_a_unit_becomes_one_row_with_cut_texts_design_weight_and_verdicts(spark: SparkSession) -> None:
    samples = [sample("a", 0.25)]
    labels = [
        label("a", "llm", "violating", components=("query", "image")),
        label("a", "llm", "not_violating", policy="other"),
    ]

    # Titles are joined by line ends and cut to 5 characters, as every text.
    assert_rows(
        built(spark, samples, labels),
        [
            (
                DAY,
                "a",
                "query",
                None,
                "one\nt",
                4.0,
                {"harm": True, "other": False},
                {"harm": ["query", "image"], "other": []},
            )
        ],
    )


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ([("llm", "violating", 9), ("human", "not_violating", 10), ("gold", "violating", 8)], True),
        ([("llm", "violating", 11), ("human", "not_violating", 10)], False),
        ([("human", "violating", 9), ("human", "not_violating", 10)], False),
        ([("human", "violating", 9), ("human", "cannot_tell", 10)], True),
        ([("llm", "violating", 9), ("gold", "cannot_tell", 8)], None),
        ([("llm", "cannot_tell", 9)], None),
    ],
    ids=[
        "gold first",
        "human over llm",
        "latest of a rung",
        "verdict over cannot_tell",
        "gold cannot tell",
        "llm alone",
    ],
)
def test_best_verdict(spark: SparkSession, labels: list[tuple[str, str, int]], expected: bool | None) -> None:
    found = built(
        spark, [sample("a")], [label("a", rung, verdict, hour=hour) for rung, verdict, hour in labels]
    ).collect()

    assert [row.verdicts for row in found] == ([] if expected is None else [{"harm": expected}])


def test_cannot_tell_leaves_the_unit_out_for_this_policy_only(spark: SparkSession) -> None:
    labels = [label("a", "llm", "cannot_tell"), label("a", "llm", "violating", policy="other")]

    found = built(spark, [sample("a")], labels).collect()

    assert [row.verdicts for row in found] == [{"other": True}]


def test_only_labels_of_sampled_units_within_the_window_count(spark: SparkSession) -> None:
    days = {"first": 7, "too early": 8, "last": 1, "scoring day": 0, "later": -1}
    dated = {name: SCORING_DAY - timedelta(days=age) for name, age in days.items()}
    samples = [sample(name, ds=ds) for name, ds in dated.items()] + [sample("not labelled")]
    labels = [label(name, "llm", "violating", ds=ds) for name, ds in dated.items()]
    labels.append(label("not sampled", "llm", "violating"))

    found = built(spark, samples, labels).collect()

    assert sorted(row.unit_id for row in found) == ["first", "last"]


def test_a_unit_of_two_designs_counts_once_with_its_larger_probability(spark: SparkSession) -> None:
    samples = [sample("a", 0.1), sample("a", 0.2, design_id="boost-1")]

    found = built(spark, samples, [label("a", "llm", "violating")]).collect()

    assert [row.weight for row in found] == [5.0]


def test_collected_rows_train_a_scorer(spark: SparkSession) -> None:
    samples = [sample(f"unit{i}") for i in range(30)]
    labels = [
        label(f"unit{i}", "llm", "violating" if i < 10 else "not_violating", components=("query",) if i < 10 else ())
        for i in range(30)
    ]

    rows: pd.DataFrame = built(spark, samples, labels).toPandas()
    scorer = train_text_scorer(rows, policies=["harm"], n_features=2**10, maximum_text_length=5)

    assert scorer is not None
    assert [(model.component, model.n_training_positives) for model in scorer.models] == [("query", 10), ("unit", 10)]
    assert (scorer.trained_from_ds, scorer.trained_to_ds) == (DAY, DAY)
