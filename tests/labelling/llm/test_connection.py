"""Whom the client trusts, how much it takes in, and where its key goes."""

import ssl
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from lib.labelling.llm.asking import Reply
from lib.labelling.llm.client import LONGEST_RESPONSE, endpoint_url
from schemas.errors import ConfigurationError
from schemas.llm_answers import ANSWERED, FAILED
from tests.labelling.llm.llm_server import KEY, LlmServer, running_server
from tests.labelling.llm.questions import endpoint, llm_settings, question

ENVIRONMENT = {"PLUMBLINE_LLM_KEY": KEY}


def _ask(url: str, text: str, **changes: object) -> Reply:
    asked = endpoint(url, **{"request_timeout": 20, "n_retries": 2, **changes})
    (reply,) = asked.ask_all([question(text)], allowance=1e9, environment=ENVIRONMENT)
    return reply


@contextmanager
def _tls_server(folder: Path, host: str) -> Iterator[tuple[LlmServer, Path]]:
    """A server with a certificate of its own making for `host`, and the file with the certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "made by a test")])
    now = datetime.now(UTC)
    subject: x509.GeneralName = x509.DNSName(host)
    if host[0].isdigit():
        subject = x509.IPAddress(ip_address(host))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([subject]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    trusted, both = folder / "trusted.pem", folder / "both.pem"
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    trusted.write_bytes(pem)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    both.write_bytes(secret + pem)
    with running_server() as server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(both)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        yield server, trusted


def test_a_certificate_that_nobody_vouches_for_gets_neither_key_nor_content(tmp_path: Path) -> None:
    with _tls_server(tmp_path, "127.0.0.1") as (server, _):
        reply = _ask(server.url.replace("http:", "https:"), "unit=a", n_retries=0)
        assert (reply.outcome.status, reply.outcome.fault) == (FAILED, "the connection failed")
        assert server.seen.requests == []


@pytest.mark.parametrize(("host", "is_answered"), [("127.0.0.1", True), ("other.example", False)])
def test_a_certificate_of_ones_own_is_trusted_for_its_host_if_the_environment_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: str, is_answered: bool
) -> None:
    with _tls_server(tmp_path, host) as (server, trusted):
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        reply = _ask(server.url.replace("http:", "https:"), "unit=a", n_retries=0)
        assert reply.outcome.status == (ANSWERED if is_answered else FAILED)
        assert len(server.seen.requests) == is_answered


def test_a_redirect_hands_key_and_content_to_nobody() -> None:
    with running_server() as first, running_server() as second:
        port = second.server_port
        reply = _ask(first.url, f"unit=a fault=elsewhere port={port}")
        assert (reply.outcome.status, reply.outcome.fault) == (FAILED, "http 307")
        assert second.seen.requests == []


@pytest.mark.parametrize("fault", ["endless", "bomb"])
@pytest.mark.slow
def test_a_response_without_end_ends_at_the_bound_and_is_not_asked_for_again(fault: str) -> None:
    with running_server() as server:
        tracemalloc.start()
        try:
            reply = _ask(server.url, f"unit=a fault={fault}")
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert len(server.seen.requests) == 1
        assert server.seen.headers[0]["accept-encoding"] == "identity"
    assert reply.outcome.fault == "the response is longer than any answer, or compressed"
    assert reply.account.unconfirmed_cost > 0  # somebody may bill it
    # The server's own part of 1 MB, and the 200 MB that it compresses in another thread, are traced as well.
    assert most < (10 * LONGEST_RESPONSE if fault == "endless" else 25 * LONGEST_RESPONSE)


@pytest.mark.parametrize(
    "url",
    [f"https://user:{KEY}@host.example/v1", f"https://{KEY}@host.example/v1", f"https://host.example/v1?key={KEY}"],
)
def test_an_address_with_a_secret_in_it_is_refused_and_not_quoted(url: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        endpoint_url(llm_settings(), {"PLUMBLINE_LLM_URL": url})
    assert KEY not in str(refused.value)


@pytest.mark.slow
def test_a_proxy_of_the_environment_is_asked_and_its_password_shows_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    with running_server() as server:
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("HTTP_PROXY", f"http://user:{KEY}@127.0.0.1:{server.server_port}")
        reply = _ask("http://model.example/v1", "unit=a")
        assert reply.outcome.status == ANSWERED
        assert server.seen.requests[0]["path"] == "http://model.example/v1/chat/completions"
    monkeypatch.setenv("HTTP_PROXY", f"http://user:{KEY}@127.0.0.1:9")
    reply = _ask("http://model.example/v1", "unit=a", n_retries=0)
    assert KEY not in repr(reply)
