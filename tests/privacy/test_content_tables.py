"""Every table that holds content is cleared, and its contract lets it be: no second list to forget one in."""

import importlib
import pkgutil

import pytest
from pyspark.sql import SparkSession

import schemas
from lib.privacy.content_tables import content_tables, golden_items
from schemas.contracts.privacy_settings import PrivacySettings
from schemas.table_spec import TableSpec

_LOGS = {"query_log", "response_log", "pin_log"}
"""Read and never written: whoever owns them keeps and deletes them."""


def _contracts() -> dict[str, TableSpec]:
    modules = [importlib.import_module(f"schemas.{found.name}") for found in pkgutil.iter_modules(schemas.__path__)]
    return {module.TABLE.name: module.TABLE for module in modules if hasattr(module, "TABLE")}


def test_what_holds_content_is_cleared_and_nothing_else() -> None:
    holding = {name for name, spec in _contracts().items() if spec.holds_content}
    assert {table.spec.name for table in content_tables(PrivacySettings())} == holding - _LOGS


def test_what_stays_of_a_row_is_bare_of_every_column_with_content(spark: SparkSession) -> None:
    for table in content_tables(PrivacySettings()):
        if table.bare is not None:
            holding = {column.name for column in table.spec.columns if column.holds_content}
            assert holding <= set(table.bare()) <= set(table.spec.column_names), table.spec.name


def test_old_versions_go_where_there_is_content_and_stay_where_numbers_rest_on_them() -> None:
    for name, spec in _contracts().items():
        statement = spec.create_statement("place")
        is_cleared = "'delta.deletedFileRetentionDuration' = 'interval 0 hours'" in statement
        assert is_cleared == spec.holds_content, name
        assert is_cleared != ("'delta.deletedFileRetentionDuration' = 'interval 3650 days'" in statement), name


@pytest.mark.parametrize(
    ("name", "n_indexed"), [("sample_content", 1), ("interaction_units", 2), ("labels", 2), ("quarantine", 2)]
)
def test_no_extremes_of_content_stand_in_the_log(name: str, n_indexed: int) -> None:
    assert f"'delta.dataSkippingNumIndexedCols' = '{n_indexed}'" in _contracts()[name].create_statement("place")


def test_golden_items_are_kept_by_kind(spark: SparkSession) -> None:
    rows = [("anchor", "gold_rung", True), ("curated", "curated", False), ("sampled", "adjudication", False)]
    items = spark.createDataFrame(rows, "item string, source string, is_anchor boolean")

    def let_go(*kept: str) -> set[str]:
        settings = PrivacySettings(golden_items_kept=list(kept))
        return {row["item"] for row in items.where(golden_items(settings).has_content()).collect()}

    assert let_go() == {"anchor", "curated", "sampled"}
    assert let_go("anchors", "curated") == {"sampled"}
    assert let_go("sampled") == {"curated"}
