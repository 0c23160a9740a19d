"""A warehouse, its files and its logs of a chain that ran on planted logs, with every trace that the run left."""

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from deltalake import DeltaTable

from lib.settings import load_settings
from schemas.contracts.settings import Settings
from tests.labelling.llm.llm_server import running_server
from tests.privacy.planted_logs import MONDAY, N_PEOPLE, N_QUERIES, SESSION, TUESDAY, USER, write_logs

KEY, EARLIER_KEY = "CANARY-KEY-of-today-7c1e", "CANARY-KEY-of-yesterday-93ab"
POLICIES = ("adult_content", "harassment", "misinformation", "self_harm")
ROOT = Path(__file__).resolve().parents[2]
_MODEL = {
    "kind": "llm", "model": "test-model", "key_variable": None, "price_per_million_input_tokens": 1.0,
    "price_per_million_output_tokens": 1.0,
}  # fmt: skip


@dataclass
class PlantedWorld:
    """Where everything is, what the language model was asked, and what the run printed."""

    folder: Path
    asked: list[dict[str, Any]] = field(default_factory=list)
    printed: str = ""

    @property
    def settings(self) -> Settings:
        return load_settings("local", [self.folder / "conf.yaml"])

    @property
    def environment(self) -> dict[str, str]:
        return {"PLUMBLINE_ID_KEY": KEY, "PLUMBLINE_EARLIER_KEY": EARLIER_KEY}

    def table(self, name: str, *, warehouse: str = "warehouse") -> list[dict[str, Any]]:
        return DeltaTable(str(self.folder / warehouse / name)).to_pyarrow_table().to_pylist()

    def files(self, pattern: str) -> dict[str, str]:
        paths = sorted(path for path in self.folder.glob(pattern) if path.is_file())
        return {f"{path.relative_to(self.folder)}": path.read_text(encoding="utf-8") for path in paths}


def planted_world(folder: Path) -> PlantedWorld:
    """Write the logs, run tests/privacy/chain_program.py on them in a process of its own, and keep all it left."""
    write_logs(folder / "input")
    _write_broken_logs(folder / "input")
    _write_lines(folder / "input")
    _write_gold(folder / "gold.csv")
    (folder / "test.yaml").write_text(
        yaml.safe_dump({"name": "test", "version": 1, "sample_size": 60, "minimum_stratum_size": 10, "seed": 11})
    )
    (folder / "conf.yaml").write_text(yaml.safe_dump(_conf(folder)))
    batched = _rungs(folder)
    batched[0] = {"rung": "llm", "labeler_id": "batched", "labeler": _MODEL | {"mode": "batch_files"}}
    batched[0]["labeler"] |= {"batch_folder": str(folder / "batches")}
    (folder / "batches.yaml").write_text(yaml.safe_dump({"labelling": {"rungs": batched}}))
    world = PlantedWorld(folder)
    with running_server(key=None) as server:
        environment = {
            **os.environ,
            **world.environment,
            "PLUMBLINE_LLM_URL": server.url,
            "PYSPARK_PYTHON": sys.executable,
        }
        command = [sys.executable, "-m", "tests.privacy.chain_program", str(folder)]
        options: dict[str, Any] = {"capture_output": True, "text": True, "timeout": 1_200}
        run = subprocess.run(command, cwd=ROOT, env=environment, check=False, **options)
        world.asked = [request["body"] for request in server.seen.requests]
    world.printed = run.stdout + run.stderr
    assert run.returncode == 0, world.printed[-5_000:]
    (folder / "printed.txt").write_text(world.printed)
    (folder / "asked.json").write_text(json.dumps(world.asked, ensure_ascii=False))
    return world


def _conf(folder: Path) -> dict[str, Any]:
    (folder / "events").mkdir()
    return {
        "storage": {"warehouse": str(folder / "warehouse"), "input": {"path": str(folder / "input")}},
        "units": {"previous_id_key_variables": ["PLUMBLINE_EARLIER_KEY"]},
        "scoring": {"image_embedding_length": 2},
        "sampling": {"design": str(folder / "test.yaml")},
        "labelling": {"rungs": _rungs(folder)},
        "evaluation": {
            "folder": str(folder / "evaluations"),
            "candidate": {"labeler": {"rung": "llm", "labeler_id": "other", "labeler": _MODEL | {"model": "other"}}},
        },
        "calibration": {"anchors_per_verdict": 2},
        # A tenth of the records is broken, by intent.
        "release": {"maximum_join_loss": 0.5},
        # Its days end at noon.
        "quality": {"maximum_silence_hours": 24, "maximum_orphan_share": 0.5, "maximum_missing_share": 0.5},
        # Few numbers: what they are is tested elsewhere.
        "estimation": {
            "measures": ["units"], "segments": [], "estimators": ["hajek"], "published_estimator": "hajek",
        },
        "reporting": {"dashboard_path": str(folder / "dashboard.html")},
        "spark": {
            "master": "local[2]",
            "conf": {
                # Everything that Spark writes down, in the clear.
                "spark.eventLog.enabled": True, "spark.eventLog.dir": str(folder / "events"),
                "spark.eventLog.compress": False, "spark.local.dir": str(folder / "local"),
                "spark.shuffle.compress": False, "spark.shuffle.spill.compress": False, "spark.rdd.compress": False,
                "spark.sql.maxPlanStringLength": 10_000_000, "spark.sql.debug.maxToStringFields": 10_000,
                "spark.sql.shuffle.partitions": 1, "spark.sql.codegen.wholeStage": False,
                "spark.sql.codegen.factoryMode": "NO_CODEGEN", "spark.sql.adaptive.enabled": False,
            },
        },
    }  # fmt: skip


def _rungs(folder: Path) -> list[dict[str, Any]]:
    queue = {"kind": "review_queue", "folder": str(folder / "queue"), "double_review_probability": 0.3}
    gold = {"kind": "file", "path": str(folder / "gold.csv")}
    return [
        {"rung": "llm", "labeler_id": "model", "labeler": _MODEL | {"batch_folder": str(folder / "batches")}},
        {"rung": "human", "labeler_id": "people", "sample_size": 40, "labeler": queue},
        {"rung": "gold", "labeler_id": "expert", "sample_size": 25, "labeler": gold},
    ]


def unit_id(query_id: str, response_id: str) -> str:
    return hashlib.sha256(f"{query_id}\x1f{response_id}".encode()).hexdigest()[:32]


def _write_gold(path: Path) -> None:
    lines = ["unit_id,policy,verdict"]
    for ds in (MONDAY, TUESDAY):
        for person in range(N_PEOPLE):
            for number in range(N_QUERIES):
                unit = unit_id(f"q-{ds.day}-{person}-{number}", f"r-{ds.day}-{person}-{number}")
                found = {"harassment": "violating"} if number % 2 else {}
                lines += [f"{unit},{policy},{found.get(policy, 'not_violating')}" for policy in POLICIES]
    path.write_text("\n".join(lines))


def _write_lines(folder: Path) -> None:
    """The Monday's logs as JSON lines, with lines that are cut off and ids that are lists, numbers or keys."""
    for log in ("query_log", "response_log", "pin_log"):
        target = folder / "lines" / log / f"ds={MONDAY}"
        target.mkdir(parents=True)
        table = pq.read_table(folder / log / f"ds={MONDAY}" / "part.parquet", partitioning=None)
        lines = [json.dumps(row | {"event_ts": f"{row['event_ts']}"}, default=dict) for row in table.to_pylist()]
        broken = [f'{{"query_id": "q", "user_id": "{USER}70', f'{{"user_id": ["{USER}71"], "query_id": "q71"}}']
        broken += [f'{{"{USER}72": 1, "user_id": {{"{SESSION}72": 2}}}}', f"{USER}73", f'"{SESSION}73"']
        (target / "part.json").write_text("\n".join([*lines, *broken]))


def _write_broken_logs(folder: Path) -> None:
    """The Monday's logs once more, with ids of another type, and with files whose types differ."""
    for name, changed in (("typed_otherwise", pa.list_(pa.string())), ("mixed_types", pa.int64())):
        for log in ("query_log", "response_log", "pin_log"):
            target = folder / name / log / f"ds={MONDAY}"
            target.mkdir(parents=True)
            table = pq.read_table(folder / log / f"ds={MONDAY}" / "part.parquet", partitioning=None)
            pq.write_table(table, target / "part-0.parquet")
            if log == "query_log":
                ids = table["user_id"].to_pylist()
                values = [[user] for user in ids] if name == "typed_otherwise" else list(range(len(ids)))
                other = table.set_column(table.schema.get_field_index("user_id"), "user_id", pa.array(values, changed))
                place = target / ("part-0.parquet" if name == "typed_otherwise" else "part-1.parquet")
                pq.write_table(other, place)
