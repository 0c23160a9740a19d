"""The DAGs in a real Airflow of its own: imported, compared with the chain, a day run against a stand-in for Spark."""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from jobs import run_chain
from scripts.deployments.daily_tasks import daily_tasks, late_answer_tasks
from scripts.write_deployments import main as write_deployments

AIRFLOW_PYTHON = os.environ.get("PLUMBLINE_AIRFLOW", "")
pytestmark = pytest.mark.skipif(
    not AIRFLOW_PYTHON, reason="PLUMBLINE_AIRFLOW names no Python with Airflow; `make test-airflow` installs one"
)
PROGRAM = Path(__file__).with_name("dag_program.py")
ROOT = Path(__file__).resolve().parents[3]
DAY = "2026-03-02"
# What the operator adds of its own; the application's name is the session's in the end.
_ADDED = {"--name"}
SPARK_SUBMIT = """#!/bin/sh
printf '%s\\0' "$@" >> "$NOTED"
printf '\\n' >> "$NOTED"
case "$*" in *"$FAILS"*) exit 2;; esac
"""


@dataclass(frozen=True)
class Airflow:
    """An Airflow home with a database of its own."""

    environment: dict[str, str]
    home: Path

    def run(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run Airflow's interpreter."""
        return subprocess.run(
            [AIRFLOW_PYTHON, *words],
            cwd=self.home,
            env=self.environment | variables,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="module")
def conf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user's conf with a value that a shell would take apart."""
    path = tmp_path_factory.mktemp("conf") / "mine.yaml"
    path.write_text('spark: {conf: {spark.driver.memory: 7g, spark.driver.extraJavaOptions: "-Da=b -Dc=$HOME"}}')
    return path


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory, conf: Path) -> Airflow:
    """Airflow with the DAGs as `make deployments` writes them."""
    home = tmp_path_factory.mktemp("airflow")
    words = ["--start-ds", DAY, "--conf", str(conf), "--output", str(home / "dist"), "--deadline-hours", "5"]
    assert write_deployments(words) == 0
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("AIRFLOW", "PYTHON", "SPARK", "PYSPARK"))}
    binaries = home / "bin"
    binaries.mkdir()
    (binaries / "spark-submit").write_text(SPARK_SUBMIT)
    (binaries / "spark-submit").chmod(0o755)
    made = Airflow(
        inherited
        | {
            "PATH": f"{binaries}:{inherited['PATH']}",
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__DAGS_FOLDER": str(home / "dist" / "airflow" / "dags"),
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(home / "dist" / "airflow" / "plugins"),
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
            "AIRFLOW_CONN_PLUMBLINE_SPARK": json.dumps({"conn_type": "spark", "host": "yarn"}),
            "NOTED": str(home / "noted"),
            "FAILS": "none of them",
        },
        home,
    )
    migrated = made.run("-m", "airflow", "db", "migrate")
    assert migrated.returncode == 0, migrated.stderr[-2000:]
    pool = made.run("-m", "airflow", "pools", "set", "plumbline", "3", "as docs/operations.md says")
    assert pool.returncode == 0, pool.stderr[-2000:]
    return made


@pytest.fixture(scope="module")
def found(airflow: Airflow) -> dict[str, Any]:
    """What Airflow itself makes of the DAGs' folder."""
    result = airflow.run(str(PROGRAM), str(airflow.home / "dist" / "airflow" / "dags"))
    lines = [line for line in result.stdout.splitlines() if line.startswith("DESCRIBED ")]
    assert len(lines) == 1, result.stderr[-3000:]
    (line,) = lines
    return dict(json.loads(line.removeprefix("DESCRIBED ")))


def _said(words: Sequence[str]) -> tuple[list[tuple[str, str]], list[str]]:
    """A submit command as its options, in no order that means anything, and the application with its arguments."""
    options, rest = [], list(words[1:])
    while rest and rest[0].startswith("--"):
        name, value, *rest = rest
        if name not in _ADDED:
            options.append((name, value))
    return sorted(options), rest


def _make_submit(job: str, ds: str, conf: Path, archive: Path) -> list[str]:
    """The line as the program of `make submit` prints it."""
    words = ["--job", job, "--ds", ds, "--env", "cluster", "--conf", str(conf), "--archive", str(archive)]
    printed = subprocess.run(
        [sys.executable, "-m", "scripts.print_submit_line", *words],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return shlex.split(printed.stdout)


def test_the_dags_are_imported(found: dict[str, Any]) -> None:
    assert found["import_errors"] == {}
    assert list(found["dags"]) == ["plumbline_daily", "plumbline_late_answers"]
    assert all(dag["survives_serialization"] for dag in found["dags"].values())


def test_tasks_and_order_are_those_of_the_chain(found: dict[str, Any]) -> None:
    daily = found["dags"]["plumbline_daily"]
    steps = list(run_chain.STEPS)
    assert [name for name in daily["order"] if name in steps] == steps
    expected = {
        task.job: sorted([*task.after, *(["day_before_is_done"] if task.needs_day_before else [])])
        for task in daily_tasks()
    }
    expected |= {"day_before_is_done": [], "day_is_done": sorted(task.job for task in daily_tasks())}
    assert {name: task["after"] for name, task in daily["tasks"].items()} == expected
    late = found["dags"]["plumbline_late_answers"]
    assert late["order"] == [task.job for task in late_answer_tasks()]
    assert {n: t["after"] for n, t in late["tasks"].items()} == {t.job: list(t.after) for t in late_answer_tasks()}


def test_retries_pool_and_rules(found: dict[str, Any]) -> None:
    slots = {task.job: task.pool_slots for task in [*daily_tasks(), *late_answer_tasks()]}
    for dag in found["dags"].values():
        for name in dag["order"]:
            task = dag["tasks"][name]
            assert (task["retries"], task["retry_delay"], task["max_retry_delay"]) == (3, 300.0, 3600.0)
            assert task["is_exponential"]
            assert task["timeout"] == 5 * 3600
            assert (task["pool"], task["pool_slots"], task["weight_rule"]) == ("plumbline", slots[name], "upstream")
            assert task["trigger_rule"] == ("all_done" if name == "expire_content" else "all_success")
            assert not task["depends_on_past"]


def test_days_wait_for_the_day_before(found: dict[str, Any]) -> None:
    daily = found["dags"]["plumbline_daily"]
    gate = daily["tasks"]["day_before_is_done"]
    assert gate["depends_on_past"]
    assert gate["wait_for_downstream"]
    assert (daily["catchup"], daily["max_active_runs"]) == (True, 14)
    assert daily["timetable"] == "CronDataIntervalTimetable", "else ds would be the day of the run"
    late = found["dags"]["plumbline_late_answers"]
    assert (late["catchup"], late["max_active_runs"], late["is_paused_upon_creation"]) == (False, 1, True)


def test_a_day_has_a_deadline(found: dict[str, Any], airflow: Airflow) -> None:
    (deadline,) = found["dags"]["plumbline_daily"]["deadlines"]
    assert deadline == {
        "reference": "DagRunQueuedAtDeadline",
        "seconds": 5 * 3600.0,
        "callback": "plumbline_deadline.say_that_it_is_late",
    }
    late = "say_that_it_is_late(context={'dag_run': {'run_id': 'x'}})"
    called = f"import asyncio, plumbline_deadline; asyncio.run(plumbline_deadline.{late})"
    result = airflow.run("-c", called, PYTHONPATH=airflow.environment["AIRFLOW__CORE__PLUGINS_FOLDER"])
    assert result.returncode == 0
    assert "Plumbline is late: run x has not ended by its deadline." in result.stderr


def test_a_rendered_command_is_the_one_that_make_submit_prints(
    found: dict[str, Any], airflow: Airflow, conf: Path
) -> None:
    archive = airflow.home / "dist" / "plumbline.zip"
    daily = found["dags"]["plumbline_daily"]
    for ds, commands in daily["commands"].items():
        common = _said(_make_submit("run_chain", ds, conf, archive))
        for job, command in commands.items():
            options, (application, *arguments) = _said(command)
            assert (options, ["jobs/run_chain.py", *arguments]) == common
            assert application == f"jobs/{job}.py"
    options, _ = _said(daily["commands"][DAY]["draw_sample"])
    assert ("--conf", "spark.driver.extraJavaOptions=-Da=b -Dc=$HOME") in options
    named = daily["command_of_a_named_day"]
    assert named[named.index("--ds") + 1] == "2026-01-15"
    for job, command in found["dags"]["plumbline_late_answers"]["commands"][DAY].items():
        assert command[command.index(f"jobs/{job}.py") + 2] == "2026-02-28", "two days back"


def test_a_day_is_run(airflow: Airflow, conf: Path) -> None:
    ended = _dags_test(airflow, "plumbline_daily", DAY)
    assert ended.returncode == 0, ended.stderr[-3000:]
    started = _noted(airflow)
    assert [job for job in started if job in run_chain.STEPS] == list(run_chain.STEPS)
    assert set(started) == {task.job for task in daily_tasks()}
    assert list(started)[-1] == "expire_content"
    archive = airflow.home / "dist" / "plumbline.zip"
    assert _said(started["draw_sample"]) == _said(_make_submit("draw_sample", DAY, conf, archive))


def test_after_a_failure_only_what_privacy_promises_is_run_and_the_day_has_failed(airflow: Airflow) -> None:
    _dags_test(airflow, "plumbline_daily", "2026-03-03", FAILS="jobs/score_units.py")
    started = _noted(airflow)
    assert list(dict.fromkeys(started)) == ["build_interaction_units", "train_scorer", "score_units", "expire_content"]
    asked = airflow.run(
        "-m", "airflow", "dags", "list-runs", "plumbline_daily", "--state", "failed", "--output", "json"
    )
    assert "2026-03-03" in asked.stdout


def _dags_test(airflow: Airflow, dag_id: str, ds: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a day without a scheduler, retries that a test would wait for, and the deadline.

    Airflow 3.3.2 looks for the deadline of such a run among those that a scheduler has stored, and ends with an error
    after all tasks have succeeded.
    """
    (airflow.home / "noted").unlink(missing_ok=True)
    described = airflow.home / "dist" / "airflow" / "dags" / "plumbline_daily.json"
    before = described.read_text(encoding="utf-8")
    changed = json.loads(before) | {"retries": 0, "has_deadline_alert": False}
    described.write_text(json.dumps(changed), encoding="utf-8")
    try:
        return airflow.run("-m", "airflow", "dags", "test", dag_id, ds, **variables)
    finally:
        described.write_text(before, encoding="utf-8")


def _noted(airflow: Airflow) -> dict[str, list[str]]:
    """Job to the words with which spark-submit was started, in the order of the first starts."""
    lines = (airflow.home / "noted").read_text(encoding="utf-8").split("\0\n")
    started: dict[str, list[str]] = {}
    for line in filter(None, lines):
        words = ["spark-submit", *line.split("\0")]
        (application,) = (word for word in words if word.startswith("jobs/"))
        started.setdefault(Path(application).stem, words)
    return started
