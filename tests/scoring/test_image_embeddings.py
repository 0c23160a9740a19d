from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pytest
from pyspark.sql import DataFrame, SparkSession

from lib.scoring.image_embeddings import MARGIN_UNITS, ImagePredictor, embedding_features
from lib.scoring.pin_embeddings import unit_embeddings
from lib.scoring.risk_score import score_units
from lib.scoring.score_calibration import Calibration
from lib.scoring.text_scorer import MODEL_COMPONENTS, UNIT, ScorerModel, TextPredictor, TextScorer
from lib.scoring.training import train_text_scorer
from lib.units.json_records import contract_records
from schemas.errors import ConfigurationError
from schemas.pin_log import WITH_EMBEDDINGS
from tests.scoring.labelled_units import common_words, training_frame

DS = date(2026, 3, 1)
LENGTH, N_FEATURES = 3, 1_024
PINS_TYPE = "response_id string, slot int, pin_id string, image_embedding array<float>"
UNITS_TYPE = (
    "ds date, unit_id string, user_key string, surface string, country string, language string, pin_count int, "
    "viewed_pin_count int, query_text string, response_text string, pins array<struct<title:string>>, "
    "has_content boolean, response_id string"
)
# Calibration that changes nothing between log-odds -4 and 4 (nearly): enough to see a margin in a probability.
MARGINS = np.linspace(-4.0, 4.0, 801)
SAME = Calibration(margins=MARGINS, probabilities=1 / (1 + np.exp(-MARGINS)))


def model(component: str, indices: list[int], weights: list[float]) -> ScorerModel:
    return ScorerModel("harm", component, np.array(indices, dtype=np.int32), np.array(weights), 0.0, SAME, 10, 5)


def scorer_with(*models: ScorerModel) -> TextScorer:
    ordered = sorted(models, key=lambda model: MODEL_COMPONENTS.index(model.component))
    return TextScorer("v1", N_FEATURES, 100, DS, DS, tuple(ordered))


SCORER = scorer_with(
    model("query", [5], [9.0]),
    # -0.5 for having an image, then 1 and 2 for the first and the third number.
    model("image", [7, N_FEATURES, N_FEATURES + 1, N_FEATURES + 3], [9.0, -0.5, 1.0, 2.0]),
    model("combination", [3 * N_FEATURES + 2], [0.25]),
    model(UNIT, [], []),
)
VECTORS: list[list[float | None] | None] = [
    [1.0, 0.0, 0.5],
    [0.0, 4.0, 0.0],
    None,
    [1.0, 2.0],
    [1.0, float("nan"), 0.0],
    [1.0, None, 0.0],
    [float("inf"), 0.0, 0.0],
    [],
]


def test_a_pin_adds_what_the_models_that_see_images_have_learned() -> None:
    predictor = ImagePredictor(SCORER, length=LENGTH)

    found = predictor.margins(pa.array(VECTORS, type=pa.list_(pa.float32()))).to_pylist()

    assert [SCORER.models[i].component for i in predictor.models] == ["image", "combination"]
    # -0.5 + 1·1 + 2·0.5 and 0.25·0; -0.5 and 0.25·4.
    assert found == [[1_500_000, 0], [-500_000, 1_000_000], *[None] * 6]
    assert predictor.margins(pa.array([], type=pa.list_(pa.float32()))).to_pylist() == []


def test_a_scorer_that_learned_from_longer_embeddings_says_so() -> None:
    with pytest.raises(ConfigurationError, match=r"image_embedding_length: the scorer v1 learned .* of 3 numbers"):
        ImagePredictor(SCORER, length=2)


def test_texts_alone_are_scored_as_if_there_were_no_embeddings() -> None:
    texts = {"query": ["word1", None], "response": [None, None], "image": [None, "word2"]}
    bare = scorer_with(
        model("query", [5], [9.0]), model("image", [7], [9.0]), model("combination", [], []), model(UNIT, [], [])
    )
    assert TextPredictor(SCORER).margins(texts).tolist() == TextPredictor(bare).margins(texts).tolist()


def test_features_of_embeddings_begin_with_whether_there_is_one() -> None:
    features = embedding_features([np.array([0.5, 0.0, 2.0]), None, [1.0]], length=LENGTH)
    assert features.toarray().tolist() == [[1.0, 0.5, 0.0, 2.0], [0.0] * 4, [0.0] * 4]


def labelled_images(rng: np.random.Generator, n_units: int) -> tuple[pd.DataFrame, npt.NDArray[np.bool_]]:
    """Units whose texts tell nothing; the first number of the embedding is higher where the image violates."""
    violates = rng.random(n_units) < 0.1
    texts = {name: common_words(rng, n_units, 4) for name in ("query", "response", "image")}
    named: list[dict[str, list[str]]] = [{"harm": ["image"]} if bad else {} for bad in violates]
    rows = training_frame(**texts, violating_components=named, policies=["harm"])
    vectors = rng.normal(size=(n_units, LENGTH)) + np.outer(violates, [3.0, 0.0, 0.0])
    return rows.assign(image_embedding=list(vectors)), violates


@pytest.mark.slow
def test_images_that_only_their_embedding_tells_apart_are_ranked_by_it() -> None:
    rows, _ = labelled_images(np.random.default_rng(3), 1_500)
    with_images = train_text_scorer(rows, policies=["harm"], n_features=N_FEATURES, image_embedding_length=LENGTH)
    without = train_text_scorer(rows, policies=["harm"], n_features=N_FEATURES)
    assert with_images is not None
    assert without is not None
    assert with_images.scorer_version != without.scorer_version

    found, is_bad = labelled_images(np.random.default_rng(4), 2_000)
    texts = {c: found[f"{c}_text"].tolist() for c in ("query", "response", "image")}
    predictor, images = TextPredictor(with_images), ImagePredictor(with_images, length=LENGTH)
    margins = predictor.margins(texts)
    added = images.margins(pa.array(found["image_embedding"].tolist(), type=pa.list_(pa.float32()))).to_pylist()
    margins[:, images.models] += np.array(added) / MARGIN_UNITS
    scores = predictor.calibrated(margins)[:, -1]

    # Two normal distributions 3 apart: a unit that violates is above one that does not in 98 % of pairs.
    assert _auc(scores, is_bad) > 0.95
    assert 0.4 < _auc(TextPredictor(without).probabilities(texts)[:, -1], is_bad) < 0.6


def _auc(scores: npt.NDArray[np.float64], is_bad: npt.NDArray[np.bool_]) -> float:
    ranks = pd.Series(scores).rank().to_numpy()
    n_bad = int(is_bad.sum())
    return float((ranks[is_bad].sum() - n_bad * (n_bad + 1) / 2) / (n_bad * (~is_bad).sum()))


def unit(unit_id: str, response_id: str | None, n_pins: int, *, has_content: bool = True) -> tuple[Any, ...]:
    return (DS, unit_id, None, "search", "DE", "de", n_pins, n_pins, None, None, [], has_content, response_id)


@pytest.fixture
def units(spark: SparkSession) -> DataFrame:
    rows = [
        unit("two images", "r1", 2),
        unit("one image", "r2", 1),
        unit("no embedding", "r3", 1),
        unit("no response", None, 0),
        # It claims the response of `two images` as well; the first query has the Pins.
        unit("second claim", "r1", 0),
        unit("expired", "r4", 1, has_content=False),
    ]
    return spark.createDataFrame(rows, UNITS_TYPE)


@pytest.fixture
def pin_log(spark: SparkSession) -> DataFrame:
    rows: list[tuple[str | None, int, str, list[float] | None]] = [
        ("r1", 0, "a", [1.0, 0.0, 0.5]),
        ("r1", 0, "a", [1.0, 0.0, 0.5]),
        ("r1", 1, "b", [0.0, 4.0, 0.0]),
        ("r2", 0, "c", [2.0, 0.0, 0.0]),
        ("r2", 1, "d", [2.0, 0.0]),
        ("r2", 2, "e", [float("nan"), 0.0, 0.0]),
        ("r3", 0, "f", None),
        ("r4", 0, "g", [9.0, 9.0, 9.0]),
        (None, 0, "h", [9.0, 9.0, 9.0]),
    ]
    return spark.createDataFrame(rows, PINS_TYPE)


def test_a_unit_has_the_mean_of_its_images(units: DataFrame, pin_log: DataFrame) -> None:
    expected = {
        # image: (1.5 - 0.5) / 2, combination: (0 + 1) / 2; -0.5 + 2 and 0.
        "two images": (0.5, 0.5),
        "one image": (1.5, 0.0),
        **dict.fromkeys(("no embedding", "no response", "second claim", "expired"), (0.0, 0.0)),
    }
    for log in (pin_log, pin_log.repartition(4).orderBy("pin_id")):
        scored = score_units(units, scorer=SCORER, pin_log=log, image_embedding_length=LENGTH).collect()
        found = {
            row.unit_id: tuple(row.component_scores["harm"][component] for component in ("image", "combination"))
            for row in scored
        }
        assert set(found) == set(expected)
        for unit_id, margins in expected.items():
            assert found[unit_id] == pytest.approx([1 / (1 + np.exp(-margin)) for margin in margins], abs=1e-9)


def test_a_scorer_that_has_learned_from_texts_alone_reads_no_embedding(units: DataFrame, pin_log: DataFrame) -> None:
    blind = scorer_with(model("query", [5], [9.0]), model("image", [7], [9.0]), model(UNIT, [], []))
    found = score_units(units, scorer=blind, pin_log=pin_log, image_embedding_length=LENGTH)
    without = score_units(units, scorer=blind)
    assert found.sort("unit_id").collect() == without.sort("unit_id").collect()
    assert "image_embedding" not in found._jdf.queryExecution().executedPlan().toString()


def test_no_embedding_is_shuffled_to_score_units(
    whole_plans: SparkSession, units: DataFrame, pin_log: DataFrame
) -> None:
    scored = score_units(units, scorer=SCORER, pin_log=pin_log, image_embedding_length=LENGTH)
    plan = scored._jdf.queryExecution().executedPlan().toString()
    lines = plan.splitlines()
    shuffled = [lines[n + 1] for n, line in enumerate(lines) if "Exchange " in line]
    # The Pins of a response, and the units that are joined to them.
    assert len(shuffled) == 2
    assert "margins(image_embedding" in plan
    assert not any("image_embedding" in line for line in shuffled)


def test_a_sampled_unit_keeps_the_mean_embedding(spark: SparkSession, units: DataFrame, pin_log: DataFrame) -> None:
    names = ["two images", "one image", "no embedding", "second claim", "expired"]
    drawn = spark.createDataFrame([("daily_v1", name) for name in names], "design_id string, unit_id string")

    found = unit_embeddings(pin_log, drawn, units, length=LENGTH).collect()

    assert {row.unit_id: row.image_embedding for row in found} == {
        "two images": [0.5, 2.0, 0.25],
        "one image": [2.0, 0.0, 0.0],
    }
    assert {row.design_id for row in found} == {"daily_v1"}


def test_embeddings_in_json_are_lists_of_numbers(spark: SparkSession) -> None:
    given = {
        '{"pin_id": "a", "image_embedding": [1, 0.5, -2e-1]}': ([1.0, 0.5, pytest.approx(-0.2)], None),
        '{"pin_id": "b", "image_embedding": ["1", "2"]}': (None, ["image_embedding"]),
        '{"pin_id": "c", "image_embedding": null}': (None, None),
        '{"pin_id": "d"}': (None, None),
        '{"pin_id": "e", "image_embedding": 1.5}': (None, ["image_embedding"]),
    }
    lines = spark.createDataFrame([(DS, line) for line in given], "ds date, value string")
    rows = contract_records(lines, WITH_EMBEDDINGS).orderBy("pin_id").collect()
    assert [(row.image_embedding, row.malformed_fields) for row in rows] == list(given.values())
