"""Versions read off the names of a log's files, in folders of any name."""

from collections.abc import Collection
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from lib.delta_log import DeltaLog, delta_log


def _log(commits: Collection[int], checkpoints: Collection[int] = (), checksums: Collection[int] = ()) -> DeltaLog:
    return DeltaLog(frozenset(commits), frozenset(checkpoints), frozenset(checksums))


@pytest.mark.parametrize(
    ("log", "newest", "is_whole", "has_lost"),
    [
        (_log({0, 1, 2}, checksums={0, 1, 2}), 2, True, False),
        (_log({0, 2}), 2, False, False),
        (_log({1, 2}), 2, False, False),
        (_log({0, 1}, checksums={0, 1, 2}), 1, True, True),
        # Delta took the commits before the checkpoint away; a gap behind it is one all the same.
        (_log({10, 11, 12}, {10}), 12, True, False),
        (_log({3, 10, 12}, {10}), 12, False, False),
        # The newest version may be a checkpoint alone.
        (_log(set(), {10}), 10, True, False),
    ],
)
def test_what_the_names_tell(log: DeltaLog, newest: int, is_whole: bool, has_lost: bool) -> None:
    assert (log.newest, log.is_whole, log.has_lost_its_last_commit) == (newest, is_whole, has_lost)


@pytest.mark.parametrize("name", ["plain", "with space", "a[b]{c}*?", "50%25#x"])
def test_a_folder_of_any_name(spark: SparkSession, tmp_path: Path, name: str) -> None:
    location = str(tmp_path / name)
    assert delta_log(spark, location) is None
    for _ in range(2):
        spark.range(1).write.format("delta").mode("append").save(location)
    found = delta_log(spark, location)
    assert found is not None
    assert (found.commits, found.newest, found.is_whole) == ({0, 1}, 1, True)
