"""Bytes that Spark shuffled and spilled in a span of time, from its event log."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class TaskTraffic:
    """What one task moved: bytes written for a shuffle, bytes spilled to disk; `ended_at` in seconds since 1970."""

    ended_at: float
    shuffle_bytes: int
    spilled_bytes: int


def task_traffic(folder: Path) -> list[TaskTraffic]:
    """Every successful task of the event logs in `folder`, whole files or rolled ones, uncompressed."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.name.startswith("appstatus")]
    return [task for path in files for task in _tasks(path)]


def bytes_between(tasks: Iterable[TaskTraffic], began_at: float, ended_at: float) -> tuple[int, int]:
    """Bytes shuffled and bytes spilled by the tasks that ended in the span."""
    within = [task for task in tasks if began_at <= task.ended_at <= ended_at]
    return sum(task.shuffle_bytes for task in within), sum(task.spilled_bytes for task in within)


def _tasks(path: Path) -> Iterable[TaskTraffic]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            # Plans make most lines long; only these are read.
            if '"SparkListenerTaskEnd"' in line:
                event: dict[str, Any] = json.loads(line)
                metrics = event.get("Task Metrics") or {}
                yield TaskTraffic(
                    ended_at=event["Task Info"]["Finish Time"] / 1000,
                    shuffle_bytes=metrics.get("Shuffle Write Metrics", {}).get("Shuffle Bytes Written", 0),
                    spilled_bytes=metrics.get("Disk Bytes Spilled", 0),
                )
