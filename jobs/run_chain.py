"""Run the steps of the chain in order, in one Spark session, for one day or several."""

import sys
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date

from pyspark.sql import SparkSession

from jobs import (
    build_interaction_units,
    calibrate_labelers,
    draw_sample,
    estimate_prevalence,
    label_sample,
    monitor,
    publish_dashboard,
    release_metrics,
    score_units,
    train_scorer,
)
from lib.command_line import StepFunction, argument_parser, days_between, exit_code_of, run_step, settings_of
from lib.quality.step_checks import StepChecks
from lib.run_context import RunContext
from lib.session import build_session
from schemas.contracts.settings import Settings

STEPS: dict[str, StepFunction] = {
    job.STEP: job.run
    for job in (
        build_interaction_units,
        train_scorer,
        score_units,
        draw_sample,
        label_sample,
        calibrate_labelers,
        estimate_prevalence,
        release_metrics,
        monitor,
        publish_dashboard,
    )
}


def steps_between(first: str, last: str) -> dict[str, StepFunction]:
    """The steps from `first` to `last`, both included, in the order of the chain."""
    names = list(STEPS)
    return {name: STEPS[name] for name in names[names.index(first) : names.index(last) + 1]}


def run_days(spark: SparkSession, settings: Settings, steps: Mapping[str, StepFunction], days: Sequence[date]) -> None:
    """Run `steps` for each of `days` in turn; a step whose data checks fail stops the run.

    Units depend on the logs alone: they are built ahead, beside the later steps of the days before. The dashboard
    shows all days: one page after the last day says everything.
    """
    contexts = {ds: RunContext(ds=ds) for ds in days}
    ahead = {name: run for name, run in steps.items() if name == build_interaction_units.STEP}
    once = {publish_dashboard.STEP}
    checks = StepChecks.of(spark, settings)
    with checks.stored_at_end(), ThreadPoolExecutor(max_workers=1) as builder:
        built = [
            builder.submit(run_step, name, run, spark, settings, contexts[ds], checks)
            for ds in days
            for name, run in ahead.items()
        ]
        try:
            for position, ds in enumerate(days):
                if ahead:
                    built[position].result()
                for name, run in steps.items():
                    if name not in ahead and (name not in once or ds == days[-1]):
                        run_step(name, run, spark, settings, contexts[ds], checks)
        finally:
            for future in built:
                future.cancel()


def chain_parser() -> ArgumentParser:
    """The arguments of the chain."""
    names = list(STEPS)
    parser = argument_parser(__doc__)
    parser.add_argument("--until", type=date.fromisoformat, metavar="DS", help="last day, for a back-fill")
    parser.add_argument("--from", dest="first", choices=names, default=names[0], metavar="STEP", help="first step")
    parser.add_argument("--to", dest="last", choices=names, default=names[-1], metavar="STEP", help="last step")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the chain from the command line."""
    parser = chain_parser()
    parsed = parser.parse_args(arguments)
    steps, days = steps_between(parsed.first, parsed.last), days_between(parsed.ds, parsed.until or parsed.ds)
    if not steps:
        parser.error(f"--from {parsed.first} comes after --to {parsed.last} in the chain")
    if not days:
        parser.error(f"--until {parsed.until} is before --ds {parsed.ds}")

    def work() -> None:
        settings = settings_of(parsed)
        run_days(build_session(settings.spark, app_name="plumbline-chain"), settings, steps, days)

    return exit_code_of(work)


if __name__ == "__main__":
    sys.exit(main())
