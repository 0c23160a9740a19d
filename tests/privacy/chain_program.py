"""Runs every step that touches content in one process with all of Spark's logs on, and is killed at the end.

    python -m tests.privacy.chain_program FOLDER

FOLDER has input/, conf.yaml and batches.yaml; the language model's URL and the keys come from the environment. Nothing
is cleaned up: what Spark leaves on disk is there to be searched.
"""

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from jobs import (
    build_golden_set,
    build_interaction_units,
    calibrate_labelers,
    draw_sample,
    estimate_prevalence,
    evaluate_prompt,
    export_llm_batch,
    export_review_queue,
    import_review_labels,
    label_golden_set,
    label_sample,
    monitor,
    publish_dashboard,
    release_metrics,
    score_units,
    train_scorer,
)
from lib.command_line import exit_code_of, run_step
from lib.run_context import RunContext
from lib.session import build_session
from lib.settings import load_settings
from schemas.contracts.settings import Settings
from tests.labelling.review_queue.label_studio_server import annotation
from tests.privacy.planted_logs import MONDAY, TUESDAY

DRAWN = (build_interaction_units, train_scorer, score_units, draw_sample)
SHOWN = (calibrate_labelers, estimate_prevalence, release_metrics, monitor, publish_dashboard)


class Program:
    """The steps of one warehouse, all in one session."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = self._settings()
        self.spark = build_session(self.settings.spark, app_name="canaries")
        self.spark.sparkContext.setLogLevel("INFO")

    def _settings(self, *more: str, assignments: tuple[str, ...] = ()) -> Settings:
        files = [self.folder / name for name in ("conf.yaml", *more)]
        return load_settings("local", files, assignments)

    def run(self, ds: date, *jobs: Any, settings: Settings | None = None, **environment: str) -> None:
        for job in jobs:
            context = RunContext(ds=ds, environment={**os.environ, **environment})
            run_step(job.STEP, job.run, self.spark, settings or self.settings, context)

    def fail(self, what: str, work: Callable[[], None]) -> None:
        """Run what has to fail as the command line does: its error text goes where everybody's goes."""
        try:
            code = exit_code_of(work)
        except Exception:
            traceback.print_exc()
            code = 1
        sys.stderr.write(f"failed as it should: {what}\n" if code else f"did not fail: {what}\n")

    def answer_reviews(self) -> None:
        """Judge every exported task, with a note that quotes it, in Label Studio's own format: the tasks come back."""
        answers = self.folder / "queue" / "answers"
        answers.mkdir()
        for path in sorted((self.folder / "queue" / "tasks" / f"{MONDAY}").glob("*.json")):
            tasks = json.loads(path.read_text(encoding="utf-8"))
            done = [task | {"annotations": [_annotation(task["data"], number)]} for number, task in enumerate(tasks)]
            (answers / path.name).write_text(json.dumps(done, ensure_ascii=False), encoding="utf-8")

    def batches(self) -> None:
        self.run(MONDAY, export_llm_batch, settings=self._settings("batches.yaml"))

    def failures(self) -> None:
        """Steps that stumble over a record of somebody: their error texts must not name anybody."""
        for name in ("typed_otherwise", "mixed_types", "no_partition"):
            broken = self._settings(assignments=(f"storage.input.path={self.folder / 'input' / name}",))
            self.fail(name, lambda broken=broken: self.run(MONDAY, build_interaction_units, settings=broken))
        # Lines that are no JSON, and ids of another type, are records all the same.
        lines = (f"storage.input.path={self.folder / 'input' / 'lines'}", "storage.input.format=json")
        apart = f"storage.warehouse={self.folder / 'warehouse_of_lines'}"
        self.run(MONDAY, build_interaction_units, settings=self._settings(assignments=(*lines, apart)))
        self.fail("no key", lambda: self.run(MONDAY, build_interaction_units, PLUMBLINE_ID_KEY=""))
        garbled = self.folder / "queue" / "answers" / "garbled.csv"
        garbled.write_text("task_id,query\n1", encoding="utf-8")
        self.fail("garbled answers", lambda: self.run(MONDAY, import_review_labels))
        garbled.unlink()


def _annotation(task: Mapping[str, str], number: int) -> dict[str, Any]:
    policies = ("adult_content", "harassment", "misinformation", "self_harm")
    said: dict[str, tuple[str, ...]] = {f"verdict-{policy}": ("not_violating",) for policy in policies}
    if "violates=harassment" in task["query"]:
        said |= {"verdict-harassment": ("violating",), "components-harassment": ("query",)}
        said |= {"severity-harassment": ("threatening",)}
    given = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
    note = f"it says {task['query']}"[:200]
    return annotation(said, note=note) | {"id": number, "completed_by": 7, "updated_at": given}


def main(folder: Path) -> None:
    program = Program(folder)
    earlier = {"PLUMBLINE_ID_KEY": os.environ["PLUMBLINE_EARLIER_KEY"]}
    program.run(MONDAY, *DRAWN, label_sample, export_review_queue, **earlier)
    program.answer_reviews()
    program.run(MONDAY, import_review_labels, label_sample, build_golden_set, label_golden_set, *SHOWN)
    program.run(MONDAY, evaluate_prompt)
    # The key has changed overnight.
    program.run(TUESDAY, *DRAWN)
    program.batches()
    program.failures()
    jvm = program.spark.sparkContext._gateway.proc.pid
    os.kill(jvm, signal.SIGKILL)
    os._exit(0)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
