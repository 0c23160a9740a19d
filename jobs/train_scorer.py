"""Train the text scorer of a day from the labels of earlier days; without enough of them there is none yet."""

import sys
from collections.abc import Sequence

from pyspark.sql import SparkSession

from lib.command_line import run_job
from lib.labelling.label_rows import current_labels
from lib.run_context import RunContext
from lib.scoring.scorer_rows import rows_of_scorer
from lib.scoring.training import train_text_scorer
from lib.scoring.training_rows import training_rows
from lib.settings import load_policies
from lib.storage import Commit, Storage
from schemas import labels, sample_content, sample_embeddings, samples, scorers
from schemas.contracts.settings import Settings

STEP = "train_scorer"


def run(spark: SparkSession, settings: Settings, run_context: RunContext) -> Sequence[Commit]:
    """Write the day's scorer, trained on earlier days only; writes nothing while too little is labelled."""
    storage = Storage(spark, settings.storage, writes=(scorers.TABLE,))
    scoring = settings.scoring
    sampled, labelled = storage.read_if_exists(samples.TABLE), storage.read_if_exists(labels.TABLE)
    if scoring.source != "text_scorer" or sampled is None or labelled is None:
        return []
    # There are none from before the column was read.
    embeddings = storage.read_if_exists(sample_embeddings.TABLE) if scoring.learns_from_images else None
    rows = training_rows(
        sampled,
        storage.read(sample_content.TABLE),
        current_labels(labelled, keys=("ds", "design_id", "unit_id", "policy", "rung")),
        scoring_day=run_context.ds,
        window_days=scoring.training_window_days,
        maximum_text_length=scoring.maximum_text_length,
        embeddings=embeddings,
    )

    scorer = train_text_scorer(
        rows.toPandas(),
        policies=[policy.id for policy in load_policies()],
        minimum_positives=scoring.minimum_positives,
        n_features=scoring.n_features,
        maximum_text_length=scoring.maximum_text_length,
        image_embedding_length=0 if embeddings is None else scoring.image_embedding_length,
    )
    if scorer is None:
        return []

    trained = run_context.stamp(spark.createDataFrame(rows_of_scorer(scorer)))
    return [storage.replace_day(scorers.TABLE, trained, run_context.ds)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job from the command line."""
    return run_job(STEP, run, description=__doc__, arguments=arguments)


if __name__ == "__main__":
    sys.exit(main())
