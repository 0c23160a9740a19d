"""A day of a few rows in every table that others refer to: as it should be, and with one fault of each kind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import StructField, StructType

from schemas.table_spec import TableSpec
from schemas.tables import TABLES

DS = date(2026, 3, 2)
DESIGN = "daily_v1"
NOON, EVENING = datetime(2026, 3, 2, 12), datetime(2026, 3, 2, 23, 30)
Row = dict[str, Any]
Tables = dict[str, list[Row]]


@dataclass
class TablesInMemory:
    """What checks ask of a storage, from rows."""

    spark: SparkSession
    tables: Mapping[str, Sequence[Row]]
    retyped: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def stored_day(self, spec: TableSpec, ds: date) -> DataFrame | None:
        if spec.name not in self.tables:
            return None
        rows = [row for row in self.tables[spec.name] if row["ds"] == ds]
        # Other writers declare nothing: every column may be null, as in a table that somebody wrote by hand.
        loose = StructType([StructField(f.name, f.dataType, True) for f in spec.schema()])
        frame = self.spark.createDataFrame([tuple(row.get(f.name) for f in loose) for row in rows], loose)
        for name, data_type in self.retyped.get(spec.name, {}).items():
            frame = frame.drop(name) if data_type == "missing" else frame.withColumn(name, frame[name].cast(data_type))
        return frame

    def read_if_exists(self, spec: TableSpec) -> DataFrame | None:
        return self.stored_day(spec, DS)


def _filled(name: str, rows: Sequence[Row]) -> list[Row]:
    """The rows with a harmless value in every column that must have one."""
    empty = {"string": "x", "int": 0, "bigint": 0, "double": 0.0, "boolean": False, "date": DS, "timestamp": NOON}
    fill = {
        c.name: [] if c.data_type.startswith("array") else {} if c.data_type.startswith("map") else empty[c.data_type]
        for c in TABLES[name].columns
        if not c.is_nullable
    }
    return [fill | {"design_id": DESIGN, "ds": DS} | row for row in rows]


def healthy_day() -> Tables:
    """Four queries with a response each, three Pins, and what the chain makes of them."""
    n, units = range(1, 5), [f"u{n}" for n in range(1, 5)]
    account = {"rows_duplicate": 0, "rows_quarantined": 0}
    tables = {
        "query_log": [{"query_id": f"q{k}", "surface": "search", "event_ts": NOON} for k in n[:3]]
        + [{"query_id": "q4", "surface": "home_feed", "event_ts": EVENING}],
        "response_log": [{"response_id": f"r{k}", "query_id": f"q{k}", "event_ts": EVENING} for k in n],
        "pin_log": [
            {"response_id": response, "pin_id": f"p{slot}", "slot": slot, "event_ts": EVENING, "viewed": True}
            for response, slot in (("r1", 0), ("r1", 1), ("r2", 0))
        ],
        "interaction_units": [
            {"unit_id": f"u{k}", "query_id": f"q{k}", "response_id": f"r{k}", "queried_at": EVENING, "pins": pins}
            | {"pin_count": len(pins), "viewed_pin_count": len(pins)}
            for k, pins in zip(n, ([_pin(0), _pin(1)], [_pin(0)], [], []), strict=True)
        ],
        "quarantine": [],
        "row_account": [
            {"source": "query_log", "rows_in": 4, "rows_used": 4} | account,
            {"source": "response_log", "rows_in": 4, "rows_used": 4} | account,
            {"source": "pin_log", "rows_in": 3, "rows_used": 3} | account,
        ],
        "unit_scores": [
            {"unit_id": unit, "surface": "search", "viewed_pin_count": k, "scores": {"a": 0.1 * k, "b": 0.0}}
            | {"component_scores": {"a": {"query": 0.2, "image": 1.0}}}
            for k, unit in enumerate(units)
        ],
        "sampling_frame": [
            {"stratum": "search", "population_size": 4, "sample_size": 2, "size_measure_total": 1.0}
            | {"score_totals": {"units": {"a": 0.6}}, "weight_bounds": {"units": 3.0}}
        ],
        "samples": [
            {"unit_id": unit, "stratum": "search", "prn": 0.5, "inclusion_probability": 0.5}
            | {"exposures": {"units": 1.0}}
            for unit in units[:2]
        ],
        "rung_samples": [
            {"unit_id": unit, "rung": "llm", "rung_probability": 1.0} for unit in units[:2]
        ],
        "labels": [
            {"unit_id": "u1", "policy": "a", "rung": "llm", "review_role": "first", "verdict": "violating"}
            | {"rung_probability": 1.0, "confidence": 0.9, "cost": None}
        ],
    }  # fmt: skip
    return {name: _filled(name, rows) for name, rows in tables.items()}


def _pin(slot: int) -> Row:
    return {"slot": slot, "pin_id": f"p{slot}", "is_viewed": True}


def broken_day() -> Tables:
    """The same day with faults of every kind."""
    tables = healthy_day()
    queries, responses, pins = tables["query_log"], tables["response_log"], tables["pin_log"]
    queries[:] = [row | {"event_ts": NOON} for row in queries]  # nothing after noon
    queries[0]["surface"] = ""
    responses[:] = [row | {"query_id": f"lost{k}" if k < 2 else row["query_id"]} for k, row in enumerate(responses)]
    pins += [dict(row) for row in pins]
    units = tables["interaction_units"]
    units[1]["unit_id"] = "u1"
    units[2]["viewed_pin_count"] = 1  # of no Pin
    units[3]["query_id"] = None
    tables["row_account"][2]["rows_duplicate"] = 1
    scores = tables["unit_scores"]
    scores[0]["scores"] = {"a": 1.5, "b": 0.0}
    scores[1]["component_scores"] = {"a": {"query": float("nan"), "image": -0.1}}
    tables["sampling_frame"][0]["size_measure_total"] = 0.9
    sample = tables["samples"]
    sample[0] |= {"unit_id": "gone", "inclusion_probability": 0.0}
    sample[1]["stratum"] = "unknown"
    tables["labels"][0] |= {"unit_id": "redrawn", "confidence": float("nan"), "cost": -1.0}
    # Infinite ones of the log are told of, and stop nothing; what is finite beside them has its range.
    units[0]["platform_scores"] = {"a": float("-inf"), "b": 0.5}
    units[1]["platform_scores"] = {"a": -1.0, "b": float("inf")}
    tables["rung_samples"] = []
    return tables
