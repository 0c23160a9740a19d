"""Works off one batch of arrived rows: closes queries, builds their units, samples them, keeps the rest waiting.

A batch may be killed at any moment and is then run again with the same rows. It reads what waited after the last
finished batch, which it does not touch; what it adds to `samples` is added by key, its own rows elsewhere replace those
of its first attempt; and its account, written last, makes it a finished one. So each unit is there exactly once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from lib.privacy.removed_content import RemovedContent
from lib.run_context import RunContext
from lib.sampling.content import content_of
from lib.storage import Commit, Storage
from lib.streaming.account_rows import BatchAccount
from lib.streaming.log_rows import LOGS, days_in, log_of, usable_form
from lib.streaming.pinned_frame import PinnedFrame, pinned_frame
from lib.streaming.row_fates import CLOSING, WAITING, newest_events, with_fates, with_faults
from lib.streaming.stream_state import StreamState, stream_id_of
from lib.units.identifiers import key_id
from lib.units.interaction_units import interaction_units
from lib.units.join_logs import join_logs
from lib.units.row_account import row_account
from schemas import sample_content, samples, stream_account, stream_units, stream_waiting
from schemas.contracts.sampling_design import SamplingDesign
from schemas.contracts.settings import Settings
from schemas.table_spec import TableSpec, sql_text


@dataclass
class MicroBatches:
    """The batches of one run of the stream; `process` works off one. `design` is the stream's, `drawn_by` the frame's.

    Rows of days before `run_context.ds` are late: those days are closed.
    """

    settings: Settings
    run_context: RunContext
    design: SamplingDesign
    drawn_by: SamplingDesign
    policies: Sequence[str]
    key: bytes
    checkpoint: str
    commits: list[Commit] = field(default_factory=list)
    _frames: dict[date, PinnedFrame] = field(default_factory=dict)

    def process(self, batch: DataFrame, batch_id: int) -> None:
        """Work off `batch`, rows of `arriving_rows`; a batch that is finished already is left as it is."""
        storage = Storage(batch.sparkSession, self.settings.storage)
        state = StreamState.of(storage, stream_id_of(storage, self.checkpoint))
        if batch_id <= state.last_batch:
            return
        sound = usable_form(batch, key=self.key).persist()
        days = days_in(sound)
        arrived = with_faults(sound, days).withColumn("is_new", F.lit(True))
        streaming = self.settings.streaming
        on_time = arrived.where(F.col("ds") >= F.lit(self.run_context.ds))
        newest = state.newest_with(newest_events(on_time, now=self.run_context.now()))
        watermark = state.watermark_after(newest, delay=timedelta(minutes=streaming.delay_minutes))
        waited = state.waiting().withColumns({"fault": F.lit(None).cast("string"), "is_new": F.lit(False)})
        rows = waited.unionByName(arrived.drop("malformed_fields"))
        known_days = sorted({*days, *days_in(waited)})
        built = state.built_queries(known_days, duplicate_hours=streaming.duplicate_hours)
        placed = with_fates(
            rows,
            first_ds=self.run_context.ds,
            watermark_before=state.watermark,
            watermark=watermark,
            built_queries=built,
        ).persist()
        account = BatchAccount.of(placed)
        whose = f"stream_id = {sql_text(state.stream_id)} AND batch_id = {batch_id}"
        marks = {"stream_id": F.lit(state.stream_id), "batch_id": F.lit(batch_id).cast("bigint")}

        for ds in account.closing_days:
            closing = placed.where((F.col("fate") == CLOSING) & (F.col("ds") == F.lit(ds)))
            logs = {source: log_of(closing, source) for source in LOGS}
            joined = join_logs(**logs, ds=ds, limits=self.settings.units).persist()
            account.note_built(ds, row_account(joined, logs=logs))
            units = self._sampled_units(storage, joined, ds).withColumns(marks)
            self._replace(storage, stream_units.TABLE, units, f"ds = DATE'{ds}' AND {whose}")
            joined.unpersist()
        waiting = placed.where(F.col("fate") == WAITING).withColumns(marks)
        self._replace(storage, stream_waiting.TABLE, waiting, whose)
        records = account.records(stream_id=state.stream_id, batch_id=batch_id, newest=newest, watermark=watermark)
        self._replace(storage, stream_account.TABLE, storage.rows(stream_account.TABLE, records), whose)
        # The batch is finished: what waited before it is not needed any more.
        nothing = storage.rows(stream_waiting.TABLE, [])
        storage.replace(stream_waiting.TABLE, nothing, where=f"NOT ({whose})")
        for frame in (sound, placed):
            frame.unpersist()

    @property
    def totals(self) -> list[Commit]:
        """Rows written by table, over all batches."""
        tables = dict.fromkeys(commit.table for commit in self.commits)
        return [Commit(name, sum(c.n_rows for c in self.commits if c.table == name)) for name in tables]

    def _sampled_units(self, storage: Storage, joined: DataFrame, ds: date) -> DataFrame:
        """Add the sampled ones of the day's closing units; returns what stream_units keeps of all of them."""
        as_logged = interaction_units(joined, key_id=key_id(self.key)).withColumn("ds", F.lit(ds))
        units = RemovedContent.of(storage, ds).from_units(as_logged)

        pinned = self._frame(storage, ds)
        segments = self.settings.estimation.segments
        scored = pinned.scored(units, settings=self.settings.scoring, policies=self.policies)
        sized = pinned.frame.sized(scored, design=self.design, segments=segments)
        drawn = pinned.frame.drawn(sized, design=self.design, segments=segments).persist()
        # The sample last: whoever finds it finds its content too.
        written: list[tuple[TableSpec, DataFrame]] = [
            (sample_content.TABLE, content_of(drawn, units)),
            (samples.TABLE, drawn),
        ]
        for spec, rows in written:
            stamped = self.run_context.stamp(rows.withColumn("ds", F.lit(ds)))
            self.commits.append(storage.append_new(spec, stamped, ds=ds, design_id=self.design.design_id))
        drawn.unpersist()
        names = ("ds", "queried_at", "unit_id", "query_id", "response_id", "pin_count", "viewed_pin_count")
        return units.select(*names, pinned.frame.covers(self.design).alias("is_covered"))

    def _frame(self, storage: Storage, ds: date) -> PinnedFrame:
        if ds not in self._frames:
            self._frames[ds] = pinned_frame(
                storage, ds, design=self.design, drawn_by=self.drawn_by, run_context=self.run_context
            )
        return self._frames[ds]

    def _replace(self, storage: Storage, spec: TableSpec, rows: DataFrame, where: str) -> None:
        self.commits.append(storage.replace(spec, self.run_context.stamp(rows), where=where))
