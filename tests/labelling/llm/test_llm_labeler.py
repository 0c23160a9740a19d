"""The LLM labeler in Spark, against a real server: who is asked, how often, and what comes of it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from lib.labelling.llm.contents import unit_contents
from lib.labelling.llm.verdict_rows import REPORTED_BY_LABELER
from lib.labelling.redaction.redaction import Redaction
from lib.labelling.redaction.shown_content import shown_content
from lib.storage import Storage
from schemas import llm_answers
from schemas.contracts.unit_content import UnitContent
from schemas.errors import ConfigurationError
from tests.labelling.llm.llm_server import COMPLETION_TOKENS, KEY, PROMPT_TOKENS, LlmServer, running_server
from tests.labelling.llm.sampled_units import labeler_at, rows_of, sampled, storage_at

PAID = PROMPT_TOKENS * 2e-6 + COMPLETION_TOKENS * 10e-6
ASKED = ["harassment", "self_harm"]
ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all tests, each with a labeler of its own: creating the table takes longer than most of them."""
    return tmp_path_factory.mktemp("llm")


@pytest.fixture
def storage(spark: SparkSession, warehouse: Path) -> Storage:
    return storage_at(spark, warehouse)


@pytest.fixture
def server() -> Iterator[LlmServer]:
    with running_server(key=None, pause=0.01) as running:
        yield running


def test_units_are_hashed_as_unit_content_hashes_them(spark: SparkSession) -> None:
    texts = [
        "plain",
        "write to a@b.example",
        'quote " \\ / <b>',
        "ünïcode 漢字 🙂 \u202e\u2028",
        "tab\tline\nend\x00",
        "",
    ]
    found = unit_contents(sampled(spark, *[(f"u{i}", text) for i, text in enumerate(texts)]), Redaction()).collect()
    pin = {"title": "a picture", "image_url": "https://images.example/1.jpg"}
    expected = {
        f"u{i}": shown_content(
            {"query_text": text, "response_text": "an answer", "pins": [pin], "segments": {"language": "en"}},
            Redaction(),
        )
        for i, text in enumerate(texts)
    }
    assert {row["unit_id"]: row["content_hash"] for row in found} == {
        unit_id: content.content_hash for unit_id, content in expected.items()
    }
    assert {row["unit_id"]: UnitContent.model_validate_json(row["content"]) for row in found} == expected


def test_every_content_is_asked_once_whatever_happens_and_its_cost_is_shared(
    spark: SparkSession, storage: Storage, server: LlmServer
) -> None:
    units = sampled(
        spark,
        ("u1", "unit=a violates=harassment instructs=yes"),
        ("u2", "unit=b"),
        ("u3", "unit=b"),
        ("u4", "unit=c fault=refusal"),
        ("u5", "unit=d fault=broken times=2"),
        ("u6", "unit=e fault=no_json"),
        ("u7", "unit=f fault=filter"),
        *[(f"v{i}", f"unit=v{i}") for i in range(9)],
    )
    first = labeler_at(storage, server.url, run="run-1", batch_size=8, n_partitions=2)
    found = first.verdicts(units, ASKED).persist()
    asked_once = {"a": 1, "b": 1, "c": 1, "d": 2, "e": 2, "f": 1, **{f"v{i}": 1 for i in range(9)}}
    assert server.seen.by_unit == asked_once
    assert 2 <= server.seen.n_most <= 2 * 4
    # 15 contents in batches of 8: two commits after the table's creation.
    assert storage.versions([llm_answers.TABLE]) == {"llm_answers": 2}

    assert found.count() == 2 * 15
    shown = found.where(F.col("unit_id").startswith("u") & (F.col("policy") == "harassment"))
    assert rows_of(shown, "unit_id", "verdict", "no_verdict_reason", "violating_components", "confidence") == [
        ("u1", "violating", None, ["query"], 0.75),
        ("u2", "not_violating", None, [], 0.75),
        ("u3", "not_violating", None, [], 0.75),
        ("u4", "cannot_tell", "refused", [], None),
        ("u6", "cannot_tell", "invalid_answer", [], None),
        ("u7", "cannot_tell", "filtered", [], None),
    ]
    rows = {row["unit_id"]: row for row in shown.collect()}
    expected = {"u1": PAID / 2, "u2": PAID / 4, "u3": PAID / 4, "u4": PAID / 2, "u6": PAID, "u7": PAID / 2}
    assert {unit_id: row["cost"] for unit_id, row in rows.items()} == pytest.approx(expected)
    assert REPORTED_BY_LABELER in rows["u1"]["injection_signs"]
    assert REPORTED_BY_LABELER not in rows["u2"]["injection_signs"]
    # 14 contents have an answer, one of them paid twice: all labels together cost what the server bills.
    assert found.agg(F.sum("cost")).collect()[0][0] == pytest.approx(15 * PAID)

    # The next run asks only what failed, on whatever day; what another day has paid costs nothing there.
    later = labeler_at(storage, server.url, run="run-2", ds=date(2026, 3, 3)).verdicts(units, ASKED)
    assert server.seen.by_unit == {**asked_once, "d": 3}
    assert later.agg(F.count(F.lit(1)), F.sum("cost")).collect() == [(2 * 16, pytest.approx(PAID))]


def test_the_budget_of_a_day_holds_over_runs_and_ends_quietly(
    spark: SparkSession, storage: Storage, server: LlmServer
) -> None:
    units = sampled(spark, *[(f"u{i:02}", f"unit=u{i:02}") for i in range(30)])
    content = UnitContent.model_validate_json(unit_contents(units, Redaction()).limit(1).collect()[0]["content"])
    prompt = labeler_at(storage, server.url, run="run-0").prompt
    worst = prompt.estimated_prompt_tokens(content) * 2e-6 + 400 * 10e-6
    options = {"labeler_id": "frugal", "maximum_cost": 8 * PAID + 1.001 * worst}
    for run in ("run-1", "run-2"):
        # In two partitions, then with the rest of the money in one; the second run has nothing left.
        found = labeler_at(storage, server.url, run=run, n_partitions=2 if run == "run-1" else 1, **options)
        assert found.verdicts(units, ASKED).count() == 2 * 9
        assert len(server.seen.requests) == 9
    # Another day has a budget of its own.
    other = labeler_at(storage, server.url, run="run-3", ds=date(2026, 3, 3), n_partitions=1, **options)
    assert other.verdicts(units, ASKED).count() == 2 * 18
    assert set(server.seen.by_unit.values()) == {1}


def test_what_nobody_can_repair_by_waiting_is_said(spark: SparkSession, storage: Storage) -> None:
    units = sampled(spark, ("u1", "unit=a"))
    with running_server(key=KEY) as server:
        with pytest.raises(ConfigurationError, match=r"LLM labeler `who`: http 401, model `test-model`; mend PLUMB"):
            labeler_at(storage, server.url, run="run-1", labeler_id="who").verdicts(units, ASKED)
        options = {"labeler_id": "who", "key_variable": "PLUMBLINE_ABSENT"}
        with pytest.raises(ConfigurationError, match=r"the key is missing.*set PLUMBLINE_ABSENT where"):
            labeler_at(storage, server.url, run="run-2", **options).verdicts(units, ASKED)
    with pytest.raises(ConfigurationError, match="PLUMBLINE_LLM_URL is not set"):
        labeler_at(storage, "", run="run-3", labeler_id="who").verdicts(units, ASKED)
    with pytest.raises(ConfigurationError, match="its prompt has no policy `theft`"):
        labeler_at(storage, "", run="run-4", labeler_id="who").verdicts(units, ["theft"])
    # Nothing to ask: no endpoint is needed.
    assert labeler_at(storage, "", run="run-5", labeler_id="who").verdicts(units.limit(0), ASKED).count() == 0


def test_a_killed_run_loses_one_batch_at_most_and_keeps_the_key_to_itself(
    spark: SparkSession, storage: Storage, warehouse: Path
) -> None:
    n_units, batch_size = 36, 12
    with running_server(pause=0.1) as server:
        environment = {**os.environ, "PLUMBLINE_LLM_URL": server.url, "PLUMBLINE_LLM_KEY": KEY}
        command = [sys.executable, "-m", "tests.labelling.llm.killed_run", str(warehouse), str(n_units)]
        run = subprocess.Popen(
            [*command, str(batch_size)],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            deadline = time.monotonic() + 120
            # In the middle of the second batch.
            while len(server.seen.requests) < batch_size + 3 and time.monotonic() < deadline and run.poll() is None:
                time.sleep(0.02)
        finally:
            os.killpg(run.pid, signal.SIGKILL)
        said = run.communicate()[0]
        n_seen = len(server.seen.requests)
        assert batch_size + 3 <= n_seen <= 2 * batch_size, said.decode()
        assert {headers["authorization"] for headers in server.seen.headers} == {f"Bearer {KEY}"}
        assert KEY.encode() not in said
        server.key = None

        units = sampled(spark, *[(f"k{i:02}", f"unit=k{i:02}") for i in range(n_units)])
        resumed = labeler_at(storage, server.url, run="after", labeler_id="killed", batch_size=batch_size)
        assert resumed.verdicts(units, ASKED).count() == 2 * n_units
        assert len(server.seen.by_unit) == n_units
        assert n_units < len(server.seen.requests) <= n_units + batch_size
    stored = b"".join(path.read_bytes() for path in warehouse.rglob("*") if path.is_file())
    assert KEY.encode() not in stored
