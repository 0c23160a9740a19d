"""A worker as its parent sees it: requests and answers over a pipe, and an end for whoever does not answer."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from multiprocessing import Pipe
from pathlib import Path
from typing import Any

_PROGRAM = Path(__file__).with_name("worker.py")
_LONGEST_COLLECTION = 600.0


class WorkerError(Exception):
    """The worker ended, or did not answer in time and was ended."""


class WorkerProcess:
    """Tests under `folder`, the mutated copy of the project, ready to be run against any mutant.

    Attributes:
        tests: test -> whether it uses Spark, in the order of collection

    """

    def __init__(self, folder: Path, selection: Sequence[str], log: Path) -> None:
        self._connection, end = Pipe()
        # One thread a process: the mutants are what runs side by side.
        environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        with log.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603 - our own program, tests by their names
                [sys.executable, str(_PROGRAM.resolve()), str(end.fileno()), *selection],
                cwd=folder,
                env=environment,
                pass_fds=[end.fileno()],
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        end.close()
        self.tests: dict[str, bool] = dict(self._answer(_LONGEST_COLLECTION, f"see {log}"))

    def cover(self, tests: Sequence[str], *, longest: float) -> list[tuple[str, bool, list[str], float]]:
        """Of tests of one file: the test, whether it passes on the unmutated code, the functions it calls, its seconds.

        Raises WorkerError as `try_mutant`.
        """
        return list(self._ask(("cover", list(tests)), longest))

    def try_mutant(self, mutant: str, tests: Sequence[tuple[str, float]], *, longest: float) -> tuple[int, str | None]:
        """Exit code as mutmut stores it, and the test that noticed; `tests` have limits in processor seconds.

        Raises WorkerError if the worker ends or is silent for `longest` seconds; it is then of no more use.
        """
        exit_code, killer = self._ask(("try", mutant, list(tests)), longest)
        return exit_code, killer

    def stop(self) -> None:
        """End the worker with all that it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._connection.close()

    def _ask(self, request: tuple[Any, ...], longest: float) -> Any:
        self._connection.send(request)
        return self._answer(longest, f"asked for {request[1]}")

    def _answer(self, longest: float, what: str) -> Any:
        try:
            if self._connection.poll(longest):
                return self._connection.recv()
        except (EOFError, ConnectionResetError) as error:
            self.stop()
            raise WorkerError(f"the worker ended, {what}") from error
        self.stop()
        raise WorkerError(f"the worker was silent for {longest:.0f} s, {what}")
