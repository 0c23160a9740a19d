"""Readers of the reference numbers in tests/oracles and in the larger shared collection."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

_ORACLES = Path(__file__).parents[1] / "oracles"
_ENVIRONMENT_VARIABLE = "PLUMBLINE_SHARED_ORACLES"


def oracle_path(name: str) -> Path:
    return _ORACLES / name


def oracle_results(name: str) -> dict[str, dict[str, Any]]:
    """Records of one file of tests/oracles by their id."""
    return {record["id"]: record for record in json.loads(oracle_path(name).read_text())["results"]}


def shared_oracles(case: str) -> Path:
    """Folder of a case in the shared collection; skips the test if it is not there."""
    root = Path(os.environ.get(_ENVIRONMENT_VARIABLE, Path(__file__).parents[3] / "shared" / "oracles"))
    if not (root / case).is_dir():
        pytest.skip(f"{case} is not here: set {_ENVIRONMENT_VARIABLE} to the folder of the shared reference cases")
    return root / case
