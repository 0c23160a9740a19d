"""Batch-API files: what a line says, how files are cut, what a result counts for; then the whole way with both jobs."""

import json
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from openai import OpenAI
from pyspark.sql import SparkSession

from jobs import export_llm_batch, import_llm_batch
from lib.labelling.llm.answer_rows import record_batch
from lib.labelling.llm.batch_requests import RequestWriter
from lib.labelling.llm.batch_results import ResultReader
from lib.labelling.llm.warehouse_labeler import llm_labeler
from lib.labelling.redaction.redaction import Redaction
from lib.run_context import RunContext
from lib.sampling.content import with_content
from lib.settings import load_design, load_policies, load_settings
from lib.storage import Storage
from schemas import rung_samples, sample_content, samples
from schemas.llm_answers import ANSWERED, FAILED, FILTERED, INVALID_ANSWER, REFUSED
from tests.labelling.llm.llm_server import (
    COMPLETION_TOKENS,
    KEY,
    PROMPT_TOKENS,
    completion,
    running_server,
    verdicts_json,
)
from tests.labelling.llm.questions import endpoint, llm_settings, question
from tests.labelling.llm.sampled_units import DS, NOON, rows_of

DESIGN_ID = load_design("daily").design_id
PROMPT = endpoint("http://127.0.0.1").prompt
PAID = 0.5 * (PROMPT_TOKENS * 2e-6 + COMPLETION_TOKENS * 10e-6)
BODY = {"response_format": PROMPT.response_format}


def _rows(*texts: str, allowance: float = 1e9, n_under_way: int = 0, **changes: Any) -> list[dict[str, Any]]:
    questions = [question(text) for text in texts]
    rows = [
        {"content_hash": q.content_hash, "content": q.content.model_dump_json(), "is_under_way": i < n_under_way}
        for i, q in enumerate(questions)
    ]
    return list(RequestWriter(PROMPT, llm_settings(**changes), allowance)._rows(iter(rows)))


def test_a_line_is_what_the_batch_api_reads() -> None:
    text = "unit=a 漢字 \u2028 <|end|>"
    (row,) = _rows(text, temperature=None)
    request = json.loads(row["line"])
    asked = question(text)
    assert row["line"].isascii()
    assert "\n" not in row["line"]
    assert {name: request[name] for name in ("custom_id", "method", "url")} == {
        "custom_id": f"{PROMPT.prompt_version}/{asked.content_hash}",
        "method": "POST",
        "url": "/v1/chat/completions",
    }
    assert request["body"]["messages"] == PROMPT.messages(asked.content)
    assert request["body"]["response_format"] == PROMPT.response_format
    assert (request["body"]["max_tokens"], request["body"]["model"]) == (400, "test-model")
    assert "temperature" not in request["body"]


def test_files_are_cut_by_requests_and_by_bytes() -> None:
    texts = [f"unit=u{i}" for i in range(7)]
    assert [row["file"] for row in _rows(*texts, maximum_requests_per_file=3)] == [1, 1, 1, 2, 2, 2, 3]
    cut = _rows(*texts, maximum_bytes_per_file=100_000)
    sizes: dict[int, int] = {}
    for row in cut:
        sizes[row["file"]] = sizes.get(row["file"], 0) + len(row["line"].encode()) + 1
    assert len(cut) == 7
    assert len(sizes) >= 2
    assert max(sizes.values()) <= 100_000
    longest = max(len(row["line"]) + 1 for row in cut)
    assert all(size > 100_000 - longest for file, size in sizes.items() if file < len(sizes))


def test_requests_stay_within_the_budget_and_those_under_way_count() -> None:
    texts = [f"unit=u{i}" for i in range(6)]
    tokens = PROMPT.estimated_prompt_tokens(question(texts[0]).content)
    worst = 0.5 * (tokens * 2e-6 + 400 * 10e-6)
    assert len(_rows(*texts, allowance=4.01 * worst)) == 4
    assert len(_rows(*texts, allowance=4.01 * worst, n_under_way=3)) == 1
    assert _rows(*texts, allowance=4.01 * worst, n_under_way=5) == []


def _result(text: str | None = None, *, status: int = 200, error: dict[str, Any] | None = None, **options: Any) -> str:
    body = completion(text, **options) if status == 200 else {"error": {"code": options.get("code"), "message": "no"}}
    response = None if error else {"status_code": status, "request_id": "r", "body": body}
    return json.dumps({"id": "batch_req_1", "custom_id": "x", "response": response, "error": error})


@pytest.mark.parametrize(
    ("line", "status", "fault", "n_paid"),
    [
        (_result(verdicts_json(BODY, "violates=harassment")), ANSWERED, None, 1),
        (_result(None, refusal="no"), REFUSED, "the model refused", 1),
        (_result("", finish_reason="content_filter"), FILTERED, "finish_reason content_filter", 1),
        (_result("{", finish_reason="length"), INVALID_ANSWER, "cut off at maximum_output_tokens", 1),
        (_result("safe"), INVALID_ANSWER, "it is not JSON, at character 0", 1),
        (_result(status=429), FAILED, "http 429", 0),
        (_result(status=400, code="content_filter"), FILTERED, "batch result, content filter", 0),
        (_result(error={"code": "batch_expired", "message": "the content"}), FAILED, "batch result: batch_expired", 0),
        (_result(error={"code": "The <content> itself"}), FAILED, "batch result: error", 0),
        ('{"id": "batch_req_1", "custom_id": "x"}', FAILED, "batch result: error", 0),
    ],
)
def test_a_result_counts_for_what_it_is(line: str, status: str, fault: str | None, n_paid: int) -> None:
    content = question("unit=a").content
    row = ResultReader(PROMPT, llm_settings()).row(line, content.content_hash, content.model_dump_json(), ["sign"])
    assert (row["status"], row["fault"]) == (status, fault)
    assert row["cost"] == (pytest.approx(PAID) if n_paid else None)
    assert (row["unconfirmed_cost"], row["injection_signs"], row["response_id"]) == (0.0, ["sign"], "batch_req_1")
    assert bool(row["verdicts"]) == (status == ANSWERED)


@pytest.mark.parametrize("tokens", [2**63, 10**400, 10**9 + 1, True, 1000.0, -1])
def test_a_usage_that_is_nonsense_counts_at_its_worst_and_loses_no_line(tokens: Any) -> None:
    result = json.loads(_result(verdicts_json(BODY, "")))
    result["response"]["body"]["usage"]["prompt_tokens"] = tokens
    row = ResultReader(PROMPT, llm_settings()).row(json.dumps(result), "h", None, None)
    assert record_batch([row]).num_rows == 1
    assert (row["status"], row["cost"], row["prompt_tokens"]) == (ANSWERED, None, None)
    assert row["unconfirmed_cost"] > 0


def test_an_id_that_no_table_can_hold_is_kept_as_far_as_it_can_be() -> None:
    line = json.dumps({**json.loads(_result(verdicts_json(BODY, ""))), "id": "\ud800x"})
    row = ResultReader(PROMPT, llm_settings()).row(line, "h", None, None)
    assert (record_batch([row]).num_rows, row["response_id"], row["status"]) == (1, "?x", ANSWERED)


def _sample_row(unit_id: str) -> dict[str, Any]:
    return {
        "ds": DS, "design_id": DESIGN_ID, "unit_id": unit_id, "user_key": None, "stratum": "search", "prn": 0.5,
        "size_measure": 0.1, "size_measures": {"main": 0.1}, "draws": ["main"], "inclusion_probability": 0.5,
        "exposures": {"units": 1.0}, "scores": {}, "component_scores": {}, "segments": {"language": "en"},
        "scorer_version": "none", "job_run_id": "draw",
    }  # fmt: skip


def _content_row(unit_id: str, text: str) -> dict[str, Any]:
    return {
        "ds": DS, "design_id": DESIGN_ID, "unit_id": unit_id, "query_text": text, "response_text": "an answer",
        "pins": [], "job_run_id": "draw",
    }  # fmt: skip


def _on_rung(unit_id: str) -> dict[str, Any]:
    return {
        "ds": DS, "design_id": DESIGN_ID, "rung": "llm", "unit_id": unit_id, "rung_probability": 1.0,
        "draw_version": "1", "job_run_id": "draw",
    }  # fmt: skip


def test_the_whole_way_out_and_back(spark: SparkSession, tmp_path: Path) -> None:
    llm = {
        "kind": "llm", "model": "test-model", "mode": "batch_files", "batch_folder": str(tmp_path / "batches"),
        "price_per_million_input_tokens": 2.0, "price_per_million_output_tokens": 10.0, "maximum_requests_per_file": 3,
    }  # fmt: skip
    rungs = [{"rung": "llm", "labeler_id": "model", "labeler": llm}]
    paths = {"warehouse": str(tmp_path / "tables"), "input": {"path": str(tmp_path)}}
    settings = load_settings(assignments=[f"storage={json.dumps(paths)}", f"labelling.rungs={json.dumps(rungs)}"])
    storage = Storage(spark, settings.storage)
    faults = {"b": "refusal", "c": "broken", "d": "no_json"}
    texts = {f"u{i}": f"unit={i} fault={faults[i]}" if i in faults else f"unit={i}" for i in "abcde"}
    texts["twin"] = texts["ua"]
    storage.replace_day(samples.TABLE, storage.rows(samples.TABLE, [_sample_row(unit) for unit in texts]), DS)
    contents = storage.rows(sample_content.TABLE, [_content_row(*unit) for unit in texts.items()])
    storage.replace_day(sample_content.TABLE, contents, DS)
    storage.replace_day(rung_samples.TABLE, storage.rows(rung_samples.TABLE, [_on_rung(u) for u in texts]), DS)
    folder = tmp_path / "batches" / f"ds={DS}" / "model"

    def context(run: str) -> RunContext:
        return RunContext(ds=DS, job_run_id=run, now=lambda: NOON, environment={})

    def exported() -> list[list[dict[str, Any]]]:
        files = sorted(folder.glob("requests/run=*/file=*/*.txt"))
        return [[json.loads(line) for line in file.read_text().splitlines()] for file in files]

    export_llm_batch.run(spark, settings, context("run-1"))
    assert sorted(len(file) for file in exported()) == [2, 3]
    export_llm_batch.run(spark, settings, context("run-2"))
    assert sorted(len(file) for file in exported()) == [2, 3]

    # The provider: the SDK sends every body, and writes down what comes.
    results = folder / "results"
    results.mkdir()
    with running_server() as server, OpenAI(api_key=KEY, base_url=server.url, max_retries=0) as client:
        lines = [_provider_line(client, request, i) for i, request in enumerate(chain(*exported()))]
    stranger = json.dumps({**json.loads(lines[0]), "id": "batch_req_x", "custom_id": "llm-other/0123"})
    (results / "output.jsonl").write_text("\n".join([*lines, lines[0], stranger, "{broken", ""]), encoding="utf-8")

    (commit,) = import_llm_batch.run(spark, settings, context("run-3"))
    assert (commit.table, commit.n_rows) == ("llm_answers", 5)
    assert import_llm_batch.run(spark, settings, context("run-4"))[0].n_rows == 0
    # What failed goes out again, and only that.
    export_llm_batch.run(spark, settings, context("run-5"))
    assert sum(map(len, exported())) == 6

    labeler = llm_labeler(
        "model", settings.labelling.rungs[0].labeler, policies=load_policies(), redaction=Redaction(),
        storage=storage, run_context=context("run-6"),
    )  # fmt: skip
    units = with_content(storage.read_day(samples.TABLE, DS), storage.read_day(sample_content.TABLE, DS))
    found = labeler.verdicts(units, ["harassment"])
    rows = rows_of(found, "unit_id", "verdict", "no_verdict_reason", "cost", "seconds")
    assert rows == [
        ("twin", "not_violating", None, pytest.approx(PAID / 2), None),
        ("ua", "not_violating", None, pytest.approx(PAID / 2), None),
        ("ub", "cannot_tell", "refused", pytest.approx(PAID), None),
        ("ud", "cannot_tell", "invalid_answer", pytest.approx(PAID), None),
        ("ue", "not_violating", None, pytest.approx(PAID), None),
    ]


def _provider_line(client: OpenAI, request: dict[str, Any], number: int) -> str:
    body = dict(request["body"])
    model, messages = body.pop("model"), body.pop("messages")
    call = client.chat.completions.with_raw_response
    try:
        raw = call.create(model=model, messages=messages, extra_body=body)
        response = {"status_code": 200, "request_id": "r", "body": json.loads(raw.text)}
    except Exception as error:
        response = {"status_code": error.status_code, "request_id": "r", "body": error.response.json()}
    return json.dumps(
        {"id": f"batch_req_{number}", "custom_id": request["custom_id"], "response": response, "error": None}
    )
