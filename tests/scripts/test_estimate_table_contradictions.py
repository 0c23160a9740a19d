"""Inputs that contradict themselves: known totals and weights, verdicts with stray codes, numbers that are none."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.estimation.references import oracle_path
from tests.scripts.table_programs import UNITS, TableProgram, estimate, poisson, written

__all__ = ["estimate"]

N_DRAWN, POPULATION_SIZE, EXPOSURE_TOTAL = 800, 20_000, 60_000


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """A Poisson sample with p proportional to views, from 20,000 units with three views each on average."""
    random = np.random.default_rng(5)
    views = 1.0 + random.poisson(2.0, POPULATION_SIZE)
    p = N_DRAWN * views / views.sum()
    score = random.uniform(0.0, 0.1, POPULATION_SIZE)
    frame = pd.DataFrame({"pi": p, "x": views, "s": score, "y": (random.random(POPULATION_SIZE) < score).astype(int)})
    frame["group"] = np.where(np.arange(POPULATION_SIZE) % 2, "a", "b")
    return written(tmp_path, frame[random.random(POPULATION_SIZE) < p])


TOTALS = [
    ("--population-size", POPULATION_SIZE, ""),
    ("--exposure-total", EXPOSURE_TOTAL, "--exposure x"),
    ("--auxiliary-total", 1_000, "--auxiliary s"),
]


@pytest.mark.parametrize(("option", "total", "columns"), TOTALS)
@pytest.mark.parametrize("factor", [1e-3, 0.3, 3, 1e6])
def test_a_total_far_from_what_the_weights_add_up_to_is_refused(
    option: str, total: float, columns: str, factor: float, sample: Path, estimate: TableProgram
) -> None:
    if option == "--population-size" and factor < 0.1:
        factor = 0.05  # 1,000 units: more than were sampled
    answer = estimate(*poisson(sample, *columns.split(), option, total * factor))
    assert (answer.code, answer.out) == (2, "")
    for text in (option, f"{total * factor:g}", "`pi` (--inclusion-probability)", "correct"):
        assert text in answer.err
    assert answer.err.count("\n") == 1


@pytest.mark.parametrize(("option", "total", "columns"), TOTALS)
@pytest.mark.parametrize("factor", [0.6, 1, 1.8])
def test_a_total_of_the_right_size_is_used(
    option: str, total: float, columns: str, factor: float, sample: Path, estimate: TableProgram
) -> None:
    assert estimate(*poisson(sample, *columns.split(), option, total * factor)).code == 0


def test_noise_is_no_contradiction(tmp_path: Path, estimate: TableProgram) -> None:
    """Σ 1/π is 30 here, four times the known 7, but its standard error is 14."""
    assert estimate(*poisson(written(tmp_path, UNITS), "--population-size", 7)).code == 0


def test_weights_that_were_rescaled_contradict_the_size_of_the_population(
    tmp_path: Path, estimate: TableProgram
) -> None:
    source = written(tmp_path, {"y": [0, 1, 0, 0], "w": [1.2, 0.8, 0.9, 1.1]})
    srs = ["--input", source, "--label", "y", "--design", "srs", "--weight", "w"]
    assert estimate(*srs).whole["estimate"] == pytest.approx(0.2)
    answer = estimate(*srs, "--population-size", 500)
    assert answer.code == 2
    assert "--population-size is 500, but by column `w` (--weight) the sample adds up to 4" in answer.err


def test_stratum_sizes_contradict_weights_of_another_population(tmp_path: Path, estimate: TableProgram) -> None:
    stratified = ["--label", "y", "--design", "stratified", "--stratum", "h", "--stratum-size", "size", "--weight", "w"]
    agreeing = {"w": [4.5, 4.5, 7, 7, 7]}
    assert estimate("--input", written(tmp_path, UNITS | agreeing), *stratified).code == 0
    answer = estimate("--input", written(tmp_path, UNITS | {"w": [450, 450, 700, 700, 700]}), *stratified)
    assert answer.code == 2
    for text in ("`size` (--stratum-size) over strata is 30", "`w` (--weight)", "adds up to 3000"):
        assert text in answer.err


def test_an_audited_sample_is_held_against_the_total_of_exposure_times_auxiliary(
    tmp_path: Path, estimate: TableProgram
) -> None:
    random = np.random.default_rng(6)
    n = 400
    columns = {"pi": [0.2] * n, "y": (random.random(n) < 0.2).astype(int), "x": [10.0] * n, "s": [0.2] * n}
    columns |= {"q": [0.5] * n, "h": np.where(random.random(n) < 0.5, columns["y"], np.nan)}
    audited = poisson(written(tmp_path, columns), "--audit-label", "h", "--audit-probability", "q")
    known = ["--exposure", "x", "--population-size", 2_000, "--exposure-total", 20_000, "--auxiliary", "s"]
    assert estimate(*audited, *known, "--auxiliary-total", 4_000).code == 0  # Σ x s over 2,000 units
    answer = estimate(*audited, *known, "--auxiliary-total", 400)
    assert answer.code == 2
    assert "--auxiliary-total is 400" in answer.err


@pytest.mark.parametrize("code", [2, -1, 0.5, 9])
@pytest.mark.parametrize("options", ["", "--interval wald", "--estimator total", "--interval split_gamma"])
def test_stray_codes_among_verdicts_are_refused(
    code: float, options: str, tmp_path: Path, estimate: TableProgram
) -> None:
    labels = [0] * 40 + [1] * 7 + [code] * 3
    answer = estimate(*poisson(written(tmp_path, {"y": labels, "pi": [0.1] * 50}), *options.split()))
    assert (answer.code, answer.out) == (2, "")
    for text in ("`y` (--label)", f"{code:g} in row 48", "3 of 50", "--label-is-quantity"):
        assert text in answer.err


@pytest.mark.parametrize("labels", [[1] * 45 + [2] * 5, [1] * 5 + [2] * 45, [0] * 45 + [2] * 5])
def test_other_codings_of_a_verdict_are_refused(labels: list[int], tmp_path: Path, estimate: TableProgram) -> None:
    answer = estimate(*poisson(written(tmp_path, {"y": labels, "pi": [0.1] * 50}), "--interval", "wald"))
    assert answer.code == 2
    assert "--label-is-quantity" in answer.err


def test_a_quantity_may_be_called_one(tmp_path: Path, estimate: TableProgram) -> None:
    severity = [0] * 40 + [1] * 7 + [3] * 3
    source = poisson(written(tmp_path, {"y": severity, "pi": [0.1] * 50}), "--label-is-quantity")
    answer = estimate(*source)
    assert answer.whole["estimate"] == pytest.approx(16 / 50)
    assert '"interval": "wald"' in answer.out
    assert estimate(*source, "--estimator", "total").whole["estimate"] == pytest.approx(160)
    refused = estimate(*source, "--interval", "split_gamma")
    assert refused.code == 2
    assert "wald" in refused.err


def test_a_quantity_that_happens_to_be_zero_and_one_is_still_one(tmp_path: Path, estimate: TableProgram) -> None:
    source = poisson(written(tmp_path, {"y": [0] * 40 + [1] * 10, "pi": [0.1] * 50}))
    assert '"interval": "split_gamma"' in estimate(*source).out
    assert '"interval": "wald"' in estimate(*source, "--label-is-quantity").out
    assert estimate(*source, "--label-is-quantity", "--interval", "logit").code == 2


@pytest.mark.parametrize("label", ["views", "viol_views"])
def test_plain_quantities_need_no_word(label: str, estimate: TableProgram) -> None:
    """Views, and the views of violating units, which are 0 in nine rows of ten."""
    source = poisson(oracle_path("poisson_pps_sample.csv"), "--label", label, "--estimator", "total")
    assert estimate(*source).code == 0


CELLS: dict[str, tuple[dict[str, list[Any]], list[str]]] = {
    "yes and no": ({"y": ["no", "yes", "no", "yes", "no"]}, ["`y` (--label)", "`no`", "write 1 for yes"]),
    "a decimal comma": ({"pi": ["0,5", 0.5, 0.5, 0.5, 0.5]}, ["`0,5`", "decimals with a point"]),
    "a percentage": ({"pi": ["50%", 0.5, 0.5, 0.5, 0.5]}, ["`50%`", "0.5"]),
    "a number with an underscore": ({"y": ["0_1", 0, 0, 1, 0]}, ["`y` (--label)", "`0_1`", "row 1"]),
    "a probability of next to nothing": (
        {"pi": ["1e-300", 0.5, 0.5, 0.5, 0.5]},
        ["`pi` (--inclusion-probability)", "`1e-300`", "1e+15 units"],
    ),
    "an endless label": ({"y": [0, "1e300", 5, 6, 7]}, ["`y` (--label)", "`1e300`", "between"]),
}


@pytest.mark.parametrize(("columns", "named"), CELLS.values(), ids=CELLS)
def test_cells_that_are_no_usable_number_are_refused(
    columns: dict[str, list[Any]], named: list[str], tmp_path: Path, estimate: TableProgram
) -> None:
    answer = estimate(*poisson(written(tmp_path, UNITS | columns)))
    assert (answer.code, answer.out) == (2, "")
    for text in named:
        assert text in answer.err
    assert answer.err.count("\n") == 1


@pytest.mark.parametrize("weight", ["1e300", "1e-300"])
@pytest.mark.parametrize("design", ["poisson", "srs", "pps_with_replacement"])
def test_weights_beyond_any_population_are_refused(
    weight: str, design: str, tmp_path: Path, estimate: TableProgram
) -> None:
    source = written(tmp_path, UNITS | {"w": [2, 4, weight, 10, 10]})
    answer = estimate("--input", source, "--label", "y", "--design", design, "--weight", "w")
    assert answer.code == 2
    for text in ("`w` (--weight)", f"`{weight}` in row 3", "1e+15"):
        assert text in answer.err


@pytest.mark.parametrize("total", ["1_000", "1e300", "inf", "nan"])
def test_totals_that_are_no_usable_number_are_refused(total: str, tmp_path: Path, estimate: TableProgram) -> None:
    answer = estimate(*poisson(written(tmp_path, UNITS), "--population-size", total))
    assert answer.code == 2
    assert "--population-size" in answer.err
    assert total in answer.err


@pytest.mark.parametrize(("sign", "name"), [(";", "semicolons"), ("\t", "tabs")])
def test_other_separators_are_named(sign: str, name: str, tmp_path: Path, estimate: TableProgram) -> None:
    source = tmp_path / "european.csv"
    source.write_text(f"y{sign}pi\n1{sign}0,5\n0{sign}0,5\n")
    answer = estimate(*poisson(source))
    assert (answer.code, answer.out) == (2, "")
    for text in ("european.csv", "`y` (--label)", name, "commas"):
        assert text in answer.err


def test_truth_values_are_verdicts(tmp_path: Path, estimate: TableProgram) -> None:
    source = written(tmp_path, UNITS | {"y": ["false", "true", "false", "TRUE", "False"]})
    assert estimate(*poisson(source)).whole["estimate"] == pytest.approx(14 / 30)
