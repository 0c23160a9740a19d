"""Builds the labeler that conf names for a rung."""

from collections.abc import Callable, Sequence
from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lib.labelling.file_labeler import FileLabeler
from lib.labelling.labeler import Labeler
from lib.labelling.simulated_labeler import SimulatedLabeler
from lib.settings import require_known_policies
from schemas.contracts.labelling_settings import RungSettings, SimulatedLabelerSettings
from schemas.contracts.policy import Policy

ReadDataset = Callable[[str, str], DataFrame]


def build_labeler(rung: RungSettings, *, ds: date, policies: Sequence[Policy], read_dataset: ReadDataset) -> Labeler:
    """The labeler of `rung`; `read_dataset(path, format)` reads what it needs. Raises ConfigurationError."""
    labeler = rung.labeler
    if isinstance(labeler, SimulatedLabelerSettings):
        where = f"labelling.rungs, labeler `{rung.labeler_id}`"
        require_known_policies({**labeler.sensitivity, **labeler.specificity}, policies, where=where)
        return SimulatedLabeler(
            labeler_id=rung.labeler_id,
            truth=read_dataset(labeler.truth_path, "parquet").where(F.col("ds") == F.lit(ds)),
            sensitivity=labeler.sensitivity,
            specificity=labeler.specificity,
            seed=labeler.seed,
        )
    return FileLabeler(labeler_id=rung.labeler_id, file=read_dataset(labeler.path, labeler.format), path=labeler.path)
