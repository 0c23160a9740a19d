"""Attempts to tell a channel about a change of an alert's state: append-only, written right after each attempt."""

from schemas.columns import DESIGN_ID, DS, JOB_RUN_ID
from schemas.contracts.alert_names import FAULTS, STATUSES
from schemas.relations import Reference
from schemas.table_spec import ColumnSpec, TableSpec, one_of

TABLE = TableSpec(
    name="alert_deliveries",
    grain="one attempt: alert x day of its news x transition x channel; ds is the day of the news",
    columns=(
        DS,
        DESIGN_ID,
        ColumnSpec("alert_id", "string", "Alert, see `alerts`"),
        ColumnSpec("transition", "string", "What was to be told, see `alerts`"),
        ColumnSpec("channel", "string", "Name of the channel in conf; its address is written nowhere"),
        ColumnSpec("attempt", "int", "1 for the first", within=(1.0, None)),
        ColumnSpec("status", "string", "; ".join(f"{name}: {meaning}" for name, meaning in STATUSES.items())),
        ColumnSpec(
            "fault",
            "string",
            "; ".join(f"{name}: {meaning}" for name, meaning in FAULTS.items()) + "; null if it was sent",
            is_nullable=True,
        ),
        ColumnSpec("attempted_at", "timestamp", "When, UTC"),
        JOB_RUN_ID,
    ),
    partition_by=("ds", "design_id"),
    key=("design_id", "alert_id", "transition", "channel", "attempt"),
    written_by=("monitor", "acknowledge_alert"),
    made_from=("alerts",),
    # Run again on restated numbers, a day may have an alert no more that people were told of.
    references=(Reference(("design_id", "alert_id"), "alerts", is_strict=False),),
    checks={
        "known_status": one_of("status", tuple(STATUSES)),
        "fault_if_failed": "(status = 'failed') = (fault IS NOT NULL)",
    },
)
