"""The three logs as one stream of rows, from new files or from topics; nothing is hashed or checked yet."""

from functools import reduce

from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from lib.streaming.log_rows import LOGS, as_log_rows
from lib.units.json_records import contract_records
from schemas.contracts.settings import InputSettings, Settings
from schemas.contracts.streaming_settings import KAFKA_PACKAGE, FileStreamSettings, KafkaStreamSettings
from schemas.errors import ConfigurationError, MissingInputError
from schemas.table_spec import TableSpec

# A record may name a day so far from the one on which the broker took it; further off it is taken for a mistake.
_DAYS_OFF = 2


def arriving_rows(spark: SparkSession, settings: Settings) -> DataFrame:
    """A streaming frame of `as_log_rows` of all logs.

    Raises MissingInputError for a log that is nowhere, ConfigurationError if Spark lacks the connector.
    """
    source = settings.streaming.source
    logs = [
        as_log_rows(
            _topic(spark, spec, source)
            if isinstance(source, KafkaStreamSettings)
            else _files(spark, spec, settings.storage.input, source),
            spec,
        )
        for spec in LOGS.values()
    ]
    return reduce(DataFrame.unionByName, logs)


def _files(spark: SparkSession, spec: TableSpec, settings: InputSettings, source: FileStreamSettings) -> DataFrame:
    path = f"{settings.path.rstrip('/')}/{spec.name}"
    reader = spark.readStream.option("maxFilesPerTrigger", source.maximum_files_per_batch)
    try:
        if settings.format == "json":
            # Partition columns come last, and their type is not guessed.
            lines = reader.schema("value string, ds date").option("lineSep", "\n").text(path)
            return contract_records(lines, spec)
        if settings.format == "delta":
            logged = reader.option("ignoreChanges", "false").format("delta").load(path)
            return spec.conform(logged)
        return reader.schema(spec.schema()).option("datetimeRebaseMode", "CORRECTED").parquet(path)
    except AnalysisException as error:
        raise MissingInputError(
            f"Table `{spec.name}`: no {settings.format} files to follow at {path} ({error.getCondition()}); deliver "
            "its first day, or mend storage.input."
        ) from error


def _topic(spark: SparkSession, spec: TableSpec, source: KafkaStreamSettings) -> DataFrame:
    options = source.options | {
        "kafka.bootstrap.servers": source.bootstrap_servers,
        "subscribe": source.topic_of(spec.name),
        "startingOffsets": source.starting_offsets,
        "maxOffsetsPerTrigger": str(source.maximum_records_per_batch),
        # Records that the broker has deleted unread would otherwise be skipped in silence.
        "failOnDataLoss": "true",
    }
    try:
        records = spark.readStream.format("kafka").options(**options).load()
    except AnalysisException as error:
        raise ConfigurationError(
            f"streaming.source: Spark cannot read topic `{options['subscribe']}` ({error.getCondition()}); add the "
            f"connector {KAFKA_PACKAGE}:<your Spark's version> to spark.packages, or to --packages of spark-submit."
        ) from error
    return contract_records(filed_records(records), spec)


def filed_records(records: DataFrame) -> DataFrame:
    """`ds` and `value` (text) of a broker's records (value as bytes, timestamp): the day that each is filed under."""
    value = F.make_valid_utf8(F.col("value").cast("string"))
    taken = F.to_date("timestamp")
    named = F.get_json_object(value, "$.ds").try_cast("date")
    is_near = F.abs(F.date_diff(named, taken)) <= _DAYS_OFF
    # A record may hold line breaks; as one line it is the same JSON.
    one_line = F.translate(value, "\r\n", "  ")
    return records.select(F.when(is_near, named).otherwise(taken).alias("ds"), one_line.alias("value"))
