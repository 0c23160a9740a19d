"""Starts processes that run a step, and kills them with all that belongs to them, at a moment or at an event."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.faults.storage_events import StorageEvent, StorageWatch

ROOT = Path(__file__).resolve().parents[2]
_STARTS_WITHIN_SECONDS = 300
_ENDS_WITHIN_SECONDS = 600
# How long the loop that watches looks away from the process.
_TICK = 0.05


@dataclass(frozen=True)
class Ended:
    """How a process ended: killed after `seconds` and these events, or by itself with an exit code."""

    seconds: float
    events: tuple[StorageEvent, ...]
    code: int | None

    @property
    def was_killed(self) -> bool:
        return self.code is None


class Victim:
    """A process in a session of its own (driver, JVM and Python workers), started ahead and waiting for its order."""

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        self._scratch = tempfile.mkdtemp(prefix="victim-")
        self._output = Path(self._scratch, "output")
        own = {"SPARK_LOCAL_DIRS": self._scratch, "PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.victim"],
                cwd=ROOT,
                env={**os.environ, **own, **(environment or {})},
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._jvm: list[int] = []

    def run(
        self,
        order: Mapping[str, Any],
        folder: Path,
        *,
        after: float | None = None,
        at: Collection[int] = (),
        strike: Callable[[], None] | None = None,
    ) -> Ended:
        """Run `order`, whose files are in `folder`; `strike` `after` so many seconds of work and `at` its nth events.

        The strike kills it, unless another one is given.
        """
        strike = strike or self.kill
        self.make_ready()
        with StorageWatch(folder) as watch:
            self.begin(order)
            started = time.monotonic()
            events: list[StorageEvent] = []
            while self._process.poll() is None and (elapsed := time.monotonic() - started) < _ENDS_WITHIN_SECONDS:
                left = _TICK if after is None else min(_TICK, after - elapsed)
                if left <= 0:
                    after = None
                    strike()
                    continue
                for event in watch.events(seconds=left):
                    events.append(event)
                    if len(events) in at:
                        strike()
            seconds = time.monotonic() - started
            code = self.wait()
            events += watch.drained()
        return Ended(seconds, tuple(events), None if code == -signal.SIGKILL else code)

    def make_ready(self) -> None:
        """Wait until its session is warm."""
        self._wait_for("ready")
        # Looked up now: at the moment of the kill nothing may take time.
        self._jvm = _session_of(self._process.pid, "java")

    def begin(self, order: Mapping[str, Any]) -> None:
        """Give it its order; returns once it works."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        self._process.stdin.close()
        self._wait_for("started")

    def wait(self) -> int:
        """Its exit code, once it has ended."""
        return self._process.wait(timeout=_ENDS_WITHIN_SECONDS)

    def kill(self) -> None:
        """SIGKILL to the JVM, the driver and the Python workers, in this order; returns when all are gone."""
        for pid in (*self._jvm, self._process.pid):
            os.kill(pid, signal.SIGKILL)
        while left := _session_of(self._process.pid):
            for pid in left:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self._process.poll()

    def said(self) -> str:
        """What it has written to standard output and standard error."""
        return self._output.read_text(encoding="utf-8", errors="replace")

    def clear(self) -> None:
        """End it if it still runs, and remove its scratch folder."""
        if self._process.poll() is None:
            self.kill()
            self._process.wait(timeout=60)
        shutil.rmtree(self._scratch, ignore_errors=True)

    def _wait_for(self, word: str) -> None:
        deadline = time.monotonic() + _STARTS_WITHIN_SECONDS
        while word not in self.said().split():
            assert self._process.poll() is None, self.said()
            assert time.monotonic() < deadline, f"`{word}` did not come: {self.said()}"
            time.sleep(0.005)


def kill_executor(folder: Path) -> bool:
    """SIGKILL to one executor of a cluster whose files are in `folder`; false if there is none."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                is_executor = b"CoarseGrainedExecutorBackend" in (entry / "cmdline").read_bytes()
                if is_executor and (entry / "cwd").readlink().is_relative_to(folder):
                    os.kill(int(entry.name), signal.SIGKILL)
                    return True
    return False


def _session_of(leader: int, command: str | None = None) -> list[int]:
    """The processes of the session that `leader` leads, of those that run `command`; dead ones do not count."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                name = (entry / "comm").read_text().strip()
            except OSError:  # it has ended meanwhile
                continue
            if int(fields[3]) == leader and fields[0] not in "ZX" and command in (None, name):
                found.append(int(entry.name))
    return found
