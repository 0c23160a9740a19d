"""Rows whose content is redacted for good: what is kept for longer than content is holds nothing personal."""

from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame

from lib.labelling.redaction.redaction import Redaction
from lib.labelling.redaction.shown_content import shown_content


def redacted_rows(rows: DataFrame, redaction: Redaction) -> DataFrame:
    """`rows` with query_text, response_text, and the Pins' titles and image addresses as labelers are shown them.

    `rows` has these columns, the Pins with all their fields, and any others, which stay.
    """

    def redact(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            redacted = [_redacted(row, redaction) for row in batch.to_pylist()]
            yield pa.RecordBatch.from_pylist(redacted, schema=batch.schema)

    return rows.mapInArrow(redact, rows.schema)


def _redacted(row: dict[str, Any], redaction: Redaction) -> dict[str, Any]:
    shown = shown_content(row, redaction)
    pins = [pin | of_pin.model_dump() for pin, of_pin in zip(row["pins"], shown.pins, strict=True)]
    return row | {"query_text": shown.query_text, "response_text": shown.response_text, "pins": pins}
