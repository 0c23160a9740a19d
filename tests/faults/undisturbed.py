"""The run that nothing disturbs: what every step starts from, what it leaves, and how long it works."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pyspark.sql import SparkSession

from scripts.warehouse_content import Content, content_of
from tests.faults.storage_events import StorageEvent, StorageWatch
from tests.faults.victim import run_order
from tests.faults.world import TUESDAY, Stage, clock_of, copy_state, stages, write_conf

STAGES = stages()
CHAIN = Stage("run_chain", TUESDAY)
# A process meets its step cold; the undisturbed run did not.
_COLD = 2.0


@dataclass
class Undisturbed:
    """The folders before and after each stage by its position, and of Tuesday's chain, whose position is None."""

    root: Path
    befores: dict[int | None, Path] = field(default_factory=dict)
    afters: dict[int | None, Path] = field(default_factory=dict)
    seconds: dict[int | None, float] = field(default_factory=dict)
    events: dict[int | None, Sequence[StorageEvent]] = field(default_factory=dict)
    _contents: dict[tuple[int | None, bool], Content] = field(default_factory=dict)

    @property
    def shared(self) -> Path:
        """Logs, truth and design."""
        return self.root / "shared"

    def start(self, position: int | None, folder: Path) -> None:
        """Make `folder` what the stage at `position` starts from."""
        copy_state(self.befores[position], folder, self.shared)

    def content(self, position: int | None, *, same_clock: bool) -> Content:
        """What the stage at `position` leaves."""
        key = (position, same_clock)
        if key not in self._contents:
            self._contents[key] = content_of(self.afters[position], same_clock=same_clock)
        return self._contents[key]

    def content_of_stages(self, first: int, last: int, *, same_clock: bool) -> Content:
        """What the stages from `first` to `last` leave, as if all had run in one folder."""
        places = [self.afters[position] for position in range(first, last)]
        return content_of(self.afters[last], same_clock=same_clock, places=places)


def stage_at(position: int | None) -> Stage:
    """The stage at `position`."""
    return CHAIN if position is None else STAGES[position]


def position_of(name: str) -> int:
    """Where the stage called `name` is."""
    return next(position for position, stage in enumerate(STAGES) if stage.name == name)


def order_of(position: int | None, folder: Path, *, run: str, now: datetime | None = None) -> dict[str, str]:
    """The order to run the stage at `position` in `folder`, at its own time or at `now`; the chain has a clock."""
    stage = stage_at(position)
    time_of_run = now or clock_of(position or 0)
    conf = str(folder / f"{stage.conf}.yaml")
    return {"job": stage.job, "ds": f"{stage.ds}", "conf": conf, "run": run, "now": time_of_run.isoformat()}


def tell(spark: SparkSession, root: Path) -> Undisturbed:
    """Run every stage after the other, keeping what lies before and after it, and then Tuesday's chain alone.

    `root`/shared has the logs, their truth and the design.
    """
    told = Undisturbed(root)
    empty = root / "empty"
    (empty / "warehouse").mkdir(parents=True)
    write_conf(empty, told.shared)
    after = empty
    for position, stage in enumerate(STAGES):
        if stage.after is not None:
            after = told.afters[position_of(stage.after)]
        before = root / f"{position:02}-before"
        copy_state(after, before, told.shared)
        if stage.prepare is not None:
            stage.prepare(before, stage.ds)
        after = _run(spark, told, position, before)
    _run(spark, told, None, told.befores[position_of(f"build_interaction_units-{TUESDAY:%a}".lower())])
    return told


def _run(spark: SparkSession, told: Undisturbed, position: int | None, before: Path) -> Path:
    after = told.root / ("chain" if position is None else f"{position:02}-after")
    told.befores[position], told.afters[position] = before, after
    told.start(position, after)
    started = time.monotonic()
    with StorageWatch(after) as watch:
        run_order(spark, order_of(position, after, run="run-000000000000"))
        told.events[position] = watch.drained()
    told.seconds[position] = _COLD * (time.monotonic() - started)
    return after
