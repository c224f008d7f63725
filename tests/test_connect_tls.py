"""TLS in front of a real Neo4j: what is wrong is said, with a step that is right when it is taken."""

import re
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from rc2graph.errors import Rc2graphError
from rc2graph.graph.connect import Target, connect
from tests.engines import Engine

pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="no openssl to make certificates with")

PAST, NOW = ("20200101000000Z", "20200201000000Z"), ("20200101000000Z", "20991231000000Z")


class Authority:
    """One that nobody knows, and what it has signed: `NAME.pem` and `NAME.key` in its folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._run("req", "-x509", *self._key("root"), "-subj", "/CN=Ours", "-days", "9000", "-out", "root.pem")
        own = ("-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-addext", "basicConstraints=critical,CA:FALSE")
        self._run("req", "-x509", *self._key("own"), "-subj", "/CN=x", "-days", "9000", *own, "-out", "own.pem")

    def issue(self, name: str, names: str, dates: tuple[str, str] = NOW) -> None:
        self._run("req", "-new", *self._key(name), "-subj", f"/CN={name}", "-out", f"{name}.csr")
        (self.folder / "ca.cnf").write_text(
            "[ca]\ndefault_ca=ours\n[ours]\ndatabase=index\nrand_serial=yes\ndefault_md=sha256\npolicy=any\n"
            f"new_certs_dir=.\nunique_subject=no\n[any]\ncommonName=supplied\n[more]\nsubjectAltName={names}\n"
        )
        (self.folder / "index").write_text("")
        signer = ("-config", "ca.cnf", "-cert", "root.pem", "-keyfile", "root.key", "-extensions", "more")
        valid = ("-startdate", dates[0], "-enddate", dates[1], "-notext")
        self._run("ca", "-batch", *signer, *valid, "-in", f"{name}.csr", "-out", f"{name}.pem")

    def _key(self, name: str) -> list[str]:
        return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}.key"]

    def _run(self, *words: str) -> None:
        subprocess.run(["openssl", *words], cwd=self.folder, check=True, capture_output=True, timeout=60)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    made = Authority(tmp_path_factory.mktemp("authority"))
    made.issue("good", "IP:127.0.0.1,DNS:localhost")
    made.issue("other", "DNS:graph.example.org")
    made.issue("old", "IP:127.0.0.1,DNS:localhost", PAST)
    return made


@contextmanager
def behind_tls(engine: Engine, authority: Authority, name: str, *, mutual: bool = False) -> Iterator[str]:
    """Host and port where TLS ends, with that certificate, and what is said goes on to the Neo4j."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.folder / f"{name}.pem", authority.folder / f"{name}.key")
    if mutual:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(authority.folder / "root.pem")
    host, _, port = str(engine.target.uri).rpartition("/")[2].partition(":")

    def carry(near: socket.socket) -> None:
        with (
            suppress(OSError),
            near,
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

    def serve() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=carry, args=(server.accept()[0],), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=serve, daemon=True).start()
        try:
            yield f"127.0.0.1:{server.getsockname()[1]}"
        finally:
            with suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)


def reached(target: Target) -> bool:
    with connect(target, write=False) as graph:
        return graph.read("state/workspaces") == []


def refused(target: Target) -> Rc2graphError:
    with pytest.raises(Rc2graphError) as error, connect(target, write=False):
        pass
    assert error.value.exit_code == 7
    assert target.password not in str(error.value)
    return error.value


def at(engine: Engine, scheme: str, host: str) -> Target:
    return replace(engine.target, uri=f"{scheme}://{host}")


@pytest.mark.parametrize(
    ("name", "why", "step"),
    [
        ("good", "unable to get local issuer certificate", "Set SSL_CERT_FILE"),
        ("own", "self.signed certificate", "Set SSL_CERT_FILE"),
        ("other", "not valid for '127.0.0.1'", "the name into NEO4J_URI that the certificate is issued for"),
        ("old", "certificate has expired", "Have the certificate renewed"),
    ],
)
def test_what_is_wrong_with_a_certificate_and_what_helps(
    neo4j_engine: Engine, authority: Authority, monkeypatch: pytest.MonkeyPatch, name: str, why: str, step: str
) -> None:
    with behind_tls(neo4j_engine, authority, name) as host:
        if name in ("other", "old"):
            monkeypatch.setenv("SSL_CERT_FILE", str(authority.folder / "root.pem"))
        error = refused(at(neo4j_engine, "bolt+s", host))
        assert re.search(why, error.why), error.why
        assert error.next_step.startswith(step) or step in error.next_step
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
    with behind_tls(neo4j_engine, authority, "good") as host:
        error = refused(at(neo4j_engine, "bolt", host))
        assert f"bolt+s://{host}" in error.next_step
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.folder / "root.pem"))
    with behind_tls(neo4j_engine, authority, "good", mutual=True) as host:
        error = refused(at(neo4j_engine, "bolt+s", host))
        assert "may want a certificate from its clients" in error.why
        assert "client certificate" in error.next_step
