"""Questions over real sockets to a server that fails: what is recorded, what it costs, and what is never said."""

import time
from typing import Any

import pytest

from lib.labelling.llm.answer_rows import record_batch, row_of_reply
from lib.labelling.llm.asking import Reply
from schemas.llm_answers import ANSWERED, FAILED, FILTERED, INVALID_ANSWER, REFUSED, TIMED_OUT
from tests.labelling.llm.llm_server import COMPLETION_TOKENS, KEY, PROMPT_TOKENS, LlmServer, running_server
from tests.labelling.llm.questions import POLICIES, endpoint, question

ENVIRONMENT = {"PLUMBLINE_LLM_KEY": KEY}
# What these faults are known by is that no answer comes in time.
IMPATIENT: dict[str, dict[str, Any]] = {fault: {"request_timeout": 0.3} for fault in ("silence", "trickle")}
PAID = PROMPT_TOKENS * 2e-6 + COMPLETION_TOKENS * 10e-6


def _ask(server: LlmServer, *texts: str, allowance: float = 1e9, **changes: Any) -> list[Reply]:
    questions = [question(text) for text in texts]
    return endpoint(server.url, **changes).ask_all(questions, allowance=allowance, environment=ENVIRONMENT)


def _worst_case(text: str, **changes: Any) -> float:
    asked = endpoint("http://127.0.0.1", **changes)
    return asked.prompt.estimated_prompt_tokens(question(text).content) * 2e-6 + 400 * 10e-6


@pytest.mark.slow
def test_an_answer_is_recorded_with_its_tokens_and_cost() -> None:
    with running_server() as server:
        started = time.monotonic()
        (reply,) = _ask(server, "unit=a violates=harassment instructs=yes")
        passed = time.monotonic() - started
    row = row_of_reply(reply)
    assert (row["status"], row["fault"], row["n_attempts"], row["tried_to_instruct"]) == (ANSWERED, None, 1, True)
    assert (row["prompt_tokens"], row["completion_tokens"]) == (PROMPT_TOKENS, COMPLETION_TOKENS)
    assert (row["cost"], row["unconfirmed_cost"]) == (pytest.approx(PAID), 0.0)
    assert 0 < row["seconds"] <= passed
    assert row["response_id"].startswith("chatcmpl-")
    verdicts = {verdict["policy"]: (verdict["verdict"], verdict["violating_components"]) for verdict in row["verdicts"]}
    expected: dict[str, tuple[str, list[str]]] = {policy.id: ("not_violating", []) for policy in POLICIES}
    assert verdicts == {**expected, "harassment": ("violating", ["query"])}


@pytest.mark.parametrize(
    ("fault", "status", "recorded", "n_requests", "n_paid"),
    [
        ("refusal", REFUSED, "the model refused", 1, 1),
        ("filter", FILTERED, "finish_reason content_filter", 1, 1),
        ("filtered_request", FILTERED, "http 400, content filter", 1, 0),
        ("length", INVALID_ANSWER, "cut off at maximum_output_tokens", 2, 2),
        ("complete_at_length", INVALID_ANSWER, "cut off at maximum_output_tokens", 2, 2),
        ("no_json", INVALID_ANSWER, "it is not JSON, at character 0", 2, 2),
        ("empty", INVALID_ANSWER, "the answer is empty", 2, 2),
        ("fake_field", INVALID_ANSWER, "field `verdicts.0`: it has a key that was not asked for", 2, 2),
        ("no_verdicts", INVALID_ANSWER, f"no verdict on policy `{POLICIES[0].id}`", 2, 2),
        ("bad_request", FAILED, "http 400", 1, 0),
        ("moved", FAILED, "http 307", 1, 0),
        ("unavailable", FAILED, "http 503", 2, 0),
        ("quota", FAILED, "http 429", 2, 0),
        ("no_choices", INVALID_ANSWER, "the response is no chat completion", 2, 2),
        ("no_message", INVALID_ANSWER, "the response is no chat completion", 2, 2),
    ],
)
@pytest.mark.slow
def test_what_is_no_answer_is_recorded_as_what_it_is(
    fault: str, status: str, recorded: str, n_requests: int, n_paid: int
) -> None:
    with running_server() as server:
        row = row_of_reply(_ask(server, f"unit=a fault={fault}")[0])
        assert server.seen.by_unit == {"a": n_requests}
    assert (row["status"], row["fault"], row["n_attempts"]) == (status, recorded, n_requests)
    assert row["verdicts"] == []
    assert row["cost"] == (pytest.approx(n_paid * PAID) if n_paid else None)
    assert row["unconfirmed_cost"] == 0.0


@pytest.mark.parametrize(
    ("fault", "status", "n_requests"),
    [
        ("silence", TIMED_OUT, 2),
        ("trickle", TIMED_OUT, 1),
        ("dropped", FAILED, 2),
        ("cut", FAILED, 2),
        ("broken", FAILED, 2),
        ("gave_up", FAILED, 2),
        ("error_body", FAILED, 1),
        ("web_page", FAILED, 1),
    ],
)
@pytest.mark.slow
def test_what_may_have_been_billed_counts_at_its_worst(fault: str, status: str, n_requests: int) -> None:
    with running_server() as server:
        row = row_of_reply(_ask(server, f"unit=a fault={fault}", **IMPATIENT.get(fault, {}))[0])
        assert server.seen.by_unit == {"a": n_requests}
    assert (row["status"], row["n_attempts"], row["cost"]) == (status, n_requests, None)
    assert row["unconfirmed_cost"] == pytest.approx(n_requests * _worst_case(f"unit=a fault={fault}"))


@pytest.mark.parametrize("fault", ["no_usage", "huge_usage", "endless_usage", "float_usage"])
@pytest.mark.slow
def test_an_answer_without_a_usage_is_an_answer_of_unknown_cost(fault: str) -> None:
    with running_server() as server:
        row = row_of_reply(_ask(server, f"unit=a fault={fault}")[0])
    assert (row["status"], row["cost"], row["prompt_tokens"]) == (ANSWERED, None, None)
    assert row["unconfirmed_cost"] == pytest.approx(_worst_case(f"unit=a fault={fault}"))
    assert record_batch([row]).num_rows == 1


@pytest.mark.parametrize("fault", ["two_choices", "marked"])
@pytest.mark.slow
def test_an_answer_counts_in_any_order_of_choices_and_under_a_wrong_charset(fault: str) -> None:
    with running_server() as server:
        row = row_of_reply(_ask(server, f"unit=a fault={fault} violates=harassment")[0])
    assert (row["status"], row["cost"]) == (ANSWERED, pytest.approx(PAID))


@pytest.mark.parametrize("fault", ["busy_shortly", "broken", "dropped", "cut", "silence"])
@pytest.mark.slow
def test_a_fault_that_passes_is_retried_once_and_paid_once(fault: str) -> None:
    with running_server() as server:
        row = row_of_reply(_ask(server, f"unit=a fault={fault} times=1", **IMPATIENT.get(fault, {}))[0])
        assert server.seen.by_unit == {"a": 2}
    assert (row["status"], row["n_attempts"], row["cost"]) == (ANSWERED, 2, pytest.approx(PAID))
    was_sent = fault in ("broken", "dropped", "cut", "silence")
    assert (row["unconfirmed_cost"] > 0) == was_sent


@pytest.mark.slow
def test_retry_after_is_waited_for() -> None:
    with running_server() as server:
        started = time.monotonic()
        assert _ask(server, "unit=a fault=busy times=1")[0].outcome.status == ANSWERED
        assert 1.0 <= time.monotonic() - started < 3


def test_an_invalid_answer_is_asked_for_again_with_other_sampling() -> None:
    with running_server() as server:
        (reply,) = _ask(server, "unit=a fault=no_json times=1", temperature=0.0, seed=7, reask_temperature=0.5)
        sampled = [(r["body"]["temperature"], r["body"]["seed"]) for r in server.seen.requests]
    assert reply.outcome.status == ANSWERED
    assert sampled == [(0.0, 7), (0.5, 8)]
    assert row_of_reply(reply)["cost"] == pytest.approx(2 * PAID)


@pytest.mark.slow
def test_sampling_that_is_not_set_is_never_sent() -> None:
    with running_server() as server:
        _ask(
            server, "unit=a fault=no_json", temperature=None, seed=None, output_limit_parameter="max_completion_tokens"
        )
        bodies = [request["body"] for request in server.seen.requests]
    assert len(bodies) == 2
    assert all({"temperature", "seed", "max_tokens"}.isdisjoint(body) for body in bodies)
    assert [body["max_completion_tokens"] for body in bodies] == [400, 400]


@pytest.mark.slow
def test_no_more_requests_are_in_flight_than_configured() -> None:
    with running_server(pause=0.02) as server:
        replies = _ask(server, *[f"unit=u{i}" for i in range(40)], n_concurrent=5)
        assert len(replies) == len(server.seen.requests) == 40
        assert server.seen.n_most == 5


@pytest.mark.slow
def test_the_budget_is_never_exceeded_and_what_it_does_not_cover_is_not_asked() -> None:
    texts = [f"unit=u{i}" for i in range(30)]
    worst = _worst_case(texts[0]) * 1.001
    assert worst > 3 * PAID
    allowance = 10 * PAID + worst
    with running_server(pause=0.01) as server:
        replies = _ask(server, *texts, allowance=allowance, n_concurrent=8)
        # 11 fit: after 10 there is room for one more at its worst, and after 11 there is not.
        assert len(replies) == len(server.seen.requests) == 11
    assert sum(reply.account.cost or 0 for reply in replies) <= allowance
    with running_server() as server:
        assert _ask(server, *texts, allowance=0.99 * _worst_case(texts[0])) == []
        assert server.seen.requests == []


@pytest.mark.slow
def test_retries_and_lost_answers_are_within_the_budget() -> None:
    text = "unit=a fault=cut"
    with running_server() as server:
        (reply,) = _ask(server, text, allowance=1.5 * _worst_case(text), n_retries=5)
        assert len(server.seen.requests) == 1
    assert (reply.outcome.status, reply.outcome.fault) == (FAILED, "the budget ended")
    assert reply.account.unconfirmed_cost == pytest.approx(_worst_case(text))


def test_an_invalid_answer_stands_if_the_budget_does_not_cover_a_second_one() -> None:
    text = "unit=a fault=no_json"
    with running_server() as server:
        (reply,) = _ask(server, text, allowance=_worst_case(text) + 0.5 * PAID)
        assert len(server.seen.requests) == 1
    assert reply.outcome.status == INVALID_ANSWER


@pytest.mark.slow
def test_a_server_that_only_fails_is_left_alone_soon() -> None:
    with running_server() as server:
        texts = [f"unit=u{i} fault=bad_request" for i in range(50)]
        replies = _ask(server, *texts, n_concurrent=2, stop_after_failures=6)
        assert 6 <= len(server.seen.requests) <= 7
    assert {reply.outcome.status for reply in replies} == {FAILED}


def test_nobody_at_the_other_end_costs_nothing() -> None:
    with running_server() as server:
        url = server.url
    (reply,) = endpoint(url, n_retries=0).ask_all([question("unit=a")], allowance=1.0, environment=ENVIRONMENT)
    assert (reply.outcome.status, reply.outcome.fault) == (FAILED, "the connection failed")
    assert (reply.account.cost, reply.account.unconfirmed_cost) == (None, 0.0)


@pytest.mark.slow
def test_pictures_arrive_as_parts_of_the_message() -> None:
    urls = ("https://images.example/1.jpg", "https://images.example/2.jpg", "https://images.example/3.jpg")
    with running_server() as server:
        asked = endpoint(server.url, image_limit=2)
        asked.ask_all([question("unit=a", image_urls=urls)], allowance=1.0, environment=ENVIRONMENT)
        parts = server.seen.requests[0]["body"]["messages"][-1]["content"]
    assert [part["image_url"]["url"] for part in parts if part["type"] == "image_url"] == list(urls[:2])


@pytest.mark.parametrize(
    ("answer_format", "expected"),
    [
        ("json_object", {"type": "json_object"}),
        ("text", None),
    ],
)
def test_servers_that_know_no_schema_are_asked_in_their_own_way(answer_format: str, expected: Any) -> None:
    with running_server() as server:
        _ask(server, "unit=a fault=no_json", answer_format=answer_format, extra_body={"top_k": 1})
        body = server.seen.requests[0]["body"]
    assert (body.get("response_format"), body["top_k"]) == (expected, 1)
