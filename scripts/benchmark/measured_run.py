"""Runs an engine in a process of its own, and watches the memory of its process tree while its steps run."""

import json
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.benchmark.process_tree import tree_use
from scripts.benchmark.step_clock import START

_SECONDS_BETWEEN_LOOKS = 0.25


@dataclass(frozen=True)
class StepCost:
    """What one step of one run used; memory in bytes, times in seconds, began_at and ended_at since 1970."""

    ds: str
    step: str
    cpu_seconds: float
    wall_seconds: float
    peak_bytes: int
    peak_jvm_bytes: int
    began_at: float
    ended_at: float


class _MemoryWatch(threading.Thread):
    """The largest resident memory of a process tree, of all processes and of JVMs alone, since it was last asked."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid, self._lock, self._ended = pid, threading.Lock(), threading.Event()
        self._peak = self._jvm_peak = 0

    def run(self) -> None:
        while not self._ended.wait(_SECONDS_BETWEEN_LOOKS):
            self.look()

    def look(self) -> None:
        use = tree_use(self._pid)
        with self._lock:
            self._peak = max(self._peak, sum(process.resident_bytes for process in use))
            self._jvm_peak = max(self._jvm_peak, sum(p.resident_bytes for p in use if p.name == "java"))

    def taken(self) -> tuple[int, int]:
        """Both peaks; looking begins anew."""
        self.look()
        with self._lock:
            peaks = self._peak, self._jvm_peak
            self._peak = self._jvm_peak = 0
        return peaks

    def end(self) -> None:
        self._ended.set()


def measured_run(command: Sequence[str], *, environment: Mapping[str, str], log: Path) -> list[StepCost]:
    """Run `command`, which tells of its steps by a StepClock, and return their costs in order.

    What it writes to standard error goes to the file `log`. Raises CalledProcessError if it fails.
    """
    costs = []
    with log.open("wb") as errors:
        process = subprocess.Popen(  # noqa: S603 - this interpreter with a module of ours
            command, env=dict(environment), stdout=subprocess.PIPE, stderr=errors, text=True
        )
        watch = _MemoryWatch(process.pid)
        watch.start()
        try:
            for line in process.stdout or ():
                told = _told(line)
                peaks = watch.taken() if told else (0, 0)
                if "ended" in told:
                    costs.append(_cost(told, *peaks))
        finally:
            watch.end()
            process.stdout.close() if process.stdout else None
            exit_code = process.wait()
    if exit_code or not costs or costs[0].step != START:
        raise subprocess.CalledProcessError(exit_code, list(command), stderr=f"see {log}")
    return costs


def _told(line: str) -> dict[str, Any]:
    """What a line says about a step; nothing if it is another line."""
    if not line.startswith("{"):
        return {}
    told: dict[str, Any] = json.loads(line)
    return told if told.keys() & {"begins", "ended"} else {}


def _cost(told: Mapping[str, Any], peak: int, jvm_peak: int) -> StepCost:
    return StepCost(
        ds=told["ds"],
        step=told["ended"],
        cpu_seconds=told["cpu_seconds"],
        wall_seconds=told["wall_seconds"],
        peak_bytes=peak,
        peak_jvm_bytes=jvm_peak,
        began_at=told["began_at"],
        ended_at=told["ended_at"],
    )
