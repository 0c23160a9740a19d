from datetime import date

import numpy as np
import pandas as pd
import pytest
from pyspark.sql import SparkSession

from lib.run_context import RunContext
from lib.scoring.scorer_rows import read_scorer, rows_of_scorer, scorer_of_rows
from lib.scoring.text_scorer import TextScorer
from lib.scoring.training import train_text_scorer
from schemas.scorers import TABLE
from tests.scoring.labelled_units import component_units


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return component_units(np.random.default_rng(4), 400)


@pytest.fixture(scope="module")
def scorer(rows: pd.DataFrame) -> TextScorer:
    scorer = train_text_scorer(rows, policies=["harm"], n_features=2**10, maximum_text_length=500)
    assert scorer is not None
    return scorer


def predicted(scorer: TextScorer | None, rows: pd.DataFrame) -> list[list[float]]:
    assert scorer is not None
    texts = {name: rows[f"{name}_text"].tolist() for name in ("query", "response", "image")}
    return scorer.probabilities(texts).tolist()


@pytest.mark.slow
def test_a_scorer_comes_back_from_its_rows_in_any_order(scorer: TextScorer, rows: pd.DataFrame) -> None:
    table = rows_of_scorer(scorer)

    back = scorer_of_rows(table.take(list(reversed(range(table.num_rows)))), maximum_text_length=500)

    assert back is not None
    assert (back.scorer_version, back.n_features) == (scorer.scorer_version, 2**10)
    assert (back.trained_from_ds, back.trained_to_ds) == (date(2026, 3, 1), date(2026, 3, 1))
    assert [(m.policy, m.component) for m in back.models] == [(m.policy, m.component) for m in scorer.models]
    assert predicted(back, rows) == predicted(scorer, rows)


def test_no_rows_are_no_scorer(scorer: TextScorer) -> None:
    assert scorer_of_rows(rows_of_scorer(scorer).slice(0, 0), maximum_text_length=500) is None


@pytest.mark.slow
def test_rows_of_two_scorers_are_refused(scorer: TextScorer, rows: pd.DataFrame) -> None:
    other = train_text_scorer(rows, policies=["harm"], n_features=2**11)
    assert other is not None
    tables = [rows_of_scorer(scorer).to_pylist(), rows_of_scorer(other).to_pylist()]
    mixed = rows_of_scorer(scorer).from_pylist([*tables[0], *tables[1]], schema=rows_of_scorer(scorer).schema)

    with pytest.raises(ValueError, match="side by side"):
        scorer_of_rows(mixed, maximum_text_length=500)


def test_a_scorer_passes_through_a_frame_of_the_contract(
    spark: SparkSession, scorer: TextScorer, rows: pd.DataFrame
) -> None:
    stamped = RunContext(ds=date(2026, 3, 2), job_run_id="run").stamp(spark.createDataFrame(rows_of_scorer(scorer)))
    conformed = TABLE.conform(stamped)

    back = read_scorer(conformed, maximum_text_length=500)

    assert predicted(back, rows) == predicted(scorer, rows)
