"""The lock around the embedded graph: the engine itself lets a writer in beside a reader (engines.md §5.10)."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from rc2graph.config import GraphTarget
from rc2graph.errors import BusyError, UsageError
from rc2graph.graph import connect as connect_module
from rc2graph.graph import embedded as embedded_module
from rc2graph.graph.connect import Graph, NoGraphYetError, connect
from tests.engines import Engine

CHECKOUT = Path(connect_module.__file__).parents[2]
OTHER = """
import os, sys
from pathlib import Path
from rc2graph.graph import connect as module
module.statement = lambda text: text
home, mode = Path(sys.argv[1]), sys.argv[2]
with module.connect(module.GraphTarget(home=home), write=mode != "read") as graph:
    if mode != "read":
        graph.write(lambda tx: tx.run("CREATE (:User {id: $id})", id=mode))
    print("open", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def _cypher_by_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect_module, "statement", lambda text: text)


@pytest.fixture
def target(embedded_engine: Engine) -> GraphTarget:
    with connect(embedded_engine.target, write=True) as graph:
        add(graph, "first")
    return embedded_engine.target


def add(graph: Graph, name: str) -> None:
    graph.write(lambda tx: tx.run("CREATE (:User {id: $id})", id=name))


def users(target: GraphTarget) -> set[str]:
    with connect(target, write=False) as graph:
        return {row["id"] for row in graph.rows("MATCH (u:User) RETURN u.id AS id")}


@contextmanager
def other_process(target: GraphTarget, mode: str) -> Iterator["subprocess.Popen[str]"]:
    """A second rc2graph that has the graph open: "read", or the id of the user that it writes."""
    with subprocess.Popen(
        [sys.executable, "-c", OTHER, str(target.home), mode],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
    ) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "open\n"
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def test_a_writer_is_refused_while_somebody_reads_and_its_later_commit_stays(target: GraphTarget) -> None:
    with (
        other_process(target, "read"),
        pytest.raises(BusyError, match="being read by another"),
        connect(target, write=True, wait=0),
    ):
        pass
    with connect(target, write=True) as graph:
        add(graph, "later")
    assert users(target) == {"first", "later"}


def test_a_writer_waits_until_the_reader_has_gone_and_its_commit_stays(target: GraphTarget) -> None:
    with other_process(target, "read") as reader:
        threading.Timer(0.5, reader.kill).start()
        began = time.monotonic()
        with connect(target, write=True, wait=20) as graph:
            add(graph, "patient")
        assert time.monotonic() - began > 0.3
    assert users(target) == {"first", "patient"}


@pytest.mark.parametrize("write", [True, False])
def test_while_somebody_writes_everybody_else_is_told_who(target: GraphTarget, write: bool) -> None:
    with other_process(target, "theirs") as writer:
        with pytest.raises(BusyError, match=f"written by process {writer.pid}") as error, connect(target, write=write):
            pass
        assert error.value.exit_code == 7


def test_readers_do_not_hinder_each_other(target: GraphTarget) -> None:
    with other_process(target, "read"), connect(target, write=False) as one, connect(target, write=False) as two:
        count = "MATCH (u:User) RETURN count(u) AS n"
        assert one.read(count) == two.read(count) == [{"n": 1}]


@pytest.mark.parametrize("outer", [True, False])
def test_the_same_process_is_no_exception(target: GraphTarget, outer: bool) -> None:
    with connect(target, write=outer) as graph:
        with pytest.raises(BusyError), connect(target, write=not outer, wait=0.2):
            pass
        assert graph.read("MATCH (u:User) RETURN u.id AS id") == [{"id": "first"}]
    assert users(target) == {"first"}


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_what_a_killed_writer_committed_can_be_read(target: GraphTarget) -> None:
    with other_process(target, "killed") as writer:
        os.kill(writer.pid, signal.SIGKILL)
        writer.wait()
    assert users(target) == {"first", "killed"}
    with connect(target, write=True) as graph:
        add(graph, "afterwards")
    assert users(target) == {"first", "killed", "afterwards"}


def test_recovery_waits_for_nobody_in_vain(target: GraphTarget) -> None:
    """Two readers find what a killed writer left: one recovers it, and both read."""
    with other_process(target, "killed") as writer:
        writer.kill()
        writer.wait()
    seen: list[set[str]] = []

    def read() -> None:
        with connect(target, write=False, wait=20) as graph:
            seen.append({row["id"] for row in graph.rows("MATCH (u:User) RETURN u.id AS id")})

    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [{"first", "killed"}] * 2


def test_reading_where_nothing_was_loaded_leaves_no_trace(embedded_engine: Engine) -> None:
    with pytest.raises(NoGraphYetError, match="rc2graph load") as error, connect(embedded_engine.target, write=False):
        pass
    assert error.value.exit_code == 7
    assert not embedded_engine.target.home.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="modes of POSIX")
def test_home_and_files_are_private(target: GraphTarget) -> None:
    before = os.umask(0o022)
    try:
        with connect(target, write=True) as graph:
            graph.execute("CREATE CONSTRAINT k IF NOT EXISTS FOR (u:User) REQUIRE u.id IS UNIQUE")
            modes = {path: path.stat().st_mode & 0o777 for path in [target.home, *target.home.rglob("*")]}
        assert os.umask(0o022) == 0o022, "the umask of the process is what it was"
    finally:
        os.umask(before)
    assert len(modes) > 10
    assert {mode for path, mode in modes.items() if path.is_dir()} == {0o700}
    assert {mode for path, mode in modes.items() if path.is_file()} == {0o600}


def test_a_home_that_cannot_be_written_is_a_usage_error(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("in the way")
    for home in (file, file / "below"):
        with pytest.raises(UsageError, match="cannot be written"), connect(at(home), write=True):
            pass


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_home_of_somebody_else_is_a_usage_error(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(UsageError, match="Permission denied"), connect(at(tmp_path / "home"), write=True):
        pass


def at(home: Path) -> GraphTarget:
    return connect_module.GraphTarget(home=home)


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="reads the sockets from /proc")
def test_nobody_outside_this_machine_can_reach_the_listeners(target: GraphTarget) -> None:
    with connect(target, write=True):
        sockets = [
            line.split() for name in ("tcp", "tcp6") for line in Path(f"/proc/net/{name}").read_text().splitlines()
        ]
        listening = [row[1] for row in sockets if row[3] == "0A" and f"socket:[{row[9]}]" in _sockets()]
    assert len(listening) >= 2
    loopback = ("0100007F", "0000000000000000FFFF00000100007F", "00000000000000000000000001000000")
    assert {address.partition(":")[0] for address in listening} <= set(loopback)


def _sockets() -> set[str]:
    links = set()
    for link in Path("/proc/self/fd").iterdir():
        try:
            links.add(os.readlink(link))
        except OSError:  # the descriptor of this very listing
            continue
    return links


def test_opening_often_leaves_nothing_behind(
    target: GraphTarget, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    threads, descriptors = threading.active_count(), _count("/proc/self/fd")
    tasks = _count("/proc/self/task")
    began = time.monotonic()
    for number in range(25):
        with connect(target, write=number % 2 == 0) as graph:
            graph.read("MATCH (u:User) RETURN u.id AS id")
    assert time.monotonic() - began < 15, "13 ms an opening when measured; 0.1 s with the engine's own password rounds"
    assert threading.active_count() == threads
    assert _count("/proc/self/fd") <= descriptors + 5
    assert _count("/proc/self/task") <= tasks + 5
    assert list(temporary.iterdir()) == []


def _count(folder: str) -> int:
    return len(list(Path(folder).iterdir())) if Path(folder).exists() else 0


def test_a_port_that_is_taken_in_the_last_moment_is_no_failure(
    target: GraphTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    import socket

    free = embedded_module._free_port
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ports: list[Callable[[], int]] = [lambda: taken.getsockname()[1], lambda: taken.getsockname()[1], free]
        monkeypatch.setattr(embedded_module, "_free_port", lambda: ports.pop(0)())
        assert users(target) == {"first"}
    assert not ports


def test_every_commit_reaches_the_disk(target: GraphTarget, monkeypatch: pytest.MonkeyPatch) -> None:
    from arcadedb._native.database import NativeDatabase

    modes: list[str] = []
    real = NativeDatabase.set_wal_flush

    def heard(database: Any, mode: str) -> None:
        modes.append(mode)
        real(database, mode)

    monkeypatch.setattr(NativeDatabase, "set_wal_flush", heard)
    with connect(target, write=True):
        pass
    assert modes == ["yes_nometadata"]


def test_where_the_engine_has_no_wheel_a_neo4j_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "arcadedb", None)
    monkeypatch.setattr(embedded_module, "_engine", embedded_module._engine.__wrapped__)
    monkeypatch.setenv("ARCADEDB_NATIVE_ISOLATE_ARGS", "")
    with pytest.raises(UsageError, match="NEO4J_URI") as error, connect(at(tmp_path), write=True):
        pass
    assert all(name in str(error.value) for name in ("Intel Mac", "Alpine", "Windows on arm64"))


def test_nothing_is_said_on_stderr_and_nothing_left_in_the_home_of_the_user(tmp_path: Path) -> None:
    user, temporary = tmp_path / "user", tmp_path / "tmp"
    user.mkdir()
    temporary.mkdir()
    env = {k: v for k, v in os.environ.items() if not k.startswith(("ARCADEDB", "XDG", "NEO4J"))}
    env |= {"HOME": str(user), "TMPDIR": str(temporary), "PYTHONPATH": str(CHECKOUT)}
    for mode in ("one", "read"):
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", OTHER, str(tmp_path / "home"), mode],
            input="",
            capture_output=True,
            text=True,
            env=env,
            cwd=user,
            check=True,
        )
        assert (done.stdout, done.stderr) == ("open\n", "")
    assert list(user.rglob("*")) == []
    assert list(temporary.rglob("*")) == []
