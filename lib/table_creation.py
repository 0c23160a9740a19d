"""Makes Delta tables as their contracts say, and brings those up to date that an older contract made."""

from collections.abc import Sequence

from pyspark.sql import SparkSession

from lib.concurrent_runs import conflicts_named, is_conflict
from schemas.errors import DamagedDataError
from schemas.table_spec import TableSpec, delta_path


def create_table(spark: SparkSession, spec: TableSpec, location: str) -> None:
    """Create the empty table with all that its contract says, in one commit."""
    try:
        spark.sql(spec.create_statement(location))
    except Exception as error:
        # Another run was faster: then the table is there, and nothing is wrong.
        if not is_conflict(error):
            raise


def complete_table(spark: SparkSession, spec: TableSpec, location: str) -> None:
    """Make the table where a run was killed before the first commit of its log.

    Delta takes the empty folder of a log for a table that is there, and so creates none, and for no table, and so reads
    none. A commit without rows makes it one, which the contract then replaces. Raises ConcurrentRunError, and
    DamagedDataError where data files say that the log has been lost.
    """
    files = spark.read.format("binaryFile").option("recursiveFileLookup", "true").load(location)
    if not files.select("path").isEmpty():
        raise DamagedDataError(
            f"Table `{spec.name}`: its Delta log at {location}/_delta_log has no commit, and files of data lie beside "
            "it; restore `_delta_log` from a backup, or move the folder away and run the steps again that write it."
        )
    with conflicts_named(spec.name):
        no_rows = spark.createDataFrame([], spec.schema())
        no_rows.write.format("delta").mode("append").partitionBy(*spec.partition_by).save(location)
        spark.sql(spec.create_statement(location, replaces=True))


def bring_up_to_date(spark: SparkSession, spec: TableSpec, location: str) -> None:
    """Add the contract's CHECK constraints and properties that the table lacks; raises ConcurrentRunError."""
    properties = _properties(spark, location)
    _run(spark, spec, spec.constraint_statements(location, properties=properties))
    _run(spark, spec, spec.property_statements(location, properties=properties))


def set_properties(spark: SparkSession, spec: TableSpec, location: str) -> bool:
    """Give the table the contract's properties; whether it lacked any. Raises ConcurrentRunError."""
    statements = spec.property_statements(location, properties=_properties(spark, location))
    _run(spark, spec, statements)
    return bool(statements)


def _run(spark: SparkSession, spec: TableSpec, statements: Sequence[str]) -> None:
    for statement in statements:
        with conflicts_named(spec.name):
            spark.sql(statement)


def _properties(spark: SparkSession, location: str) -> dict[str, str]:
    rows = spark.sql(f"SHOW TBLPROPERTIES {delta_path(location)}").collect()
    return {row["key"]: row["value"] for row in rows}
