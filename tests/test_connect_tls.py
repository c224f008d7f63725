"""TLS in front of a real Neo4j: what is wrong is said, with a step that is right when it is taken."""

import re
import socket
import ssl
import threading
from contextlib import AbstractContextManager, suppress
from dataclasses import replace

import pytest

from rc2graph.config import GraphTarget
from rc2graph.errors import Rc2graphError
from rc2graph.graph.connect import connect
from tests.engines import Engine
from tests.tls import PAST, Authority, listening, needs_openssl

pytestmark = needs_openssl


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    made = Authority(tmp_path_factory.mktemp("authority"))
    made.issue("good", by="root")
    made.issue("other", by="root", host="DNS:graph.example.org")
    made.issue("old", by="root", dates=PAST)
    made.self_signed("own")
    return made


def behind_tls(engine: Engine, context: ssl.SSLContext) -> AbstractContextManager[str]:
    """Host and port where TLS ends, and what is said goes on to the Neo4j."""
    host, _, port = str(engine.target.uri).rpartition("/")[2].partition(":")

    def carry(near: socket.socket) -> None:
        with (
            context.wrap_socket(near, server_side=True) as inside,
            socket.create_connection((host, int(port))) as far,
        ):
            threading.Thread(target=pump, args=(far, inside), daemon=True).start()
            pump(inside, far)

    def pump(source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_RDWR)

    return listening(carry)


def reached(target: GraphTarget) -> bool:
    with connect(target, write=False) as graph:
        return graph.read("state/workspaces") == []


def refused(target: GraphTarget) -> Rc2graphError:
    with pytest.raises(Rc2graphError) as error, connect(target, write=False):
        pass
    assert error.value.exit_code == 7
    assert target.password not in str(error.value)
    return error.value


def at(engine: Engine, scheme: str, host: str) -> GraphTarget:
    return replace(engine.target, uri=f"{scheme}://{host}")


@pytest.mark.parametrize(
    ("name", "why", "step"),
    [
        ("good", "nothing that this machine knows vouches", "name your own authority with SSL_CERT_FILE=FILE (PEM)"),
        ("own", "is self-signed", "Name that certificate, if you trust it, with SSL_CERT_FILE=FILE (PEM)"),
        ("other", "issued for another name", "Set NEO4J_URI to a name that the certificate holds"),
        ("old", "certificate has expired", "renew the certificate"),
    ],
)
def test_what_is_wrong_with_a_certificate_and_what_helps(
    neo4j_engine: Engine, authority: Authority, monkeypatch: pytest.MonkeyPatch, name: str, why: str, step: str
) -> None:
    with behind_tls(neo4j_engine, authority.context(name)) as host:
        if name in ("other", "old"):
            monkeypatch.setenv("SSL_CERT_FILE", str(authority.folder / "root.pem"))
        error = refused(at(neo4j_engine, "bolt+s", host))
        assert why in error.why.lower(), error.why
        assert step in error.next_step
        assert "can pose as the server" in error.next_step
        assert reached(at(neo4j_engine, *error.next_step.split("write ")[1].split(",")[0].split("://")))  # +ssc
        if name in ("good", "own"):
            signer = "root" if name == "good" else "own"
            monkeypatch.setenv("SSL_CERT_FILE", str(authority.folder / f"{signer}.pem"))
            assert reached(at(neo4j_engine, "bolt+s", host))


def test_a_server_without_tls_and_one_that_wants_it(
    neo4j_engine: Engine, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = str(neo4j_engine.target.uri)
    error = refused(replace(neo4j_engine.target, uri=plain.replace("bolt:", "bolt+s:")))
    assert "does not speak TLS" in error.why
    assert f"write {plain}:" in error.next_step
    with behind_tls(neo4j_engine, authority.context("good")) as host:
        error = refused(at(neo4j_engine, "bolt", host))
        assert f"bolt+s://{host}" in error.next_step
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.folder / "root.pem"))
    with behind_tls(neo4j_engine, authority.context("good", mutual=True)) as host:
        error = refused(at(neo4j_engine, "bolt+s", host))
        # Whether the server says so before the connection ends is a race.
        assert re.search("may want a certificate from its clients|wants a TLS client certificate", error.why), error.why
        assert "client certificate" in error.next_step
