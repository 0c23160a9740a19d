"""Checks the plans of a day and its week against what came of them."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lib.planning.cells import EVERYTHING
from lib.planning.check_rows import realised_error_rows, validation_arm_rows
from lib.planning.validation_arm import validation_arm_sums
from schemas.contracts.moment_names import UNIT
from schemas.contracts.settings import EstimationSettings


def check_day(
    tables: Mapping[str, DataFrame | None],
    plans: DataFrame,
    *,
    design_id: str,
    ds: date,
    policies: Sequence[str],
    rungs: Sequence[str],
    estimation: EstimationSettings,
    significance: float,
) -> list[dict[str, Any]]:
    """Records of `plan_checks` of one day; none until the day has been estimated.

    Args:
        tables: samples, current labels, sampling_frame and prevalence by name; None where no step has written them
        plans: rows of `sample_plans` of the design, all days
        design_id: the design
        ds: the day
        policies: every policy
        rungs: the configured rungs, lowest first
        estimation: measures and the published estimator
        significance: chance of any alarm of one kind and period while all is well

    Returns:
        one record a check, period, policy and measure
    """
    today = {
        name: rows.where((F.col("ds") == F.lit(ds)) & (F.col("design_id") == design_id))
        for name in ("samples", "sampling_frame", "prevalence")
        if (rows := tables.get(name)) is not None
    }
    labels = tables.get("labels")
    if len(today) < len(("samples", "sampling_frame", "prevalence")) or labels is None:
        return []
    published = today["prevalence"].where(F.col("estimator") == estimation.published_estimator)
    numbers = published.where(_is_everything() & (F.col("component") == UNIT)).orderBy("period", "policy", "measure")
    in_question = [row.asDict() for row in numbers.collect()]
    if not in_question:
        return []
    first, last = (min(row["period_start"] for row in in_question), max(row["period_end"] for row in in_question))
    configured = plans.where(_is_everything() & (F.col("kind") == "configured"))
    days = [row.asDict() for row in configured.where(F.col("ds").between(F.lit(first), F.lit(last))).collect()]
    strata = today["sampling_frame"].orderBy("stratum").collect()
    sums = validation_arm_sums(
        today["samples"],
        labels.where(F.col("ds") == F.lit(ds)),
        strata,
        policies=policies,
        measures=estimation.measures,
        rungs=rungs,
    )
    return [
        *realised_error_rows(days, in_question, significance=significance),
        *validation_arm_rows([row.asDict() for row in sums.collect()], ds=ds, significance=significance),
    ]


def _is_everything() -> Column:
    return (F.col("segment") == EVERYTHING[0]) & (F.col("segment_value") == EVERYTHING[1])
