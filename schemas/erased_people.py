"""Whose content was erased, by keyed hash alone, so that a day that is built again gets nothing of theirs back."""

from schemas.columns import DS, JOB_RUN_ID
from schemas.table_spec import ColumnSpec, TableSpec

TABLE = TableSpec(
    name="erased_people",
    grain="one person under one key; ds is the day of the erasure",
    columns=(
        DS,
        ColumnSpec("user_key", "string", "Person as HMAC-SHA-256 of the user id"),
        ColumnSpec("key_id", "string", "Which key hashed the id"),
        ColumnSpec("erased_until", "date", "Last day whose content of the person was erased"),
        JOB_RUN_ID,
    ),
    key=("user_key", "erased_until"),
    written_by=("erase_user",),
)
