"""Draw the day's weighted probability sample; store the frame it was drawn from, and apart from it its content."""

import sys
from collections.abc import Sequence

from pyspark.sql import SparkSession

from lib.command_line import run_job
from lib.run_context import RunContext
from lib.sampling.content import content_of
from lib.sampling.draw import draw_sample
from lib.scoring.pin_embeddings import unit_embeddings
from lib.settings import load_design_for, load_policies
from lib.storage import Commit, Storage
from schemas import interaction_units, pin_log, sample_content, sample_embeddings, samples, sampling_frame, unit_scores
from schemas.contracts.settings import Settings

STEP = "draw_sample"


def run(spark: SparkSession, settings: Settings, run_context: RunContext) -> Sequence[Commit]:
    """Write sampling_frame, sample_content and samples of the configured design for the day.

    And sample_embeddings, if the scorer learns from what an image model makes of images.
    """
    writes = (sampling_frame.TABLE, sample_content.TABLE, sample_embeddings.TABLE, samples.TABLE)
    storage = Storage(spark, settings.storage, writes=writes)
    storage.require_day(unit_scores.TABLE, run_context.ds)
    ds = run_context.ds
    policies = load_policies()
    design = load_design_for(settings.sampling.design, policies)
    scores = storage.read_day(unit_scores.TABLE, ds)
    units = storage.read_day(interaction_units.TABLE, ds)
    reads = storage.versions([unit_scores.TABLE, interaction_units.TABLE])

    draw = draw_sample(
        scores,
        design=design,
        policies=[policy.id for policy in policies],
        measures=settings.estimation.measures,
        segments=settings.estimation.segments,
    )
    frame = storage.rows(sampling_frame.TABLE, [row | {"job_run_reads": reads} for row in draw.frame])

    # The sample last: whoever finds it finds its content too.
    content = content_of(draw.units, units)
    images = []
    if settings.scoring.learns_from_images:
        log, length = storage.read_log(pin_log.WITH_EMBEDDINGS, ds), settings.scoring.image_embedding_length
        images = [(sample_embeddings.TABLE, unit_embeddings(log, draw.units, units, length=length))]
    written = ((sampling_frame.TABLE, frame), (sample_content.TABLE, content), *images, (samples.TABLE, draw.units))
    commits = [
        storage.replace_day(spec, run_context.stamp(rows), ds, design_id=design.design_id) for spec, rows in written
    ]
    draw.release()
    return commits


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job from the command line."""
    return run_job(STEP, run, description=__doc__, arguments=arguments)


if __name__ == "__main__":
    sys.exit(main())
