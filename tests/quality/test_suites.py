"""Every table has a suite that covers all of its columns, and every promise about other tables can be kept."""

from pathlib import Path

import pytest

from lib.quality.check import Check
from lib.quality.suites import columns_of, has_numbers, suite_of
from schemas.check_results import KINDS
from schemas.contracts.quality_settings import QualitySettings
from schemas.table_spec import TableSpec
from schemas.tables import TABLES, ancestors, read_by, tables_named, written_by

ROOT = Path(__file__).parents[2]
SETTINGS = QualitySettings()
# Delivered from outside; every other table is written by a job.
LOGS = {"query_log", "response_log", "pin_log"}
OF_VALUES = {"missing_share", "missing_drift", "missing_value", "not_a_number", "minimum", "maximum"}
every_table = pytest.mark.parametrize("spec", TABLES.values(), ids=list(TABLES))


def _names(spec: TableSpec, *kinds: str) -> set[str | None]:
    return {check.subject for check in suite_of(spec, SETTINGS) if check.kind in kinds}


def test_no_contract_is_forgotten() -> None:
    modules = {path.stem for path in (ROOT / "schemas").glob("*.py") if "\nTABLE = " in path.read_text("utf-8")}
    assert set(TABLES) == modules
    assert {name for name, spec in TABLES.items() if spec.is_input} == LOGS


@every_table
def test_the_suite_covers_every_column_key_range_and_constraint(spec: TableSpec) -> None:
    suite = suite_of(spec, SETTINGS)
    assert len({check.name for check in suite}) == len(suite)
    assert {name for check in suite for name in columns_of(check, spec)} == set(spec.column_names)
    assert {check.kind for check in suite} <= set(KINDS)
    assert suite[0].kind == "schema"
    for column in spec.columns:
        least, greatest = column.value_range
        looked_at = {c.kind for c in suite if c.subject == column.name and c.kind in OF_VALUES}
        if spec.is_input:
            assert looked_at == ({"missing_share"} if column.is_expected else {"missing_drift"}) or column.name == "ds"
            continue
        must_have = {"missing_value"} if not column.is_nullable else {"not_a_number"} if has_numbers(column) else set()
        assert looked_at == must_have | ({"minimum"} if least is not None else set()) | (
            {"maximum"} if greatest is not None else set()
        )
    assert _names(spec, "constraint") == set(spec.checks)
    if spec.key:
        keys = _names(spec, "unique_key", "duplicate_share") | {
            check.subject for check in suite if check.kind == "equal_rows" and columns_of(check, spec) == list(spec.key)
        }
        assert keys, "nothing says that the key is unique"
    n_relations = len(_names(spec, "reference", "equal_rows", "orphan_share")) + len(_names(spec, "total"))
    assert n_relations == len(spec.references) + len(spec.totals)
    assert ("row_count" in {check.kind for check in suite}) == spec.is_daily
    assert _names(spec, "drift") == set(spec.watched)


def test_values_that_are_kept_as_somebody_logged_them_stop_nothing() -> None:
    suite = suite_of(TABLES["interaction_units"], SETTINGS)
    severities = {check.name: check.severity for check in suite if check.kind in OF_VALUES}
    of_scores = {name: severity for name, severity in severities.items() if name.endswith(":platform_scores")}
    assert of_scores == {f"{kind}:platform_scores": "warn" for kind in ("not_a_number", "minimum", "maximum")}
    assert {severity for name, severity in severities.items() if name not in of_scores} == {"fail"}


@every_table
def test_what_a_table_says_of_others_exists(spec: TableSpec) -> None:
    jobs = {path.stem for path in (ROOT / "jobs").glob("*.py")}
    assert set(spec.written_by) <= jobs
    assert set(spec.made_from) <= set(TABLES)
    columns = set(spec.column_names)
    for reference in spec.references:
        assert set(reference.columns) <= columns & set(TABLES[reference.table].column_names)
    assert {total.table for total in spec.totals} <= set(TABLES)
    assert set(spec.watched) | ({spec.event_time} if spec.event_time else set()) <= columns
    assert spec.name not in {parent.name for name in spec.made_from for parent in ancestors([TABLES[name]])}


def test_lineage_follows_the_chain() -> None:
    written = [spec.name for spec in written_by("draw_sample")]
    assert written == ["sample_content", "sample_embeddings", "samples", "sampling_frame"]
    assert {spec.name for spec in read_by("draw_sample")} == {"interaction_units", "unit_scores"}
    assert read_by("publish_dashboard") == []
    made_from = {spec.name for spec in ancestors([TABLES["releases"]])}
    assert made_from >= {*LOGS, "interaction_units", "unit_scores", "samples", "labels", "prevalence_moments"}
    # What a release writes itself, or what nobody reads, cannot be among what it is made from.
    assert made_from.isdisjoint({"prevalence", "released_prevalence", "release_gates", "quarantine", "check_results"})


def test_tables_are_chosen_by_name() -> None:
    assert [spec.name for spec in tables_named(["samples", "labels"])] == ["labels", "samples"]
    assert len(tables_named([])) == len(TABLES)
    with pytest.raises(Exception, match="Table `sample` does not exist; known are alert_actions, "):
        tables_named(["sample"])


def test_severities_are_the_contracts_unless_conf_says_otherwise() -> None:
    def severities(settings: QualitySettings) -> dict[str, str]:
        return {
            check.name: check.severity for name in ("labels", "pin_log") for check in suite_of(TABLES[name], settings)
        }

    by_default = severities(SETTINGS)
    assert by_default["unique_key:design_id, unit_id, policy, labeler_id, policy_version, prompt_version"] == "fail"
    assert by_default["volume_collapse"] == "fail"
    assert by_default["volume"] == by_default["reference:design_id, unit_id in samples"] == "warn"
    assert severities(QualitySettings(severities={"volume": "fail"}))["volume"] == "fail"


def test_limits_of_logs_come_from_conf() -> None:
    suite = {c.name: c for c in suite_of(TABLES["pin_log"], QualitySettings(maximum_orphan_share=0.01))}
    orphans: Check = suite["orphan_share:response_id in response_log"]
    assert (orphans.at_least, orphans.at_most, orphans.severity) == (None, 0.01, "hold")
    assert suite["missing_share:slot"].at_most == 0.2
    assert not suite["missing_drift:title"].has_limit
