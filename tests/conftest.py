"""One Spark session for the whole run, reset after every test."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from lib.session import build_session
from lib.settings import load_settings

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def _session() -> Iterator[SparkSession]:
    # Python workers must run the interpreter that runs the tests, not the machine's first `python3`.
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    settings = load_settings(
        "local",
        [ROOT / "conf" / "small.yaml"],
        assignments=[
            "spark.master=local[2]",
            # One partition instead of two saves a good part of a test's time.
            'spark.conf={"spark.sql.shuffle.partitions": 1, "spark.driver.memory": "2g"}',
        ],
    )
    session = build_session(settings.spark, app_name="plumbline-tests")
    yield session
    session.stop()


@pytest.fixture
def spark(_session: SparkSession) -> Iterator[SparkSession]:
    """The shared session; temporary views and cached frames of a test do not reach the next."""
    yield _session
    _session.catalog.clearCache()
    for table in _session.catalog.listTables():
        if table.isTemporary:
            _session.catalog.dropTempView(table.name)
