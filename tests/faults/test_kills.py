"""Killed at any moment and run again, every step leaves the rows of a run that nothing disturbed.

A process runs one step on a copy of the warehouse as the step before it left it, is killed, and the step is run again
by another process (this one). Then every table and every file is compared with the undisturbed run's. A part of the
moments is drawn from the step's working time, the others from the events in its storage: a data file written, a commit
begun, a commit made.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from pyspark.sql import SparkSession

from scripts.warehouse_content import content_of
from tests.faults.harness import IS_RUN, N_KILLS, SEED, WHY_NOT
from tests.faults.kill_report import KillReport
from tests.faults.killing import Victim
from tests.faults.undisturbed import STAGES, Undisturbed, order_of, stage_at
from tests.faults.victim import run_order
from tests.faults.windows import commits, window_of
from tests.faults.world import clock_of

pytestmark = pytest.mark.skipif(not IS_RUN, reason=WHY_NOT)
# One in so many kills hits the whole chain, which then starts again from its first step.
_CHAIN_EVERY = 12
# One in so many kills is followed by a kill of the second run too.
_TWICE_EVERY = 6


@dataclass(frozen=True)
class Kill:
    """What is killed (the position of a stage; None: the chain), and what the moment is drawn from, in [0, 1)."""

    number: int
    position: int | None
    share: float
    is_at_event: bool
    is_twice: bool
    has_same_clock: bool

    def __str__(self) -> str:
        words = [f"{self.number}", stage_at(self.position).name, "event" if self.is_at_event else "time"]
        return "-".join([*words, f"{self.share:.2f}", *(["twice"] if self.is_twice else [])])


def planned_kills(n_kills: int, seed: int) -> list[Kill]:
    """Every stage once before any is hit again, in an order of the seed's."""
    draw = np.random.default_rng(seed)
    order: list[int] = []
    while len(order) < n_kills:
        order += draw.permutation(len(STAGES)).tolist()
    kills = []
    for number, position in enumerate(order[:n_kills]):
        is_chain = number % _CHAIN_EVERY == _CHAIN_EVERY - 1
        kills.append(
            Kill(
                number=number,
                position=None if is_chain else position,
                share=draw.random(),
                is_at_event=not is_chain and draw.random() < 0.6,
                is_twice=number % _TWICE_EVERY == 2,
                # The chain asks the machine's own clock.
                has_same_clock=not is_chain and draw.random() < 0.7,
            )
        )
    return kills


@pytest.mark.parametrize("kill", planned_kills(N_KILLS, SEED), ids=str)
def test_what_was_killed_and_run_again_is_as_if_nothing_had_been(
    spark: SparkSession,
    undisturbed: Undisturbed,
    next_victim: Callable[[], AbstractContextManager[Victim]],
    kill: Kill,
    kill_report: KillReport,
    tmp_path: Path,
) -> None:
    position, step = kill.position, stage_at(kill.position).job
    folder = tmp_path / "run"
    undisturbed.start(position, folder)
    events, before = undisturbed.events[position], undisturbed.befores[position]
    for attempt, share in enumerate([kill.share, 1 - kill.share] if kill.is_twice else [kill.share]):
        at = [1 + int(share * len(events))] if kill.is_at_event and events else []
        after = None if at else share * undisturbed.seconds[position]
        with next_victim() as victim:
            ended = victim.run(order_of(position, folder, run=f"run-11111111111{attempt}"), folder, after=after, at=at)
            assert ended.was_killed or ended.code == 0, victim.said()
        if not ended.was_killed:
            # It was done before its moment came. What is known now is how long it takes a process that starts cold.
            undisturbed.seconds[position] = ended.seconds
            kill_report.note_miss(step)
            break
        window = window_of(before, folder, commits(undisturbed.afters[position]))
        kill_report.note_kill(step, window, "an event" if at else "the time")

    later = clock_of(position or 0) + timedelta(minutes=0 if kill.has_same_clock else 37)
    run_order(spark, order_of(position, folder, run="run-222222222222", now=later))

    found = content_of(folder, same_clock=kill.has_same_clock)
    assert undisturbed.content(position, same_clock=kill.has_same_clock).differences(found) == []
