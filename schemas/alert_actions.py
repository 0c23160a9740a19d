"""What people did about alerts: append-only."""

from schemas.columns import DESIGN_ID, DS, JOB_RUN_ID
from schemas.relations import Reference
from schemas.table_spec import ColumnSpec, TableSpec, one_of

ACTIONS = {
    "acknowledge": "somebody has taken it up",
    "reopen": "it is not over: it stays open until somebody acknowledges it again",
}

TABLE = TableSpec(
    name="alert_actions",
    grain="one action on one alert; ds is the day of the alert's row that the person saw",
    columns=(
        DS,
        DESIGN_ID,
        ColumnSpec("alert_id", "string", "Alert, see `alerts`"),
        ColumnSpec("action", "string", "; ".join(f"{name}: {meaning}" for name, meaning in ACTIONS.items())),
        ColumnSpec("acted_by", "string", "Who"),
        ColumnSpec("note", "string", "In the person's words", is_nullable=True),
        ColumnSpec("acted_at", "timestamp", "When, UTC"),
        JOB_RUN_ID,
    ),
    partition_by=("ds", "design_id"),
    key=("design_id", "alert_id", "action", "acted_at"),
    written_by=("acknowledge_alert",),
    # Run again on restated numbers, a day may have an alert no more that people were told of.
    references=(Reference(("design_id", "alert_id"), "alerts", is_strict=False),),
    checks={"known_action": one_of("action", tuple(ACTIONS))},
)
