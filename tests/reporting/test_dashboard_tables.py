"""What is read from the warehouse for a page: bounded, the last state, and nothing that tells a held number."""

from datetime import date, datetime, timedelta
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from lib.reporting import dashboard_tables
from lib.reporting.dashboard_data import COLUMNS
from schemas.contracts.settings import ReportingSettings

SUNDAY = date(2024, 3, 10)
NUMBER = "period string, period_start date, period_end date, segment string, segment_value string, component string, " \
         "estimator string, population_size bigint"  # fmt: skip


def _numbers(spark: SparkSession, rows: list[tuple[Any, ...]]) -> DataFrame:
    return spark.createDataFrame([(*row[:3], *row[3:], 10) if len(row) == 7 else row for row in rows], NUMBER)


def _day(n_before: int, segment: str = "all", value: str = "all", component: str = "unit") -> tuple[Any, ...]:
    day = SUNDAY - timedelta(days=n_before)
    return ("day", day, day, segment, value, component, "regression")


def _week(n_before: int, segment: str = "all", value: str = "all", *, estimator: str = "regression",
          component: str = "unit", size: int = 10) -> tuple[Any, ...]:  # fmt: skip
    last = SUNDAY - timedelta(days=7 * n_before)
    return ("week", last - timedelta(days=6), last, segment, value, component, estimator, size)


def test_numbers_are_cut_to_what_the_page_has_room_for(spark: SparkSession) -> None:
    kept = [
        _day(0), _day(6), _week(0), _week(0, estimator="hajek"), _week(1, component="query"),
        _week(3, estimator="hajek"),
        _week(0, "country", "US", size=30), _week(1, "country", "BR", size=20),
        ("all", date(2023, 1, 1), SUNDAY, "all", "all", "unit", "hajek", 10),
    ]  # fmt: skip
    cut = [
        _day(7), _day(0, "surface", "search"), _day(0, component="query"), _week(4),
        _week(0, "country", "CA", size=10), _week(2, "country", "US", size=30), _week(2, component="query"),
        _week(0, "country", "US", estimator="hajek", size=30), _week(0, component="query", estimator="hajek"),
    ]  # fmt: skip
    reporting = ReportingSettings(
        maximum_days=7, maximum_weeks=4, maximum_segment_weeks=2, maximum_segment_values=2
    )  # fmt: skip
    found = dashboard_tables.shown_numbers(
        _numbers(spark, [*kept, *cut]), reporting=reporting, published_estimator="regression"
    ).collect()
    names = ("period", "period_start", "period_end", "segment", "segment_value", "component", "estimator")
    assert sorted(tuple(row[name] for name in names) for row in found) == sorted(row[:7] for row in kept)
    assert {row["n_segment_values"] for row in found if row["segment"] == "country"} == {3}


def test_corrections_know_whether_the_number_is_shown_as_it_stands(spark: SparkSession) -> None:
    number = (
        "period string, period_start date, period_end date, policy string, measure string, segment string, "
        "segment_value string, component string, estimator string"
    )
    monday, tuesday, sunday, now = date(2024, 3, 4), date(2024, 3, 5), SUNDAY, datetime(2024, 3, 12)

    def of(
        period: str, first: date, last: date, component: str = "unit", estimator: str = "regression"
    ) -> tuple[Any, ...]:
        return (period, first, last, "spam", "units", "all", "all", component, estimator)

    decisions = [
        (*of("week", monday, sunday), "released"), (*of("day", tuesday, tuesday), "held"),
        (*of("day", monday, monday), "released"), (*of("all", monday, monday), "held"),
    ]  # fmt: skip
    corrected = [
        of("week", monday, sunday),
        of("week", monday, tuesday),  # while it had fewer days
        of("day", tuesday, tuesday),
        of("day", monday, monday),  # held as all days
        of("week", monday, sunday, estimator="hajek"),
        of("week", monday, sunday, component="query"),
    ]
    found = dashboard_tables.shown_restatements(
        spark.createDataFrame([(*row, now) for row in corrected], f"{number}, restated_at timestamp"),
        spark.createDataFrame(decisions, f"{number}, status string"),
        estimator="regression",
    ).collect()
    assert sorted((row["period"], row["period_end"], row["is_shown"]) for row in found) == [
        ("day", monday, False), ("day", tuesday, False), ("week", tuesday, False), ("week", sunday, True),
    ]  # fmt: skip


def test_labels_are_counted_by_week_with_their_units_and_prices(spark: SparkSession) -> None:
    schema = "ds date, unit_id string, rung string, labeler_id string, label_source string, prompt_version string"
    rows = [
        (date(2024, 3, day), unit, "llm", "m", "llm", "p", cost)
        for day, unit, cost in ((4, "a", 0.5), (4, "a", 0.25), (10, "b", None), (11, "c", 1.0))
    ]
    found = dashboard_tables.labels_by_source(spark.createDataFrame(rows, f"{schema}, cost double")).collect()
    assert set(COLUMNS["label_sources"]) == set(found[0].asDict())
    assert [(r["week"], r["n_labels"], r["n_units"], r["n_priced"], r["cost"]) for r in found] == [
        (date(2024, 3, 4), 3, 2, 2, 0.75),
        (date(2024, 3, 11), 1, 1, 1, 1.0),
    ]


def test_checks_are_counted_by_table_and_those_that_did_not_pass_are_named(spark: SparkSession) -> None:
    day = date(2024, 3, 4)
    rows = [(day, "samples", name, severity, passed) for name, severity, passed in (
        ("a", "fail", True), ("c", "fail", False), ("b", "warn", False))]  # fmt: skip
    checks = spark.createDataFrame(
        rows, "ds date, table_name string, check_name string, severity string, is_passed boolean"
    )
    (found,) = dashboard_tables.checks_by_table(checks).collect()
    assert found.asDict() == {
        "ds": day, "table_name": "samples", "n_checks": 3, "n_failed": 1, "n_warned": 1, "failed_names": ["b", "c"],
    }  # fmt: skip


def test_gates_of_the_week_are_those_of_its_releases_about_whole_numbers(spark: SparkSession) -> None:
    first, second = "2024-03-10-0123456789abcdef", "2024-03-03-0123456789abcdef"
    names = "ds, release_id, gate, period, segment, segment_value, component, measure, estimator, policy, subject"
    rows = [
        (SUNDAY, first, "join_loss", "week", "*", "*", "*", "*", "*", "*", "pin_log"),
        (SUNDAY, first, "positives", "week", "all", "all", "unit", "units", "*", "spam", "*"),
        (SUNDAY, first, "positives", "day", "all", "all", "unit", "units", "*", "spam", "*"),
        (SUNDAY, first, "positives", "week", "surface", "search", "unit", "units", "*", "spam", "*"),
        (SUNDAY, first, "positives", "week", "all", "all", "query", "units", "*", "spam", "*"),
        (SUNDAY, first, "positives", "week", "all", "all", "unit", "views", "*", "spam", "*"),
        (SUNDAY, first, "estimable", "week", "all", "all", "unit", "units", "hajek", "spam", "*"),
        (date(2024, 3, 3), second, "join_loss", "week", "*", "*", "*", "*", "*", "*", "pin_log"),
    ]
    gates = spark.createDataFrame(rows, names.split(", "))
    found = dashboard_tables.gates_of_week(gates, [first], measure="units", estimator="regression").collect()
    assert [(row["gate"], row["period"], row["component"]) for row in found] == [
        ("join_loss", "week", "*"),
        ("positives", "week", "unit"),
    ]
