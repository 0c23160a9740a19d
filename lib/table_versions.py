"""At which version a step reads each table: the one that it found first, and the one that it left itself.

Delta lets every action of a DataFrame read the newest version. A step that counts its population in one action and
draws from it in the next would mix two versions if another run wrote in between, and nobody would notice.
"""

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from lib.delta_log import DeltaLog, delta_log
from lib.storage_faults import damage_named
from schemas.errors import DamagedDataError
from schemas.table_spec import delta_path


class StepVersions:
    """The versions that one step reads, of the tables in the folder `warehouse`.

    `seen` are versions that an earlier step saw: where to begin to look, no more.
    """

    def __init__(self, spark: SparkSession, warehouse: str, *, seen: dict[str, int] | None = None) -> None:
        self._spark = spark
        self._warehouse = warehouse
        self._noted: dict[str, int | None] = {}
        self._seen = {} if seen is None else seen

    def later(self) -> "StepVersions":
        """Those of a step that begins now."""
        return StepVersions(self._spark, self._warehouse, seen=self._seen)

    def of(self, table: str) -> int | None:
        """The version to read, noted when it is asked for first; None if there was no such table then.

        Raises DamagedDataError for a log that has gaps, or whose last commit is gone: Delta itself would read the table
        as if that commit had never been made.
        """
        if table not in self._noted:
            log = self._log(table)
            # A commit's checksum is written after it. One without its commit must not be another run's newest.
            if log and log.has_lost_its_last_commit and (again := self._log(table)) and again.has_lost_its_last_commit:
                gone = f"{self._location(table)}/_delta_log/{again.newest + 1:020}.json"
                raise DamagedDataError(
                    f"Table `{table}`: commit {again.newest + 1} of its Delta log is gone, file {gone}, and what it "
                    "added or removed with it; restore the file from a backup, then run the step again."
                )
            self._noted[table] = log.newest if log else None
        return self._noted[table]

    def newest(self, table: str) -> int | None:
        """The newest version, whoever wrote it; None if there is no such table."""
        log = self._log(table)
        return log.newest if log else None

    def marked(self, table: str, mark: str) -> int:
        """The version whose commit carries `mark` as its user metadata."""
        history = self._spark.sql(f"DESCRIBE HISTORY {delta_path(self._location(table))}")
        return int(history.where(F.col("userMetadata") == mark).select("version").collect()[0]["version"])

    def forget(self, table: str) -> None:
        """Note the version of `table` anew when it is asked for next."""
        self._noted.pop(table, None)

    def move_to(self, table: str, version: int) -> None:
        """Read `table` at `version` from now on."""
        self._noted[table] = version

    def _log(self, table: str) -> DeltaLog | None:
        location = self._location(table)
        with damage_named(table, location):
            log = delta_log(self._spark, location, since=self._seen.get(table))
            if log and not log.is_whole:
                # Delta knows best what is missing, and says it.
                self._spark.read.format("delta").load(location)
        if log:
            self._seen[table] = log.newest
        return log

    def _location(self, table: str) -> str:
        return f"{self._warehouse}/{table}"
