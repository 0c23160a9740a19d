"""Engine `duckdb`: the measured work by DuckDB and delta-rs."""

import uuid

from lib.settings import load_design, load_policies
from scripts.benchmark.duckdb_version.connection import connect
from scripts.benchmark.duckdb_version.sample import write_sample
from scripts.benchmark.duckdb_version.scores import write_scores
from scripts.benchmark.duckdb_version.units import write_units
from scripts.benchmark.measured_work import DAYS, ESTIMATES, SAMPLE, SCORES, UNITS, MeasuredWork
from scripts.benchmark.sample_estimates import write_estimates
from scripts.benchmark.step_clock import StepClock


def main() -> None:
    """Run the measured steps of both days in one process."""
    work = MeasuredWork.of_command_line(__doc__)
    settings = work.settings()
    design, policies = load_design(settings.sampling.design), [policy.id for policy in load_policies()]
    connection = connect(design.seed)
    clock = StepClock(DAYS[0])
    for ds in DAYS:
        run_id = uuid.uuid4().hex
        with clock.step(ds, UNITS):
            write_units(connection, work.logs, work.warehouse, ds, settings.units, run_id)
        with clock.step(ds, SCORES):
            write_scores(connection, work.warehouse, ds, policies, run_id)
        with clock.step(ds, SAMPLE):
            write_sample(connection, work.warehouse, ds, design, policies, run_id)
        with clock.step(ds, ESTIMATES):
            write_estimates(work, settings, ds, design.design_id, policies, run_id)


if __name__ == "__main__":
    main()
