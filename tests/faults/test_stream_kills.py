"""A stream of a process of its own gets SIGKILL in the middle of its batches, and is started again: the same tables."""

import os
import random
from pathlib import Path

import pandas as pd
import pytest
from pyspark.sql import SparkSession

from tests.faults.harness import IS_RUN, N_KILLS, SEED, WHY_NOT
from tests.faults.killing import Ended, Victim
from tests.streaming.arriving_day import ID_KEY, NIGHT, STREAM_TABLES, TUESDAY, ArrivingDay, arriving_day

pytestmark = pytest.mark.skipif(not IS_RUN, reason=WHY_NOT)
# One in so many kills of the whole harness is one of a stream.
_ONE_IN = 8


@pytest.fixture(scope="module")
def before(_session: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> ArrivingDay:
    os.environ.setdefault("PLUMBLINE_ID_KEY", ID_KEY)
    day = arriving_day(_session, tmp_path_factory.mktemp("stream-before"))
    for n in range(3):
        day.deliver(n)
    return day


@pytest.fixture(scope="module")
def undisturbed(before: ArrivingDay, tmp_path_factory: pytest.TempPathFactory) -> tuple[ArrivingDay, int]:
    """The day after all three batches, and the number of events in its folder meanwhile."""
    day = before.copy(tmp_path_factory.mktemp("stream-undisturbed"))
    ended = _stream(day)
    assert ended.code == 0
    return day, len(ended.events)


def _stream(day: ArrivingDay, *, at: int | None = None) -> Ended:
    order = {"job": "stream_sample", "ds": f"{TUESDAY}", "conf": f"{day.conf}", "run": "run-of-a-victim"}
    victim = Victim({"PLUMBLINE_ID_KEY": ID_KEY})
    try:
        ended = victim.run(order | {"now": NIGHT.isoformat()}, day.folder, at=() if at is None else (at,))
        assert ended.code in (None, 0), victim.said()
        return ended
    finally:
        victim.clear()


@pytest.mark.parametrize("kill", range(max(1, N_KILLS // _ONE_IN)))
def test_killed_at_any_event_and_started_again_it_leaves_the_same_rows(
    before: ArrivingDay, undisturbed: tuple[ArrivingDay, int], kill: int, tmp_path: Path
) -> None:
    expected, n_events = undisturbed
    day = before.copy(tmp_path)
    numbers = random.Random(SEED * 1_000 + kill)  # noqa: S311 - which moment, not a secret
    ended = _stream(day, at=numbers.randint(1, n_events))
    assert ended.was_killed
    if kill % 3 == 2:
        assert _stream(day, at=numbers.randint(1, max(1, n_events // 2))).code in (None, 0)
    assert _stream(day).code == 0
    for name in STREAM_TABLES:
        pd.testing.assert_frame_equal(day.streamed(name), expected.streamed(name), obj=name)
