"""Builds the Spark session: the only place that knows how."""

import os
import sys
from pathlib import Path

import pyspark
import structlog
from pyspark.sql import SparkSession

from lib.credentials import CREDENTIAL_NAME
from lib.lineage import lineage_packages, lineage_properties
from schemas.contracts.settings import SparkSettings

# Settings that the results or secrets depend on; conf cannot loosen them.
_ALWAYS = {
    "spark.sql.session.timeZone": "UTC",
    # Spark's own pattern misses account keys, and our variables where somebody hands them on as spark.executorEnv.
    "spark.redaction.regex": CREDENTIAL_NAME,
    # Our SQL escapes quotes with a backslash.
    "spark.sql.parser.escapedStringLiterals": False,
    # A file that is corrupt or gone ends the run; Spark would otherwise count on without its rows.
    "spark.sql.files.ignoreCorruptFiles": False,
    "spark.sql.files.ignoreMissingFiles": False,
}
_DELTA = {
    # A step reads the versions that it found, a release is recomputed from those that it recorded: as long as their
    # files are there, however old they are. By itself Delta reads none beyond a table's retention.
    "spark.databricks.delta.vacuum.enforceTimeTravelWithinDeletedFileRetentionDuration": False,
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
}


def build_session(settings: SparkSettings, *, app_name: str) -> SparkSession:
    """The running session, or a new one as `settings` say.

    Under spark-submit the master and the packages are those of the submit command. Otherwise the session runs at
    `settings.master`, and fetches Delta's JARs itself unless they lie beside Spark's own. Lineage's listener belongs to
    the process that runs Spark: a client of Spark Connect cannot add it, and says so.
    """
    builder = SparkSession.builder.appName(app_name)
    for key, value in (_DELTA | settings.conf | _lineage(settings) | _ALWAYS).items():
        builder = builder.config(key, str(value).lower() if isinstance(value, bool) else str(value))
    if not _is_submitted():
        # Python workers must run this interpreter, not the machine's first `python3`.
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        builder = builder.master(settings.master or "local[*]")
        has_delta = any(jar_folder().glob("*delta-spark*.jar"))
        if packages := ([] if has_delta else settings.packages) + lineage_packages(settings.lineage):
            builder = builder.config("spark.jars.packages", ",".join(packages))
            builder = builder.config("spark.jars.excludes", ",".join(settings.excluded_packages))
    return builder.getOrCreate()


def _lineage(settings: SparkSettings) -> dict[str, str]:
    properties = lineage_properties(settings.lineage, settings.conf)
    if properties and "SPARK_REMOTE" in os.environ:
        structlog.get_logger().warning(
            "Lineage is not reported: spark.lineage is set, and under Spark Connect the listener is the server's. "
            "Start the server with the package and properties that `make submit` prints."
        )
        return {}
    return properties


def jar_folder() -> Path:
    """Where the installed Spark keeps its JARs."""
    return Path(pyspark.__file__).parent / "jars"


def _is_submitted() -> bool:
    """Whether spark-submit started this process and has already fixed master and packages."""
    return "PYSPARK_GATEWAY_PORT" in os.environ or "SPARK_REMOTE" in os.environ
