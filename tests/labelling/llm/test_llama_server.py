"""Against a third party's server: llama-cpp-python with a tiny model of ours; `make test-llm-server` sets it up."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from lib.labelling.llm.asking import Endpoint, Reply
from lib.labelling.prompts.unified_prompt import UnifiedPrompt
from schemas.llm_answers import ANSWERED, FAILED, INVALID_ANSWER
from tests.labelling.llm.questions import POLICIES, llm_settings, question

PYTHON = os.environ.get("PLUMBLINE_LLAMA_PYTHON", "")
KEY = "key-of-the-tiny-server"
pytestmark = pytest.mark.skipif(not PYTHON, reason="needs llama-cpp-python: make test-llm-server")


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running server's base URL; loopback only."""
    folder = tmp_path_factory.mktemp("llama")
    model = folder / "tiny.gguf"
    subprocess.run([PYTHON, str(Path(__file__).with_name("tiny_gguf.py")), str(model)], check=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--n_ctx", "65536", "--chat_format", "chatml", "--api_key", KEY, "--model_alias", "tiny"]
    command = [PYTHON, "-m", "llama_cpp.server", "--model", str(model), "--host", "127.0.0.1", "--port", str(port)]
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen([*command, *options], stdout=log, stderr=subprocess.STDOUT)
        try:
            _wait_for(f"http://127.0.0.1:{port}/v1/models", server)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            server.kill()
            server.wait()


def _wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        try:
            httpx2.get(url, headers={"Authorization": f"Bearer {KEY}"})
            return
        except httpx2.ConnectError:
            time.sleep(0.2)
    raise AssertionError("the server does not start; see server.log beside the model")


def _ask(url: str, *texts: str, key: str = KEY, **changes: object) -> list[Reply]:
    unlimited = {"model": "tiny", "request_timeout": 120, "maximum_output_tokens": 300, "n_retries": 0, **changes}
    settings = llm_settings(**unlimited)
    # One policy: this model reads byte by byte, and the prompt of four has 40,000 of them.
    prompt = UnifiedPrompt.of(POLICIES[:1], model=settings.model, image_limit=0, redaction_version="r1")
    questions = [question(text) for text in texts]
    return Endpoint(prompt, settings, url).ask_all(questions, allowance=1e9, environment={"PLUMBLINE_LLM_KEY": key})


def test_held_to_the_schema_it_gives_a_sound_answer(url: str) -> None:
    (reply,) = _ask(url, "good morning", answer_format="json_object_schema")
    assert (reply.outcome.status, reply.account.n_attempts) == (ANSWERED, 1)
    assert reply.outcome.answer is not None
    assert [verdict.verdict for verdict in reply.outcome.answer.verdicts] == ["not_violating"]
    assert (reply.account.prompt_tokens or 0) > 5_000
    assert 100 < (reply.account.completion_tokens or 0) <= 300


def test_left_alone_it_babbles_and_that_is_no_verdict(url: str) -> None:
    (reply,) = _ask(url, "good morning", answer_format="text")
    assert (reply.outcome.status, reply.account.n_attempts, reply.outcome.answer) == (INVALID_ANSWER, 2, None)
    assert (reply.account.cost or 0) > 0


def test_cut_off_it_is_invalid_although_it_began_well(url: str) -> None:
    (reply,) = _ask(url, "good morning", answer_format="json_object_schema", maximum_output_tokens=40, n_reasks=0)
    assert (reply.outcome.status, reply.outcome.fault) == (INVALID_ANSWER, "cut off at maximum_output_tokens")
    assert (reply.outcome.text or "").startswith('{"tried_to_instruct":')


def test_what_this_server_does_not_know_and_a_wrong_key_are_failures(url: str) -> None:
    # llama-cpp-python has no response_format json_schema, and says so with a 500.
    assert _ask(url, "good morning")[0].outcome.status == FAILED
    assert _ask(url, "good morning", key="wrong")[0].outcome.fault == "http 401"
