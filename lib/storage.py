"""Reads and writes every table: the only place that knows paths, formats and Delta."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from pyspark.sql import DataFrame, Observation, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from lib import log_files
from lib.concurrent_runs import conflicts_named, require_first, require_unchanged
from lib.driver_rows import arrow_table
from lib.storage_faults import damage_named
from lib.table_creation import bring_up_to_date, complete_table, create_table, set_properties
from lib.table_versions import StepVersions
from schemas.contracts.settings import StorageSettings
from schemas.table_spec import TableSpec, delta_path, sql_text


@dataclass(frozen=True)
class Commit:
    """What a write left behind: the table and the number of rows written."""

    table: str
    n_rows: int


class Storage:
    """The input logs and Plumbline's own Delta tables of one warehouse, for one step.

    Every table is read at the version that the step found first or left itself; what others write is the next step's.
    """

    def __init__(
        self,
        spark: SparkSession,
        settings: StorageSettings,
        *,
        writes: Sequence[TableSpec] = (),
        versions: Mapping[str, int] | None = None,
    ) -> None:
        """Begin a step that replaces rows of the tables `writes`; `versions` are as `at_versions` takes them."""
        self._spark, self._settings, self._versions = spark, settings, versions
        self._step = StepVersions(spark, settings.warehouse.rstrip("/"))
        self._created: set[str] = set()
        # What a version holds does not change: a step that asks for it again gets it without another look at the log.
        self._read: dict[tuple[str, int], DataFrame] = {}
        for spec in writes:
            self._step.of(spec.name)

    def later(self) -> "Storage":
        """The same warehouse for a step that begins now; which tables are made as their contracts say is known."""
        step = Storage(self._spark, self._settings)
        step._step, step._created = self._step.later(), self._created
        return step

    def at_versions(self, versions: Mapping[str, int]) -> "Storage":
        """The same warehouse as it was when its tables had `versions`; a table without one is not there."""
        return Storage(self._spark, self._settings, versions=versions)

    def location(self, spec: TableSpec) -> str:
        """Path of the Delta table."""
        return f"{self._settings.warehouse.rstrip('/')}/{spec.name}"

    def read_log(self, spec: TableSpec, ds: date) -> DataFrame:
        """The input log's partition of day `ds`; raises MissingInputError, ContractError or DamagedDataError."""
        return spec.conform(log_files.read_log_partition(self._spark, spec, self._settings.input, ds))

    def exists(self, spec: TableSpec) -> bool:
        """Whether some step has written the table."""
        return self._version(spec) is not None

    def stored_day(self, spec: TableSpec, ds: date) -> DataFrame | None:
        """The rows of day `ds` as they are stored, whatever their columns: for checks. None if nothing is there."""
        if spec.is_input:
            frame = log_files.stored_log_partition(self._spark, spec, self._settings.input, ds)
        else:
            frame = None if (version := self._version(spec)) is None else self._at(spec, version)
        return frame if frame is None or "ds" not in frame.columns else frame.where(F.col("ds") == F.lit(ds))

    def read(self, spec: TableSpec) -> DataFrame:
        """A table of the warehouse, all days; raises MissingInputError or ContractError."""
        if (frame := self.read_if_exists(spec)) is None:
            raise log_files.missing_table(spec, self.location(spec))
        return frame

    def read_if_exists(self, spec: TableSpec) -> DataFrame | None:
        """A table of the warehouse, or None if no step has written it yet."""
        if (version := self._version(spec)) is None:
            return None
        if (spec.name, version) not in self._read:
            with damage_named(spec.name, self.location(spec)):
                frame = self._at(spec, version)
                spec.validate(frame.schema)
            self._read[spec.name, version] = frame
        return self._read[spec.name, version]

    def read_day(self, spec: TableSpec, ds: date) -> DataFrame:
        """One day of a table of the warehouse; raises MissingInputError if there is no such table."""
        return self.read(spec).where(F.col("ds") == F.lit(ds))

    def read_design(self, spec: TableSpec, design_id: str, ds: date | None = None) -> DataFrame:
        """The rows of one sampling design, of day `ds` or of all days; raises MissingInputError."""
        frame = self.read(spec) if ds is None else self.read_day(spec, ds)
        return frame.where(F.col("design_id") == design_id)

    def require_day(self, spec: TableSpec, ds: date) -> None:
        """Raise MissingInputError unless the table has a row of day `ds`."""
        if self.read_day(spec, ds).isEmpty():
            raise log_files.missing_partition(spec, ds, self.location(spec))

    def read_dataset(self, path: str, data_format: str) -> DataFrame:
        """Data that Plumbline does not own: csv (with a header), parquet or delta; raises MissingInputError."""
        return log_files.read_dataset(self._spark, path, data_format)

    def replace(self, spec: TableSpec, frame: DataFrame, *, where: str) -> Commit:
        """Replace exactly the rows of `spec` that match `where` by `frame`, in one Delta commit.

        A row of `frame` that does not match `where` fails the write: a step owns no more than it says. Raises
        ConcurrentRunError if another run has written such rows since the step began.
        """
        conformed = spec.conform(frame)
        self.create(spec)
        owners = partial(self._owners, spec, where)
        began, before = self.versions([spec])[spec.name], self._newest(spec)
        require_unchanged(spec.name, where, began=began, newest=before, owners=owners)
        # The number of rows rides on the write: no second pass, no look into the table's history.
        written = Observation(f"rows of {spec.name}")
        observed = conformed.observe(written, F.count(F.lit(1)).alias("n_rows"))
        writer = observed.write.format("delta").mode("overwrite").option("replaceWhere", where)
        mark = f"commit-{uuid.uuid4().hex}"
        with conflicts_named(spec.name):
            writer.option("userMetadata", mark).save(self.location(spec))
        self._step.move_to(spec.name, newest := self._newest(spec))
        if newest > before + 1:
            own = self._step.marked(spec.name, mark)
            require_first(spec.name, where, before=before, own=own, owners=owners)
        return Commit(spec.name, int(written.get["n_rows"]))

    def replace_day(self, spec: TableSpec, frame: DataFrame, ds: date, *, design_id: str | None = None) -> Commit:
        """Replace the partition of day `ds`, or the part of it that belongs to one sampling design."""
        of_design = f" AND design_id = {sql_text(design_id)}" if design_id else ""
        return self.replace(spec, frame, where=f"ds = DATE'{ds:%Y-%m-%d}'{of_design}")

    def append_new(self, spec: TableSpec, frame: DataFrame, *, ds: date, design_id: str | None = None) -> Commit:
        """Append the rows of `frame`, all of day `ds` (and design), whose key is not there yet: again adds nothing."""
        conformed = spec.conform(frame)
        self.create(spec)
        matches = " AND ".join(f"kept.`{name}` = added.`{name}`" for name in spec.key)
        of_design = f" AND kept.design_id = {sql_text(design_id)}" if design_id else ""
        view, path = f"added_{spec.name}", delta_path(self.location(spec))
        conformed.createOrReplaceTempView(view)
        try:
            with conflicts_named(spec.name):
                merged = self._spark.sql(
                    f"MERGE INTO {path} AS kept USING {view} AS added "
                    f"ON kept.ds = DATE'{ds:%Y-%m-%d}'{of_design} AND {matches} "
                    "WHEN NOT MATCHED THEN INSERT *"
                ).collect()
        finally:
            self._spark.catalog.dropTempView(view)
        self.look_again(spec)
        # Not from the history: a merge that inserts nothing makes no commit.
        return Commit(spec.name, int(merged[0]["num_inserted_rows"]))

    def append(self, spec: TableSpec, frame: DataFrame) -> Commit:
        """Append the rows of `frame`, computed exactly once, in one commit: for what must not be paid twice."""
        conformed = spec.conform(frame)
        self.create(spec)
        observed = conformed.observe(written := Observation(), F.count(F.lit(1)).alias("n_rows"))
        with conflicts_named(spec.name):
            observed.write.format("delta").mode("append").save(self.location(spec))
        self.look_again(spec)
        return Commit(spec.name, int(written.get["n_rows"]))

    def read_lines(self, path: str) -> DataFrame | None:
        """Lines of text files, `value` and the folder's partition columns; None if nothing is there."""
        return log_files.read_lines(self._spark, path)

    def append_lines(self, lines: DataFrame, path: str, *, partition_by: Sequence[str]) -> None:
        """Add text files to a folder: `line` becomes a line, the other columns are folders, one file per task."""
        lines.write.mode("append").partitionBy(*partition_by).text(path)

    def rows(self, spec: TableSpec, records: Sequence[Mapping[str, Any]]) -> DataFrame:
        """Records made on the driver as a DataFrame with the contract's types; all have the same fields."""
        fields = [f for f in spec.schema().fields if not records or f.name in records[0]]
        schema = StructType(fields)
        return self._spark.createDataFrame(arrow_table(records, schema, table=spec.name), schema)

    def look_again(self, spec: TableSpec) -> None:
        """Read the table as it is now: the step has changed it."""
        self._step.forget(spec.name)

    def versions(self, specs: Sequence[TableSpec]) -> dict[str, int]:
        """Delta version at which the step reads each table, by name; raises MissingInputError."""
        found = self.versions_of_existing(specs)
        for spec in specs:
            if spec.name not in found:
                raise log_files.missing_table(spec, self.location(spec))
        return found

    def versions_of_existing(self, specs: Sequence[TableSpec]) -> dict[str, int]:
        """As `versions`, of the tables that some step has written."""
        return {spec.name: version for spec in specs if (version := self._version(spec)) is not None}

    def create(self, spec: TableSpec) -> None:
        """Create the table with its contract if it is not there, and add the constraints it lacks."""
        if spec.name in self._created:
            return
        if self.read_if_exists(spec) is None:
            create_table(self._spark, spec, self.location(spec))
            if is_half_made := self._step.newest(spec.name) is None:
                complete_table(self._spark, spec, self.location(spec))
            # Its first version is empty; what another run may have put into it since is not this step's to read.
            self._step.move_to(spec.name, 1 if is_half_made else 0)
        else:
            bring_up_to_date(self._spark, spec, self.location(spec))
        self._created.add(spec.name)

    def set_properties(self, spec: TableSpec) -> None:
        """Give a table that is there the contract's properties, if it was made without them."""
        if set_properties(self._spark, spec, self.location(spec)):
            self.look_again(spec)

    def _version(self, spec: TableSpec) -> int | None:
        return self._step.of(spec.name) if self._versions is None else self._versions.get(spec.name)

    def _at(self, spec: TableSpec, version: int) -> DataFrame:
        return self._spark.read.format("delta").option("versionAsOf", version).load(self.location(spec))

    def _newest(self, spec: TableSpec) -> int:
        if (newest := self._step.newest(spec.name)) is None:
            raise log_files.missing_table(spec, self.location(spec))
        return newest

    def _owners(self, spec: TableSpec, where: str, version: int) -> set[str]:
        """The runs that wrote the rows matching `where`."""
        rows = self._at(spec, version).where(where).select("job_run_id").distinct().collect()
        return {row["job_run_id"] for row in rows}
