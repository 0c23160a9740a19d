"""Builds the labeler that conf names for a rung."""

from collections.abc import Sequence

from pyspark.sql import functions as F

from lib.labelling.file_labeler import FileLabeler
from lib.labelling.labeler import Labeler
from lib.labelling.simulated_labeler import SimulatedLabeler
from lib.run_context import RunContext
from lib.settings import require_known_policies
from lib.storage import Storage
from schemas.contracts.labelling_settings import RungSettings, SimulatedLabelerSettings
from schemas.contracts.policy import Policy


def build_labeler(
    rung: RungSettings, *, policies: Sequence[Policy], storage: Storage, run_context: RunContext
) -> Labeler:
    """The labeler of `rung`; raises ConfigurationError."""
    labeler = rung.labeler
    if isinstance(labeler, SimulatedLabelerSettings):
        where = f"labelling.rungs, labeler `{rung.labeler_id}`"
        require_known_policies({**labeler.sensitivity, **labeler.specificity}, policies, where=where)
        return SimulatedLabeler(
            labeler_id=rung.labeler_id,
            truth=storage.read_dataset(labeler.truth_path, "parquet").where(F.col("ds") == F.lit(run_context.ds)),
            sensitivity=labeler.sensitivity,
            specificity=labeler.specificity,
            seed=labeler.seed,
        )
    file = storage.read_dataset(labeler.path, labeler.format)
    return FileLabeler(labeler_id=rung.labeler_id, file=file, path=labeler.path)
