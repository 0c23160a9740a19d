"""What has been removed stays removed when a day is built again from its logs."""

from dataclasses import dataclass
from datetime import date

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lib.privacy.content_tables import bare_record, bare_unit
from lib.privacy.erased_records import records_of
from lib.privacy.removal_log import expired_until
from lib.storage import Storage
from schemas import erased_people, interaction_units
from schemas.errors import ExpiredContentError


@dataclass(frozen=True)
class RemovedContent:
    """What was removed of one day: all of its content, or that of `people` (user_key) with `their_units`."""

    is_expired: bool
    people: DataFrame | None = None
    their_units: DataFrame | None = None

    @classmethod
    def of(cls, storage: Storage, ds: date) -> "RemovedContent":
        """What the warehouse knows to be removed of day `ds`."""
        until = expired_until(storage)
        if until is not None and until >= ds:
            return cls(is_expired=True)
        known = storage.read_if_exists(erased_people.TABLE)
        if known is None:
            return cls(is_expired=False)
        people = known.where(F.col("erased_until") >= F.lit(ds)).select("user_key").distinct()
        if people.isEmpty():
            return cls(is_expired=False)
        written = storage.read_if_exists(interaction_units.TABLE)
        theirs = None if written is None else written.join(F.broadcast(people), "user_key", "left_semi")
        return cls(is_expired=False, people=people, their_units=theirs)

    def from_units(self, units: DataFrame) -> DataFrame:
        """`units`, those whose content was removed without it."""
        if self.people is None:
            return _bare(units, bare_unit(), F.lit(True)) if self.is_expired else units
        marked = units.join(F.broadcast(self.people.withColumn("is_erased", F.lit(True))), "user_key", "left")
        return _bare(marked, bare_unit(), F.col("is_erased").isNotNull()).drop("is_erased")

    def from_records(self, records: DataFrame, units: DataFrame) -> DataFrame:
        """`records` of the quarantine, those whose content was removed without it; `units` are the day's."""
        if self.people is None:
            return _bare(records, bare_record(), F.lit(True)) if self.is_expired else records
        ids = ("query_id", "response_id")
        theirs = units.join(F.broadcast(self.people), "user_key", "left_semi").select(*ids)
        if self.their_units is not None:
            theirs = theirs.unionByName(self.their_units.select(*ids))
        gone = records_of(records, people=self.people, units=theirs).withColumn("is_erased", F.lit(True))
        marked = records.join(gone, "record", "left")
        return _bare(marked, bare_record(), F.col("is_erased").isNotNull()).drop("is_erased")


def require_content(storage: Storage, ds: date) -> None:
    """Raise ExpiredContentError if the content of day `ds` has expired."""
    until = expired_until(storage)
    if until is not None and until >= ds:
        raise ExpiredContentError(
            f"Table `content_removals`: the content of {ds} has expired, as has all until {until}; what was made of it "
            "stands as it is. Name a later day, or begin with a later step (run_chain --from draw_sample)."
        )


def _bare(rows: DataFrame, values: dict[str, Column], is_removed: Column) -> DataFrame:
    return rows.withColumns({name: F.when(is_removed, value).otherwise(F.col(name)) for name, value in values.items()})
