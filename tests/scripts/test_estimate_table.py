"""Estimates from a file by hand-computed answers, the interplay of options, and what is refused."""

import json
import math
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.scripts.table_programs import UNITS, TableProgram, estimate, poisson, units, written

__all__ = ["estimate", "units"]

ROOT = Path(__file__).resolve().parents[2]


def test_estimators_by_hand(units: Path, estimate: TableProgram) -> None:
    known = ["--population-size", 40, "--auxiliary", "a", "--auxiliary-total", 8]
    expected = {
        "total": 14,
        "horvitz_thompson": 14 / 40,
        "hajek": 14 / 30,
        "ratio": 14 / 30,
        # Σ w (y - a) = 14 - (0.2 + 2.4 + 0.4 + 4 + 1) = 6
        "difference": (8 + 6) / 40,
    }
    # Σ (1 - π)/π² e², e = y - 14/30
    hajek_variance = sum(w * (w - 1) * (y - 14 / 30) ** 2 for w, y in zip(UNITS["w"], UNITS["y"], strict=True)) / 30**2
    std_errors = {"total": math.sqrt(12 + 90), "horvitz_thompson": math.sqrt(102) / 40, "hajek": hajek_variance**0.5}
    for estimator, value in expected.items():
        found = estimate(*poisson(units, "--estimator", estimator, "--interval", "wald", *known)).whole
        assert found["n"] == 5
        assert found["estimate"] == pytest.approx(value, rel=1e-12)
        assert found["degrees_of_freedom"] == 4
        if estimator in std_errors:
            assert found["std_error"] == pytest.approx(std_errors[estimator], rel=1e-12)


def test_exposure_weighs_the_label(units: Path, estimate: TableProgram) -> None:
    exposed = poisson(units, "--exposure", "x", "--interval", "wald")
    expected = {"total": 12 + 10, "hajek": 22 / 82, "ratio": 22 / 82, "horvitz_thompson": 22 / 90}
    for estimator, value in expected.items():
        found = estimate(*exposed, "--estimator", estimator, "--exposure-total", 90).whole
        assert found["estimate"] == pytest.approx(value, rel=1e-12)
    # an auxiliary that is the exposure brings its total along
    by_auxiliary = estimate(
        *exposed, "--estimator", "horvitz_thompson", "--auxiliary", "x", "--auxiliary-total", 90
    ).whole
    assert by_auxiliary["estimate"] == pytest.approx(22 / 90, rel=1e-12)


def test_domains_come_first_by_name_then_the_whole(units: Path, estimate: TableProgram) -> None:
    answer = estimate(*poisson(units, "--estimator", "hajek", "--domain", "d"))
    assert [(e["domain"], e["n"]) for e in answer.estimates] == [("north", 3), ("south", 2), (None, 5)]
    assert [e["estimate"] for e in answer.estimates] == pytest.approx([10 / 16, 4 / 14, 14 / 30])
    totals = estimate(*poisson(units, "--estimator", "total", "--domain", "d")).estimates
    assert [e["estimate"] for e in totals] == pytest.approx([10, 4, 14])
    # Poisson: the variances of disjoint domains' totals add up
    assert totals[0]["std_error"] ** 2 + totals[1]["std_error"] ** 2 == pytest.approx(totals[2]["std_error"] ** 2)
    assert {e["degrees_of_freedom"] for e in [*answer.estimates, *totals]} == {4}


def test_strata_that_are_domains_have_known_sizes(units: Path, estimate: TableProgram) -> None:
    stratified = [*("--input", units, "--label", "y", "--design", "stratified"), "--stratum", "h"]
    stratified += ["--stratum-size", "size", "--domain", "h"]
    by_size = estimate(*stratified, "--estimator", "horvitz_thompson").estimates
    assert [e["estimate"] for e in by_size] == pytest.approx([0.5, 1 / 3, (4.5 + 7) / 30])
    total = estimate(*stratified, "--estimator", "total", "--interval", "logit").estimates
    rate = estimate(*stratified, "--estimator", "hajek", "--interval", "logit").estimates
    for scaled, share, size in zip(total, rate, (9, 21, 30), strict=True):
        assert scaled["ci_high"] == pytest.approx(size * share["ci_high"])


def test_srs_takes_its_weights_and_correction_from_the_population_size(units: Path, estimate: TableProgram) -> None:
    srs = ["--input", units, "--label", "y", "--design", "srs", "--population-size", 10, "--interval", "wald"]
    found = estimate(*srs, "--estimator", "total").whole
    assert found["estimate"] == pytest.approx(4)
    assert found["std_error"] == pytest.approx(math.sqrt(10**2 * (1 - 0.5) * 0.3 / 5))
    census = estimate(*srs[:-3], 5, "--estimator", "hajek").whole
    assert (census["estimate"], census["std_error"], census["ci_low"], census["ci_high"]) == (0.4, 0.0, 0.4, 0.4)


def test_weights_stand_for_probabilities(units: Path, estimate: TableProgram) -> None:
    by_weight = [*("--input", units, "--label", "y", "--weight", "w"), "--design"]
    by_probability = ["--input", units, "--label", "y", "--inclusion-probability", "pi", "--design"]
    for design in ("poisson", "bottom_k", "srs", "pps_with_replacement", "pps_brewer", "pps_hartley_rao"):
        first, second = (estimate(*options, design).whole for options in (by_weight, by_probability))
        assert first == pytest.approx(second)


def test_sub_sampled_clusters_are_not_corrected_for_the_first_stage_alone(
    tmp_path: Path, estimate: TableProgram
) -> None:
    clusters = {"y": [1, 0, 0, 0, 1, 0], "c": list("aabbcc"), "big": [4] * 6, "w": [6.0] * 6}
    source = written(tmp_path, clusters)
    options = ["--input", source, "--label", "y", "--design", "cluster", "--cluster", "c", "--estimator", "total"]
    plain = estimate(*options, "--weight", "w").whole
    assert estimate(*options, "--weight", "w", "--stratum-size", "big").whole == plain
    whole_clusters = estimate(*options, "--stratum-size", "big").whole  # 3 of 4: weight 4/3
    assert whole_clusters["std_error"] / (4 / 3) == pytest.approx(plain["std_error"] / 6 * math.sqrt(1 / 4))


def test_a_domain_without_exposure_has_no_rate(tmp_path: Path, estimate: TableProgram) -> None:
    columns = {"y": [0, 1, 1], "pi": [0.5] * 3, "x": [3, 2, 0], "d": ["seen", "seen", "unseen"]}
    answer = estimate(*poisson(written(tmp_path, columns), "--exposure", "x", "--domain", "d", "--estimator", "ratio"))
    unseen = {e["domain"]: e for e in answer.estimates}["unseen"]
    assert [unseen[name] for name in ("n", "estimate", "std_error", "ci_low", "ci_high")] == [1, None, None, None, None]


def test_quantities_and_truth_values_are_labels_too(tmp_path: Path, estimate: TableProgram) -> None:
    source = written(tmp_path, UNITS | {"bool": [False, True, False, True, False]})
    assert estimate(*poisson(source, "--label", "bool")).whole == estimate(*poisson(source)).whole
    views = estimate(*poisson(source, "--label", "x", "--estimator", "total")).whole
    assert views["estimate"] == pytest.approx(2 + 12 + 8 + 10 + 50)


def test_parquet_gives_the_same_answer(units: Path, tmp_path: Path, estimate: TableProgram) -> None:
    parquet = tmp_path / "units.parquet"
    pd.DataFrame(UNITS).to_parquet(parquet)
    options = ["--domain", "d", "--exposure", "x"]
    assert estimate(*poisson(parquet, *options)).out == estimate(*poisson(units, *options)).out


def run(*command: object) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, *map(str, command)], cwd=ROOT, capture_output=True, text=True, check=False)


def test_a_drawn_sample_is_estimated_from_the_command_line(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    frame = pd.DataFrame({"w": random.lognormal(size=2_000), "y": (random.random(2_000) < 0.1).astype(int)})
    source, sample = written(tmp_path, frame, "frame.csv"), tmp_path / "sample.csv"
    drawn = run(
        *("scripts/draw_table.py", "--input", source, "--size-measure", "w", "--n", 500, "--design", "bottom_k"),
        *("--seed", 7, "--output", sample),
    )
    assert (drawn.returncode, drawn.stderr) == (0, "")
    start = time.monotonic()
    estimated = run(
        *("scripts/estimate_table.py", "--input", sample, "--label", "y", "--design", "bottom_k"),
        *("--inclusion-probability", "inclusion_probability", "--estimator", "horvitz_thompson"),
        *("--population-size", 2_000, "--interval", "split_gamma", "--level", 0.95),
    )
    assert time.monotonic() - start < 20.0  # about 1 on an idle machine
    (found,) = json.loads(estimated.stdout)["estimates"]
    assert found["ci_low"] < frame["y"].mean() < found["ci_high"]


def test_the_programs_need_no_spark() -> None:
    code = "import sys, scripts.estimate_table, scripts.draw_table; print([m for m in sys.modules if 'pyspark' in m])"
    assert run("-c", code).stdout == "[]\n"
