"""Makes Delta tables as their contracts say, and brings those up to date that an older contract made."""

from pyspark.sql import SparkSession

from lib.concurrent_runs import conflicts_named, is_conflict
from schemas.table_spec import TableSpec, delta_path


def create_table(spark: SparkSession, spec: TableSpec, location: str) -> None:
    """Create the empty table with all that its contract says, in one commit."""
    try:
        spark.sql(spec.create_statement(location))
    except Exception as error:
        # Another run was faster: then the table is there, and nothing is wrong.
        if not is_conflict(error):
            raise


def add_constraints(spark: SparkSession, spec: TableSpec, location: str) -> None:
    """Add the contract's CHECK constraints that the table lacks; raises ConcurrentRunError."""
    if not spec.checks:
        return
    for statement in spec.constraint_statements(location, properties=_properties(spark, location)):
        with conflicts_named(spec.name):
            spark.sql(statement)


def set_properties(spark: SparkSession, spec: TableSpec, location: str) -> bool:
    """Give the table the contract's properties; whether it lacked any. Raises ConcurrentRunError."""
    if _properties(spark, location).items() >= spec.properties.items():
        return False
    with conflicts_named(spec.name):
        spark.sql(spec.properties_statement(location))
    return True


def _properties(spark: SparkSession, location: str) -> dict[str, str]:
    rows = spark.sql(f"SHOW TBLPROPERTIES {delta_path(location)}").collect()
    return {row["key"]: row["value"] for row in rows}
