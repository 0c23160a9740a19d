"""Labels given for a bridge study do not replace those that the published numbers rest on."""

from datetime import date

from pyspark.sql import SparkSession

from lib.labelling.series_labels import labels_of_series
from schemas.contracts.series_break import SeriesBreakSettings

BEFORE, BREAK = date(2026, 3, 2), date(2026, 3, 3)
DECLARED = SeriesBreakSettings(
    ds=BREAK,
    policy="self_harm",
    rung="llm",
    version_kind="prompt_version",
    old_version="a",
    new_version="b",
    reason="shorter prompt",
)
# ds, policy, rung, prompt_version, kept
LABELS = (
    (BEFORE, "self_harm", "llm", "a", True),
    (BEFORE, "self_harm", "llm", "b", False),
    (BREAK, "self_harm", "llm", "a", False),
    (BREAK, "self_harm", "llm", "b", True),
    (BEFORE, "self_harm", "llm", "c", True),
    (BEFORE, "self_harm", "human", "b", True),
    (BEFORE, "harassment", "llm", "b", True),
)


def test_each_side_of_a_break_keeps_its_own_version(spark: SparkSession) -> None:
    schema = "ds date, policy string, rung string, prompt_version string, is_kept boolean"
    labels = spark.createDataFrame(LABELS, schema)
    kept = labels_of_series(labels, [DECLARED]).collect()
    assert sorted(map(tuple, kept)) == sorted(row for row in LABELS if row[-1])
    assert labels_of_series(labels, []).count() == len(LABELS)
