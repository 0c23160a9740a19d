"""What does not fit is refused: exit code 2, one sentence with the column and the value, nothing else."""

from pathlib import Path
from typing import Any

import pytest

from tests.scripts.table_programs import UNITS, TableProgram, estimate, poisson, written

__all__ = ["estimate"]

REFUSALS: dict[str, tuple[dict[str, list[Any]], str, list[str]]] = {
    "an unknown column": ({}, "--label verdict", ["`verdict` (--label)"]),
    "an unlabelled unit": ({"y": [0, 1, "", 1, ""]}, "", ["`y` (--label)", "2 of 5", "row 3"]),
    "a label that is no number": ({"y": [0, 1, "bad", 1, 0]}, "", ["`y` (--label)", "`bad`", "row 3"]),
    "a label that is no verdict": ({"y": [0, 1, 2, 1, 0]}, "--interval logit", ["`y` (--label)", "2", "wald"]),
    "a probability of 0": ({"pi": [0.5, 0, 0.5, 1, 1]}, "", ["`pi` (--inclusion-probability)", "`0.0`", "row 2"]),
    "a percentage": ({"pi": [50, 25, 25, 10, 10]}, "", ["`pi` (--inclusion-probability)", "`50`"]),
    "a negative exposure": ({"x": [1, 1, -1, 1, 1]}, "--exposure x", ["`x` (--exposure)", "`-1`"]),
    "no exposure at all": ({"x": [0] * 5}, "--exposure x", ["`x` (--exposure)"]),
    "an empty domain": ({"d": ["a", "", "b", "b", "b"]}, "--domain d", ["`d` (--domain)", "row 2"]),
    "two kinds of weight": ({}, "--weight w", ["`w` (--weight)", "`pi` (--inclusion-probability)"]),
    "a population below the sample": ({}, "--population-size 3", "--population-size 3"),
    "no population size": ({}, "--estimator horvitz_thompson", ["--population-size"]),
    "no exposure total": (
        {},
        "--estimator horvitz_thompson --exposure x --population-size 30",
        "--exposure-total `x`",
    ),
    "clusters in a design without": (
        {"g": ["a", "a", "b", "b", "b"]},
        "--cluster g",
        ["`g` (--cluster)", "poisson", "--design cluster"],
    ),
    "an exposure total without exposure": ({}, "--exposure-total 30", ["--exposure-total", "--exposure"]),
    "no auxiliary": ({}, "--estimator difference --population-size 30", ["--auxiliary"]),
    "no auxiliary total": ({}, "--estimator regression --auxiliary a", ["--auxiliary-total"]),
    "an unknown domain size": (
        {},
        "--estimator horvitz_thompson --population-size 30 --domain d",
        ["`d` (--domain)", "hajek"],
    ),
    "a difference by domain": (
        {},
        "--estimator difference --population-size 30 --domain d --auxiliary a --auxiliary-total 5",
        ["`d` (--domain)"],
    ),
    "an interval of a total of unknown size": ({}, "--estimator total --interval logit", ["logit"]),
    "a level in percent": ({}, "--level 95", "--level 95"),
    "an unknown estimator": ({}, "--estimator median", "--estimator median"),
    "an unknown interval": ({}, "--interval exact", "--interval exact"),
    "an audit of another design": (
        {"q": [0.5] * 5, "au": [1, "", 0, "", ""]},
        "--design pps_brewer --audit-label au --audit-probability q",
        ["`au` (--audit-label)"],
    ),
    "an audit without probability": ({"au": [1, "", 0, "", ""]}, "--audit-label au", ["--audit-probability"]),
    "an audited unit without probability": (
        {"au": [1, "", 0, "", ""], "q": [0.5, "", "", "", ""]},
        "--audit-label au --audit-probability q --population-size 30",
        ["`q` (--audit-probability)", "row 3"],
    ),
    "an audit that never was": (
        {"au": [""] * 5, "q": [0.5] * 5},
        "--audit-label au --audit-probability q",
        ["`au` (--audit-label)"],
    ),
    "an audit label in words": (
        {"au": ["yes", "", "no", "", ""], "q": [0.5] * 5},
        "--audit-label au --audit-probability q",
        ["`au` (--audit-label)", "`yes`"],
    ),
    "no stratum": ({}, "--design stratified", ["--stratum"]),
    "a stratum with one unit": (
        {"h": list("aabbc")},
        "--design stratified --stratum h",
        ["`h` (--stratum)", "c"],
    ),
    "a stratum of two sizes": (
        {"size": [9, 8, 21, 21, 21]},
        "--design stratified --stratum h --stratum-size size",
        ["`size` (--stratum-size)", "one"],
    ),
    "a stratum smaller than its sample": (
        {"size": [9, 9, 2, 2, 2]},
        "--design stratified --stratum h --stratum-size size",
        ["`size` (--stratum-size)", "two"],
    ),
    "strata that are not all": (
        {},
        "--design stratified --stratum h --stratum-size size --population-size 50",
        "--population-size `size`",
    ),
    "strata of a simple random sample": ({}, "--design srs --stratum h", ["`h` (--stratum)"]),
    "no cluster": ({}, "--design cluster", ["--cluster"]),
    "a cluster in two strata": (
        {"c": list("abbcc")},
        "--design cluster --cluster c --stratum h",
        ["`c` (--cluster)", "b"],
    ),
    "a lonely cluster": (
        {"c": list("aabcd")},
        "--design cluster --cluster c --stratum h",
        ["`h` (--stratum)", "one"],
    ),
    "a missing file": ({}, "--input absent.csv", ["absent.csv"]),
    "another format": ({}, "--input sample.xlsx", ["sample.xlsx"]),
}


@pytest.mark.parametrize(("columns", "options", "named"), REFUSALS.values(), ids=REFUSALS)
@pytest.mark.slow
def test_what_does_not_fit_is_refused_by_name(
    columns: dict[str, list[Any]],
    options: str,
    named: list[str],
    tmp_path: Path,
    estimate: TableProgram,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sample.xlsx").write_bytes(b"PK")
    answer = estimate(*poisson(written(tmp_path, UNITS | columns), *options.split()))
    assert (answer.code, answer.out) == (2, "")
    for text in named:
        assert text in answer.err
    assert answer.err.count("\n") == 1
    assert "Traceback" not in answer.err


def test_a_weight_below_one_is_no_inverse_probability(tmp_path: Path, estimate: TableProgram) -> None:
    source = written(tmp_path, UNITS | {"w": [1.2, 0.9, 1, 1, 1]})
    answer = estimate("--input", source, "--label", "y", "--design", "poisson", "--weight", "w")
    assert answer.code == 2
    assert "`w` (--weight) is 0.9 in row 2" in answer.err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "cannot be read as CSV"),
        ("y,pi\n", "no rows"),
        ("y,pi,y\n1,0.5,1\n", "twice"),
        ("y,pi\n1,0.5,3\n", "cannot be read as CSV"),
        ("y,pi\n1\n", "`pi` (--inclusion-probability)"),
    ],
)
def test_files_that_are_no_table_are_refused(text: str, said: str, tmp_path: Path, estimate: TableProgram) -> None:
    source = tmp_path / "broken.csv"
    source.write_text(text)
    answer = estimate(*poisson(source))
    assert (answer.code, answer.out) == (2, "")
    assert "broken.csv" in answer.err
    assert said in answer.err
