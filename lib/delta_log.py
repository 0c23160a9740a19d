"""What lies in a table's Delta log, by the names of its files: no query is run to tell it."""

import re
from dataclasses import dataclass

from delta.tables import DeltaTable
from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession
from pyspark.sql.utils import is_remote

_NAME = re.compile(r"(?P<version>\d{20})\.(?P<kind>json|crc|checkpoint)\b")
# Characters that Spark takes for a pattern in a path that it reads.
_PATTERN = re.compile(r"([{}\[\]*?\\])")
# So many versions are looked for after one that is known; when all are there, the whole log is looked at.
_AHEAD = 12


@dataclass(frozen=True)
class DeltaLog:
    """Versions with a commit, a checkpoint and a checksum; Delta takes old commits away, behind a checkpoint.

    What lies before version `since` was not looked at.
    """

    commits: frozenset[int]
    checkpoints: frozenset[int]
    checksums: frozenset[int]
    since: int = 0

    @property
    def newest(self) -> int:
        """The newest version."""
        return max(self.commits | self.checkpoints)

    @property
    def is_whole(self) -> bool:
        """Whether every commit after the newest checkpoint is there."""
        begin = max(max(self.checkpoints, default=-1) + 1, self.since)
        return self.commits >= frozenset(range(begin, self.newest + 1))

    @property
    def has_lost_its_last_commit(self) -> bool:
        """Whether a checksum tells of a commit that is not there."""
        return self.newest + 1 in self.checksums


def delta_log(spark: SparkSession, location: str, *, since: int | None = None) -> DeltaLog | None:
    """The log of the table at `location`; None if there is no such table, or no version of it.

    From version `since` on, if that is known to have been there: a log has two files a version and keeps them for
    years, and the name of each is a message from the JVM.
    """
    folder = _PATTERN.sub(r"\\\1", f"{location}/_delta_log")
    if since is not None and (log := _log_since(spark, folder, since)) is not None:
        return log
    # A listing that fails would do, but classic Spark tells every observer of written rows of it, by a stack trace in
    # the log. Over Spark Connect Delta needs a plug-in of its own in the server to answer.
    if not is_remote() and not DeltaTable.isDeltaTable(spark, location):
        return None
    log = _log_of(spark, folder)
    return log if log is not None and (log.commits or log.checkpoints) else None


def _log_since(spark: SparkSession, folder: str, first: int) -> DeltaLog | None:
    """The log from version `first` on; None if that is not there any more, or too many came after it."""
    names = ",".join(f"{version:020}" for version in range(first, first + _AHEAD))
    log = _log_of(spark, f"{folder}/{{{names}}}.*", since=first)
    return log if log is not None and first in log.commits and log.newest < first + _AHEAD - 1 else None


def _log_of(spark: SparkSession, paths: str, *, since: int = 0) -> DeltaLog | None:
    """What the files at `paths` say; None if none is there."""
    try:
        files = spark.read.format("binaryFile").load(paths).inputFiles()
    except AnalysisException as error:
        if error.getCondition() != "PATH_NOT_FOUND":
            raise
        return None
    versions: dict[str, set[int]] = {"json": set(), "checkpoint": set(), "crc": set()}
    for path in files:
        if found := _NAME.match(path.rpartition("/")[2]):
            versions[found["kind"]].add(int(found["version"]))
    commits, checkpoints, checksums = (frozenset(versions[kind]) for kind in ("json", "checkpoint", "crc"))
    return DeltaLog(commits, checkpoints, checksums, since)
