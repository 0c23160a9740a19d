"""Runs the table programs in this process, and turns calls of R's survey package into their command lines."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from scripts import draw_table, estimate_table

# Numerators of R's ratios are products; the program takes the label and the exposure instead.
LABEL_OF_PRODUCT = {"viol_views": "viol_any", "flag_views": "flag", "label_exposure": "label"}

# Weights 2, 4, 4, 10 and 10, positives of weight 4 and 10, in a population of 30.
UNITS: dict[str, list[Any]] = {
    "y": [0, 1, 0, 1, 0],
    "pi": [0.5, 0.25, 0.25, 0.1, 0.1],
    "w": [2, 4, 4, 10, 10],
    "x": [1, 3, 2, 1, 5],
    "a": [0.1, 0.6, 0.1, 0.4, 0.1],
    "d": ["north", "south", "north", "north", "south"],
    "h": ["one", "one", "two", "two", "two"],
    "size": [9, 9, 21, 21, 21],
}


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str

    @property
    def estimates(self) -> list[dict[str, Any]]:
        assert self.code == 0, self.err
        answer = json.loads(self.out, parse_constant=pytest.fail)
        assert list(answer) == ["estimates", "design", "estimator", "interval"]
        return answer["estimates"]

    @property
    def whole(self) -> dict[str, Any]:
        (record,) = [record for record in self.estimates if record["domain"] is None]
        return record


class TableProgram:
    """One of the programs, called with options as a command line has them."""

    def __init__(self, main: Any, capsys: pytest.CaptureFixture[str]) -> None:
        self._main, self._capsys = main, capsys

    def __call__(self, *arguments: object) -> Answer:
        self._capsys.readouterr()
        try:
            code = self._main([str(argument) for argument in arguments])
        except SystemExit as stop:
            code = int(stop.code or 0)
        captured = self._capsys.readouterr()
        return Answer(code, captured.out, captured.err)


@pytest.fixture
def estimate(capsys: pytest.CaptureFixture[str]) -> TableProgram:
    return TableProgram(estimate_table.main, capsys)


@pytest.fixture
def draw(capsys: pytest.CaptureFixture[str]) -> TableProgram:
    return TableProgram(draw_table.main, capsys)


def written(folder: Path, columns: Mapping[str, Sequence[object]] | pd.DataFrame, name: str = "sample.csv") -> Path:
    path = folder / name
    pd.DataFrame(columns).to_csv(path, index=False)
    return path


@pytest.fixture
def units(tmp_path: Path) -> Path:
    return written(tmp_path, UNITS)


def poisson(source: Path, *more: object) -> list[object]:
    return ["--input", source, "--label", "y", "--design", "poisson", "--inclusion-probability", "pi", *more]


@dataclass(frozen=True)
class SurveyCall:
    """What a record of R's survey package estimates, as options of estimate_table."""

    label: str
    estimator: str
    exposure: str | None = None
    domain: str | None = None
    domain_value: str | None = None

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> "SurveyCall | None":
        call, value = record["call"], re.search(r"\[([^\]]+)\]$", record["id"])
        domain_value = value.group(1) if value else None
        if found := re.match(r"svy(total|mean)\(~(\w+), \w+[,)]", call):
            return cls(found[2], {"total": "total", "mean": "hajek"}[found[1]])
        if found := re.match(r"svyratio\(~(\w+), ~(\w+), \w+\)", call):
            return cls(LABEL_OF_PRODUCT.get(found[1], found[1]), "ratio", found[2])
        if found := re.match(r"svyby\(~(\w+), ~(\w+), \w+, svy(total|mean)\)", call):
            return cls(found[1], {"total": "total", "mean": "hajek"}[found[3]], None, found[2], domain_value)
        if found := re.match(r"svyby\(~(\w+), ~(\w+), denominator=~(\w+), design=\w+, FUN=svyratio\)", call):
            return cls(LABEL_OF_PRODUCT.get(found[1], found[1]), "ratio", found[3], found[2], domain_value)
        return None

    def arguments(self) -> list[str]:
        options = {"--label": self.label, "--estimator": self.estimator, "--interval": "wald"}
        options |= {} if self.exposure is None else {"--exposure": self.exposure}
        options |= {} if self.domain is None else {"--domain": self.domain}
        return [part for option in options.items() for part in option]
