"""What a day's moments are made of, so that a release never shows moments of labels that have changed since."""

from collections.abc import Mapping

from pyspark.sql import DataFrame

from lib.release.content_fingerprint import content_fingerprints
from schemas import labels, rung_samples, samples, sampling_frame
from schemas.contracts.canonical_hash import canonical_hash
from schemas.contracts.settings import Settings

MOMENTS_MADE_OF = (samples.TABLE, sampling_frame.TABLE, rung_samples.TABLE, labels.TABLE)
_OF_ESTIMATION = {"measures", "response_cells", "minimum_respondents"}


def made_of(frames: Mapping[str, DataFrame], settings: Settings) -> str:
    """Content hash of what the moments of a day are made of; `frames`: table to its rows of the day and design."""
    return made_of_fingerprints(content_fingerprints(frames), settings)


def made_of_fingerprints(fingerprints: Mapping[str, str], settings: Settings) -> str:
    """As `made_of`, from fingerprints that are known; those of other tables are passed over."""
    rungs = {rung.rung: rung.sample_size for rung in settings.labelling.rungs}
    return canonical_hash(
        {
            "tables": {spec.name: fingerprints[spec.name] for spec in MOMENTS_MADE_OF},
            "estimation": settings.estimation.model_dump(mode="json", include=_OF_ESTIMATION),
            "rungs": rungs,
            "series_breaks": [known.model_dump(mode="json") for known in settings.series_breaks],
        }
    )
