"""Audit estimators and intervals by simulation: designs x scores x rates x budgets x rungs x measures.

Draws many samples from synthetic populations with the library's own designs, estimates with the library's own code and
writes a table and a picture of bias, variance estimates, coverage on either side, width, and the gain over simple
random sampling. Needs no Spark.
"""

import argparse
import itertools
import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from lib.audit.coverage import audit, simple_random_variance
from lib.audit.population import SCORE_KINDS, ScoreKind, synthetic_population
from lib.audit.repeated_draws import repeated_bottom_k, repeated_poisson
from lib.audit.repeated_ladder import climb, ladder_moments
from lib.audit.size_measure import defensive_size_measure
from lib.estimation.intervals.prevalence_interval import INTERVAL_METHODS
from scripts.coverage_audit.picture import coverage_picture
from scripts.coverage_audit.report import coverage_report

RATES = (0.0005, 0.002, 0.01, 0.05)
BUDGETS = (500, 2_000, 8_000)
RUNGS = (1, 2, 3)
MEASURES = ("units", "views")
DESIGNS = ("bottom_k", "poisson", "simple_random")
ESTIMATORS = ("regression", "hajek")
CLIMBING_SHARE = 0.3
LEAST_POSITIVES = 3.0
POPULATION_SIZE = 200_000
RARE, RARE_POPULATION_SIZE = 0.001, 500_000


@dataclass(frozen=True)
class Cell:
    """One population and way of sampling it."""

    score: ScoreKind
    rate: float
    budget: int
    n_rungs: int
    measure: str
    design: str
    estimator: str
    seed: int


def cells() -> list[Cell]:
    """Every population, budget and ladder, for either measure, with designs and estimators taking turns."""
    combined = itertools.product(SCORE_KINDS, RATES, BUDGETS, RUNGS, MEASURES)
    chosen = []
    for number, (score, rate, budget, n_rungs, measure) in enumerate(combined):
        # Every population is drawn by both designs, one a measure, in turn.
        design = DESIGNS[(number + number // len(MEASURES)) % 2]
        chosen.append(Cell(score, rate, budget, n_rungs, measure, design, ESTIMATORS[0], seed=number))
        if n_rungs == 1 and budget == BUDGETS[1]:
            chosen.append(Cell(score, rate, budget, n_rungs, measure, DESIGNS[0], ESTIMATORS[1], seed=number))
            if score == "none":
                chosen.append(Cell(score, rate, budget, n_rungs, measure, DESIGNS[2], ESTIMATORS[1], seed=number))
    return chosen


def audit_cell(cell: Cell, n_replicates: int) -> list[dict[str, Any]]:
    """Figures of one cell, one record an interval method; none if it has too few positives to say anything."""
    random = np.random.default_rng([20_261_122, cell.seed])
    size = RARE_POPULATION_SIZE if cell.rate < RARE else POPULATION_SIZE
    population = synthetic_population(
        size, prevalence=cell.rate, score_kind=cell.score, n_rungs=cell.n_rungs, random=random
    )
    is_simple = cell.design == "simple_random"
    size_measure = np.full(size, 1.0 / size) if is_simple else defensive_size_measure(population)
    draw = repeated_poisson if cell.design == "poisson" else repeated_bottom_k
    rung_sizes = [round(cell.budget * CLIMBING_SHARE**rung) for rung in range(1, cell.n_rungs)]

    def moments(n: int) -> Iterator[Any]:
        draws = draw(size_measure, cell.budget, n, random)
        return ladder_moments(
            population, climb(population, draws, rung_sizes=rung_sizes, random=random), measure=cell.measure
        )

    if np.mean([replicate.n_positive[-1] for replicate in moments(20)]) < LEAST_POSITIVES:
        return []
    exposure = population.exposures[cell.measure]
    figures = audit(
        moments(n_replicates),
        truth=population.prevalence(cell.measure),
        simple_random_variance=simple_random_variance(exposure, population.verdicts[-1]),
        estimator=cell.estimator,  # type: ignore[arg-type]  # a literal of ESTIMATORS
        methods=INTERVAL_METHODS,
        level=0.95,
    )
    shared = asdict(cell) | {key: value for key, value in asdict(figures).items() if key != "intervals"}
    return [shared | asdict(interval) for interval in figures.intervals]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the audit and write the table, the report and the picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=Path("docs/coverage"), help="folder (default: docs/coverage)")
    parser.add_argument("--replicates", type=int, default=500, help="samples per cell (default: 500)")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="default: one a core")
    parsed = parser.parse_args(arguments)
    chosen = cells()
    records: list[dict[str, Any]] = []
    with ProcessPoolExecutor(parsed.processes) as pool:
        found = pool.map(audit_cell, chosen, itertools.repeat(parsed.replicates))
        for rows in tqdm(found, total=len(chosen), unit="cell", disable=not sys.stderr.isatty()):
            records += rows
    table = pd.DataFrame(records)
    parsed.output.mkdir(parents=True, exist_ok=True)
    table.round(6).to_csv(parsed.output / "coverage.csv", index=False)
    (parsed.output / "coverage.md").write_text(coverage_report(table, parsed.replicates))
    coverage_picture(table).save(parsed.output / "coverage.png", scale_factor=1.5)
    print(coverage_report(table, parsed.replicates))
    return 0


if __name__ == "__main__":
    sys.exit(main())
