"""Executors that die under the chain are replaced, their tasks run again, and nothing is lost or counted twice."""

from pathlib import Path

import numpy as np
import pytest

from scripts.standalone_cluster import standalone_cluster
from scripts.warehouse_content import content_of
from tests.faults.harness import IS_RUN, SEED, WHY_NOT
from tests.faults.killing import Victim, kill_executor
from tests.faults.undisturbed import Undisturbed, order_of
from tests.faults.victim import MASTER_VARIABLE

pytestmark = pytest.mark.skipif(not IS_RUN, reason=WHY_NOT)
_N_LOST = 3


def test_a_chain_that_loses_executors(undisturbed: Undisturbed, tmp_path: Path) -> None:
    folder, cluster = tmp_path / "run", tmp_path / "cluster"
    cluster.mkdir()
    undisturbed.start(None, folder)
    n_events = len(undisturbed.events[None])
    at = np.random.default_rng(SEED).choice(np.arange(1, int(0.9 * n_events)), size=_N_LOST, replace=False).tolist()
    killed: list[bool] = []
    with standalone_cluster(cluster) as started:
        run = Victim({MASTER_VARIABLE: started.url})
        try:
            order = order_of(None, folder, run="run-111111111111")
            ended = run.run(order, folder, at=at, strike=lambda: killed.append(kill_executor(cluster)))
            assert ended.code == 0, run.said()
        finally:
            run.clear()
    assert sum(killed) == _N_LOST
    assert undisturbed.content(None, same_clock=False).differences(content_of(folder, same_clock=False)) == []
