"""Tiers and ways to administrator: the catalogue against the facts it was made from, and the graph against both."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rc2graph.catalogue import Entry, catalogue
from rc2graph.graph import plan as planning
from rc2graph.graph.connect import Graph, connect
from rc2graph.graph.escalations import hands_out, judgement, ways
from rc2graph.graph.handed_out import EscalationPath, Grant
from rc2graph.graph.statements import described, names
from rc2graph.model import Permission
from rc2graph.release import Release
from rc2graph.reviews.questions import named, shipped
from tests.engines import Engine
from tests.snapshots import Killed, Time, Watched, World, ask, company, current, everything, expected, loaded

FACTS = json.loads((Path(__file__).parent / "data" / "permission_facts.json").read_text(encoding="utf-8"))
UNCHANGED = ["load/acquire", "load/renew", "load/sync"]


@pytest.fixture
def graph(engine: Engine) -> Iterator[Graph]:
    with connect(engine.target, write=True) as graph:
        yield graph


@pytest.fixture
def embedded(embedded_engine: Engine) -> Iterator[Graph]:
    with connect(embedded_engine.target, write=True) as graph:
        yield graph


# ---- the catalogue ----


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact["id"])
def test_the_catalogue_says_what_the_facts_say(fact: dict[str, Any]) -> None:
    entry = {entry.id: entry for entry in catalogue().entries}[fact["id"]]
    assert (entry.tier, entry.condition) == (fact["tier"], fact.get("condition"))
    for told, said in ((entry.since, fact.get("from")), (entry.until, fact.get("until"))):
        known, wanted = Release.of(told), Release.of(said)
        assert wanted is None or (known is not None and known.order(wanted) == 0), "as precise as it was read"
    assert entry.precaution == (fact["id"] == "role:bot")
    if entry.tier != "B" or entry.precaution:
        assert list(entry.needs) == fact["needs"]
        assert entry.alternatives == ()
        return
    wanted = {tuple(fact["needs"]), *map(tuple, fact.get("alternatives", []))} - {(), ("role:bot",)}
    plain = [way for way in entry.alternatives if not way.hands_out and not way.with_setting]
    told = "any non-admin role holds an A permission" in (entry.condition or "")
    assert sum(bool(way.hands_out) for way in entry.alternatives) == told
    if entry.id == "manage-selected-settings":
        assert wanted == {("change-setting-Accounts_Registration_Users_Default_Roles",)}
        assert [way.with_setting for way in entry.alternatives] == [True]
    elif wanted:
        assert {way.needs for way in plain} == wanted
    else:
        assert [way.condition for way in plain] == [entry.condition] * (not told)


def test_each_line_says_where_and_in_which_release_it_was_read() -> None:
    found = catalogue()
    assert found.version.count(".") == 2
    assert len({(entry.id, entry.since) for entry in found.entries}) == len(found.entries) > 172
    for entry in found.entries:
        assert entry.versions.strip("0123456789. -") == ""
        assert entry.versions.startswith(("7.", "8.", "9."))
        assert "/" in entry.source or entry.source.startswith(("OA ", "CS ", "read in source"))
        assert ".." not in entry.source
        assert entry.how.endswith(".")
        assert "\n" not in entry.how
        assert entry.tier in ("A", "B", "C", None)
        assert ("*" in entry.id) == entry.pattern
        keys = [way.key for way in entry.alternatives]
        assert len(set(keys)) == len(keys)
        assert entry.tier == "B" or not keys
        for way in entry.alternatives:
            assert way.needs or way.condition or way.hands_out or way.with_setting
            assert all((known := found.entry(id_)) and known.tier for id_ in way.needs)


def test_every_id_of_a_fresh_server_is_assessed() -> None:
    from rc2graph.simulator.defaults import default_permissions

    assert [id_ for id_ in default_permissions() if catalogue().entry(id_) is None] == []


def test_looking_up() -> None:
    found = catalogue()
    longest = found.entry("change-setting-Accounts_OAuth_Custom-Acme-merge_roles")
    assert longest is not None
    assert longest.id == "change-setting-Accounts_OAuth_Custom-*-merge_roles"
    exact = found.entry("change-setting-SAML_Custom_Default_cert")
    assert exact is not None
    assert not exact.pattern
    assert found.entry("role:bot") is None, "a role is no permission"
    for unknown in ("change-setting-Accounts_OAuth_Custom-Acme-button_color", "change-setting-Site_Name", "x", ""):
        assert found.entry(unknown) is None
    assert set(found.tier_a()) == {fact["id"] for fact in FACTS if fact["tier"] == "A"}


def test_a_reason_says_its_condition() -> None:
    info = judgement(catalogue().entry("edit-other-user-info"))
    assert info.tier == "A"
    assert info.how is not None
    assert "skips the second factor. Condition: mail works" in info.how
    room = judgement(catalogue().entry("edit-room"))
    assert room.how is not None
    assert "Needs create-c too. Condition: only when" in room.how
    assert judgement(None) == (None, None)


# ---- the ways ----


def ways_of(*permissions: str) -> dict[tuple[str, str | None], tuple[str, ...] | None]:
    return {key: way.needs for key, way in ways(catalogue(), permissions, ()).items()}


def by_handing_out(*permissions: str, **roles: str) -> dict[str, EscalationPath]:
    """The ways of whoever holds the first of these, where these roles grant these; no role carries the id `gone`."""
    grants = [Grant(id_, id_.title(), key, id_ != "gone") for id_, keys in roles.items() for key in keys.split()]
    found = ways(catalogue(), permissions, grants).items()
    return {key: way for (id_, key), way in found if key and id_ == permissions[0] and hands_out(key)}


def test_tier_a_alone_and_tier_b_with_what_it_needs() -> None:
    assert ways_of("access-permissions", "view-all-teams", "x", "role:bot") == {("access-permissions", None): None}
    found = ways_of("assign-admin-role")
    assert found == {("assign-admin-role", need): (need,) for need in ("assign-roles", "create-user")}
    assert ways_of("user-generate-access-token") == {("user-generate-access-token", "condition"): ()}
    token = ways(catalogue(), ["user-generate-access-token"], [])["user-generate-access-token", "condition"]
    assert "CREATE_TOKENS_FOR_USERS_SECRET" in (token.condition or "")


def test_handing_out_a_role_needs_a_role_to_hand_out() -> None:
    assert ways_of("create-user") == {("create-user", "assign-admin-role"): ("assign-admin-role",)}
    found = by_handing_out("create-user", "run-import", importer="run-import", editor="run-import")
    assert {key: way[::2] for key, way in found.items()} == {"role-with-tier-a": ((), None)}
    how = found["role-with-tier-a"].how
    assert "creates an account with the role Editor, which grants run-import. With that: import.addUsers" in how
    assert how.endswith("Other roles that give all it takes: Importer.")
    many = by_handing_out("create-user", "run-import", **{f"r{number:02}": "run-import" for number in range(13)})
    assert many["role-with-tier-a"].how.endswith("R09, R10 and 2 more.")


SETTINGS = ("manage-selected-settings", "change-setting-SMTP_Host")
MADE, GIVEN = (f"{way.hands_out} " for id_ in ("create-user", "assign-roles")
               for way in (catalogue().entry(id_) or pytest.fail(id_)).alternatives if way.hands_out)  # fmt: skip
OWN = "the holder passes their own second factor"


def test_all_parts_of_a_combination_in_one_role_or_spread_over_several() -> None:
    one = by_handing_out("create-user", *SETTINGS, ops=" ".join(SETTINGS), a=SETTINGS[0], b=SETTINGS[1])
    key = "roles-with-tier-b"
    assert {key: way[::2] for key, way in one.items()} == {key: ((), None)}
    assert one[key].how.startswith(
        MADE + f"the role Ops, which grants {SETTINGS[1]} and {SETTINGS[0]}. With that: Outgoing"
    )
    spread = by_handing_out("create-user", *SETTINGS, a=SETTINGS[0], b=SETTINGS[1], c=SETTINGS[1])
    assert spread[key].how.startswith(
        MADE
        + f"the role A, which grants {SETTINGS[0]}, and the role B, which grants {SETTINGS[1]}. With them: Outgoing"
    )
    assert by_handing_out("create-user", *SETTINGS, a=SETTINGS[0]) == {}


def test_what_is_given_to_oneself_adds_to_what_is_held_and_a_new_account_has_nothing_else() -> None:
    parts = ("assign-roles", "assign-admin-role", "create-user")
    roles = {"giver": "assign-roles", "maker": "create-user", "key": "assign-admin-role"}
    ((key, given),) = by_handing_out(*parts, **roles).items()
    assert (key, given.condition) == ("roles-with-tier-b", OWN)
    assert given.how.startswith(GIVEN + "the role Key, which grants assign-admin-role. With that: users.update on")
    ((key, made),) = by_handing_out(*parts[::-1], **roles).items()
    assert (key, made.condition) == ("roles-with-tier-b", None)
    assert made.how.startswith(
        MADE + "the role Key, which grants assign-admin-role, and the role Maker, which grants create-user. With them: "
    )


def test_each_condition_is_said_and_none_where_it_can_be_done_without() -> None:
    found = by_handing_out("assign-roles", "manage-apps", "manage-oauth-apps", "edit-privileged-setting",
                           one="manage-apps", two="manage-oauth-apps")  # fmt: skip
    assert {key: (way.condition or "")[:56] for key, way in found.items()} == {
        "role-with-tier-a:manage-apps": f"{OWN}; private apps ",
        "roles-with-tier-b:manage-oauth-apps": f"{OWN}; an administra",
    }  # fmt: skip
    plain = by_handing_out("assign-roles", "manage-apps", "edit-privileged-setting",
                           one="manage-apps", two="edit-privileged-setting")  # fmt: skip
    assert {key: way.condition for key, way in plain.items()} == {"role-with-tier-a": OWN}


def test_what_only_a_dead_role_id_grants_has_to_be_held_already() -> None:
    found = by_handing_out("assign-roles", *SETTINGS, gone=SETTINGS[0], b=SETTINGS[1])
    assert [(way.needs, way.condition) for way in found.values()] == [((SETTINGS[0],), OWN)]
    assert by_handing_out("assign-roles", *SETTINGS, gone=" ".join(SETTINGS)) == {}, "nothing of it is handed out"
    found = by_handing_out("assign-roles", *SETTINGS, "run-import", gone=SETTINGS[0], b=SETTINGS[1], c="run-import")
    assert list(found) == ["role-with-tier-a"], "which needs nothing besides"


def test_names_of_roles_cannot_pass_for_others() -> None:
    grants = [Grant("x", "Admin", "run-import", True), Grant("y", "two ", "run-import", True),
              Grant("z", "two", "run-import", True), Grant("v", " ", "run-import", True),
              Grant("w", "long" * 99, "run-import", True)]  # fmt: skip
    how = ways(catalogue(), ["create-user", "run-import"], grants)["create-user", "role-with-tier-a"].how
    assert "with the role Admin (id x), which grants" in how
    assert how.endswith(f": {('long' * 15)[:59]}…, two (id y), two (id z), v.")


def test_settings_and_the_permission_to_change_them_need_each_other() -> None:
    smtp, title = "change-setting-SMTP_Port", "change-setting-Layout_Home_Title"
    assert ways_of(smtp, title, "change-setting-API_Enable_CORS", "manage-selected-settings") == {
        ("manage-selected-settings", smtp): (smtp,), (smtp, "manage-selected-settings"): ("manage-selected-settings",),
    }  # fmt: skip
    assert ways_of("manage-selected-settings") == {}


# ---- the graph ----


def powers() -> World:
    """Company with ways of each kind."""
    world = company()
    for permission in ("access-permissions", "edit-other-user-info", "create-user", "assign-roles", "create-c"):
        world.grant("admin", permission)
    world.role("editor", "edit-other-user-info", "edit-other-user-password", name="Editor")
    world.role("helpdesk", "create-user")
    world.role("maker", "assign-admin-role", "edit-room")
    world.grant("ghost", "access-permissions")
    world.grant("auditor", "my-own-permission")
    world.permissions["change-setting-SMTP_Host"] = Permission("change-setting-SMTP_Host", "SMTP_Host", ("maker",))
    world.permissions["change-setting-CDN_PREFIX"] = Permission("change-setting-CDN_PREFIX", "CDN_PREFIX", ())
    world.user("flo", "helpdesk", "maker")
    world.user("gus", "helpdesk")
    world.user("hal", "maker", active=False)
    world.user("ivy", "editor", service_account=True)
    world.user("jon", "owner")
    world.grant("owner", "edit-room")
    return world


def edges(graph: Graph) -> dict[tuple[str, str | None], dict[str, Any]]:
    rows = ask(graph, """MATCH (p:Permission {workspace: 'acme'})-[e:ESCALATES_TO|ESCALATES_WITH]->(:Role {id: 'admin'})
                         RETURN p.id AS id, type(e) AS t, properties(e) AS p""")  # fmt: skip
    assert all((row["t"] == "ESCALATES_WITH") == ("key" in row["p"]) == ("needs" in row["p"]) for row in rows)
    return {(row["id"], row["p"].pop("key", None)): row["p"] for row in rows}


def test_what_is_in_the_graph(graph: Graph, tmp_path: Path) -> None:
    world = powers()
    outcome = loaded(graph, world, tmp_path)
    assert current(graph) == expected(world)
    found = edges(graph)
    assert set(found) == {
        ("access-permissions", None), ("edit-other-user-info", None),
        ("assign-admin-role", "assign-roles"), ("assign-admin-role", "create-user"),
        ("assign-roles", "assign-admin-role"), ("assign-roles", "edit-other-user-info"),
        ("assign-roles", "roles-with-tier-b"), ("create-user", "roles-with-tier-b"),
        ("create-user", "assign-admin-role"),
        ("edit-other-user-password", "edit-other-user-info"), ("change-setting-SMTP_Host", "manage-selected-settings"),
    }  # fmt: skip
    assert "condition" not in found["access-permissions", None]
    assert found["edit-other-user-info", None]["condition"].startswith("mail works")
    assert found["create-user", "roles-with-tier-b"]["needs"] == []
    assert "condition" not in found["create-user", "roles-with-tier-b"]
    assert (
        "an account with the role Editor, which grants edit-other-user-info and"
        in found["create-user", "roles-with-tier-b"]["how"]
    )
    assert found["create-user", "assign-admin-role"]["needs"] == ["assign-admin-role"]
    counts = outcome.counts
    assert (counts["ESCALATES_TO"].added, counts["ESCALATES_WITH"].added) == (2, 9)
    tiers = ask(graph, "MATCH (p:Permission) RETURN p.id AS id, p.tier AS tier, p.how IS NULL AS unknown ORDER BY id")
    assert {(row["id"], row["tier"], row["unknown"]) for row in tiers} >= {
        ("access-permissions", "A", False), ("create-user", "B", False), ("view-all-teams", "C", False),
        ("view-d-room", None, False), ("my-own-permission", None, True),
    }  # fmt: skip
    assert ask(graph, "MATCH (s:Sync) RETURN s.catalogueVersion AS v") == [{"v": catalogue().version}]
    before, watched = everything(graph), Watched(graph)
    assert not loaded(watched, world, tmp_path, verify=True).changes
    assert watched.statements == UNCHANGED
    assert everything(graph) == before


def changed_powers() -> World:
    world = powers()
    world.revoke("editor", "edit-other-user-info")
    world.revoke("admin", "edit-other-user-info")
    world.grant("maker", "run-import")
    del world.permissions["assign-admin-role"]
    world.grant("maker", "user-generate-access-token")
    world.permissions["change-setting-SMTP_Host"] = Permission("change-setting-SMTP_Host", "SMTP_Host", ())
    return world


def test_changed_grants_change_what_differs_and_nothing_else(graph: Graph, tmp_path: Path) -> None:
    world, changed = powers(), changed_powers()
    loaded(graph, world, tmp_path)
    watched = Watched(graph)
    outcome = loaded(watched, changed, tmp_path)
    assert current(graph) == expected(changed)
    assert edges(graph)["create-user", "role-with-tier-a"]["how"].startswith(
        f"{MADE}the role maker, which grants run-import."
    )
    assert set(watched.statements) >= {
        "close/ways/ESCALATES_WITH",
        "load/tiers",
        "load/ways/ESCALATES_TO",
        "load/ways/ESCALATES_WITH",
    }
    assert outcome.closed["ESCALATES_WITH"].names == (
        "assign-admin-role → admin (assign-roles)", "assign-admin-role → admin (create-user)",
        "assign-roles → admin (roles-with-tier-b)", "change-setting-SMTP_Host → admin (manage-selected-settings)",
        "create-user → admin (roles-with-tier-b)",
    )  # fmt: skip
    watched = Watched(graph)
    assert not loaded(watched, changed, tmp_path).changes
    assert watched.statements == UNCHANGED
    loaded(graph, world, tmp_path)
    assert current(graph) == expected(world)


def test_a_role_of_the_number_5_hands_out_nothing(neo4j_engine: Engine, tmp_path: Path) -> None:
    """It was made by hand, and is none of ours; the embedded engine lets no such node in."""
    with connect(neo4j_engine.target, write=True) as graph:
        loaded(graph, powers(), tmp_path)
        ask(graph, "MATCH (p:Permission {workspace: 'acme'}) WITH collect(p) AS all "
                   "CREATE (r:Role {workspace: 'acme', id: 5, name: 'by hand'}) "
                   "FOREACH (p IN all | CREATE (r)-[:GRANTS]->(p))")  # fmt: skip
        loaded(graph, changed_powers(), tmp_path)
        told = edges(graph)
    assert told["create-user", "role-with-tier-a"]["how"].startswith(f"{MADE}the role maker, which grants run-import.")
    assert "by hand" not in str(told)


def test_the_guard_does_not_count_what_is_derived(graph: Graph, tmp_path: Path) -> None:
    """One role less, and most ways are gone: the guard has its say on grants only."""
    world = powers()
    loaded(graph, world, tmp_path)
    before = edges(graph)
    for name in ("assign-roles", "assign-admin-role"):
        world.permissions[name] = Permission(name)
    for name in ("edit-other-user-info", "access-permissions"):
        world.revoke("admin", name)
    world.revoke("ghost", "access-permissions")
    world.revoke("editor", "edit-other-user-info")
    outcome = loaded(graph, world, tmp_path, allow_removals=60)
    assert len(edges(graph)) < len(before)
    assert outcome.counts["ESCALATES_WITH"].closed == 2
    assert current(graph) == expected(world)


def mended(entry: Entry) -> Entry:
    if entry.id == "access-permissions":
        return replace(entry, tier="C")
    if entry.id == "view-d-room":
        return replace(entry, tier="A", how="A new reason.")
    return entry


def test_another_catalogue_changes_what_differs(graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = powers()
    loaded(graph, world, tmp_path)
    before = edges(graph)
    other = replace(catalogue(), version="2030.1.1", entries=tuple(map(mended, catalogue().entries)))
    monkeypatch.setattr(planning, "catalogue", lambda: other)
    watched = Watched(graph)
    outcome = loaded(watched, world, tmp_path)
    plainest = {
        (key, f"role{end}") for key in ("assign-roles", "create-user") for end in ("-with-tier-a", "s-with-tier-b")
    }
    assert set(edges(graph)) - plainest == set(before) - plainest - {("access-permissions", None)} | {
        ("view-d-room", None)
    }
    assert edges(graph).keys() & plainest == {one for one in plainest if one[1] == "role-with-tier-a"}
    assert {name for name in watched.statements if name.startswith(("load/", "close/"))} == {
        "load/acquire", "load/renew", "close/ways/ESCALATES_TO", "close/ways/ESCALATES_WITH", "load/tiers",
        "load/ways/ESCALATES_TO", "load/ways/ESCALATES_WITH", "load/sync",
    }  # fmt: skip
    assert (outcome.counts["permissions"].changed, outcome.counts["GRANTS"].added) == (2, 0)
    ways_with = outcome.counts["ESCALATES_WITH"]
    assert (ways_with.added, ways_with.closed) == (2, 2), "other roles hold a tier A permission now, which is plainer"
    assert outcome.closed["ESCALATES_TO"].names == ("access-permissions → admin",)
    watched = Watched(graph)
    assert not loaded(watched, world, tmp_path).changes
    assert watched.statements == UNCHANGED
    monkeypatch.undo()
    loaded(graph, world, tmp_path)
    assert current(graph) == expected(world)


def test_a_graph_of_before_gets_them_at_its_next_load_also_from_a_partial_one(graph: Graph, tmp_path: Path) -> None:
    world = powers()
    loaded(graph, world, tmp_path)
    ask(graph, "MATCH (p:Permission) REMOVE p.tier, p.how")
    ask(graph, "MATCH (:Permission)-[e:ESCALATES_TO|ESCALATES_WITH]->() DELETE e")
    fewer = world.copy()
    del fewer.permissions["edit-other-user-info"]
    loaded(graph, fewer, tmp_path, partial=["permissions"])
    assert current(graph) == expected(world), "what an incomplete list does not hold is still there, and judged"
    watched = Watched(graph)
    assert not loaded(watched, fewer, tmp_path, partial=["permissions", "roles"]).changes
    assert watched.statements == UNCHANGED


def test_a_dangling_role_cannot_be_handed_out(graph: Graph, tmp_path: Path) -> None:
    world = powers()
    world.revoke("editor", "edit-other-user-info")
    world.revoke("maker", "assign-admin-role")
    loaded(graph, world, tmp_path)
    assert not any(hands_out(key) for _, key in edges(graph)), "ghost holds one, and no role carries that id"
    world.grant("gone-role", "run-import")
    for _ in range(2):
        watched = Watched(graph)
        loaded(watched, world, tmp_path, partial=["roles"])
    assert watched.statements == UNCHANGED
    assert not any(hands_out(key) for _, key in edges(graph)), "not listed by a list that came short"
    world.role("ghost", name="Ghost")
    loaded(graph, world, tmp_path)
    assert edges(graph)["create-user", "role-with-tier-a"]["how"].startswith(
        f"{MADE}the role Ghost, which grants access"
    )


def test_without_a_role_admin_there_is_nowhere_to_lead(graph: Graph, tmp_path: Path) -> None:
    world = powers()
    loaded(graph, world, tmp_path)
    gone = world.copy()
    del gone.roles["admin"]
    for permission in list(gone.permissions):
        gone.revoke("admin", permission)
    gone.change("ana", roles=())
    loaded(graph, gone, tmp_path, allow_removals=100)
    assert edges(graph) == {}
    assert current(graph) == expected(gone)
    watched = Watched(graph)
    loaded(watched, gone, tmp_path)
    assert watched.statements == UNCHANGED
    loaded(graph, world, tmp_path)
    assert current(graph) == expected(world)


def test_what_was_changed_by_hand_is_put_right_and_what_is_others_stays(graph: Graph, tmp_path: Path) -> None:
    world = powers()
    loaded(graph, world, tmp_path)
    loaded(graph, world, tmp_path, workspace="other")
    other = current(graph, "other")
    admin = "MATCH (p:Permission {workspace: 'acme', id: $id}), (r:Role {workspace: 'acme', id: 'admin'}) "
    ask(graph, admin + "CREATE (p)-[:ESCALATES_TO]->(r), (p)-[:ESCALATES_TO {key: 'x'}]->(r)", id="access-permissions")
    ask(graph, admin + "CREATE (p)-[:ESCALATES_WITH {key: 'mine'}]->(r), (p)-[:ESCALATES_WITH]->(r)", id="view-d-room")
    ask(graph, """MATCH (p:Permission {workspace: 'acme', id: 'create-user'})-[e:ESCALATES_WITH]->()
                  SET e.needs = 7, e.condition = ['x']""")  # fmt: skip
    ask(graph, "MATCH (p:Permission {workspace: 'acme'}) WHERE p.id IN ['create-c', 'x'] SET p.tier = 'A', p.how = 3")
    ask(graph, """MATCH (p:Permission {workspace: 'acme', id: 'create-user'}), (r:Role {workspace: 'acme', id: 'user'})
                  CREATE (p)-[:THEIRS]->(r), (:Permission {id: 'create-user'})-[:ESCALATES_TO]->(r)""")  # fmt: skip
    loaded(graph, world, tmp_path)
    assert current(graph) == expected(world)
    assert current(graph, "other") == other
    assert ask(graph, "MATCH ()-[e:THEIRS]->() RETURN count(e) AS n") == [{"n": 1}]
    assert ask(graph, "MATCH (p)-[e:ESCALATES_TO]->() WHERE p.workspace IS NULL RETURN count(e) AS n") == [{"n": 1}]


def test_i4_killed_anywhere_and_repeated(embedded: Graph, tmp_path: Path, moments: range) -> None:
    first, second = powers(), changed_powers()
    del second.roles["editor"]
    for start, end, then in ((first, second, first), (second, first, first)):
        for dies_after in moments:
            ask(embedded, "MATCH (n) DETACH DELETE n")
            now = Time()
            loaded(embedded, start, tmp_path, now=now, allow_removals=100)
            try:
                loaded(Watched(embedded, dies_after), end, tmp_path, now=now, allow_removals=100, edge_batch=1)
            except Killed:
                pass
            else:
                break
            loaded(embedded, then, tmp_path, now=now, allow_removals=100)
            assert current(embedded) == expected(then), f"killed before write {dies_after}"
            watched = Watched(embedded)
            loaded(watched, then, tmp_path, now=now)
            assert watched.statements == UNCHANGED, f"killed before write {dies_after}"
        assert dies_after > 8


# ---- the questions ----


def answers(graph: Graph, name: str) -> list[dict[str, Any]]:
    question = named(shipped(), [name])[0]
    given = {**question.chosen({}), "workspace": "acme", "asOf": "2026-06-01T08:00:00.000Z"}
    rows = [dict(row) for row in graph.query(question.text, given).rows]
    assert all(list(row) == list(question.columns) for row in rows)
    return rows


@pytest.fixture
def asked(engine: Engine, tmp_path: Path) -> Iterator[Graph]:
    with connect(engine.target, write=True) as graph:
        loaded(graph, powers(), tmp_path)
        loaded(graph, company(), tmp_path, workspace="other")
    with connect(engine.target, write=False) as graph:
        yield graph


def test_the_standing_questions(asked: Graph) -> None:
    become = answers(asked, "becomes-administrator")
    assert [(row["user"], row["tier"], row["through"], row["roles"]) for row in become] == [
        ("ivy.name", "A", ["edit-other-user-info"], ["Editor"]),
        ("flo.name", "B", ["assign-admin-role", "create-user"], ["helpdesk", "maker"]),
        ("flo.name", "B", ["create-user"], ["helpdesk"]),
        ("gus.name", "B", ["create-user"], ["helpdesk"]),
        ("ivy.name", "B", ["edit-other-user-info", "edit-other-user-password"], ["Editor"]),
    ]  # fmt: skip
    assert become[0]["condition"].startswith("mail works")
    assert [row["condition"] for row in become[1:]] == [None] * 4
    assert (become[0]["active"], become[0]["serviceAccount"]) == (True, True)
    assert [(row["role"], row["permission"], row["holders"]) for row in answers(asked, "tier-a-roles")] == [
        ("Editor", "edit-other-user-info", 1), ("ghost", "access-permissions", 0),
    ]  # fmt: skip
    assert [(row["user"], row["active"]) for row in answers(asked, "bot-role")] == [("cat.name", False)]
    assert answers(asked, "not-assessed") == [
        {"permission": "my-own-permission", "settingId": None, "roles": ["auditor"]}
    ]
    assert answers(asked, "room-roles-everywhere") == [
        {"user": "jon.name", "role": "owner", "active": True, "serviceAccount": None, "permissions": 1,
         "gives": ["edit-room"], "path": ["jon.name", "owner"]},
    ]  # fmt: skip
    assert [(row["finding"], row["holders"], row["people"], row["active"]) for row in answers(asked, "no-administrator")
            ] == [("only one administrator of type user is known to be active", 1, 1, 1)]  # fmt: skip


def test_every_statement_of_review_runs_and_says_what_it_asks(asked: Graph) -> None:
    for name in names("review"):
        header = described(name).header
        assert {"title", "question", "controls", "severity", "needs", "columns"} <= header.keys(), name
        answers(asked, name.removeprefix("review/"))


@pytest.mark.parametrize(
    ("admins", "finding"),
    [
        ({}, "nobody holds admin: the next account created gets it, or at the next start the oldest account"),
        ({"cat": "bot"}, "nobody of type user holds admin: the next account created gets it"),
        ({"cat": None}, "perhaps nobody of type user holds admin: the type of its holders is not visible"),
        ({"cat": "user"}, "no administrator of type user is known to be active"),
        ({"bob": "user"}, "only one administrator of type user is known to be active"),
        ({"bob": "user", "eve": "user"}, None),
    ],
)
def test_too_few_administrators(
    embedded_engine: Engine, tmp_path: Path, admins: dict[str, str | None], finding: str | None
) -> None:
    world = company()
    world.change("ana", roles=("user",))
    for id_, type_ in admins.items():
        world.change(id_, roles=("admin",), type=type_)
    with connect(embedded_engine.target, write=True) as graph:
        loaded(graph, world, tmp_path)
    with connect(embedded_engine.target, write=False) as graph:
        rows = answers(graph, "no-administrator")
    assert [row["finding"] for row in rows] == ([finding] if finding else [])
