"""At which version a step reads each table: the one that it found first, and the one that it left itself.

Delta lets every action of a DataFrame read the newest version. A step that counts its population in one action and
draws from it in the next would mix two versions if another run wrote in between, and nobody would notice.
"""

from delta.tables import DeltaTable
from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from lib.log_files import is_not_there
from lib.storage_faults import damage_named
from schemas.errors import DamagedDataError
from schemas.table_spec import delta_path

# No table has as many versions: asked for it, Delta answers with the newest one there is, and runs no query.
_BEYOND = 2**62


class StepVersions:
    """The versions that one step reads, of the tables in the folder `warehouse`."""

    def __init__(self, spark: SparkSession, warehouse: str) -> None:
        self._spark = spark
        self._warehouse = warehouse
        self._noted: dict[str, int | None] = {}

    def of(self, table: str) -> int | None:
        """The version to read, noted when it is asked for first; None if there was no such table then.

        Raises DamagedDataError for a log that has gaps, or whose last commit is gone: Delta itself would read the table
        as if that commit had never been made.
        """
        if table not in self._noted:
            newest = self.newest(table)
            # A commit's checksum is written after it. One without its commit must not be another run's newest.
            if newest is not None and self._has_checksum(table, newest + 1) and self.newest(table) == newest:
                gone = f"{self._log_file(table, newest + 1)}.json"
                raise DamagedDataError(
                    f"Table `{table}`: commit {newest + 1} of its Delta log is gone, file {gone}, and what it added or "
                    "removed with it; restore the file from a backup, then run the step again."
                )
            self._noted[table] = newest
        return self._noted[table]

    def newest(self, table: str) -> int | None:
        """The newest version, whoever wrote it; None if there is no such table."""
        location = f"{self._warehouse}/{table}"
        with damage_named(table, location):
            if not DeltaTable.isDeltaTable(self._spark, location):
                return None
        try:
            with damage_named(table, location):
                beyond = self._spark.read.format("delta").option("versionAsOf", _BEYOND).load(location).schema
        except AnalysisException as error:
            if error.getCondition() != "DELTA_VERSION_NOT_FOUND":
                raise
            return int((error.getMessageParameters() or {})["latest"])
        raise AssertionError(f"{location} has version {_BEYOND}: {beyond}")

    def marked(self, table: str, mark: str) -> int:
        """The version whose commit carries `mark` as its user metadata."""
        history = self._spark.sql(f"DESCRIBE HISTORY {delta_path(f'{self._warehouse}/{table}')}")
        return int(history.where(F.col("userMetadata") == mark).select("version").collect()[0]["version"])

    def forget(self, table: str) -> None:
        """Note the version of `table` anew when it is asked for next."""
        self._noted.pop(table, None)

    def move_to(self, table: str, version: int) -> None:
        """Read `table` at `version` from now on."""
        self._noted[table] = version

    def _has_checksum(self, table: str, version: int) -> bool:
        try:
            return bool(self._spark.read.text(f"{self._log_file(table, version)}.crc").columns)
        except AnalysisException as error:
            if not is_not_there(error):
                raise
            return False

    def _log_file(self, table: str, version: int) -> str:
        return f"{self._warehouse}/{table}/_delta_log/{version:020}"
