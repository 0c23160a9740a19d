"""Reads one day of an input log; every Parquet file of it is held against the contract before a row is read.

Spark looks into one file and takes the others to be like it. A column that only some files have would be read or lost
by chance, one that a single file lacks would be nulls, and a file cut off to nothing would be no rows.
"""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from urllib.parse import unquote

from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StructField, StructType

from lib.storage_faults import damage_named
from lib.units.json_records import contract_records
from schemas.contracts.settings import InputSettings
from schemas.errors import ContractError, MissingInputError
from schemas.table_spec import ColumnSpec, TableSpec

_FOOTERS_AT_ONCE = 8
# One event of the year 1000 must not stop a day: old writers' calendars only matter before 1900.
_TIMES_AS_WRITTEN = {"datetimeRebaseMode": "CORRECTED", "int96RebaseMode": "CORRECTED"}
_NOT_THERE = {
    "PATH_NOT_FOUND", "DELTA_TABLE_NOT_FOUND", "DELTA_PATH_DOES_NOT_EXIST", "DELTA_MISSING_DELTA_TABLE",
    "DELTA_SCHEMA_NOT_SET", "DELTA_READ_TABLE_WITHOUT_COLUMNS", "UNABLE_TO_INFER_SCHEMA",
}  # fmt: skip


def read_log_partition(spark: SparkSession, spec: TableSpec, settings: InputSettings, ds: date) -> DataFrame:
    """The log's rows of day `ds`, with the contract's columns that are there.

    Of Parquet files, some may lack a column if it is optional, and have a narrower one than others. Raises
    MissingInputError, ContractError that names the file, and DamagedDataError.
    """
    location = f"{settings.path.rstrip('/')}/{spec.name}"
    try:
        frame = _READERS[settings.format](spark, spec, location, ds)
    except AnalysisException as error:
        if not is_not_there(error):
            raise
        raise missing_partition(spec, ds, location) from error
    if frame is None:
        raise missing_partition(spec, ds, location)
    return frame


def stored_log_partition(spark: SparkSession, spec: TableSpec, settings: InputSettings, ds: date) -> DataFrame | None:
    """The log's rows of day `ds` as they are stored, whatever their columns; None if nothing is there.

    Records of JSON lines have the contract's columns: a line has none of its own.
    """
    location = f"{settings.path.rstrip('/')}/{spec.name}"
    try:
        if settings.format == "json":
            return _json_partition(spark, spec, location, ds)
        with damage_named(spec.name, location):
            if settings.format == "delta":
                return spark.read.format("delta").load(location)
            reader = spark.read.options(**_TIMES_AS_WRITTEN).option("basePath", location)
            return reader.parquet(f"{location}/ds={ds:%Y-%m-%d}")
    except AnalysisException as error:
        if not is_not_there(error):
            raise
        return None


def is_not_there(error: AnalysisException) -> bool:
    """Whether Spark found no data: no folder, no file, or no table."""
    return (error.getCondition() or "").split(".")[0] in _NOT_THERE


def missing_partition(spec: TableSpec, ds: date, location: str) -> MissingInputError:
    """The error about a day that a table or log does not have."""
    return MissingInputError(
        f"Table `{spec.name}`: field `ds` has no rows for {ds:%Y-%m-%d} at {location}; "
        "deliver that day or run the step that writes it, or name another day."
    )


def missing_table(spec: TableSpec, location: str) -> MissingInputError:
    """The error about a table that no step has written."""
    return MissingInputError(
        f"Table `{spec.name}`: nothing at {location}; run the step that writes it, or mend storage.warehouse."
    )


def _json_partition(spark: SparkSession, spec: TableSpec, location: str, ds: date) -> DataFrame | None:
    lines = spark.read.text(f"{location}/ds={ds:%Y-%m-%d}", lineSep="\n")
    return contract_records(lines.select(F.lit(ds).alias("ds"), "value"), spec)


def _delta_partition(spark: SparkSession, spec: TableSpec, location: str, ds: date) -> DataFrame | None:
    with damage_named(spec.name, location):
        frame = spark.read.format("delta").load(location)
        spec.validate(frame.schema)
        of_day = frame.where(F.col("ds") == F.lit(ds))
        return None if of_day.isEmpty() else of_day


def _parquet_partition(spark: SparkSession, spec: TableSpec, location: str, ds: date) -> DataFrame | None:
    reader = spark.read.options(**_TIMES_AS_WRITTEN).option("basePath", location)
    found = reader.schema(spec.schema()).parquet(f"{location}/ds={ds:%Y-%m-%d}").inputFiles()
    # Addresses come with their special characters escaped, and are read without.
    files = sorted(unquote(file) for file in found)
    if not files:
        return None
    with ThreadPoolExecutor(max_workers=_FOOTERS_AT_ONCE) as footers:
        schemas = list(footers.map(lambda file: _schema_of(spark, spec, location, file), files))
    _require_contract(spec, dict(zip(files, schemas, strict=True)))
    return reader.schema(_common_schema(spec, set(schemas))).parquet(*files)


def _schema_of(spark: SparkSession, spec: TableSpec, location: str, file: str) -> StructType:
    with damage_named(spec.name, file):
        return spark.read.options(**_TIMES_AS_WRITTEN).option("basePath", location).parquet(file).schema


def _require_contract(spec: TableSpec, schemas: Mapping[str, StructType]) -> None:
    """Raise ContractError for the first file that breaks the contract; all files alike are named as the table."""
    are_alike = len(set(schemas.values())) == 1
    for file, schema in schemas.items():
        faults = spec.faults(schema)
        if faults:
            raise ContractError(spec.complaint(faults, found_in=None if are_alike else f"file {file}"))


def _common_schema(spec: TableSpec, schemas: Iterable[StructType]) -> StructType:
    """The contract's columns that any file has; the contract's type where files differ."""
    named = [{field.name: field for field in schema.fields} for schema in schemas]
    found = [(column, [fields[column.name] for fields in named if column.name in fields]) for column in spec.columns]
    return StructType([_common_field(column, fields) for column, fields in found if fields])


def _common_field(column: ColumnSpec, fields: Sequence[StructField]) -> StructField:
    types = {field.dataType for field in fields}
    return StructField(column.name, types.pop() if len(types) == 1 else column.spark_type())


_READERS = {"parquet": _parquet_partition, "json": _json_partition, "delta": _delta_partition}


def read_dataset(spark: SparkSession, path: str, data_format: str) -> DataFrame:
    """Data of somebody else: csv (with a header), parquet or delta; raises MissingInputError."""
    reader = spark.read.format(data_format)
    if data_format == "csv":
        reader = reader.option("header", "true").option("multiLine", "true").option("escape", '"')
    try:
        return reader.load(path)
    except AnalysisException as error:
        if not is_not_there(error):
            raise
        raise MissingInputError(f"There is no {data_format} data at {path}; mend the path in conf.") from error


def read_lines(spark: SparkSession, path: str) -> DataFrame | None:
    """Lines of text files, `value` and the folder's partition columns; None if nothing is there."""
    try:
        return spark.read.text(path)
    except AnalysisException as error:
        if not is_not_there(error):
            raise
        return None
