"""Which tests each survivor survived: it is tried again once one of them, or the mutated function, changes."""

import json
from pathlib import Path


class Survivors:
    """Mutant -> hash of the tests that it survived, kept in the file `path`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._tests: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}

    def add(self, mutant: str, code_of_tests: str) -> None:
        """Note that `mutant` survived these tests."""
        self._tests[mutant] = code_of_tests
        self._path.write_text(json.dumps(self._tests, indent=1))

    def have(self, mutant: str, code_of_tests: str) -> bool:
        """Whether `mutant` survived exactly these tests."""
        return self._tests.get(mutant) == code_of_tests
