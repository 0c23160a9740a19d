"""The reference data as ratings and designs of ours, and the coefficient of each record's name."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lib.estimation.agreement.brennan_prediger import brennan_prediger
from lib.estimation.agreement.chance_corrected import ChanceCorrected
from lib.estimation.agreement.conger_kappa import conger_kappa
from lib.estimation.agreement.fleiss_kappa import fleiss_kappa
from lib.estimation.agreement.gwet_ac1 import gwet_ac1
from lib.estimation.agreement.ratings import Ratings
from lib.estimation.functionals import FloatArray
from tests.estimation.references import oracle_path, oracle_results, shared_oracles

EXPECTED = oracle_results("agreement_expected.json")


def record(name: str) -> dict[str, Any]:
    return EXPECTED[f"c09_agreement.{name}"]


def shared_record(name: str) -> dict[str, Any]:
    """A record of the full collection; skips if it is not here."""
    results = json.loads((shared_oracles("c09_agreement") / "expected.json").read_text())["results"]
    return next(found for found in results if found["id"] == f"c09_agreement.{name}")


def votes(name: str) -> pd.DataFrame:
    return pd.read_csv(oracle_path(f"agreement_{name}.csv"))


def ratings(name: str) -> Ratings:
    """The wide table of three raters as ratings; an empty cell is no vote."""
    long = votes(name).melt("item").dropna()
    return Ratings.from_votes(long["item"], long["variable"], long["value"].to_numpy(int))


def crowd(path: Path) -> Ratings:
    table = pd.read_csv(path)
    return Ratings.from_votes(table["task"], table["worker"], table["label"])


def one_hot(column: pd.Series, n_categories: int) -> FloatArray:
    return np.eye(n_categories)[column.to_numpy(int)]


def chance_corrected(name: str, rated: Ratings) -> ChanceCorrected:
    alike = np.eye(rated.categories.size)
    made = {
        "fleiss": lambda: fleiss_kappa(rated.counts, alike),
        "gwet": lambda: gwet_ac1(rated.counts, alike),
        "bp": lambda: brennan_prediger(rated.counts, alike),
        "conger": lambda: conger_kappa(rated, alike),
    }
    return made[name]()
