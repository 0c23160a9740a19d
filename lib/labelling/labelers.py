"""Builds the labeler that conf names for a rung."""

from collections.abc import Sequence

from pyspark.sql import functions as F

from lib.labelling.file_labeler import FileLabeler
from lib.labelling.labeler import Labeler
from lib.labelling.llm.warehouse_labeler import llm_labeler
from lib.labelling.redaction.redaction import Redaction
from lib.labelling.simulated_labeler import SimulatedLabeler
from lib.run_context import RunContext
from lib.settings import require_known_policies
from lib.storage import Storage
from schemas.contracts.labelling_settings import RungSettings, SimulatedLabelerSettings
from schemas.contracts.llm_settings import LlmLabelerSettings
from schemas.contracts.policy import Policy
from schemas.contracts.review_settings import ReviewQueueLabelerSettings
from schemas.errors import ConfigurationError


def build_labeler(
    rung: RungSettings,
    *,
    policies: Sequence[Policy],
    redaction: Redaction,
    storage: Storage,
    run_context: RunContext,
    judges_any_day: bool = False,
) -> Labeler:
    """The labeler of `rung`; raises ConfigurationError.

    A simulated labeler knows the truth of the run's day, or of all days for golden items, which are of any day.
    """
    labeler = rung.labeler
    if isinstance(labeler, SimulatedLabelerSettings):
        where = f"labelling.rungs, labeler `{rung.labeler_id}`"
        require_known_policies({**labeler.sensitivity, **labeler.specificity}, policies, where=where)
        truth = storage.read_dataset(labeler.truth_path, "parquet")
        return SimulatedLabeler(
            labeler_id=rung.labeler_id,
            truth=truth if judges_any_day else truth.where(F.col("ds") == F.lit(run_context.ds)),
            sensitivity=labeler.sensitivity,
            specificity=labeler.specificity,
            seed=labeler.seed,
        )
    if isinstance(labeler, LlmLabelerSettings):
        return llm_labeler(
            rung.labeler_id,
            labeler,
            policies=policies,
            redaction=redaction,
            storage=storage,
            run_context=run_context,
        )
    if isinstance(labeler, ReviewQueueLabelerSettings):
        raise ConfigurationError(
            f"Field `labelling.rungs`: labeler `{rung.labeler_id}` is a review queue of people and cannot be asked; "
            "run jobs/export_review_queue.py and jobs/import_review_labels.py, or name another labeler."
        )
    file = storage.read_dataset(labeler.path, labeler.format)
    return FileLabeler(labeler_id=rung.labeler_id, file=file, path=labeler.path)
