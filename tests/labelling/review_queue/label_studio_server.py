"""A real Label Studio process on loopback with a fresh sqlite database, and its API by the eyes of several people."""

import http.cookiejar
import json
import os
import socket
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_LONGEST_START = 240


class LabelStudio:
    """The API of one server as one signed-up person uses it."""

    def __init__(self, address: str, email: str) -> None:
        self.address, self._jar = address, http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self._jar))
        self._open("/user/signup/")
        form = {"email": email, "password": "an-invented-password", "csrfmiddlewaretoken": self._cookie("csrftoken")}
        self._open("/user/signup/", urllib.parse.urlencode(form).encode())
        self._token = json.loads(self._open("/api/current-user/token"))["token"]

    def call(self, path: str, body: Any = None, *, method: str | None = None) -> Any:
        """GET, or POST if there is a body, or `method`; returns the answer's JSON."""
        data = None if body is None else json.dumps(body).encode()
        return json.loads(self._open(path, data, method=method, **self._key(), **{"Content-Type": "application/json"}))

    def export(self, project: int) -> str:
        """The project's JSON export, as the page's button gives it."""
        return self._open(f"/api/projects/{project}/export?exportType=JSON", **self._key()).decode()

    def _key(self) -> dict[str, str]:
        return {"Authorization": f"Token {self._token}"}

    def _open(self, path: str, data: bytes | None = None, *, method: str | None = None, **headers: str) -> bytes:
        sent = {"Referer": self.address + path, **headers}
        request = urllib.request.Request(self.address + path, data, sent, method=method)  # noqa: S310 - loopback
        # Not the cookies of the sign-up: they would ask for a token of their own.
        opener = urllib.request.build_opener() if "Authorization" in headers else self._opener
        return opener.open(request).read()

    def _cookie(self, name: str) -> str:
        return next(cookie.value or "" for cookie in self._jar if cookie.name == name)


@contextmanager
def running_server(executable: str, folder: Path) -> Iterator[str]:
    """The address of a server that is started here and stopped at the end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "LABEL_STUDIO_BASE_DATA_DIR": str(folder),
        "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",
        "COLLECT_ANALYTICS": "false",
        "LATEST_VERSION_CHECK": "false",
    }
    command = [executable, "start", "--no-browser", "--internal-host", "127.0.0.1", "--port", str(port)]
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(address, process)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_for(address: str, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(_LONGEST_START):
        if process.poll() is not None:
            raise RuntimeError(f"Label Studio ended with code {process.returncode}; read server.log.")
        try:
            urllib.request.build_opener().open(f"{address}/health", timeout=5).read()
        except OSError:
            time.sleep(1)
        else:
            return
    raise RuntimeError(f"Label Studio did not answer within {_LONGEST_START} seconds.")


def annotation(
    said: Mapping[str, tuple[str, ...]], *, note: str | None = None, seconds: float = 20.5
) -> dict[str, Any]:
    """An annotation as the page sends it: control name to the choices made, and the note."""
    result: list[dict[str, Any]] = [
        {"from_name": name, "to_name": "query", "type": "choices", "origin": "manual", "value": {"choices": [*choices]}}
        for name, choices in said.items()
    ]
    if note is not None:
        text = {"from_name": "note", "to_name": "query", "type": "textarea", "origin": "manual"}
        result.append(text | {"value": {"text": [note]}})
    return {"result": result, "lead_time": seconds}
