"""What lies in a table's Delta log, by the names of its files: no query is run, and none has to fail to tell it."""

import re
from dataclasses import dataclass

from delta.tables import DeltaTable
from pyspark.sql import SparkSession

_NAME = re.compile(r"(?P<version>\d{20})\.(?P<kind>json|crc|checkpoint)\b")
# Characters that Spark takes for a pattern in a path that it reads.
_PATTERN = re.compile(r"([{}\[\]*?\\])")


@dataclass(frozen=True)
class DeltaLog:
    """Versions with a commit, a checkpoint and a checksum; Delta takes old commits away, behind a checkpoint."""

    commits: frozenset[int]
    checkpoints: frozenset[int]
    checksums: frozenset[int]

    @property
    def newest(self) -> int:
        """The newest version."""
        return max(self.commits | self.checkpoints)

    @property
    def is_whole(self) -> bool:
        """Whether every commit after the newest checkpoint is there."""
        begin = max(self.checkpoints, default=-1) + 1
        return self.commits >= frozenset(range(begin, self.newest + 1))

    @property
    def has_lost_its_last_commit(self) -> bool:
        """Whether a checksum tells of a commit that is not there."""
        return self.newest + 1 in self.checksums


def delta_log(spark: SparkSession, location: str) -> DeltaLog | None:
    """The log of the table at `location`; None if there is no such table, or no version of it."""
    if not DeltaTable.isDeltaTable(spark, location):
        return None
    folder = _PATTERN.sub(r"\\\1", f"{location}/_delta_log")
    paths = spark.read.format("binaryFile").load(folder).inputFiles()
    versions: dict[str, set[int]] = {"json": set(), "checkpoint": set(), "crc": set()}
    for path in paths:
        if found := _NAME.match(path.rpartition("/")[2]):
            versions[found["kind"]].add(int(found["version"]))
    log = DeltaLog(*(frozenset(versions[kind]) for kind in ("json", "checkpoint", "crc")))
    return log if log.commits or log.checkpoints else None
