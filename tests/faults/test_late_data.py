"""What comes in after a release is restated with its cause; what was shown before stays on record as it was shown."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import yaml
from deltalake import DeltaTable
from pyspark.sql import SparkSession

from jobs.run_chain import STEPS
from schemas.released_prevalence import NUMBER
from tests.faults.harness import IS_RUN, WHY_NOT
from tests.faults.undisturbed import Undisturbed, position_of
from tests.faults.victim import run_order
from tests.faults.world import MONDAY, clock_of

pytestmark = pytest.mark.skipif(not IS_RUN, reason=WHY_NOT)
_LATE = timedelta(days=9)


def _rows(folder: Path, table: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = DeltaTable(str(folder / "warehouse" / table)).to_pyarrow_table().to_pylist()
    return rows


def _number(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in NUMBER)


def _require_restated(before: Path, after: Path, cause: str) -> None:
    """One more release of Monday; every number that it shows otherwise is restated, and nothing old has changed."""
    old, new = (
        [row for row in _rows(folder, "released_prevalence") if row["ds"] == MONDAY] for folder in (before, after)
    )
    added = [row for row in new if row not in old]
    assert [row for row in new if row in old] == [row for row in new if row not in added]
    assert len(new) == len(old) + len(added)
    (release,) = {row["release_id"] for row in added}
    restated = [row for row in _rows(after, "restatements") if row["release_id"] == release]
    assert restated
    assert {cause} <= {name for row in restated for name in row["causes"]}
    shown = {_number(row): row["prevalence"] for row in old if row["status"] == "released"}
    changed = {
        _number(row)
        for row in added
        if row["status"] == "released" and _number(row) in shown and abs(row["prevalence"] - shown[_number(row)]) > 1e-9
    }
    assert changed
    assert changed <= {_number(row) for row in restated}
    assert {_number(row): row["old_prevalence"] for row in restated if _number(row) in changed} == {
        number: shown[number] for number in changed
    }


def test_late_labels(undisturbed: Undisturbed) -> None:
    position = position_of("release_metrics-mon-late")
    _require_restated(undisturbed.befores[position], undisturbed.afters[position], "late_labels")


def test_a_late_delivery_of_a_log(spark: SparkSession, undisturbed: Undisturbed, tmp_path: Path) -> None:
    position = position_of("publish_dashboard-tue")
    folder = tmp_path / "run"
    undisturbed.start(position, folder)
    logs = folder / "logs"
    for path in (undisturbed.shared / "input").rglob("*.parquet"):
        copied = logs / path.relative_to(undisturbed.shared / "input")
        copied.parent.mkdir(parents=True, exist_ok=True)
        copied.write_bytes(path.read_bytes())
    (delivered, *_) = sorted((logs / "query_log" / f"ds={MONDAY}").glob("*.parquet"))
    queries = pq.read_table(delivered, partitioning=None).slice(0, 80)
    late = pc.binary_join_element_wise(queries["query_id"], pa.scalar("late"), "-")
    pq.write_table(
        queries.set_column(queries.schema.get_field_index("query_id"), "query_id", late),
        delivered.with_name("late.parquet"),
    )
    conf = yaml.safe_load((folder / "people.yaml").read_text(encoding="utf-8"))
    conf["storage"]["input"]["path"] = str(logs)
    (folder / "late.yaml").write_text(yaml.safe_dump(conf), encoding="utf-8")

    for number, job in enumerate(STEPS):
        now = clock_of(number) + _LATE
        order = {"job": job, "ds": f"{MONDAY}", "conf": str(folder / "late.yaml"), "run": "run-333333333333"}
        run_order(spark, order | {"now": now.isoformat()})
    _require_restated(undisturbed.befores[position], folder, "late_data")
