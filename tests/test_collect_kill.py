"""Killed at any moment and started again, a collection ends where an unkilled one ends, and fetches nothing twice."""

import json
import os
import signal
import subprocess
import sys
import textwrap
from collections import Counter
from pathlib import Path

import pytest

from rc2graph.simulator.queries import Paging
from rc2graph.snapshot import Collection, Snapshot
from tests.faults import Simulator
from tests.source import Content, Source, differences, small_company, tables, tidy_company
from tests.test_collect_permissions import Case, Killed

AGAIN = {"info", "me", "permissions.listAll"}
"""Checks: these are asked anew whenever a run begins."""

COLLECT = """
    import os, sys
    from pathlib import Path
    from rc2graph.collection import collect
    from rc2graph.rocketchat.address import Address
    from rc2graph.rocketchat.client import Client
    from rc2graph.rocketchat.credentials import Credentials
    from rc2graph.snapshot import Collection
    url, user, token, path, kept = sys.argv[1:]
    for _ in range(2):
        try:
            with Collection.open(Path(path)) as file:
                collect(Client(Address.parse(url), Credentials(user, token), retry_for=5), file, workspace="w")
        except Exception as error:
            print(type(error).__name__, error, file=sys.stderr)
            sys.exit(3)
        break
"""


@pytest.fixture(scope="module")
def unkilled(tmp_path_factory):
    source = Source(small_company(), tmp_path_factory.mktemp("unkilled") / "s")
    source.collect()
    return source


def pages(path):
    """Route, subject and offset of every page in an unfinished or finished file."""
    with Snapshot.open(path) if is_finished(path) else Collection.open(path) as file:
        return Counter(file.db.execute('SELECT route, look, subject, "offset" FROM ledger'))


def is_finished(path):
    try:
        Snapshot.open(path, check=False).close()
    except Exception:
        return False
    return True


@pytest.mark.parametrize("paged", [False, True])
def test_i4_stopped_before_any_request_and_gone_on_with(tmp_path, unkilled, paged):
    number = 0
    paging = {"paging": Paging(infinite=False, upper=2, default=2)} if paged else {}
    whole = Source(small_company(), tmp_path / "whole", knobs=paging)
    whole.collect()
    while True:
        number += 1
        case = Case(tmp_path, company=small_company, paged=paged)
        case.source.server.before(number, die)
        if case.run() == {}:
            assert number > len(whole.server.log)
            return
        committed = len(case.source.server.log)
        assert case.run() == {}
        assert tables(case.source.path) == tables(unkilled.path)
        assert all(times == 1 for page, times in pages(case.source.path).items() if page[0] not in AGAIN)
        # the request that was killed is asked again, and the checks that begin a run; nothing else
        fetched = Counter(case.source.routes) - Counter(whole.routes)
        assert set(fetched) <= AGAIN, (number, committed)


def die(workspace):
    raise Killed


def kill_at(tmp_path, number, *, paged):
    """SIGKILL to the collecting process when its nth request arrives; then the same command again."""
    workspace = small_company()
    path = tmp_path / f"{number}.sqlite"
    paging = Paging(infinite=False, upper=2, default=2) if paged else Paging()
    with Simulator(workspace, paging=paging) as server:
        command = [sys.executable, "-c", textwrap.dedent(COLLECT), server.url, *server.credentials, str(path), ""]

        def run():
            return subprocess.Popen(command, cwd=Path(__file__).parent.parent, stderr=subprocess.PIPE, text=True)

        def shoot(ws):
            os.kill(process.pid, signal.SIGKILL)

        server.before(number, shoot)
        process = run()
        _, said = process.communicate(timeout=60)
        killed = process.returncode == -signal.SIGKILL
        assert killed or process.returncode == 0, said
        if killed:
            assert not is_finished(path)
            process = run()
            _, said = process.communicate(timeout=60)
            assert process.returncode == 0, said
        return killed, workspace, path, [entry.route for entry in server.log]


@pytest.mark.parametrize("number", [1, 4, 7, 12])
def test_i4_kill_9_and_the_same_command_again(tmp_path, unkilled, number):
    killed, workspace, path, _ = kill_at(tmp_path, number, paged=False)
    assert killed
    assert differences(Content.of(path), workspace.oracle()) == {}
    assert tables(path) == tables(unkilled.path)
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


@pytest.mark.soak
@pytest.mark.parametrize("paged", [False, True])
def test_i4_kill_9_at_every_request(tmp_path, unkilled, paged):
    number = 0
    while True:
        number += 1
        killed, workspace, path, _ = kill_at(tmp_path, number, paged=paged)
        if not killed:
            assert number > 20
            return
        assert differences(Content.of(path), workspace.oracle()) == {}
        assert tables(path) == tables(unkilled.path)
        assert all(times == 1 for page, times in pages(path).items() if page[0] not in AGAIN)


@pytest.mark.parametrize("step", [3])
def test_i4_killed_again_and_again(tmp_path, unkilled, step):
    """Every run gets a little further, however often it is killed."""
    case = Case(tmp_path, company=small_company)
    for number in range(1, 400, step + 3):
        case.source.server.before(number, die)
    for _ in range(60):
        if case.run() == {}:
            break
    else:
        raise AssertionError("it never gets there")
    assert tables(case.source.path) == tables(unkilled.path)


@pytest.mark.parametrize("place", ["commit", "finish", "set_meta"])
def test_i4_killed_between_two_writes(tmp_path, monkeypatch, unkilled, place):
    """Before and after every write of the file in turn."""
    write = getattr(Collection, place)
    for after in (False, True):
        number = 0
        while True:
            number += 1
            case = Case(tmp_path, company=small_company)
            left = [number]

            def struck(self, *args, left=left, after=after, **options):
                left[0] -= 1
                if left[0] == 0 and not after:
                    raise Killed
                done = write(self, *args, **options)
                if left[0] == 0:
                    raise Killed
                return done

            monkeypatch.setattr(Collection, place, struck)
            ended = case.run()
            monkeypatch.setattr(Collection, place, write)
            if left[0] > 0:
                assert ended == {}
                break
            if ended is None and not (place == "finish" and after):
                assert case.run() == {}
            assert tables(case.source.path) == tables(unkilled.path), (number, after)


def test_i4_the_world_goes_on_between_a_kill_and_the_next_run(tmp_path):
    """What is gone or new meanwhile is taken as a change during the run: nothing that was always there is missing."""
    for number in range(4, 22):
        case = Case(tmp_path, company=tidy_company)
        case.source.server.before(number, die)
        if case.run() == {}:
            break
        case.workspace.add_member("vault", "ben")
        case.workspace.deactivate("ana")
        case.source.collect()
        always = case.true["member_of"] & case.workspace.oracle()["member_of"]
        assert always <= case.source.content().member_of
        assert case.source.content().member_of <= case.workspace.oracle()["member_of"]


def test_the_ledger_tells_what_was_asked_and_what_it_said(unkilled):
    with Snapshot.open(unkilled.path) as snapshot:
        lines = snapshot.db.execute("SELECT route, status, note, at FROM ledger ORDER BY line").fetchall()
    assert {route for route, *_ in lines} == set(unkilled.routes) - {"info"}
    assert {status for _, status, _, _ in lines} == {200}
    assert [at for *_, at in lines] == sorted(at for *_, at in lines)
    assert json.dumps(lines)
