"""Rows of the three logs as rows of one frame, and back: one stream, one batch, one place where they wait."""

from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lib.units.identifiers import without_people
from lib.units.readable_text import with_valid_text
from schemas import pin_log, query_log, response_log
from schemas.columns import MALFORMED_FIELDS
from schemas.stream_waiting import LOG_COLUMNS
from schemas.table_spec import ColumnSpec, TableSpec

LOGS: dict[str, TableSpec] = {spec.name: spec for spec in (query_log.TABLE, response_log.TABLE, pin_log.TABLE)}
_PEOPLE = {"user_id": "user_key", "session_id": "session_key"}
_DS = query_log.TABLE.columns[0]


def as_log_rows(log: DataFrame, spec: TableSpec) -> DataFrame:
    """Rows of the log `spec` as logged, with `source`, and null in the columns that only other logs have."""
    types = _logged_columns()
    own = set(log.columns)
    return log.select(
        F.lit(spec.name).alias("source"),
        *[
            (F.col(name) if name in own else F.lit(None)).cast(data_type).alias(name)
            for name, data_type in types.items()
        ],
    )


def usable_form(rows: DataFrame, *, key: bytes) -> DataFrame:
    """`as_log_rows` with keyed hashes in place of people's ids, and no text that is not UTF-8; before anything else."""
    return with_valid_text(without_people(rows, key=key))


def log_of(rows: DataFrame, source: str) -> DataFrame:
    """The rows of one log as `join_logs` takes them, from sound ones in usable form."""
    columns = [_PEOPLE.get(column.name, column.name) for column in LOGS[source].columns]
    kept = [name for name in columns if name != MALFORMED_FIELDS.name]
    malformed = F.lit(None).cast(MALFORMED_FIELDS.data_type).alias(MALFORMED_FIELDS.name)
    return rows.where(F.col("source") == source).select(*kept, malformed)


def days_in(rows: DataFrame) -> list[date]:
    """The days of the rows, sorted: those of a stream are few."""
    return sorted(row["ds"] for row in rows.select("ds").distinct().collect())


def _logged_columns() -> dict[str, str]:
    """Column to type, of all logs together, with people's ids as they are logged."""
    clear = {hashed: logged for logged, hashed in _PEOPLE.items()}
    columns: list[ColumnSpec] = [_DS, *LOG_COLUMNS, MALFORMED_FIELDS]
    return {clear.get(column.name, column.name): column.data_type for column in columns}
