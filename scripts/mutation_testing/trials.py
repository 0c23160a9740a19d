"""Tries mutants one by one: tests without Spark first, and those ahead that killed the function's other mutants."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from scripts.mutation_testing.coverage import FailingTestError, TestCoverage, covered_by_test
from scripts.mutation_testing.mutants import function_of, processor_limit
from scripts.mutation_testing.worker_process import WorkerError, WorkerProcess

NO_TESTS, SUSPICIOUS = 33, 35
# A worker that is silent for so much longer than all limits together is ended: it waits for something.
_LONGEST_SILENCE = 300.0
# After so many mutants in one Spark session the unmutated code is tried: has one of them left something behind?
_CHECKED_EVERY = 40
_UNMUTATED = ""


class Trials:
    """Workers, what their tests cover, and which tests have killed before; a context manager that ends the workers."""

    def __init__(self, folder: Path, selection: Sequence[str], report: Callable[[str], None]) -> None:
        self._folder, self._selection, self._report = folder, selection, report
        self._workers: dict[bool, WorkerProcess] = {}
        self._kills: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._n_in_session = 0
        self._uses_spark = self._worker(is_for_spark=False).tests
        self._coverage: dict[str, TestCoverage] = {}
        self._tests: defaultdict[str, list[str]] = defaultdict(list)

    def __enter__(self) -> "Trials":
        """Nothing to do: the workers start when they are needed."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the workers."""
        for worker in self._workers.values():
            worker.stop()

    def cover(self, function_hashes: Mapping[str, str], *, with_spark: bool, longest_test: float) -> None:
        """Find out which tests call which functions; those that take more than `longest_test` seconds are left out."""
        for is_for_spark in (False, True) if with_spark else (False,):
            tests = [test for test, uses_spark in self._uses_spark.items() if uses_spark == is_for_spark]
            worker = self._worker(is_for_spark=is_for_spark) if tests else None
            if worker is not None:
                self._coverage |= covered_by_test(
                    worker, tests, folder=self._folder, function_hashes=function_hashes, report=self._report
                )
        for test, coverage in self._coverage.items():
            for function in coverage.functions if coverage.seconds <= longest_test else ():
                self._tests[function].append(test)

    def tests_of(self, mutant: str) -> list[str]:
        """The tests that call the mutated function, in the order in which they are tried."""
        kills = self._kills[function_of(mutant)]
        covering = self._tests[function_of(mutant)]
        return sorted(covering, key=lambda test: (self._uses_spark[test], -kills[test], self._coverage[test].seconds))

    def code_of_tests(self, mutant: str) -> str:
        """A hash of all tests that `mutant` has to survive."""
        codes = sorted(self._coverage[test].code for test in self._tests[function_of(mutant)])
        return hashlib.sha256(" ".join(codes).encode()).hexdigest()

    def verdict(self, mutant: str) -> int:
        """Exit code of `mutant` as mutmut stores it: whether one of the tests that call its function fails."""
        tests = self.tests_of(mutant)
        if not tests:
            return NO_TESTS
        for is_for_spark in (False, True):
            chosen = [test for test in tests if self._uses_spark[test] == is_for_spark]
            exit_code, killer = self._run(mutant, chosen, is_for_spark=is_for_spark) if chosen else (0, None)
            if exit_code != 0:
                self._kills[function_of(mutant)].update([killer] if killer else [])
                return exit_code
        return 0

    def _run(self, mutant: str, tests: Sequence[str], *, is_for_spark: bool) -> tuple[int, str | None]:
        worker = self._worker(is_for_spark=is_for_spark)
        limits = [(test, processor_limit(self._coverage[test].seconds)) for test in tests]
        longest = 3 * sum(limit for _, limit in limits) + _LONGEST_SILENCE
        try:
            found = worker.try_mutant(mutant, limits, longest=longest)
            self._n_in_session += is_for_spark
            if is_for_spark and self._n_in_session % _CHECKED_EVERY == 0:
                self._check_unmutated(worker, limits, longest)
        except WorkerError:
            del self._workers[is_for_spark]
            return SUSPICIOUS, None
        return found

    def _check_unmutated(self, worker: WorkerProcess, limits: Sequence[tuple[str, float]], longest: float) -> None:
        exit_code, killer = worker.try_mutant(_UNMUTATED, limits, longest=longest)
        if exit_code != 0:
            raise FailingTestError(f"{killer} fails on the unmutated code after mutants ran in the same session.")

    def _worker(self, *, is_for_spark: bool) -> WorkerProcess:
        if is_for_spark not in self._workers:
            log = self._folder / "worker.log"
            self._workers[is_for_spark] = WorkerProcess(self._folder, self._selection, log)
        return self._workers[is_for_spark]
