"""Versions read off the names of a log's files, in folders of any name."""

from collections.abc import Collection
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from lib import delta_log as module
from lib.delta_log import DeltaLog, delta_log


def _log(
    commits: Collection[int], checkpoints: Collection[int] = (), checksums: Collection[int] = (), *, since: int = 0
) -> DeltaLog:
    return DeltaLog(frozenset(commits), frozenset(checkpoints), frozenset(checksums), since)


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
        # Nothing is said of versions that were not looked at.
        (_log({7, 8}, checksums={7, 8}, since=7), 8, True, False),
        (_log({7, 9}, since=7), 9, False, False),
        (_log({7}, checksums={7, 8}, since=7), 7, True, True),
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


def test_from_a_known_version_on_only_later_ones_are_looked_at(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    location = str(tmp_path / "table")
    for _ in range(4):
        spark.range(1).write.format("delta").mode("append").save(location)
    assert delta_log(spark, location, since=2) == _log({2, 3}, checksums={2, 3}, since=2)
    assert delta_log(spark, location, since=3) == _log({3}, checksums={3}, since=3)
    whole = _log({0, 1, 2, 3}, checksums={0, 1, 2, 3})
    # A version that is not there any more, as after a table was made anew, and more later ones than are looked for.
    assert delta_log(spark, location, since=9) == whole
    monkeypatch.setattr(module, "_AHEAD", 3)
    assert delta_log(spark, location, since=1) == whole
