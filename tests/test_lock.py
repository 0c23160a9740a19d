"""What is installed is what was locked: every package pinned and hashed, and nothing that the lock does not hold."""

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
_HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def _entries() -> list[tuple[Requirement, list[str]]]:
    """Every requirement of the lock with the words that follow it."""
    joined = "\n".join(line for line in LOCK.splitlines() if not line.startswith("#")).replace("\\\n", " ")
    entries = []
    for line in filter(str.strip, joined.splitlines()):
        requirement, *options = re.split(r"\s+(?=--)", line.strip())
        entries.append((Requirement(requirement), options))
    return entries


def test_every_package_is_pinned_to_one_version_and_to_its_files() -> None:
    entries = _entries()
    assert len(entries) > 50
    for requirement, options in entries:
        assert re.fullmatch(r"==[^*]+", str(requirement.specifier)), requirement
        assert requirement.url is None
        assert options
        assert all(_HASH.fullmatch(option) for option in options), requirement


def test_the_lock_names_no_place_to_fetch_from() -> None:
    assert not re.search(r"index-url|find-links|trusted-host|://|^-[a-z]|@ ", LOCK, re.M)


def test_everything_that_the_project_asks_for_is_locked_as_it_asks() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    locked: dict[str, list[str]] = {}
    for requirement, _ in _entries():
        version = str(requirement.specifier).removeprefix("==")
        locked.setdefault(canonicalize_name(requirement.name), []).append(version)
    for text in [*project["dependencies"], *project["optional-dependencies"]["dev"]]:
        asked = Requirement(text)
        versions = locked.get(canonicalize_name(asked.name), [])
        assert versions, f"{text} is not in requirements.lock; run `make lock`"
        assert all(asked.specifier.contains(version, prereleases=True) for version in versions), text


def test_setting_up_installs_the_lock_by_its_hashes_and_nothing_beside_it() -> None:
    script = (ROOT / "scripts" / "prepare_environment.sh").read_text(encoding="utf-8").replace("\\\n", " ")
    (install,) = [line for line in script.splitlines() if "pip install" in line]
    assert {"--require-hashes", "--no-deps", "requirements.lock"} <= set(re.split(r"\s+", install))
