"""Drawing from a file: who is drawn with which probability, what is written, and what is refused."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lib.sampling.array_selection import permanent_random_numbers
from tests.scripts.table_programs import TableProgram, draw, written

__all__ = ["draw"]

ADDED = ["inclusion_probability", "weight", "random_number", "size_measure"]


def frame(n_rows: int = 200) -> pd.DataFrame:
    random = np.random.default_rng(4)
    return pd.DataFrame(
        {
            "unit": [f"{i:05d}" for i in range(n_rows)],
            "surface": random.choice(["feed", "search"], n_rows),
            "note": ["", "007"] * (n_rows // 2),
            "w": random.lognormal(size=n_rows).round(6),
        }
    )


def read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype={"unit": str, "note": str}, keep_default_na=False, float_precision="round_trip")


def options(source: Path, output: Path, *more: object) -> list[object]:
    return ["--input", source, "--output", output, "--size-measure", "w", *more]


def test_bottom_k_takes_the_smallest_ranks(tmp_path: Path, draw: TableProgram) -> None:
    source, output = written(tmp_path, frame(), "frame.csv"), tmp_path / "drawn.csv"
    answer = draw(*options(source, output, "--n", 30, "--design", "bottom_k", "--seed", 7))
    assert (answer.code, answer.err) == (0, "")
    population, sample = read(source), read(output)
    assert list(sample) == [*population, *ADDED]
    numbers = permanent_random_numbers([str(row) for row in range(1, 201)], seed=7)
    ranks = numbers / population["w"].to_numpy()
    order = np.argsort(ranks)
    taken = np.sort(order[:30])
    assert sample["unit"].tolist() == population["unit"].iloc[taken].tolist()
    expected = np.minimum(1.0, population["w"].to_numpy()[taken] * ranks[order[30]])
    assert sample["inclusion_probability"].tolist() == expected.tolist()
    assert sample["weight"].tolist() == (1 / expected).tolist()
    assert sample["random_number"].tolist() == numbers[taken].tolist()
    assert sample["size_measure"].tolist() == population["w"].iloc[taken].tolist()


def test_cells_stay_as_they_were_written(tmp_path: Path, draw: TableProgram) -> None:
    source, output = tmp_path / "frame.csv", tmp_path / "drawn.csv"
    source.write_text("unit,w,text\n007,1.50,\n008,2,NA\n")
    assert draw(*options(source, output, "--n", 2, "--seed", 1)).code == 0
    assert output.read_text().splitlines()[1].startswith("007,1.50,,1.0,1.0,")
    assert output.read_text().splitlines()[2].startswith("008,2,NA,1.0,1.0,")


@pytest.mark.parametrize("design", ["bottom_k", "poisson"])
def test_the_same_seed_draws_the_same_rows_and_another_does_not(
    design: str, tmp_path: Path, draw: TableProgram
) -> None:
    source, output = written(tmp_path, frame(), "frame.csv"), tmp_path / "drawn.csv"
    texts = []
    for seed in (7, 7, 8):
        assert draw(*options(source, output, "--n", 30, "--design", design, "--seed", seed)).code == 0
        texts.append(output.read_text())
    assert texts[0] == texts[1] != texts[2]


def test_an_identifier_makes_the_draw_independent_of_the_order_of_rows(tmp_path: Path, draw: TableProgram) -> None:
    shuffled = frame().sample(frac=1.0, random_state=1)
    drawn = []
    for name, rows in {"frame.csv": frame(), "shuffled.csv": shuffled}.items():
        source, output = written(tmp_path, rows, name), tmp_path / f"drawn_{name}"
        assert draw(*options(source, output, "--n", 30, "--seed", 7, "--id", "unit")).code == 0
        drawn.append(read(output).sort_values("unit", ignore_index=True))
    pd.testing.assert_frame_equal(*drawn)
    assert drawn[0]["random_number"].tolist() == permanent_random_numbers(drawn[0]["unit"], seed=7).tolist()


def test_poisson_probabilities_are_exact_and_decide_who_is_taken(tmp_path: Path, draw: TableProgram) -> None:
    rows = frame().assign(u=1.0 - np.random.default_rng(9).random(200))
    source, output = written(tmp_path, rows, "frame.csv"), tmp_path / "drawn.csv"
    answer = draw(*options(source, output, "--n", 30, "--design", "poisson", "--random-number", "u"))
    assert answer.code == 0
    population, sample = read(source), read(output)
    factor = (sample["inclusion_probability"] / sample["w"])[sample["inclusion_probability"] < 1].iloc[0]
    probability = np.minimum(1.0, factor * population["w"])
    assert probability.sum() == pytest.approx(30)
    assert sample["unit"].tolist() == population["unit"][population["u"] < probability].tolist()
    assert sample["random_number"].tolist() == sample["u"].tolist()


def test_strata_share_the_sample_by_what_a_draw_without_them_expects(tmp_path: Path, draw: TableProgram) -> None:
    rows = frame()
    rows.loc[0, "w"] = 1e6  # certain; it must not draw the sample into its stratum
    source, output = written(tmp_path, rows, "frame.csv"), tmp_path / "drawn.csv"
    assert draw(*options(source, output, "--n", 41, "--seed", 7, "--stratum", "surface")).code == 0
    sample = read(output)
    assert len(sample) == 41
    others = rows.iloc[1:].groupby("surface")["w"].sum()
    expected = 40 * others / others.sum() + (others.index == rows["surface"][0])
    assert (sample["surface"].value_counts() - expected).abs().max() < 1
    assert "00000" in set(sample["unit"])


@pytest.mark.parametrize("n", [200, 500])
def test_as_many_rows_as_there_are_is_a_census(n: int, tmp_path: Path, draw: TableProgram) -> None:
    source, output = written(tmp_path, frame(), "frame.csv"), tmp_path / "drawn.csv"
    answer = draw(*options(source, output, "--n", n, "--seed", 7, "--stratum", "surface"))
    assert "every row was taken" in answer.out
    assert read(output)["inclusion_probability"].tolist() == [1.0] * 200


def test_parquet_comes_in_and_goes_out(tmp_path: Path, draw: TableProgram) -> None:
    csv, parquet = written(tmp_path, frame(), "frame.csv"), tmp_path / "frame.parquet"
    frame().to_parquet(parquet)
    samples = []
    for source in (csv, parquet):
        output = tmp_path / f"of_{source.suffix[1:]}.parquet"
        assert draw(*options(source, output, "--n", 30, "--seed", 7, "--id", "unit")).code == 0
        samples.append(pd.read_parquet(output))
    assert samples[0]["w"].dtype == np.float64
    columns = ["unit", "surface", "w", *ADDED]
    pd.testing.assert_frame_equal(samples[0][columns], samples[1][columns])


@pytest.mark.slow
def test_weighted_totals_are_unbiased_over_seeds(tmp_path: Path, draw: TableProgram) -> None:
    rows = frame(60)
    source, output = written(tmp_path, rows, "frame.csv"), tmp_path / "drawn.csv"
    counts = []
    for seed in range(150):
        draw(*options(source, output, "--n", 15, "--seed", seed, "--stratum", "surface"))
        counts.append(pd.read_csv(output)["weight"].sum())
    assert abs(np.mean(counts) - 60) < 4 * np.std(counts) / math.sqrt(150)


BAD_SIZES = {"0": "`0` in row 2", "-1.5": "`-1.5` in row 2", "many": "`many` in row 2", "inf": "`inf` in row 2"}


@pytest.mark.parametrize(("cell", "said"), [*BAD_SIZES.items(), ("", "first in row 2"), ("nan", "first in row 2")])
def test_a_size_that_is_no_positive_number_is_refused(cell: str, said: str, tmp_path: Path, draw: TableProgram) -> None:
    source = written(tmp_path, {"unit": [1, 2, 3], "w": ["1", cell, "2"]}, "frame.csv")
    answer = draw(*options(source, tmp_path / "drawn.csv", "--n", 2, "--seed", 7))
    assert (answer.code, answer.out) == (2, "")
    assert "`w` (--size-measure)" in answer.err
    assert said in answer.err
    assert answer.err.count("\n") == 1
    assert not (tmp_path / "drawn.csv").exists()


REFUSALS = {
    "an unknown column": (["--size-measure", "size"], "`size` (--size-measure)"),
    "an unknown stratum": (["--stratum", "country"], "`country` (--stratum)"),
    "more strata than rows to draw": (["--stratum", "unit", "--n", "5"], "`unit` (--stratum)"),
    "an identifier twice": (["--id", "surface"], "`surface` (--id)"),
    "an empty stratum": (["--stratum", "note"], "`note` (--stratum)"),
    "no rows to draw": (["--n", "0"], "--n"),
    "a seed that is no number": (["--seed", "x"], "--seed"),
    "two sources of random numbers": (["--random-number", "w"], "--random-number"),
    "another format": (["--output", "drawn.xlsx"], "drawn.xlsx"),
    "a place that is not there": (["--output", "nowhere/drawn.csv"], "nowhere"),
    "a column that would be lost": (["--size-measure", "weight"], "weight"),
}


@pytest.mark.parametrize(("changed", "named"), REFUSALS.values(), ids=REFUSALS)
def test_what_does_not_fit_is_refused_by_name(
    changed: list[str], named: str, tmp_path: Path, draw: TableProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    source = written(tmp_path, frame().assign(weight=1.0), "frame.csv")
    if "--size-measure" not in changed:
        source = written(tmp_path, frame(), "frame.csv")
    answer = draw(*options(source, tmp_path / "drawn.csv", "--n", 9, "--seed", 7, *changed))
    assert (answer.code, answer.out) == (2, "")
    assert named in answer.err
    assert answer.err.count("\n") == 1


def test_the_input_is_not_overwritten(tmp_path: Path, draw: TableProgram) -> None:
    source = written(tmp_path, frame(), "frame.csv")
    answer = draw(*options(source, source, "--n", 9, "--seed", 7))
    assert (answer.code, len(read(source))) == (2, 200)
