"""What every engine is given: the same logs, labels, days and settings, and the same names of the steps."""

import argparse
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import yaml

from lib.settings import load_settings
from schemas.contracts.settings import Settings

FIRST_DAY = date(2026, 3, 2)
# The first day is run cold, start-up included; the second in the same process, warm.
DAYS = (FIRST_DAY, FIRST_DAY + timedelta(days=1))
UNITS, SCORES, SAMPLE, ESTIMATES = "units", "scores", "sample", "moments and estimates"
STEPS = (UNITS, SCORES, SAMPLE, ESTIMATES)

ID_KEY_VARIABLE = "PLUMBLINE_ID_KEY"
_ID_KEY = "benchmark only, invented people"


@dataclass(frozen=True)
class MeasuredWork:
    """Folders of one run of one engine.

    `logs` has input/ and truth/ of the log generator; tables are written into `warehouse`. `labels` is a warehouse in
    which the chain has labelled these logs: other engines take their verdicts from there.
    """

    logs: Path
    warehouse: Path
    labels: Path
    further_conf: tuple[Path, ...] = ()

    @classmethod
    def of_command_line(cls, description: str | None) -> "MeasuredWork":
        """The work that the arguments of an engine's program name."""
        parser = argparse.ArgumentParser(description=description)
        for name in ("logs", "warehouse", "labels"):
            parser.add_argument(f"--{name}", type=Path, required=True)
        parser.add_argument("--conf", type=Path, action="append", default=[], metavar="FILE")
        parsed = parser.parse_args()
        return cls(parsed.logs, parsed.warehouse, parsed.labels, tuple(parsed.conf))

    def arguments(self) -> list[str]:
        """The command line that `of_command_line` reads."""
        folders = {"logs": self.logs, "warehouse": self.warehouse, "labels": self.labels}
        named = [part for name, folder in folders.items() for part in (f"--{name}", str(folder))]
        return named + [part for conf in self.further_conf for part in ("--conf", str(conf))]

    def settings(self) -> Settings:
        """The settings of conf/base.yaml and conf/local.yaml with these folders, and the logs' own scores.

        The text scorer is the same Python code whatever engine calls it: its time would hide what is compared.
        """
        conf = self.warehouse.parent / f"{self.warehouse.name}.yaml"
        conf.parent.mkdir(parents=True, exist_ok=True)
        rungs = [rung.model_dump(exclude_none=True) for rung in load_settings().labelling.rungs]
        for rung in rungs:
            rung["labeler"]["truth_path"] = str(self.logs / "truth" / "unit_truth")
        chosen = {
            "labelling": {"rungs": rungs},
            "scoring": {"source": "log_column"},
            "storage": {
                "warehouse": str(self.warehouse),
                "input": {"path": str(self.logs / "input"), "format": "parquet"},
            },
        }
        conf.write_text(yaml.safe_dump(chosen), encoding="utf-8")
        return load_settings("local", [conf, *self.further_conf])


def environment() -> Mapping[str, str]:
    """The environment of the engines' processes: the same key for all, so that they hash the same people alike."""
    return {**os.environ, ID_KEY_VARIABLE: _ID_KEY}
