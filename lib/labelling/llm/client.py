"""The connection to an OpenAI-compatible endpoint: the SDK retries, every request that leaves is counted and paid."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextvars import ContextVar
from typing import Any
from urllib.parse import urlsplit

import httpx2
from openai import APITimeoutError, AsyncOpenAI, OpenAIError

from lib.labelling.llm.spending import UnitAccount
from schemas.contracts.llm_settings import LlmLabelerSettings
from schemas.errors import ConfigurationError

# The SDK sends the retries of a question from the task that asked it: each finds the account of its unit here.
CURRENT_ACCOUNT: ContextVar[UnitAccount] = ContextVar("current_account")
_NO_KEY = "none"
_FIRST_ERROR_STATUS = 300
# A gateway gave up on a server behind it, or the server broke off: the work may have been done, and billed.
_PERHAPS_BILLED = (408, 500, 502, 504, *range(520, 530))
_TRICKLE_FACTOR = 2
# Of any response: an answer as long as it may be has a few hundred thousand.
LONGEST_RESPONSE = 10_000_000


class UnreadableResponseError(OpenAIError):
    """A response that no completion is: too long, or compressed though nobody asked for it. Not asked for again."""


class _BoundedStream(httpx2.AsyncByteStream):
    """A response's bytes, up to a bound: a server without end must not fill the memory of an executor."""

    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        n_bytes = 0
        async for part in self._stream:
            n_bytes += len(part)
            if n_bytes > LONGEST_RESPONSE:
                raise UnreadableResponseError("the response is too long")
            yield part

    async def aclose(self) -> None:
        await self._stream.aclose()


class MeteredClient(httpx2.AsyncClient):
    """Sends requests within their unit's account, and ends an answer that trickles in for too long or has no end.

    Certificates are verified, against those that SSL_CERT_FILE or SSL_CERT_DIR names if it is set. HTTPS_PROXY,
    HTTP_PROXY, ALL_PROXY and NO_PROXY of the executors' environment are heeded.
    """

    def __init__(self, *, request_timeout: float, n_concurrent: int) -> None:
        limits = httpx2.Limits(max_connections=n_concurrent, max_keepalive_connections=n_concurrent)
        # A redirect would hand content and key to a server that nobody configured.
        # What comes compressed is small on the way and large in memory: nobody asks for it.
        plain = {"Accept-Encoding": "identity"}
        super().__init__(timeout=request_timeout, limits=limits, follow_redirects=False, verify=True, headers=plain)
        self._longest_answer = _TRICKLE_FACTOR * request_timeout

    async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        """Send one attempt; raises BudgetEndedError instead if the budget does not cover it."""
        account = CURRENT_ACCOUNT.get()
        await account.begin_attempt()
        try:
            async with asyncio.timeout(self._longest_answer):
                response = await super().send(request, **{**options, "stream": True})
                await _read_whole(response)
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout):
            await account.end_unpaid()
            raise
        except TimeoutError as error:
            await account.end_paid(None)
            raise APITimeoutError(request=request) from error
        except BaseException:
            # Sent and not answered: the server may have done the work.
            await account.end_paid(None)
            raise
        if response.status_code in _PERHAPS_BILLED:
            await account.end_paid(None)
        elif response.status_code >= _FIRST_ERROR_STATUS:
            await account.end_unpaid()
        return response


async def _read_whole(response: httpx2.Response) -> None:
    """Read the response into memory; raises UnreadableResponseError before it could fill it."""
    try:
        if response.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
            raise UnreadableResponseError("the response is compressed")
        if isinstance(response.stream, httpx2.AsyncByteStream):
            response.stream = _BoundedStream(response.stream)
        await response.aread()
    except BaseException:
        await response.aclose()
        raise


def open_client(settings: LlmLabelerSettings, *, url: str, key: str | None) -> AsyncOpenAI:
    """The SDK's client for the endpoint at `url`; 429 with Retry-After, 5xx and lost connections are its matter."""
    return AsyncOpenAI(
        api_key=key or _NO_KEY,
        base_url=url,
        max_retries=settings.n_retries,
        timeout=settings.request_timeout,
        http_client=MeteredClient(request_timeout=settings.request_timeout, n_concurrent=settings.n_concurrent),
    )


def endpoint_url(settings: LlmLabelerSettings, environment: Mapping[str, str]) -> str:
    """The endpoint's base URL from `environment`; raises ConfigurationError."""
    name, url = settings.url_variable, environment.get(settings.url_variable, "").strip()
    if not url:
        raise ConfigurationError(
            f"Environment variable {name} is not set; write the base URL of an OpenAI-compatible endpoint into it, "
            "for example http://127.0.0.1:8000/v1."
        )
    parsed = urlsplit(url)
    if parsed.scheme not in ("http", "https") or not parsed.hostname:
        raise ConfigurationError(f"Environment variable {name} holds no http or https URL; write one, up to /v1.")
    if parsed.username or parsed.password or parsed.query:
        # Not quoted: it would show the secret.
        raise ConfigurationError(
            f"Environment variable {name} has a user, a password or a query in its URL, and URLs show up in logs; "
            f"write the bare URL, and the key into {settings.key_variable or 'the variable that key_variable names'}."
        )
    return url.rstrip("/")
