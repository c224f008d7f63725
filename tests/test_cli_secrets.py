"""The token is nowhere but in the two headers that carry it (invariants.md I8)."""

import os
import select
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from rc2graph.simulator import Workspace
from tests.commands import Desk, ended, office, picture
from tests.engines import Engine
from tests.faults import Fault, Simulator


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path, apart=True)


def test_i8_the_token_is_in_no_output_no_file_and_no_graph(desk: Desk, engine: Engine) -> None:
    company = office()
    with Simulator(company) as server:
        token = server.credentials[1]
        at = desk.at(server, engine)
        said = [
            at.run("check", "-v"),
            at.run("collect", "--snapshot", "a.sqlite", "-v"),
            at.run("load", "-v"),
            at.run("status", "-v", "--json"),
        ]
        assert [one.code for one in said] == [0, 0, 0, 0]
        assert "GET /api/v1/me" in said[2].err, "that much is logged"
        server.add(Fault("echo-token", times=-1))
        said += [at.run(verb, "-v") for verb in ("check", "load")]
        assert [one.code for one in said[4:]] == [5, 5]
    for one in said:
        assert token not in one.out + one.err
        assert engine.env.get("NEO4J_PASSWORD") not in (one.out + one.err).split()
    files = [path for path in desk.folder.rglob("*") if path.is_file()]
    assert len(files) > 2
    for path in files:
        assert token.encode() not in path.read_bytes(), path
    assert token not in repr(picture(engine))


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="reads the process list from /proc")
def test_i8_the_token_is_not_in_the_process_list(desk: Desk) -> None:
    reached, seen = threading.Event(), threading.Event()

    def look(workspace: Workspace) -> None:
        reached.set()
        seen.wait(20)

    with Simulator(office()) as server:
        (desk.folder / "token").write_text(server.credentials[1] + "\n")
        server.before(4, look)
        process = desk.at(server, ROCKETCHAT_AUTH_TOKEN="").start("load", "--token-file", "token")
        assert reached.wait(20)
        lists = [
            path.read_bytes()
            for path in Path("/proc").glob("[0-9]*/cmdline")
            if os.access(path, os.R_OK) and _there(path)
        ]
        seen.set()
        assert ended(process).code == 0
        assert any(b"rc2graph" in line for line in lists)
        assert not any(server.credentials[1].encode() in line for line in lists)


def _there(path: Path) -> bool:
    try:
        path.read_bytes()
    except OSError:
        return False
    return True


def test_there_is_no_option_that_takes_a_token(desk: Desk) -> None:
    for verb in ("check", "collect", "load"):
        assert "--token " not in desk.ok(verb, "--help")


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal of POSIX")
def test_on_a_terminal_the_token_is_asked_for_and_not_shown(desk: Desk) -> None:
    import pty
    import termios

    with Simulator(office()) as server:
        at = desk.at(server, ROCKETCHAT_AUTH_TOKEN="")
        terminal, theirs = pty.openpty()
        process = subprocess.Popen(
            [sys.executable, "-m", "rc2graph", "check"], cwd=at.folder, env=at.environment(), start_new_session=True,
            stdin=theirs, stdout=theirs, stderr=theirs,
        )  # fmt: skip
        os.close(theirs)
        shown = _until(terminal, b"Token")
        while termios.tcgetattr(terminal)[3] & termios.ECHO:
            time.sleep(0.01)
        os.write(terminal, server.credentials[1].encode() + b"\n")
        shown += _until(terminal, b"Ready: rc2graph load")
        assert process.wait(20) == 0
        os.close(terminal)
        assert server.credentials[1].encode() not in shown


def _until(terminal: int, word: bytes) -> bytes:
    shown = b""
    while word not in shown and select.select([terminal], [], [], 20)[0]:
        try:
            shown += os.read(terminal, 4096)
        except OSError:  # the other end is gone
            break
    assert word in shown, shown
    return shown
