"""`rc2graph diff`: which snapshots it takes, what it prints for people, programs and tickets, and how it ends."""

import json
import re
import shlex
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rc2graph.cli.commands.diff import FIRST
from rc2graph.simulator import demo_company
from rc2graph.snapshot import Collection
from rc2graph.snapshot.home import finished_snapshot, unfinished_snapshot
from rc2graph.snapshot.store import mark_loaded, stored, two
from tests.commands import Desk, office
from tests.engines import Engine
from tests.faults import Simulator
from tests.review import world_of
from tests.snapshots import World, company, snapshot

PAGE = (Path(__file__).parents[1] / "docs" / "diff.md").read_text()
CHAT = "https://chat.example.org"


class Shelf:
    """A folder where somebody types commands, with the snapshots that earlier loads have kept in its home."""

    def __init__(self, folder: Path) -> None:
        self.desk, self.home = Desk(folder), folder / "rc2graph-data"
        (self.home / "snapshots").mkdir(parents=True)

    def keep(self, world: World, day: str, *, workspace: str = CHAT, **unseen: Any) -> str:
        """Keep what was read that day at eight. `unseen`: options of `snapshot`."""
        at = f"{day}T08:00:00.000Z"
        path = finished_snapshot(self.home, workspace, at)
        snapshot(world, path, at=at, workspace=workspace, **unseen).close()
        return str(path.relative_to(self.desk.folder))


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


@pytest.fixture
def monday() -> World:
    return company()


@pytest.fixture
def tuesday(monday: World) -> World:
    """One day later: a new administrator, somebody who left with all he had, and a team that changed."""
    world = monday.copy()
    world.user("mallory", "admin", "user")
    world.delete_user("bob")
    world.teams["red"] = replace(world.teams["red"], private=True)
    return world


def test_the_last_two_snapshots_administrators_first(shelf: Shelf, monday: World, tuesday: World) -> None:
    first, last = shelf.keep(monday, "2026-06-01"), shelf.keep(tuesday, "2026-06-02")
    shelf.keep(World(), "2026-05-01")
    out = shelf.desk.ok("diff")
    assert out.splitlines()[:3] == [
        f"Before: {first}, as of 2026-06-01T08:00:00.000Z.",
        f"After: {last}, as of 2026-06-02T08:00:00.000Z.",
        "8 differences.",
    ]
    titles = re.findall(r"^([A-Z][^:\n]*) \(([\d,]+)\)$", out, re.MULTILINE)
    assert titles == [("Administrators, and who can become one", "1"), ("Accounts", "2"), ("Teams", "1")]
    assert cells(out) >= {
        ("Administrators, and who can become one", "became administrator", "1"),
        ("mallory.name", "active", "became administrator", "the account is new"),
        ("mallory.name", "appeared", "roles: admin, user"),
        ("bob.name", "gone", "roles: user; teams: team red"),
        ("team red", "became private"),
    }


def cells(table: str) -> set[tuple[str, ...]]:
    """The rows of tables, without the cells that are empty."""
    return {tuple(re.split(r" {2,}", line.strip())) for line in table.splitlines() if line.startswith(" ")}


def test_json_is_complete(shelf: Shelf, monday: World, tuesday: World) -> None:
    for number in range(FIRST + 50):
        tuesday.user(f"many{number:03}")
    files = shelf.keep(monday, "2026-06-01"), shelf.keep(tuesday, "2026-06-02")
    told = json.loads(shelf.desk.ok("diff", *files, "--json"))
    assert (told["workspace"], told["different"], told["inDoubt"], told["turned"]) == (CHAT, True, False, False)
    assert (told["before"]["snapshot"], told["after"]["snapshot"]) == files
    assert told["counts"]["accounts"] == {"appeared": FIRST + 51, "gone": 1}
    assert len(told["accounts"]) == FIRST + 52
    assert [(one["change"], one["name"]) for one in told["tierA"]] == [("became administrator", "mallory.name")]
    assert told["memberships"] == [
        {"change": "left", "id": "red", "name": "team red", "other": {"id": "bob", "name": "bob.name"},
         "property": None, "before": None, "after": None, "with": "account", "brought": None}
    ]  # fmt: skip
    assert [one["after"] for one in told["teams"]] == [True]
    assert told["notComparable"] == told["notVisible"] == []


def test_a_table_shows_the_first_and_all_shows_all(shelf: Shelf, monday: World, tuesday: World) -> None:
    for number in range(FIRST + 50):
        tuesday.user(f"many{number:03}")
    shelf.keep(monday, "2026-06-01")
    shelf.keep(tuesday, "2026-06-02")
    some, everything = shelf.desk.ok("diff"), shelf.desk.ok("diff", "--all")
    assert f"The first {FIRST} of {FIRST + 52}; --all shows everything." in some
    assert some.count("appeared") == FIRST + 1, "and once in the summary"
    assert "The first" not in everything
    assert everything.count("appeared") == FIRST + 52
    markdown = shelf.desk.ok("diff", "--markdown")
    assert f"The first {FIRST} of {FIRST + 52}." in markdown
    assert shelf.desk.ok("diff", "--markdown", "--all").count("appeared") == FIRST + 52


def test_markdown_for_a_ticket(shelf: Shelf, monday: World, tuesday: World) -> None:
    tuesday.user("mallory", "admin", username="a|b`c<d>\n@all")
    shelf.keep(monday, "2026-06-01")
    shelf.keep(tuesday, "2026-06-02")
    out = shelf.desk.ok("diff", "--markdown")
    headings = [line for line in out.splitlines() if line.startswith("#")]
    assert headings[:2] == [
        f"# What changed in `{CHAT}`",
        "## Administrators, and who can become one",
    ]
    assert "| section | change | count |  |" in out
    name = "`a`&#124;``b`c<d>⏎@all``"
    assert f"| {name} | active | became administrator |  | the account is new |  |" in out


def test_hostile_names_do_not_drive_the_terminal(shelf: Shelf, monday: World, tuesday: World) -> None:
    tuesday.user("evil", "admin", username="\x1b[2J\x07[red]two\nlines\u202e")
    shelf.keep(monday, "2026-06-01")
    shelf.keep(tuesday, "2026-06-02")
    for form in ((), ("--json",), ("--markdown",)):
        assert not set(shelf.desk.ok("diff", *form)) & {"\x1b", "\x07", "\u202e"}
    assert "\\x1b[2J\\x07[red]two⏎lines\\u202e" in shelf.desk.ok("diff")


# ---- how it ends ----


def test_exit_codes_for_a_run_every_night(shelf: Shelf, monday: World, tuesday: World) -> None:
    calm = monday.copy()
    calm.change("ana", last_login="2026-06-01T12:00:00.000Z")
    first = shelf.keep(monday, "2026-06-01")
    nights: tuple[tuple[str, World, dict[str, list[str]], int], ...] = (
        ("2026-06-02", calm, {}, 0),
        ("2026-06-03", calm, {"forbidden": ["rooms"]}, 0),  # a run may do without
        ("2026-06-04", calm, {"partial": ["members"]}, 5),
        ("2026-06-05", tuesday, {}, 10),
        ("2026-06-06", tuesday, {"partial": ["members"]}, 10),
    )
    for day, world, unseen, code in nights:
        last = shelf.keep(world, day, partial=unseen.get("partial", ()), forbidden=unseen.get("forbidden", ()))
        assert shelf.desk.run("diff", first, last, "--exit-code").code == code, day
        assert shelf.desk.run("diff", first, last).code == 0, "only where asked for"
    said = shelf.desk.run("diff", first, shelf.keep(calm, "2026-06-04", partial=["members"]), "--exit-code")
    assert "No difference was found, but not everything could be compared" in said.out
    assert "Not comparable: team members, read in part in the later snapshot." in said.out


def test_the_same_file_twice_and_the_other_way_round(shelf: Shelf, monday: World, tuesday: World) -> None:
    first, last = shelf.keep(monday, "2026-06-01"), shelf.keep(tuesday, "2026-06-02")
    same = shelf.desk.run("diff", first, first, "--exit-code")
    assert (same.code, "Both are the same file." in same.out, "No difference." in same.out) == (0, True, True)
    back = shelf.desk.run("diff", last, first, "--exit-code")
    assert back.code == 10
    assert "Before is the newer one" in back.out
    assert ("mallory.name", "active", "ceased to be administrator", "the account is gone") in cells(back.out)
    assert "Before is the newer one" in shelf.desk.ok("diff", last, first, "--markdown")
    assert json.loads(shelf.desk.ok("diff", last, first, "--json"))["turned"] is True


# ---- which snapshots ----


@pytest.fixture
def stocked(shelf: Shelf, monday: World, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """Four days of one workspace, one of another, and what else lies in such a folder."""
    for day in ("2026-06-01", "2026-06-02", "2026-06-05", "2026-06-09"):
        shelf.keep(monday, day)
    Collection.open(unfinished_snapshot(shelf.home, CHAT)).close()
    Collection.open(shelf.home / "snapshots" / "stopped.sqlite").close()
    (shelf.home / "snapshots" / "notes.sqlite").write_text("not ours")
    monkeypatch.chdir(shelf.desk.folder)
    return shelf


@pytest.mark.parametrize(
    ("typed", "taken"),
    [
        ((), ("06-05", "06-09")),
        (("2026-06-02",), ("06-02", "06-09")),
        (("2026-06-04",), ("06-02", "06-09")),
        (("2026-06-01", "2026-06-08"), ("06-01", "06-05")),
        (("2030-01-01", "2026-06-01"), ("06-09", "06-01")),
        (("FILE 2026-06-02",), ("06-02", "06-09")),
        (("FILE 2026-06-02", "2026-06-05"), ("06-02", "06-05")),
    ],
)
def test_files_days_or_nothing(stocked: Shelf, typed: tuple[str, ...], taken: tuple[str, str]) -> None:
    names = [
        str(finished_snapshot(stocked.home, CHAT, f"{name[5:]}T08:00:00.000Z")) if name.startswith("FILE") else name
        for name in typed
    ]
    found = two(names, stocked.home)
    assert tuple(one.started[5:10] for one in found) == taken
    assert [one.asked for one in found][: len(names)] == [name if len(name) == 10 else "" for name in names]


def test_the_day_is_said_with_the_file_that_was_taken_for_it(stocked: Shelf) -> None:
    out = stocked.desk.ok("diff", "2026-06-04")
    taken = r"^Before: \S+20260602T\S+\.sqlite, as of 2026-06-02\S+, the newest by the end of 2026-06-04 \(UTC\)\.$"
    assert re.search(taken, out, re.MULTILINE)
    told = json.loads(stocked.desk.ok("diff", "2026-06-04", "--json"))
    assert (told["before"]["takenFor"], told["after"]["takenFor"]) == ("2026-06-04", None)


def test_of_several_workspaces_one_is_named(stocked: Shelf, monday: World) -> None:
    stocked.keep(monday, "2026-06-20", workspace="other")
    said = stocked.desk.run("diff")
    assert (said.code, said.out) == (2, "")
    assert "of several workspaces" in said.told
    assert f"{CHAT}, other" in said.told
    assert "--workspace" in said.told
    assert "as of 2026-06-09" in stocked.desk.ok("diff", "--workspace", CHAT)
    mine = str(finished_snapshot(stocked.home, CHAT, "2026-06-01T08:00:00.000Z"))
    assert [one.started[5:10] for one in two([mine], stocked.home)] == ["06-01", "06-09"], "the file says which"


def refused(shelf: Shelf, *words: str) -> tuple[int, list[str]]:
    said = shelf.desk.run("diff", *words)
    assert said.out == ""
    return said.code, said.told.splitlines()


def test_errors_read_aloud(shelf: Shelf, monday: World) -> None:
    assert refused(shelf) == (2, [
        "There are no two finished snapshots in rc2graph-data/snapshots.",
        "Next: rc2graph load keeps one each time; or name two files.",
    ])  # fmt: skip
    only = shelf.keep(monday, "2026-06-01")
    assert refused(shelf) == (2, [
        "There are no two finished snapshots in rc2graph-data/snapshots.",
        f"There is only {only}.",
        "Next: rc2graph load keeps one each time; or name two files.",
    ])  # fmt: skip
    assert refused(shelf, "2026-05-31") == (2, [
        "There is no finished snapshot of 2026-05-31 or before in rc2graph-data/snapshots.",
        f"The oldest there is {only}, of 2026-06-01T08:00:00.000Z.",
        "Next: Name a later day, a file, or the folder with --home.",
    ])  # fmt: skip
    assert refused(shelf, "2026-02-30") == (2, [
        "2026-02-30 is no day: day is out of range for month.",
        "Next: Write it like 2026-06-01, or name a file.",
    ])  # fmt: skip
    code, lines = refused(shelf, "nowhere.sqlite", only)
    assert (code, lines[0]) == (2, "There is no snapshot nowhere.sqlite.")
    assert refused(shelf, "", only)[0] == 2, "a variable that is not set is not the last but one"
    other = shelf.keep(monday, "2026-06-02", workspace="other")
    assert refused(shelf, only, other) == (5, [
        f"The snapshot {other} is of another workspace.",
        f"It was read from other; the other is {CHAT}.",
        "Next: Name two files of the same workspace.",
    ])  # fmt: skip
    assert refused(shelf, only, only, "--json", "--markdown")[1][0] == "--json and --markdown exclude each other."


def test_what_is_no_finished_snapshot_is_refused(shelf: Shelf, monday: World) -> None:
    good, bad = shelf.keep(monday, "2026-06-01"), shelf.keep(monday, "2026-06-02")
    with sqlite3.connect(shelf.desk.folder / bad) as db:
        db.execute("DELETE FROM has_role WHERE role_id = 'admin'")
    db.close()
    code, lines = refused(shelf, good, bad)
    assert (code, lines[0]) == (5, f"The snapshot {bad} is corrupt.")
    Collection.open(shelf.desk.folder / "stopped.sqlite").close()
    code, lines = refused(shelf, "stopped.sqlite", good)
    assert (code, lines[0]) == (5, "The snapshot stopped.sqlite is unfinished.")
    (shelf.desk.folder / "letter.txt").write_text("Dear all")
    assert refused(shelf, good, "letter.txt")[0] == 5


# ---- the page ----


@pytest.fixture
def june(shelf: Shelf) -> Shelf:
    """What docs/diff.md tells of: the demonstration company, on the first and on the second of June."""
    before = world_of(demo_company(people=120))
    after = before.copy()
    ids = {user.username: id_ for id_, user in before.users.items() if user.username}
    roles = {role.name: id_ for id_, role in before.roles.items() if role.name}
    teams = {team.name: id_ for id_, team in before.teams.items() if team.name}

    after.user("mia", "user", username="mia.new", name="Mia New")
    after.join(teams["platform-eng"], "mia")
    after.change(ids["hedi.help"], roles=("user", roles["helpdesk"], roles["permission-admin"]))
    after.change(ids["ana.admin"], username="ana.lead")
    after.delete_user(ids["olaf.old"])
    after.change(ids["nick.never"], roles=("user",))
    after.grant(roles["room-auditor"], "view-logs")
    shelf.keep(before, "2026-06-01")
    shelf.keep(after, "2026-06-02")
    return shelf


def test_the_commands_of_the_page_run_and_print_what_it_shows(june: Shelf) -> None:
    typed = 0
    for block in re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL):
        for line in filter(None, block.splitlines()):
            said = june.desk.run(*shlex.split(line, comments=True)[1:])
            assert said.code == (10 if "--exit-code" in line else 0), said
            typed += 1
    assert typed >= 5
    (shown,) = re.findall(r"^```console\n\$ rc2graph (.*?)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert june.desk.ok(*shown[0].split()) == shown[1]


def test_what_was_not_loaded_is_compared_only_by_its_name(tmp_path: Path, embedded_engine: Engine) -> None:
    """A dry run reads, and so does a load that the guard then stops; neither is what the graph holds."""
    company = office()
    with Simulator(company) as server:
        desk = Desk(tmp_path).at(server, embedded_engine)
        desk.ok("load")
        company.unassign("rita.retired", "admin")
        tried = json.loads(desk.ok("load", "--dry-run", "--json"))["snapshot"]
        alone = desk.run("diff")
        assert alone.code == 2
        assert "What a load refused, or a dry run read, is compared where it is named." in alone.told
        first = next(one for one in stored(embedded_engine.target.home) if str(one.path) != tried)
        assert "rita.retired" in desk.ok("diff", str(first.path), tried)
        company.assign("rita.retired", "admin")
        company.unassign("olaf.old", "moderator")
        desk.ok("load")
        told = desk.ok("diff")
        assert "olaf.old" in told
        assert "rita.retired" not in told, "against the last load, not against what was tried between"


def test_snapshots_of_older_releases_were_loaded(shelf: Shelf, monday: World) -> None:
    """They noted nothing: what is from before the first note counts as well."""
    older = [Path(shelf.keep(monday, day)) for day in ("2026-06-01", "2026-06-02")]
    assert [one.path.name for one in two([], shelf.home)] == [one.name for one in older]
    newer = shelf.desk.folder / shelf.keep(monday, "2026-06-03")
    mark_loaded(shelf.home, newer)
    shelf.keep(monday, "2026-06-04")
    assert [one.path.name for one in two([], shelf.home)] == [older[1].name, newer.name]
    elsewhere = shelf.home.parent / "elsewhere" / "a.sqlite"
    elsewhere.parent.mkdir()
    mark_loaded(shelf.home, elsewhere)
    assert list(elsewhere.parent.iterdir()) == [], "nothing is noted where others keep their files"
