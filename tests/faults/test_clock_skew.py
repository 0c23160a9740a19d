"""A clock that is days wrong, and jumps back between steps, changes times and nothing else."""

from datetime import timedelta
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from scripts.warehouse_content import content_of
from tests.faults.harness import IS_RUN, WHY_NOT
from tests.faults.undisturbed import STAGES, Undisturbed, order_of, position_of
from tests.faults.victim import run_order
from tests.faults.world import clock_of

pytestmark = pytest.mark.skipif(not IS_RUN, reason=WHY_NOT)
_WRONG_BY = (timedelta(days=3), timedelta(days=-5))


def test_a_day_by_a_wrong_clock(spark: SparkSession, undisturbed: Undisturbed, tmp_path: Path) -> None:
    first, last = position_of("build_interaction_units-tue"), position_of("publish_dashboard-tue")
    folder = tmp_path / "run"
    undisturbed.start(first, folder)
    for position in range(first, last + 1):
        stage = STAGES[position]
        if stage.prepare is not None:
            stage.prepare(folder, stage.ds)
        now = clock_of(position) + _WRONG_BY[position % len(_WRONG_BY)]
        run_order(spark, order_of(position, folder, run="run-444444444444", now=now))
    expected = undisturbed.content_of_stages(first, last, same_clock=False)
    assert expected.differences(content_of(folder, same_clock=False)) == []
