"""Which program it was: the version that the environment names, and a hash of the code itself."""

import functools
import hashlib
from collections.abc import Iterator, Mapping
from importlib import resources
from importlib.resources.abc import Traversable

VARIABLE = "PLUMBLINE_CODE_VERSION"
_PACKAGES = ("jobs", "lib", "schemas")


def code_version(environment: Mapping[str, str]) -> str:
    """For example `v1.4+code-0a1b2c3d4e5f6071`; without the variable PLUMBLINE_CODE_VERSION the hash alone."""
    named = environment.get(VARIABLE, "").strip()
    return f"{named}+{code_hash()}" if named else code_hash()


@functools.cache
def code_hash() -> str:
    """`code-` and 16 hex digits of the SHA-256 of every module of jobs, lib and schemas; the same from a zip."""
    digest = hashlib.sha256()
    for package in _PACKAGES:
        for path, content in sorted(_modules(resources.files(package), package)):
            digest.update(path.encode() + b"\0" + content + b"\0")
    return f"code-{digest.hexdigest()[:16]}"


def _modules(folder: Traversable, path: str) -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _modules(entry, f"{path}/{entry.name}")
        elif entry.name.endswith(".py"):
            yield f"{path}/{entry.name}", entry.read_bytes()
