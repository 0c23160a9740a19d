"""What a process and all its descendants use: CPU time, and memory at this moment. Linux, from /proc."""

import os
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
# Positions after the name in /proc/PID/stat (proc_pid_stat(5)): parent, the four CPU times, start, resident pages.
_PARENT, _TIMES, _STARTED, _PAGES = 1, slice(11, 15), 19, 21


@dataclass(frozen=True)
class ProcessUse:
    """One process: CPU seconds of its own and of children it has waited for, and resident bytes."""

    name: str
    cpu_seconds: float
    resident_bytes: int


def tree_use(root: int) -> list[ProcessUse]:
    """The use of process `root` and of its living descendants; what has ended in between is left out."""
    found = {int(entry.name): fields for entry in _PROC.iterdir() if entry.name.isdigit() and (fields := _stat(entry))}
    children: dict[int, list[int]] = {}
    for pid, (_, numbers) in found.items():
        children.setdefault(int(numbers[_PARENT]), []).append(pid)
    use, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        waiting += children.get(pid, [])
        if pid in found:
            name, numbers = found[pid]
            ticks = sum(int(number) for number in numbers[_TIMES])
            use.append(ProcessUse(name, ticks / _TICKS_PER_SECOND, int(numbers[_PAGES]) * _PAGE_BYTES))
    return use


def cpu_seconds(root: int) -> float:
    """CPU seconds of the tree since its processes began."""
    return sum(process.cpu_seconds for process in tree_use(root))


def seconds_since_start(pid: int) -> float:
    """Wall seconds since the process began."""
    fields = _stat(_PROC / str(pid))
    if fields is None:
        raise ProcessLookupError(f"There is no process {pid}.")
    uptime = float((_PROC / "uptime").read_text(encoding="ascii").split()[0])
    return uptime - int(fields[1][_STARTED]) / _TICKS_PER_SECOND


def _stat(process: Path) -> tuple[str, list[str]] | None:
    try:
        text = (process / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # The name is in brackets and may hold anything, brackets too.
    before, _, after = text.rpartition(")")
    return before.partition("(")[2], after.split()
