"""HTTP/1.1 with keep-alive for one simulator, and the ways an answer can fail to arrive.

Small requests come by the thousand, so head and body leave in one packet with Nagle off. Nothing is printed, and
a client that goes away is no event.
"""

import socket
import struct
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from .answers import Answer, crashed
from .limiter import Clock

Respond = Callable[[str, str, str, Mapping[str, str], str, float], Answer]

DRIPS = 20
_AT_ONCE = struct.pack("ii", 1, 0)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: "_Listener"

    def handle_any(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length:
            self.rfile.read(length)
        path, _, query = self.path.partition("?")
        peer = str(self.client_address[0])
        try:
            answer = self.server.respond(self.command, path, query, dict(self.headers.items()), peer, self.server.now())
        except Exception as error:  # a mistake in a hook, a predicate or here: shown at the end, not swallowed
            self.server.errors.append(error)
            answer = crashed()
        self._send(answer)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_OPTIONS = handle_any

    def _send(self, answer: Answer) -> None:
        if answer.wire == "reset":  # a close with linger zero is a reset
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
            self.close_connection = True
            return
        if answer.wire in ("stall", "slow") and self.server.stopping.wait(answer.seconds):
            answer.wire = "stall"
        if answer.wire == "stall":
            self.close_connection = True
            return
        headers = {**answer.headers, "Content-Length": str(len(answer.body))}
        lines = [f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        head = "\r\n".join([*lines, "", ""]).encode("latin-1")
        body = b"" if self.command == "HEAD" else answer.body
        if answer.wire == "cut":
            self.wfile.write(head + body[: len(body) // 2])
            self.close_connection = True
        elif answer.wire == "drip":
            self.wfile.write(head)
            self._drip(body, answer.seconds)
        else:
            self.wfile.write(head + body)

    def _drip(self, body: bytes, seconds: float) -> None:
        """The body in small pieces over `seconds`: never silent for long, never done soon."""
        step = max(1, -(-len(body) // DRIPS))
        for start in range(0, len(body), step):
            if self.server.stopping.wait(seconds / DRIPS):
                self.close_connection = True
                return
            self.wfile.write(body[start : start + step])

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing; the simulator keeps its own log."""


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], respond: Respond, now: Clock) -> None:
        self.respond = respond
        self.now = now
        self.stopping = threading.Event()
        self.open: set[socket.socket] = set()
        self.errors: list[Exception] = []
        self.changed = threading.Condition()
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        """Without the base class's look-up of the host's name, which can take seconds."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        with self.changed:
            self.open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        lingering = request.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, len(_AT_ONCE))
        if lingering == _AT_ONCE:
            request.close()
        else:
            super().shutdown_request(request)
        with self.changed:
            self.open.discard(request)
            self.changed.notify_all()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no event."""


class Server:
    """The listening socket and its threads."""

    def __init__(self, address: tuple[str, int], respond: Respond, now: Clock) -> None:
        self._listener = _Listener(address, respond, now)
        self._thread = threading.Thread(
            target=self._listener.serve_forever, kwargs={"poll_interval": 0.02}, name="simulator", daemon=True
        )

    @property
    def address(self) -> tuple[str, int]:
        return self._listener.server_name, self._listener.server_port

    @property
    def errors(self) -> list[Exception]:
        """What went wrong inside the simulator itself, and the client saw as a 500."""
        return self._listener.errors

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Stop listening, end what stalls, and hang up on idle clients."""
        self._listener.stopping.set()
        self._listener.shutdown()
        self._thread.join()
        with self._listener.changed:
            for connection in self._listener.open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            self._listener.changed.wait_for(lambda: not self._listener.open, timeout=2)
        self._listener.server_close()
