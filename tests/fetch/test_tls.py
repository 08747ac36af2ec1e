"""Over TLS the certificate has to be the host's, although the connection goes to an address."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from feedsvc.core.errors import FetchFailed
from tests.fetch.clients import client, resolving
from tests.fetch.upstream import serving

HOST = "feeds.example"
NAMES = resolving(feeds_example="127.0.0.1", other_example="127.0.0.1")


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A server's side for feeds.example, whose certificate this process trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    (tmp_path / "key.pem").write_bytes(key.private_bytes(encoding, form, serialization.NoEncryption()))
    (tmp_path / "cert.pem").write_bytes(certificate.public_bytes(encoding))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    return context


def test_host_name_and_certificate_are_the_hosts_while_the_address_is_the_judged_one(tls: ssl.SSLContext) -> None:
    greeted: list[str | None] = []
    tls.sni_callback = lambda _socket, name, _context: greeted.append(name)
    with serving(lambda visit: visit.answer("safe"), tls) as upstream:
        opened = client(f"127.0.0.1:{upstream.port}", resolve=NAMES)
        response = opened.get(f"webcal://{HOST}:{upstream.port}/a.ics")
    assert response.page is not None
    assert response.page.content == b"safe"
    assert response.page.url == f"https://{HOST}:{upstream.port}/a.ics"
    assert greeted == [HOST]
    assert upstream.visits[0].header("Host") == f"{HOST}:{upstream.port}"


@pytest.mark.parametrize("host", ["other.example", "127.0.0.1"])
def test_a_certificate_of_another_host_is_refused(tls: ssl.SSLContext, host: str) -> None:
    with serving(lambda visit: visit.answer("not seen"), tls) as upstream:
        opened = client(f"127.0.0.1:{upstream.port}", resolve=lambda name, port: NAMES("feeds.example", port))
        with pytest.raises(FetchFailed, match="certificate is not valid"):
            opened.get(f"https://{host}:{upstream.port}/")
    assert not upstream.visits


def test_a_certificate_that_nobody_vouches_for_is_refused(tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with serving(lambda visit: visit.answer("not seen"), tls) as upstream:
        opened = client(f"127.0.0.1:{upstream.port}", resolve=NAMES)
        with pytest.raises(FetchFailed, match="certificate is not valid"):
            opened.get(f"https://{HOST}:{upstream.port}/")


def test_a_server_that_is_silent_in_the_tls_greeting_ends_at_the_deadline() -> None:
    with serving(lambda visit: visit.hold()) as upstream:
        opened = client(f"127.0.0.1:{upstream.port}", resolve=NAMES, deadline_seconds=0.4)
        with pytest.raises(FetchFailed, match="took longer than"):
            opened.get(f"https://{HOST}:{upstream.port}/")
