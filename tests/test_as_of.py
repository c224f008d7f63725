"""Who had access on a day that has passed: from a snapshot of then, else from what the graph remembers."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rc2graph.access.as_of import graph_of, remembered, snapshots_of
from rc2graph.access.target import ADMINISTRATOR, find_access
from rc2graph.access.visibility import Visibility
from rc2graph.access.who import Holders
from rc2graph.errors import UsageError
from rc2graph.graph.connect import WorkspaceGraph, connect
from tests.commands import Desk
from tests.engines import Engine
from tests.review import WORKSPACE
from tests.snapshots import World, loaded, snapshot

MARCH, APRIL, MAY, JUNE = (f"2026-0{month}-10T08:00:00.000Z" for month in (3, 4, 5, 6))


def spring() -> dict[str, World]:
    """ana is administrator all the time, bob until April, cleo left the company with the role, dan has it since May."""
    march = World()
    march.role("admin", "access-permissions")
    march.role("keys")
    march.user("ana", "admin")
    march.user("bob", "admin")
    march.user("cleo", "admin")
    march.user("dan", "keys")
    march.team("red", "ana", "bob")
    april = march.copy()
    april.user("bob")
    april.leave("red", "bob")
    april.grant("keys", "access-permissions")
    may = april.copy()
    may.user("dan", "admin", "keys")
    may.delete_user("cleo")
    may.join("red", "dan", "owner")
    return {MARCH: march, APRIL: april, MAY: may}


def told(found: Holders) -> set[tuple[str, str, str]]:
    return {(one.id, one.state, one.ways[0].through) for one in found.shown}


class Remembering:
    def __init__(self, graph: WorkspaceGraph) -> None:
        self.graph, self.visibility = graph, Visibility.of(graph)

    def who(self, access: str, day: str) -> Holders:
        found = find_access(self.graph, self.visibility, access)
        return remembered(self.graph, self.visibility, found, day, most=None)


@pytest.fixture
def memory(engine: Engine, tmp_path: Path):  # type: ignore[no-untyped-def]
    """A graph that saw the three months; of March it could not see who was in teams."""
    with connect(engine.target, write=True, wait=10) as opened:
        graph = opened.workspace(WORKSPACE)
        for at, world in spring().items():
            loaded(graph, world, tmp_path, at=at, allow_removals=100)
    with connect(engine.target, write=False, wait=10) as opened:
        graph = opened.workspace(WORKSPACE)
        yield Remembering(graph)


def test_the_graph_remembers_who_held_a_role(memory: Remembering) -> None:
    first = f"seen since the first load, {MARCH}"
    assert told(memory.who("admin", "2026-03-10")) == {
        ("ana", "active", first),
        ("bob", "active", f"{first}, until {APRIL}"),
        ("cleo", "former", f"{first}, until {MAY}"),
    }
    assert told(memory.who("admin", "2026-04-30")) == {
        ("ana", "active", first),
        ("cleo", "former", f"{first}, until {MAY}"),
    }
    assert told(memory.who("admin", "2026-06-01")) == {
        ("ana", "active", first),
        ("dan", "active", f"seen since {MAY}"),
    }


def test_the_graph_remembers_who_was_in_a_team(memory: Remembering) -> None:
    assert {one.id for one in memory.who("team:red", "2026-03-31").shown} == {"ana", "bob"}
    assert {one.id for one in memory.who("team:red", "2026-04-30").shown} == {"ana"}
    assert {one.id for one in memory.who("team:red", "2026-05-31").shown} == {"ana", "dan"}


def test_it_says_what_it_cannot_know(memory: Remembering) -> None:
    found = memory.who("admin", "2026-04-30")
    assert found.remembered
    assert found.as_of == APRIL
    assert f"the one of {APRIL}; the next is of {MAY}" in found.remarks[0]
    assert "What began and ended between two was never seen." in found.remarks[0]
    with pytest.raises(UsageError, match=r"Nothing is known of 2026-03-09") as refused:
        memory.who("admin", "2026-03-09")
    assert refused.value.why == f"The first load is of {MARCH}."
    with pytest.raises(UsageError, match="does not remember who had the permission access-permissions"):
        memory.who("access-permissions", "2026-04-30")


def test_what_a_load_could_not_see_is_not_visible_of_its_day(engine: Engine, tmp_path: Path) -> None:
    worlds = spring()
    with connect(engine.target, write=True, wait=10) as opened:
        graph = opened.workspace(WORKSPACE)
        loaded(graph, worlds[MARCH], tmp_path, at=MARCH, partial=["members"])
        loaded(graph, worlds[APRIL], tmp_path, at=APRIL, allow_removals=100)
    with connect(engine.target, write=False, wait=10) as opened:
        graph = opened.workspace(WORKSPACE)
        memory = Remembering(graph)
        assert memory.who("team:red", "2026-03-31").not_visible[0] == "team members: read in part"
        assert memory.who("team:red", "2026-04-30").not_visible == ()


def test_a_snapshot_of_that_day_knows_everything(tmp_path: Path) -> None:
    """Also what a role granted then, which the graph does not remember."""
    pytest.importorskip("arcadedb", exc_type=ImportError)
    from rc2graph.access.who import who

    (tmp_path / "snapshots").mkdir()
    for at, world in spring().items():
        snapshot(world, tmp_path / "snapshots" / f"{at[:7]}.sqlite", at=at).close()
    snapshot(spring()[MAY], tmp_path / "snapshots" / "other.sqlite", at=MARCH, workspace="other").close()
    assert snapshots_of("2026-03-09", tmp_path) == []
    assert [one.workspace for one in snapshots_of("2026-03-10", tmp_path)] == ["acme", "other"]
    ways = {}
    for day in ("2026-03-10", "2026-04-30", "2026-05-10"):
        with graph_of(snapshots_of(day, tmp_path, WORKSPACE)) as opened:
            graph = opened.workspace(WORKSPACE)
            found = who(graph, Visibility.of(graph), ADMINISTRATOR)
            ways[day] = {(one.id, way.by) for one in found.shown for way in one.ways}
    assert ways == {
        "2026-03-10": {("ana", "role"), ("bob", "role"), ("cleo", "role")},
        "2026-04-30": {("ana", "role"), ("cleo", "role"), ("dan", "tier A")},
        "2026-05-10": {("ana", "role"), ("dan", "role"), ("dan", "tier A")},
    }


def test_the_verbs_take_a_day(tmp_path: Path, embedded_engine: Engine) -> None:
    """From a snapshot where there is one of that day or before, else from the graph; `why` and `review` need one."""
    desk = Desk(tmp_path).at(engine=embedded_engine)
    home = embedded_engine.target.home
    (home / "snapshots").mkdir(parents=True)
    with connect(embedded_engine.target, write=True, wait=10) as opened:
        graph = opened.workspace(WORKSPACE)
        for at, world in spring().items():
            loaded(graph, world, tmp_path, at=at, allow_removals=100)
    said = desk.ok("who", "role:admin", "--as-of", "2026-03-31")
    assert "3 accounts held the role admin then." in said
    assert desk.ok("who", "role:admin", "--as-of", "20260331") == said, "one day, however it is written"
    for asked in (("why", "dan", "admin"), ("who", "admin"), ("who", "Administrator"), ("review",)):
        refused = desk.run(*asked, "--as-of", "2026-03-31")
        assert (refused.code, refused.out) == (2, ""), "who could become administrator is another question"
        assert "There is no finished snapshot of 2026-03-31 or before" in refused.told
        assert "There is none at all.\nNext: Name the folder with --home." in refused.told
        assert "rc2graph who role:admin --as-of 2026-03-31" in refused.told
    snapshot(spring()[APRIL], home / "snapshots" / "april.sqlite", at=APRIL).close()
    why = json.loads(desk.run("why", "dan", "admin", "--as-of", "2026-04-30", "--json", "--quiet").out)
    assert (why["asOf"], why["headline"]) == (APRIL, "dan.name can become administrator.")
    review = json.loads(desk.run("review", "becomes-administrator", "--as-of", "2026-05-31", "--json", "--quiet").out)
    assert [one["asOf"] for one in review["workspaces"]] == [APRIL]
    assert [row["user"] for row in review["questions"][0]["rows"]] == ["dan.name"]
    refused = desk.run("who", "admin", "--as-of", "June")
    assert (refused.code, refused.told) == (2, "'June' is no day.\nNext: Write it like --as-of 2026-06-01\n")
    ahead = (datetime.now(UTC) + timedelta(days=3)).date().isoformat()
    for asked in (("who", "role:admin"), ("who", "admin"), ("why", "dan", "admin"), ("review",)):
        refused = desk.run(*asked, "--as-of", ahead)
        assert (refused.code, refused.out) == (2, "")
        assert f"{ahead} has not come yet." in refused.told
        assert "Next: Name today or a day that has passed." in refused.told


def test_a_snapshot_knows_of_no_decisions_and_no_history(tmp_path: Path, embedded_engine: Engine) -> None:
    """invariants.md I12: a revocation that is outstanding is not "none" because a snapshot is asked, and no exit code
    says so."""
    desk = Desk(tmp_path).at(engine=embedded_engine)
    home = embedded_engine.target.home
    (home / "snapshots").mkdir(parents=True)
    with connect(embedded_engine.target, write=True, wait=10) as opened:
        graph = opened.workspace(WORKSPACE)
        loaded(graph, spring()[APRIL], tmp_path, at=APRIL)
    snapshot(spring()[APRIL], home / "snapshots" / "april.sqlite", at=APRIL).close()
    desk.ok("review", "--worksheet", "sheet.csv")
    sheet = tmp_path / "sheet.csv"
    lines = sheet.read_text(encoding="utf-8").splitlines()
    ana = next(line for line in lines if ",ana.name," in line)
    sheet.write_text("\n".join([lines[0], ana.removesuffix(",,,") + ",revoke,,"]), encoding="utf-8")
    desk.ok("attest", "sheet.csv", "--reviewer", "rob")
    asked = ("review", "revocations-outstanding", "undecided-privileged", "self-attested", "--fail-on", "high")
    assert desk.run(*asked, "--quiet").code == 10
    said = desk.run(*asked, "new-access", "ended-access", "new-accounts", "--as-of", "2026-05-01", "--json", "--quiet")
    assert said.code == 5
    found = json.loads(said.out)
    assert {one["name"]: (one["verdict"], one["rows"]) for one in found["questions"]} == dict.fromkeys(
        ("revocations-outstanding", "undecided-privileged", "self-attested", "new-access", "ended-access",
         "new-accounts"), ("not visible", None),
    )  # fmt: skip
    assert [text.partition(":")[0] for text in found["workspaces"][0]["notVisible"]][-2:] == ["decisions", "history"]
    for words in (["--open"], ["--worksheet", "then.csv"]):
        refused = desk.run("review", *words, "--as-of", "2026-05-01")
        assert (refused.code, refused.told.splitlines()[0]) == (2, "--worksheet and --open are about today.")
    assert not (tmp_path / "then.csv").exists()
