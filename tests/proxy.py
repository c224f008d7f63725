"""A wire between driver and graph that breaks when it is told to."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any
from unittest import mock

import rc2graph.graph.connect as connect_module
from rc2graph.config import GraphTarget
from rc2graph.graph.connect import Graph, connect


@dataclass
class Wire:
    """Carries what is said to a server. From the nth message on it is `cut`; `lasting`: nobody gets through any more.

    `answered`: the message arrives and is carried out, and what is lost is the answer. So a commit may have happened
    that nobody heard of.
    """

    nth: int | None = None
    answered: bool = False
    lasting: bool = False
    messages: int = 0
    cuts: int = 0
    _answer: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def cut_at(self, nth: int, *, answered: bool = False, lasting: bool = False) -> None:
        """Cut it at the nth message from now on."""
        with self._lock:
            self.nth, self.answered, self.lasting, self.cuts = self.messages + nth, answered, lasting, 0
            self._answer.clear()

    def mend(self) -> None:
        with self._lock:
            self.nth, self.cuts = None, 0

    def carry(self, near: socket.socket, address: tuple[str, int]) -> None:
        """One connection, until either end closes it or the wire is cut."""
        with suppress(OSError), near:
            if self.lasting and self.cuts:
                return
            with socket.create_connection(address) as far:
                near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                far.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                silent = threading.Event()
                back = threading.Thread(target=self._back, args=(far, near, silent))
                back.start()
                try:
                    while said := near.recv(1 << 20):
                        if self._due():
                            if self.answered:
                                silent.set()
                                far.sendall(said)
                                self._answer.wait(5)
                            return
                        far.sendall(said)
                finally:
                    for end in (near, far):
                        with suppress(OSError):
                            end.shutdown(socket.SHUT_RDWR)
                    back.join()

    def _due(self) -> bool:
        with self._lock:
            self.messages += 1
            due = self.nth is not None and self.messages >= self.nth and (self.lasting or not self.cuts)
            self.cuts += due
            return due

    def _back(self, far: socket.socket, near: socket.socket, silent: threading.Event) -> None:
        with suppress(OSError):
            while said := far.recv(1 << 20):
                if silent.is_set():
                    self._answer.set()
                else:
                    near.sendall(said)
        with suppress(OSError):  # the server is gone: so is the wire
            near.shutdown(socket.SHUT_RDWR)


@contextmanager
def carried(wire: Wire, uri: str) -> Iterator[str]:
    """The address of the near end of a wire to the server at `uri`."""
    host, _, port = uri.rpartition("/")[2].partition(":")
    with socket.create_server(("127.0.0.1", 0)) as server:
        threads: list[threading.Thread] = []

        def serve() -> None:
            with suppress(OSError):
                while True:
                    near, _ = server.accept()
                    threads.append(threading.Thread(target=wire.carry, args=(near, (host, int(port)))))
                    threads[-1].start()

        threads.append(threading.Thread(target=serve))
        threads[0].start()
        try:
            yield f"bolt://127.0.0.1:{server.getsockname()[1]}"
        finally:
            server.shutdown(socket.SHUT_RDWR)
            for thread in threads:
                thread.join()


@contextmanager
def through(wire: Wire, target: GraphTarget, *, retry: float = 0.5) -> Iterator[Graph]:
    """The graph behind a wire, the embedded one too. `retry`: seconds for which the driver repeats what failed."""
    import neo4j

    plain, made = connect_module.embedded, neo4j.GraphDatabase.driver

    @contextmanager
    def wired(*args: Any, **options: Any) -> Iterator[Any]:
        with plain(*args, **options) as listener, carried(wire, listener.uri) as near:
            yield replace(listener, uri=near)

    def impatient(*args: Any, **options: Any) -> Any:
        return made(*args, **options, max_transaction_retry_time=retry, initial_retry_delay=0.01)

    with (
        mock.patch.object(connect_module, "embedded", side_effect=wired),
        mock.patch.object(neo4j.GraphDatabase, "driver", side_effect=impatient),
    ):
        if target.uri is None:
            with connect(target, write=True, wait=10) as graph:
                yield graph
        else:
            with carried(wire, target.uri) as near, connect(replace(target, uri=near), write=True) as graph:
                yield graph
