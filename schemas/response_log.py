"""Input: system responses."""

from schemas.columns import DS, MALFORMED_FIELDS
from schemas.relations import Reference
from schemas.table_spec import SHARE, ColumnSpec, TableSpec

TABLE = TableSpec(
    name="response_log",
    grain="one delivery of a system response; at-least-once, so the same event may come twice",
    columns=(
        DS,
        ColumnSpec("response_id", "string", "Response event", is_nullable=True, is_expected=True),
        ColumnSpec("query_id", "string", "Query it answers", is_nullable=True, is_expected=True),
        ColumnSpec("response_text", "string", "What the system answered", is_nullable=True),
        ColumnSpec("model_version", "string", "Model that answered", is_nullable=True),
        ColumnSpec("event_ts", "timestamp", "When it answered, UTC", is_nullable=True, is_expected=True),
        ColumnSpec(
            "platform_scores",
            "map<string,double>",
            "Scores the platform already has: policy to P(violation) in [0, 1]",
            is_nullable=True,
            is_optional=True,
            within=SHARE,
        ),
        MALFORMED_FIELDS,
    ),
    key=("response_id",),
    is_daily=True,
    is_traffic=True,
    event_time="event_ts",
    references=(Reference(("query_id",), "query_log"),),
)
