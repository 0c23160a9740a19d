"""Scores of units as conf wants them for a day: by the scorer that the day has, or those in the logs."""

from collections.abc import Sequence
from datetime import date

from pyspark.sql import DataFrame

from lib.scoring.risk_score import score_units, scores_from_log_column
from lib.scoring.scorer_rows import latest_scorer
from schemas.contracts.settings import ScoringSettings


def day_scores(
    units: DataFrame,
    *,
    settings: ScoringSettings,
    scorers: DataFrame | None,
    ds: date,
    policies: Sequence[str],
    pin_log: DataFrame | None = None,
) -> DataFrame:
    """The columns of unit_scores but job_run_id, of rows of interaction_units, which may be of another day than `ds`.

    `scorers` is that table, None if there is none: then, and before the first scorer, no unit has a score. `pin_log`
    has the embeddings of the units' images; without it, texts alone are scored.
    """
    if settings.source == "log_column":
        return scores_from_log_column(units, policies=policies)
    length = settings.maximum_text_length
    scorer = latest_scorer(scorers, ds=ds, maximum_text_length=length) if scorers is not None else None
    return score_units(units, scorer=scorer, pin_log=pin_log, image_embedding_length=settings.image_embedding_length)
