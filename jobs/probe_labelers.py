"""Run the scorer and the labelers on hard cases written to mislead them; no probe enters an estimate."""

import sys
from collections.abc import Sequence

from pyspark.sql import SparkSession

from lib.command_line import run_job
from lib.labelling.probes.lexicons import load_lexicons
from lib.labelling.probes.previous_results import previous_results
from lib.labelling.probes.probe_set import probe_set
from lib.labelling.probes.probed_subjects import probed_labelers, probed_scorer
from lib.labelling.probes.result_rows import probe_rows
from lib.run_context import RunContext
from lib.settings import load_policies
from lib.storage import Commit, Storage
from schemas import probe_results
from schemas.contracts.settings import Settings
from schemas.table_spec import one_of

STEP = "probe_labelers"


def run(spark: SparkSession, settings: Settings, run_context: RunContext) -> Sequence[Commit]:
    """Write probe_results of the day, one set of rows per scorer or labeler version; writes no other table."""
    storage, ds = Storage(spark, settings.storage, writes=(probe_results.TABLE,)), run_context.ds
    policies = load_policies()
    probes = probe_set(policies, load_lexicons(policies))
    scorer = probed_scorer(probes, settings, storage=storage, run_context=run_context)
    labelers = probed_labelers(probes, settings, storage=storage, run_context=run_context)
    known = storage.read_if_exists(probe_results.TABLE)

    commits = []
    for subject in (*([scorer] if scorer else []), *labelers):
        previous = previous_results(known, subject_id=subject.subject_id, subject_version=subject.version, ds=ds)
        records = probe_rows(probes, subject, previous=previous, level=settings.evaluation.confidence_level)
        rows = run_context.stamp(storage.rows(probe_results.TABLE, records))
        of_subject = f"{one_of('subject_id', [subject.subject_id])} AND {one_of('subject_version', [subject.version])}"
        commits.append(storage.replace(probe_results.TABLE, rows, where=f"ds = DATE'{ds:%Y-%m-%d}' AND {of_subject}"))
    return commits


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job from the command line."""
    return run_job(STEP, run, description=__doc__, arguments=arguments)


if __name__ == "__main__":
    sys.exit(main())
