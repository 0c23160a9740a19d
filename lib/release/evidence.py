"""Gathers what the common gates go by: a few records per period, aggregated from the day's tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lib.moments.periods import Period
from lib.release.gate_verdicts import Evidence
from schemas import check_results, labeler_quality, plan_checks, releases, row_account
from schemas.contracts.moment_names import RUNG_VARIABLES, UNIT
from schemas.contracts.settings import Settings
from schemas.tables import ancestors

_NAMED_CHECKS = 5


@dataclass(frozen=True)
class Span:
    """The days of a period that numbers are about: the first and the last day with data."""

    first: date
    last: date


def spans_of(numbers: Sequence[Mapping[str, Any]]) -> dict[str, Span]:
    """Period to its span, from rows of `prevalence`."""
    spans: dict[str, Span] = {}
    for number in numbers:
        known = spans.get(number["period"], Span(number["period_start"], number["period_end"]))
        first, last = min(known.first, number["period_start"]), max(known.last, number["period_end"])
        spans[number["period"]] = Span(first, last)
    return spans


def gather_evidence(
    tables: Mapping[str, DataFrame | None],
    spans: Mapping[str, Span],
    periods: Sequence[Period],
    *,
    ds: date,
    settings: Settings,
) -> Evidence:
    """What the gates go by, for the numbers of one design.

    Args:
        tables: prevalence_moments and sampling_frame of the design, and by name row_account, labeler_quality,
            plan_checks and check_results; None or absent where no step has written them
        spans: the days with data of each period
        periods: the same periods as the calendar has them
        ds: the day of the release
        settings: measures and the window that scores are held against
    """
    quality = _latest_quality(tables.get(labeler_quality.TABLE.name), spans)
    frame, moments = tables["sampling_frame"], tables["prevalence_moments"]
    assert frame is not None  # noqa: S101 - the moments were made from it
    assert moments is not None  # noqa: S101 - the numbers were made from them
    return Evidence(
        labeler_quality=[row for row in quality if row["is_whole_rung"]],
        anchor_quality=[row for row in quality if row["reference"] == "anchor"],
        row_account=_row_account(tables.get(row_account.TABLE.name), spans),
        data_checks=_data_checks(tables.get(check_results.TABLE.name), spans),
        rungs=_rungs(moments, spans, measure=settings.estimation.measures[0]),
        label_lags=_label_lags(frame, spans, periods),
        plan_checks=_plan_checks(tables.get(plan_checks.TABLE.name), spans),
        score_totals=_score_totals(frame, ds=ds, settings=settings),
    )


def _latest_quality(quality: DataFrame | None, spans: Mapping[str, Span]) -> list[dict[str, Any]]:
    """Rows of the last calibration up to each period's end: whole rungs by the best reference, and anchor rows."""
    if quality is None:
        return []
    is_whole_rung = (F.col("labeler_id") == labeler_quality.ALL) & F.col("is_best_reference")
    wanted = quality.withColumn("is_whole_rung", is_whole_rung & (F.col("reference") != "anchor"))
    chosen = _spread(wanted.where(F.col("is_whole_rung") | (F.col("reference") == "anchor")), _ends(spans))
    latest = chosen.groupBy("period").agg(F.max("ds").alias("ds"))
    return _records(chosen.join(latest, ["period", "ds"]).drop("ds", "job_run_id"))


def _row_account(account: DataFrame | None, spans: Mapping[str, Span]) -> list[dict[str, Any]]:
    if account is None:
        return []
    summed = [F.sum(name).alias(name) for name in ("rows_in", "rows_quarantined")]
    return _records(_spread(account, _days(spans)).groupBy("period", "source").agg(*summed))


def _data_checks(checks: DataFrame | None, spans: Mapping[str, Span]) -> list[dict[str, Any]]:
    """Checks of what a release is made from: those of tables that it writes itself come after it."""
    if checks is None:
        return []
    made_from = [spec.name for spec in ancestors([releases.TABLE]) if spec is not releases.TABLE]
    has_failed = F.col("severity").isin("fail", "hold") & ~F.col("is_passed")
    by_day = (
        checks.where(F.col("table_name").isin(made_from))
        .groupBy("ds", "table_name")
        .agg(
            F.max(has_failed.cast("bigint")).alias("is_failed"),
            F.collect_set(F.when(has_failed, F.col("check_name"))).alias("names"),
        )
    )
    names = F.array_sort(F.array_distinct(F.flatten(F.collect_list("names"))))
    return _records(
        _spread(by_day, _days(spans))
        .groupBy("period", "table_name")
        .agg(
            F.count(F.lit(1)).alias("n_days"),
            F.sum("is_failed").alias("n_failed_days"),
            F.slice(names, 1, _NAMED_CHECKS).alias("check_names"),
        )
    )


def _rungs(moments: DataFrame, spans: Mapping[str, Span], *, measure: str) -> list[dict[str, Any]]:
    """Per period, policy and rung the days on which units were drawn to it, and those of them without a verdict."""
    is_everything = (F.col("segment") == "all") & (F.col("component") == UNIT) & (F.col("measure") == measure)
    rungs = [
        F.struct(
            F.lit(rung).alias("rung"),
            F.col(f"sum_drawn_weight_{rung}").alias("drawn_weight"),
            F.col(f"n_{rung}").alias("n_labelled"),
        )
        for rung in RUNG_VARIABLES
    ]
    by_rung = moments.where(is_everything).select("ds", "policy", F.explode(F.array(*rungs)).alias("on"))
    by_day = by_rung.groupBy("ds", "policy", F.col("on.rung").alias("rung")).agg(
        F.sum("on.drawn_weight").alias("drawn_weight"), F.sum("on.n_labelled").alias("n_labelled")
    )
    drawn = _spread(by_day.where(F.col("drawn_weight") > 0), _days(spans))
    return _records(
        drawn.groupBy("period", "policy", "rung").agg(
            F.count(F.lit(1)).alias("n_days"),
            F.sum((F.col("n_labelled") == 0).cast("bigint")).alias("n_unlabelled"),
        )
    )


def _label_lags(frame: DataFrame, spans: Mapping[str, Span], periods: Sequence[Period]) -> list[dict[str, Any]]:
    """The last drawn day within each calendar period, beside the last day that has labels."""
    within = {period.name: _calendar(period) for period in periods if period.name in spans}
    drawn = _spread(frame.select("ds"), within).groupBy("period").agg(F.max("ds").alias("last_drawn_ds"))
    return [row | {"last_labelled_ds": spans[row["period"]].last} for row in _records(drawn)]


def _plan_checks(checks: DataFrame | None, spans: Mapping[str, Span]) -> list[dict[str, Any]]:
    """The latest checks of the day and the week."""
    if checks is None:
        return []
    within = {name: is_in & (F.col("checked_period") == name) for name, is_in in _days(spans).items()}
    chosen = _spread(checks.withColumnRenamed("period", "checked_period"), within)
    latest = chosen.groupBy("period", "kind").agg(F.max("ds").alias("ds"))
    names = ("period", "kind", "policy", "measure", "ratio", "p_value", "alarm_limit")
    return _records(chosen.join(latest, ["period", "kind", "ds"]).select(*names))


def _score_totals(frame: DataFrame, *, ds: date, settings: Settings) -> list[dict[str, Any]]:
    """Score totals of the day and the days before it by stratum, over the first measure; known scores only."""
    measure = settings.estimation.measures[0]
    first = ds - timedelta(days=settings.release.drift_window_days)
    window = frame.where(F.col("ds").between(F.lit(first), F.lit(ds)))
    by_policy = window.select(
        "ds",
        "stratum",
        F.col("exposure_totals")[measure].alias("exposure_total"),
        F.explode(F.col("score_totals")[measure]).alias("policy", "score_total"),
    )
    return _records(by_policy.where(F.col("score_total").isNotNull()))


def _calendar(period: Period) -> Column:
    after = F.lit(True) if period.first is None else F.col("ds") >= F.lit(period.first)
    return after if period.last is None else after & (F.col("ds") <= F.lit(period.last))


def _days(spans: Mapping[str, Span]) -> dict[str, Column]:
    return {name: F.col("ds").between(F.lit(span.first), F.lit(span.last)) for name, span in spans.items()}


def _ends(spans: Mapping[str, Span]) -> dict[str, Column]:
    return {name: F.col("ds") <= F.lit(span.last) for name, span in spans.items()}


def _spread(rows: DataFrame, within: Mapping[str, Column]) -> DataFrame:
    """`rows` once for every period whose condition they meet, named in `period`."""
    names = F.array_compact(F.array(*[F.when(is_in, F.lit(name)) for name, is_in in within.items()]))
    return rows.withColumn("period", F.explode(names))


def _records(rows: DataFrame) -> list[dict[str, Any]]:
    """The rows as dictionaries in an order of their own, so that equal rows give equal evidence."""
    return sorted((row.asDict() for row in rows.collect()), key=lambda record: str(sorted(record.items())))
