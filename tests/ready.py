"""A Python that has imported what every command imports from elsewhere, and forks itself for each command.

So a command starts in a tenth of the time, and is as it always is: a process with a folder, an environment and streams
of its own, from the first import of rc2graph to the end of the interpreter.
"""

import atexit
import functools
import gc
import importlib
import io
import json
import os
import pkgutil
import runpy
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Collection
from contextlib import ExitStack
from pathlib import Path
from typing import cast

CHECKOUT = Path(__file__).parents[1]
LONGEST_REQUEST = 100_000
READ_LATE = (
    "ROCKETCHAT_", "NEO4J_", "RC2GRAPH_", "ARCADEDB_", "HOME", "TMPDIR", "COLUMNS", "PATH",
    "COMP_", "_RC2GRAPH_COMPLETE", "_TYPER_COMPLETE_",
)  # fmt: skip
"""Beginnings of settings that nothing reads while it is imported, so that a fork does not come too late for them."""
READ_FIRST = ("PYTHON", "LC_", "LANG")
"""Of settings that Python itself reads, before anything: there is one that waits for each combination of these."""


def can_run(settings: Collection[str]) -> bool:
    """Whether a command may start here when somebody has made these settings."""
    return sys.platform == "linux" and all(name.startswith((*READ_LATE, *READ_FIRST)) for name in settings)


def run(words: list[str], folder: Path, env: dict[str, str], longest: float) -> tuple[int, str, str]:
    """Exit code, stdout and stderr. After `longest` seconds it is killed: `TimeoutExpired`."""
    early = frozenset(item for item in env.items() if not item[0].startswith(READ_LATE))
    with ExitStack() as stack:
        pipes = [os.pipe() for _ in range(3)]
        out, err, told = (stack.enter_context(os.fdopen(read, "rb", buffering=0)) for read, _ in pipes)
        try:
            request = json.dumps([words, str(folder), env]).encode()
            socket.send_fds(_waiting(early), [request], [write for _, write in pipes])
        finally:
            for _, write in pipes:
                os.close(write)
        pid, until = int(told.read(10)), time.monotonic() + longest
        said: dict[io.FileIO, bytes] = {out: b"", err: b"", told: b""}
        reading = stack.enter_context(selectors.DefaultSelector())
        for stream in said:
            reading.register(stream, selectors.EVENT_READ)
        while reading.get_map():
            for key, _ in reading.select(max(0.0, until - time.monotonic())):
                stream = cast(io.FileIO, key.fileobj)
                if part := stream.read(65536):
                    said[stream] += part
                else:
                    reading.unregister(stream)
            if time.monotonic() > until:
                os.kill(pid, signal.SIGKILL)
                raise subprocess.TimeoutExpired(words, longest, said[out], said[err])
    texts = (io.TextIOWrapper(io.BytesIO(said[stream]), "utf-8").read() for stream in (out, err))
    return os.waitstatus_to_exitcode(int(said[told])), *texts


@functools.cache
def _waiting(early: frozenset[tuple[str, str]]) -> socket.socket:
    """Where to ask the one with these settings."""
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with its:  # its streams are of the kind that the command has in its place
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.ready"], cwd=CHECKOUT, env=dict(early),
            stdin=its, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def end() -> None:
        ours.close()
        process.communicate()

    atexit.register(end)
    return ours


# ---- in there


def _wait() -> None:
    import rc2graph

    for module in pkgutil.walk_packages(rc2graph.__path__, "rc2graph."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    gc.freeze()
    with socket.socket(fileno=os.dup(0)) as asked:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # its keepers say themselves how each ended
        while True:
            request, streams, _, _ = socket.recv_fds(asked, LONGEST_REQUEST, 3)
            if not request:
                return
            if os.fork() == 0:
                break
            for stream in streams:
                os.close(stream)
    _keep(*json.loads(request), *streams)


def _keep(words: list[str], folder: str, env: dict[str, str], out: int, err: int, told: int) -> None:
    """Start the command, and tell its number and how it ended; in the other process, be it."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if command := os.fork():
        for stream in (out, err):
            os.close(stream)
        os.write(told, f"{command:10}".encode())
        os.write(told, str(os.waitpid(command, 0)[1]).encode())
        os._exit(0)
    for stream, number in ((out, 1), (err, 2)):
        os.dup2(stream, number)
        os.close(stream)
    os.close(told)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(env)
    sys.path[0] = folder
    sys.argv[1:] = words
    runpy.run_module("rc2graph", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _wait()
