"""Two runs of the same day at once: one wins, the other says so in one sentence, and repeating it changes nothing."""

from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from scripts.warehouse_content import content_of
from tests.faults.harness import IS_RUN, WHY_NOT
from tests.faults.killing import Victim
from tests.faults.undisturbed import Undisturbed, order_of
from tests.faults.victim import run_order

pytestmark = pytest.mark.skipif(not IS_RUN, reason=WHY_NOT)


def _sentences(victim: Victim) -> list[str]:
    return [line for line in victim.said().splitlines() if line.startswith("plumbline: ")]


def test_two_chains_of_one_day(spark: SparkSession, undisturbed: Undisturbed, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    undisturbed.start(None, folder)
    runs = [Victim(), Victim()]
    try:
        for run in runs:
            run.make_ready()
        for number, run in enumerate(runs):
            run.begin(order_of(None, folder, run=f"run-{number:012}"))
        codes = [run.wait() for run in runs]
        assert sorted(codes) == [0, 2], [run.said() for run in runs]
        (sentence,) = _sentences(runs[codes.index(2)])
        assert "another run" in sentence
        assert sentence.endswith("Wait until the other run has ended, then run the step again.")
        assert _sentences(runs[codes.index(0)]) == []
    finally:
        for run in runs:
            run.clear()
    expected = undisturbed.content(None, same_clock=False)
    assert expected.differences(content_of(folder, same_clock=False)) == []
    run_order(spark, order_of(None, folder, run="run-222222222222"))
    assert expected.differences(content_of(folder, same_clock=False)) == []
