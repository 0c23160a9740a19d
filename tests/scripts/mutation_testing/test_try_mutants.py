"""Trying the mutants of a tiny project of known weak and strong tests, from the command line to the verdicts."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SOURCE = """\
def doubled(value):
    return value * 2


def countdown(start):
    left = start
    while left > 0:
        left -= 1
    return left


def unwatched(value):
    return value + 1


def fetched(session, value):
    return session.get(value)


def endless(value):
    while value > 0:
        value -= 1
    return value


def checked(value):
    if value < 0:
        raise ValueError("a value is 0 or more")
    return value
"""
TESTS = """\
import pytest

from shop.price import checked, countdown, doubled, endless, fetched, unwatched


@pytest.fixture(scope="module")
def twice():
    return doubled(3)


def test_another_test_uses_the_fixture_first(twice):
    assert twice


def test_doubled(twice):
    assert twice == 6


def test_countdown():
    assert countdown(3) == 0


def test_unwatched_is_called_but_not_looked_at():
    unwatched(1)


@pytest.fixture(scope="module")
def found(_session):
    return fetched(_session, "a")


def test_fetched(found):
    assert found == 1


def test_endless(_session):
    assert endless(3) == 0


def test_checked():
    assert checked(0) == 0
"""
# Tests of this session-wide fixture run in one process, as those with a Spark session do.
CONFTEST = """\
import os

import pytest


@pytest.fixture(scope="session")
def _session():
    with open("sessions.txt", "a") as started:
        started.write(f"{os.getpid()} ")
    yield {"a": 1}
"""
CONFIGURATION = """\
[tool.mutmut]
source_paths = ["shop"]
only_mutate = ["shop/*"]
timeout_constant = 1.0
timeout_multiplier = 1.0
pytest_add_cli_args_test_selection = ["tests"]
do_not_mutate_patterns = ['^\\s*raise \\w+\\(']

[tool.pytest.ini_options]
addopts = "--import-mode=importlib"
pythonpath = ["."]
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    for name, text in {
        "shop/__init__.py": "",
        "shop/price.py": SOURCE,
        "tests/test_price.py": TESTS,
        "tests/conftest.py": CONFTEST,
        "pyproject.toml": CONFIGURATION,
    }.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return folder


def try_mutants(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "scripts.try_mutants", *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def statuses(folder: Path) -> dict[str, int]:
    return dict(json.loads((folder / "mutants/shop/price.py.meta").read_text())["exit_code_by_key"])


def test_killed_hanging_and_surviving_mutants_are_told_apart(project: Path) -> None:
    run = try_mutants(project, "--least", "0.9")
    assert run.returncode == 1, run.stderr
    codes = statuses(project)
    of = {
        name: [code for mutant, code in codes.items() if f".x_{name}_" in mutant]
        for name in ("doubled", "countdown", "unwatched", "checked", "fetched", "endless")
    }
    assert of["doubled"] == [1, 1]  # / and * 3: only the second test that uses the fixture notices
    assert 36 in of["countdown"]  # left = 1 or += 1 never ends
    assert set(of["countdown"]) <= {0, 1, 36}
    assert of["unwatched"] == [0, 0]  # called, so tried, but nothing is asserted
    assert of["checked"] == [1, 1]  # <= 0 and < 1; the sentence is no mutant
    assert set(of["fetched"]) == {1}  # a fixture of the module is set up anew for each mutant of one session
    assert 36 in of["endless"]
    assert set(of["endless"]) <= {0, 1, 36}
    sessions = (project / "mutants/sessions.txt").read_text().split()
    assert len(sessions) == 1  # one session for the coverage and all mutants
    assert "survived: shop.price.x_unwatched__mutmut_1" in run.stdout
    assert "timeout: shop.price.x_countdown" in run.stdout


def test_a_second_run_tries_again_only_what_may_have_changed(project: Path) -> None:
    before = statuses(project)
    meta = project / "mutants/shop/price.py.meta"
    unchanged = meta.stat().st_mtime_ns
    tests = project / "tests/test_price.py"
    tests.write_text(tests.read_text().replace("    unwatched(1)", "    assert unwatched(1) == 2"))
    run = try_mutants(project, "--only", "*unwatched*")
    assert run.returncode == 0, run.stderr
    assert meta.stat().st_mtime_ns > unchanged
    after = statuses(project)
    assert {name: code for name, code in after.items() if before[name] != code} == {
        "shop.price.x_unwatched__mutmut_1": 1,
        "shop.price.x_unwatched__mutmut_2": 1,
    }
    unchanged = meta.stat().st_mtime_ns
    assert try_mutants(project, "--only", "*unwatched*").returncode == 0
    assert meta.stat().st_mtime_ns == unchanged


def test_a_test_that_fails_without_any_mutant_stops_the_run(project: Path) -> None:
    tests = project / "tests/test_price.py"
    tests.write_text(tests.read_text().replace("countdown(3) == 0", "countdown(3) == 1"))
    run = try_mutants(project)
    assert run.returncode == 2
    assert "test_countdown fails on the unmutated code; mend it first." in run.stderr
