"""A certificate authority of a test's own, and servers that speak TLS with what it has signed."""

import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

needs_openssl = pytest.mark.skipif(not shutil.which("openssl"), reason="no openssl to make certificates with")

NOW, PAST = ("20200101000000Z", "20991231000000Z"), ("20200101000000Z", "20210101000000Z")


class Authority:
    """A certificate authority of its own, by the tool that every system has."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._run("req", "-x509", *self._key("root"), "-subj", "/CN=Root", "-days", "9000", "-out", "root.pem")
        self._sign("middle", "root", NOW, "basicConstraints=critical,CA:TRUE")

    def _run(self, *words: str) -> None:
        subprocess.run(["openssl", *words], cwd=self.folder, check=True, capture_output=True, timeout=60)

    def _key(self, name: str) -> list[str]:
        return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}.key"]

    def _sign(self, name: str, by: str, dates: tuple[str, str], *extensions: str) -> None:
        self._run("req", "-new", *self._key(name), "-subj", f"/CN={name}", "-out", f"{name}.csr")
        (self.folder / "ca.cnf").write_text(
            "[ca]\ndefault_ca=ours\n[ours]\ndatabase=index\nrand_serial=yes\ndefault_md=sha256\npolicy=any\n"
            "new_certs_dir=.\nunique_subject=no\n[any]\ncommonName=supplied\n[more]\n" + "\n".join(extensions)
        )
        (self.folder / "index").write_text("")
        self._run(
            *(
                "ca",
                "-batch",
                "-config",
                "ca.cnf",
                "-cert",
                f"{by}.pem",
                "-keyfile",
                f"{by}.key",
                "-extensions",
                "more",
            ),
            *("-startdate", dates[0], "-enddate", dates[1], "-in", f"{name}.csr", "-out", f"{name}.pem", "-notext"),
        )

    def issue(
        self, name: str, *, dates: tuple[str, str] = NOW, host: str = "IP:127.0.0.1", by: str = "middle"
    ) -> None:  # fmt: skip
        self._sign(name, by, dates, f"subjectAltName={host}")

    def self_signed(self, name: str) -> None:
        names = ["-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:FALSE"]
        self._run("req", "-x509", *self._key(name), "-subj", "/CN=x", "-days", "9000", *names, "-out", f"{name}.pem")

    def chain(self, *names: str) -> str:
        path = self.folder / "-".join([*names, "chain.pem"])
        path.write_text("".join((self.folder / f"{name}.pem").read_text() for name in names))
        return str(path)

    def path(self, name: str) -> str:
        return str(self.folder / name)

    def context(self, name: str, *chain: str, mutual: bool = False) -> ssl.SSLContext:
        """Of a server with that certificate. `mutual`: it wants one from its clients, too."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.chain(name, *chain), self.path(f"{name}.key"))
        if mutual:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self.path("root.pem"))
        return context


@contextmanager
def listening(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """host:port of a server on which `answer` has a thread for each connection that comes."""

    def one(connection: socket.socket) -> None:
        with suppress(OSError), connection:
            answer(connection)

    def serve() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=one, args=(listener.accept()[0],), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, daemon=True).start()
        try:
            yield f"127.0.0.1:{listener.getsockname()[1]}"
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
