"""Schedulers get the chain's own steps in the chain's own order; what is beside them is placed where it must be."""

import json
from pathlib import Path

import pytest

from jobs import run_chain
from schemas.tables import written_by
from scripts.deployments.airflow_description import airflow_description
from scripts.deployments.daily_tasks import POOL_SLOTS, Task, daily_tasks, late_answer_tasks
from scripts.print_submit_line import submit_line
from tests.test_architecture import JOBS, ON_DEMAND

STEPS = list(run_chain.STEPS)


def _by_job(tasks: list[Task]) -> dict[str, Task]:
    return {task.job: task for task in tasks}


def _ancestors(tasks: dict[str, Task], job: str) -> set[str]:
    return {above for name in tasks[job].after for above in {name, *_ancestors(tasks, name)}}


def test_the_steps_of_a_day_are_those_of_the_chain_one_after_another() -> None:
    names = [task.job for task in daily_tasks()]
    assert names[: len(STEPS)] == STEPS
    assert names[len(STEPS) :] == ["export_review_queue", "expire_content"]
    tasks = _by_job(daily_tasks())
    for position, step in enumerate(STEPS):
        assert _ancestors(tasks, step) == set(STEPS[:position])


def test_a_step_that_somebody_adds_is_a_task_by_itself() -> None:
    added = daily_tasks([*STEPS, "watch_the_sky"])
    assert _by_job(added)["watch_the_sky"].after == (STEPS[-1],)
    assert _by_job(added)["expire_content"].after == ("watch_the_sky", "export_review_queue")
    assert _by_job(added)["watch_the_sky"].needs_day_before
    assert late_answer_tasks([*STEPS, "watch_the_sky"])[-1].job == "watch_the_sky"


def test_every_task_is_a_job_and_comes_after_what_it_names() -> None:
    for tasks in (daily_tasks(), late_answer_tasks()):
        seen: set[str] = set()
        for task in tasks:
            assert task.job in JOBS
            assert set(task.after) <= seen
            seen.add(task.job)
        assert len(seen) == len(tasks)
    assert {task.job for task in daily_tasks()} - set(STEPS) <= ON_DEMAND


def test_people_get_their_tasks_from_a_drawn_ladder_and_no_number_of_the_day_waits_for_them() -> None:
    tasks = _by_job(daily_tasks())
    assert tasks["export_review_queue"].after == ("label_sample",)
    assert "rung_samples" in {spec.name for spec in written_by("label_sample")}
    assert not [step for step in STEPS if "export_review_queue" in _ancestors(tasks, step)]


def test_late_answers_go_through_every_step_that_reads_labels() -> None:
    assert [task.job for task in late_answer_tasks()] == [
        "import_review_labels",
        *STEPS[STEPS.index("label_sample") :],
    ]


def test_what_must_not_run_at_the_same_time_does_not_fit_into_the_pool() -> None:
    writing = [t for t in [*daily_tasks(), *late_answer_tasks()] if t.job != "build_interaction_units"]
    assert all(a.pool_slots + b.pool_slots > POOL_SLOTS for a in writing for b in writing)
    (builds,) = (t for t in daily_tasks() if t.job == "build_interaction_units")
    assert {t.job: t.pool_slots + builds.pool_slots <= POOL_SLOTS for t in writing} == {
        t.job: t.job != "expire_content" for t in writing
    }


def test_only_units_are_built_ahead_of_the_day_before() -> None:
    assert {t.job for t in daily_tasks() if not t.needs_day_before} == {
        "build_interaction_units",
        "export_review_queue",
        "expire_content",
    }


@pytest.mark.slow
def test_the_description_is_json_and_says_the_words_of_the_submit_line(tmp_path: Path) -> None:
    conf = tmp_path / "mine.yaml"
    conf.write_text("spark: {conf: {spark.driver.memory: 7g}, lineage: {transport: console}}")
    archive = Path("dist/plumbline.zip")
    written = airflow_description(
        environment="cluster", archive=archive, conf_files=[conf], start_ds="2026-03-02", deadline_hours=6.0
    )
    read = json.loads(json.dumps(written))
    assert read == written
    for task in read["daily"]:
        line = submit_line(job=task["job"], ds="2026-03-02", environment="cluster", archive=archive, conf_files=[conf])
        arguments = [word.replace("{{ params.ds or ds }}", "2026-03-02") for word in task["arguments"]]
        assert line[line.index("--py-files") :] == ["--py-files", read["py_files"], task["application"], *arguments]
        assert line[line.index("--packages") + 1] == read["packages"]
        assert line[line.index("--exclude-packages") + 1] == read["exclude_packages"]
        given = [line[i + 1] for i, word in enumerate(line[: line.index("--py-files")]) if word == "--conf"]
        assert given == [f"{name}={value}" for name, value in read["conf"].items()]
        assert "spark.driver.memory=7g" in given
