"""Ctrl-C and SIGTERM at any moment: what was read is kept, the graph is not half a new one, the same command goes on.

And two runs at the same time: one works, the other waits for it or says who is at work.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from rc2graph.graph.connect import connect
from tests.commands import Desk, ended, interrupted_at, office, picture, present, truth
from tests.engines import Engine
from tests.faults import Fault, Simulator

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")

BOTH = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.mark.parametrize(
    ("request_number", "number"), [(1, signal.SIGINT), (5, signal.SIGTERM), (9, signal.SIGINT)], ids=str
)
def test_a_collection_that_is_interrupted_goes_on(desk: Desk, request_number: int, number: signal.Signals) -> None:
    company = office()
    with Simulator(company) as server:
        at = desk.at(server)
        began = time.monotonic()
        said = interrupted_at(at, server, request_number, number, "collect", "--snapshot", "a.sqlite")
        assert (said.code, said.out) == (130, "")
        assert time.monotonic() - began < 20
        assert "Interrupted. What was read is kept. Go on with: rc2graph collect --snapshot a.sqlite" in said.told
        assert "Traceback" not in said.err
        server.faults.clear()
        again = at.run("collect", "--snapshot", "a.sqlite")
        assert again.code == 0
        assert ("going on where the last run stopped" in again.err) is (request_number > 1), "then there is something"
        teams = len([entry for entry in server.log if entry.route == "teams.members"])
        at.ok("collect", "--snapshot", "b.sqlite")
        undisturbed = len([entry for entry in server.log if entry.route == "teams.members"]) - teams
        assert teams <= undisturbed + 1, "only the page that was on its way is fetched again"


def test_i15_a_load_that_is_interrupted_while_it_reads(desk: Desk, engine: Engine) -> None:
    number = signal.SIGINT if engine.name == "embedded" else signal.SIGTERM
    company = office()
    with Simulator(company) as server:
        at = desk.at(server, engine)
        at.ok("load")
        before = picture(engine)
        company.deactivate("staff.05")
        said = interrupted_at(at, server, 6, number, "load")
        assert (said.code, said.out) == (130, "")
        assert "What was read is kept. Go on with: rc2graph load" in said.told
        assert "Traceback" not in said.err
        assert picture(engine) == before, "a run that stops has written nothing"
        server.faults.clear()
        again = at.run("load")
        assert again.code == 0
        assert "going on where the last run stopped" in again.err
        assert present(engine) == truth(company)


SLOW_WRITES = """
import signal, sys, time
import rc2graph.graph.lease as lease
write, count = lease.Lease.write, 0
def slow(self, work):
    global count
    count += 1
    if count == 3:
        print("writing", file=sys.stderr, flush=True)
        time.sleep(20)
    return write(self, work)
lease.Lease.write = slow
from rc2graph.cli import main
sys.argv[0] = "rc2graph"
main()
"""


def test_i4_a_load_that_is_interrupted_while_it_writes(desk: Desk, engine: Engine) -> None:
    number = signal.SIGINT if engine.name == "embedded" else signal.SIGTERM
    company = office()
    with Simulator(company) as server:
        at = desk.at(server, engine)
        process = patched(at, SLOW_WRITES, "load")
        assert process.stderr is not None
        seen = ""
        while "writing" not in seen:
            line = process.stderr.readline()
            assert line, seen
            seen += line
        process.send_signal(number)
        said = ended(process)
        assert (said.code, said.out) == (130, "")
        assert "What was read is kept. Go on with: rc2graph load --snapshot " in said.told
        assert "Traceback" not in said.err
        again = said.told.partition("--snapshot ")[2].strip()
        began = time.monotonic()
        at.ok("load", "--snapshot", again)
        assert time.monotonic() - began < 25, "the lease was given back"
        assert present(engine) == truth(company)


def patched(desk: Desk, program: str, *words: str) -> "subprocess.Popen[str]":
    """The command with something in it changed, for a moment that no signal would hit by itself."""
    return subprocess.Popen(
        [sys.executable, "-c", program, *words], cwd=desk.folder, env=desk.environment(), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
    )  # fmt: skip


@BOTH
def test_the_simulator_ends_when_it_is_told_to(desk: Desk, number: signal.Signals) -> None:
    process = desk.start("simulate", "--port", "0", "--users", "60")
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(3)]
    assert [line.split("=")[0] for line in lines] == [
        "export ROCKETCHAT_URL", "export ROCKETCHAT_USER_ID", "export ROCKETCHAT_AUTH_TOKEN",
    ]  # fmt: skip
    settings = dict(line.removeprefix("export ").strip().split("=", 1) for line in lines)
    assert "Ready: rc2graph load" in desk.at(**settings).ok("check")
    process.send_signal(number)
    said = ended(process)
    assert (said.code, said.out) == (0, "")
    assert "Traceback" not in said.err


# ---- two at the same time


def test_a_second_reading_into_the_same_file_is_refused(desk: Desk) -> None:
    with Simulator(office()) as server:
        at = desk.at(server, RC2GRAPH_RETRY_FOR="30")
        server.add(Fault("slow", nth=6, seconds=4))
        first = at.start("collect", "--snapshot", "a.sqlite")
        until(lambda: len(server.log) >= 6)
        said = at.run("collect", "--snapshot", "a.sqlite")
        assert (said.code, said.out) == (7, "")
        assert "Another process is collecting into a.sqlite" in said.told
        assert "Next: " in said.told
        assert ended(first).code == 0


def test_i6_a_second_load_at_the_same_time_is_refused(desk: Desk, embedded_engine: Engine) -> None:
    company = office()
    with Simulator(company) as server:
        at = desk.at(server, embedded_engine, RC2GRAPH_RETRY_FOR="30")
        server.add(Fault("slow", nth=6, seconds=4))
        first = at.start("load")
        until(lambda: len(server.log) >= 6)
        said = at.run("load")
        assert (said.code, said.out) == (7, "")
        assert "Another process is collecting" in said.told
        assert ended(first).code == 0
        assert present(embedded_engine) == truth(company)


SHORT_PATIENCE = """
import sys
from datetime import timedelta
import rc2graph.graph.connect as connect, rc2graph.graph.lease as lease
connect.WRITER_WAIT, lease.PATIENCE = 1.0, timedelta(seconds=1)
from rc2graph.cli import main
sys.argv[0] = "rc2graph"
main()
"""


def test_i6_a_second_writer_of_the_embedded_graph_waits_and_then_gives_up(desk: Desk, embedded_engine: Engine) -> None:
    with Simulator(office()) as server:
        at = desk.at(server, embedded_engine)
        at.ok("load")
    at.settings.pop("ROCKETCHAT_URL")
    snapshot = next((desk.folder / "home" / "snapshots").iterdir())
    before = picture(embedded_engine)
    with connect(embedded_engine.target, write=True):
        began = time.monotonic()
        said = ended(patched(at, SHORT_PATIENCE, "load", "--snapshot", str(snapshot)))
        assert 1 <= time.monotonic() - began < 20
        assert (said.code, said.out) == (7, "")
        assert "is in use" in said.told
        assert f"process {os.getpid()}" in said.told
        assert f"rc2graph load --snapshot {snapshot}" in said.told
        waiting = at.start("load", "--snapshot", str(snapshot))
        time.sleep(2)
        assert waiting.poll() is None, "a minute's patience"
    assert ended(waiting).code == 0
    assert {node for node in picture(embedded_engine).nodes if node[0] == "User"} == {
        node for node in before.nodes if node[0] == "User"
    }


def test_i6_a_second_writer_of_the_same_workspace_in_neo4j_waits_and_then_gives_up(
    desk: Desk, neo4j_engine: Engine
) -> None:
    with Simulator(office()) as server:
        at = desk.at(server, neo4j_engine)
        at.ok("load")
    at.settings.pop("ROCKETCHAT_URL")
    snapshot = next((desk.folder / "home" / "snapshots").iterdir())
    with connect(neo4j_engine.target, write=True) as graph, graph._session("WRITE") as session:
        session.run(
            "MATCH (w:Workspace) SET w.leaseOwner = 'somebody', w.leaseExpires = '2999-01-01T00:00:00.000Z'"
        ).consume()
    before = picture(neo4j_engine)
    said = ended(patched(at, SHORT_PATIENCE, "load", "--snapshot", str(snapshot)))
    assert (said.code, said.out) == (7, "")
    assert "Another run is writing" in said.told
    assert f"rc2graph load --snapshot {snapshot}" in said.told
    assert picture(neo4j_engine) == before


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)
