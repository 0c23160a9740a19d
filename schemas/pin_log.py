"""Input: Pin images shown with a response."""

from dataclasses import replace

from schemas.columns import DS, MALFORMED_FIELDS
from schemas.relations import Reference
from schemas.table_spec import ColumnSpec, TableSpec

TABLE = TableSpec(
    name="pin_log",
    grain="one delivery of a Pin impression; at-least-once, so the same event may come twice",
    columns=(
        DS,
        ColumnSpec("response_id", "string", "Response that showed the Pin", is_nullable=True, is_expected=True),
        ColumnSpec("pin_id", "string", "Pin", is_nullable=True, is_expected=True),
        ColumnSpec("slot", "int", "Position on the page, from 0", is_nullable=True, is_expected=True),
        ColumnSpec("image_signature", "string", "Content hash of the image, hex", is_nullable=True),
        ColumnSpec("image_url", "string", "Where the image is served", is_nullable=True),
        ColumnSpec("title", "string", "Title of the Pin", is_nullable=True),
        ColumnSpec("viewed", "boolean", "Whether the Pin came into view", is_nullable=True),
        ColumnSpec("event_ts", "timestamp", "When it was shown, UTC", is_nullable=True, is_expected=True),
        MALFORMED_FIELDS,
    ),
    key=("response_id", "slot", "pin_id"),
    is_daily=True,
    is_traffic=True,
    event_time="event_ts",
    references=(Reference(("response_id",), "response_log"),),
)

WITH_EMBEDDINGS = replace(
    TABLE,
    columns=(
        *TABLE.columns,
        ColumnSpec("image_embedding", "array<float>", "What an image model makes of the image", is_nullable=True),
    ),
)
"""The same log for the steps that read embeddings: a kilobyte a row, which all others leave where it is."""
