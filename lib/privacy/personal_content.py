"""Finds everything in a warehouse that holds content of one person, by keyed hash."""

from collections.abc import Collection, Sequence
from datetime import date
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lib.labelling.llm.contents import unit_contents
from lib.labelling.redaction.redaction import Redaction
from lib.privacy.erased_records import records_of
from lib.sampling.content import with_content
from lib.storage import Storage
from schemas import (
    erased_people,
    golden_set,
    interaction_units,
    label_rationales,
    llm_answers,
    quarantine,
    review_tasks,
    sample_content,
    samples,
    stream_waiting,
)
from schemas.table_spec import TableSpec

_UNIT = ["ds", "unit_id"]


class PersonalContent:
    """What the person with one of `user_keys` has in the warehouse of days until `until`.

    Nothing here is kept from one call to the next: what has been removed is not found again.
    """

    def __init__(self, storage: Storage, redaction: Redaction, *, user_keys: Collection[str], until: date) -> None:
        self._storage = storage
        self._redaction = redaction
        self._until = until
        self.people = storage.rows(erased_people.TABLE, [{"user_key": key} for key in sorted(user_keys)])

    @property
    def units(self) -> DataFrame:
        """Their interaction units: ds, unit_id, query_id, response_id, has_content. They stay, without content."""
        known = self._storage.read(interaction_units.TABLE).where(F.col("ds") <= F.lit(self._until))
        found = known.join(F.broadcast(self.people), "user_key", "left_semi")
        return found.select(*_UNIT, "query_id", "response_id", "has_content")

    @property
    def items(self) -> DataFrame:
        """Golden items that are units of theirs: item_id."""
        return self.units.select(F.col("unit_id").alias("item_id")).distinct()

    def days(self) -> set[date]:
        """Days on which they have units."""
        return {row["ds"] for row in self.units.select("ds").distinct().collect()}

    def item_ids(self) -> list[str]:
        """Golden items that are units of theirs, as a list: no more than were sampled."""
        items = self._of(golden_set.TABLE, self.items)
        return [] if items is None else [row["item_id"] for row in items.select("item_id").distinct().collect()]

    def tasks(self) -> DataFrame:
        """Review tasks that show content of theirs: task_id."""
        asked = [
            self._of(review_tasks.TABLE, self.units.select(*_UNIT)),
            self._of(review_tasks.TABLE, self.items),
        ]
        found = [tasks.select("task_id") for tasks in asked if tasks is not None]
        return reduce(DataFrame.unionByName, found).distinct() if found else self._none(review_tasks.TABLE, "task_id")

    def content_hashes(self) -> DataFrame:
        """Hashes of what labelers were shown of theirs: content_hash, few and made on the driver.

        Those noted with the answers, and those of the content as it is shown today: an answer may have no label yet.
        """
        keys = self.units.select(*_UNIT)
        noted = self._of(label_rationales.TABLE, keys)
        sampled, content = self._of(samples.TABLE, keys), self._of(sample_content.TABLE, keys)
        golden = self._of(golden_set.TABLE, self.items)
        found = [] if noted is None else [noted.select("content_hash")]
        if sampled is not None and content is not None:
            found.append(self._shown(with_content(sampled, content)))
        if golden is not None:
            found.append(self._shown(golden.withColumn("unit_id", F.col("item_id"))))
        rows = reduce(DataFrame.unionByName, found).distinct().collect() if found else []
        hashes = [{"content_hash": row["content_hash"]} for row in rows if row["content_hash"] is not None]
        return self._storage.rows(llm_answers.TABLE, hashes).select("content_hash")

    def records(self) -> DataFrame:
        """Quarantined records of theirs: record."""
        known = self._storage.read(quarantine.TABLE).where(F.col("ds") <= F.lit(self._until))
        return records_of(known, people=self.people, units=self.units)

    def waiting(self) -> list[DataFrame]:
        """Keys of their rows that wait in the stream, to be deleted in this order: Pins, responses, queries."""
        rows = self._storage.read_if_exists(stream_waiting.TABLE)
        if rows is None:
            return []
        queries = rows.join(self.people, "user_key", "left_semi").select("query_id")
        of_response = rows.join(queries.distinct(), "query_id", "left_semi").where("response_id IS NOT NULL")
        return [of_response.select("response_id"), queries, self.people]

    def _shown(self, rows: DataFrame) -> DataFrame:
        return unit_contents(rows, self._redaction).select("content_hash")

    def _of(self, spec: TableSpec, keys: DataFrame) -> DataFrame | None:
        """The rows of a table that agree with `keys`; null if there is no such table."""
        rows = self._storage.read_if_exists(spec)
        return None if rows is None else rows.join(keys.distinct(), keys.columns, "left_semi")

    def _none(self, spec: TableSpec, *names: str) -> DataFrame:
        return self._storage.rows(spec, []).select(*names)


def unknown_keys(units: DataFrame, key_ids: Sequence[str]) -> list[str]:
    """Ids of keys, with their days, that units with content were written with and that are not among `key_ids`."""
    written = units.where("has_content").groupBy("key_id").agg(F.min("ds").alias("first"), F.max("ds").alias("last"))
    others = written.where(~F.col("key_id").isin(*key_ids)).orderBy("first", "key_id").collect()
    return [f"{row['key_id']} ({row['first']} to {row['last']})" for row in others]
