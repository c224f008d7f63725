"""Which release of Rocket.Chat a server is, and what that means for every answer: all of it is data."""

import json
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import rc2graph.catalogue as catalogued
from rc2graph.access.impact import impact
from rc2graph.access.person import find_person
from rc2graph.access.target import ADMINISTRATOR, find_access
from rc2graph.access.visibility import Visibility
from rc2graph.access.who import who
from rc2graph.access.why import why
from rc2graph.catalogue import Catalogue, catalogue
from rc2graph.catalogue import notes as noted
from rc2graph.catalogue.notes import ReleaseNotes, advisories
from rc2graph.cli import app
from rc2graph.graph.connect import WorkspaceGraph, connect
from rc2graph.model import Permission
from rc2graph.release import Release, within
from rc2graph.reviews.questions import ABSENT_ROLES, named, shipped
from rc2graph.reviews.run import Result, review
from tests.commands import office
from tests.engines import Engine
from tests.faults import Simulator
from tests.review import WORKSPACE
from tests.snapshots import World, ask, loaded

FACTS = json.loads((Path(__file__).parent / "data" / "advisory_facts.json").read_text(encoding="utf-8"))
LINES = [(6, 11), *((7, minor) for minor in range(7, 14)), *((8, minor) for minor in range(10)), (9, 0), (9, 1)]


def release(text: str) -> Release:
    found = Release.of(text)
    assert found is not None
    return found


# ---- releases ----


@pytest.mark.parametrize(
    ("version", "fixed", "before"),
    [
        ("8.6.0", "8.6.1", True), ("8.6.1", "8.6.1", False), ("8.5.9", "8.6.1", True), ("8.10.0", "8.9.0", False),
        ("8.6", "8.6.1", None), ("8.6", "8.6.0", False), ("8.5", "8.6.1", True), ("8.7", "8.6.1", False),
        ("9.1.0-rc.0", "9.1.0", None), ("9.1.0-rc.0", "9.1.1", True), ("9.1.0-rc.4", "9.0.0", False),
    ],
)  # fmt: skip
def test_a_release_is_before_a_repair_or_not_or_it_cannot_be_told(
    version: str, fixed: str, before: bool | None
) -> None:
    assert release(version).before(release(fixed)) is before


def test_what_says_no_release_is_none() -> None:
    assert [Release.of(text) for text in (None, "", "x", "not known", "eight")] == [None] * 5
    assert release("9.0.0-develop").candidate == 0
    assert release("v8.6.1+build-7") == Release((8, 6, 1))


def test_a_line_holds_from_one_release_until_another_both_included() -> None:
    held = [
        text for text in ("7.7.1", "8.0", "8.8.9", "8.9", "8.9.3", "9.0.0-rc.1", "9.0") if holds(text, "8.0", "8.9")
    ]
    assert held == ["8.0", "8.8.9", "8.9", "8.9.3"]
    assert [text for text in ("6.9.9", "7.0.0", "7.13.9", "8.0.0") if holds(text, None, "7")] == [
        "6.9.9",
        "7.0.0",
        "7.13.9",
    ]
    assert within(None, "8.0", "8.9"), "where the version is not known, every line holds"


def holds(text: str, since: str | None, until: str | None) -> bool:
    return within(release(text), since, until)


# ---- the catalogue ----


def test_a_line_gives_a_tier_in_its_releases_only() -> None:
    def tier(permission: str, version: str | None) -> str | None:
        entry = catalogue().at(version).entry(permission)
        return entry.tier if entry else "not assessed"

    assert [tier("view-logs", version) for version in ("7.7.1", "8.6.1", None)] == ["C", None, "C"]
    drupal = "change-setting-API_Drupal_URL"
    assert [tier(drupal, version) for version in ("8.9.0", "9.0.0", None)] == ["B", None, "B"]
    assert [tier("bypass-abac-store-validation", version) for version in ("8.5.1", "8.6", None)] == [
        "not assessed", None, None,
    ]  # fmt: skip
    gone = catalogue().at("9.0").entry(drupal)
    assert gone is not None
    assert (gone.alternatives, "8.9, the last release that has it" in gone.how) == ((), True)
    assert tier("change-setting-Custom_Script_Logged_In", "8.6.1") == "B"
    assert tier("change-setting-Layout_Custom_Script_Logged_In", "8.6.1") == "not assessed"
    assert [tier(f"change-setting-Accounts_{name}", "8.6") for name in ("iframe_enabled", "Iframe_enabled_not")] == [
        None, None,
    ]  # fmt: skip
    assert tier("change-setting-accounts_iframe_enabled", "8.6") == "not assessed", "ids are case-sensitive"


@pytest.fixture
def graph(engine: Engine) -> Iterator[WorkspaceGraph]:
    with connect(engine.target, write=True) as opened:
        graph = opened.workspace(WORKSPACE)
        yield graph


@pytest.fixture
def embedded(embedded_engine: Engine) -> Iterator[WorkspaceGraph]:
    with connect(embedded_engine.target, write=True) as opened:
        graph = opened.workspace(WORKSPACE)
        yield graph


def powers() -> World:
    world = World()
    world.role("admin", "access-permissions")
    world.role("settings", "manage-selected-settings", "change-setting-API_Drupal_URL")
    world.permissions["change-setting-API_Drupal_URL"] = Permission(
        "change-setting-API_Drupal_URL", "API_Drupal_URL", ("settings",)
    )
    world.user("ana", "admin")
    world.user("sue", "settings")
    world.user("old", "admin", active=False)
    return world


def administrators(graph: WorkspaceGraph) -> set[str]:
    return {one.display_name for one in who(graph, Visibility.of(graph), ADMINISTRATOR).shown}


def test_an_upgraded_server_loses_the_ways_that_its_release_has_no_more(graph: WorkspaceGraph, tmp_path: Path) -> None:
    """9.0 has no Drupal sign-in (permissions.md §6): nothing else changes between the two loads."""
    loaded(graph, powers(), tmp_path, version="8.9.0")
    assert administrators(graph) == {"ana.name", "sue.name", "old.name"}
    outcome = loaded(graph, powers(), tmp_path, version="9.0.0")
    assert administrators(graph) == {"ana.name", "old.name"}
    assert outcome.counts["ESCALATES_WITH"].closed == 2
    assert not loaded(graph, powers(), tmp_path, version="9.0").changes
    loaded(graph, powers(), tmp_path, version="")
    assert administrators(graph) == {"ana.name", "sue.name", "old.name"}, "not known: every line holds"


# ---- a release that nobody has read ----


Change = Callable[[dict[str, Any]], None]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, Change], None]]:
    """Change a file of the catalogue, as somebody who adds a release does. No line of Python is touched."""
    folder = tmp_path / "catalogue"
    folder.mkdir()
    for name in ("permissions.json", "advisories.json"):
        (folder / name).write_text(files(catalogued).joinpath(name).read_text(encoding="utf-8"), encoding="utf-8")

    def forget() -> None:
        for cached in (catalogue, advisories, noted._raw):
            cached.cache_clear()

    def change(name: str, how: Change) -> None:
        read = json.loads((folder / name).read_text(encoding="utf-8"))
        how(read)
        (folder / name).write_text(json.dumps(read), encoding="utf-8")
        forget()

    for module in (catalogued, noted):
        monkeypatch.setattr(module, "files", lambda package: folder)
    yield change
    monkeypatch.undo()
    forget()


NEWER = "Rocket.Chat 9.9 is newer than the releases that the catalogue of permissions was read from (7.7 to 9.1.0-rc.4)"


def folded(text: str) -> str:
    return " ".join(text.split())


def test_a_made_up_release_is_read_and_every_answer_says_that_it_is_newer(
    embedded_engine: Engine, tmp_path: Path
) -> None:
    with Simulator(office(), version="9.9.0") as server:
        user_id, token = server.credentials
        env = {
            **embedded_engine.env, "ROCKETCHAT_URL": server.url, "ROCKETCHAT_USER_ID": user_id,
            "ROCKETCHAT_AUTH_TOKEN": token, "COLUMNS": "100",
        }  # fmt: skip

        def typed(*words: str) -> str:
            done = CliRunner().invoke(app, words, env=env)
            assert done.exit_code == 0, (words, done.output, done.exception)
            return done.output

        typed("load", "--quiet")
        page, sheets, pack = tmp_path / "review.html", tmp_path / "sheets", tmp_path / "pack"
        answers = {
            words: folded(typed(*words))
            for words in [
                ("check",), ("status",), ("who", "admin"), ("who", "admin", "--csv"), ("why", "svc.review", "admin"),
                ("why", "svc.review"), ("impact",), ("review",), ("review", "--markdown"), ("evidence", str(pack)),
            ]
        }  # fmt: skip
        typed("review", "--html", str(page), "--csv", str(sheets), "--quiet")
        typed("why", "svc.review", "admin", "--html", str(tmp_path / "why.html"))
        release_of = {
            "check": json.loads(typed("check", "--json"))["release"],
            "status": json.loads(typed("status", "--json", "--quiet"))["workspaces"][0]["release"],
        }
    assert [words for words, answer in answers.items() if NEWER not in answer.replace("`", "")] == []
    for file in (page, tmp_path / "why.html", pack / "review.html", pack / "about.json", sheets / "summary.csv"):
        assert NEWER in folded(file.read_text(encoding="utf-8")), file
    assert {one["standing"] for one in release_of.values()} == {"newer"}
    assert release_of["check"]["read"]["until"] == "9.1.0-rc.4"
    assert {one["version"] for one in json.loads((pack / "about.json").read_text())["workspaces"]} == {"9.9"}


def test_adding_that_release_is_a_change_of_data(
    embedded: WorkspaceGraph, tmp_path: Path, data: Callable[[str, Change], None]
) -> None:
    world = powers()
    world.role("keeper", "brand-new-power")
    world.user("kim", "keeper")
    loaded(embedded, world, tmp_path, version="9.9.0")
    assert "kim.name" not in administrators(embedded)
    assert ReleaseNotes("9.9.0").standing == "newer"

    def read(found: dict[str, Any]) -> None:
        found["version"] = "2030.1.1"
        found["read"]["until"] = "9.9"
        new = {"tier": "A", "how": "Made up.", "versions": "9.9.0", "source": "made up", "from": "9.9"}
        found["entries"].append({"id": "brand-new-power", **new})
        next(one for one in found["entries"] if one["id"] == "access-permissions")["until"] = "9.8"

    data("permissions.json", read)
    loaded(embedded, world, tmp_path, version="9.9.0")
    assert "kim.name" in administrators(embedded)
    assert (ReleaseNotes("9.9.0").standing, ReleaseNotes("9.9.0").general()) == ("as read", ())
    gained, lost = {"brand-new-power"}, {"access-permissions"}
    assert set(catalogue().at("9.9.0").tier_a()) == {*catalogue().at("9.8.0").tier_a()} - lost | gained
    loaded(embedded, world, tmp_path, version="9.8.3")
    assert "kim.name" not in administrators(embedded), "the line begins with 9.9"


def test_where_a_release_stands() -> None:
    versions = ("6.13.1", "7.7.1", "7.7", "8.6.1", "9.0.3", "9.1.0-rc.4", "9.1", "9.1.0", "9.9", "10.0.0", None, "x")
    assert [ReleaseNotes(version).standing for version in versions] == [
        "older", *["as read"] * 6, *["newer"] * 3, "not known", "not known",
    ]  # fmt: skip


# ---- sentences that a release breaks ----


def affected(fact: dict[str, Any], version: tuple[int, int, int]) -> bool | None:
    """By the releases with the repair alone: before that of its own line; without one, before the newest of all."""
    fixed = [tuple(map(int, text.split("."))) for text in fact["fixed"]]
    since = tuple(map(int, fact.get("from", "0.0.0").split(".")))
    own = [one for one in fixed if one[:2] == version[:2]]
    if version < since:
        return False
    if own:
        return version < own[0]
    return (None if "others" in fact else True) if version < max(fixed) else False


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact["id"])
def test_the_ranges_say_what_the_repairs_say(fact: dict[str, Any]) -> None:
    known = {one.id: one for one in advisories()}[fact["id"]]
    for line in LINES:
        for patch in range(16):
            version = (*line, patch)
            told = known.affects(release(".".join(map(str, version))))
            assert (version, told) == (version, affected(fact, version))
    assert (known.only is None) == (fact.get("condition") is None) or fact["id"] in SAID_MORE


SAID_MORE = {"CVE-2026-29198", "Rocket.Chat#41292"}
"""Their condition stands in what they allow."""


def test_each_advisory_is_known_and_touches_a_sentence() -> None:
    assert {one.id for one in advisories()} == {fact["id"] for fact in FACTS}
    sentences = noted._raw()["sentences"]
    for one in advisories():
        assert one.touches
        assert {ground.partition(":")[0] for ground in one.touches} <= set(sentences)


def test_a_line_without_a_repair_is_affected_before_the_newest_one() -> None:
    known = {one.id: one for one in advisories()}["CVE-2026-30831"]
    versions = ("7.9.9", "7.10.7", "7.10.8", "8.0.1", "8.1", "8.1.1", "8.2.0", "8.2.1", "8.2", "9.0.0")
    assert [known.affects(release(version)) for version in versions] == [
        True, True, False, True, None, False, False, False, False, False,
    ]  # fmt: skip


DEACTIVATED = "do not rely on this: a deactivated account cannot sign in"
CONDITION = "only where the premium microservices run (ddp-streamer, account service)"
SAYS = {
    "8.1.0": "On Rocket.Chat 8.1.0 do not rely on this: a deactivated account cannot sign in. It is affected by "
    "CVE-2026-30831",
    "8.1": "On Rocket.Chat 8.1 this may not hold: a deactivated account cannot sign in. It may be affected, as it does "
    "not tell its patch level, by CVE-2026-30831",
}


def test_an_answer_warns_where_the_release_breaks_what_it_rests_on(engine: Engine, tmp_path: Path) -> None:
    world = powers()
    world.role("token-maker", "user-generate-access-token")
    world.user("tom", "token-maker")
    world.team("red", "ana", "old", name="red", private=True)
    with connect(engine.target, write=True) as opened:
        graph = opened.workspace(WORKSPACE)
        loaded(graph, world, tmp_path)

        def on(version: str | None) -> Visibility:
            ask(graph, "MATCH (w:Workspace {workspace: $w}) SET w.version = $v", w=WORKSPACE, v=version)
            return Visibility.of(graph)

        def told(user: str, version: str, access: str = "admin") -> str:
            visibility = on(version)
            person, wanted = find_person(graph, user), find_access(graph, visibility, access)
            return " ".join(why(graph, visibility, person, wanted).remarks)

        for version, said in SAYS.items():
            visibility = on(version)
            for answer in (
                told("old.name", version),
                " ".join(who(graph, visibility, ADMINISTRATOR).remarks),
                " ".join(who(graph, visibility, find_access(graph, visibility, "team:red")).remarks),
                " ".join(impact(graph, visibility).remarks),
            ):
                assert said in answer
                assert CONDITION in answer
        assert [DEACTIVATED in told("old.name", version) for version in ("8.1.1", "8.6.1")] == [False, False]
        assert DEACTIVATED not in told("ana.name", "8.1.0"), "ana is active"
        token = "user-generate-access-token is needed for what it gives"
        versions = ("7.7.1", "8.0.0", "8.6", "8.6.1")
        assert [token in told("tom.name", version) for version in versions] == [False, True, True, False]
        assert "does not tell its patch level, by Rocket.Chat#41292" in told("tom.name", "8.6")
        team, versions = "only who may manage a team changes its members", ("8.6.3", "8.6.4", "8.8.1", "8.8.2")
        assert [team in told("sue.name", version, "team:red") for version in versions] == [True, False, True, False]
        assert "version is not known" in " ".join(who(graph, on(None), ADMINISTRATOR).remarks)
        on("8.1")
    (note,) = asked(engine, "deactivated-with-roles").notes
    assert (SAYS["8.1"] in note.text, CONDITION in note.text) == (True, True)


def test_an_advisory_without_a_range_may_affect_any_release(data: Callable[[str, Change], None]) -> None:
    def unread(found: dict[str, Any]) -> None:
        found["advisories"] = [{"id": "X-1", "allows": "something happens", "touches": ["deactivated"], "source": "x"}]

    data("advisories.json", unread)
    for version in ("7.7.1", "9.9.0"):
        (note,) = ReleaseNotes(version).of(["deactivated"])
        assert note.text.endswith("as nothing was published of this release, by X-1: something happens.")


def test_what_rests_on_the_catalogue_is_what_looks_at_tiers() -> None:
    """Somebody's own questions too: it is told from what a statement looks at."""
    rests = {one.name for one in shipped() if noted.CATALOGUE in one.rests}
    assert rests == {
        "becomes-administrator", "dormant-privileged", "external-access", "guest-permissions", "not-assessed",
        "peer-outliers", "privileged-emails", "privileged-roles", "privileged-service-accounts", "privileged-since",
        "roles-like-admin", "second-factor", "separation-of-duties", "tier-a-roles", "unused-roles",
    }  # fmt: skip


# ---- role ids that a new workspace does not have ----


def asked(engine: Engine, question: str) -> Result:
    with connect(engine.target, write=False, wait=10) as opened:
        graph = opened.workspace(WORKSPACE)
        return review([graph], named(shipped(), [question]), {}).results[0]


def test_a_role_that_the_defaults_name_and_the_release_has_not_is_explained(engine: Engine, tmp_path: Path) -> None:
    world = powers()
    for permission, roles in {
        "view-c-room": ("admin", "anonymous"),
        "view-l-room": ("livechat-monitor", "gone"),
    }.items():
        world.permissions[permission] = Permission(permission, None, roles)

    def found(version: str) -> tuple[set[str], set[str]]:
        with connect(engine.target, write=True, wait=10) as opened:
            graph = opened.workspace(WORKSPACE)
            loaded(graph, world, tmp_path, version=version)
        result = asked(engine, "dangling-roles")
        return {row[0] for row in result.rows}, {text.split()[0] for text in result.explained}

    assert found("9.0.0") == ({"gone"}, {"anonymous", "livechat-monitor"})
    assert found("8.6.1") == ({"gone", "anonymous"}, {"livechat-monitor"}), "8.6 has that role: it was taken away"
    world.user("ann", "anonymous")
    assert found("9.0.0") == ({"gone", "anonymous"}, {"anonymous", "livechat-monitor"})
    held = asked(engine, "dangling-roles").explained
    assert held[0].startswith("anonymous is held, so it counts. Rocket.Chat 9.0 has no such role any more")
    assert held[1].startswith("livechat-monitor is held by nobody, so it does not count.")


def test_the_file_of_the_question_knows_all_of_them() -> None:
    """Opened in Neo4j Browser it has no release to go by."""
    (question,) = named(shipped(), ["dangling-roles"])
    assert {one.name: one.default for one in question.parameters}[ABSENT_ROLES] == [one.id for one in catalogue().roles]
    assert isinstance(catalogue(), Catalogue)
