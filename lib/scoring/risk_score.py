"""Scores of every unit of the population: by a trained scorer, or taken from the logs."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import cast

import numpy as np
import pandas as pd
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.pandas.functions import pandas_udf

from lib.scoring.features import TEXT_COLUMNS, TEXT_COMPONENTS
from lib.scoring.image_embeddings import ImagePredictor
from lib.scoring.pin_embeddings import IMAGE_MARGINS, has_images, response_image_margins
from lib.scoring.score_calibration import Floats
from lib.scoring.text_scorer import SCORE_DECIMALS, UNIT, TextPredictor, TextScorer
from lib.scoring.unit_texts import text_columns

NO_SCORER = "none"
LOG_COLUMN = "log_column"

_SCORES_TYPE = "map<string,double>"
_COMPONENT_SCORES_TYPE = "map<string,map<string,double>>"
_Udf = Callable[..., Column]
_UNIT_COLUMNS = ("ds", "unit_id", "user_key", "surface", "country", "language", "pin_count", "viewed_pin_count")


def score_units(
    units: DataFrame, *, scorer: TextScorer | None, pin_log: DataFrame | None = None, image_embedding_length: int = 0
) -> DataFrame:
    """Every unit with its calibrated scores; a pass over the texts without a shuffle.

    With a `pin_log` the embeddings in it count, too; then a few numbers of each unit and Pin are shuffled.

    Args:
        units: rows of interaction_units: query_text, response_text, pins and the columns that are passed on.
        scorer: None while too little is labelled: then the scores are empty maps and scorer_version is `none`.
        pin_log: the day's rows of schemas/pin_log.WITH_EMBEDDINGS.
        image_embedding_length: numbers of an embedding in it.

    Returns:
        One row per unit, the columns of unit_scores but job_run_id: ds, unit_id, user_key, surface, country, language,
        pin_count, viewed_pin_count, scores, component_scores, scorer_version.
    """
    if scorer is None:
        return _with_scores(units, _empty_map(_SCORES_TYPE), _empty_map(_COMPONENT_SCORES_TYPE), NO_SCORER)
    texts = text_columns(maximum_text_length=scorer.maximum_text_length)
    if pin_log is not None and (predictor := ImagePredictor(scorer, length=image_embedding_length)).models:
        # Whatever has no images matches nothing, and must not share one key with all others of its kind.
        response = F.coalesce(F.when(has_images(), F.col("response_id")), F.col("unit_id")).alias("response_id")
        of_texts = units.select(*_UNIT_COLUMNS, response, *texts).withColumn(
            "margins", _of_texts(scorer, TextPredictor.margins)(*TEXT_COLUMNS)
        )
        scored = (
            of_texts.drop(*TEXT_COLUMNS)
            .join(response_image_margins(pin_log, predictor=predictor), "response_id", "left")
            .withColumn("probabilities", _calibrated(scorer, predictor.models)("margins", IMAGE_MARGINS))
        )
    else:
        scored = units.select(*_UNIT_COLUMNS, *texts).withColumn(
            "probabilities", _of_texts(scorer, TextPredictor.probabilities)(*TEXT_COLUMNS)
        )
    return _with_scores(scored, _unit_scores(scorer), _component_scores(scorer), scorer.scorer_version)


def scores_from_log_column(units: DataFrame, *, policies: Sequence[str]) -> DataFrame:
    """Every unit with the scores that came with the logs.

    A value that is no probability (null, NaN, outside [0, 1]) is dropped from the map: the score is missing, and the
    sampler treats it so.

    Args:
        units: rows of interaction_units: platform_scores (policy to P(violation), may be null) and the columns that
            are passed on.
        policies: policies to keep.

    Returns:
        As `score_units`; component_scores are empty maps, scorer_version is `log_column`.
    """
    valid = F.map_filter(
        F.coalesce(F.col("platform_scores"), _empty_map(_SCORES_TYPE)),
        # NaN is greater than every number in Spark, so it is not within the range either.
        lambda policy, score: policy.isin(*policies) & score.between(0.0, 1.0),
    )
    # As numpy rounds; F.round would write each double as decimal digits and read them again.
    rounded = F.transform_values(valid, lambda _, score: F.rint(score * 10**SCORE_DECIMALS) / 10**SCORE_DECIMALS)
    return _with_scores(units, rounded, _empty_map(_COMPONENT_SCORES_TYPE), LOG_COLUMN)


def _with_scores(units: DataFrame, scores: Column, component_scores: Column, scorer_version: str) -> DataFrame:
    return units.select(
        *_UNIT_COLUMNS,
        scores.alias("scores"),
        component_scores.alias("component_scores"),
        F.lit(scorer_version).alias("scorer_version"),
    )


def _of_texts(scorer: TextScorer, applied: Callable[[TextPredictor, Mapping[str, list[object]]], Floats]) -> _Udf:
    """Arrow UDF (query_text, response_text, image_text) → array of what is `applied`, one per model of the scorer.

    An array of plain numbers leaves Python and becomes maps in Spark: such a result is the same on every engine.
    """

    def of_texts(batches: Iterator[tuple[pd.Series, pd.Series, pd.Series]]) -> Iterator[pd.Series]:
        predictor = TextPredictor(scorer)
        for batch in batches:
            texts = {component: list(column) for component, column in zip(TEXT_COMPONENTS, batch, strict=True)}
            yield pd.Series(list(applied(predictor, texts)))

    return _as_udf(of_texts)


def _calibrated(scorer: TextScorer, models: Sequence[int]) -> _Udf:
    """Arrow UDF (margins, image_margins of `models`, null without images) → array of probabilities."""

    def probabilities(batches: Iterator[tuple[pd.Series, pd.Series]]) -> Iterator[pd.Series]:
        predictor = TextPredictor(scorer)
        for margins, image_margins in batches:
            total = np.stack(margins.to_list()) if len(margins) else np.empty((0, len(scorer.models)))
            has_images = image_margins.notna().to_numpy()
            if has_images.any():
                total[np.ix_(np.flatnonzero(has_images), np.array(models))] += np.stack(
                    image_margins[has_images].to_list()
                )
            yield pd.Series(list(predictor.calibrated(total)))

    return _as_udf(probabilities)


def _as_udf(function: Callable[..., Iterator[pd.Series]]) -> _Udf:
    # The stubs ask for a function type that pyspark itself advises against: it reads the annotations.
    as_udf = cast("Callable[..., _Udf]", pandas_udf)
    return as_udf(function, returnType="array<double>")


def _unit_scores(scorer: TextScorer) -> Column:
    """Map of policy to score, from the array `probabilities`."""
    return _map_of(
        {
            model.policy: F.get("probabilities", F.lit(i))
            for i, model in enumerate(scorer.models)
            if model.component == UNIT
        }
    )


def _component_scores(scorer: TextScorer) -> Column:
    """Map of policy to the map of component to score, from the array `probabilities`."""
    by_policy: dict[str, dict[str, Column]] = {policy: {} for policy in scorer.policies}
    for i, model in enumerate(scorer.models):
        if model.component != UNIT:
            by_policy[model.policy][model.component] = F.get("probabilities", F.lit(i))
    return _map_of({policy: _map_of(scores) for policy, scores in by_policy.items()})


def _map_of(values: dict[str, Column]) -> Column:
    return F.create_map(*[part for key, value in values.items() for part in (F.lit(key), value)])


def _empty_map(data_type: str) -> Column:
    return F.create_map().cast(data_type)
