"""Data that are as promised pass every check; each kind of fault is found, named, and nothing else is."""

import math

import pytest
from pyspark.sql import SparkSession

from lib.quality.check import Check
from lib.quality.data_checks import CheckedDay, DataChecks
from lib.quality.expectations import Verdict
from lib.quality.result_rows import result_of
from lib.quality.suites import suite_of
from schemas.check_results import KINDS
from schemas.contracts.quality_settings import AcceptedFailure, QualitySettings
from schemas.tables import TABLES
from tests.quality.small_day import DESIGN, DS, Tables, TablesInMemory, broken_day, healthy_day

SPECS = [TABLES[name] for name in healthy_day()]
# What a broken day of a few rows cannot show is shown by hand in other tests: limits of the weeks before.
OF_WEEKS_BEFORE = {"volume", "volume_collapse", "missing_drift", "drift"}


def _checked(
    session: SparkSession, tables: Tables, settings: QualitySettings | None = None, **retyped: dict[str, str]
) -> CheckedDay:
    storage = TablesInMemory(session, tables, retyped)
    checks = DataChecks(storage, settings or QualitySettings(), DESIGN)  # type: ignore[arg-type]
    return checks.check([TABLES[name] for name in tables], DS, is_written=False)


@pytest.fixture(scope="module")
def healthy(_session: SparkSession) -> CheckedDay:
    return _checked(_session, healthy_day(), response_log={"platform_scores": "missing"})  # an optional column


@pytest.fixture(scope="module")
def broken(_session: SparkSession) -> CheckedDay:
    accepted = AcceptedFailure(ds=DS, table="pin_log", check="duplicate_share:response_id, slot, pin_id", reason="test")
    settings = QualitySettings(accepted_failures=[accepted], severities={"duplicate_share": "fail"})
    return _checked(_session, broken_day(), settings)


def test_a_healthy_day_passes_every_check_of_every_table(healthy: CheckedDay) -> None:
    assert [result.message for result in healthy.results if not result.is_passed] == []
    filled = {name for name, rows in healthy_day().items() if rows}
    assert healthy.tables == filled
    judged = {result.check.name for result in healthy.results if result.verdict is not None}
    assert {name.partition(":")[0] for name in judged} == set(KINDS) - OF_WEEKS_BEFORE
    expected = {(name, check.name) for name in filled for check in suite_of(TABLES[name], QualitySettings())}
    assert {(result.check.table, result.check.name) for result in healthy.results} == expected
    not_judged = {
        r.check.kind: r.message for r in healthy.results if r.verdict is None and r.check.kind in OF_WEEKS_BEFORE
    }
    assert set(not_judged) == OF_WEEKS_BEFORE
    assert set(not_judged.values()) == {"not judged: too few checked days before it"}


def test_what_is_recorded_for_later_days(healthy: CheckedDay) -> None:
    records = {(r.check.table, r.check.name): r.record(job_run_checked=None) for r in healthy.results}
    assert records["query_log", "volume"]["figure"] == 4.0
    assert records["unit_scores", "drift:surface"]["distribution"] == {"search": 4.0}
    assert records["unit_scores", "drift:viewed_pin_count"]["distribution"] == {"0": 1, "4": 1, "6": 1, "8": 1}
    scores = records["unit_scores", "drift:scores"]["distribution"]
    # Odds of 0 are 2^-14; of .1, .2 and .3 about 2^-3.2, 2^-2 and 2^-1.2.
    assert scores == {"a|-56": 1.0, "a|-13": 1.0, "a|-8": 1.0, "a|-5": 1.0, "b|-56": 4.0}
    assert healthy.job_runs["unit_scores"] == "x x 4"


FAULTS = {
    ("query_log", "missing_share:surface"): "field `surface` is missing in 25.0% of the rows, more than 20.0%",
    ("query_log", "freshness:event_ts"): "field `event_ts` has no event in the last 12 hours of the day, more than 6",
    ("response_log", "orphan_share:query_id in query_log"): "50.0% of the rows have no parent",
    ("pin_log", "duplicate_share:response_id, slot, pin_id"): "50.0% of the rows repeat a key",
    ("interaction_units", "unique_key:unit_id"): "1 rows have a key (unit_id) that another row has",
    ("interaction_units", "missing_value:query_id"): "field `query_id` has no value, or none that is a number, in 1",
    ("interaction_units", "constraint:viewed_within_shown"): "1 rows break the condition `viewed_within_shown`",
    ("interaction_units", "not_a_number:platform_scores"): "field `platform_scores` is not a number in 2 rows",
    ("interaction_units", "minimum:platform_scores"): "field `platform_scores` is -1 at least, less than 0",
    ("interaction_units", "total:pin_log rows_duplicate"): "pin_log rows_duplicate: -1 more than in `row_account`",
    ("row_account", "constraint:balanced"): "1 rows break the condition `balanced`",
    ("row_account", "total:pin_log rows_in"): "pin_log rows_in: -3 more than in `pin_log`; `pin_log` was",
    ("unit_scores", "maximum:scores"): "field `scores` is 1.5 at most, more than 1",
    ("unit_scores", "constraint:scores_are_probabilities"): "1 rows break the condition",
    ("unit_scores", "missing_value:component_scores"): "field `component_scores` has no value, or none that",
    ("unit_scores", "minimum:component_scores"): "field `component_scores` is -0.1 at least, less than 0",
    ("unit_scores", "equal_rows:unit_id in interaction_units"): "at least 1 rows differ",
    ("sampling_frame", "minimum:size_measure_total"): "field `size_measure_total` is 0.9 at least, less than 1",
    ("samples", "reference:unit_id in interaction_units"): "2 values of `unit_id in interaction_units` are not there",
    ("samples", "reference:design_id, stratum in sampling_frame"): "1 values of",
    ("samples", "constraint:probability_in_range"): "1 rows break the condition `probability_in_range`",
    ("rung_samples", "row_count"): "there are no rows; run label_sample for the day again",
    ("labels", "not_a_number:confidence"): "field `confidence` is not a number in 1 rows",
    ("labels", "minimum:cost"): "field `cost` is -1 at least, less than 0",
    ("labels", "reference:design_id, unit_id in samples"): "1 values of",
}  # fmt: skip


def test_every_fault_is_found_and_named(broken: CheckedDay) -> None:
    found = {(r.check.table, r.check.name): str(r.message) for r in broken.results if not r.is_passed}
    assert set(found) == set(FAULTS)
    for (table, name), said in FAULTS.items():
        assert said in found[table, name]
        assert found[table, name].startswith(f"Table `{table}`, day 2026-03-02, check `{name}`: ")
    kinds = {name.partition(":")[0] for _, name in FAULTS}
    assert kinds == set(KINDS) - OF_WEEKS_BEFORE - {"schema"}


def test_what_stops_and_what_only_warns(broken: CheckedDay) -> None:
    goes_on = {(r.check.table, r.check.name) for r in broken.results if not r.is_passed and not r.stops}
    assert goes_on == {
        ("labels", "reference:design_id, unit_id in samples"),  # labels of units that were drawn before
        ("pin_log", "duplicate_share:response_id, slot, pin_id"),  # accepted in conf
        ("interaction_units", "minimum:platform_scores"),  # as the log had them
        ("interaction_units", "not_a_number:platform_scores"),
        # These hold the numbers of the day.
        ("query_log", "freshness:event_ts"),
        ("query_log", "missing_share:surface"),
        ("response_log", "orphan_share:query_id in query_log"),
    }
    assert len(broken.failures) == len(FAULTS) - 7
    (accepted,) = (r for r in broken.results if r.is_accepted)
    assert not accepted.is_passed


def test_every_figure_is_a_number(broken: CheckedDay) -> None:
    assert all(result.figure is None or math.isfinite(result.figure) for result in broken.results)
    drift = Check("unit_scores", "drift", "surface", "warn", at_most=0.1)
    gone = result_of(drift, DS, figure=math.inf, verdict=Verdict(False, math.inf, "x"), accepted=())
    assert gone.record(job_run_checked=None)["figure"] is None


def test_no_identifier_or_text_is_in_a_result(broken: CheckedDay) -> None:
    said = str([result.record(job_run_checked=None) for result in broken.results])
    for value in ("u1", "q1", "r1", "lost0", "gone", "redrawn", "unknown", "p0"):
        assert f"'{value}'" not in said


def test_a_wrong_schema_is_the_only_thing_said_of_a_table(spark: SparkSession) -> None:
    tables = {name: healthy_day()[name] for name in ("pin_log", "query_log", "response_log", "unit_scores")}
    checked = _checked(
        spark, tables, unit_scores={"scores": "missing", "pin_count": "string"}, pin_log={"slot": "smallint"}
    )
    (fault,) = checked.failures
    assert fault.message == (
        "Table `unit_scores`, day 2026-03-02, check `schema`: column `pin_count` is string, expected int; "
        "column `scores` (map<string,double>) is missing; "
        "run score_units for the day again, or mend `interaction_units` or `scorers`."
    )
    of_table = [r for r in checked.results if r.check.table == "unit_scores" and r is not fault]
    assert {r.message for r in of_table} == {"not judged: the columns are not as promised"}
    # A narrower number is as good.
    assert all(r.is_passed for r in checked.results if r.check.table == "pin_log")


def test_a_log_that_is_gone_and_a_table_of_another_day_are_not_judged(spark: SparkSession) -> None:
    tables = healthy_day()
    account = {"row_account": tables["row_account"], "interaction_units": []}
    checked = _checked(spark, account)
    totals = [r for r in checked.results if r.check.kind == "total"]
    assert {r.message for r in totals} == {"not judged: there is nothing to go by"}
    assert checked.tables == {"row_account"}
