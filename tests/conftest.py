"""One Spark session for the whole run, reset after every test; which tests need it; what is begun first."""

import os
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from lib.log_lines import configure_logging
from lib.session import build_session
from lib.settings import load_settings
from schemas.contracts.settings import SparkSettings

ROOT = Path(__file__).resolve().parents[1]
# What every layer of settings sets, as the tests have it.
ALWAYS_SET = {"spark.sql.shuffle.partitions": "1", "spark.sql.adaptive.enabled": "false"}
# Files that take a minute or more, longest first. Two processes that begin with these end together.
BEGUN_FIRST = (
    "tests/privacy/test_privacy.py",
    "tests/jobs/test_chain.py",
    "tests/streaming/test_stream_sample.py",
    "tests/streaming/test_early_people.py",
    "tests/jobs/test_command_line.py",
    "tests/test_packaging.py",
    "tests/monitoring/test_monitor_job.py",
    "tests/labelling/llm/test_llm_labeler.py",
    "tests/jobs/test_release_metrics.py",
)


# A file that imports one of these starts programs: a browser, another Python, Spark in a process of its own.
STARTS_PROGRAMS = {"subprocess", "watched_browser", "find_browser", "planted_world"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that need a Spark session, and those that start programs; put the longest files first."""
    ranks = {ROOT / name: rank for rank, name in enumerate(BEGUN_FIRST)}
    items.sort(key=lambda item: ranks.get(item.path, len(ranks)))
    for item in items:
        assert isinstance(item, pytest.Function)
        if "_session" in item.fixturenames:
            item.add_marker(pytest.mark.spark)
        if "browser" in item.fixturenames or STARTS_PROGRAMS & set(vars(item.module)):
            item.add_marker(pytest.mark.program)


@cache
def _settings() -> SparkSettings:
    assignments = [
        "spark.master=local[2]",
        # One partition instead of two saves a good part of a test's time.
        'spark.conf={"spark.sql.shuffle.partitions": 1, "spark.driver.memory": "2g"}',
    ]
    return load_settings("local", [ROOT / "conf" / "small.yaml"], assignments=assignments).spark


@pytest.fixture(scope="session")
def _session() -> Iterator[SparkSession]:
    # Python workers must run the interpreter that runs the tests, not the machine's first `python3`.
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    session = build_session(_settings(), app_name="plumbline-tests")
    yield session
    session.stop()


@pytest.fixture(autouse=True)
def _logs_as_jobs_do() -> None:
    """Log lines go to standard error, whatever another test has configured."""
    configure_logging()


@pytest.fixture(autouse=True)
def _same_settings() -> Iterator[None]:
    """A job's command line gives the session that is there its own settings: the next test has those of the tests."""
    yield
    session = SparkSession.getActiveSession()
    if session is not None and any(session.conf.get(name) != value for name, value in ALWAYS_SET.items()):
        for name, value in _settings().conf.items():
            if session.conf.isModifiable(name):
                session.conf.set(name, str(value).lower() if isinstance(value, bool) else str(value))


@pytest.fixture
def spark(_session: SparkSession) -> Iterator[SparkSession]:
    """The shared session; cached frames of a test do not reach the next, and no test leaves a temporary view."""
    yield _session
    _session.catalog.clearCache()


@pytest.fixture
def whole_plans(spark: SparkSession) -> Iterator[SparkSession]:
    """A session that prints plans without cutting them."""
    length = spark.conf.get("spark.sql.maxPlanStringLength")
    spark.conf.set("spark.sql.maxPlanStringLength", 10_000_000)
    yield spark
    spark.conf.set("spark.sql.maxPlanStringLength", length)
