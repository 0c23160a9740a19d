"""A trained scorer as rows of the table `scorers`, and back."""

from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lib.scoring.score_calibration import Calibration
from lib.scoring.text_scorer import MODEL_COMPONENTS, ScorerModel, TextScorer

_COLUMNS: dict[str, pa.DataType] = {
    "scorer_version": pa.string(),
    "policy": pa.string(),
    "component": pa.string(),
    "n_features": pa.int32(),
    "feature_indices": pa.list_(pa.int32()),
    "feature_weights": pa.list_(pa.float64()),
    "intercept": pa.float64(),
    "calibration_margins": pa.list_(pa.float64()),
    "calibration_probabilities": pa.list_(pa.float64()),
    "n_training_units": pa.int64(),
    "n_training_positives": pa.int64(),
    "trained_from_ds": pa.date32(),
    "trained_to_ds": pa.date32(),
}


def rows_of_scorer(scorer: TextScorer) -> pa.Table:
    """The scorer's models, one row per policy and component, for `spark.createDataFrame`.

    Returns the columns of `scorers` but ds and job_run_id, which the job stamps: scorer_version, policy, component,
    n_features, feature_indices, feature_weights, intercept, calibration_margins, calibration_probabilities,
    n_training_units, n_training_positives, trained_from_ds, trained_to_ds.
    """
    rows = [
        {
            "scorer_version": scorer.scorer_version,
            "policy": model.policy,
            "component": model.component,
            "n_features": scorer.n_features,
            "feature_indices": model.feature_indices,
            "feature_weights": model.feature_weights,
            "intercept": model.intercept,
            "calibration_margins": model.calibration.margins,
            "calibration_probabilities": model.calibration.probabilities,
            "n_training_units": model.n_training_units,
            "n_training_positives": model.n_training_positives,
            "trained_from_ds": scorer.trained_from_ds,
            "trained_to_ds": scorer.trained_to_ds,
        }
        for model in scorer.models
    ]
    return pa.Table.from_pylist(rows, schema=pa.schema(list(_COLUMNS.items())))


def read_scorer(scorers: DataFrame, *, maximum_text_length: int) -> TextScorer | None:
    """The scorer in `scorers`, rows of one day; collects a few dozen rows. None if there is no row.

    Args:
        scorers: the columns that `rows_of_scorer` returns.
        maximum_text_length: characters to read of each text, as in training; conf holds it, not the table.
    """
    return scorer_of_rows(scorers.select(*_COLUMNS).toArrow(), maximum_text_length=maximum_text_length)


def scorer_of_rows(rows: pa.Table, *, maximum_text_length: int) -> TextScorer | None:
    """As `read_scorer`, from collected rows in any order; raises ValueError if they are of several scorers."""
    records: list[dict[str, Any]] = rows.to_pylist()
    if not records:
        return None
    versions = sorted({record["scorer_version"] for record in records})
    if len(versions) > 1:
        raise ValueError(f"scorers holds {', '.join(versions)} side by side; select the rows of one day and scorer")
    records.sort(key=lambda record: (record["policy"], MODEL_COMPONENTS.index(record["component"])))
    first = records[0]
    trained_from_ds: date = first["trained_from_ds"]
    return TextScorer(
        scorer_version=first["scorer_version"],
        n_features=first["n_features"],
        maximum_text_length=maximum_text_length,
        trained_from_ds=trained_from_ds,
        trained_to_ds=first["trained_to_ds"],
        models=tuple(_model(record) for record in records),
    )


def _model(record: dict[str, Any]) -> ScorerModel:
    return ScorerModel(
        policy=record["policy"],
        component=record["component"],
        feature_indices=np.array(record["feature_indices"], dtype=np.int32),
        feature_weights=np.array(record["feature_weights"], dtype=np.float64),
        intercept=record["intercept"],
        calibration=Calibration(
            margins=np.array(record["calibration_margins"], dtype=np.float64),
            probabilities=np.array(record["calibration_probabilities"], dtype=np.float64),
        ),
        n_training_units=record["n_training_units"],
        n_training_positives=record["n_training_positives"],
    )


def latest_scorer(scorers: DataFrame, *, ds: date, maximum_text_length: int) -> TextScorer | None:
    """The scorer trained for day `ds`, or for the last day before it that has one; None if there is none."""
    usable = scorers.where(F.col("ds") <= F.lit(ds))
    newest = usable.agg(F.max("ds")).collect()[0][0]
    if newest is None:
        return None
    return read_scorer(usable.where(F.col("ds") == F.lit(newest)), maximum_text_length=maximum_text_length)
