"""The wheel installs as any other, holds what the zip holds, and is entered by the name of a job."""

import os
import subprocess
import sys
import zipfile
from datetime import date
from pathlib import Path

import pytest

from lib.command_line import argument_parser
from scripts.build_wheel import build_wheel
from scripts.build_zip import package_files

IN_AN_EMPTY_FOLDER = """
import conf, lib.settings as settings
from importlib.metadata import entry_points
assert "site" in conf.__file__, conf.__file__
assert settings.load_settings("cluster").spark.master is None
(entry,) = entry_points(group="console_scripts", name="plumbline")
import sys
sys.argv = ["plumbline", "no_such_job"]
try:
    entry.load()()
except SystemExit as end:
    print(end.code)
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which pip has installed the wheel."""
    place = tmp_path_factory.mktemp("wheel")
    wheel = build_wheel(place)
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target"]
    subprocess.run([*command, str(place / "site"), str(wheel)], check=True, capture_output=True)
    return place / "site"


def test_it_holds_what_the_zip_holds(tmp_path: Path) -> None:
    wheel = build_wheel(tmp_path / "one")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {path.as_posix() for path in package_files()} <= names
    assert build_wheel(tmp_path / "two").read_bytes() == wheel.read_bytes()


def test_pip_installs_it_and_a_failure_is_an_exit_code(site: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(site)}
    result = subprocess.run(
        [sys.executable, "-c", IN_AN_EMPTY_FOLDER],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout == "2\n"
    assert result.stderr.startswith("plumbline: name a job first: acknowledge_alert, audit_design,")


def test_success_ends_without_an_exit(monkeypatch: pytest.MonkeyPatch) -> None:
    from jobs import __main__ as entry  # noqa: PLC0415 - a module of this name is not for the top of a file

    monkeypatch.setattr(entry, "main", lambda: 0)
    assert entry.enter() is None
    monkeypatch.setattr(entry, "main", lambda: 1)
    with pytest.raises(SystemExit, match="1"):
        entry.enter()


@pytest.mark.parametrize(
    ("text", "day"), [("2026-03-02", date(2026, 3, 2)), ("2026-03-02~1", date(2026, 3, 1)), ("2026-03-01~1", None)]
)
def test_a_scheduler_may_name_the_day_on_which_it_runs(text: str, day: date | None) -> None:
    assert argument_parser("").parse_args(["--ds", text]).ds == (day or date(2026, 2, 28))


@pytest.mark.parametrize("text", ["2026-03-02~", "2026-03-02~-1", "2026-03-02~1.5", "~1", "2026-03-02~99999", "today"])
def test_what_is_no_day_is_refused(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        argument_parser("").parse_args(["--ds", text])
    assert "argument --ds: invalid day value" in capsys.readouterr().err
