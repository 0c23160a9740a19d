from datetime import date
from typing import Any

import numpy as np
import pytest
from pyspark.sql import DataFrame, Row, SparkSession

from lib.scoring.risk_score import score_units, scores_from_log_column
from lib.scoring.text_scorer import UNIT, TextScorer
from lib.scoring.training import train_text_scorer
from schemas.columns import PIN_TYPE
from schemas.unit_scores import TABLE
from tests.scoring.labelled_units import component_units

UNITS_TYPE = (
    "ds date, unit_id string, user_key string, surface string, country string, language string, pin_count int, "
    f"viewed_pin_count int, query_text string, response_text string, pins array<{PIN_TYPE}>, "
    "platform_scores map<string,double>"
)


def unit_row(
    unit_id: str,
    query: str | None,
    response: str | None,
    titles: list[str | None],
    platform_scores: dict[str, float | None] | None = None,
) -> tuple[Any, ...]:
    pins = [{"slot": slot, "pin_id": f"pin{slot}", "title": title} for slot, title in enumerate(titles)]
    context = (date(2026, 3, 2), unit_id, None, "search", "DE", "de", len(pins), len(pins))
    return (*context, query, response, pins, platform_scores)


@pytest.fixture(scope="module")
def scorer() -> TextScorer:
    rows = component_units(np.random.default_rng(6), 600)
    both = rows.assign(verdicts=[v | {"other": v["harm"]} for v in rows["verdicts"]])
    scorer = train_text_scorer(both, policies=["other", "harm"], n_features=2**10, maximum_text_length=60)
    assert scorer is not None
    return scorer


@pytest.fixture
def units(spark: SparkSession) -> DataFrame:
    rng = np.random.default_rng(8)
    texts = component_units(rng, 40)
    rows = [
        unit_row(unit_id, query, response, image.split(" ", 3))
        for unit_id, query, response, image in zip(
            texts["unit_id"], texts["query_text"], texts["response_text"], texts["image_text"], strict=True
        )
    ]
    rows += [
        unit_row("null texts", None, None, []),
        unit_row("null title", "word1 cuequery", None, [None, "cueimage"]),
        unit_row("huge", "x" * 100_000 + " cuequery", "cueresponse " * 10_000, ["word " * 20_000]),
        unit_row("unicode", "\u202ecuequery\u202c", "日本 👍🏽 \x00", ["ＣＵＥＩＭＡＧＥ"]),
    ]
    return spark.createDataFrame(rows, UNITS_TYPE)


def expected_scores(scorer: TextScorer, rows: list[Row]) -> dict[str, list[float]]:
    """What plain Python computes for the collected units."""
    texts = {
        "query": [row.query_text for row in rows],
        "response": [row.response_text for row in rows],
        "image": ["\n".join(pin.title for pin in row.pins if pin.title is not None) for row in rows],
    }
    return dict(zip([row.unit_id for row in rows], scorer.probabilities(texts).tolist(), strict=True))


@pytest.mark.parametrize("n_partitions", [1, 5])
def test_spark_gives_the_numbers_of_the_plain_scorer_however_units_are_partitioned(
    units: DataFrame, scorer: TextScorer, n_partitions: int
) -> None:
    collected = units.collect()
    assert "cueimage" in {pin.title for row in collected for pin in row.pins}
    expected = expected_scores(scorer, collected)

    found = score_units(units.repartition(n_partitions), scorer=scorer).collect()

    assert len(found) == len(expected)
    for row in found:
        flat = [
            row.scores[model.policy] if model.component == UNIT else row.component_scores[model.policy][model.component]
            for model in scorer.models
        ]
        assert flat == expected[row.unit_id]
        assert list(row.scores) == ["harm", "other"]


def test_scored_units_have_the_columns_of_the_contract(units: DataFrame, scorer: TextScorer) -> None:
    for scored in (
        score_units(units, scorer=scorer),
        score_units(units, scorer=None),
        scores_from_log_column(units, policies=["harm"]),
    ):
        assert scored.columns == [name for name in TABLE.column_names if name != "job_run_id"]
        TABLE.validate(scored.selectExpr("*", "'run' AS job_run_id").schema)


def test_without_a_scorer_every_score_is_missing(units: DataFrame) -> None:
    row = score_units(units, scorer=None).first()

    assert row is not None
    assert (row.scores, row.component_scores, row.scorer_version) == ({}, {}, "none")


def test_logged_scores_that_are_no_probabilities_are_missing(spark: SparkSession) -> None:
    logged: dict[str, tuple[dict[str, float | None] | None, dict[str, float]]] = {
        "valid": ({"harm": 0.25, "other": 1.0}, {"harm": 0.25, "other": 1.0}),
        "zero": ({"harm": 0.0}, {"harm": 0.0}),
        "rounded": ({"harm": 0.1234567894}, {"harm": 0.123456789}),
        "unknown policy": ({"harm": 0.5, "elsewhere": 0.5}, {"harm": 0.5}),
        "not a number": ({"harm": float("nan"), "other": 0.5}, {"other": 0.5}),
        "above": ({"harm": 1.0001, "other": float("inf")}, {}),
        "below": ({"harm": -0.0001, "other": float("-inf")}, {}),
        "null": ({"harm": None, "other": 0.5}, {"other": 0.5}),
        "no map": (None, {}),
    }
    units = spark.createDataFrame(
        [unit_row(name, "q", "r", [], given) for name, (given, _) in logged.items()], UNITS_TYPE
    )

    found = scores_from_log_column(units, policies=["harm", "other"]).collect()

    assert {row.unit_id: row.scores for row in found} == {name: expected for name, (_, expected) in logged.items()}
    assert {row.scorer_version for row in found} == {"log_column"}
    assert all(row.component_scores == {} for row in found)


def test_a_policy_without_a_model_is_absent_from_both_maps(spark: SparkSession) -> None:
    rows = component_units(np.random.default_rng(9), 300)
    one_policy = train_text_scorer(rows, policies=["harm", "other"], n_features=2**10)

    found = score_units(
        spark.createDataFrame([unit_row("u", "cuequery", None, [])], UNITS_TYPE), scorer=one_policy
    ).first()

    assert found is not None
    assert list(found.scores) == list(found.component_scores) == ["harm"]
