"""A day's human review: tasks handed out, answered in files, taken in; and again, which changes nothing."""

import csv
import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from jobs import export_review_queue, import_review_labels
from lib.run_context import RunContext
from lib.storage import Storage
from schemas import review_tasks, rung_samples
from tests.labelling.review_queue.examples import DS, NOON
from tests.labelling.review_queue.review_world import LANGUAGES, LATE_UNITS, N_UNITS, Queue, review_queue, store

POLICIES = ("adult_content", "harassment", "misinformation", "self_harm")
FORBIDDEN = ("person-", "unit-", "golden-", "purpose", "canary", "double_review", "sample", "0.875")


@pytest.fixture
def queue(spark: SparkSession, tmp_path: Path) -> Queue:
    return review_queue(spark, tmp_path)


def _choices(violated: str | None = None) -> dict[str, tuple[str, ...]]:
    said: dict[str, tuple[str, ...]] = {f"verdict-{policy}": ("not_violating",) for policy in POLICIES}
    if violated is not None:
        said |= {f"verdict-{violated}": ("violating",), f"components-{violated}": ("query",)}
    return said


def _run(job: Any, spark: SparkSession, queue: Queue, *, hours: float = 0) -> list[int]:
    context = RunContext(DS, now=lambda: NOON + timedelta(hours=hours))

    return [commit.n_rows for commit in job.run(spark, queue.settings, context)]


def _require_tasks_as_drawn(queue: Queue) -> None:
    tasks = queue.rows("review_tasks")
    by_purpose = {name: [t for t in tasks if t["purpose"] == name] for name in review_tasks.PURPOSES}
    assert {t["unit_id"] for t in by_purpose["sample"]} == {f"unit-{n}" for n in range(N_UNITS)}
    assert {(t["selection_probability"], t["rung_probability"]) for t in by_purpose["sample"]} == {(1.0, 0.25)}
    # Binomial(400, 1/4): four standard deviations are 35.
    assert abs(len(by_purpose["double_review"]) - 100) < 35
    first = {t["unit_id"]: t for t in by_purpose["sample"]}
    for second in by_purpose["double_review"]:
        other = first[second["unit_id"]]
        assert (second["review_role"], second["selection_probability"]) == ("second", 0.25)
        assert second["queue"] == other["queue"]
        assert {second["panel"], other["panel"]} == {"a", "b"}
    assert abs(sum(t["panel"] == "a" for t in by_purpose["sample"]) - N_UNITS / 2) < 40
    languages = {n: LANGUAGES[n % 8] for n in range(N_UNITS)}
    expected = {f"unit-{n}": "romance" if languages[n] in ("es", "fr-CA") else "general" for n in languages}
    assert {unit: t["queue"] for unit, t in first.items()} == expected

    hidden = by_purpose["canary"] + by_purpose["attention"]
    items = [t["item_id"] for t in hidden]
    assert len(set(items)) == len(items)
    assert "unit-5" not in items  # it is in the sample itself
    # 300 and 100 units at 0.1, over the 89 and 30 items of the queue.
    n_items = {"general": 89, "romance": 30}
    n_units = {"general": 300, "romance": 100}
    for canary in by_purpose["canary"]:
        assert canary["selection_probability"] == pytest.approx(
            0.1 * n_units[canary["queue"]] / n_items[canary["queue"]]
        )
    assert abs(len(by_purpose["canary"]) - 40) < 21
    assert all(t["selection_probability"] != t["selection_probability"] for t in by_purpose["attention"])  # null
    _require_share_of_violations(tasks, queue_name="general")


def _require_share_of_violations(tasks: list[dict[str, Any]], *, queue_name: str) -> None:
    likely = {f"unit-{n}" for n in (0, 7, 100, 200, 300)}
    there = [t for t in tasks if t["queue"] == queue_name]
    is_known = [t["item_id"] is not None and int(t["item_id"].split("-")[1]) % 2 == 1 for t in there]
    n_likely = sum(is_known) + sum(t["unit_id"] in likely for t in there)
    n_attention = sum(t["purpose"] == "attention" for t in there)
    assert n_attention > 0
    assert all(int(t["item_id"].split("-")[1]) % 2 == 1 for t in there if t["purpose"] == "attention")
    assert n_likely / len(there) >= 0.1
    assert (n_likely - 1) / (len(there) - 1) < 0.1  # and not one more than it takes


def _require_files_tell_nothing(queue: Queue) -> None:
    task_files, tables = queue.files("json"), queue.files("csv")
    assert {name.split("-review-")[0] for name in task_files} == {
        f"human-{name}-{panel}" for name in ("general", "romance") for panel in "ab"
    }
    shown = [task for text in task_files.values() for task in json.loads(text)]
    tasks = {t["task_id"]: t for t in queue.rows("review_tasks")}
    assert sorted(task["data"]["task_id"] for task in shown) == sorted(tasks)
    assert len({json.dumps(task["data"] | {"task_id": ""}) for task in shown}) == 1  # alike but for the id
    for text in [*task_files.values(), *tables.values()]:
        assert not [word for word in FORBIDDEN if word in text]
    cells = [cell for text in tables.values() for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
    assert len(cells) > 0
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    order = [tasks[task["data"]["task_id"]]["purpose"] for task in json.loads(task_files[min(task_files)])]
    positions = [n for n, purpose in enumerate(order) if purpose in ("canary", "attention")]
    assert 0.25 < sum(positions) / len(positions) / len(order) < 0.75


def _require_late_units_bring_their_own_tasks(spark: SparkSession, queue: Queue) -> None:
    ids = {t["task_id"] for t in queue.rows("review_tasks")}
    late = [{"unit_id": u, "design_id": "daily_v1", "rung": "human", "rung_probability": 0.25} for u in LATE_UNITS]
    store(Storage(spark, queue.settings.storage), spark, rung_samples.TABLE, late)
    (n_new,) = _run(export_review_queue, spark, queue, hours=8)
    new = [t for t in queue.rows("review_tasks") if t["task_id"] not in ids]
    assert {t["unit_id"] for t in new if t["purpose"] == "sample"} == set(LATE_UNITS)
    assert len(new) == n_new
    assert {t["review_role"] for t in new} <= {"first", "second"}  # what is settled is not adjudicated again
    assert len(new) < 12


def test_a_day_of_review(spark: SparkSession, queue: Queue) -> None:
    (n_tasks,) = _run(export_review_queue, spark, queue)
    _require_tasks_as_drawn(queue)
    _require_files_tell_nothing(queue)
    before = queue.files("json"), queue.files("csv")
    assert _run(export_review_queue, spark, queue, hours=2) == [0]
    assert (queue.files("json"), queue.files("csv")) == before

    second = queue.tasks_of(purpose="double_review")
    first = {t["unit_id"]: t for t in queue.tasks_of(purpose="sample")}
    canary = queue.tasks_of(purpose="canary")[0]
    agreed, disputed, forbidden = second[0], second[1], second[2]
    said = {first[t["unit_id"]]["task_id"]: (1, _choices()) for t in (agreed, disputed, forbidden)}
    said |= {agreed["task_id"]: (2, _choices()), disputed["task_id"]: (2, _choices("self_harm"))}
    said |= {forbidden["task_id"]: (1, _choices()), canary["task_id"]: (1, _choices("self_harm"))}
    queue.answer("monday.json", said | {"f" * 32: (1, _choices())})
    late = first[second[3]["unit_id"]]["task_id"]
    queue.answer("late.json", {late: (3, _choices())}, hours=25)
    assert _run(import_review_labels, spark, queue, hours=3) == [3, 0, 4, 5 * 4]
    assert _run(import_review_labels, spark, queue, hours=30) == [0, 0, 0, 0]
    reasons = {row["task_id"]: row["reason"] for row in queue.rows("review_rejects")}
    assert reasons == {forbidden["task_id"]: "same_reviewer", "f" * 32: "unknown_task", late: "expired"}
    (hidden,) = [row for row in queue.rows("golden_verdicts") if row["policy"] == "self_harm"]
    assert (hidden["item_id"], hidden["verdict"], hidden["labeler_id"]) == (canary["item_id"], "violating", "people:1")
    assert len(queue.rows("review_tasks")) == n_tasks

    assert _run(export_review_queue, spark, queue, hours=4) == [1]
    (adjudication,) = queue.tasks_of(review_role="adjudication")
    assert (adjudication["unit_id"], adjudication["queue"]) == (disputed["unit_id"], "adjudication")
    assert list(adjudication["policies"]) == ["self_harm"]
    queue.answer(
        "tuesday.json", {adjudication["task_id"]: (9, _choices("self_harm"))}, hours=5, note="the text says so"
    )
    assert _run(import_review_labels, spark, queue, hours=6) == [0, 1, 0, 1]
    assert [row["rationale"] for row in queue.rows("label_rationales")] == ["the text says so"]
    final = [row for row in queue.rows("labels") if row["review_role"] == "adjudication"]
    assert [(r["labeler_id"], r["policy"], r["verdict"], r["cost"]) for r in final] == [
        ("people:9", "self_harm", "violating", 2.0)
    ]

    _require_late_units_bring_their_own_tasks(spark, queue)
