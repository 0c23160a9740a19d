"""The releases of a Monday one after another, told once for all tests: the tables after every chapter."""

import shutil
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from jobs import publish_dashboard
from lib.run_context import RunContext
from lib.settings import load_settings
from schemas import check_results, plan_checks
from schemas.errors import StaleMomentsError
from tests.moments.labelled_units import NAN
from tests.release.warehouses import DESIGN, Warehouse, new_warehouse, units_of

MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)
TABLES = ("releases", "released_prevalence", "release_gates", "restatements", "prevalence")
Row = dict[str, Any]


@dataclass
class Story:
    """What the tables held after every chapter, and copies of the warehouse that may be damaged."""

    warehouse: Warehouse
    ids: dict[str, str] = field(default_factory=dict)
    tables: dict[str, dict[str, list[Row]]] = field(default_factory=dict)
    page: str = ""
    stale: str = ""

    def tell(self, chapter: str, release_id: str) -> None:
        self.ids[chapter] = release_id
        self.tables[chapter] = {name: self.warehouse.rows(name) for name in TABLES}

    def rows(self, chapter: str, table: str) -> list[Row]:
        """The rows of `table` that belong to the chapter's release."""
        return [row for row in self.tables[chapter][table] if row["release_id"] == self.ids[chapter]]

    def copied(self, name: str, folder: Path) -> Warehouse:
        """The warehouse as it was, in a folder of its own: `later day`, or `corrected` at the end."""
        shutil.copytree(self.warehouse.folder / name, folder / "warehouse")
        assignments = [f"storage.warehouse={folder / 'warehouse'}"]
        settings = load_settings("local", [self.warehouse.folder / "conf.yaml"], assignments=assignments)
        return Warehouse(folder, settings, self.warehouse.spark)


def told_story(spark: SparkSession, folder: Path) -> Story:
    """Monday is released, and again; Tuesday comes; a late and an edited label, and arms that disagree, on Monday."""
    warehouse = new_warehouse(spark, folder)
    story = Story(warehouse)
    *units, last = units_of("m")
    unsure = replace(last, a=(NAN,))

    warehouse.store_day(MONDAY, [*units, unsure])
    warehouse.estimate(MONDAY)
    story.tables["estimated"] = {"prevalence": warehouse.rows("prevalence")}
    story.tell("released", warehouse.release(MONDAY, hour=12))
    story.tell("run again", warehouse.release(MONDAY, hour=13))

    warehouse.store_day(TUESDAY, units_of("t"))
    warehouse.estimate(TUESDAY)
    shutil.copytree(folder / "warehouse", folder / "later day")

    warehouse.store_labels(MONDAY, [replace(unsure, a=(1,))], hour=2)
    edit_a_label(warehouse)
    with pytest.raises(StaleMomentsError) as stale:
        warehouse.release(MONDAY, hour=14)
    story.stale = str(stale.value)
    _find_faults(warehouse)
    warehouse.estimate(MONDAY)
    story.tell("corrected", warehouse.release(MONDAY, hour=14))
    publish_dashboard.run(spark, warehouse.settings, RunContext(MONDAY))
    story.page = (folder / "dashboard.html").read_text(encoding="utf-8")
    return story


def edit_a_label(warehouse: Warehouse) -> None:
    """Rewrite two verdicts on one unit, one a rung, where labels are append-only."""
    table = f"delta.`{warehouse.folder / 'warehouse' / 'labels'}`"
    warehouse.spark.sql(
        f"UPDATE {table} SET verdict = 'not_violating', violating_components = array() "  # noqa: S608 - names are ours
        "WHERE unit_id = 'mu05' AND policy = 'adult_content'"
    )


def _find_faults(warehouse: Warehouse) -> None:
    """A check of the samples that only warns, and arms that disagree on harassment by units."""
    storage = warehouse.storage
    check = {
        "ds": MONDAY, "table_name": "samples", "check_name": "volume", "kind": "volume", "subject": None,
        "severity": "warn", "is_passed": False, "is_judged": True, "is_accepted": False, "figure": 3.0,
        "at_least": 4.0, "at_most": None, "expectation": "expect_column_min_to_be_between", "message": "few rows",
        "distribution": None, "job_run_checked": None, "job_run_id": "r",
    }  # fmt: skip
    checks = storage.rows(check_results.TABLE, [check])
    storage.replace_day(check_results.TABLE, checks, MONDAY)
    span = {"ds": MONDAY, "period_start": MONDAY, "period_end": MONDAY, "design_id": DESIGN, "job_run_id": "r"}
    found = {"planned": 0.1, "realised": 0.3, "ratio": 3.0, "degrees_of_freedom": 4.0, "p_value": 1e-4}
    alarm = {"kind": "validation_arm", "policy": "harassment", "measure": "units", "alarm_limit": 0.0125}
    row = span | found | alarm | {"status": "arms_disagree", "reason": None}
    rows = storage.rows(plan_checks.TABLE, [row | {"period": period} for period in ("day", "week")])
    storage.replace_day(plan_checks.TABLE, rows, MONDAY)
