"""A warehouse of hand-made released numbers and frames, as the steps before monitoring leave it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from pyspark.sql import SparkSession

from jobs import acknowledge_alert, monitor
from lib.run_context import RunContext
from lib.settings import load_settings
from schemas import (
    labels,
    released_prevalence,
    releases,
    rung_samples,
    sample_content,
    samples,
    sampling_frame,
    stream_readings,
)
from tests.complete_rows import completed
from tests.warehouse_folder import WarehouseFolder

DESIGN = "daily_v1"
POLICY = "adult_content"
FIRST = date(2026, 3, 2)
# A day's sample of 3,000 finds about 150 of 5 % violating units; healthy days differ by a few percent, always the same.
RATE, N_UNITS = 0.05, 3_000
WAVE = (0.0, 0.03, -0.04, 0.05, -0.02, 0.01, -0.03, 0.04, -0.05, 0.02, -0.01)
Row = dict[str, Any]


def day(number: int) -> date:
    """The day `number` days after the first."""
    return FIRST + timedelta(days=number)


def healthy_rate(number: int, *, phase: int = 0) -> float:
    """The estimate of a day on which nothing happened."""
    return RATE * (1.0 + WAVE[(number + phase) % len(WAVE)])


@dataclass(frozen=True)
class Warehouse(WarehouseFolder):
    """One whose numbers are released, and watched."""

    def release(self, rates: Mapping[int, Mapping[str, float | None]], *, hour: int = 1) -> None:
        """Release the days' rates: number of the day to surface to rate, None for a number that is held.

        The whole is the mean of both surfaces, which have equal exposure.
        """
        decided, known = [], []
        for number, by_surface in rates.items():
            of_day = {"ds": day(number), "release_id": f"{day(number)}-{hour}"}
            at = datetime(2026, 6, 1, hour, tzinfo=UTC)
            known.append(of_day | {"released_at": at, "previous_release_id": None})
            both = [rate for rate in by_surface.values() if rate is not None]
            whole = sum(both) / len(both) if len(both) == len(by_surface) else None
            parts = [("all", "all", whole), *(("surface", name, rate) for name, rate in by_surface.items())]
            decided += [of_day | {"released_at": at} | _number(number, *part) for part in parts]
        for spec, records in ((released_prevalence.TABLE, decided), (releases.TABLE, known)):
            frame = completed(spec, self.storage.rows(spec, records), ds=FIRST, design_id=DESIGN)
            self.storage.append(spec, frame)

    def store_history(self, last: int) -> None:
        """Readings of volume that earlier runs of the monitor have left, of days 0 to `last`."""
        key = {"family": "volume", "policy": "all", "measure": "units", "segment": "all", "segment_value": "all"}
        found = {"value": 1_000_000.0, "std_error": 0.0, "one_event": None}
        of_run = {"design_id": DESIGN, "job_run_id": "r"}
        records = [{"ds": day(n)} | key | found | of_run for n in range(last + 1)]
        self.storage.append(stream_readings.TABLE, self.storage.rows(stream_readings.TABLE, records))

    def store_frame(self, number: int) -> None:
        """The day's frame: a million units, half of them search, mean score 4 %."""
        total = {"population_size": 500_000, "exposure_total": 500_000.0, "score_totals": {POLICY: 20_000.0}}
        totals = [
            {"segment": "surface", "segment_value": name, "measure": "units"} | total for name in ("search", "home")
        ]
        twice = {"population_size": 1_000_000, "exposure_total": 1e6, "score_totals": {POLICY: 40_000.0}}
        totals.append({"segment": "all", "segment_value": "all", "measure": "units"} | twice)
        record = {"ds": day(number), "design_id": DESIGN, "stratum": "all", "segment_totals": totals}
        rows = self.storage.rows(sampling_frame.TABLE, [record])
        frame = completed(sampling_frame.TABLE, rows, ds=day(number), design_id=DESIGN)
        self.storage.replace_day(sampling_frame.TABLE, frame, day(number), design_id=DESIGN)

    def store_sample(self, number: int, *, violating: Mapping[str, str]) -> None:
        """A few labelled units of the day: unit to surface of those that violate, and one that does not."""
        units = [(name, surface, "violating") for name, surface in violating.items()]
        units.append((f"fine{number}", "search", "not_violating"))
        of_day = {"ds": day(number), "design_id": DESIGN}
        drawn = [
            of_day | {"unit_id": unit, "inclusion_probability": 0.1 + 0.01 * n, "prn": 0.5, "segments": {"surface": at}}
            for n, (unit, at, _) in enumerate(units)
        ]
        asked = [of_day | {"unit_id": unit, "rung": "llm", "rung_probability": 1.0} for unit, _, _ in units]
        given = [
            of_day
            | {"unit_id": unit, "rung": "llm", "policy": POLICY, "verdict": verdict, "review_role": "first"}
            | {"labelled_at": datetime(2026, 6, 1, tzinfo=UTC), "rung_probability": 1.0}
            for unit, _, verdict in units
        ]
        for spec, rows in ((samples.TABLE, drawn), (rung_samples.TABLE, asked), (labels.TABLE, given)):
            frame = completed(spec, self.storage.rows(spec, rows), ds=day(number), design_id=DESIGN)
            self.storage.append(spec, frame)
        self.storage.create(sample_content.TABLE)

    def monitor(self, number: int, *, environment: Mapping[str, str], hour: int = 12) -> list[Row]:
        """Monitor a day at that hour of the next; returns its rows of `alerts`."""
        at = datetime.combine(day(number + 1), datetime.min.time(), tzinfo=UTC) + timedelta(hours=hour)
        context = RunContext(day(number), job_run_id=f"run-{number}-{hour}", now=lambda: at, environment=environment)
        self.store_frame(number)
        monitor.run(self.spark, self.settings, context)
        return self.rows("alerts", ds=day(number))

    def act(self, number: int, action: Row, *, environment: Mapping[str, str]) -> None:
        """A person acts on an alert on the day after day `number`, in the afternoon."""
        at = datetime.combine(day(number + 1), datetime.min.time(), tzinfo=UTC) + timedelta(hours=15)
        asked = self.settings.monitoring.model_validate(self.settings.monitoring.model_dump() | {"action": action})
        settings = self.settings.model_copy(update={"monitoring": asked})
        context = RunContext(day(number), job_run_id="person", now=lambda: at, environment=environment)
        acknowledge_alert.run(self.spark, settings, context)


def new_warehouse(spark: SparkSession, folder: Path, **monitoring: Any) -> Warehouse:
    """An empty one."""
    (folder / "daily.yaml").write_text(yaml.safe_dump({"name": "daily", "version": 1, "sample_size": 8, "seed": 1}))
    conf = {
        "storage": {"warehouse": str(folder / "warehouse"), "input": {"path": str(folder)}},
        "sampling": {"design": str(folder / "daily.yaml")},
        "labelling": {"rungs": [{"rung": "llm", "labeler_id": "llm", "labeler": {"kind": "file", "path": "x.csv"}}]},
        "monitoring": monitoring,
    }
    (folder / "conf.yaml").write_text(yaml.safe_dump(conf))
    return Warehouse(folder, load_settings("local", [folder / "conf.yaml"]), spark)


def _number(number: int, segment: str, value: str, rate: float | None) -> Row:
    n = N_UNITS if segment == "all" else N_UNITS // 2
    error = None if rate is None else math.sqrt(rate * (1.0 - rate) / n)
    is_held = rate is None
    return {
        "period": "day",
        "period_start": day(number),
        "period_end": day(number),
        "n_days": 1,
        "policy": POLICY,
        "measure": "units",
        "segment": segment,
        "segment_value": value,
        "component": "unit",
        "estimator": "regression",
        "prevalence": rate,
        "std_error": error,
        "ci_low": None if is_held else max(0.0, rate - 2.0 * error),
        "ci_high": None if is_held else rate + 2.0 * error,
        "confidence_level": 0.95,
        "exposure_total": 1e6 if segment == "all" else 5e5,
        "effective_sample_size": None if is_held else float(n),
        "n_positive": None if is_held else round(rate * n),
        "n_positive_highest_rung": None if is_held else round(rate * n),
        "share_of_violating": None,
        "share_std_error": None,
        "share_ci_low": None,
        "share_ci_high": None,
        "status": "held" if is_held else "released",
        "hold_reasons": ["missing_labels: too many"] if is_held else [],
    }
