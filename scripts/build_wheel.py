"""Build the wheel for platforms that install one on driver and executors: what the zip holds, with an entry point.

Its dependencies are those of pyproject.toml without Spark and Delta, which such a platform brings itself.
"""

import argparse
import base64
import hashlib
import sys
import tomllib
import zipfile
from collections.abc import Sequence
from pathlib import Path

from packaging.requirements import Requirement

from scripts.build_zip import ROOT, package_files

_EPOCH = (2020, 1, 1, 0, 0, 0)
_BROUGHT = {"pyspark", "delta-spark"}


def required_packages() -> list[str]:
    """The requirements that the platform does not bring."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [text for text in project["dependencies"] if Requirement(text).name not in _BROUGHT]


def build_wheel(folder: Path) -> Path:
    """Write the wheel into `folder`; equal files give equal bytes."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    name, version = project["name"], project["version"]
    files = {path.as_posix(): (ROOT / path).read_bytes() for path in package_files()}
    described = f"{name}-{version}.dist-info"
    metadata = [f"Name: {name}", f"Version: {version}", f"Requires-Python: {project['requires-python']}"]
    metadata += [f"Requires-Dist: {text}" for text in required_packages()]
    files |= {
        f"{described}/METADATA": "\n".join(["Metadata-Version: 2.1", *metadata, ""]).encode(),
        f"{described}/WHEEL": b"Wheel-Version: 1.0\nGenerator: plumbline\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{described}/entry_points.txt": f"[console_scripts]\n{name} = jobs.__main__:enter\n".encode(),
    }
    record = [f"{path},sha256={_digest(content)},{len(content)}" for path, content in files.items()]
    files[f"{described}/RECORD"] = "\n".join([*record, f"{described}/RECORD,,", ""]).encode()
    folder.mkdir(parents=True, exist_ok=True)
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            archive.writestr(zipfile.ZipInfo(path, _EPOCH), content, zipfile.ZIP_DEFLATED)
    return wheel


def main(arguments: Sequence[str] | None = None) -> int:
    """Build the wheel and say where it is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=Path("dist"), help="folder")
    print(build_wheel(parser.parse_args(arguments).output))
    return 0


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


if __name__ == "__main__":
    sys.exit(main())
