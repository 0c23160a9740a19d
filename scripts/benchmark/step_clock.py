"""Measures the steps of an engine inside its process; beginnings and ends are lines of JSON on standard output."""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from scripts.benchmark.process_tree import cpu_seconds, seconds_since_start

START = "start"


class StepClock:
    """Tells a reader of standard output which step runs and what it cost; the first is what it took to start."""

    def __init__(self, ds: date) -> None:
        """End the step `start` of day `ds`: everything since the process began."""
        self._pid = os.getpid()
        self._tell(ds, START, cpu=cpu_seconds(self._pid), wall=seconds_since_start(self._pid), began_at=0.0)

    @contextmanager
    def step(self, ds: date, name: str) -> Iterator[None]:
        """Measure what is done within."""
        print(json.dumps({"begins": name, "ds": f"{ds}"}), flush=True)
        cpu, wall, began_at = cpu_seconds(self._pid), time.monotonic(), time.time()
        yield
        wall = time.monotonic() - wall
        self._tell(ds, name, cpu=cpu_seconds(self._pid) - cpu, wall=wall, began_at=began_at)

    def _tell(self, ds: date, name: str, *, cpu: float, wall: float, began_at: float) -> None:
        cost = {"cpu_seconds": cpu, "wall_seconds": wall, "began_at": began_at, "ended_at": time.time()}
        print(json.dumps({"ended": name, "ds": f"{ds}"} | cost), flush=True)
