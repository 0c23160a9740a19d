"""Which test calls which function: kept from run to run for tests whose code did not change."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from scripts.mutation_testing.worker_process import WorkerProcess

_LONGEST_FILE = 3600.0


class FailingTestError(Exception):
    """A test fails on the unmutated code: it would kill every mutant."""


@dataclass(frozen=True)
class TestCoverage:
    """What one test calls.

    Attributes:
        functions: mutated functions, as the trampolines name them
        seconds: how long it takes
        code: hash of these functions, of the test's own file and of what tests share

    """

    __test__ = False

    functions: list[str]
    seconds: float
    code: str


def covered_by_test(
    worker: WorkerProcess,
    tests: Sequence[str],
    *,
    folder: Path,
    function_hashes: Mapping[str, str],
    report: Callable[[str], None],
) -> dict[str, TestCoverage]:
    """Coverage of `tests` on the unmutated code; what several tests of a file share counts for all of them.

    Raises FailingTestError, naming the test.
    """
    kept = folder / "coverage.json"
    known = {test: TestCoverage(**row) for test, row in json.loads(kept.read_text()).items()} if kept.exists() else {}
    files = _test_file_hashes(folder / "tests")

    def code(test: str, functions: Sequence[str]) -> str:
        parts = [files[test.split("::", maxsplit=1)[0]], *(function_hashes.get(name, "gone") for name in functions)]
        return hashlib.sha256(" ".join(parts).encode()).hexdigest()

    found = {
        test: known[test] for test in tests if test in known and known[test].code == code(test, known[test].functions)
    }
    by_file: defaultdict[str, list[str]] = defaultdict(list)
    for test in tests:
        by_file[test.split("::", maxsplit=1)[0]].append(test)
    for file, own in by_file.items():
        if all(test in found for test in own):
            continue
        report(f"running {file}")
        for test, has_passed, functions, seconds in worker.cover(own, longest=_LONGEST_FILE):
            if not has_passed:
                raise FailingTestError(f"{test} fails on the unmutated code; mend it first.")
            found[test] = TestCoverage(functions, seconds, code(test, functions))
        kept.write_text(json.dumps({test: asdict(coverage) for test, coverage in (known | found).items()}))
    return found


def _test_file_hashes(folder: Path) -> dict[str, str]:
    """Per test file under `folder`, a hash of it and of all files there that hold no tests."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    is_test = {path: path.name.startswith("test_") for path in paths}
    shared = hashlib.sha256(b"".join(path.read_bytes() for path in paths if not is_test[path]))
    hashes = {}
    for path in paths:
        own = shared.copy()
        own.update(path.read_bytes())
        hashes[path.relative_to(folder.parent).as_posix()] = own.hexdigest()
    return hashes
