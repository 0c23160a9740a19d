"""The verdicts that count in the day's numbers."""

from collections.abc import Sequence

from pyspark.sql import DataFrame

from lib.labelling.ladder import drawn_labels
from lib.labelling.series_labels import labels_of_series
from schemas.contracts.series_break import SeriesBreakSettings


def counted_labels(
    labels: DataFrame,
    rung_samples: DataFrame,
    *,
    policies: Sequence[str],
    series_breaks: Sequence[SeriesBreakSettings],
) -> DataFrame:
    """`drawn_labels` of one design, without the labels that only serve the study of a declared break."""
    return drawn_labels(labels_of_series(labels, series_breaks), rung_samples, policies=policies)
