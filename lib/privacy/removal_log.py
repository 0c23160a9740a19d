"""Notes in content_removals what was removed, and reads from it what must not come back."""

from collections.abc import Iterable
from datetime import date

from pyspark.sql import functions as F

from lib.run_context import RunContext
from lib.storage import Commit, Storage
from schemas.content_removals import ANNOUNCED, EXPIRED, TABLE


def announce(storage: Storage, run_context: RunContext, *, kind: str, until: date) -> Commit:
    """Note what is about to be removed: a run that is killed in its middle leaves nothing that can come back."""
    return note(storage, run_context, kind=kind, until=until, removed=[(ANNOUNCED, 0)])


def note(
    storage: Storage, run_context: RunContext, *, kind: str, until: date, removed: Iterable[tuple[str, int]]
) -> Commit:
    """Note places that are clear, with the number of rows or files that this run has cleared there."""
    records = [
        {
            "ds": run_context.ds,
            "kind": kind,
            "place": place,
            "removed_until": until,
            "n_removed": n_removed,
            "removed_at": run_context.now(),
            "job_run_id": run_context.job_run_id,
        }
        for place, n_removed in removed
    ]
    return storage.append(TABLE, storage.rows(TABLE, records))


def expired_until(storage: Storage) -> date | None:
    """The last day whose content has expired; null if none has."""
    noted = storage.read_if_exists(TABLE)
    if noted is None:
        return None
    row = noted.where(F.col("kind") == EXPIRED).agg(F.max("removed_until").alias("until")).collect()[0]
    return row["until"] if row["until"] is None else date.fromisoformat(f"{row['until']}")
