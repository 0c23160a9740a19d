"""The zip is all that a cluster needs: built reproducibly, complete, readable from inside, and run by two executors."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from deltalake import DeltaTable
from pyspark.sql import SparkSession

from lib.run_context import RunContext
from lib.scoring.scorer_rows import rows_of_scorer
from lib.scoring.training import train_text_scorer
from lib.settings import load_settings
from lib.storage import Storage
from schemas import scorers
from schemas.contracts.settings import InputSettings, StorageSettings
from scripts import generate_logs
from scripts.build_zip import ROOT, build_zip
from scripts.print_submit_line import submit_line
from scripts.standalone_cluster import N_WORKERS, spark_environment, standalone_cluster, submit_command
from tests.planted_secrets import PROPERTIES, SECRET, found_in, found_in_files
from tests.scoring.labelled_units import common_words, training_frame

DS = date(2026, 3, 2)
POLICY = "adult_content"
ID_KEY = b"a key of the tests only"
FAST_START = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"

LOADS_FROM_ZIP = """
import conf, lib.settings as settings, lib.reporting.templating as templating
from schemas.errors import ConfigurationError
assert all(".zip" in module.__file__ for module in (conf, settings, templating))
assert settings.load_settings("local").spark.conf["spark.sql.adaptive.enabled"] is True
assert settings.load_settings("cluster").spark.master is None
print(sorted(policy.id for policy in settings.load_policies()))
print(settings.load_design("daily").design_id)
assert "<main " in templating.template_text("dashboard.html.jinja")
try:
    settings.load_design("absent")
except ConfigurationError as error:
    print(error)
"""


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The zip as `make dist` builds it."""
    path = tmp_path_factory.mktemp("dist") / "plumbline.zip"
    build_zip(path)
    return path


def test_equal_files_give_equal_bytes(archive: Path, tmp_path: Path) -> None:
    again = tmp_path / "new folder" / "again.zip"
    n_files = build_zip(again)
    assert again.read_bytes() == archive.read_bytes()
    assert n_files == len(zipfile.ZipFile(again).namelist())


def test_the_zip_holds_every_package_and_what_they_read_at_run_time(archive: Path) -> None:
    names = set(zipfile.ZipFile(archive).namelist())
    packages = {path.relative_to(ROOT).as_posix() for p in ("conf", "jobs", "lib", "schemas") for path in
                (ROOT / p).rglob("__init__.py")}  # fmt: skip
    read_at_run_time = {
        path.relative_to(ROOT).as_posix()
        for folder in (ROOT / "conf", ROOT / "lib" / "reporting" / "templates")
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert packages | read_at_run_time <= names
    assert {"conf/base.yaml", "conf/policies/harassment.yaml", "lib/reporting/templates/dashboard.css"} <= names
    assert {Path(name).suffix for name in names} == {".py", ".yaml", ".jinja", ".css", ".js"}
    assert {name.split("/")[0] for name in names} == {"conf", "jobs", "lib", "schemas"}


def test_settings_and_templates_load_from_the_zip(archive: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(archive)}
    command = [sys.executable, "-c", LOADS_FROM_ZIP]
    result = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines() == [
        "['adult_content', 'harassment', 'misinformation', 'self_harm']",
        "daily_v1",
        "conf/designs/absent.yaml: there is no such file; name an existing one or write it.",
    ]


def test_the_submit_line_names_the_zip_the_job_and_delta() -> None:
    line = submit_line(job="draw_sample", ds="2026-03-02", environment="cluster", archive=Path("dist/plumbline.zip"))
    assert line[:3] == ["spark-submit", "--master", "yarn"]
    assert line[line.index("--packages") + 1] == ",".join(load_settings("cluster").spark.packages)
    assert line[line.index("--py-files") :] == [
        "--py-files", "dist/plumbline.zip", "jobs/draw_sample.py", "--ds", "2026-03-02", "--env", "cluster",
    ]  # fmt: skip


def test_the_submit_line_carries_what_the_driver_needs_at_its_start() -> None:
    line = submit_line(job="run_chain", ds="2026-03-02", environment="local", archive=Path("dist/plumbline.zip"))
    assert line[line.index("--master") + 1] == "local[*]"
    assert "spark.driver.memory=3g" in line
    assert any(word.startswith("spark.driver.extraJavaOptions=-XX:") for word in line)


def test_two_executors_run_the_zip_through_spark_submit(spark: SparkSession, archive: Path, tmp_path: Path) -> None:
    storage = StorageSettings(
        warehouse=str(tmp_path / "warehouse"), input=InputSettings(path=str(tmp_path / "logs" / "input"))
    )
    assert (
        generate_logs.main(["--output", str(tmp_path / "logs"), "--start-ds", f"{DS}", "--units-per-day", "300"]) == 0
    )
    version = _store_a_scorer(spark, storage)
    # Only the script is here: `lib`, `schemas`, `conf` and the other jobs can come from the zip alone.
    (tmp_path / "jobs").mkdir()
    shutil.copy(ROOT / "jobs" / "run_chain.py", tmp_path / "jobs")
    conf_file = tmp_path / "cluster_test.yaml"
    conf_file.write_text(yaml.safe_dump({"storage": storage.model_dump()}), encoding="utf-8")
    with standalone_cluster(tmp_path) as cluster:
        _submit(tmp_path, archive, cluster.url, ["--conf", str(conf_file), "--to", "score_units"])

    units, scores = _table(tmp_path, "interaction_units"), _table(tmp_path, "unit_scores")
    (expected,) = _truth(tmp_path, "unit_account").to_dict("records")
    assert len(units) == len(scores) == expected["n_units"]
    assert units["viewed_pin_count"].sum() == expected["views"]
    assert (units["response_id"].isna()).sum() == expected["n_units_without_response"]
    account = ["source", "rows_in", "rows_used", "rows_duplicate", "rows_quarantined"]
    written = _table(tmp_path, "row_account")[account].sort_values("source", ignore_index=True)
    pd.testing.assert_frame_equal(
        written, _truth(tmp_path, "row_account")[account].sort_values("source", ignore_index=True)
    )
    assert len(_table(tmp_path, "quarantine")) == written["rows_quarantined"].sum()
    assert set(scores["scorer_version"]) == {version}
    assert all(0 <= dict(by_policy)[POLICY] <= 1 for by_policy in scores["scores"])

    # Tables, event log, logs and launch commands of all processes; the properties were handed over on the command line.
    assert found_in_files(tmp_path, ID_KEY) == {}
    (events,) = (tmp_path / "events").iterdir()
    assert all(name in events.read_text(encoding="utf-8") for name in PROPERTIES), "else they were never there"

    tasks, python_tasks = _tasks_by_executor(tmp_path)
    assert len(tasks) == N_WORKERS
    assert set(python_tasks) == set(tasks), "each executor must have run the UDF, and so imported lib from the zip"


def _store_a_scorer(spark: SparkSession, storage: StorageSettings) -> str:
    """Train a scorer on 200 made-up units, every tenth violating by a word in its query; returns its version."""
    rng = np.random.default_rng(1)
    is_violating = [i % 10 == 0 for i in range(200)]
    queries = common_words(rng, 200, 6)
    frame = training_frame(
        query=[text + " cue" * violates for text, violates in zip(queries, is_violating, strict=True)],
        response=common_words(rng, 200, 6),
        image=common_words(rng, 200, 6),
        violating_components=[{POLICY: ["query"]} if violates else {} for violates in is_violating],
        policies=[POLICY],
    )
    scorer = train_text_scorer(frame, policies=[POLICY], n_features=1024)
    assert scorer is not None
    rows = RunContext(ds=DS).stamp(spark.createDataFrame(rows_of_scorer(scorer)))
    Storage(spark, storage).replace_day(scorers.TABLE, rows, DS)
    return scorer.scorer_version


def _submit(folder: Path, archive: Path, master: str, arguments: Sequence[str]) -> None:
    line = submit_line(job="run_chain", ds=f"{DS}", environment="local", archive=archive, master=master)
    (folder / "events").mkdir()
    properties = {
        "spark.executor.memory": "512m",
        "spark.executor.cores": "1",
        "spark.executor.extraJavaOptions": FAST_START,
        # Both executors are there before the first task, and small data still goes to both of them.
        "spark.scheduler.minRegisteredResourcesRatio": "1.0",
        "spark.sql.adaptive.coalescePartitions.enabled": "false",
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": f"file://{folder / 'events'}",
        "spark.eventLog.compress": "false",
        "spark.eventLog.rolling.enabled": "false",
        **PROPERTIES,
    }
    environment = spark_environment(folder) | {
        "PYSPARK_PYTHON": sys.executable,
        "PLUMBLINE_ID_KEY": ID_KEY.decode(),
        "PLUMBLINE_LLM_KEY": SECRET,
        "HTTPS_PROXY": f"http://user:{SECRET}@127.0.0.1:9",
    }
    command = [*submit_command(line, properties), *arguments]
    result = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=300
    )
    assert result.returncode == 0, result.stderr[-4000:]
    assert found_in(result.stdout + result.stderr, ID_KEY) == set()


def _tasks_by_executor(folder: Path) -> tuple[Counter[str], Counter[str]]:
    """Tasks that each executor finished, and those among them that sent rows to Python."""
    (log,) = (folder / "events").iterdir()
    # Plans quote characters that splitlines() takes for the ends of lines.
    events = [json.loads(line) for line in log.read_text(encoding="utf-8").split("\n") if line]
    tasks: Counter[str] = Counter()
    python_tasks: Counter[str] = Counter()
    for event in events:
        if event["Event"] == "SparkListenerTaskEnd":
            information = event["Task Info"]
            tasks[information["Executor ID"]] += 1
            named = {figure.get("Name") for figure in information["Accumulables"]}
            python_tasks[information["Executor ID"]] += "data sent to Python workers" in named
    return tasks, +python_tasks


def _table(folder: Path, name: str) -> pd.DataFrame:
    return DeltaTable(str(folder / "warehouse" / name)).to_pandas()


def _truth(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_parquet(folder / "logs" / "truth" / name / f"ds={DS}")
