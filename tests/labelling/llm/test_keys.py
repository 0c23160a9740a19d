"""The key of an endpoint: without a usable one nobody is asked, and no row, error or text shows it."""

import json

import pytest

from lib.labelling.llm.answer_rows import row_of_reply
from lib.labelling.llm.asking import HOPELESS_FAULTS, KEY_UNSENDABLE, Reply
from schemas.llm_answers import ANSWERED
from tests.labelling.llm.llm_server import KEY, LlmServer, running_server
from tests.labelling.llm.questions import endpoint, question

ENVIRONMENT = {"PLUMBLINE_LLM_KEY": KEY}


def _ask(server: LlmServer, *texts: str) -> list[Reply]:
    return endpoint(server.url).ask_all([question(text) for text in texts], allowance=1e9, environment=ENVIRONMENT)


@pytest.mark.parametrize(("fault", "recorded"), [("no_model", "http 404"), ("", "http 401")])
@pytest.mark.slow
def test_a_wrong_key_or_model_ends_the_round_at_once(fault: str, recorded: str) -> None:
    with running_server(key=KEY if fault else "another key") as server:
        replies = _ask(server, *[f"unit=u{i} fault={fault}" if fault else f"unit=u{i}" for i in range(20)])
        assert len(server.seen.requests) <= 8
    assert {reply.outcome.fault for reply in replies} == {recorded}


@pytest.mark.slow
def test_a_missing_key_asks_nobody_and_a_server_may_do_without_one() -> None:
    with running_server() as server:
        replies = endpoint(server.url).ask_all([question("unit=a")], allowance=1.0, environment={})
        assert [reply.outcome.fault for reply in replies] == ["the key is missing"]
        assert server.seen.requests == []
    with running_server(key=None) as server:
        asked = endpoint(server.url, key_variable=None)
        assert asked.ask_all([question("unit=a")], allowance=1.0, environment={})[0].outcome.status == ANSWERED


@pytest.mark.parametrize("added", ["\nX: y", "\x00", "é", "\x7f", "\u200b"])
def test_a_key_that_no_request_can_carry_asks_nobody_and_is_not_shown(added: str) -> None:
    with running_server() as server:
        replies = endpoint(server.url).ask_all(
            [question("unit=a"), question("unit=b")],
            allowance=1.0,
            environment={"PLUMBLINE_LLM_KEY": f"{KEY}{added}{KEY}"},
        )
        assert server.seen.requests == []
    assert [reply.outcome.fault for reply in replies] == [KEY_UNSENDABLE]
    assert replies[0].outcome.fault in HOPELESS_FAULTS
    assert KEY not in repr(replies)


@pytest.mark.slow
def test_the_key_arrives_as_bearer_and_shows_nowhere_else() -> None:
    with running_server() as server:
        replies = _ask(server, "unit=a", "unit=b fault=bad_request", "unit=c fault=cut")
        for request, headers in zip(server.seen.requests, server.seen.headers, strict=True):
            assert headers.pop("authorization") == f"Bearer {KEY}"
            assert KEY not in json.dumps([request, headers])
    with running_server(key="another key") as server:
        # This server repeats the key in its error.
        replies += _ask(server, "unit=a")
    assert KEY not in json.dumps([row_of_reply(reply) for reply in replies])
    assert KEY not in repr(replies)
    assert KEY not in repr(endpoint("http://127.0.0.1"))
