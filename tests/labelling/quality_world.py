"""Two days of labels by a model, two reviewers and an expert, with chances that are known."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lib.settings import load_design, load_settings
from lib.storage import Storage
from schemas import golden_verdicts, labels, review_tasks, rung_samples, sample_content, samples
from schemas.contracts.settings import Settings
from schemas.table_spec import TableSpec

DS = date(2026, 3, 3)
DAYS = (DS - timedelta(days=1), DS)
POLICY = "harassment"
PROMPT = "llm-0123"
N_UNITS = 160
SECOND = 0.5
DEFAULTS: dict[str, Any] = {
    "date": DS, "string": "", "double": 0.5, "int": 0, "bigint": 0, "boolean": False,
    "timestamp": datetime(2026, 3, 5, tzinfo=UTC),
}  # fmt: skip


def quality_settings(warehouse: Path, *assignments: str) -> Settings:
    own = ["calibration.minimum_reference_verdicts=5", "calibration.anchors_per_verdict=3"]
    return load_settings("local", assignments=[f"storage.warehouse={warehouse}", *own, *assignments])


def store(storage: Storage, spec: TableSpec, records: list[dict[str, Any]]) -> None:
    """Records with some of the table's columns; the others get a value of their type that nothing reads."""
    others = {c.name: None if c.is_nullable else _default(c.data_type) for c in spec.columns}
    rows = storage.rows(spec, [others | record for record in records])
    # not by the storage: the constraints of six tables would take most of the tests' time
    rows.write.format("delta").mode("overwrite").save(storage.location(spec))


def _default(data_type: str) -> Any:
    if data_type.startswith("map"):
        return {}
    return [] if data_type.startswith("array") else DEFAULTS[data_type]


def sampled_units() -> pd.DataFrame:
    """One row a unit: probabilities, truth, and what each labeler says; None where it was not asked or was silent."""
    random = np.random.default_rng(11)
    score = random.beta(0.6, 1.2, N_UNITS)
    truth = random.random(N_UNITS) < score
    units = pd.DataFrame(
        {
            "ds": [DAYS[i % 2] for i in range(N_UNITS)],
            "unit_id": [f"u{i:03d}" for i in range(N_UNITS)],
            "inclusion_probability": np.round(random.uniform(0.05, 0.6, N_UNITS), 3),
            "score": np.round(score, 6),
            "q_human": np.where(score > 0.5, 0.9, 0.6),
            "q_gold": 0.5,
        }
    )

    def says(correct: float) -> list[str]:
        is_right = random.random(N_UNITS) < correct
        return ["violating" if t == r else "not_violating" for t, r in zip(truth, is_right, strict=True)]

    on_human = random.random(N_UNITS) < units["q_human"]
    on_gold = on_human & (random.random(N_UNITS) < units["q_gold"])
    twice = on_human & (random.random(N_UNITS) < SECOND)
    units["llm"], units["first"], units["second"], units["gold"] = says(0.85), says(0.93), says(0.9), says(1.0)
    units["first"] = units["first"].where(on_human)
    units["second"] = units["second"].where(twice)
    units["gold"] = units["gold"].where(on_gold & (random.random(N_UNITS) < 0.9))  # some never came back
    units.loc[0, "llm"] = "cannot_tell"
    units["reviewer"] = np.where(random.random(N_UNITS) < 0.5, "r1", "r2")
    units["on_human"], units["on_gold"] = on_human, on_gold
    is_disputed = twice & (units["first"] != units["second"])
    units["adjudicated"] = pd.Series(np.where(truth, "violating", "not_violating")).where(is_disputed)
    return units


def write_world(storage: Storage, units: pd.DataFrame) -> None:
    """Write samples, sample_content, rung_samples, labels and review_tasks of `units`."""
    design_id = load_design("daily").design_id
    rows = units.astype(object).where(units.notna(), None).to_dict("records")
    own = [{"ds": u["ds"], "design_id": design_id, "unit_id": u["unit_id"]} for u in rows]
    store(
        storage,
        samples.TABLE,
        [
            o
            | {"inclusion_probability": u["inclusion_probability"], "scores": {POLICY: u["score"]}}
            | {"segments": {"surface": "search", "language": "en" if i % 3 else "de"}}
            for i, (o, u) in enumerate(zip(own, rows, strict=True))
        ],
    )
    texts = [o | {"query_text": f"query {i % 7} of {o['unit_id']}"} for i, o in enumerate(own)]
    store(storage, sample_content.TABLE, texts)
    drawn, said, tasks = [], [], []
    noon = datetime(2026, 3, 4, 12, tzinfo=UTC)
    for o, u in zip(own, rows, strict=True):
        drawn.append(o | {"rung": "llm", "rung_probability": 1.0})
        if u["on_human"]:
            drawn.append(o | {"rung": "human", "rung_probability": u["q_human"]})
        if u["on_gold"]:
            drawn.append(o | {"rung": "gold", "rung_probability": u["q_gold"]})
        other = "r2" if u["reviewer"] == "r1" else "r1"
        for name, rung, labeler, role in (
            ("llm", "llm", "m1", "first"),
            ("first", "human", u["reviewer"], "first"),
            ("second", "human", other, "second"),
            ("adjudicated", "human", "e1", "adjudication"),
            ("gold", "gold", "e1", "first"),
        ):
            if u[name] is None:
                continue
            label = {"rung": rung, "labeler_id": labeler, "review_role": role, "verdict": u[name], "policy": POLICY}
            label |= {"prompt_version": PROMPT if rung == "llm" else "queue-1", "policy_version": "1"}
            label |= {"no_verdict_reason": "refused" if u[name] == "cannot_tell" else None, "labelled_at": noon}
            said.append(o | label)
        if u["second"] is not None:
            task = {"task_id": u["unit_id"], "rung": "human", "panel": "b", "purpose": "double_review"}
            tasks.append(o | task | {"review_role": "second", "selection_probability": SECOND})
    store(storage, rung_samples.TABLE, drawn)
    store(storage, labels.TABLE, said)
    store(storage, review_tasks.TABLE, tasks)


def golden_answers(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Canary answers of r1, right but for the first; anchor answers of m1, right at first and wrong now."""
    answers = []
    for number, item in enumerate(sorted(items, key=lambda item: item["item_id"])):
        wrong = "not_violating" if item["verdict"] == "violating" else "violating"
        common = {name: item[name] for name in ("item_id", "policy", "policy_version")}
        said = item["verdict"] if number else wrong
        answers.append(common | {"ds": DS, "rung": "human", "labeler_id": "r1", "purpose": "canary", "verdict": said})
        for day, verdict in zip(DAYS, (item["verdict"], wrong), strict=True):
            model = {"rung": "llm", "labeler_id": "m1", "prompt_version": PROMPT, "purpose": "anchor"}
            answers.append(common | model | {"ds": day, "verdict": verdict})
    return answers


def write_golden_verdicts(storage: Storage, answers: list[dict[str, Any]]) -> None:
    store(storage, golden_verdicts.TABLE, answers)
