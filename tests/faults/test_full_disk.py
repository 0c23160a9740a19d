"""A disk that fills up ends a step with one sentence; no table is half-written, and with room again the step runs."""

import os
import re
import subprocess
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pyspark.sql import SparkSession

from jobs import build_interaction_units, draw_sample, label_sample, publish_dashboard, release_metrics, score_units
from schemas import check_results, labels, rung_samples
from scripts.warehouse_content import Content, content_of
from tests.faults.harness import IS_RUN, SEED, WHY_NOT
from tests.faults.undisturbed import Undisturbed, order_of, position_of
from tests.faults.victim import SMALL_DATA, run_order
from tests.faults.world import TUESDAY

pytestmark = [
    pytest.mark.skipif(not IS_RUN, reason=WHY_NOT),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk"),
]
_DISK_KIB = 200_000
JOBS = {
    job.STEP: job.main
    for job in (build_interaction_units, score_units, draw_sample, label_sample, release_metrics, publish_dashboard)
}
# What one commit replaces, where a step makes several to one table: the checks of a table, the labels of a rung.
_REPLACED = {
    check_results.TABLE.name: re.compile(r"'table_name': '(\w+)'"),
    labels.TABLE.name: re.compile(r"'rung': '(\w+)'"),
    rung_samples.TABLE.name: re.compile(r"'rung': '(\w+)'"),
}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={_DISK_KIB}k", "tmpfs", str(disk)], check=True)
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


def _used(folder: Path) -> int:
    """Bytes of whole pages, as tmpfs counts them."""
    return sum(-(-path.stat().st_size // 4096) * 4096 for path in folder.rglob("*") if path.is_file())


def _commits(content: Content) -> dict[tuple[str, str], Counter[str]]:
    """Rows by what one commit of a step replaces: a table, or a part of it."""
    commits: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for name, rows in content.tables.items():
        for row, times in rows.items():
            replaced = _REPLACED[name].search(row) if name in _REPLACED else None
            commits[name, replaced[1] if replaced else ""][row] += times
    return commits


@pytest.mark.parametrize("step", list(JOBS))
def test_a_full_disk(
    spark: SparkSession,
    undisturbed: Undisturbed,
    small_disk: Path,
    step: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    position = position_of(f"{step}-{TUESDAY:%a}".lower())
    folder = small_disk / "run"
    undisturbed.start(position, folder)
    before = content_of(folder, same_clock=True)
    # Room for some of what the step writes: it ends at one table or another.
    needed = _used(undisturbed.afters[position]) - _used(undisturbed.befores[position])
    room = int(np.random.default_rng([SEED, position]).uniform(0.0, 0.8) * needed) // 4096 * 4096
    free = os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_bsize
    (small_disk / "ballast").write_bytes(bytes(free - room))

    arguments = ["--ds", f"{TUESDAY}", "--conf", str(SMALL_DATA), "--conf", str(folder / "people.yaml")]
    assert JOBS[step](arguments) == 2
    said = [line for line in capsys.readouterr().err.splitlines() if line.startswith("plumbline: ")]
    assert len(said) == 1
    assert "cannot be written: no space left on device. Free space there" in said[0]

    after = content_of(folder, same_clock=True)
    expected = undisturbed.content(position, same_clock=False)
    # Every table and file is as it was, or, of steps that write several, as the step leaves it; none is half of both.
    loosely = content_of(folder, same_clock=False)
    was, finished, found = _commits(before), _commits(expected), _commits(loosely)
    for commit, rows in _commits(after).items():
        assert rows in (was.get(commit), Counter()) or found[commit] == finished[commit], commit
    for name, text in after.files.items():
        assert text == before.files.get(name) or loosely.files[name] == expected.files[name], name

    (small_disk / "ballast").unlink()
    run_order(spark, order_of(position, folder, run="run-222222222222"))
    assert expected.differences(content_of(folder, same_clock=False)) == []
