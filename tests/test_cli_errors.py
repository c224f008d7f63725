"""Every way in which a command fails: its exit code, and a text that says what failed, why, and the next step.

No traceback, nothing on stdout, and the graph is as it was.
"""

import json
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from rc2graph.config import GraphTarget
from rc2graph.simulator import Workspace, sized
from tests.commands import Desk, Pictured, Said, office, picture, present, truth
from tests.engines import Engine, Server
from tests.faults import Fault, Simulator
from tests.source import OLDEST, VERSIONS

LOAD = ("load", "--workspace", "office")  # a simulator's address is another one each time
posix = pytest.mark.skipif(sys.platform == "win32", reason="limits and signals of POSIX")


@dataclass
class Loaded:
    """A company that was loaded into an embedded graph, which no failure may change."""

    company: Workspace
    engine: Engine
    before: Pictured


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    pytest.importorskip("arcadedb", exc_type=ImportError)
    folder = tmp_path_factory.mktemp("loaded")
    engine = Engine("embedded", GraphTarget(home=folder / "home"), {"RC2GRAPH_HOME": str(folder / "home")})
    company = office()
    with Simulator(company) as server:
        Desk(folder).at(server, engine).ok(*LOAD)
    return Loaded(company, engine, picture(engine))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def server(loaded: Loaded) -> Iterator[Simulator]:
    with Simulator(loaded.company) as server:
        yield server


def failed(said: Said, code: int, *texts: str) -> str:
    """The text on stderr, which has these parts, and a next step."""
    assert said.code == code, said
    assert said.out == ""
    for text in texts:
        assert text in said.told, said.told
    assert "Traceback" not in said.err
    assert "Next: " in said.told, said.told
    assert len(said.told.splitlines()) <= 4, said.told
    print(f"\n[{code}] {said.told}")  # read aloud with pytest -s
    return said.told


# ---- 2: usage and configuration


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
@pytest.mark.parametrize("words", [["review", "--list"], ["query", "--list"]])
def test_an_output_that_has_no_room(desk: Desk, words: list[str]) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "rc2graph", *words], cwd=desk.folder, env=desk.environment(), stdout=full,
            stderr=subprocess.PIPE, text=True, timeout=60, check=False,
        )  # fmt: skip
    assert (done.returncode, done.stderr.splitlines()[0]) == (2, "What was to be printed cannot be written.")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("settings", "texts"),
    [
        ({"ROCKETCHAT_URL": ""}, ["No Rocket.Chat address is set", "ROCKETCHAT_URL"]),
        (
            {"ROCKETCHAT_URL": "chat.example.org"},
            ["malformed", "neither https:// nor http://", "https://chat.example.org"],
        ),
        ({"ROCKETCHAT_URL": "https://chat.example.org:99999"}, ["malformed", "Its port"]),
        ({"ROCKETCHAT_URL": "ftp://chat.example.org"}, ["malformed"]),
        ({"ROCKETCHAT_URL": "https://ana:s3cret-word@chat.example.org"}, ["password", "ROCKETCHAT_AUTH_TOKEN"]),
        ({"ROCKETCHAT_URL": "http://chat.example.org"}, ["unencrypted", "https", "--insecure-http"]),
        ({"ROCKETCHAT_USER_ID": ""}, ["No user id is set", "ROCKETCHAT_USER_ID"]),
        ({"ROCKETCHAT_AUTH_TOKEN": ""}, ["No token is set", "ROCKETCHAT_AUTH_TOKEN", "Personal Access Tokens"]),
        ({"ROCKETCHAT_AUTH_TOKEN": "two words"}, ["The token has characters"]),
        ({"RC2GRAPH_RATE_CALLS": "0"}, ["pace", "--rate-calls"]),
    ],
    ids=lambda value: next(iter(value.values())) or next(iter(value)) if isinstance(value, dict) else "",
)
def test_what_is_wrong_with_the_settings_is_known_without_asking(
    desk: Desk, settings: dict[str, str], texts: list[str]
) -> None:
    good = {"ROCKETCHAT_URL": "http://127.0.0.1:9", "ROCKETCHAT_USER_ID": "someone", "ROCKETCHAT_AUTH_TOKEN": "x" * 43}
    told = failed(desk.at(**good).at(**settings).run("load"), 2, *texts)
    assert "s3cret-word" not in told
    assert not (desk.folder / "rc2graph-data").exists()


def test_every_verb_that_asks_wants_an_address(desk: Desk) -> None:
    for words in (["check"], ["collect", "--snapshot", "new.sqlite"]):
        failed(desk.run(*words), 2, "No Rocket.Chat address is set", "ROCKETCHAT_URL")
    assert not (desk.folder / "new.sqlite").exists()


@pytest.mark.parametrize(
    ("words", "texts"),
    [
        (["load", "--no-such"], ["--no-such"]),
        (["laod"], ["laod", "load"]),
        (["collect"], ["--snapshot"]),
        (["load", "--allow-removals", "many"], ["--allow-removals"]),
        (["load", "--allow-removals", "101"], ["--allow-removals"]),
        (["load", "--token", "abc"], ["--token"]),
    ],
    ids=lambda words: " ".join(words),
)
def test_unknown_words_are_refused_with_a_hint(desk: Desk, words: list[str], texts: list[str]) -> None:
    said = desk.run(*words)
    assert (said.code, said.out) == (2, "")
    assert "Traceback" not in said.err
    assert "-h' for help" in said.err
    for text in texts:
        assert text in said.err


@pytest.mark.parametrize(
    ("words", "texts"),
    [
        (["query"], ["--list"]),
        (["query", "adminstrators"], ["'adminstrators'", "administrators"]),
        (["query", "MATCH (n) RETURN n", "-p", "x"], ["'x' is no parameter", "name=value"]),
        (["query", "MATCH (n) RETURN n", "--json", "--csv"], ["exclude"]),
        (["query", "--file", "none.cypher"], ["none.cypher", "No such file"]),
        (["load", "--snapshot", "none.sqlite"], ["There is no snapshot none.sqlite", "rc2graph collect"]),
        (["check", "--url", "http://127.0.0.1:9", "--user-id", "me", "--token-file", "none"], ["none", "No such file"]),
        (["status", "--neo4j-uri", "localhost:7687"], ["NEO4J_URI", "bolt://localhost:7687"]),
        (["status", "--neo4j-uri", "bolt://localhost:7687"], ["NEO4J_PASSWORD is not set"]),
        (["status", "--neo4j-uri", "bolt://neo4j:s3cret-word@localhost"], ["NEO4J_PASSWORD"]),
    ],
    ids=lambda words: " ".join(words),
)
def test_what_else_is_wrong_before_anything_is_asked(desk: Desk, words: list[str], texts: list[str]) -> None:
    assert "s3cret-word" not in failed(desk.run(*words), 2, *texts)


@pytest.mark.parametrize("verb", [["load"], ["load", "--dry-run"]], ids=" ".join)
def test_a_home_that_cannot_be_written(desk: Desk, server: Simulator, verb: list[str]) -> None:
    (desk.folder / "taken").write_text("a file is in the place of the folder")
    for home in ("taken", "taken/below"):
        said = desk.at(server, RC2GRAPH_HOME=home).run(*verb)
        failed(said, 2, f"The folder {home} cannot be written", "There is a file in its place", "--home")
    assert server.log == [], "nobody is asked before that is known"


def test_a_snapshot_that_cannot_be_written(desk: Desk, server: Simulator) -> None:
    (desk.folder / "taken").write_text("a file is in the place of the folder")
    failed(desk.at(server).run("collect", "--snapshot", "taken/a.sqlite"), 2, "taken/a.sqlite cannot be written")
    failed(desk.at(server).run("collect", "--snapshot", "."), 2, "cannot be written")
    assert server.log == []


def test_a_finished_snapshot_is_not_written_over(desk: Desk, server: Simulator) -> None:
    at = desk.at(server)
    at.ok("collect", "--snapshot", "monday.sqlite")
    before = (desk.folder / "monday.sqlite").read_bytes()
    failed(at.run("collect", "--snapshot", "monday.sqlite"), 2, "finished already", "--overwrite")
    assert (desk.folder / "monday.sqlite").read_bytes() == before
    at.ok("collect", "--snapshot", "monday.sqlite", "--overwrite")
    assert (desk.folder / "monday.sqlite").read_bytes() != before


def test_port_of_the_simulator_in_use(desk: Desk) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        failed(desk.run("simulate", "--port", port), 2, f"Port {port} cannot be used", "--port")


@posix
@pytest.mark.parametrize(
    ("kind", "most", "texts"),
    [
        ("RLIMIT_NOFILE", 64, ["may not open as many files", "The limit is 64", "ulimit -n 1024"]),
        ("RLIMIT_AS", 20_000_000_000, ["gets no memory", "20.0 GB of addresses", "ulimit -v unlimited"]),
        ("RLIMIT_AS", 400_000_000, ["gets no memory", "ulimit -v unlimited"]),
    ],
)
def test_a_limit_of_this_process_is_named_and_no_disk(
    desk: Desk, loaded: Loaded, kind: str, most: int, texts: list[str]
) -> None:
    import resource

    def limit() -> None:
        resource.setrlimit(getattr(resource, kind), (most, most))

    told = failed(desk.at(None, loaded.engine).run("who", "admin", limit=limit), 7, *texts)
    assert "room" not in told


@posix
def test_a_limit_that_may_be_raised_is_no_failure(desk: Desk, loaded: Loaded) -> None:
    import resource

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))

    assert desk.at(None, loaded.engine).run("who", "admin", limit=limit).code == 0


# ---- 3, 4, 5: whatever the server answered


def ordinary(server: Simulator) -> dict[str, str]:
    user, token = server.issue_token("staff.12")
    return {"ROCKETCHAT_USER_ID": user, "ROCKETCHAT_AUTH_TOKEN": token}


def nobody(server: Simulator) -> dict[str, str]:
    return {}


def stranger(server: Simulator) -> dict[str, str]:
    return {"ROCKETCHAT_AUTH_TOKEN": "x" * 43}


def wrong_path(server: Simulator) -> dict[str, str]:
    return {"ROCKETCHAT_URL": server.url + "/wiki"}


def closed_port(server: Simulator) -> dict[str, str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return {"ROCKETCHAT_URL": f"http://127.0.0.1:{probe.getsockname()[1]}"}


def unknown_host(server: Simulator) -> dict[str, str]:
    return {"ROCKETCHAT_URL": "https://chat.invalid"}


def no_tls(server: Simulator) -> dict[str, str]:
    return {"ROCKETCHAT_URL": server.url.replace("http://", "https://")}


BAD_SERVERS: list[tuple[str, Callable[[Simulator], dict[str, str]], list[Fault], int, list[str]]] = [
    ("wrong token", stranger, [], 3, ["does not accept the user id and token", "Personal Access Tokens"]),
    ("token of an ordinary user", ordinary, [], 4, ["'view-all-teams'", "staff.12", "Workspace → Permissions"]),
    ("redirect", nobody, [Fault("redirect", times=-1, value="https://chat.example.org/api/info")], 5,
     ["redirects info to https://chat.example.org", "token would follow", "ROCKETCHAT_URL"]),
    ("html from a proxy", nobody, [Fault("html-200", times=-1)], 5, ["not Rocket.Chat's API", "proxy"]),
    ("html in the middle", nobody, [Fault("html-200", route="teams.members", times=-1)], 5,
     ["teams.members", "Tried ", "times in", "What was read is kept: within 6h the same command"]),
    ("a proxy without a server", nobody, [Fault("html-502", times=-1)], 5, ["status 502"]),
    ("wrong path", wrong_path, [], 5, ["/wiki", "path"]),
    ("truncated JSON", nobody, [Fault("truncated-honest", route="users.listByStatus", times=-1)], 5,
     ["users.listByStatus", "no data"]),
    ("broken off", nobody, [Fault("truncated", route="teams.listAll", times=-1)], 5, ["teams.listAll"]),
    ("total that does not fit", nobody, [Fault("lying-total", route="users.listByStatus", times=-1)], 5,
     ["users.listByStatus", "total"]),
    ("lost database", nobody, [Fault("400-database", times=-1)], 5, ["mongo"]),
    ("closed port", closed_port, [], 5, ["cannot be reached: it refuses connections", "Tried "]),
    ("unknown host", unknown_host, [], 5, ["https://chat.invalid cannot be reached", "its name"]),
    ("no TLS there", no_tls, [], 5, ["cannot be reached: that port does not speak TLS", "scheme and the port"]),
    ("endless 429", nobody, [Fault("neighbour-429", route="teams.members", times=-1)], 5,
     ["10 times in a row", "api-bypass-rate-limit", "What was read is kept: within 6h the same command"]),
    ("endless 429 of a proxy", nobody, [Fault("bare-429", route="me", times=-1)], 5,
     ["429", "not Rocket.Chat's", "proxy or firewall", "--rate-calls"]),
    ("silence", nobody, [Fault("stall", route="me", times=-1)], 5, ["did not answer in time"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("arranged", "faults", "code", "texts"), [row[1:] for row in BAD_SERVERS], ids=[row[0] for row in BAD_SERVERS]
)
def test_a_server_that_fails_leaves_the_graph_as_it_was(
    desk: Desk,
    loaded: Loaded,
    arranged: Callable[[Simulator], dict[str, str]],
    faults: list[Fault],
    code: int,
    texts: list[str],
) -> None:
    with Simulator(loaded.company, time_scale=600) as server:
        server.add(*faults)
        at = desk.at(server, loaded.engine, RC2GRAPH_RATE_PERIOD="0.1").at(**arranged(server))
        told = failed(at.run(*LOAD), code, *texts)
        assert at.settings["ROCKETCHAT_AUTH_TOKEN"] not in told
    assert picture(loaded.engine) == loaded.before


@pytest.mark.parametrize("request_number", [3, 9])
def test_a_token_that_is_revoked_on_the_way(desk: Desk, loaded: Loaded, server: Simulator, request_number: int) -> None:
    server.before(request_number, lambda workspace: workspace.revoke_token("svc.review"))
    failed(desk.at(server, loaded.engine).run(*LOAD), 3, "does not accept", "ROCKETCHAT_AUTH_TOKEN")
    assert picture(loaded.engine) == loaded.before


NEEDED = [
    *(("view-all-teams", version) for version in VERSIONS),
    *(("view-d-room", version) for version in VERSIONS[-2:]),
    ("view-full-other-user-info", OLDEST),
]


@pytest.mark.parametrize(("permission", "version"), NEEDED)
@pytest.mark.parametrize("when", ["before", "on the way"])
def test_each_needed_permission_is_named(desk: Desk, loaded: Loaded, permission: str, version: str, when: str) -> None:
    with Simulator(office(), version=version) as server:
        at = desk.at(server, loaded.engine)
        if when == "before":
            nobody_holds(permission)(server.workspace)
            said = at.run("check")
            assert said.code == 4
            assert re.search(rf"{permission} +needed +MISSING", said.out)
            assert permission in said.told
        else:
            server.before(6, nobody_holds(permission))
        failed(at.run(*LOAD), 4, repr(permission), "Workspace → Permissions")
    assert picture(loaded.engine) == loaded.before


def test_a_permission_that_goes_on_the_way_leaves_either_graph_alone(desk: Desk, engine: Engine) -> None:
    with Simulator(office()) as server:
        at = desk.at(server, engine)
        at.ok("load")
        before = picture(engine)
        server.before(len(server.log) + 7, nobody_holds("view-all-teams"))
        failed(at.run("load"), 4, "'view-all-teams'")
        assert picture(engine) == before


def nobody_holds(permission: str) -> Callable[[Workspace], None]:
    def take_away(workspace: Workspace) -> None:
        for role in list(workspace.permissions[permission]["roles"]):
            workspace.revoke(permission, role)

    return take_away


def test_http_to_another_machine_needs_a_word(desk: Desk, server: Simulator) -> None:
    """`127.0.0.1` needs none; the word lets any other through."""
    name = socket.gethostname()
    try:
        socket.getaddrinfo(name, None)
    except OSError:
        pytest.skip("this machine does not know its own name")
    at = desk.at(server, ROCKETCHAT_URL=f"http://{name}:9")
    failed(at.run("check"), 2, "unencrypted")
    failed(at.run("check", "--insecure-http"), 5, f"http://{name.lower()}:9 cannot be reached")


def test_i8_a_redirect_never_carries_the_token_to_another_host(desk: Desk, server: Simulator) -> None:
    heard: list[str] = []

    class Elsewhere(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.append(str(self.headers))
            self.send_error(500)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    with HTTPServer(("127.0.0.1", 0), Elsewhere) as elsewhere:
        threading.Thread(target=elsewhere.serve_forever, daemon=True).start()
        server.add(Fault("redirect", times=-1, value=f"http://127.0.0.1:{elsewhere.server_port}/api/info"))
        failed(desk.at(server).run("check"), 5, "redirects")
        elsewhere.shutdown()
    assert heard == []


# ---- 5: snapshots


def test_a_corrupt_snapshot(desk: Desk, loaded: Loaded, server: Simulator) -> None:
    at = desk.at(server, loaded.engine)
    at.ok("collect", "--snapshot", "good.sqlite", "--workspace", "office")
    at.settings["ROCKETCHAT_URL"] = ""
    snapshot = desk.folder / "good.sqlite"

    for change in (
        "UPDATE user SET active = 0 WHERE username = 'ana.admin'",
        "DELETE FROM has_role WHERE role_id = 'admin'",
        "DELETE FROM grants WHERE role_id = 'admin'",
        "DELETE FROM member WHERE user_id IN (SELECT id FROM user WHERE username = 'staff.01')",
    ):
        shutil.copy(snapshot, desk.folder / "changed.sqlite")
        with sqlite3.connect(desk.folder / "changed.sqlite") as db:
            db.execute(change)
        db.close()
        failed(at.run("load", "--snapshot", "changed.sqlite"), 5, "changed.sqlite is corrupt", "hash", "Collect again")

    (desk.folder / "cut.sqlite").write_bytes(snapshot.read_bytes()[: 5 * 4096])
    failed(at.run("load", "--snapshot", "cut.sqlite"), 5, "cut.sqlite")

    (desk.folder / "letter.sqlite").write_text("Dear auditor,\n" * 50)
    at.settings["ROCKETCHAT_URL"] = server.url
    for verb in ("load", "collect"):
        failed(at.run(verb, "--snapshot", "letter.sqlite"), 5, "letter.sqlite")
    assert (desk.folder / "letter.sqlite").read_text().startswith("Dear auditor")

    with sqlite3.connect(desk.folder / "other.sqlite") as db:
        db.execute("CREATE TABLE invoices (id)")
    db.close()
    for verb in ("load", "collect"):
        failed(at.run(verb, "--snapshot", "other.sqlite"), 5, "other.sqlite", "not a snapshot")

    (desk.folder / "empty.sqlite").touch()
    failed(at.run("load", "--snapshot", "empty.sqlite"), 5, "empty.sqlite")
    assert picture(loaded.engine) == loaded.before


def test_half_a_snapshot_is_not_loaded_and_can_be_gone_on_with(
    desk: Desk, embedded_engine: Engine, server: Simulator
) -> None:
    at = desk.at(server, embedded_engine)
    server.add(Fault("401", route="teams.members", nth=2))
    failed(at.run("collect", "--snapshot", "half.sqlite"), 3)
    failed(
        at.run("load", "--snapshot", "half.sqlite"), 5, "half.sqlite is unfinished", "rc2graph collect --snapshot half"
    )
    assert picture(embedded_engine).nodes == frozenset()
    at.ok("collect", "--snapshot", "half.sqlite")
    at.ok("load", "--snapshot", "half.sqlite")


def test_a_snapshot_of_another_workspace(desk: Desk, loaded: Loaded, server: Simulator) -> None:
    desk.at(server).ok("collect", "--snapshot", "porto.sqlite", "--workspace", "porto")
    at = desk.at(server, loaded.engine)
    failed(
        at.run("load", "--snapshot", "porto.sqlite"),
        5,
        "another workspace",
        "read from porto",
        f"asked for is {server.url}",
    )
    failed(at.run("load", "--snapshot", "porto.sqlite", "--workspace", "berlin"), 5, "asked for is berlin")
    assert picture(loaded.engine) == loaded.before


# ---- disk full


@posix
@pytest.mark.parametrize("pages", [8, 30])
def test_a_disk_that_fills_up(desk: Desk, loaded: Loaded, server: Simulator, pages: int) -> None:
    """No file may grow beyond some pages: to a program that looks like a full disk."""
    at = desk.at(server, loaded.engine)
    failed(at.run("collect", "--snapshot", "a.sqlite", limit=at_most(pages * 4096)), 5, "a.sqlite", "full")
    at.ok("collect", "--snapshot", "a.sqlite")
    assert picture(loaded.engine) == loaded.before


@posix
def test_a_disk_that_fills_up_during_a_large_answer_is_not_the_servers_fault(desk: Desk) -> None:
    with Simulator(sized(users=9_000, roles=14, teams=1, assignments=9_100, memberships=5)) as server:
        said = desk.at(server).run("collect", "--snapshot", "a.sqlite", limit=at_most(300_000))
    told = failed(said, 5, "disk may be full", "Make room")
    assert "cannot be reached" not in told


@posix
@pytest.mark.parametrize("size", [1_000_000, *(pytest.param(n, marks=pytest.mark.soak) for n in (300_000, 3_000_000))])
def test_a_disk_that_fills_up_while_the_embedded_graph_is_written(
    desk: Desk, embedded_engine: Engine, server: Simulator, size: int
) -> None:
    at = desk.at(server, embedded_engine)
    at.ok("collect", "--snapshot", "a.sqlite")
    said = at.run("load", "--snapshot", "a.sqlite", limit=at_most(size))
    assert (said.code, said.out) == (7, ""), said
    assert "rc2graph load --snapshot a.sqlite" in said.told
    at.ok("load", "--snapshot", "a.sqlite")
    assert present(embedded_engine) == truth(server.workspace)


def at_most(size: int) -> Callable[[], None]:
    import resource

    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


# ---- 7: the graph database


def test_nothing_was_loaded_yet(desk: Desk) -> None:
    for words in (["status"], ["query", "administrators"], ["status", "--json"]):
        failed(desk.run(*words), 7, "There is no graph in rc2graph-data yet", "rc2graph load")
    assert not (desk.folder / "rc2graph-data").exists()


def test_neo4j_is_down(desk: Desk, server: Simulator) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        uri = f"bolt://127.0.0.1:{probe.getsockname()[1]}"
    at = desk.at(server, NEO4J_URI=uri, NEO4J_PASSWORD="s3cret-word")
    for words in (["load"], ["status"], ["query", "administrators"]):
        assert "s3cret-word" not in failed(at.run(*words), 7, f"Neo4j at {uri} does not answer", "address and port")
    assert server.log == [], "the graph is reached before anything is asked"


def test_neo4j_that_goes_away_does_not_cost_the_reading(desk: Desk, server: Simulator) -> None:
    at = desk.at(server)
    at.ok("collect", "--snapshot", "a.sqlite")
    said = at.at(NEO4J_URI="bolt://127.0.0.1:9", NEO4J_PASSWORD="s3cret-word").run("load", "--snapshot", "a.sqlite")
    told = failed(said, 7, "does not answer", "rc2graph load --snapshot a.sqlite")
    assert re.search(r"(\)|TLS)\. Then", told), "two sentences, not one"


def test_wrong_password_and_unknown_database(
    desk: Desk, server: Simulator, neo4j_engine: Engine, neo4j_lts: Server
) -> None:
    at = desk.at(server, neo4j_engine)
    at.ok("load")
    before, asked = picture(neo4j_engine), len(server.log)
    for words in (["load"], ["status"]):
        wrong = at.at(NEO4J_PASSWORD="s3cret-word").run(*words)
        assert "s3cret-word" not in failed(wrong, 7, "does not accept the password", "NEO4J_PASSWORD")
        failed(at.at(NEO4J_DATABASE="accounts").run(*words), 7, "'accounts'", "NEO4J_DATABASE")
    assert len(server.log) == asked, "the graph is reached before anything is asked"
    assert picture(neo4j_engine) == before


# ---- whatever it was, the log holds no surprise


@pytest.mark.parametrize("words", [("check",), ("collect", "--snapshot", "a.sqlite"), ("load",)])
def test_on_success_a_quiet_run_prints_nothing(desk: Desk, server: Simulator, words: tuple[str, ...]) -> None:
    """So that cron sends no mail; what changed is in --json."""
    at = desk.at(server)
    said = at.run(*words, "--quiet")
    assert (said.code, said.out, said.err) == (0, "", "")
    assert json.loads(at.ok("load", "--quiet", "--json"))["counts"]["users"]


def test_quiet_means_only_what_went_wrong(desk: Desk, server: Simulator) -> None:
    server.add(Fault("401", times=-1))
    said = desk.at(server).run("check", "--quiet")
    assert said.err == said.told


@pytest.mark.parametrize("words", [["check", "--json"], ["load", "--json"], ["collect", "--json", "--snapshot", "a"]])
def test_a_failure_leaves_stdout_empty_for_machines_too(desk: Desk, server: Simulator, words: list[str]) -> None:
    failed(desk.at(server).at(ROCKETCHAT_AUTH_TOKEN="x" * 43).run(*words), 3, "does not accept")


def test_hostile_words_of_a_server_do_not_reach_the_terminal(desk: Desk, server: Simulator) -> None:
    server.add(Fault("400-database", times=-1, value="\x1b[2J\x1b]0;owned\x07 \u202eevil\n\nNext: rm -rf /"))
    said = desk.at(server).run("check")
    assert said.code == 5
    assert not set(said.err) & {"\x1b", "\x07", "\u202e"}
    assert sum(line.startswith("Next: ") for line in said.told.splitlines()) <= 1
