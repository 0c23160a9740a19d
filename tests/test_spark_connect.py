"""The whole chain as a client of Spark Connect, table by table the same as in classic Spark."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from scripts import generate_logs
from scripts.warehouse_content import content_of

pytestmark = pytest.mark.skipif(
    not os.environ.get("PLUMBLINE_CONNECT"), reason="Spark Connect's client is not installed; `make test-connect` does"
)
ROOT = Path(__file__).resolve().parents[1]
FIRST_DS, LAST_DS = "2026-03-01", "2026-03-02"


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("logs")
    size = ["--start-ds", FIRST_DS, "--days", "2", "--units-per-day", "400", "--violation-rate-scale", "20"]
    assert generate_logs.main(["--output", str(folder), "--seed", "3", *size]) == 0
    return folder


def _chain(folder: Path, logs: Path, environment: dict[str, str]) -> Path:
    """Run both days into a warehouse in `folder`; returns the folder."""
    folder.mkdir()
    labelers = [
        {
            "rung": rung,
            "labeler_id": f"simulated_{rung}",
            "sample_size": size,
            "labeler": {"kind": "simulated"} | labeler,
        }
        for rung, size, labeler in (
            ("llm", None, {"truth_path": f"{logs}/truth/unit_truth", "seed": 1}),
            ("human", 50, {"truth_path": f"{logs}/truth/unit_truth", "seed": 2}),
        )
    ]
    conf = {
        "storage": {"warehouse": f"{folder}/warehouse", "input": {"path": f"{logs}/input", "format": "parquet"}},
        "labelling": {"rungs": labelers},
        "reporting": {"dashboard_path": f"{folder}/dashboard.html"},
    }
    (folder / "conf.yaml").write_text(yaml.safe_dump(conf), encoding="utf-8")
    layers = ["--conf", "conf/small.yaml", "--conf", str(folder / "conf.yaml")]
    command = [sys.executable, "-m", "jobs.run_chain", "--ds", FIRST_DS, "--until", LAST_DS, *layers]
    everywhere = {**os.environ, "PLUMBLINE_ID_KEY": "a key for the tests only", "PYSPARK_PYTHON": sys.executable}
    result = subprocess.run(
        command, cwd=ROOT, env=everywhere | environment, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr[-3000:]
    return folder


def test_the_chain_over_connect_leaves_the_rows_of_classic_spark(logs: Path, tmp_path: Path) -> None:
    connect = {"SPARK_REMOTE": "local[2]", "PYTHONPATH": f"{ROOT}{os.pathsep}{os.environ['PLUMBLINE_CONNECT']}"}
    places = [_chain(tmp_path / name, logs, more) for name, more in (("connect", connect), ("classic", {}))]
    over_connect, classic = (content_of(place, same_clock=False, places=places) for place in places)
    assert len(classic.tables) > 15
    assert sum(classic.tables["samples"].values()) > 100
    assert classic.differences(over_connect) == []
