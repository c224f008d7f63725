"""What is wrong with a TLS connection is said, with the step that fits it: real servers, real certificates."""

import socket
import ssl
import time
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from rc2graph.errors import SourceError
from rc2graph.rocketchat.address import Address
from rc2graph.rocketchat.client import Client
from rc2graph.rocketchat.credentials import Credentials
from rc2graph.rocketchat.endpoints import TEAMS
from tests.tls import PAST, Authority, listening, needs_openssl

pytestmark = needs_openssl

GOOD = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 27\r\n\r\n{"teams":[],"success":true}'


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    made = Authority(tmp_path_factory.mktemp("authority"))
    made.issue("good")
    made.issue("expired", dates=PAST)
    made.issue("early", dates=("20980101000000Z", "20991231000000Z"))
    made.issue("other", host="DNS:other.example.org")
    made.self_signed("alone")
    return made


def served(context: ssl.SSLContext | None, answer: bytes = GOOD) -> AbstractContextManager[str]:
    """host:port of a server that speaks TLS (or none), for as many connections as come."""

    def answer_one(connection: socket.socket) -> None:
        connection.settimeout(5)
        near = (
            context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False) if context else connection
        )
        with near:
            try:
                if isinstance(near, ssl.SSLSocket):
                    near.do_handshake()
                near.recv(65_536)
                near.sendall(answer)
            except ssl.SSLError:
                time.sleep(0.1)  # what was said against it arrives before the connection is closed

    return listening(answer_one)


def asked(url: str, ca_bundle: str | None, retry_for: float = 30.0) -> str:
    """What the error says; "" where there is none."""
    client = Client(
        Address.parse(url), Credentials("u" * 17, "t" * 43), ca_bundle=ca_bundle, retry_for=retry_for,
        sleep=lambda seconds: pytest.fail("asking again cannot help"),
    )  # fmt: skip
    try:
        client.ask(TEAMS)
    except SourceError as error:
        print(error)  # read aloud with pytest -s
        return str(error)
    finally:
        client.close()
    return ""


CERTIFICATES = {
    "good": (("good", "middle"), "root.pem", [], []),
    "expired": (("expired", "middle"), "root.pem", ["has expired", "renew", "this machine's clock"], ["--ca-bundle"]),
    "not yet valid": (("early", "middle"), "root.pem", ["not valid yet", "this machine's clock"], ["--ca-bundle"]),
    "another name": (("other", "middle"), "root.pem", ["issued for another name", "ROCKETCHAT_URL"], ["--ca-bundle"]),
    "no intermediate": (("good",), "root.pem", ["intermediate certificate", "whole chain", "--ca-bundle FILE"], []),
    "unknown authority": (
        ("good", "middle", "root"), None, ["authority that this machine does not know", "--ca-bundle FILE"], ["chain"]
    ),
    "self-signed": (("alone",), None, ["is self-signed", "--ca-bundle FILE"], ["intermediate"]),
    "self-signed, named": (("alone",), "alone.pem", [], []),
}  # fmt: skip


@pytest.mark.parametrize(("chain", "trusted", "texts", "never"), CERTIFICATES.values(), ids=CERTIFICATES)
def test_what_is_wrong_with_a_certificate_is_said(
    authority: Authority, chain: tuple[str, ...], trusted: str | None, texts: list[str], never: list[str]
) -> None:
    with served(authority.context(*chain)) as place:
        told = asked(f"https://{place}", authority.path(trusted) if trusted else None)
    assert bool(told) == bool(texts), told
    assert not told or "\nNext: " in told
    for text in texts:
        assert text in told, told
    for text in never:
        assert text not in told, told


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"])
def test_a_server_that_wants_a_client_certificate(authority: Authority, version: ssl.TLSVersion) -> None:
    context = authority.context("good", "middle", mutual=True)
    context.minimum_version = context.maximum_version = version
    with served(context) as place:
        assert "client certificate" in asked(f"https://{place}", authority.path("root.pem"))


def test_no_common_version_of_tls(authority: Authority) -> None:
    context = authority.context("good", "middle")
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE-RSA-AES128-SHA")  # for keys that this certificate does not have
    with served(context) as place:
        told = asked(f"https://{place}", authority.path("root.pem"))
    assert "TLS version" in told
    assert "cipher" in told


def test_http_and_https_at_the_wrong_port(authority: Authority) -> None:
    with served(None, b"HTTP/1.1 400 Bad Request\r\n\r\n") as place:
        told = asked(f"https://{place}", None)
        assert "that port does not speak TLS" in told
        assert "scheme and the port" in told
    alert = b"\x15\x03\x01\x00\x02\x02\x46"  # what OpenSSL answers to plain HTTP
    with served(None, alert) as place:
        told = asked(f"http://{place}", None)
        assert "that port speaks TLS" in told
        assert "https://" in told


@pytest.mark.parametrize("content", [None, b"", b"no certificate", b"-----BEGIN CERTIFICATE-----\nx\n"])
def test_a_file_of_authorities_that_is_none(authority: Authority, tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "ca.pem").write_bytes(content)
    with served(authority.context("good", "middle")) as place:
        told = asked(f"https://{place}", str(tmp_path / "ca.pem"))
    assert "the file of certificate authorities" in told
    assert "--ca-bundle" in told


def test_a_handshake_that_breaks_off_is_tried_again(authority: Authority) -> None:
    """As a load balancer does that is just restarting."""
    with served(None, b"") as place:
        client = Client(
            Address.parse(f"https://{place}"), Credentials("u" * 17, "t" * 43), retry_for=3, sleep=lambda seconds: None
        )
        with pytest.raises(SourceError, match=r"Tried \d+ times") as caught:
            client.ask(TEAMS)
        client.close()
    assert "breaks the TLS connection off" in str(caught.value)


@pytest.mark.parametrize("host", ["a" * 64 + ".example.org", "a..example.org", "-", "xn--a.example.org"])
def test_a_name_that_no_host_can_have(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_such(*words: object, **more: object) -> list[object]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", no_such)
    client = Client(Address.parse(f"https://{host}"), Credentials("u" * 17, "t" * 43), sleep=lambda seconds: None)
    with pytest.raises(SourceError, match=r"no host can have that name|its name is not known"):
        client.ask(TEAMS)
    client.close()
    assert client.requests <= 2
