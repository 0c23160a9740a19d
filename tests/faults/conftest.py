"""What the fault tests share: the undisturbed run, processes that wait to be killed, the count of kills."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from pyspark.sql import SparkSession

from tests.faults.kill_report import KillReport
from tests.faults.killing import Victim
from tests.faults.undisturbed import Undisturbed, tell
from tests.faults.world import ID_KEY, generate, somebody
from tests.labelling.llm.llm_server import running_server

_REPORT = KillReport()


@pytest.fixture(scope="session")
def undisturbed(_session: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Undisturbed]:
    """Every step run once; takes some minutes."""
    with pytest.MonkeyPatch.context() as patch, running_server(key=None, pause=0.02) as server:
        patch.setenv("PLUMBLINE_ID_KEY", ID_KEY)
        patch.setenv("PLUMBLINE_LLM_URL", server.url)
        root = tmp_path_factory.mktemp("undisturbed")
        generate(root / "shared")
        patch.setenv("PLUMBLINE_ERASED_USER", somebody(root / "shared"))
        yield tell(_session, root)


@pytest.fixture(scope="session")
def next_victim(undisturbed: Undisturbed) -> Iterator[Callable[[], AbstractContextManager[Victim]]]:
    """A process that was started ahead; the next one starts while it works."""
    waiting: list[Victim] = []

    @contextmanager
    def take() -> Iterator[Victim]:
        victim = waiting.pop() if waiting else Victim()
        waiting.append(Victim())
        try:
            yield victim
        finally:
            victim.clear()

    yield take
    for victim in waiting:
        victim.clear()


@pytest.fixture(scope="session")
def kill_report() -> KillReport:
    return _REPORT


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _REPORT.kills:
        terminalreporter.section("kills by step and window")
        for line in _REPORT.lines():
            terminalreporter.write_line(line)
