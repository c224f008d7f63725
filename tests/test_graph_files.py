"""The files of the embedded graph: damaged ones are never believed, and what was removed is not in them any more."""

import json
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import neo4j.exceptions
import pytest

from rc2graph.access.visibility import Visibility
from rc2graph.config import GraphTarget
from rc2graph.errors import GraphError, UsageError
from rc2graph.graph import files, fingerprint
from rc2graph.graph.connect import Graph, connect
from rc2graph.graph.fingerprint import DamagedGraphError
from rc2graph.retention.prune import prune
from rc2graph.retention.purge import purge
from rc2graph.simulator import demo_company
from tests.commands import Desk, present, truth
from tests.engines import Engine
from tests.faults import Simulator
from tests.snapshots import Time, ask, loaded
from tests.test_forget import JANUARY, MAY, NAMES, decided, gone, load_all, shelved, worlds

Dumped = list[str]


@pytest.fixture
def target(embedded_engine: Engine) -> GraphTarget:
    """A graph with history, decisions, and things of others on it."""
    with connect(embedded_engine.target, write=True) as graph:
        load_all(graph, shelved(embedded_engine.target.home))
        decided(graph)
        ask(
            graph,
            """MATCH (u:User {id: 'ana'})
               SET u:Watched, u.note = 'line' + '\n' + 'line', u.ratio = 0.5, u.big = 4611686018427387904, u.on = true,
                   u.lists = [1, 2], u.none = [], u.day = date('2026-01-02')
               CREATE (u)-[:SAID {n: 1}]->(:Ticket:`Odd name` {id: 't1'})<-[:SAID]-(u)
               CREATE (u)-[:SELF]->(u) CREATE ({id: 'bare'})""",
        )
    return embedded_engine.target


def dumped(graph: Graph) -> Dumped:
    """Everything that is there, by what it says and not by where it lies."""
    nodes = ask(graph, "MATCH (n) RETURN labels(n) AS labels, properties(n) AS p")
    ends = "RETURN properties(a) AS a, type(e) AS t, properties(e) AS p, properties(b) AS b"
    edges, back = (ask(graph, f"MATCH {way} {ends}") for way in ("(a)-[e]->(b)", "(b)<-[e]-(a)"))
    assert _sorted(edges) == _sorted(back)
    return _sorted(nodes) + _sorted(edges)


def _sorted(rows: list[dict[str, Any]]) -> Dumped:
    return sorted(repr([(name, _plain(value)) for name, value in row.items()]) for row in rows)


def _plain(value: Any) -> Any:
    match value:
        case dict():
            return sorted(value.items())
        case list():
            return sorted(value)
    return value


def read(target: GraphTarget) -> Dumped:
    with connect(target, write=False) as graph:
        return dumped(graph)


def file_of(target: GraphTarget, begin: str, end: str) -> Path:
    (found,) = fingerprint.database(target.home).glob(f"{begin}.*{end}")
    return found


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def changed(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


Damage = Callable[[Path], None]
DAMAGED: list[tuple[str, Damage]] = [
    ("Role_0_in_edges", emptied),
    ("User_0_out_edges", Path.unlink),
    ("FormerUser_0_in_edges", changed),
    ("User_0", changed),
    ("HAD_ROLE_0", emptied),
    ("Attestation_0", Path.unlink),
    ("User_0_*.*idx", emptied),
    ("dictionary", changed),
    ("schema.json", emptied),
]


# ---- damaged


@pytest.mark.parametrize(("name", "damage"), DAMAGED, ids=[f"{name}-{how.__name__}" for name, how in DAMAGED])
def test_no_damaged_file_is_believed_whatever_it_holds(target: GraphTarget, name: str, damage: Damage) -> None:
    path = next(fingerprint.database(target.home).glob(name if "." in name else f"{name}.*"))
    damage(path)
    for write in (False, True):
        with pytest.raises(DamagedGraphError) as refused, connect(target, write=write):
            pass
        assert refused.value.exit_code == 7
        assert path.name in refused.value.why
        assert "killed" not in refused.value.why, "the last one who wrote has closed it"
        assert f"rc2graph load --verify --home {target.home}" in refused.value.next_step


def test_what_only_the_lists_of_nodes_said_is_made_anew_from_the_edges(target: GraphTarget) -> None:
    before = read(target)
    for begin in ("Role_0_in_edges", "User_0_out_edges", "FormerUser_0_out_edges"):
        emptied(file_of(target, begin, "bucket"))
    with connect(target, write=False, mend=True) as graph:
        assert Visibility.of(graph.workspace("acme")).missing("users"), "nothing is relied on before a load"
        told = dumped(graph)
    assert len(told) == len(before)
    assert [line for line in told if "Workspace" not in line] == [line for line in before if "Workspace" not in line]
    assert not [line for line in told if "historySince" in line], "nothing was lost"
    (aside,) = fingerprint.put_aside(target.home)
    assert (aside / fingerprint.DATABASE).is_dir()
    assert [line for line in read(target) if "Attestation" in line], "once is enough"


def test_what_is_lost_is_counted_and_history_begins_anew(target: GraphTarget, caplog: pytest.LogCaptureFixture) -> None:
    emptied(file_of(target, "HAD_ROLE_0", "bucket"))
    with connect(target, write=True, mend=True) as graph:
        assert ask(graph, "MATCH (w:Workspace) RETURN w.historySince > '2026-06' AS later, w.lastSyncId AS last") == [
            {"later": True, "last": None}
        ]
        loaded(graph, worlds()[MAY], target.home, at=MAY, verify=True)
        assert Visibility.of(graph.workspace("acme")).missing("users") == ()
    assert "Lost: 2 HAD_ROLE." in caplog.text


@pytest.mark.parametrize("left", [None, "", "{}", '{"files": {}, "records": {}}'])
def test_a_graph_without_a_fingerprint_is_checked_by_the_engine(target: GraphTarget, left: str | None) -> None:
    """That of a killed run, or of a version that made none; or the fingerprint itself is damaged."""
    mark = fingerprint.folder(target.home) / fingerprint.FINGERPRINT

    def lost() -> None:
        if left is None:
            mark.unlink()
        else:
            mark.write_text(left)

    lost()
    assert read(target)
    assert len(mark.read_text()) > 100
    lost()
    emptied(file_of(target, "Role_0_in_edges", "bucket"))
    for write in (False, True):
        with pytest.raises(DamagedGraphError, match="damaged") as refused, connect(target, write=write):
            pass
        assert "A load that was killed may have left them so" in refused.value.why
    assert not mark.exists() or mark.read_text() == left


def test_files_that_cannot_be_opened_are_put_aside_by_hand(target: GraphTarget) -> None:
    file_of(target, "dictionary", "dict").unlink()
    with pytest.raises(DamagedGraphError, match="cannot be opened") as refused, connect(target, write=True, mend=True):
        pass
    at = fingerprint.folder(target.home)
    assert f"mv {at} {at}.damaged-by-hand && rc2graph load --home {target.home}" in refused.value.next_step


def test_what_the_message_says_can_be_typed_and_all_is_well(embedded_engine: Engine, tmp_path: Path) -> None:
    company = demo_company(people=60)
    with Simulator(company) as server:
        desk = Desk(tmp_path).at(server, embedded_engine)
        desk.ok("load")
        (snapshot,) = (embedded_engine.target.home / "snapshots").glob("*.sqlite")
        asked = [("who", "admin"), ("query", "no-administrator"), ("status", "--check"), ("load",)]
        asked += [("load", "--snapshot", str(snapshot)), ("load", "--dry-run", "--verify")]
        before = json.loads(desk.ok("who", "admin", "--json"))
        checked = json.loads(desk.ok("status", "--check", "--json"))["check"]
        assert checked["edges"] > 1000
        emptied(file_of(embedded_engine.target, "Role_0_in_edges", "bucket"))
        for words in asked:
            said = desk.run(*words)
            assert (said.code, said.out) == (7, ""), words
            assert "Role_0_in_edges" in said.told
        line = said.told.split("Next: ")[1].splitlines()[0].partition(". Then")[0]
        mended = desk.run(*shlex.split(line)[1:])
        assert mended.code == 0, mended
        assert "damaged files are in" in mended.err
        after = json.loads(desk.ok("who", "admin", "--json"))
        assert {**after, "asOf": None} == {**before, "asOf": None}
        assert present(embedded_engine) == truth(company)
        assert json.loads(desk.ok("status", "--check", "--json"))["check"]["edges"] == checked["edges"]


# ---- written anew


@pytest.fixture
def home(target: GraphTarget) -> Path:
    return target.home


def holding(home: Path, *texts: str) -> set[tuple[str, str]]:
    """Which file of the home has which of these texts in it, as any of the encodings that an engine may use."""
    return {
        (path.relative_to(home).as_posix(), text)
        for path in home.rglob("*")
        if path.is_file()
        for text in texts
        for encoding in ("utf-8", "utf-16-le", "utf-16-be")
        if text.lower().encode(encoding) in path.read_bytes().lower()
    }


LAST_LOGIN = "2025-12-24T17:31:09.417Z"


def test_who_is_forgotten_is_in_no_byte_of_the_home(embedded_engine: Engine) -> None:
    """After loads in which she was an account, then one that has left; with a decision about her and one of hers."""
    home = embedded_engine.target.home
    of = worlds()
    for world in of.values():
        if "r1" in world.users:
            world.change("r1", last_login=LAST_LOGIN)
    with connect(embedded_engine.target, write=True) as graph:
        paths = shelved(home, of=of)
        load_all(graph, paths)
        decided(graph)
        ask(graph, "MATCH (a:Attestation {id: 'd1'}) SET a.note = 'Rita.Retired leaves in May'")
        loaded(graph, of[MAY], home.parent, at="2026-06-11T08:00:00.000Z")
    words = (*NAMES, LAST_LOGIN)
    assert {text for _, text in holding(home, *words)} == set(words)
    with connect(embedded_engine.target, write=True) as graph:
        gone(graph, home)
        before = dumped(graph)
    assert holding(home, *words) == set()
    assert read(embedded_engine.target) == before
    assert holding(home, "ana", "forgotten-1"), "who looks, finds"


@pytest.mark.parametrize("verb", ["purge", "prune"])
def test_what_is_purged_or_pruned_is_in_no_byte_of_the_graph(target: GraphTarget, verb: str) -> None:
    now = Time()
    with connect(target, write=True) as graph:
        load_all(graph, shelved(target.home / "other", "other", of={JANUARY: worlds("olga.other")[JANUARY]}), "other")
        if verb == "purge":
            purge(graph.workspace("acme"), clock=now.clock, sleep=now.sleep)
        else:
            ask(graph, "MATCH (a:Attestation) DETACH DELETE a")
            prune(graph.workspace("acme"), "2026-05-20T00:00:00.000Z", decisions=True, clock=now.clock, sleep=now.sleep)
    held = holding(target.home, "rita.retired", "bobby", "olga.other")
    found = {text for path, text in held if path.startswith("graph/")}
    assert found == ({"olga.other"} if verb == "purge" else {"olga.other", "bobby"})


def test_a_graph_that_is_written_anew_is_the_same(target: GraphTarget) -> None:
    before = read(target)
    with connect(target, write=True) as graph:
        graph.erase_removed()
    assert read(target) == before
    with connect(target, write=True) as graph:
        with pytest.raises(neo4j.exceptions.ConstraintError):
            ask(graph, "CREATE (:User {workspace: 'acme', id: 'ana'})")
        loaded(graph, worlds()[MAY], target.home, at="2026-06-11T08:00:00.000Z")


def _unmarked(home: Path) -> None:
    """Killed before the first record was copied."""


def _half_a_copy(home: Path) -> None:
    shutil.copytree(fingerprint.folder(home), fingerprint.new(home))
    (fingerprint.new(home) / fingerprint.FINGERPRINT).unlink()


def _a_whole_copy(home: Path) -> None:
    shutil.copytree(fingerprint.folder(home), fingerprint.new(home))


def _between_the_renames(home: Path) -> None:
    fingerprint.folder(home).rename(fingerprint.old(home))
    shutil.copytree(fingerprint.old(home), fingerprint.new(home))
    (fingerprint.new(home) / fingerprint.REMOVED).unlink()


def _after_the_renames(home: Path) -> None:
    shutil.copytree(fingerprint.folder(home), fingerprint.old(home))
    (fingerprint.folder(home) / fingerprint.REMOVED).unlink()


@pytest.mark.parametrize("write", [False, True], ids=["read", "written"])
@pytest.mark.parametrize("state", [_unmarked, _half_a_copy, _a_whole_copy, _between_the_renames, _after_the_renames])
def test_i4_killed_at_any_step_the_next_one_ends_it(
    target: GraphTarget, state: Callable[[Path], None], write: bool
) -> None:
    before, home = read(target), target.home
    files.mark_removed(home)
    state(home)
    with connect(target, write=write) as graph:
        assert dumped(graph) == before
    assert sorted(path.name for path in home.iterdir()) == ["graph", "graph.lock", "snapshots"]
    assert not (fingerprint.folder(home) / fingerprint.REMOVED).exists()


def test_a_full_disk_hinders_nobody_who_reads(
    target: GraphTarget, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    before = read(target)
    files.mark_removed(target.home)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(files, "copied", full)
        assert read(target) == before
        assert "No space left on device" in caplog.text
        with pytest.raises(GraphError, match="could not be written anew"), connect(target, write=True):
            pass
    assert read(target) == before
    assert not (fingerprint.folder(target.home) / fingerprint.REMOVED).exists()


def test_a_damaged_graph_that_was_put_aside_is_named_before_somebody_is_forgotten(target: GraphTarget) -> None:
    emptied(file_of(target, "User_0_out_edges", "bucket"))
    with connect(target, write=True, mend=True) as graph:
        with pytest.raises(UsageError, match="put aside") as refused:
            gone(graph, target.home)
        assert f"rm -r {fingerprint.put_aside(target.home)[0]}" in refused.value.next_step
