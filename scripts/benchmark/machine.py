"""What the figures come from: processor, cores, memory, load, and the versions of the engines."""

import os
import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

_PACKAGES = ("pyspark", "delta-spark", "duckdb", "polars", "deltalake")


def machine_facts() -> Mapping[str, str]:
    """Name -> fact, as text for a page."""
    model = next((line.partition(":")[2].strip() for line in _lines("cpuinfo") if line.startswith("model name")), "?")
    memory = next((int(line.split()[1]) for line in _lines("meminfo") if line.startswith("MemTotal")), 0)
    return {
        "processor": f"{model}, {os.cpu_count()} cores",
        "memory": f"{memory / 2**20:.0f} GB",
        "system": f"{platform.system()} {platform.machine()}",
        "load at the end (1, 5, 15 minutes)": " ".join(f"{load:.1f}" for load in os.getloadavg()),
        "packages": ", ".join(f"{name} {version(name)}" for name in _PACKAGES),
    }


def _lines(name: str) -> list[str]:
    return (Path("/proc") / name).read_text(encoding="utf-8").splitlines()
