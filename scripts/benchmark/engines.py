"""The engines that are compared, and how each is run."""

import sys
from collections.abc import Sequence

from scripts.benchmark.measured_work import SAMPLE, SCORES, STEPS, UNITS, MeasuredWork

CHAIN, DUCKDB, POLARS, NAIVE = "chain", "duckdb", "polars", "naive"
# Each repetition runs them in this order; the chain's first warehouse has the labels that the others read.
ENGINES = (CHAIN, DUCKDB, POLARS, NAIVE)
_PROGRAMS = {
    CHAIN: "scripts.benchmark.run_chain_steps",
    DUCKDB: "scripts.benchmark.duckdb_version.program",
    POLARS: "scripts.benchmark.polars_version.program",
    NAIVE: "scripts.benchmark.naive_spark",
}
STEPS_OF = {CHAIN: STEPS, DUCKDB: STEPS, POLARS: STEPS, NAIVE: (UNITS, SCORES, SAMPLE)}


def command_of(engine: str, work: MeasuredWork) -> Sequence[str]:
    """The command line that runs the engine's work in a process of its own."""
    return [sys.executable, "-m", _PROGRAMS[engine], *work.arguments()]
