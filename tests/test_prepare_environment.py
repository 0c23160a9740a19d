"""A machine without a suitable Python or Java gets one sentence, exit code 2, and nothing is made."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "scripts" / "prepare_environment.sh"
UNIX_TOOLS = ("grep", "head", "sed")
OLD_PYTHON = '#!/bin/sh\n[ "$1" = --version ] && echo Python 3.9.2 && exit 0\nexit 1\n'
NO_JAVA_HERE = "#!/bin/sh\necho 'No Java runtime present, requesting install.' >&2\nexit 1\n"


class Machine:
    """A PATH that holds a few Unix tools and the programs a test puts there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.programs = folder / "bin"
        self.programs.mkdir()
        for tool in UNIX_TOOLS:
            (self.programs / tool).symlink_to(shutil.which(tool) or tool)

    def install(self, name: str, script: str) -> None:
        (self.programs / name).write_text(script, encoding="utf-8")
        (self.programs / name).chmod(0o755)

    def sentence(self, **environment: str) -> str:
        """What the script says on standard error; it must stop with exit code 2 and leave nothing behind."""
        before = sorted(self.folder.rglob("*"))
        result = subprocess.run(
            ["/bin/sh", str(SCRIPT), str(self.folder / "venv")],
            cwd=self.folder,
            env={"PATH": str(self.programs)} | environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (result.returncode, result.stdout) == (2, "")
        assert sorted(self.folder.rglob("*")) == before
        (line,) = result.stderr.splitlines()
        return line


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.fixture
def machine_with_python(machine: Machine) -> Machine:
    machine.install("python3", f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    return machine


def _java(version_line: str) -> str:
    return f"#!/bin/sh\necho '{version_line}' >&2\n"


def test_no_python(machine: Machine) -> None:
    assert machine.sentence() == (
        "plumbline: Python 3.11, 3.12 or 3.13 is needed and this machine has no python3; "
        "install Python 3.11 and run again."
    )


def test_an_old_python(machine: Machine) -> None:
    machine.install("python3", OLD_PYTHON)
    assert "this machine has Python 3.9.2; install Python 3.11" in machine.sentence()


def test_no_java(machine_with_python: Machine) -> None:
    assert machine_with_python.sentence() == (
        "plumbline: Java 17 or later is needed and `java` does not run; install a Java 17 runtime and run again."
    )


def test_a_placeholder_instead_of_java(machine_with_python: Machine) -> None:
    machine_with_python.install("java", NO_JAVA_HERE)
    assert "`java` does not run; install a Java 17 runtime" in machine_with_python.sentence()


def test_java_home_that_holds_no_java(machine_with_python: Machine) -> None:
    machine_with_python.install("java", _java('openjdk version "17.0.9"'))
    sentence = machine_with_python.sentence(JAVA_HOME=f"{machine_with_python.folder}/nothing")
    assert f"`{machine_with_python.folder}/nothing/bin/java` does not run" in sentence


@pytest.mark.parametrize(
    ("version_line", "major"),
    [
        ('java version "1.8.0_381"', "8"),
        ('openjdk version "11.0.21" 2023-10-17', "11"),
        ('openjdk version "9-ea"', "9"),
    ],
)
def test_an_old_java(machine_with_python: Machine, version_line: str, major: str) -> None:
    machine_with_python.install("java", _java(version_line))
    assert machine_with_python.sentence() == (
        f"plumbline: Java 17 or later is needed and `java` is version {major}; install Java 17 or set JAVA_HOME to it."
    )


def test_a_java_whose_version_cannot_be_read(machine_with_python: Machine) -> None:
    machine_with_python.install("java", _java("version of the moon"))
    assert "the version of `java` cannot be read" in machine_with_python.sentence()


def test_a_python_without_venv(machine: Machine) -> None:
    lacks_venv = f'#!/bin/sh\ncase "$2" in *venv*) exit 1 ;; esac\nexec {sys.executable} "$@"\n'
    machine.install("python3", lacks_venv)
    machine.install("java", _java('openjdk version "21.0.1" 2023-10-17'))
    assert "Python's venv module is needed" in machine.sentence()
