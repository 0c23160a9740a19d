"""Sampling as units arrive: where log rows come from, and how long a unit is waited for."""

from typing import Literal

from pydantic import Field, field_validator

from schemas.contracts.section import Section

LOGS = ("query_log", "response_log", "pin_log")
KAFKA_PACKAGE = "org.apache.spark:spark-sql-kafka-0-10_2.13"
"""Spark's own connector, of Spark's own version; nothing else of ours needs it, so it is not among spark.packages."""

# Set from the fields below, or relied upon.
_OUR_KAFKA_OPTIONS = {
    "kafka.bootstrap.servers", "subscribe", "subscribepattern", "assign", "startingoffsets", "maxoffsetspertrigger",
    "failondataloss", "includeheaders",
}  # fmt: skip


class FileStreamSettings(Section):
    """New files of the three logs under storage.input, in its format; a file must appear whole."""

    kind: Literal["files"] = "files"
    maximum_files_per_batch: int = Field(
        default=1_000, ge=1, description="New files of each log that one batch takes; of Delta tables too"
    )


class KafkaStreamSettings(Section):
    """Three topics of a Kafka-compatible broker, one JSON object a record, as in a log of JSON lines.

    The day that the platform files a record under is its field `ds` (YYYY-MM-DD); without one, the UTC day on which
    the broker took it. Needs the package KAFKA_PACKAGE in spark.packages, or on the spark-submit line.
    """

    kind: Literal["kafka"]
    bootstrap_servers: str = Field(min_length=1, description="host:port of brokers, separated by commas")
    topics: dict[Literal["query_log", "response_log", "pin_log"], str] = Field(description="Log to its topic")
    starting_offsets: Literal["earliest", "latest"] = Field(
        default="latest", description="Where a stream without a checkpoint begins"
    )
    maximum_records_per_batch: int = Field(default=1_000_000, ge=1, description="Records of each topic a batch takes")
    options: dict[str, str] = Field(
        default_factory=dict,
        repr=False,
        description="Further options of the connector, such as kafka.security.protocol",
    )

    def topic_of(self, log: str) -> str:
        """The topic of a log."""
        return {str(name): topic for name, topic in self.topics.items()}[log]

    @field_validator("topics")
    @classmethod
    def _one_topic_a_log(cls, value: dict[str, str]) -> dict[str, str]:
        if missing := [log for log in LOGS if not value.get(log)]:
            raise ValueError(f"it names no topic of `{missing[0]}`; name one for each of {', '.join(LOGS)}")
        if len(set(value.values())) < len(LOGS):
            raise ValueError("two logs share a topic; give each its own: a record does not say which log it is of")
        return value

    @field_validator("options")
    @classmethod
    def _leaves_ours_alone(cls, value: dict[str, str]) -> dict[str, str]:
        if taken := sorted(name for name in value if name.lower() in _OUR_KAFKA_OPTIONS):
            raise ValueError(f"`{taken[0]}` is set by the stream itself; use its own setting or leave it out")
        return value


class StreamingSettings(Section):
    """How jobs/stream_sample.py samples units as they arrive."""

    design: str = Field(
        default="daily_stream",
        pattern=r"^[a-z0-9_]+$|\.yaml$",
        description="Poisson design whose sample it is; its strata, seed and random_number_key are sampling.design's, "
        "whose last frame gives size measure and threshold",
    )
    source: FileStreamSettings | KafkaStreamSettings = Field(default=FileStreamSettings(), discriminator="kind")
    checkpoint: str | None = Field(
        default=None, description="Folder of Spark's checkpoint; null: `_stream_checkpoint` in the warehouse"
    )
    trigger: Literal["available_now", "continuous"] = Field(
        default="available_now", description="End when all that is there is worked off, or wait for more until stopped"
    )
    interval_seconds: int = Field(default=60, ge=1, description="Between the beginnings of batches, if continuous")
    delay_minutes: float = Field(
        default=15.0,
        gt=0,
        description="Event time that a query waits for its responses and Pins: its units are built when every log has "
        "come so far beyond it",
    )
    duplicate_hours: float = Field(
        default=24.0,
        gt=0,
        description="Event time for which a further delivery of a query is known to be one; what it costs is a look at "
        "the ids of the units of so many hours a batch",
    )
