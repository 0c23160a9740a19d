"""Agreement from the command line: reference numbers, plain long tables with missing votes, and what is refused."""

import json
import math
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from scripts import rate_agreement
from tests.estimation.references import oracle_path, oracle_results

ROOT = Path(__file__).resolve().parents[2]
EXPECTED = oracle_results("agreement_expected.json")
Answer = dict[str, Any]
Program = Callable[..., Answer]


@pytest.fixture
def rate(capsys: pytest.CaptureFixture[str]) -> Program:
    """The program's answer, coefficients by name; a refusal is {"refused": its sentence}."""

    def run(source: Path, *options: object, columns: tuple[str, str, str] = ("item", "rater", "vote")) -> Answer:
        named = [text for pair in zip(("--item", "--rater", "--category"), columns, strict=True) for text in pair]
        code = rate_agreement.main([str(x) for x in ("--input", source, *named, *options)])
        out = capsys.readouterr()
        if code:
            assert out.out == ""
            return {"refused": out.err}
        answer: Answer = json.loads(out.out)
        return answer | {c["coefficient"]: c for c in answer["coefficients"]}

    return run


def long(name: str, tmp_path: Path, *raters: str) -> Path:
    """One of the reference tables with one vote a row, empty where there is none, in any order."""
    table = pd.read_csv(oracle_path(f"agreement_{name}.csv"))
    keep = [c for c in table.columns if c not in raters]
    votes = table.melt(keep, var_name="rater", value_name="vote").rename(columns={"unit": "item"})
    path = tmp_path / f"{name}.csv"
    votes.sample(frac=1.0, random_state=1).to_csv(path, index=False)
    return path


def written(tmp_path: Path, rows: list[tuple[object, ...]], names: str = "item rater vote") -> Path:
    path = tmp_path / "votes.csv"
    pd.DataFrame(rows, columns=names.split()).to_csv(path, index=False)
    return path


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval", "ratio"])
def test_missing_votes_and_levels(rate: Program, tmp_path: Path, level: str) -> None:
    answer = rate(long("missing", tmp_path, "r1", "r2", "r3"), "--level", level)
    expected = EXPECTED[f"c09_agreement.krippendorff.missing.{level}"]
    assert answer["krippendorff_alpha"]["estimate"] == pytest.approx(expected["estimate"], rel=1e-9)
    for ours, theirs in (("fleiss_kappa", "fleiss"), ("gwet_ac1", "gwet"), ("conger_kappa", "conger")):
        record = EXPECTED[f"c09_agreement.irrcac.missing.{theirs}"]
        assert answer[ours]["estimate"] == pytest.approx(record["estimate"], rel=1e-8)
    assert (answer["n_items"], answer["n_items_with_two_votes"], answer["n_raters"]) == (118, 111, 3)
    assert answer["categories"] == [0, 1, 2, 3]


def test_weights_are_those_of_a_survey(rate: Program, tmp_path: Path) -> None:
    answer = rate(long("double_review", tmp_path, "r1", "r2"), "--weight", "w", "--interval", "wald")
    expected, raw = EXPECTED["c09_agreement.svykappa"], EXPECTED["c09_agreement.raw_agreement"]
    kappa = answer["cohen_kappa"]
    assert (kappa["estimate"], kappa["std_error"]) == pytest.approx((expected["estimate"], expected["se"]), rel=1e-9)
    assert answer["agreement"] == pytest.approx(raw["estimate"], rel=1e-9)
    assert kappa["ci_low"] == pytest.approx(expected["estimate"] - 1.965927 * expected["se"], rel=1e-5)


def test_weighted_kappas_of_two_raters(rate: Program, tmp_path: Path) -> None:
    table = pd.read_csv(oracle_path("agreement_complete.csv"))[["item", "r1", "r2"]]
    path = tmp_path / "two.csv"
    table.melt("item", var_name="rater", value_name="vote").to_csv(path, index=False)
    answer = rate(path, "--level", "ordinal")
    for scheme in ("linear", "quadratic"):
        expected = EXPECTED[f"c09_agreement.cohen.r1_r2.{scheme}"]
        found = answer[f"cohen_kappa_{scheme}"]
        assert found["estimate"] == pytest.approx(expected["estimate"], rel=1e-9)
        assert found["std_error"] == pytest.approx(expected["se"] * math.sqrt(120 / 119), rel=1e-9)


def test_dawid_skene_and_the_bootstrap(rate: Program) -> None:
    source, columns = oracle_path("agreement_crowd.csv"), ("task", "worker", "label")
    plain = rate(source, "--dawid-skene", columns=columns)
    assert plain["dawid_skene"]["is_converged"]
    assert set(plain["dawid_skene"]["prior"]) == {"ok", "viol"}
    assert [sum(row) for row in plain["dawid_skene"]["raters"][0]["confusion"]] == pytest.approx([1.0, 1.0])
    boot = rate(source, "--interval", "percentile", "--replicates", 300, columns=columns)
    for name in ("krippendorff_alpha", "gwet_ac1"):
        assert boot[name]["estimate"] == plain[name]["estimate"]
        assert boot[name]["std_error"] == pytest.approx(plain[name]["std_error"], rel=0.2)
        assert boot[name]["ci_low"] == pytest.approx(plain[name]["ci_low"], abs=0.05)
    assert boot == rate(source, "--interval", "percentile", "--replicates", 300, columns=columns)


def test_texts_in_their_order(rate: Program, tmp_path: Path) -> None:
    order = ["none", "mild", "severe"]
    random = np.random.default_rng(3)
    truth = random.integers(0, 3, 60)
    rows = [(i, r, order[min(2, truth[i] + (random.random() < 0.2))]) for i in range(60) for r in "abc"]
    by_text = rate(written(tmp_path, rows), "--level", "ordinal", "--order", "none,mild,severe")
    by_rank = rate(written(tmp_path, [(i, r, order.index(v)) for i, r, v in rows]), "--level", "ordinal")
    assert by_text["krippendorff_alpha"] == by_rank["krippendorff_alpha"]
    assert "'severe' is not among" in rate(written(tmp_path, rows), "--order", "none,mild")["refused"]
    twice = rate(written(tmp_path, rows), "--order", "none,none,mild,severe", "--level", "ordinal")["refused"]
    assert "--order: `none` is in 'none,none,mild,severe' twice; name every category once." in twice
    assert "--level interval takes numbers" in rate(written(tmp_path, rows), "--level", "interval")["refused"]


def test_votes_that_are_all_alike_have_no_coefficient(rate: Program, tmp_path: Path) -> None:
    answer = rate(written(tmp_path, [(i, r, "ok") for i in range(5) for r in "ab"]))
    assert answer["agreement"] == 1.0
    assert answer["krippendorff_alpha"]["estimate"] is None
    assert "All verdicts are the same" in answer["cohen_kappa"]["reason"]
    single = rate(written(tmp_path, [(1, "a", "ok"), (2, "b", "bad"), (3, "a", "bad")]))
    assert single["agreement"] is None
    assert "0 items have two votes" in single["krippendorff_alpha"]["reason"]


@pytest.mark.parametrize(
    ("rows", "options", "complaint"),
    [
        ([(1, "a", 0), (1, "a", 1)], [], "'a' has 2 votes on item '1'"),
        ([(1, "a", ""), (1, "b", "")], [], "has no vote"),
        ([(1, "", 0), (1, "b", 1)], [], "column `rater` (--rater) is empty in 1 of 2 rows"),
        ([(1, "a", -1), (1, "b", 1)], ["--level", "ratio"], "votes are >= 0"),
        ([(1, "a", 0), (1, "b", 1)], ["--dawid-skene"], "2 raters"),
        ([(1, "a", 0), (1, "b", 1)], ["--weight", "w"], "has no column `w`"),
    ],
)
def test_refusals(
    rate: Program, tmp_path: Path, rows: list[tuple[object, ...]], options: list[str], complaint: str
) -> None:
    answer = rate(written(tmp_path, rows), *options)
    assert complaint in answer.get("refused", "")


def test_many_items_and_raters_from_the_command_line(tmp_path: Path) -> None:
    random = np.random.default_rng(9)
    n = 20_000
    item = np.repeat(np.arange(n), 5)
    rows = pd.DataFrame({"item": item, "rater": random.integers(0, 900, item.size)}).drop_duplicates()
    truth = random.random(n) < 0.1
    rows["vote"] = np.where(random.random(len(rows)) < 0.9, truth[rows["item"]], ~truth[rows["item"]]).astype(int)
    path = tmp_path / "many.csv"
    rows.to_csv(path, index=False)
    command = [sys.executable, "scripts/rate_agreement.py", "--input", str(path), "--item", "item", "--rater", "rater"]
    done = subprocess.run([*command, "--category", "vote"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    found = {c["coefficient"]: c["estimate"] for c in json.loads(done.stdout)["coefficients"]}
    assert "conger_kappa" not in found
    # two votes agree with 0.82, by chance with 0.82² + 0.18²: (0.82 - 0.7048)/(1 - 0.7048)
    assert found["krippendorff_alpha"] == pytest.approx(0.39, abs=0.02)
