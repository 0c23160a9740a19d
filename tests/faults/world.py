"""A tiny platform: two days of logs, a ladder of simulated labelers, an LLM and people, and every step on them."""

import csv
import hashlib
import io
import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import yaml
from deltalake import DeltaTable

from lib.labelling.review_queue.csv_tasks import COLUMN_SEPARATOR, POLICY_COLUMNS
from scripts import generate_logs
from tests.labelling.llm.llm_server import completion, verdicts_json

MONDAY, TUESDAY, WEDNESDAY = date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4)
N_UNITS, SAMPLE_SIZE = 250, 90
ID_KEY = "a key for the tests only"
# When the first step runs; every later one an hour after the one before.
_BEGIN = datetime(2026, 3, 4, 6, tzinfo=UTC)
_CHAIN_UP_TO_LABELS = (
    "build_interaction_units",
    "train_scorer",
    "score_units",
    "plan_sample",
    "draw_sample",
    "label_sample",
)
_WITH_PEOPLE = ("export_review_queue", "import_review_labels", "build_golden_set", "label_golden_set")
_CHAIN_FROM_LABELS = (
    "calibrate_labelers",
    "estimate_prevalence",
    "release_metrics",
    "monitor",
    "publish_dashboard",
)

Prepare = Callable[[Path, date], None]


@dataclass(frozen=True)
class Stage:
    """One step on one day in one state of the world.

    `conf` is the settings it runs with, `prepare` what people or a server put into the folder before it, `after` the
    name of the stage whose state it starts from; by default the one listed before it.
    """

    job: str
    ds: date
    conf: str = "people"
    chapter: str = ""
    prepare: Prepare | None = None
    after: str | None = None

    @property
    def name(self) -> str:
        return "-".join(part for part in (self.job, f"{self.ds:%a}".lower(), self.chapter) if part)


def stages() -> list[Stage]:
    """Every step that writes: a day on an empty warehouse, a day after it, a correction, and the LLM's ways."""
    told: list[Stage] = []
    for ds in (MONDAY, TUESDAY):
        prepared: dict[str, Prepare] = {"import_review_labels": _answer_most}
        jobs = (*_CHAIN_UP_TO_LABELS, *_WITH_PEOPLE, *_CHAIN_FROM_LABELS)
        told += [Stage(job, ds, prepare=prepared.get(job)) for job in jobs]
    late = ("import_review_labels", *_CHAIN_FROM_LABELS)
    told += [Stage(job, MONDAY, chapter="late", prepare=_answer_rest if job == late[0] else None) for job in late]
    told += [Stage("evaluate_prompt", TUESDAY), Stage("audit_design", TUESDAY)]
    told += [Stage("expire_content", WEDNESDAY), Stage("erase_user", TUESDAY)]
    drawn = Stage("draw_sample", TUESDAY).name
    told.append(Stage("label_sample", TUESDAY, conf="llm", chapter="llm", after=drawn))
    told.append(Stage("label_sample", TUESDAY, conf="batch", chapter="batch-draw", after=drawn))
    told.append(Stage("export_llm_batch", TUESDAY, conf="batch"))
    told.append(Stage("import_llm_batch", TUESDAY, conf="batch", prepare=_answer_batch))
    told.append(Stage("label_sample", TUESDAY, conf="batch", chapter="batch"))
    return told


def clock_of(position: int) -> datetime:
    """The time at which the stage at `position` runs undisturbed."""
    return _BEGIN + timedelta(hours=position)


def generate(shared: Path) -> None:
    """The logs of both days and their truth, and the sampling design, read by all runs and written by none."""
    arguments = ["--start-ds", f"{MONDAY}", "--days", "2", "--units-per-day", f"{N_UNITS}", "--seed", "5"]
    assert generate_logs.main(["--output", str(shared), "--violation-rate-scale", "20", *arguments]) == 0
    design = {"name": "tiny", "version": 1, "sample_size": SAMPLE_SIZE, "minimum_stratum_size": 8, "seed": 11}
    (shared / "tiny.yaml").write_text(yaml.safe_dump(design), encoding="utf-8")


def somebody(shared: Path) -> str:
    """The id of the person with the most queries on Tuesday, who asks to be erased."""
    users = pq.read_table(shared / "input" / "query_log" / f"ds={TUESDAY}", columns=["user_id"], partitioning=None)
    counted = Counter(user for user in users["user_id"].to_pylist() if user)
    return max(counted, key=lambda user: (counted[user], user))


def write_conf(folder: Path, shared: Path) -> None:
    """The settings of the three ways to label, for a run in `folder`."""
    simulated = {"kind": "simulated", "truth_path": str(shared / "truth" / "unit_truth")}
    errs = simulated | {"sensitivity": {"default": {"query": 0.9}}, "specificity": {"default": 0.98}, "seed": 1}
    queue = {
        "kind": "review_queue", "folder": str(folder / "queue"), "double_review_probability": 0.3,
        "canary_probability": 0.3, "minimum_positive_share": 0.2, "lifetime_days": 60.0,
    }  # fmt: skip
    llm = {
        "kind": "llm", "model": "m", "key_variable": None, "price_per_million_input_tokens": 0.0,
        "price_per_million_output_tokens": 0.0, "n_concurrent": 4, "batch_size": 25,
    }  # fmt: skip
    batch = llm | {"mode": "batch_files", "batch_folder": str(folder / "batches"), "maximum_requests_per_file": 30}
    human = {"rung": "human", "labeler_id": "reviewer", "sample_size": 40, "labeler": simulated | {"seed": 2}}
    gold = {"rung": "gold", "labeler_id": "experts", "sample_size": 25, "labeler": queue}
    ladders = {
        "people": [{"rung": "llm", "labeler_id": "simulated_llm", "labeler": errs}, human, gold],
        "llm": [{"rung": "llm", "labeler_id": "model", "labeler": llm}, human],
        "batch": [{"rung": "llm", "labeler_id": "model", "labeler": batch}, human],
    }
    candidate = {"rung": "llm", "labeler_id": "candidate", "labeler": errs | {"specificity": {"default": 0.9}}}
    common: dict[str, Any] = {
        "storage": {"warehouse": str(folder / "warehouse"), "input": {"path": str(shared / "input")}},
        "sampling": {"design": str(shared / "tiny.yaml")},
        "reporting": {"dashboard_path": str(folder / "dashboard.html")},
        "evaluation": {"candidate": {"labeler": candidate}, "folder": str(folder / "evaluations")},
        "release": {"minimum_labels": {"llm": 5, "human": 2, "gold": 1}, "maximum_join_loss": 0.5},
        # So few units that broken ones are many.
        "quality": {"maximum_orphan_share": 0.5, "maximum_missing_share": 0.5},
        "estimation": {"maximum_missing_label_rate": 0.9},
        "calibration": {"n_clusters": 2, "window_days": 1},
        "scoring": {"training_window_days": 1},
        "privacy": {"content_days": 1},
        "audit": {"n_replicates": 100, "maximum_units": 10_000},
    }
    for name, rungs in ladders.items():
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(common | {"labelling": {"rungs": rungs}}), encoding="utf-8")


def copy_state(source: Path, target: Path, shared: Path) -> None:
    """A folder of its own with everything that `source` holds."""
    shutil.copytree(source, target)
    write_conf(target, shared)


def _answer_most(folder: Path, ds: date) -> None:
    """Four of five tasks are answered; one answer is in the file twice, one is of nobody's task."""
    _write_answers(folder, ds, "most", [task for task in _tasks(folder, ds) if int(task["task_id"], 16) % 5])


def _answer_rest(folder: Path, ds: date) -> None:
    _write_answers(folder, ds, "rest", [task for task in _tasks(folder, ds) if not int(task["task_id"], 16) % 5])


def _tasks(folder: Path, ds: date) -> list[dict[str, Any]]:
    rows = DeltaTable(str(folder / "warehouse" / "review_tasks")).to_pyarrow_table().to_pylist()
    return sorted((row for row in rows if row["ds"] == ds), key=lambda row: str(row["task_id"]))


def _write_answers(folder: Path, ds: date, name: str, tasks: list[dict[str, Any]]) -> None:
    policies = sorted({policy for task in tasks for policy in task["policies"]})
    said = [f"{column}{COLUMN_SEPARATOR}{policy}" for policy in policies for column in POLICY_COLUMNS]
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, ["task_id", "prompt_version", *said, "reviewer", "answered_at", "seconds", "note"])
    writer.writeheader()
    rows = [dict(_answer(task)) for task in tasks]
    writer.writerows([*rows, rows[0], rows[0] | {"task_id": "0" * 32}])
    path = folder / "queue" / "answers" / f"{ds}-{name}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.getvalue(), encoding="utf-8")


def _answer(task: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield "task_id", task["task_id"]
    yield "prompt_version", task["prompt_version"]
    yield "reviewer", {"a": "ann", "b": "ben"}[task["panel"]]
    for policy in task["policies"]:
        is_violating = hashlib.sha256(f"{task['unit_id'] or task['item_id']}{policy}".encode()).digest()[0] < 80
        yield f"verdict{COLUMN_SEPARATOR}{policy}", "violating" if is_violating else "not_violating"
        yield f"components{COLUMN_SEPARATOR}{policy}", "query" if is_violating else ""


def _answer_batch(folder: Path, ds: date) -> None:
    """The server's output file: an answer to every request."""
    lines = []
    for path in sorted((folder / "batches").rglob("requests/**/*.txt")):
        for line in path.read_text(encoding="utf-8").splitlines():
            request = json.loads(line)
            body = completion(verdicts_json(request["body"], "")) | {"id": f"answer to {request['custom_id']}"}
            response = {"status_code": 200, "body": body}
            lines.append(
                json.dumps({"id": request["custom_id"], "custom_id": request["custom_id"], "response": response})
            )
    results = folder / "batches" / f"ds={ds}" / "model" / "results"
    results.mkdir(parents=True)
    (results / "output.jsonl").write_text("\n".join(sorted(lines)), encoding="utf-8")
