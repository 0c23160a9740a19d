"""Reduces the warehouse's tables to the small tables that a dashboard shows; everything is bounded by the settings."""

from datetime import date, timedelta
from typing import Final

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from lib.release.release_inputs import day_of_release
from schemas.contracts.settings import ReportingSettings
from schemas.release_gates import EVERY

MOST_RESTATEMENTS: Final = 100


def shown_numbers(decided: DataFrame, *, reporting: ReportingSettings, published_estimator: str) -> DataFrame:
    """The decisions that the page has room for, with `n_segment_values`, how many values their segment has in all.

    Of the last days and weeks with data, as `reporting` says: days of the whole population; weeks of the whole
    population by every estimator, and of components and segments by the published one; all quarters of these weeks, and
    all days. Of a segment only the values with the largest population. `decided` are the last decisions of one design.
    """
    ended = decided.agg(F.max("period_end").alias("last_day"))
    values = _ranked_values(decided)
    known = decided.crossJoin(F.broadcast(ended)).join(F.broadcast(values), ["segment", "segment_value"], "left")
    age = F.datediff("last_day", "period_end")
    is_part = (F.col("segment") != "all") | (F.col("component") != "unit")
    is_published = F.col("estimator") == published_estimator
    reach = (
        F.when(F.col("period") == "day", ~is_part & (age < reporting.maximum_days))
        .when(is_part & (F.col("period") == "week"), is_published & (age < 7 * reporting.maximum_segment_weeks))
        .when(is_part, is_published)
        .otherwise(F.lit(True))
    )
    is_large = F.coalesce(F.col("place") <= reporting.maximum_segment_values, F.lit(True))
    within = reach & is_large & (age < 7 * reporting.maximum_weeks)
    return known.where(within).drop("last_day", "place")


def last_day_of(rows: DataFrame) -> date | None:
    """The last day of a table; None if it has no rows."""
    last: date | None = rows.agg(F.max("ds")).collect()[0][0]
    return last


def recent_weeks(rows: DataFrame, last_day: date, *, reporting: ReportingSettings) -> DataFrame:
    """Rows of the weeks that the page shows, if `last_day` is the last; a literal, so that partitions are skipped."""
    return rows.where(F.col("ds") > F.lit(last_day - timedelta(days=7 * reporting.maximum_weeks)))


def recent_days(rows: DataFrame, last_day: date, *, reporting: ReportingSettings) -> DataFrame:
    """Rows of the days that the page shows, if `last_day` is the last."""
    return rows.where(F.col("ds") > F.lit(last_day - timedelta(days=reporting.maximum_days)))


def sample_funnel(frame: DataFrame, moments: DataFrame, *, measure: str) -> DataFrame:
    """Population, sampled, labelled and audited units per ds and stratum.

    A unit is labelled if the first rung has a verdict on it for any policy, audited if a higher rung has.
    """
    labelled = (
        _whole_strata(moments, measure)
        .groupBy("ds", "stratum")
        .agg(F.max("n_1").alias("n_labelled"), F.max(F.greatest("n_2", "n_3")).alias("n_audited"))
    )
    sizes = frame.select("ds", "stratum", "population_size", "sample_size")
    counted = sizes.join(labelled, ["ds", "stratum"], "left").na.fill(0, ["n_labelled", "n_audited"])
    return counted.orderBy("ds", "stratum")


def sampled_positives(moments: DataFrame, *, measure: str) -> DataFrame:
    """Units of the sample that the first rung found violating, per ds and policy."""
    positives = _whole_strata(moments, measure).groupBy("ds", "policy").agg(F.sum("n_positive_1").alias("n_positive"))
    return positives.orderBy("ds", "policy")


def scorers_used(frame: DataFrame) -> DataFrame:
    """The scorer and the rule of the size measure behind each day's sample."""
    return frame.select("ds", "scorer_version", "size_measure_rule").distinct().orderBy("ds", "scorer_version")


def labels_by_source(labels: DataFrame) -> DataFrame:
    """Labels, units and prices per week (its Monday), rung and labeler, with the kind of labeler."""
    source = ["week", "rung", "labeler_id", "label_source", "prompt_version"]
    return (
        labels.withColumn("week", F.to_date(F.trunc("ds", "week")))
        .groupBy(*source)
        .agg(
            F.count(F.lit(1)).alias("n_labels"),
            F.countDistinct("unit_id").alias("n_units"),
            F.count("cost").alias("n_priced"),
            F.sum("cost").alias("cost"),
        )
        .orderBy(*source)
    )


def latest_versions(releases: DataFrame) -> DataFrame:
    """Policies and prompt versions of the last release of each day."""
    last = Window.partitionBy("ds").orderBy(F.desc("released_at"), "release_id")
    ranked = releases.withColumn("rank", F.row_number().over(last)).where("rank = 1")
    return ranked.select("ds", "policies", "prompt_versions").orderBy("ds")


def gates_of_week(gates: DataFrame, release_ids: list[str], *, measure: str, estimator: str) -> DataFrame:
    """What the gates of some releases found about the week's numbers of the whole population."""
    days = sorted({day_of_release(release_id) for release_id in release_ids})
    about = F.col("ds").isin(days) & F.col("release_id").isin(release_ids)
    wanted = {
        "period": "week", "segment": "all", "segment_value": "all", "component": "unit", "measure": measure,
        "estimator": estimator,
    }  # fmt: skip
    for name, value in wanted.items():
        about = about & F.col(name).isin(value, EVERY)
    return gates.where(about).orderBy("gate", "policy", "subject")


def shown_restatements(restatements: DataFrame, decided: DataFrame, *, estimator: str) -> DataFrame:
    """The latest corrections of whole numbers by one estimator, with `is_shown`: released by the last decision.

    Not shown are also numbers whose days are held under the name of another period, which is the same figure, and
    earlier states of a period that has more days by now, which may be such a figure.
    """
    cell = ["policy", "measure", "segment", "segment_value", "component", "estimator", "period_start", "period_end"]
    is_held = F.max(F.col("status") != "released").over(Window.partitionBy(*cell))
    free = decided.withColumn("is_held", is_held).where("NOT is_held")
    now = free.select("period", *cell, F.lit(True).alias("is_shown"))
    chosen = restatements.where((F.col("estimator") == estimator) & (F.col("component") == "unit"))
    latest = chosen.orderBy(F.desc("restated_at"), "period", *cell).limit(MOST_RESTATEMENTS)
    marked = latest.join(now, ["period", *cell], "left").na.fill(False, ["is_shown"])
    return marked.orderBy(F.desc("restated_at"), "period", *cell)


def best_quality(quality: DataFrame) -> DataFrame:
    """Of the last day that was measured, whole rungs against their best reference."""
    last = quality.agg(F.max("ds").alias("ds"))
    best = quality.join(F.broadcast(last), "ds").where((F.col("labeler_id") == "all") & F.col("is_best_reference"))
    return best.orderBy("policy", "rung")


def checks_by_table(checks: DataFrame) -> DataFrame:
    """How many checks ran, failed and warned per ds and table, with the names of those that did not pass."""
    is_broken = ~F.col("is_passed")
    return (
        checks.groupBy("ds", "table_name")
        .agg(
            F.count(F.lit(1)).alias("n_checks"),
            F.count_if(is_broken & (F.col("severity") != "warn")).alias("n_failed"),
            F.count_if(is_broken & (F.col("severity") == "warn")).alias("n_warned"),
            F.array_sort(F.collect_set(F.when(is_broken, F.col("check_name")))).alias("failed_names"),
        )
        .orderBy("ds", "table_name")
    )


def planned_errors(plans: DataFrame) -> DataFrame:
    """The standard error that the configured budget was expected to give, per ds, policy and measure."""
    configured = plans.where("kind = 'configured' AND segment = 'all'")
    names = ["ds", "policy", "measure"]
    return configured.select(*names, F.col("expected_std_error").alias("planned_std_error")).orderBy(*names)


def latest_plan_checks(checks: DataFrame) -> DataFrame:
    """What the checks of the last day said; their figures are left out, they would tell numbers that are held."""
    last = checks.agg(F.max("ds").alias("ds"))
    names = ["kind", "period", "period_start", "period_end", "policy", "measure", "status", "reason"]
    return checks.join(F.broadcast(last), "ds").select(*names).orderBy(*names[:6])


def latest_audit(audits: DataFrame) -> DataFrame:
    """The rows of `design_audits` of the last day that was audited."""
    last = audits.agg(F.max("ds").alias("ds"))
    return audits.join(F.broadcast(last), "ds").orderBy("scenario", "policy", "measure")


def _ranked_values(decided: DataFrame) -> DataFrame:
    """Values of segments with their `place` by population, and `n_segment_values`."""
    parts = decided.where("segment <> 'all'")
    sizes = parts.groupBy("segment", "segment_value").agg(F.max("population_size").alias("n"))
    by_size = Window.partitionBy("segment").orderBy(F.desc("n"), "segment_value")
    of_segment = Window.partitionBy("segment")
    return sizes.select(
        "segment",
        "segment_value",
        F.row_number().over(by_size).alias("place"),
        F.count(F.lit(1)).over(of_segment).alias("n_segment_values"),
    )


def _whole_strata(moments: DataFrame, measure: str) -> DataFrame:
    """The rows about whole strata; units are counted alike by every measure."""
    return moments.where("component = 'unit' AND segment = 'all'").where(F.col("measure") == measure)
