"""An OpenAI-compatible server of our own, over real sockets, that fails as its questions ask it to.

A unit whose texts hold `fault=NAME` gets that fault, for its first N requests if they also hold `times=N`. A unit is
known by `unit=NAME` in its texts; a verdict is violating if they hold `violates=POLICY`.
"""

import gzip
import json
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PROMPT_TOKENS, COMPLETION_TOKENS = 1_000, 200
KEY = "key-that-must-not-leak-0123456789"


@dataclass
class Seen:
    """What the server saw, counted by unit."""

    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    by_unit: Counter[str] = field(default_factory=Counter)
    n_now: int = 0
    n_most: int = 0


class LlmServer(ThreadingHTTPServer):
    """Answers on loopback; `seen` says what came in."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, *, key: str | None = KEY, pause: float = 0.0) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.key, self.pause = key, pause
        self.seen = Seen()
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: clients that hang up are what is tested."""


@contextmanager
def running_server(*, key: str | None = KEY, pause: float = 0.0) -> Iterator[LlmServer]:
    server = LlmServer(key=key, pause=pause)
    # The default of half a second is how long every test would wait for the end.
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: LlmServer

    def log_message(self, *arguments: Any) -> None:
        """Nothing."""

    def do_POST(self) -> None:
        seen, lock = self.server.seen, self.server.lock
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        text = _user_text(body)
        unit = _word(text, "unit") or "?"
        with lock:
            seen.requests.append({"path": self.path, "body": body})
            seen.headers.append({name.lower(): value for name, value in self.headers.items()})
            seen.by_unit[unit] += 1
            nth = seen.by_unit[unit]
            seen.n_now += 1
            seen.n_most = max(seen.n_most, seen.n_now)
        try:
            time.sleep(self.server.pause)
            self._answer(body, text, nth)
        finally:
            with lock:
                seen.n_now -= 1

    def _answer(self, body: dict[str, Any], text: str, nth: int) -> None:
        if self.server.key is not None and self.headers.get("Authorization") != f"Bearer {self.server.key}":
            self._send(401, _error("invalid_api_key", self.headers.get("Authorization", "")))
            return
        fault, times = _word(text, "fault"), int(_word(text, "times") or 1_000)
        if fault and nth <= times:
            FAULTS[fault](self, body, text)
        else:
            self._send(200, completion(verdicts_json(body, text)))

    def _send(self, status: int, content: dict[str, Any] | bytes, **headers: str) -> None:
        payload = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(payload)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(payload)

    def _hang_up(self, sent: bytes) -> None:
        self.wfile.write(sent)
        self.wfile.flush()
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)


def verdicts_json(body: dict[str, Any], text: str, **changes: Any) -> str:
    """A sound answer to the request `body`, its verdicts changed by `changes`."""
    schema = body["response_format"]["json_schema"]["schema"]
    policies = schema["properties"]["verdicts"]["items"]["properties"]["policy"]["enum"]
    violated = re.findall(r"violates=([a-z_]+)", text)
    verdicts = [
        {
            "policy": policy,
            "rationale": "as the unit says of itself",
            "verdict": "violating" if policy in violated else "not_violating",
            "violating_components": ["query"] if policy in violated else [],
            "severity": None,
            "confidence": 0.75,
            **changes,
        }
        for policy in policies
    ]
    return json.dumps({"tried_to_instruct": "instructs=yes" in text, "verdicts": verdicts})


def _quoting(body: dict[str, Any], text: str) -> str:
    """An answer that quotes what the unit told; the model `other` finds no violation."""
    said = text.replace("violates=", "") if body["model"] == "other" else text
    return verdicts_json(body, said, rationale=f"it says {_word(text, 'told')}")


def completion(text: str | None, *, finish_reason: str = "stop", refusal: str | None = None) -> dict[str, Any]:
    """A chat completion around `text`."""
    message = {"role": "assistant", "content": text, "refusal": refusal}
    return {
        "id": f"chatcmpl-{time.monotonic_ns()}",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": "test-model",
        "choices": [{"index": 0, "message": message, "finish_reason": finish_reason}],
        "usage": {
            "prompt_tokens": PROMPT_TOKENS,
            "completion_tokens": COMPLETION_TOKENS,
            "total_tokens": PROMPT_TOKENS + COMPLETION_TOKENS,
        },
    }


def _error(code: str, message: str = "no") -> dict[str, Any]:
    return {"error": {"message": message, "type": "error", "param": None, "code": code}}


def _user_text(body: dict[str, Any]) -> str:
    content = body["messages"][-1]["content"]
    parts = content if isinstance(content, list) else [{"type": "text", "text": content}]
    return "\n".join(part["text"] for part in parts if part["type"] == "text")


def _word(text: str, name: str) -> str | None:
    found = re.search(rf"\b{name}=(\w+)", text)
    return found.group(1) if found else None


Fault = Callable[[Any, dict[str, Any], str], None]


def _says(text: Callable[[dict[str, Any], str], str | None], **options: Any) -> Fault:
    return lambda handler, body, unit: handler._send(200, completion(text(body, unit), **options))


def _status(status: int, code: str, **headers: str) -> Fault:
    return lambda handler, _, unit: handler._send(status, _error(code, unit), **headers)


def _silence(handler: Any, body: dict[str, Any], unit: str) -> None:
    time.sleep(0.6)
    handler._hang_up(b"")


def _trickle(handler: Any, body: dict[str, Any], unit: str) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(40):
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.05)


def _cut(handler: Any, body: dict[str, Any], unit: str) -> None:
    payload = json.dumps(completion(verdicts_json(body, unit))).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(payload)}\r\n\r\n"
    handler._hang_up(head.encode() + payload[: len(payload) // 2])


def _with_usage(tokens: Any) -> Fault:
    usage = tokens and {"prompt_tokens": tokens, "completion_tokens": 1}
    return lambda handler, body, unit: handler._send(200, {**completion(verdicts_json(body, unit)), "usage": usage})


def _two_choices(handler: Any, body: dict[str, Any], unit: str) -> None:
    answered, other = completion(verdicts_json(body, unit)), completion("The content is safe.")
    other["choices"][0]["index"] = 1
    handler._send(200, {**answered, "choices": [*other["choices"], *answered["choices"]]})


def _marked(handler: Any, body: dict[str, Any], unit: str) -> None:
    payload = b"\xef\xbb\xbf" + json.dumps(completion(verdicts_json(body, unit))).encode()
    handler._send(200, payload, Content_Type="application/json; charset=utf-16")


def _endless(handler: Any, body: dict[str, Any], unit: str) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
    part = b" " * 1_000_000
    for _ in range(400):
        handler.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))


def _bomb(handler: Any, body: dict[str, Any], unit: str) -> None:
    handler._send(200, gzip.compress(b" " * 200_000_000, compresslevel=1), Content_Encoding="gzip")


def _elsewhere(handler: Any, body: dict[str, Any], unit: str) -> None:
    handler._send(307, b"", Location=f"http://localhost:{_word(unit, 'port')}/v1/chat/completions")


FAULTS: dict[str, Fault] = {
    "endless": _endless,
    "bomb": _bomb,
    "elsewhere": _elsewhere,
    "busy": _status(429, "rate_limit_exceeded", Retry_After="1"),
    "busy_shortly": _status(429, "rate_limit_exceeded", retry_after_ms="20"),
    "quota": _status(429, "insufficient_quota", retry_after_ms="5"),
    "gave_up": _status(504, "gateway_timeout", retry_after_ms="5"),
    "broken": _status(500, "server_error", retry_after_ms="5"),
    "unavailable": _status(503, "overloaded", retry_after_ms="5"),
    "bad_request": _status(400, "invalid_value"),
    "filtered_request": _status(400, "content_filter"),
    "no_model": _status(404, "model_not_found"),
    "moved": _status(307, "moved", Location="http://127.0.0.1:9/v1/chat/completions"),
    "silence": _silence,
    "trickle": _trickle,
    "dropped": lambda handler, *_: handler._hang_up(b""),
    "cut": _cut,
    "no_usage": _with_usage(None),
    "huge_usage": _with_usage(2**63),
    "endless_usage": _with_usage(10**400),
    "float_usage": _with_usage(1000.0),
    "two_choices": _two_choices,
    "marked": _marked,
    "refusal": _says(lambda *_: None, refusal="I can't help with that."),
    "filter": _says(lambda *_: None, finish_reason="content_filter"),
    "length": _says(lambda body, unit: verdicts_json(body, unit)[:100], finish_reason="length"),
    "complete_at_length": _says(verdicts_json, finish_reason="length"),
    "no_json": _says(lambda *_: "The content is safe."),
    "fake_field": _says(lambda body, unit: verdicts_json(body, unit, is_safe=True)),
    "fake_verdict": _says(lambda body, unit: verdicts_json(body, unit, verdict="safe")),
    "quotes": _says(_quoting),
    "no_verdicts": _says(lambda *_: json.dumps({"tried_to_instruct": False, "verdicts": []})),
    "empty": _says(lambda *_: ""),
    "no_choices": lambda handler, *_: handler._send(200, {**completion(""), "choices": []}),
    "no_message": lambda handler, *_: handler._send(200, {**completion(""), "choices": [{"index": 0}]}),
    "error_body": lambda handler, *_: handler._send(200, _error("upstream")),
    "web_page": lambda handler, *_: handler._send(200, b"<html>busy</html>", Content_Type="text/html"),
}
