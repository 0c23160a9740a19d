"""Runs tests against mutants from inside the folder of mutated sources; started by `worker_process`, not by hand.

mutmut forks a process per mutant and starts pytest anew in it. Here one pytest session collects the tests once. Tests
without Spark run in a forked child per mutant, so that no mutant leaves anything behind. A Spark session does not
survive a fork: tests that use it run in this process, one mutant after the other with the same session, and fixtures of
functions, classes and modules are set up anew for each. mutmut's trampolines choose the mutant when a function is
called, so nothing is imported again.
"""

import gc
import os
import resource
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from types import FrameType
from typing import Any, cast

import pytest
from hypothesis import Phase, settings
from mutmut.mutation.trampoline import set_mutant_under_test
from mutmut.state import state

SESSION_FIXTURE = "_session"
KILLED, SURVIVED, HANGS, CRASHED = 1, 0, 36, 35
_LARGEST_MEMORY = 6 * 2**30
# A test, whether it passed, the functions that it called, its seconds.
Covered = tuple[str, bool, list[str], float]


class _HangsError(BaseException):
    """Raised in a test that used up its processor time; tests that catch Exception do not catch it."""


class TrialRunner:
    """A pytest plugin that replaces the loop over all tests by answers to requests on `connection`.

    It first sends [(test, uses Spark), …] in the order of collection. A request ("cover", [test, …]) with tests of one
    file is answered by [(test, has it passed on the unmutated code, functions called, seconds), …]; a request
    ("try", mutant, [(test, processor seconds), …]) by (exit code as mutmut stores it, the test that failed or None).
    None ends the loop.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._has_failed = False
        self._has_hung = False

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Answer requests until there are no more."""
        items = {item.nodeid: item for item in session.items}
        self._connection.send([(nodeid, _uses_spark(item)) for nodeid, item in items.items()])
        gc.freeze()  # what is never collected stays shared with the children
        while (request := self._connection.recv()) is not None:
            if request[0] == "cover":
                self._connection.send(self._cover([items[test] for test in request[1]]))
            else:
                _, mutant, tests = request
                self._connection.send(self._try(mutant, [(items[test], limit) for test, limit in tests]))
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note that the running test, or one of its fixtures, failed."""
        self._has_failed = self._has_failed or report.failed

    def _cover(self, items: Sequence[pytest.Item]) -> list[Covered]:
        def run() -> list[Covered]:
            set_mutant_under_test("stats")
            alone = []
            for item, next_item in zip(items, _following(items), strict=True):
                state()._stats.clear()  # where mutmut's trampolines note the functions that were called
                start = time.monotonic()
                has_passed = self._passes(item, next_item)
                alone.append((item.nodeid, has_passed, set(state()._stats), time.monotonic() - start))
            return _with_shared(items, alone)

        if any(_uses_spark(item) for item in items):
            return run()
        _, answer = _in_child(run)
        return cast(list[Covered], answer or [])

    def _try(self, mutant: str, tests: Sequence[tuple[pytest.Item, float]]) -> tuple[int, str | None]:
        def run() -> tuple[int, str | None]:
            set_mutant_under_test(mutant)
            self._has_hung = False
            for (item, limit), next_item in zip(tests, _following([item for item, _ in tests]), strict=True):
                if not self._passes(item, next_item, limit):
                    return HANGS if self._has_hung else KILLED, item.nodeid
            return SURVIVED, None

        if any(_uses_spark(item) for item, _ in tests):
            return run()
        exit_code, answer = _in_child(run)
        return cast(tuple[int, str | None], answer) if answer else (exit_code or CRASHED, None)

    def _passes(self, item: pytest.Item, next_item: pytest.Item | pytest.Session, limit: float = 0.0) -> bool:
        """Whether the test passes within `limit` seconds of processor time; 0 for no limit."""
        self._has_failed = False
        signal.signal(signal.SIGPROF, self._hangs)
        signal.setitimer(signal.ITIMER_PROF, limit)
        try:
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=next_item)
        except _HangsError:
            return False  # between a fixture and the test, where pytest does not catch it
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0.0)
        return not self._has_failed

    def _hangs(self, _signal: int, _frame: FrameType | None) -> None:
        self._has_hung = True
        raise _HangsError


def _following(items: Sequence[pytest.Item]) -> list[pytest.Item | pytest.Session]:
    """What comes after each: after the last one the session, so that only the fixtures of the session are kept."""
    return [*items[1:], items[0].session]


def _with_shared(items: Sequence[pytest.Item], alone: Sequence[tuple[str, bool, set[str], float]]) -> list[Covered]:
    """What a test calls and takes alone, if another one of the file ran what both share: a wide fixture, a cache."""
    sharing: defaultdict[object, list[int]] = defaultdict(list)
    for position, item in enumerate(items):
        for shared in _shared(cast(pytest.Function, item)):
            sharing[shared].append(position)
    functions, seconds = [set(found) for _, _, found, _ in alone], [time_taken for *_, time_taken in alone]
    for positions in sharing.values():
        for position in positions:
            functions[position] |= set().union(*(alone[other][2] for other in positions))
            seconds[position] = max(seconds[position], *(alone[other][3] for other in positions))
    return [(alone[i][0], alone[i][1], sorted(functions[i]), seconds[i]) for i in range(len(items))]


def _shared(item: pytest.Function) -> list[object]:
    """Names of the fixtures that outlive the test, and the module if it keeps results of its functions."""
    definitions = item._fixtureinfo.name2fixturedefs
    wide = [name for name, found in definitions.items() if found[-1].scope != "function" and name != SESSION_FIXTURE]
    has_cache = any(hasattr(value, "cache_clear") for value in vars(item.module).values())
    return [*wide, *([item.module] if has_cache else [])]


def _uses_spark(item: pytest.Item) -> bool:
    return SESSION_FIXTURE in cast(pytest.Function, item).fixturenames


def _in_child(run: Callable[[], object]) -> tuple[int, object]:
    """Exit code (negative: the signal that ended it) and result of `run` in a forked process; None if it sent none."""
    receiver, sender = Pipe(duplex=False)
    child = os.fork()
    if child == 0:
        try:
            resource.setrlimit(resource.RLIMIT_AS, (_LARGEST_MEMORY, resource.RLIM_INFINITY))
            sender.send(run())
        finally:
            os._exit(0)
    sender.close()
    answer: Any = None
    try:
        answer = receiver.recv()
    except EOFError:
        pass  # it was ended by a signal: the exit code says by which
    finally:
        receiver.close()
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status), answer


def main() -> int:
    """Collect the tests named after the pipe's number, then answer requests."""
    connection = Connection(int(sys.argv[1]))
    options = ["--quiet", "--rootdir=.", "--tb=no", "--capture=no", "-p", "no:cacheprovider"]
    # The same examples for every mutant, without a deadline; a failing one need not be made simple.
    phases = (Phase.explicit, Phase.generate)
    settings.register_profile("mutants", settings.get_profile("ci"), phases=phases)
    options += ["--hypothesis-profile=mutants"]
    return int(pytest.main([*options, *sys.argv[2:]], plugins=[TrialRunner(connection)]))


if __name__ == "__main__":
    sys.exit(main())
