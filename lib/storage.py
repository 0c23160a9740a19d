"""Reads and writes every table: the only place that knows paths, formats and Delta."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from delta.tables import DeltaTable
from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, Observation, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from lib.units.json_records import contract_records
from schemas.contracts.settings import StorageSettings
from schemas.errors import MissingInputError
from schemas.table_spec import TableSpec, delta_path, sql_text

_NOT_THERE = {"PATH_NOT_FOUND", "DELTA_TABLE_NOT_FOUND", "DELTA_PATH_DOES_NOT_EXIST", "DELTA_MISSING_DELTA_TABLE"}
_NO_DELTA_LOG = {"DELTA_SCHEMA_NOT_SET", "DELTA_READ_TABLE_WITHOUT_COLUMNS", "UNABLE_TO_INFER_SCHEMA"}


# One event of the year 1000 must not stop a day: old writers' calendars only matter before 1900.
_TIMES_AS_WRITTEN = {"datetimeRebaseMode": "CORRECTED", "int96RebaseMode": "CORRECTED"}


@dataclass(frozen=True)
class Commit:
    """What a write left behind: the table and the number of rows written."""

    table: str
    n_rows: int


class Storage:
    """The input logs and Plumbline's own Delta tables of one warehouse."""

    def __init__(
        self, spark: SparkSession, settings: StorageSettings, *, versions: Mapping[str, int] | None = None
    ) -> None:
        self._spark = spark
        self._settings = settings
        self._versions = versions
        self._created: set[str] = set()

    def at_versions(self, versions: Mapping[str, int]) -> "Storage":
        """The same warehouse as it was when its tables had `versions`; a table without one is not there."""
        return Storage(self._spark, self._settings, versions=versions)

    def location(self, spec: TableSpec) -> str:
        """Path of the Delta table."""
        return f"{self._settings.warehouse.rstrip('/')}/{spec.name}"

    def read_log(self, spec: TableSpec, ds: date) -> DataFrame:
        """The input log's partition of day `ds`; raises MissingInputError or ContractError."""
        location = f"{self._settings.input.path.rstrip('/')}/{spec.name}"
        partition = f"{location}/ds={ds:%Y-%m-%d}"
        try:
            if self._settings.input.format == "parquet":
                frame = self._spark.read.options(**_TIMES_AS_WRITTEN).option("basePath", location).parquet(partition)
            elif self._settings.input.format == "json":
                lines = self._spark.read.text(partition, lineSep="\n")
                frame = contract_records(lines.select(F.lit(ds).alias("ds"), "value"), spec)
            else:
                frame = self._spark.read.format("delta").load(location)
                spec.validate(frame.schema)
                frame = frame.where(F.col("ds") == F.lit(ds))
                _require_rows(frame, spec, ds, location)
        except AnalysisException as error:
            if _error_class(error) not in _NOT_THERE | _NO_DELTA_LOG:
                raise
            raise _missing_partition(spec, ds, location) from error
        return spec.conform(frame)

    def exists(self, spec: TableSpec) -> bool:
        """Whether some step has written the table."""
        return bool(DeltaTable.isDeltaTable(self._spark, self.location(spec)))

    def read(self, spec: TableSpec) -> DataFrame:
        """A table of the warehouse, all days; raises MissingInputError or ContractError."""
        frame = self.read_if_exists(spec)
        if frame is None:
            raise MissingInputError(
                f"Table `{spec.name}`: nothing at {self.location(spec)}; run the step that writes it, "
                "or mend storage.warehouse."
            )
        return frame

    def read_if_exists(self, spec: TableSpec) -> DataFrame | None:
        """A table of the warehouse, or None if no step has written it yet."""
        if not self.exists(spec):
            return None
        reader = self._spark.read.format("delta")
        if self._versions is not None:
            if spec.name not in self._versions:
                return None
            reader = reader.option("versionAsOf", self._versions[spec.name])
        frame = reader.load(self.location(spec))
        spec.validate(frame.schema)
        return frame

    def read_day(self, spec: TableSpec, ds: date) -> DataFrame:
        """One day of a table of the warehouse; raises MissingInputError if there is no such table."""
        return self.read(spec).where(F.col("ds") == F.lit(ds))

    def read_design(self, spec: TableSpec, design_id: str, ds: date | None = None) -> DataFrame:
        """The rows of one sampling design, of day `ds` or of all days; raises MissingInputError."""
        frame = self.read(spec) if ds is None else self.read_day(spec, ds)
        return frame.where(F.col("design_id") == design_id)

    def require_day(self, spec: TableSpec, ds: date) -> None:
        """Raise MissingInputError unless the table has a row of day `ds`."""
        _require_rows(self.read_day(spec, ds), spec, ds, self.location(spec))

    def read_dataset(self, path: str, data_format: str) -> DataFrame:
        """Data that Plumbline does not own: csv (with a header), parquet or delta; raises MissingInputError."""
        reader = self._spark.read.format(data_format)
        if data_format == "csv":
            reader = reader.option("header", "true").option("multiLine", "true").option("escape", '"')
        try:
            return reader.load(path)
        except AnalysisException as error:
            if _error_class(error) not in _NOT_THERE | _NO_DELTA_LOG:
                raise
            raise MissingInputError(f"There is no {data_format} data at {path}; mend the path in conf.") from error

    def replace(self, spec: TableSpec, frame: DataFrame, *, where: str) -> Commit:
        """Replace exactly the rows of `spec` that match `where` by `frame`, in one Delta commit.

        A row of `frame` that does not match `where` fails the write: a step owns no more than it says.
        """
        conformed = spec.conform(frame)
        self.create(spec)
        # The number of rows rides on the write: no second pass, no look into the table's history.
        written = Observation(f"rows of {spec.name}")
        observed = conformed.observe(written, F.count(F.lit(1)).alias("n_rows"))
        writer = observed.write.format("delta").mode("overwrite").option("replaceWhere", where)
        writer.save(self.location(spec))
        return Commit(spec.name, int(written.get["n_rows"]))

    def replace_day(self, spec: TableSpec, frame: DataFrame, ds: date, *, design_id: str | None = None) -> Commit:
        """Replace the partition of day `ds`, or the part of it that belongs to one sampling design."""
        of_design = f" AND design_id = {sql_text(design_id)}" if design_id else ""
        return self.replace(spec, frame, where=f"ds = DATE'{ds:%Y-%m-%d}'{of_design}")

    def append_new(self, spec: TableSpec, frame: DataFrame, *, ds: date) -> Commit:
        """Append the rows of `frame`, all of day `ds`, whose key is not there yet: running again adds nothing."""
        conformed = spec.conform(frame)
        self.create(spec)
        matches = " AND ".join(f"kept.`{name}` = added.`{name}`" for name in spec.key)
        columns = ", ".join(f"`{name}`" for name in spec.column_names)
        values = ", ".join(f"added.`{name}`" for name in spec.column_names)
        view = f"added_{spec.name}"
        conformed.createOrReplaceTempView(view)
        merged = self._spark.sql(
            f"MERGE INTO {delta_path(self.location(spec))} AS kept USING {view} AS added "  # noqa: S608 - names are ours
            f"ON kept.ds = DATE'{ds:%Y-%m-%d}' AND {matches} "
            f"WHEN NOT MATCHED THEN INSERT ({columns}) VALUES ({values})"
        )
        self._spark.catalog.dropTempView(view)
        # Not from the history: a merge that inserts nothing makes no commit.
        return Commit(spec.name, int(merged.collect()[0]["num_inserted_rows"]))

    def append(self, spec: TableSpec, frame: DataFrame) -> Commit:
        """Append the rows of `frame`, computed exactly once, in one commit: for what must not be paid twice."""
        conformed = spec.conform(frame)
        self.create(spec)
        written = Observation(f"rows of {spec.name}")
        observed = conformed.observe(written, F.count(F.lit(1)).alias("n_rows"))
        observed.write.format("delta").mode("append").save(self.location(spec))
        return Commit(spec.name, int(written.get["n_rows"]))

    def read_lines(self, path: str) -> DataFrame | None:
        """Lines of text files, `value` and the folder's partition columns; None if nothing is there."""
        try:
            return self._spark.read.text(path)
        except AnalysisException as error:
            if _error_class(error) not in _NOT_THERE:
                raise
            return None

    def append_lines(self, lines: DataFrame, path: str, *, partition_by: Sequence[str]) -> None:
        """Add text files to a folder: `line` becomes a line, the other columns are folders, one file per task."""
        lines.write.mode("append").partitionBy(*partition_by).text(path)

    def rows(self, spec: TableSpec, records: Sequence[Mapping[str, Any]]) -> DataFrame:
        """Records made on the driver as a DataFrame with the contract's types; all have the same fields."""
        fields = [f for f in spec.schema().fields if not records or f.name in records[0]]
        return self._spark.createDataFrame([tuple(r[f.name] for f in fields) for r in records], StructType(fields))

    def version(self, spec: TableSpec) -> int:
        """Current Delta version of a table."""
        history = self._spark.sql(f"DESCRIBE HISTORY {delta_path(self.location(spec))} LIMIT 1")
        return int(history.select("version").collect()[0]["version"])

    def versions(self, specs: Sequence[TableSpec]) -> dict[str, int]:
        """Current Delta version of each table, by name."""
        return {spec.name: self.version(spec) for spec in specs}

    def versions_of_existing(self, specs: Sequence[TableSpec]) -> dict[str, int]:
        """As `versions`, of the tables that some step has written."""
        return self.versions([spec for spec in specs if self.exists(spec)])

    def create(self, spec: TableSpec) -> None:
        """Create the table with its contract if it is not there, and add the constraints it lacks."""
        if spec.name in self._created:
            return
        location = self.location(spec)
        if self.read_if_exists(spec) is None:
            self._spark.sql(spec.create_statement(location))
        properties = {row["key"] for row in self._spark.sql(f"SHOW TBLPROPERTIES {delta_path(location)}").collect()}
        for name, statement in spec.constraint_statements(location).items():
            if f"delta.constraints.{name}" not in properties:
                self._spark.sql(statement)
        self._created.add(spec.name)


def _require_rows(frame: DataFrame, spec: TableSpec, ds: date, location: str) -> None:
    if frame.isEmpty():
        raise _missing_partition(spec, ds, location)


def _missing_partition(spec: TableSpec, ds: date, location: str) -> MissingInputError:
    return MissingInputError(
        f"Table `{spec.name}`: field `ds` has no rows for {ds:%Y-%m-%d} at {location}; "
        "deliver that day or run the step that writes it, or name another day."
    )


def _error_class(error: AnalysisException) -> str:
    return (error.getCondition() or "").split(".")[0]
