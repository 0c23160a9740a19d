"""A Spark cluster of real processes on this machine: a master and two workers of one core each."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyspark

SPARK_HOME = Path(pyspark.__file__).parent
N_WORKERS = 2
_STARTED_WITHIN_SECONDS = 60


def spark_environment(folder: Path) -> dict[str, str]:
    """The environment of Spark's own processes: nothing of the test session's Spark or project gets through."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("SPARK_", "PYSPARK_")) and name != "PYTHONPATH"
    }
    return inherited | {
        "SPARK_HOME": str(SPARK_HOME),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_DAEMON_JAVA_OPTS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
        "SPARK_LOCAL_DIRS": str(folder / "spark_local"),
    }


@contextmanager
def standalone_cluster(folder: Path) -> Iterator[str]:
    """The master's URL, while master and workers run; logs and executors' files lie in `folder`."""
    url = f"spark://127.0.0.1:{_free_port()}"
    port = url.rpartition(":")[2]
    master_log = folder / "master.log"
    processes = [_start(folder, "master", "Master", "--host", "127.0.0.1", "--port", port, "--webui-port", "0")]
    try:
        _wait_for(master_log, "I have been elected leader", 1)
        for number in range(N_WORKERS):
            work = str(folder / f"work_{number}")
            limits = ("--cores", "1", "--memory", "1g", "--webui-port", "0", "--work-dir", work)
            processes.append(_start(folder, f"worker_{number}", "Worker", *limits, url))
        _wait_for(master_log, "Registering worker", N_WORKERS)
        yield url
    finally:
        for process in reversed(processes):
            # A worker's executors are in its process group: nothing survives the test.
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _start(folder: Path, name: str, role: str, *arguments: str) -> subprocess.Popen[bytes]:
    command = [str(SPARK_HOME / "bin" / "spark-class"), f"org.apache.spark.deploy.{role.lower()}.{role}", *arguments]
    with (folder / f"{name}.log").open("wb") as log:
        return subprocess.Popen(
            command, cwd=folder, env=spark_environment(folder), stdout=log, stderr=log, start_new_session=True
        )


def _wait_for(log: Path, text: str, times: int) -> None:
    deadline = time.monotonic() + _STARTED_WITHIN_SECONDS
    while log.read_text(encoding="utf-8", errors="replace").count(text) < times:
        if time.monotonic() > deadline:
            raise TimeoutError(f"`{text}` did not come {times} times in {log}:\n{log.read_text(errors='replace')}")
        time.sleep(0.1)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
