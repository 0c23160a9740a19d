"""Finds the quarantined records of people: their queries, and the responses and Pins that go with them."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F


def records_of(records: DataFrame, *, people: DataFrame, units: DataFrame) -> DataFrame:
    """The quarantined records that belong to `people`.

    Args:
        records: source and record of rows of quarantine
        people: user_key
        units: query_id and response_id of their units, of any day: a late record finds its parent there

    Returns:
        record, each once. A response or Pin whose parent is nowhere belongs to nobody that anyone could name.
    """
    read = records.where("record IS NOT NULL").select(
        "source", "record", *[_field(name).alias(name) for name in ("user_key", "query_id", "response_id")]
    )
    queries = _of(read, "query_log").join(F.broadcast(people.select("user_key").distinct()), "user_key", "left_semi")
    responses = _of(read, "response_log").join(_ids(units, queries, name="query_id"), "query_id", "left_semi")
    pins = _of(read, "pin_log").join(_ids(units, responses, name="response_id"), "response_id", "left_semi")
    return (
        queries.select("record").unionByName(responses.select("record")).unionByName(pins.select("record")).distinct()
    )


def _field(name: str) -> Column:
    return F.get_json_object("record", f"$.{name}")


def _of(read: DataFrame, source: str) -> DataFrame:
    return read.where(F.col("source") == source)


def _ids(units: DataFrame, parents: DataFrame, *, name: str) -> DataFrame:
    ids = units.select(name).unionByName(parents.select(name))
    return ids.where(F.col(name).isNotNull() & (F.col(name) != "")).distinct()
