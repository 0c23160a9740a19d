"""Engine `chain`: the project's own steps, as jobs/run_chain.py runs them, without the data checks around them.

The steps that label are run as well, unmeasured: the sample's labels are what moments are made of.
"""

from jobs.run_chain import STEPS as JOBS
from lib.log_lines import configure_logging
from lib.run_context import RunContext
from lib.session import build_session
from scripts.benchmark.measured_work import DAYS, ESTIMATES, SAMPLE, SCORES, UNITS, MeasuredWork
from scripts.benchmark.step_clock import StepClock

_MEASURED = {
    "build_interaction_units": UNITS,
    "score_units": SCORES,
    "draw_sample": SAMPLE,
    "label_sample": "",
    "estimate_prevalence": ESTIMATES,
}


def main() -> None:
    """Run the measured steps of both days in one session."""
    configure_logging()
    settings = MeasuredWork.of_command_line(__doc__).settings()
    spark = build_session(settings.spark, app_name="plumbline-benchmark")
    clock = StepClock(DAYS[0])
    for ds in DAYS:
        for job, step in _MEASURED.items():
            if step:
                with clock.step(ds, step):
                    JOBS[job](spark, settings, RunContext(ds))
            else:
                JOBS[job](spark, settings, RunContext(ds))
    spark.stop()


if __name__ == "__main__":
    main()
