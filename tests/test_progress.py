"""How far a load is, and how long it will still take: told on a clock that jumps, and never silence for ten seconds.

Who waits in truth waits a quarter as long: such a program says after a quarter of the time what it does.
"""

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from rc2graph.cli.activity import SILENT_AT_MOST, SOON, TICK
from rc2graph.cli.progress import OFTEN, in_words
from rc2graph.collection.progress import Progress
from rc2graph.rocketchat.endpoints import TEAMS
from rc2graph.simulator import Workspace
from tests.commands import Desk, Said, ended, office
from tests.engines import Engine
from tests.faults import Fault, Simulator
from tests.source import Source

WINDOW = 60.0


def limited(*, teams: int, gone: int, orphans: int = 0) -> Workspace:
    """A company that the limiter counts, whose deactivated members must be asked for one by one."""
    made = Workspace(seed=3)
    for number in range(teams):
        made.add_team(f"team.{number}", owner=made.add_user(f"owner.{number}", roles=["user"]))
    for number in range(gone):
        made.add_member(f"team.{made.random.randrange(teams)}", made.add_user(f"gone.{number}", roles=["user"]))
        made.deactivate(f"gone.{number}")
    for number in range(orphans):
        made.add_orphan(f"team.{number}")
    made.permissions["api-bypass-rate-limit"]["roles"] = ["admin"]
    return made


def told(source: Source) -> list[tuple[float, Progress]]:
    """What was said of the way, each with the seconds that it still took in truth; the look that came after as well."""
    said: list[tuple[float, Progress]] = []
    source.collect(report=lambda progress: said.append((source.time.monotonic(), replace(progress))))
    end = {progress.stage: at for at, progress in said}
    return [(end[progress.stage] - at, progress) for at, progress in said]


@pytest.mark.parametrize(
    "company",
    [
        {"teams": 45, "gone": 63}, {"teams": 100, "gone": 12}, {"teams": 5, "gone": 100},
        {"teams": 45, "gone": 63, "orphans": 2},
    ],
    ids=["both", "teams", "accounts", "a second look"],
)  # fmt: skip
def test_the_time_to_go_is_right_from_the_second_window_on(tmp_path: Path, company: dict[str, int]) -> None:
    said = told(Source(limited(**company), tmp_path / "s"))
    whole = max(truth for truth, _ in said)
    assert whole > 4 * WINDOW
    late = [(truth, one) for truth, one in said if truth <= whole - WINDOW and one.users_total is not None]
    assert len({round(truth) for truth, _ in late}) >= 4
    for truth, one in late:
        assert one.seconds_left is not None
        assert abs(one.seconds_left - truth) <= WINDOW + 1, (truth, one)


def test_it_is_said_while_everything_waits_for_the_limiter(tmp_path: Path) -> None:
    """And only then. (Here one route has all the work: on this clock, one that waits holds the others up.)"""
    said = told(Source(limited(teams=45, gone=0), tmp_path / "s"))
    took = [(one, before - after) for (before, one), (after, _) in pairwise(said)]
    assert sum(one.waiting for one, _ in took) >= 3
    assert {one.waiting for one, seconds in took if seconds > WINDOW / 2} == {True}
    assert {one.waiting for one, seconds in took if seconds < 1} == {False}
    for one, _ in took:
        assert in_words(one).endswith("min left, waiting for the rate limit") == one.waiting


def test_it_is_said_while_a_server_is_away(tmp_path: Path) -> None:
    source = Source(office(), tmp_path / "s")
    client, progress, seen = source.client(), Progress(seconds_left=90), list[str]()

    def sleep(seconds: float) -> None:
        progress.away = client.away
        seen.append(in_words(progress))

    client.sleep = sleep
    source.server.add(Fault("html-502", times=2))
    client.ask(TEAMS)
    client.close()
    assert seen == ["reading, waiting for Rocket.Chat to answer again"] * 2
    assert not client.away


def test_who_is_not_limited_has_no_time_to_go(tmp_path: Path) -> None:
    company = limited(teams=30, gone=5)
    company.grant("api-bypass-rate-limit", "user")
    source = Source(company, tmp_path / "s")
    source.collect()
    assert {one.seconds_left for _, one in told(Source(company, tmp_path / "t")) if one.teams} == {0.0}


# ---- never silent


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


HASTE = 4
HURRIED = f"""
import sys, time
from rc2graph.cli import activity, progress
activity.SOON = {{where: seconds / {HASTE} for where, seconds in activity.SOON.items()}}
progress.OFTEN /= {HASTE}
"""
RUN = """
from rc2graph.cli import main
sys.argv[0] = "rc2graph"
main()
"""


def hurried(desk: Desk, *words: str, change: str = "") -> "subprocess.Popen[str]":
    """The command line, in haste."""
    return subprocess.Popen(
        [sys.executable, "-c", HURRIED + change + RUN, *words], cwd=desk.folder, env=desk.environment(),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
    )  # fmt: skip


def test_whoever_is_silent_speaks_before_it_is_too_long() -> None:
    assert max(SOON.values()) + TICK < SILENT_AT_MOST
    assert OFTEN < SILENT_AT_MOST


def slow_office(seconds: float) -> Simulator:
    """One that takes its time with the members of two teams."""
    server = Simulator(office())
    server.add(Fault("slow", route="teams.members", times=2, seconds=seconds))
    return server


def paced(process: "subprocess.Popen[str]") -> tuple[Said, float]:
    """What a command says, and the longest that nothing came of it on stderr."""
    assert process.stderr is not None
    at, longest, lines = time.monotonic(), 0.0, []
    for line in process.stderr:
        longest, at = max(longest, time.monotonic() - at), time.monotonic()
        lines.append(line)
    said = ended(process)
    return Said(said.code, said.out, "".join(lines)), longest


def test_a_log_is_never_silent_for_long(desk: Desk) -> None:
    with slow_office(12 / HASTE) as server:
        at = desk.at(server, RC2GRAPH_RETRY_FOR="60")
        said, longest = paced(hurried(at, "collect", "--snapshot", "a.sqlite"))
    assert said.code == 0, said
    assert longest < SILENT_AT_MOST / HASTE + TICK
    assert re.search(r"INFO +reading, 34 of 34 users, members of \d of \d+ teams", said.err), said.err


SLOW_GRAPH = """
import rc2graph.graph.connect as connect
rows = connect.Graph.rows
def slow(self, name, /, **params):
    if name == "paths/who-administrator":
        time.sleep(4.3)
    return rows(self, name, **params)
connect.Graph.rows = slow
"""


def test_a_verb_that_waits_for_the_graph_says_so(desk: Desk, embedded_engine: Engine) -> None:
    """Any verb: none of them has to think of it."""
    with Simulator(office()) as server:
        desk.at(server, embedded_engine).ok("load")
    said, longest = paced(hurried(desk.at(None, embedded_engine), "who", "admin", change=SLOW_GRAPH))
    assert (said.code, longest < SILENT_AT_MOST / HASTE + TICK) == (0, True), said
    told = re.findall(r"INFO +rc2graph who is at work \((\d+) s\)", said.err)
    assert len(told) in (2, 3), "as the program itself takes its time to start"
    assert told == sorted(set(told))


def test_quiet_is_quiet(desk: Desk) -> None:
    with slow_office(9 / HASTE) as server:
        at = desk.at(server, RC2GRAPH_RETRY_FOR="60")
        said = ended(hurried(at, "collect", "--snapshot", "a.sqlite", "--quiet"))
    assert (said.code, said.err) == (0, "")


def on_a_terminal(
    desk: Desk, *words: str, program: tuple[str, ...] = ("-m", "rc2graph"), stop: str = "", **settings: str
) -> str:
    """All that a terminal of 80 columns gets of a command, escapes included. `stop`: what is shown when it is told to
    stop, as by Ctrl-C."""
    ours, theirs = pty.openpty()
    environment = {**desk.environment(), "TERM": "xterm-256color", **settings}
    process = subprocess.Popen(
        [sys.executable, *program, *words], cwd=desk.folder, env=environment, stdin=theirs, stdout=theirs,
        stderr=theirs, start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    shown, code = b"", 0
    try:
        while part := os.read(ours, 65536):
            shown += part
            if stop and stop in shown.decode(errors="ignore"):
                process.send_signal(signal.SIGINT)
                stop = ""
                code = 130
    except OSError:  # the other side is closed
        pass
    os.close(ours)
    assert process.wait(60) == code, shown
    return shown.decode()


@pytest.mark.skipif(sys.platform == "win32", reason="terminals of POSIX")
def test_a_terminal_shows_bars_and_takes_them_away(desk: Desk) -> None:
    with slow_office(1.5) as server:
        shown = on_a_terminal(desk.at(server, RC2GRAPH_RETRY_FOR="60"), "collect", "--snapshot", "a.sqlite")
    assert "members of teams" in shown
    assert "━" in shown
    assert "\x1b[?25h" in shown, "the cursor is there again"
    assert "is at work" not in shown, "one of them is enough"
    last = shown.rpartition("\x1b[2K")[2]
    assert "Snapshot: a.sqlite" in last
    assert "━" not in last.replace("━" * 3, "")[-400:]


@pytest.mark.skipif(sys.platform == "win32", reason="terminals of POSIX")
def test_an_interrupted_command_leaves_a_terminal_as_it_was(desk: Desk) -> None:
    with slow_office(30) as server:
        shown = on_a_terminal(desk.at(server), "collect", "--snapshot", "a.sqlite", stop="members of teams")
    before, _, after = shown.rpartition("\x1b[?25h")
    assert "\x1b[?25l" in before, "bars hide the cursor"
    assert "\x1b[?25l" not in after
    assert "Interrupted. What was read is kept. Go on with: rc2graph collect" in after
    assert "━" not in after


@pytest.mark.skipif(sys.platform == "win32", reason="terminals of POSIX")
def test_what_is_not_finished_does_not_look_as_if_it_had_failed(desk: Desk) -> None:
    """rich's own bars are red until they are full."""
    with slow_office(1.5) as server:
        shown = on_a_terminal(
            desk.at(server, RC2GRAPH_RETRY_FOR="60"), "collect", "--snapshot", "a.sqlite", COLORTERM="truecolor"
        )
    assert "\x1b[36m━" in shown
    assert "\x1b[38;2;249;38;114m" not in shown


@pytest.mark.skipif(sys.platform == "win32", reason="terminals of POSIX")
def test_a_log_line_stands_above_the_bars_and_says_what_is_waited_for(desk: Desk) -> None:
    server = Simulator(office())
    server.add(Fault("html-502", route="teams.members", times=2))
    with server:
        shown = on_a_terminal(desk.at(server, RC2GRAPH_RETRY_FOR="60"), "collect", "--snapshot", "a.sqlite")
    assert re.search(r"\x1b\[2K[^\n]*WARNING [^\n]*Trying again", shown.replace("\r", "")), shown


@pytest.mark.skipif(sys.platform == "win32", reason="terminals of POSIX")
def test_a_terminal_is_told_what_takes_long_on_a_line_that_goes_again(desk: Desk, embedded_engine: Engine) -> None:
    with Simulator(office()) as server:
        desk.at(server, embedded_engine).ok("load")
    program = f"import sys, time\n{SLOW_GRAPH}{RUN}"
    shown = on_a_terminal(desk.at(None, embedded_engine), "who", "admin", program=("-c", program))
    before, _, after = shown.rpartition("rc2graph who is at work")
    assert "(3 s)\r\x1b[2K" in shown
    assert re.match(r" \(\d s\)\r\n\x1b\[\?25h\r\x1b\[1A\x1b\[2K", after)
    assert "\n" not in before
    assert "can become administrator" in after


@pytest.mark.skipif(sys.platform == "win32", reason="terminals of POSIX")
@pytest.mark.parametrize(
    ("settings", "absent"), [({"TERM": "dumb"}, "\x1b"), ({"CI": "true"}, "\x1b[2K"), ({"NO_COLOR": "1"}, "\x1b[3")]
)
def test_a_terminal_that_wants_no_colours_gets_none(desk: Desk, settings: dict[str, str], absent: str) -> None:
    with slow_office(1.5) as server:
        shown = on_a_terminal(desk.at(server, RC2GRAPH_RETRY_FOR="60"), "collect", "--snapshot", "a.sqlite", **settings)
    assert absent not in shown.replace("\x1b[?", "")
    assert "Snapshot: a.sqlite" in shown


def test_progress_in_json(desk: Desk) -> None:
    with slow_office(6 / HASTE) as server:
        at = desk.at(server, RC2GRAPH_RETRY_FOR="60")
        said = ended(hurried(at, "collect", "--snapshot", "a.sqlite", "--log-format", "json"))
    lines = [json.loads(line) for line in said.err.splitlines()]
    found = [line for line in lines if line.get("event") == "progress"]
    assert found
    assert found[-1]["usersTotal"] == len(office().users)
    assert {"stage", "users", "teams", "teamsTotal", "secondsLeft", "requests"} <= set(found[-1])
