"""A day that arrives in pieces, held against the batch that has it whole; and a stream that breaks off anywhere."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pyspark.errors import StreamingQueryException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs import build_interaction_units, label_sample, reconcile_stream, stream_sample
from lib.command_line import run_step
from lib.run_context import RunContext
from lib.sampling.earlier_frame import EarlierFrame
from lib.scoring.risk_score import scores_from_log_column
from lib.settings import load_design, load_policies
from lib.storage import Storage
from schemas import interaction_units, sampling_frame
from schemas.table_spec import TableSpec
from tests.streaming.arriving_day import LOGS, MONDAY, STREAM_TABLES, TUESDAY, ArrivingDay, arriving_day

DESIGN = "tiny_stream_v1"


@dataclass(frozen=True)
class Streamed:
    """Tuesday by the stream, one delivery a run, and what the batch makes of the whole of it."""

    before: ArrivingDay
    after: ArrivingDay
    batch_units: pd.DataFrame
    batch_sample: pd.DataFrame


@pytest.fixture(scope="module")
def day(_session: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Streamed]:
    before = arriving_day(_session, tmp_path_factory.mktemp("before"))
    after = before.copy(tmp_path_factory.mktemp("after"))
    after.deliver(0)
    after.run(stream_sample, _session, TUESDAY)
    after.deliver(1)
    after.deliver(2)
    after.run(stream_sample, _session, TUESDAY)
    # Before the day's units and frame are there, and with the checks around every step.
    streamed = after.settings_with(f"sampling.design={after.folder / 'tiny_stream.yaml'}")
    run_step("label_sample", label_sample.run, _session, streamed, RunContext(ds=TUESDAY))
    after.run(build_interaction_units, _session, TUESDAY)
    yield Streamed(before, after, *_by_batch(_session, after))
    _session.catalog.clearCache()


def _by_batch(spark: SparkSession, day: ArrivingDay) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tuesday's units, and those of them that Monday's frame draws."""
    storage = Storage(spark, day.settings.storage)
    units = storage.read_day(interaction_units.TABLE, TUESDAY)
    frame = EarlierFrame.of(storage.read_design(sampling_frame.TABLE, "tiny_v1", MONDAY))
    design = load_design(day.settings.streaming.design)
    scored = scores_from_log_column(units, policies=[policy.id for policy in load_policies()])
    drawn = frame.drawn(frame.sized(scored, design=design, segments=["surface"]), design=design, segments=["surface"])
    names = ("unit_id", "query_id", "response_id", "pin_count", "viewed_pin_count")
    return units.select(*names).toPandas(), drawn.toPandas()


def _in_order(sample: pd.DataFrame) -> list[dict[str, Any]]:
    kept = sample.drop(columns=["ds", "job_run_id"], errors="ignore").sort_values("unit_id")
    rows: list[dict[str, Any]] = kept.to_dict("records")
    return [{name: _plain(value) for name, value in sorted(row.items())} for row in rows]


def _plain(value: Any) -> Any:
    """Maps and arrays as both readers give them: dicts or pairs, lists or arrays; an empty one of any kind is None."""
    if isinstance(value, str) or not hasattr(value, "__len__"):
        return value
    inner = list(value.items()) if isinstance(value, dict) else list(value)
    if inner and isinstance(inner[0], tuple):
        return {key: _plain(part) for key, part in sorted(inner)}
    return [_plain(part) for part in inner] or None


def test_units_that_came_in_time_are_sampled_as_the_batch_would_with_the_same_frame(day: Streamed) -> None:
    built = day.after.table("stream_units")
    counts = ["unit_id", "pin_count", "viewed_pin_count"]
    alike = set(built.merge(day.batch_units, on=counts)["unit_id"])
    assert len(alike) > 0.75 * len(day.batch_units)
    sample = day.after.table("samples").query("design_id == @DESIGN")
    streamed = _in_order(sample[sample["unit_id"].isin(alike)])
    assert streamed == _in_order(day.batch_sample[day.batch_sample["unit_id"].isin(alike)])
    assert len(streamed) > 30
    # Its content is there before it, the same as the batch has it.
    content = day.after.table("sample_content").query("design_id == @DESIGN")
    assert set(content["unit_id"]) == set(sample["unit_id"])


def test_the_first_rung_is_labelled_before_the_night_and_the_others_wait(day: Streamed) -> None:
    labels = day.after.table("labels").query("design_id == @DESIGN")
    assert set(labels["rung"]) == {"llm"}
    sample = day.after.table("samples").query("design_id == @DESIGN")
    assert set(labels["unit_id"]) == set(sample["unit_id"])


def test_every_row_is_accounted_for(day: Streamed) -> None:
    account = day.after.table("stream_account")
    nightly = day.after.table("row_account").query("ds == @TUESDAY").set_index("source")
    for source in LOGS:
        rows = account[account["source"] == source].sort_values("batch_id")
        assert rows["n_arrived"].sum() == nightly.loc[source, "rows_in"]
        became = rows[["n_used", "n_duplicate", "n_quarantined", "n_late"]].sum().sum() + rows["n_waiting"].iloc[-1]
        assert became == rows["n_arrived"].sum()
        # What waits at the end of a batch waits at the beginning of the next.
        assert list(rows["n_waited"])[1:] == list(rows["n_waiting"])[:-1]
    waiting = day.after.table("stream_waiting")
    last = account[account["batch_id"] == account["batch_id"].max()]
    assert waiting["batch_id"].unique().tolist() == [account["batch_id"].max()]
    assert waiting["source"].value_counts().to_dict() == {
        row["source"]: row["n_waiting"] for _, row in last.iterrows() if row["n_waiting"]
    }


def test_the_nightly_batch_says_what_the_stream_missed(spark: SparkSession, day: Streamed) -> None:
    day.after.run(reconcile_stream, spark, TUESDAY)
    (row,) = day.after.table("stream_reconciliation").to_dict("records")
    built = day.after.table("stream_units")
    whole = day.batch_units.merge(built, on="unit_id", how="outer", suffixes=("", "_stream"), indicator=True)
    both = whole[whole["_merge"] == "both"]
    is_alike = (both["pin_count"] == both["pin_count_stream"]) & (
        both["viewed_pin_count"] == both["viewed_pin_count_stream"]
    )
    assert row["n_units"] == len(day.batch_units)
    assert (row["n_units_alike"], row["n_units_changed"]) == (is_alike.sum(), (~is_alike).sum())
    # A tenth of the first delivery's Pins came with the last one.
    assert row["n_units_changed"] > 0
    assert row["n_units_missed"] == (whole["_merge"] == "left_only").sum() > 0
    assert row["n_units_undone"] == (whole["_merge"] == "right_only").sum()
    assert dict(row["rows_late"])["pin_log"] > 0
    assert dict(row["rows_arrived"]) == dict(row["rows_logged"])
    assert row["n_sampled"] == len(day.after.table("samples").query("design_id == @DESIGN"))


BEFORE_WRITING = [
    ("stream_frames", ""), ("sample_content", ""), ("samples", ""), ("stream_units", ""), ("stream_waiting", ""),
    ("stream_account", ""), ("stream_waiting", "NOT"),
]  # fmt: skip
"""Every write of a batch, in their order; the last one takes away what waited before."""


def _cut_off(write: Any, table: str, where: str) -> Any:
    def cut(storage: Storage, spec: TableSpec, frame: DataFrame, **fields: Any) -> Any:
        if spec.name == table and fields.get("where", "").startswith(where):
            raise RuntimeError(f"cut off before {table}")
        return write(storage, spec, frame, **fields)

    return cut


def test_broken_off_before_any_write_of_a_batch_it_ends_with_the_same_rows(
    spark: SparkSession, day: Streamed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    twin = day.before.copy(tmp_path)
    twin.deliver(0)
    for table, where in BEFORE_WRITING:
        with monkeypatch.context() as patched:
            for name in ("replace", "append_new"):
                patched.setattr(Storage, name, _cut_off(getattr(Storage, name), table, where))
            with pytest.raises(StreamingQueryException, match=f"cut off before {table}"):
                twin.run(stream_sample, spark, TUESDAY)
    twin.deliver(1)
    twin.deliver(2)
    twin.run(stream_sample, spark, TUESDAY)
    for name in STREAM_TABLES:
        pd.testing.assert_frame_equal(twin.streamed(name), day.after.streamed(name))
    spark.catalog.clearCache()


def _wait_until(is_so: Callable[[], bool], stream: Future[None]) -> None:
    """Wait for what the stream is to do; a stream that ends before, or does it never, fails."""
    # A quarter of an hour: no machine takes so long for a few batches, however busy; one that hangs ends all the same.
    for _ in range(9_000):
        if stream.done():
            stream.result()
            raise AssertionError("the stream ended by itself")
        if is_so():
            return
        time.sleep(0.1)
    raise AssertionError("the stream did not do what was waited for")


def _delivering(write: Any, day: ArrivingDay, deliveries: Iterator[int]) -> Any:
    """`write`; with the account of a batch comes the next delivery.

    Spark looks for files between batches only. Of a delivery that came just then it might see a part, and take the
    three logs of it in two batches.
    """

    def deliver(storage: Storage, spec: TableSpec, frame: DataFrame, **fields: Any) -> Any:
        if spec.name == "stream_account" and (n := next(deliveries, None)) is not None:
            day.deliver(n)
        return write(storage, spec, frame, **fields)

    return deliver


def test_a_continuous_stream_takes_what_comes_until_it_is_stopped(
    spark: SparkSession, day: Streamed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    twin = day.before.copy(tmp_path)
    continuous = twin.settings_with("streaming.trigger=continuous", "streaming.interval_seconds=1")

    def has_finished(n_batches: int) -> bool:
        # Spark notes a batch when all its writes are done; its account is written before the last of them.
        return any(tmp_path.rglob(f"commits/{n_batches - 1}"))

    twin.deliver(0)
    monkeypatch.setattr(Storage, "replace", _delivering(Storage.replace, twin, iter((1, 2))))
    with ThreadPoolExecutor(1) as threads:
        stream = threads.submit(twin.run, stream_sample, spark, TUESDAY, settings=continuous)
        try:
            _wait_until(partial(has_finished, 3), stream)
            assert not stream.done()
        finally:
            for query in spark.streams.active:
                query.stop()
        stream.result()
    for name in STREAM_TABLES:
        pd.testing.assert_frame_equal(twin.streamed(name), day.after.streamed(name))
    spark.catalog.clearCache()


def test_another_run_of_the_stream_changes_nothing(spark: SparkSession, day: Streamed) -> None:
    before = {name: day.after.streamed(name) for name in STREAM_TABLES}
    day.after.run(stream_sample, spark, TUESDAY)
    for name in STREAM_TABLES:
        pd.testing.assert_frame_equal(day.after.streamed(name), before[name])


def test_no_row_that_waits_names_a_person(spark: SparkSession, day: Streamed) -> None:
    waiting = spark.read.format("delta").load(str(day.after.folder / "warehouse" / "stream_waiting"))
    assert not {"user_id", "session_id"} & set(waiting.columns)
    keys = waiting.where(F.col("user_key").isNotNull()).select("user_key").distinct().collect()
    assert all(len(row["user_key"]) == 64 for row in keys)
