"""A Spark cluster of real processes on this machine: a master and two workers of one core each."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pyspark

from lib.session import jar_folder

SPARK_HOME = Path(pyspark.__file__).parent
N_WORKERS = 2
_STARTED_WITHIN_SECONDS = 60


def spark_environment(folder: Path) -> dict[str, str]:
    """The environment of Spark's own processes: nothing of the Spark or project that starts them gets through."""
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


@dataclass
class StandaloneCluster:
    """A master's URL, and the processes of its workers."""

    url: str
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def kill_worker(self) -> None:
        """SIGKILL to one worker and to its executor; the other one goes on alone."""
        _kill(self.workers.pop())


@contextmanager
def standalone_cluster(folder: Path, *, worker_memory: str = "1g") -> Iterator[StandaloneCluster]:
    """The cluster, while master and workers run; logs and executors' files lie in `folder`."""
    url = f"spark://127.0.0.1:{_free_port()}"
    port = url.rpartition(":")[2]
    master_log = folder / "master.log"
    master = _start(folder, "master", "Master", "--host", "127.0.0.1", "--port", port, "--webui-port", "0")
    cluster = StandaloneCluster(url)
    try:
        _wait_for(master_log, "I have been elected leader", 1)
        for number in range(N_WORKERS):
            work = str(folder / f"work_{number}")
            limits = ("--cores", "1", "--memory", worker_memory, "--webui-port", "0", "--work-dir", work)
            cluster.workers.append(_start(folder, f"worker_{number}", "Worker", *limits, url))
        _wait_for(master_log, "Registering worker", N_WORKERS)
        yield cluster
    finally:
        for process in [*cluster.workers, master]:
            _kill(process)


def submit_command(line: Sequence[str], properties: Mapping[str, str]) -> list[str]:
    """The words of `print_submit_line` as a command here; Delta's JARs are not fetched if they are there."""
    words = list(line)
    if any(jar_folder().glob("*delta-spark*.jar")):
        first = words.index("--packages")
        del words[first : words.index("--exclude-packages") + 2]
    options = [word for name, value in properties.items() for word in ("--conf", f"{name}={value}")]
    return [str(SPARK_HOME / "bin" / "spark-submit"), *options, *words[1:]]


def _kill(process: subprocess.Popen[bytes]) -> None:
    # A worker's executors are in its process group: nothing survives.
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _start(folder: Path, name: str, role: str, *arguments: str) -> subprocess.Popen[bytes]:
    command = [str(SPARK_HOME / "bin" / "spark-class"), f"org.apache.spark.deploy.{role.lower()}.{role}", *arguments]
    with (folder / f"{name}.log").open("wb") as log:
        return subprocess.Popen(  # noqa: S603 - Spark's own daemons
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
