"""Monitors a day: reads what is released and what stands behind it, and says what has changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F

from lib.labelling.counted_labels import counted_labels
from lib.labelling.labeler_quality.window import QualityWindow
from lib.monitoring.detection.readings import Reading, StreamKey, stream_block
from lib.monitoring.detection.released_rates import gap_readings, prevalence_readings
from lib.monitoring.detection.watch import watch
from lib.monitoring.incidents.alert_history import AlertHistory
from lib.monitoring.incidents.decomposition import drivers_of
from lib.monitoring.incidents.findings import Findings
from lib.monitoring.known_breaks import changed_versions, known_breaks
from lib.monitoring.tables.day_streams import frame_readings, join_readings
from lib.monitoring.tables.labeler_streams import labeler_readings
from lib.monitoring.tables.released_numbers import released_numbers, released_versions
from lib.monitoring.tables.violating_units import violating_units
from lib.storage import Storage
from schemas import (
    alert_actions,
    alert_deliveries,
    alerts,
    golden_set,
    golden_verdicts,
    labels,
    released_prevalence,
    releases,
    row_account,
    rung_samples,
    sample_content,
    samples,
    sampling_frame,
    series_breaks,
    stream_readings,
)
from schemas.contracts.alert_names import CHANNEL_FAMILY
from schemas.contracts.settings import Settings
from schemas.errors import MissingInputError
from schemas.table_spec import TableSpec, sql_text

# Days before a change that its figures by segment are compared with.
_DAYS_BEFORE = 28
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class DayMonitor:
    """One design's day.

    Args:
        storage: the warehouse
        settings: settings
        policies: every policy
        design_id: the sampling design
        ds: the day
    """

    storage: Storage
    settings: Settings
    policies: Sequence[str]
    design_id: str
    ds: date

    def day_readings(self) -> list[dict[str, Any]]:
        """The day's records of `stream_readings`, except ds and job_run_id."""
        storage = self.storage
        found = frame_readings(storage.read_design(sampling_frame.TABLE, self.design_id, self.ds))
        account = storage.read_if_exists(row_account.TABLE)
        if account is not None:
            found = found.unionByName(join_readings(account.where(F.col("ds") == F.lit(self.ds))))
        records = [row.asDict() for row in found.collect()] + self._labeler_readings()
        return [record | {"design_id": self.design_id} for record in records]

    def readings(self) -> list[Reading]:
        """Every reading of the history up to the day: the stored ones, and those of numbers as released now."""
        stored = self.storage.read_design(stream_readings.TABLE, self.design_id).where(self._is_recent("ds"))
        known = [_reading(row) for row in stored.collect()]
        released = prevalence_readings(self.numbers)
        return known + released + gap_readings(released + known)

    @cached_property
    def numbers(self) -> list[dict[str, Any]]:
        """The daily numbers of the history as they are released now."""
        decided, known = self._of_design(released_prevalence.TABLE), self._of_design(releases.TABLE)
        if decided is None or known is None:
            return []
        estimator = self.settings.estimation.published_estimator
        return _records(released_numbers(decided, known, estimator=estimator, first=self._first, last=self.ds))

    def findings(self, readings: Sequence[Reading]) -> Findings:
        """What watching the readings shows; raises MissingInputError if there is none."""
        if not readings:
            raise MissingInputError(
                f"Table `sampling_frame`: the rows of {self.ds} and design {self.design_id} have no segment_totals, "
                "and no number was released: there is nothing to watch; run draw_sample for the day."
            )
        breaks = known_breaks(self.settings, self._all_rows(series_breaks.TABLE))
        monitoring = self.settings.monitoring
        keys, block = stream_block(readings, last_ds=self.ds, breaks=breaks, settings=monitoring)
        return Findings(keys, block, watch(block, monitoring), monitoring.confidence_level)

    def history(self) -> AlertHistory:
        """What earlier runs and people have left of alerts on streams."""
        rows = [row for row in self.alert_rows if row["family"] != CHANNEL_FAMILY]
        return AlertHistory(
            previous=last_rows([row for row in rows if row["ds"] < self.ds]),
            same_day=[row for row in rows if row["ds"] == self.ds],
            actions=self.actions,
        )

    @cached_property
    def alert_rows(self) -> list[dict[str, Any]]:
        """Every row of `alerts` of the design, as they were when the monitor first looked."""
        return self._all_rows(alerts.TABLE)

    @cached_property
    def actions(self) -> list[dict[str, Any]]:
        """What people did about alerts."""
        return self._all_rows(alert_actions.TABLE)

    def deliveries(self) -> list[dict[str, Any]]:
        """How attempts to tell people went."""
        return self._all_rows(alert_deliveries.TABLE)

    def last_monitored_ds(self) -> date:
        """The last day that was monitored, which may be a later one than the day."""
        days = self.storage.read_design(stream_readings.TABLE, self.design_id).agg(F.max("ds").alias("ds"))
        newest: date = days.collect()[0]["ds"]
        return newest

    def with_causes(self, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Rows of `alerts` with the segments that drive a change, units to look at, and versions that changed."""
        return [self._with_causes(row) if row["state"] == "open" else row for row in rows]

    def _with_causes(self, row: dict[str, Any]) -> dict[str, Any]:
        evidence = dict(row["evidence"])
        first, last = row["began_earliest_date"] - _DAY, row["began_latest_date"] + _DAY
        evidence["changed_versions"] = changed_versions(self._versions, policy=row["policy"], first=first, last=last)
        if row["family"] in ("prevalence", "index_gap"):
            began = row["began_date"]
            same = [n for n in self.numbers if (n["policy"], n["measure"]) == (row["policy"], row["measure"])]
            before = began - timedelta(days=_DAYS_BEFORE), began - _DAY
            evidence["drivers"], evidence["unexplained"] = drivers_of(same, before=before, after=(began, self.ds))
            evidence["unit_ids"] = self._unit_ids(row)
        return row | {"evidence": evidence}

    def _unit_ids(self, row: dict[str, Any]) -> list[str]:
        days = F.col("ds").between(F.lit(row["began_date"]), F.lit(self.ds))
        drawn, asked, given = (self._of_design(spec) for spec in (samples.TABLE, rung_samples.TABLE, labels.TABLE))
        n_units = self.settings.monitoring.shown_units
        if drawn is None or asked is None or given is None or not n_units:
            return []
        verdicts = counted_labels(
            given.where(days),
            asked.where(days),
            policies=[row["policy"]],
            series_breaks=self.settings.series_breaks,
        )
        where = {"segment": row["segment"], "segment_value": row["segment_value"]}
        found = violating_units(drawn.where(days), verdicts, n_units=n_units, **where)
        return [unit["unit_id"] for unit in found.collect()]

    def _labeler_readings(self) -> list[dict[str, Any]]:
        specs = (samples.TABLE, sample_content.TABLE, rung_samples.TABLE, labels.TABLE)
        tables = {spec.name: self.storage.read_if_exists(spec) for spec in specs}
        if any(table is None for table in tables.values()):
            return []
        window = QualityWindow.of(
            tables, design_id=self.design_id, ds=self.ds, window_days=1, series_breaks=self.settings.series_breaks
        )
        return labeler_readings(
            window,
            golden=self.storage.read_if_exists(golden_set.TABLE),
            golden_verdicts=self.storage.read_if_exists(golden_verdicts.TABLE),
            confidence_level=self.settings.calibration.confidence_level,
        )

    @property
    def first_shown_ds(self) -> date:
        """The first of the days whose sequences are written anew."""
        return self.ds - timedelta(days=self.settings.monitoring.shown_days - 1)

    def shown_days(self) -> str:
        """SQL condition: the rows of those days and of the design."""
        # Not BETWEEN: Delta cannot resolve it where it replaces rows.
        days = f"ds >= DATE'{self.first_shown_ds:%Y-%m-%d}' AND ds <= DATE'{self.ds:%Y-%m-%d}'"
        return f"{days} AND design_id = {sql_text(self.design_id)}"

    def _all_rows(self, spec: TableSpec) -> list[dict[str, Any]]:
        known = self._of_design(spec)
        return [] if known is None else _records(known)

    @cached_property
    def _versions(self) -> list[dict[str, Any]]:
        known = self._of_design(releases.TABLE)
        return [] if known is None else _records(released_versions(known, first=self._first, last=self.ds))

    @property
    def _first(self) -> date:
        return self.ds - timedelta(days=self.settings.monitoring.history_days - 1)

    def _is_recent(self, column: str) -> Column:
        return F.col(column).between(F.lit(self._first), F.lit(self.ds))

    def _of_design(self, spec: TableSpec) -> DataFrame | None:
        table = self.storage.read_if_exists(spec)
        return None if table is None else table.where(F.col("design_id") == self.design_id)


def last_rows(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Per alert its row of the last day."""
    last: dict[str, dict[str, Any]] = {}
    for row in sorted(rows, key=lambda row: row["ds"]):
        last[row["alert_id"]] = row
    return list(last.values())


def _reading(row: Row) -> Reading:
    key = StreamKey(*(row[name] for name in StreamKey._fields))
    return Reading(key, row["ds"], value=row["value"], std_error=row["std_error"], one_event=row["one_event"])


def _records(rows: DataFrame) -> list[dict[str, Any]]:
    return [row.asDict(recursive=True) for row in rows.collect()]
