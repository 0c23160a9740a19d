"""Labelling a day: rungs are drawn once, labels come when they come, and what never comes is non-response."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from pyspark.sql import Row, SparkSession
from pyspark.sql import functions as F

from jobs import label_sample
from lib.labelling.label_rows import current_labels
from lib.run_context import RunContext
from lib.settings import load_policies, load_settings
from lib.storage import Storage
from schemas import labels, rung_samples, samples, sampling_frame
from schemas.contracts.settings import Settings
from schemas.table_spec import TableSpec

DS = date(2026, 3, 2)
POLICIES = [policy.id for policy in load_policies()]
N_UNITS = 40
UNITS = [f"u{i:02d}" for i in range(N_UNITS)]
LADDER = ("llm", "human")


class Day:
    """A drawn sample of 40 units, and a file of verdicts per rung."""

    def __init__(self, spark: SparkSession, folder: Path) -> None:
        self.spark, self.folder = spark, folder
        (folder / "tiny.yaml").write_text(yaml.safe_dump({"name": "tiny", "version": 1, "sample_size": 40, "seed": 1}))
        storage = Storage(spark, self.settings().storage)
        drawn = [_sampled(unit) for unit in UNITS]
        storage.replace(samples.TABLE, _complete(storage, samples.TABLE, drawn), where="true")
        frame = {
            "stratum": "all",
            "exposure_totals": {"units": 400.0},
            "policy_importance": dict.fromkeys(POLICIES, 1.0),
        }
        storage.replace(sampling_frame.TABLE, _complete(storage, sampling_frame.TABLE, [frame]), where="true")
        for rung in LADDER:
            self.say(rung, {})

    def say(self, rung: str, verdicts: dict[str, str]) -> None:
        """What the labeler of `rung` has said of units, the same for every policy."""
        rows = [f"{unit},{policy},{verdict}" for unit, verdict in verdicts.items() for policy in POLICIES]
        (self.folder / f"{rung}.csv").write_text("\n".join(["unit_id,policy,verdict", *rows]))

    def settings(self, n_human: int = 10) -> Settings:
        rungs = [
            {"rung": rung, "labeler_id": rung, "labeler": {"kind": "file", "path": str(self.folder / f"{rung}.csv")}}
            for rung in LADDER
        ]
        conf: dict[str, Any] = {
            "storage": {"warehouse": str(self.folder / "warehouse"), "input": {"path": str(self.folder)}},
            "sampling": {"design": str(self.folder / "tiny.yaml")},
            "labelling": {"rungs": [rungs[0], rungs[1] | {"sample_size": n_human}]},
        }
        (self.folder / "conf.yaml").write_text(yaml.safe_dump(conf))
        return load_settings("local", [self.folder / "conf.yaml"])

    def label(self, n_human: int = 10, *, now: datetime | None = None) -> list[str]:
        """Run the job; the tables it wrote rows to."""
        context = RunContext(ds=DS) if now is None else RunContext(ds=DS, now=lambda: now)
        commits = label_sample.run(self.spark, self.settings(n_human), context)
        return [commit.table for commit in commits if commit.n_rows]

    def drawn(self, rung: str) -> dict[str, float]:
        rows = self._read(rung_samples.TABLE, rung)
        return {row["unit_id"]: row["rung_probability"] for row in rows}

    def labelled(self, rung: str) -> dict[str, str]:
        rows = [row for row in self._read(labels.TABLE, rung) if row["policy"] == POLICIES[0]]
        return {row["unit_id"]: row["verdict"] for row in rows}

    def _read(self, spec: TableSpec, rung: str) -> list[Row]:
        return Storage(self.spark, self.settings().storage).read(spec).where(F.col("rung") == rung).collect()


def _sampled(unit: str) -> dict[str, Any]:
    return {
        "unit_id": unit, "stratum": "all", "inclusion_probability": 0.1, "prn": 0.5, "scores": {},
        "exposures": {"units": 1.0},
    }  # fmt: skip


def _complete(storage: Storage, spec: TableSpec, records: Sequence[dict[str, Any]]) -> Any:
    others: dict[str, Any] = {"ds": DS, "design_id": "tiny_v1"}
    for column in spec.columns:
        if column.name not in others:
            is_nested = column.data_type.startswith(("array", "map"))
            empty: Any = [] if column.data_type.startswith("array") else {}
            plain = {"string": "x", "double": 1.0, "bigint": 1, "int": 1, "boolean": False}.get(column.data_type)
            others[column.name] = empty if is_nested else plain
    return storage.rows(spec, [others | record for record in records])


@pytest.fixture
def day(spark: SparkSession, tmp_path: Path) -> Day:
    return Day(spark, tmp_path)


def test_a_rung_is_drawn_once_and_waits_for_what_it_rests_on(day: Day) -> None:
    # Nobody has said anything: the first rung is drawn, the second waits, because who climbs depends on the first.
    assert day.label() == ["rung_samples"]
    assert day.drawn("llm") == dict.fromkeys(UNITS, 1.0)
    assert day.drawn("human") == {}

    # Half of the sample is labelled: the second rung is drawn from all of it, the silent half included.
    day.say("llm", dict.fromkeys(UNITS[:20], "not_violating"))
    assert day.label() == ["labels", "rung_samples"]
    first_draw = day.drawn("human")
    assert set(first_draw) - set(UNITS[:20])
    assert day.labelled("human") == {}
    assert day.label() == []  # again: nothing changes

    # The other half comes late, and people answer: what was handed out stays as it was.
    day.say("llm", dict.fromkeys(UNITS, "not_violating"))
    day.say("human", dict.fromkeys(UNITS, "violating"))
    assert day.label() == ["labels", "labels"]
    assert day.drawn("human") == first_draw
    assert day.labelled("human") == dict.fromkeys(first_draw, "violating")

    # A larger rung is another draw: the same random numbers keep whom they had, at the new probabilities.
    assert day.label(n_human=30) == ["rung_samples", "labels"]
    larger = day.drawn("human")
    assert set(larger) > set(first_draw)
    assert all(larger[unit] >= q for unit, q in first_draw.items())
    assert set(day.labelled("human")) == set(larger)


def test_a_clock_that_was_set_back_does_not_let_an_older_label_count(day: Day) -> None:
    day.say("llm", dict.fromkeys(UNITS, "violating"))
    day.label(now=datetime(2026, 3, 5, tzinfo=UTC))
    # The same labeler with another file, which is another prompt_version, by a clock that is a month behind.
    day.say("llm", dict.fromkeys(UNITS, "not_violating"))
    assert "labels" in day.label(now=datetime(2026, 2, 5, tzinfo=UTC))
    given = Storage(day.spark, day.settings().storage).read(labels.TABLE).where(F.col("rung") == "llm")
    counting = current_labels(given).select("verdict", "labelled_at").distinct().collect()
    assert [row["verdict"] for row in counting] == ["not_violating"]
    (times,) = given.agg(F.count_distinct("labelled_at").alias("n"), F.count(F.lit(1)).alias("n_rows")).collect()
    assert (times["n"], times["n_rows"]) == (2, 2 * N_UNITS * len(POLICIES))
