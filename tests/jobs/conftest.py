"""What tests of several jobs share."""

import pytest
from pyspark.sql import SparkSession

from tests.release.story import Story, told_story


@pytest.fixture(scope="session")
def story(_session: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Story:
    """The releases of a Monday one after another."""
    return told_story(_session, tmp_path_factory.mktemp("released"))
