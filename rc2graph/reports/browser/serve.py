"""Serve the written files on this machine, with the headers that Browser 5 needs to play a guide.

`:play` asks with a header of its own, so an OPTIONS request comes first, and both answers must allow it; a plain file
server makes it say "Not found". The files hold statements and the name of the workspace, no data, so any page may read
them. Nothing else in the folder is served.
"""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from rc2graph.errors import UsageError
from rc2graph.reports.browser.kit import FILES

TYPES = {".html": "text/html; charset=utf-8", ".zip": "application/zip", ".grass": "text/plain; charset=utf-8"}


class Server(ThreadingHTTPServer):
    """On 127.0.0.1 only. Port 0: any free one."""

    daemon_threads = True

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        try:
            super().__init__(("127.0.0.1", port), Handler)
        except OSError as error:
            raise UsageError(
                f"Port {port} cannot be used.", f"{error.strerror}.", "Name another with --port."
            ) from error

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that hangs up is no error."""


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        name = self.path.partition("?")[0].strip("/") or "index.html"
        try:
            content = (self.server.folder / name).read_bytes() if name in FILES else None
        except OSError:
            content = None
        if content is None:
            self._begin(404, 0)
            return
        self._begin(200, len(content), TYPES[Path(name).suffix])
        if self.command == "GET":
            self.wfile.write(content)

    do_HEAD = do_GET

    def do_OPTIONS(self) -> None:
        self._begin(204, 0)

    def _begin(self, status: int, length: int, kind: str = "text/plain") -> None:
        self.send_response(status)
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Access-Control-Allow-Methods", "GET, HEAD, OPTIONS")
        self.send_header("Access-Control-Allow-Headers", "*")
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""
