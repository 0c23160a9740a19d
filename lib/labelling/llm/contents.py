"""What is shown of units, with the hash by which units of equal content share an answer."""

from collections.abc import Callable, Iterable, Iterator

import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lib.labelling.llm.answer_rows import record_batch
from lib.labelling.prompts.injection_signs import injection_signs
from lib.labelling.redaction.redaction import Redaction
from lib.labelling.redaction.shown_content import shown_content

_ARROW_SCHEMA = pa.schema(
    [
        ("unit_id", pa.string()),
        ("content_hash", pa.string()),
        ("content", pa.string()),
        ("injection_signs", pa.list_(pa.string())),
    ]
)
_SPARK_SCHEMA = "unit_id string, content_hash string, content string, injection_signs array<string>"


def unit_contents(units: DataFrame, redaction: Redaction) -> DataFrame:
    """The redacted content of `units` (unit_id, query_text, response_text, pins, and segments or language).

    Returns one row per unit: unit_id, content_hash, content (JSON of UnitContent), injection_signs. The hash is
    computed by UnitContent itself: Spark's own JSON escapes other characters than Python's.
    """
    shown = F.transform("pins", lambda pin: F.struct(pin["title"].alias("title"), pin["image_url"].alias("image_url")))
    lean = units.select(
        "unit_id", "query_text", "response_text", shown.alias("pins"), _language(units).alias("language")
    )
    return lean.mapInArrow(_with_hashes(redaction), _SPARK_SCHEMA)


def distinct_contents(contents: DataFrame) -> DataFrame:
    """One row per content: content_hash, content, injection_signs."""
    return contents.select("content_hash", "content", "injection_signs").dropDuplicates(["content_hash"])


def _language(units: DataFrame) -> Column:
    if "language" in units.columns:
        return F.col("language")
    return F.col("segments")["language"] if "segments" in units.columns else F.lit(None).cast("string")


def _with_hashes(redaction: Redaction) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    def read(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            contents = [(row["unit_id"], shown_content(row, redaction)) for row in batch.to_pylist()]
            rows = [
                {
                    "unit_id": unit_id,
                    "content_hash": content.content_hash,
                    "content": content.model_dump_json(),
                    "injection_signs": injection_signs(content),
                }
                for unit_id, content in contents
            ]
            yield record_batch(rows, _ARROW_SCHEMA)

    return read
