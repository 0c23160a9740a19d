"""Runs the stream: until all that is there is worked off, or until somebody stops it."""

from pyspark.sql import DataFrame

from lib.streaming.micro_batch import MicroBatches
from schemas.contracts.streaming_settings import StreamingSettings
from schemas.errors import PlumblineError


def run_stream(arriving: DataFrame, batches: MicroBatches, settings: StreamingSettings) -> None:
    """Hand the batches of `arriving` to `batches` until the stream ends; raises what a batch raised."""
    failures: list[PlumblineError] = []

    def process(batch: DataFrame, batch_id: int) -> None:
        try:
            batches.process(batch, batch_id)
        except PlumblineError as error:
            failures.append(error)
            raise

    writer = arriving.writeStream.queryName("stream_sample").option("checkpointLocation", batches.checkpoint)
    is_continuous = settings.trigger == "continuous"
    timed = (
        writer.trigger(processingTime=f"{settings.interval_seconds} seconds")
        if is_continuous
        else writer.trigger(availableNow=True)
    )
    query = timed.foreachBatch(process).start()
    try:
        query.awaitTermination()
    except Exception as error:
        # Spark makes a text of it: who can mend what reads our own sentence instead.
        if failures:
            raise failures[0] from error
        raise
    finally:
        if query.isActive:
            query.stop()
