"""Pythons that have imported what every command imports from elsewhere, and wait for commands.

One forks itself for each command, which so starts in a tenth of the time and is as it always is: a process with a
folder, an environment and streams of its own, to the end of the interpreter. The other one runs command after command
by itself, so that the embedded engine starts once and knows its language when the next one comes: a third of the
processor time again. There a command has its own folder, environment and streams, as for somebody who calls rc2graph
from Python one time after the other: no module is imported anew, and no interpreter ends. Each of them is another
process than that of the tests.
"""

import atexit
import functools
import gc
import importlib
import io
import json
import logging
import os
import pkgutil
import runpy
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
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


def can_share(settings: Collection[str]) -> bool:
    """Whether it may do so after other commands: what the engine reads, it reads when it starts."""
    return not any(name.startswith("ARCADEDB_") for name in settings)


def run(words: list[str], folder: Path, env: dict[str, str], longest: float, *, shared: bool) -> tuple[int, str, str]:
    """Exit code, stdout and stderr. After `longest` seconds it is killed: `TimeoutExpired`. `shared`: in the process
    that runs command after command."""
    early = frozenset(item for item in env.items() if not item[0].startswith(READ_LATE))
    with ExitStack() as stack:
        pipes = [os.pipe() for _ in range(3)]
        out, err, told = (stack.enter_context(os.fdopen(read, "rb", buffering=0)) for read, _ in pipes)
        try:
            request = json.dumps([words, str(folder), env]).encode()
            socket.send_fds(_waiting(early, shared), [request], [write for _, write in pipes])
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
                _waiting.cache_clear()
                os.kill(pid, signal.SIGKILL)
                raise subprocess.TimeoutExpired(words, longest, said[out], said[err])
    if not said[told]:
        _waiting.cache_clear()
        raise ChildProcessError(f"rc2graph {' '.join(words)} ended the process that it shares: {said[err]!r}")
    encoding = env.get("PYTHONIOENCODING", "utf-8")
    texts = (io.TextIOWrapper(io.BytesIO(said[stream]), encoding).read() for stream in (out, err))
    return os.waitstatus_to_exitcode(int(said[told])), *texts


@functools.cache
def _waiting(early: frozenset[tuple[str, str]], shared: bool) -> socket.socket:
    """Where to ask the one with these settings."""
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with its:  # its streams are of the kind that the command has in its place
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.ready", *["shared"] * shared], cwd=CHECKOUT, env=dict(early),
            stdin=its, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def end() -> None:
        ours.close()
        process.communicate()

    atexit.register(end)
    return ours


# ---- in there


def _wait(*, shared: bool) -> None:
    import rc2graph

    for module in pkgutil.walk_packages(rc2graph.__path__, "rc2graph."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    gc.freeze()
    with socket.socket(fileno=os.dup(0)) as asked, tempfile.TemporaryDirectory() as log:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        if not shared:
            signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # its keepers say themselves how each ended
        while True:
            request, streams, _, _ = socket.recv_fds(asked, LONGEST_REQUEST, 3)
            if not request:
                return
            if shared:
                _share(*json.loads(request), *streams, log)
            elif os.fork() == 0:
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
    _command(words, folder, env)


def _command(words: list[str], folder: str, env: dict[str, str]) -> None:
    tempfile.tempdir = None
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(env)
    sys.path[0] = folder
    sys.argv[1:] = words
    runpy.run_module("rc2graph", run_name="__main__", alter_sys=True)


def _share(words: list[str], folder: str, env: dict[str, str], out: int, err: int, told: int, log: str) -> None:
    """Be the command for a while, and tell how it ended."""
    os.write(told, f"{os.getpid():10}".encode())
    sys.modules.pop("rc2graph.__main__", None)
    with _streams(out, err), _as_before():
        code = 0
        try:
            # what a command has set for the engine before it starts, which may be for a later command
            engine = {name: value for name, value in os.environ.items() if name.startswith("ARCADEDB_")}
            _command(words, folder, {**engine, "ARCADEDB_LOG_DIR": log, **env})
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
        except BaseException:
            traceback.print_exc()
            code = 1
        gc.collect()  # what nobody closed is told while it can still be seen who it was
    os.write(told, str(code << 8).encode())


@contextmanager
def _streams(out: int, err: int) -> Iterator[None]:
    """These as stdout and stderr, of the kind that Python makes."""
    own = sys.stdout, sys.stderr
    numbers = [os.dup(1), os.dup(2)]
    for stream, number in ((out, 1), (err, 2)):
        os.dup2(stream, number)
    new = [
        io.TextIOWrapper(
            io.BufferedWriter(io.FileIO(number, "wb", closefd=False)), old.encoding, old.errors,
            line_buffering=number == 2,
        )
        for number, old in ((1, own[0]), (2, own[1]))
    ]  # fmt: skip
    sys.stdout, sys.stderr = new
    try:
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        sys.stdout, sys.stderr = own
        for stream, number in zip(numbers, (1, 2), strict=True):
            os.dup2(stream, number)
            os.close(stream)


@contextmanager
def _as_before() -> Iterator[None]:
    """What a command changes in its process, and takes with it when that ends."""
    heard = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    loggers = [each for each in logging.root.manager.loggerDict.values() if isinstance(each, logging.Logger)]
    logs = [(each, each.handlers[:], each.propagate, each.level) for each in loggers]
    try:
        yield
    finally:
        for number, listener in heard.items():
            signal.signal(number, listener)
        for logger, handlers, propagate, level in logs:
            logger.handlers[:], logger.propagate = handlers, propagate
            logger.setLevel(level)


if __name__ == "__main__":
    _wait(shared=sys.argv[1:] == ["shared"])
