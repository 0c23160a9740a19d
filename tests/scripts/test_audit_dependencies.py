"""An audit that audited nothing, or not all, is a failure; a vulnerability is one too, and is named."""

import json
import stat
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from scripts.audit_dependencies import audit_of, main, pinned_packages, requirement_files

ROOT = Path(__file__).resolve().parents[2]
# What pip-audit 2.10.1 printed, with exit code 0 and "No known vulnerabilities found", where its service knew nothing.
WITHOUT_SERVICE = json.loads((Path(__file__).parent / "recorded" / "audit_without_service.json").read_text())
LOCK = """\
altair==6.3.0 \\
    --hash=sha256:00
anyio==4.16.0 ; sys_platform != 'emscripten' \\
    --hash=sha256:01
numpy==2.4.6 ; python_full_version < '3.12' \\
    --hash=sha256:02
numpy==2.5.5 ; python_full_version >= '3.12' \\
    --hash=sha256:03
"""
PINNED = [("altair", "6.3.0"), ("anyio", "4.16.0"), ("numpy", "2.4.6"), ("numpy", "2.5.5")]
# The form that pip-audit documents for a package with advisories.
ADVISORY = {"id": "PYSEC-2019-179", "fix_versions": ["7.0"], "aliases": ["CVE-2019-1010083"], "description": "A flaw."}
WriteProgram = Callable[[Sequence[Mapping[str, Any] | str]], Path]


def _report(packages: Sequence[tuple[str, str]], **vulns: list[dict[str, Any]]) -> dict[str, Any]:
    found = [{"name": name, "version": version, "vulns": vulns.get(name, [])} for name, version in packages]
    return {"dependencies": found, "fixes": []}


def test_every_pin_is_read_whatever_platform_it_is_for() -> None:
    assert pinned_packages(LOCK) == PINNED
    assert requirement_files(PINNED) == [PINNED[:3], PINNED[3:]]
    real = pinned_packages((ROOT / "requirements.lock").read_text(encoding="utf-8"))
    assert len(real) == sum(line[:1].isalnum() for line in (ROOT / "requirements.lock").read_text().splitlines())
    assert sorted(package for file in requirement_files(real) for package in file) == sorted(real)


def test_what_was_looked_up_and_is_clean_is_clean() -> None:
    audit = audit_of(PINNED, [_report(PINNED[:3]), _report([("NumPy", "2.5.5")])])
    assert audit.exit_code == 0
    assert audit.sentences() == ["4 pinned packages were looked up, 0 have known vulnerabilities."]


def test_a_service_that_knows_nothing_is_a_failure_and_not_a_clean_bill() -> None:
    audit = audit_of(PINNED, [WITHOUT_SERVICE, WITHOUT_SERVICE])
    assert audit.exit_code == 2
    (sentence,) = audit.sentences()
    assert sentence.startswith("NOT AUDITED: of 4 pinned packages only 0 were looked up")
    assert "altair 6.3.0 (Dependency not found on PyPI and could not be audited: altair (6.3.0))" in sentence


@pytest.mark.parametrize(
    "reports", [[], [{}], [{"dependencies": []}], [_report(PINNED[:3])], [_report([*PINNED[:3], ("numpy", "9.9")])]]
)
def test_a_package_that_no_report_mentions_was_not_audited(reports: list[dict[str, Any]]) -> None:
    audit = audit_of(PINNED, reports)
    assert audit.exit_code == 2
    assert ("numpy", "2.5.5") in audit.not_audited


def test_an_empty_lock_is_no_clean_bill() -> None:
    assert audit_of([], []).exit_code == 2


def test_a_vulnerability_is_named_even_if_others_were_not_looked_up() -> None:
    audit = audit_of(PINNED, [_report(PINNED[:2], altair=[ADVISORY, ADVISORY | {"fix_versions": []}])])
    assert audit.exit_code == 1
    first, second = audit.sentences()
    assert first == "altair 6.3.0: PYSEC-2019-179 (fixed in 7.0); PYSEC-2019-179 (fixed in no version yet)"
    assert second.startswith("NOT AUDITED: of 4 pinned packages only 2")


@pytest.fixture
def program(tmp_path: Path) -> WriteProgram:
    """A stand-in for pip-audit that checks how it is called, prints one report a call and ends as pip-audit does."""

    def write(reports: Sequence[Mapping[str, Any] | str]) -> Path:
        for position, report in enumerate(reports):
            text = report if isinstance(report, str) else json.dumps(report)
            (tmp_path / f"report_{position}").write_text(text)
        path = tmp_path / "pip-audit"
        path.write_text(
            f"#!{sys.executable}\n"
            "import pathlib, sys\n"
            "here = pathlib.Path(__file__).parent\n"
            "requirements = pathlib.Path(sys.argv[sys.argv.index('--requirement') + 1]).read_text()\n"
            "assert {'--no-deps', '--disable-pip', 'json'} <= set(sys.argv) and '==' in requirements\n"
            "report = sorted(here.glob('report_*'))[0]\n"
            "print(report.read_text())\n"
            "report.unlink()\n"
        )
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return path

    return write


@pytest.mark.parametrize(
    ("reports", "code", "said"),
    [
        ([_report(PINNED[:3]), _report(PINNED[3:])], 0, "4 pinned packages were looked up, 0 have"),
        ([WITHOUT_SERVICE, WITHOUT_SERVICE], 2, "NOT AUDITED: of 4"),
        (["", "no connection"], 2, "NOT AUDITED: of 4"),
        ([_report(PINNED[:3], anyio=[ADVISORY]), _report(PINNED[3:])], 1, "anyio 4.16.0: PYSEC-2019-179"),
    ],
)
def test_the_program_ends_with_what_was_found(
    tmp_path: Path, program: WriteProgram, capsys: pytest.CaptureFixture[str], reports: list[Any], code: int, said: str
) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text(LOCK)
    assert main(["--pip-audit", str(program(reports)), "--lock", str(lock)]) == code
    printed = capsys.readouterr()
    assert said in (printed.err if code else printed.out)
    assert list(tmp_path.glob("report_*")) == [], "each file of packages was audited"


def test_the_target_of_make_uses_this_program() -> None:
    shown = subprocess.run(
        ["make", "--dry-run", "audit-dependencies"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert "-m scripts.audit_dependencies --pip-audit .venv-audit/bin/pip-audit" in shown
