"""An access map holds everybody who has a thing, each with every path, and says what it leaves out."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

from rc2graph.access.access_map import AccessMap, access_map, map_of
from rc2graph.access.target import Access, find_access
from rc2graph.access.visibility import Visibility
from rc2graph.access.who import Holder, Holders, Way, who
from rc2graph.graph.connect import WorkspaceGraph, connect
from rc2graph.render import access_map as render
from rc2graph.simulator import demo_company
from tests.commands import Desk
from tests.engines import Engine
from tests.review import WORKSPACE, world_of
from tests.snapshots import loaded

DIRECT = Way("role", "admin", None, None, None, ())
ALONE = Way("tier A", "user", "access-permissions", "It rewrites the roles of permissions.", None, ())
TOGETHER = Way(
    "tier B", "ops", "change-setting-SMTP_Host", "Mail through a relay.", "mail is sent",
    (("manage-selected-settings", "keeper"),),
)  # fmt: skip


@pytest.fixture(scope="module")
def world() -> object:
    return world_of(demo_company(people=60))


@pytest.fixture
def graph(engine: Engine, world: object, tmp_path: Path) -> Iterator[WorkspaceGraph]:
    with connect(engine.target, write=True) as opened:
        loaded(opened, world, tmp_path / "world.sqlite")  # type: ignore[arg-type]
        yield opened.workspace(WORKSPACE)


def holders(found: AccessMap) -> set[tuple[str, str, frozenset[Way]]]:
    """(id, state, ways) of everybody in a map."""
    return {
        (one.id, group.state, frozenset(found.ways[n] for n in found.way_sets[one.ways]))
        for group in found.groups
        for one in group.people
    }


def people(*ways: tuple[Way, ...], state: str = "active", name: str = "person {n}") -> Holders:
    """A made-up answer: somebody for each of these."""
    shown = tuple(Holder(f"u{n}", f"user.{n:06}", name.format(n=n), state, each) for n, each in enumerate(ways))
    by = Counter(each[0].by for each in ways)
    return Holders("acme", None, Access("role", "admin", "admin"), shown, len(shown), {state: len(shown)}, by, (), ())


def data(html: str) -> dict[str, list[object]]:
    found = re.search(r'<script type="application/json">(.*?)</script>', html, re.DOTALL)
    assert found
    return json.loads(found[1])  # type: ignore[no-any-return]


def test_a_map_holds_who_has_it_and_every_path(graph: WorkspaceGraph) -> None:
    visibility = Visibility.of(graph)
    for name in ("admin", "role:helpdesk", "role:user", "view-c-room", "team:board", "room:board", "role:owner"):
        access = find_access(graph, visibility, name)
        every = who(graph, visibility, access, most=None)
        found = access_map(graph, visibility, access)
        assert holders(found) == {(one.id, one.state, frozenset(one.ways)) for one in every.shown}, name
        assert (found.about.total, found.about.states, found.about.remarks) == (
            every.total,
            every.states,
            every.remarks,
        )
        assert holders(map_of(every)) == holders(found)
        ends = {trail[-1] for trail in chain.from_iterable(found.trails)}
        assert ends <= {len(found.nodes) - 1}, "every trail ends at what they have"


def test_people_who_have_it_in_the_same_way_stand_together() -> None:
    found = map_of(people((DIRECT,), (ALONE,), (ALONE, TOGETHER), (DIRECT, ALONE), (TOGETHER,)))
    groups = [([one.id for one in group.people], found.ways[group.way].by) for group in found.groups]
    assert groups == [(["u0", "u3"], "role"), (["u1", "u2"], "tier A"), (["u4"], "tier B")]
    names = [(node.kind, node.name) for node in found.nodes]
    assert names[:4] == [("role", "admin"), ("role", "user"), ("role", "ops"), ("role", "keeper")]
    assert {(names[edge.start][1], names[edge.end][1], edge.by) for edge in found.edges()} == {
        ("admin", "administrator", "role"),
        ("user", "access-permissions", "tier A"), ("access-permissions", "administrator", "tier A"),
        ("ops", "change-setting-SMTP_Host", "tier B"), ("change-setting-SMTP_Host", "administrator", "tier B"),
        ("keeper", "manage-selected-settings", "tier B"), ("manage-selected-settings", "administrator", "tier B"),
    }  # fmt: skip


def test_a_page_of_a_hundred_thousand_stays_small_and_says_what_it_leaves_out() -> None:
    everybody = map_of(people(*[(ALONE,)] * 100_000))
    html = "".join(render.page(everybody))
    assert len(html.encode()) < 5_000_000
    (group,) = data(html)["groups"]
    assert isinstance(group, dict)
    assert (len(group["people"]), group["left"]) == (100_000, 0)
    assert "100,000 accounts by user → access-permissions" in html

    long = map_of(people(*[(ALONE,)] * 100_000, name="a very long name, " * 5 + "{n}"))
    html = "".join(render.page(long))
    assert len(html.encode()) < 5_000_000
    (group,) = data(html)["groups"]
    assert isinstance(group, dict)
    assert len(group["people"]) + group["left"] == 100_000
    assert f"The names of {group['left']:,} of 100,000 accounts are left out" in html


def test_hostile_names_are_data() -> None:
    name = "</script><script>alert(1)</script>\u202e&<!--'\"{n}"
    html = "".join(render.page(map_of(people((DIRECT,), (ALONE,), name=name))))
    assert html.count("<script") == 2, "ours, and the data"
    assert "<script>alert" not in html
    assert "\u202e" not in html
    first = data(html)["groups"][0]
    assert isinstance(first, dict)
    assert first["people"][0][1].startswith("</script><script>alert(1)</script>")


def test_the_command_writes_a_page(engine: Engine, world: object, tmp_path: Path) -> None:
    with connect(engine.target, write=True) as opened:
        loaded(opened, world, tmp_path / "world.sqlite")  # type: ignore[arg-type]
    desk = Desk(tmp_path).at(None, engine)
    said = desk.ok("who", "admin", "--html", "map.html")
    assert re.search(r"^\d+ accounts are or can become administrator\.\nWritten: map.html\n", said)
    again = desk.run("who", "admin", "--html", "map.html")
    assert (again.code, "is there already" in again.told) == (2, True)
    desk.ok("who", "team:board", "--html", "map.html", "--overwrite")
    for words in (("--json",), ("--csv",), ("--all",)):
        assert desk.run("who", "admin", "--html", "more.html", *words).code == 2
    nobody = desk.run("who", "role:nobody", "--html", "none.html")
    assert (nobody.code, (tmp_path / "none.html").exists()) == (2, False)
