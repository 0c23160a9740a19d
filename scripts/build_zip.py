"""Build the one zip that spark-submit ships to executors: jobs, lib, schemas and conf, YAML and templates included.

A wheel in --py-files works locally and fails on executors; the same content as a zip works.
"""

import argparse
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("conf", "jobs", "lib", "schemas")
_SUFFIXES = {".py", ".yaml", ".jinja", ".css", ".js"}
# Zip entries carry a time; a fixed one makes equal content equal bytes.
_EPOCH = (2020, 1, 1, 0, 0, 0)


def package_files() -> list[Path]:
    """The files that belong into the zip, relative to the project, sorted."""
    found = (path for package in PACKAGES for path in (ROOT / package).rglob("*") if path.suffix in _SUFFIXES)
    return sorted(path.relative_to(ROOT) for path in found)


def build_zip(output: Path) -> int:
    """Write the zip; returns the number of files in it."""
    output.parent.mkdir(parents=True, exist_ok=True)
    files = package_files()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in files:
            entry = zipfile.ZipInfo(path.as_posix(), _EPOCH)
            archive.writestr(entry, (ROOT / path).read_bytes(), zipfile.ZIP_DEFLATED)
    return len(files)


def main(arguments: Sequence[str] | None = None) -> int:
    """Build the zip and say where it is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=Path("dist/plumbline.zip"))
    parsed = parser.parse_args(arguments)
    n_files = build_zip(parsed.output)
    print(f"{parsed.output}: {n_files} files")
    return 0


if __name__ == "__main__":
    sys.exit(main())
