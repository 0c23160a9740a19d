"""The bundle has the structure that Databricks documents, as its own package of the resources' classes knows it."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from jobs import run_chain
from scripts.deployments.daily_tasks import daily_tasks
from scripts.deployments.databricks_bundle import JOB
from scripts.write_deployments import main

bundles = pytest.importorskip("databricks.bundles.jobs", reason="package databricks-bundles is not installed")
_REFERENCE = re.compile(r"\$\{([a-z_.]+)\}")
# What a bundle may refer to beside its own variables.
_KNOWN = {"bundle.target", "workspace.file_path"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle as `make deployments` writes it."""
    place = tmp_path_factory.mktemp("dist")
    conf = place / "mine.yaml"
    conf.write_text("storage: {warehouse: /Volumes/main/plumbline/warehouse}")
    assert main(["--start-ds", "2026-03-02", "--conf", str(conf), "--output", str(place), "--deadline-hours", "5"]) == 0
    return place / "databricks"


@pytest.fixture(scope="module")
def job(folder: Path) -> dict[str, Any]:
    """The job's resource."""
    included = yaml.safe_load((folder / f"{JOB}.job.yml").read_text(encoding="utf-8"))
    assert list(included) == ["resources"]
    assert list(included["resources"]) == ["jobs"]
    return dict(included["resources"]["jobs"][JOB])


@pytest.mark.slow
def test_the_job_is_one_that_databricks_own_classes_read_back_unchanged(job: dict[str, Any]) -> None:
    assert bundles.Job.from_dict(job).as_dict() == job


@pytest.mark.parametrize("place", ["job", "task", "cluster", "rule"])
@pytest.mark.slow
def test_those_classes_refuse_what_is_not_documented(job: dict[str, Any], place: str) -> None:
    """Else the test above would say nothing."""
    broken = yaml.safe_load(yaml.safe_dump(job))
    part = {
        "job": broken,
        "task": broken["tasks"][0],
        "cluster": broken["job_clusters"][0]["new_cluster"],
        "rule": broken["health"]["rules"][0],
    }[place]
    part["no_such_field"] = 1
    with pytest.raises(ValueError, match="no_such_field"):
        bundles.Job.from_dict(broken)


def test_tasks_order_retries_and_libraries(job: dict[str, Any]) -> None:
    tasks = {task["task_key"]: task for task in job["tasks"]}
    assert list(tasks)[: len(run_chain.STEPS)] == list(run_chain.STEPS)
    assert {
        name: tuple(before["task_key"] for before in task.get("depends_on", [])) for name, task in tasks.items()
    } == {task.job: task.after for task in daily_tasks()}
    assert {name for name, task in tasks.items() if task.get("run_if") == "ALL_DONE"} == {"expire_content"}
    for name, task in tasks.items():
        assert task["python_wheel_task"] == {
            "package_name": "plumbline",
            "entry_point": "plumbline",
            "parameters": [
                name, "--ds", "{{job.parameters.ds}}", "--env", "cluster",
                "--conf", "${workspace.file_path}/conf/mine.yaml",
            ],
        }  # fmt: skip
        assert (task["max_retries"], task["min_retry_interval_millis"]) == (3, 300_000)
        assert task["job_cluster_key"] == job["job_clusters"][0]["job_cluster_key"]


def test_schedule_and_health(job: dict[str, Any]) -> None:
    assert job["schedule"]["quartz_cron_expression"] == "0 0 3 * * ?"
    assert job["health"]["rules"] == [{"metric": "RUN_DURATION_SECONDS", "op": "GREATER_THAN", "value": 5 * 3600}]
    assert job["max_concurrent_runs"] == 1
    assert job["parameters"] == [{"name": "ds", "default": "{{job.trigger.time.iso_date}}~1"}]


def test_secrets_are_references(job: dict[str, Any]) -> None:
    assert job["job_clusters"][0]["new_cluster"]["spark_env_vars"] == {
        "PLUMBLINE_ID_KEY": "{{secrets/${var.secret_scope}/id_key}}",
        "PLUMBLINE_LLM_KEY": "{{secrets/${var.secret_scope}/llm_key}}",
    }


def test_the_bundle_includes_the_job_and_declares_what_it_refers_to(folder: Path, job: dict[str, Any]) -> None:
    bundle = yaml.safe_load((folder / "databricks.yml").read_text(encoding="utf-8"))
    assert set(bundle) == {"bundle", "include", "sync", "variables", "targets"}
    assert bundle["bundle"] == {"name": "plumbline"}
    assert bundle["include"] == [f"{JOB}.job.yml"]
    assert {name for name, target in bundle["targets"].items() if target.get("default")} == {"dev"}
    assert {target["mode"] for target in bundle["targets"].values()} == {"development", "production"}
    assert all(set(variable) <= {"description", "default"} for variable in bundle["variables"].values())
    declared = {f"var.{name}" for name in bundle["variables"]}
    referred = set(_REFERENCE.findall(yaml.safe_dump(job)))
    assert declared == {name for name in referred if name.startswith("var.")}
    assert referred - declared <= _KNOWN


def test_what_the_tasks_name_is_there(folder: Path) -> None:
    (wheel,) = (folder / "dist").glob("*.whl")
    assert wheel.name == "plumbline-0.1.0-py3-none-any.whl"
    assert (folder / "conf" / "mine.yaml").is_file()
    requirements = (folder / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert any(line.startswith("pydantic") for line in requirements)
    assert not [line for line in requirements if line.startswith(("pyspark", "delta"))]
