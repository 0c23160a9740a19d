"""From a day's sample and its labels to the day's moments, and from moments to the numbers of its periods."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lib.estimation.prevalence_rows import prevalence_rows
from lib.moments.accumulate import accumulate_moments, known_totals
from lib.moments.ladder_rows import Ladder, ladder_rows
from lib.moments.periods import periods_of, roll_up
from lib.moments.response import with_response
from lib.moments.rung_bounds import rung_bounds
from lib.sampling.draw import FrameTotals
from schemas.contracts.labelling_settings import RungSettings
from schemas.contracts.settings import EstimationSettings


def day_moments(
    sample: DataFrame,
    frame: DataFrame,
    verdicts: DataFrame,
    *,
    policies: Sequence[str],
    rungs: Sequence[RungSettings],
    estimation: EstimationSettings,
    made_of: str,
) -> DataFrame:
    """The day's rows of `prevalence_moments` of one design, without ds and job_run_id.

    Args:
        sample: rows of `samples`
        frame: rows of `sampling_frame`
        verdicts: `drawn_labels`, one row per drawn unit, policy and rung
        policies: every policy
        rungs: the configured rungs; the sizes of their samples bound the weights
        estimation: measures, and how non-response is weighted for
        made_of: content hash of all of these, so that nobody takes the moments for those of later labels
    """
    ladder = Ladder.of(verdicts)
    rows = ladder_rows(sample, verdicts, policies=policies, rungs=ladder.rungs)
    answered = with_response(rows, cells=estimation.response_cells, minimum_respondents=estimation.minimum_respondents)
    sizes: dict[str, int | None] = {rung.rung: rung.sample_size for rung in rungs}
    bounds = rung_bounds(
        FrameTotals.of(frame).exposure_totals, sample_sizes=[sizes.get(name) for name in ladder.rungs[1:]]
    )
    totals = known_totals(frame, policies=policies, measures=estimation.measures, rung_bounds=bounds)
    moments = accumulate_moments(answered, totals, ladder=ladder, measures=estimation.measures)
    return moments.withColumn("made_of", F.lit(made_of))


def period_numbers(moments: DataFrame, *, ds: date, estimation: EstimationSettings) -> list[dict[str, Any]]:
    """The records of `prevalence`, without job_run_id, of every period that contains `ds`.

    `moments` are the rows of `prevalence_moments` of one design, all days.
    """
    rolled_up = [row.asDict() for row in roll_up(moments, periods_of(ds)).collect()]
    return prevalence_rows(
        rolled_up,
        estimators=estimation.estimators,
        interval=estimation.interval,
        confidence_level=estimation.confidence_level,
        maximum_missing_label_rate=estimation.maximum_missing_label_rate,
    )
