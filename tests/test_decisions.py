"""Decisions of an access review: a worksheet goes to reviewers, comes back, is stored, and held against the graph."""

import csv
import io
import random
import stat
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from rc2graph.access.visibility import Visibility
from rc2graph.errors import BusyError, OlderError, UsageError
from rc2graph.graph.connect import WorkspaceGraph, connect
from rc2graph.graph.lease import Lease, instant
from rc2graph.graph.statements import described
from rc2graph.retention.prune import prune
from rc2graph.reviews.attest import Attested, attest, workspace_of
from rc2graph.reviews.decision_status import DecisionStatus, decision_status, open_accesses, revocations
from rc2graph.reviews.items import DEFAULT_ROLES, accesses, item, membership_state, part_of
from rc2graph.reviews.questions import named, shipped
from rc2graph.reviews.run import review
from rc2graph.reviews.worksheet import BOM, write_worksheet
from rc2graph.reviews.worksheet_columns import NAMES
from rc2graph.reviews.worksheet_reader import Sheet, read_sheet
from tests.engines import Engine
from tests.snapshots import Killed, Time, Watched, World, ask, company, current, everything, expected, loaded

Row = dict[str, str]
Answers = dict[tuple[str, str], tuple[str, ...]]
"""(person, access) → decision, until, note; the last two may be left away."""

QUESTIONS = ("revocations-outstanding", "self-attested", "undecided-privileged")
LATER, STILL_LATER, AT_LAST = (f"2026-0{month}-01T00:00:00.000Z" for month in (7, 8, 9))
AFTER_NEW_YEAR = "2027-01-01T00:00:00.000Z"


@pytest.fixture
def graph(engine: Engine) -> Iterator[WorkspaceGraph]:
    with connect(engine.target, write=True) as opened:
        graph = opened.workspace("acme")
        yield graph


@dataclass
class Desk:
    """A graph, a folder for worksheets, and a clock that stands at June 2026."""

    graph: WorkspaceGraph
    folder: Path
    now: Time
    number: int = 0

    def load(self, world: World, **options: Any) -> None:
        loaded(self.graph, world, self.folder, **options)

    def worksheet(self, **options: Any) -> Path:
        self.number += 1
        path = self.folder / f"worksheet-{self.number}.csv"
        write_worksheet(self.graph, path, **{"at": instant(self.now.now), **options})
        return path

    def sheet(self, path: Path) -> Sheet:
        return read_sheet(path, at=instant(self.now.now))

    def attest(self, path: Path, reviewer: str = "rob", **options: Any) -> Attested:
        graph = cast(WorkspaceGraph, options.pop("graph", self.graph))
        sheet = self.sheet(path)
        return attest(graph, sheet, reviewer, clock=self.now.clock, sleep=self.now.sleep, **options)

    def decide(self, answers: Answers, reviewer: str = "rob", **options: Any) -> Attested:
        """A worksheet of everything, filled in and attested."""
        path = self.worksheet(scope="all")
        fill_in(path, answers)
        return self.attest(path, reviewer, **options)

    def refused(self, path: Path, reviewer: str = "rob", **options: Any) -> UsageError:
        """The error that a worksheet meets; nothing is stored."""
        before = everything(self.graph)
        with pytest.raises(UsageError) as caught:
            self.attest(path, reviewer, **options)
        assert everything(self.graph) == before
        return caught.value

    def open(self, at: str = "", **options: Any) -> set[tuple[str, str, str]]:
        found = open_accesses(self.graph, at=at or instant(self.now.now), **options)
        assert found.total == len(found.rows) == sum(found.reasons.values()) == sum(found.risks.values())
        return {(one.access.person.display_name, str(one.access), str(one.open)) for one in found.rows}

    def decision_status(self, at: str = "") -> DecisionStatus:
        found = decision_status(self.graph, at=at or instant(self.now.now))
        assert found is not None
        return found

    def became(self) -> set[tuple[str, str, str]]:
        """(person, access, standing) of every revocation and exception."""
        found = revocations(self.graph, Visibility.of(self.graph))
        return {(one.user, f"{one.kind} {one.access}", one.standing) for one in found}

    def stored(self) -> set[tuple[str, str, str, str]]:
        """(person, access, decision, reviewer), by the edges."""
        rows = ask(self.graph, """MATCH (u)<-[:ABOUT]-(a:Attestation {workspace: 'acme'})-[:CONCERNS]->(x)
            RETURN u.id AS u, x.id AS x, a.kind AS k, a.decision AS d, a.reviewer AS r""")  # fmt: skip
        return {(row["u"], f"{row['k']} {row['x']}", row["d"], row["r"]) for row in rows}


@pytest.fixture
def desk(graph: WorkspaceGraph, tmp_path: Path) -> Desk:
    return Desk(graph, tmp_path, Time())


def rows_of(path: Path) -> list[Row]:
    text = path.read_text(encoding="utf-8")
    assert text.startswith(BOM)
    return list(csv.DictReader(io.StringIO(text[1:])))


def accesses_of(path: Path) -> set[tuple[str, str]]:
    return {(row["person"], row["access"]) for row in rows_of(path)}


def fill_in(path: Path, answers: Answers, save: "Callable[[Path, list[Row]], None] | None" = None) -> None:
    """What a reviewer does. Every answer has its row, or the test is wrong."""
    rows, left = rows_of(path), dict(answers)
    for row in rows:
        if said := left.pop((row["person"], row["access"]), None):
            row["decision"], row["until"], row["note"] = (*said, "", "")[:3]
    assert not left
    (save or saved)(path, rows)


def saved(
    path: Path, rows: list[Row], *, separator: str = ",", end: str = "\n", encoding: str = "utf-8-sig",
    columns: tuple[str, ...] = NAMES,
) -> None:  # fmt: skip
    text = io.StringIO()
    sheet = csv.DictWriter(text, columns, delimiter=separator, lineterminator=end, extrasaction="ignore", restval="x")
    sheet.writeheader()
    sheet.writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))


def as_excel_in_germany(path: Path, rows: list[Row]) -> None:
    saved(path, rows, separator=";", end="\r\n")


BLUE = {(f"u{number:02}.name", "team team blue") for number in range(12)}
PRIVILEGED = {
    ("ana.name", "role admin"), ("ana.name", "team team red (moderator, owner)"), ("ana.name", "team team blue"),
    ("cat.name", "role bot"), ("cat.name", "team team blue"), ("dan.name", "role gone-role"),
    ("dan.name", "team team red"), *BLUE,
}  # fmt: skip


# ---- the worksheet


def test_a_worksheet_has_a_row_for_each_privileged_access_highest_risk_first(desk: Desk) -> None:
    desk.load(company())
    path = desk.worksheet()
    rows = rows_of(path)
    assert tuple(rows[0]) == NAMES
    assert accesses_of(path) == PRIVILEGED
    assert [row["risk"] for row in rows] == sorted((row["risk"] for row in rows), key=["high", "medium", "low"].index)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {row["decision"] + row["until"] + row["note"] + row["last decision"] for row in rows} == {""}
    admin = rows[0]
    assert (admin["person"], admin["name"], admin["status"], admin["access"]) == (
        "ana.name",
        "Ana",
        "active",
        "role admin",
    )
    assert admin["why"] == "Administrator of the workspace."
    assert admin["since"] == "2026-01-01"
    told = {(row["person"], row["access"]): (row["risk"], row["why"]) for row in rows}
    assert told["cat.name", "team team blue"] == (
        "medium",
        "Member of a private team. The account is deactivated: this comes back when it is switched on."
        " A service account: whoever holds its token has this.",
    )
    assert told["ana.name", "team team red (moderator, owner)"] == ("low", "Owner of a public team.")
    assert told["dan.name", "role gone-role"][0] == "medium"


def test_a_worksheet_of_all_has_every_role_and_membership(desk: Desk) -> None:
    world = company()
    desk.load(world)
    found = {(row["person"], row["access"].partition(" (")[0]) for row in rows_of(desk.worksheet(scope="all"))}
    assert found == {
        (f"{user.id}.name", f"role {role}") for user in world.users.values() for role in user.roles or ()
    } | {(f"{user}.name", f"team team {team}") for team, user in world.members}
    with pytest.raises(UsageError, match="There is no scope 'some'"):
        desk.worksheet(scope="some")


@pytest.mark.parametrize(
    ("about", "found"),
    [
        ("role:admin", {("ana.name", "role admin")}),
        ("role:owner", set()),
        ("team:team red", {("ana.name", "team team red (moderator, owner)"), ("dan.name", "team team red")}),
        ("user:cat.name", {("cat.name", "role bot"), ("cat.name", "team team blue")}),
    ],
)
def test_a_part_of_it_for_somebody_who_knows_that_part(desk: Desk, about: str, found: set[tuple[str, str]]) -> None:
    desk.load(company())
    assert accesses_of(desk.worksheet(about=about)) == found


def test_a_part_that_there_is_not_is_refused_with_near_names(desk: Desk) -> None:
    desk.load(company())
    with pytest.raises(UsageError, match=r"no team 'team rde'[^$]*team:team red"):
        desk.worksheet(about="team:team rde")
    with pytest.raises(UsageError, match="names no part"):
        desk.worksheet(about="room:x")
    assert not list(desk.folder.glob("*.csv"))


def test_a_worksheet_is_not_written_over_and_not_while_a_load_writes(desk: Desk) -> None:
    desk.load(company())
    path = desk.worksheet()
    before = path.read_bytes()
    with pytest.raises(UsageError, match="is there already"):
        write_worksheet(desk.graph, path)
    ask(desk.graph, "MATCH (w:Workspace) SET w.leaseOwner = 'other', w.leaseExpires = '9999-01-01T00:00:00.000Z'")
    with pytest.raises(BusyError):
        write_worksheet(desk.graph, path, overwrite=True)
    assert path.read_bytes() == before


def test_what_a_role_grants_and_was_not_seen_is_never_low(desk: Desk) -> None:
    desk.load(company(), forbidden=("permissions",))
    told = {(row["person"], row["access"]): (row["risk"], row["why"]) for row in rows_of(desk.worksheet(scope="all"))}
    assert told["bob.name", "role user"] == (
        "medium", "What the role grants was not seen in full. A role that everybody has.",
    )  # fmt: skip


# ---- the full round


def test_the_full_round_from_worksheet_to_the_load_that_verifies(desk: Desk) -> None:
    world = company()
    desk.load(world)
    assert decision_status(desk.graph) is None
    path = desk.worksheet()
    answers: Answers = {
        ("ana.name", "role admin"): (" Approve ",),
        ("cat.name", "role bot"): ("REVOKE", "", "Nobody knows\nwhat it is for"),
        ("cat.name", "team team blue"): ("revoke",),
        ("dan.name", "team team red"): ("exception", "2026-12-31 00:00:00", "Project ends"),
        ("u00.name", "team team blue"): ("unsure", "", "Ask the team"),
        ("u01.name", "team team blue"): ("exception until 2026-12-31",),
    }
    fill_in(path, answers, as_excel_in_germany)
    done = desk.attest(path, "Rob")
    assert (done.stored, done.decisions) == (6, {"approve": 1, "revoke": 2, "exception": 2, "unsure": 1})
    assert done.undecided == len(PRIVILEGED) - 6
    assert desk.stored() == {
        ("ana", "role admin", "approve", "Rob"), ("cat", "role bot", "revoke", "Rob"),
        ("cat", "team blue", "revoke", "Rob"), ("dan", "team red", "exception", "Rob"),
        ("u00", "team blue", "unsure", "Rob"), ("u01", "team blue", "exception", "Rob"),
    }  # fmt: skip
    told = ask(desk.graph, "MATCH (a:Attestation {accessId: 'bot'}) RETURN properties(a) AS p")[0]["p"]
    assert {key: told[key] for key in set(told) - {"id", "worksheet"}} == {
        "workspace": "acme", "decision": "revoke", "note": "Nobody knows\nwhat it is for", "reviewer": "Rob",
        "decidedAt": "2026-06-01T00:00:00.000Z", "kind": "role", "userId": "cat", "accessId": "bot",
        "user": "cat.name", "access": "bot", "state": [],
    }  # fmt: skip
    assert desk.open() == {(person, access, "never decided") for person, access in PRIVILEGED - set(answers)} | {
        ("u00.name", "team team blue", "unsure")
    }
    assert desk.became() == {
        ("cat.name", "role bot", "outstanding"), ("cat.name", "team team blue", "outstanding"),
        ("dan.name", "team team red", "outstanding"), ("u01.name", "team team blue", "outstanding"),
    }  # fmt: skip

    world.change("cat", roles=())
    world.change("bob", roles=("user", "auditor"))
    desk.load(world, at=LATER)
    found = desk.decision_status()
    assert (found.carried_out.names, found.outstanding.names) == (
        ("cat.name: role bot",), ("cat.name: team team blue",),
    )  # fmt: skip
    assert (found.new, found.ran_out.total, found.undecided) == (1, 0, len(PRIVILEGED) - 5 + 1)
    assert ("bob.name", "role auditor", "never decided") in desk.open()

    desk.load(world, at=STILL_LATER)
    assert desk.decision_status().carried_out.total == 0, "it was an earlier load that showed it"
    assert desk.decision_status(AFTER_NEW_YEAR).ran_out.names == ("dan.name: team team red", "u01.name: team team blue")
    assert ("dan.name", "team team red", "exception ran out") in desk.open(AFTER_NEW_YEAR)
    last = {row["person"]: row["last decision"] for row in rows_of(desk.worksheet(about="team:team blue"))}
    assert last["cat.name"] == "revoke, by Rob on 2026-06-01"
    assert last["u00.name"] == "unsure, by Rob on 2026-06-01: unsure"
    assert last["u01.name"] == "exception until 2026-12-31, by Rob on 2026-06-01"
    assert accesses_of(desk.worksheet(about="team:team blue", only_open=True)) == {
        ("ana.name", "team team blue"), *(BLUE - {("u01.name", "team team blue")}),
    }  # fmt: skip


def test_a_revoked_access_that_comes_back_is_told(desk: Desk) -> None:
    world = company()
    desk.load(world)
    desk.decide({("cat.name", "role bot"): ("revoke",), ("dan.name", "role gone-role"): ("approve",)})
    without = world.copy()
    without.change("cat", roles=())
    without.change("dan", roles=("user",))
    desk.load(without, at=LATER)
    assert desk.became() == {("cat.name", "role bot", "carried out")}
    desk.load(world, at=STILL_LATER)
    assert desk.became() == {("cat.name", "role bot", "came back after it was revoked")}
    assert {row for row in desk.open() if row[2] != "never decided"} == {
        ("cat.name", "role bot", "came back after it was revoked"),
        ("dan.name", "role gone-role", "given again since"),
    }
    assert desk.decision_status().came_back.names == ("cat.name: role bot",)


def test_a_user_who_leaves_and_returns_keeps_what_was_decided(desk: Desk) -> None:
    world = company()
    desk.load(world)
    desk.decide({("u03.name", "team team blue"): ("revoke",), ("u03.name", "role user"): ("approve",)})
    held = desk.stored()
    gone = world.copy()
    gone.delete_user("u03")
    desk.load(gone, at=LATER)
    assert desk.stored() == held
    assert desk.became() == {("u03.name", "team team blue", "carried out")}
    assert desk.decision_status().carried_out.names == ("u03.name: team team blue",)
    desk.load(world, at=STILL_LATER)
    assert desk.stored() == held
    assert desk.became() == {("u03.name", "team team blue", "came back after it was revoked")}
    assert current(desk.graph) == expected(world)


def test_decisions_outlive_a_role_and_a_team(desk: Desk) -> None:
    world = company()
    desk.load(world)
    desk.decide({("cat.name", "role bot"): ("revoke",), ("dan.name", "team team red"): ("revoke",)})
    held = desk.stored()
    world.delete_team("red")
    world.change("cat", roles=())
    del world.roles["bot"]
    world.revoke("bot", "view-d-room")
    desk.load(world, at=LATER, allow_removals=100)
    assert desk.stored() == held
    assert {row[2] for row in desk.became()} == {"carried out"}


def test_more_than_was_decided_on_is_open_again_and_less_is_covered(desk: Desk) -> None:
    world = company()
    desk.load(world)
    desk.decide(
        {("u00.name", "team team blue"): ("approve",), ("ana.name", "team team red (moderator, owner)"): ("approve",)}
    )
    world.join("blue", "u00", "owner")
    world.join("red", "ana", "moderator")
    desk.load(world, at=LATER)
    assert {row for row in desk.open() if row[2] != "never decided"} == {
        ("u00.name", "team team blue (owner)", "more than was decided on")
    }


def test_what_the_last_load_did_not_see_is_neither_outstanding_nor_carried_out(desk: Desk) -> None:
    world = company()
    desk.load(world)
    desk.decide({("cat.name", "role bot"): ("revoke",), ("cat.name", "team team blue"): ("revoke",)})
    world.change("cat", roles=())
    desk.load(world, at=LATER, partial=("members",))
    assert desk.became() == {
        ("cat.name", "role bot", "carried out"), ("cat.name", "team team blue", "not visible"),
    }  # fmt: skip
    assert desk.decision_status().not_visible.names == ("cat.name: team team blue",)


# ---- what must not happen


@pytest.mark.parametrize("verify", [False, True])
def test_i3_a_second_load_writes_nothing_but_its_sync_though_there_are_decisions(desk: Desk, verify: bool) -> None:
    desk.load(company())
    desk.decide({("ana.name", "role admin"): ("approve",), ("cat.name", "team team blue"): ("revoke",)})
    before = everything(desk.graph)
    watched = Watched(desk.graph)
    outcome = loaded(watched, company(), desk.folder, verify=verify, at=LATER)
    assert (outcome.changes, everything(desk.graph)) == (0, before)
    if not verify:
        assert watched.statements == ["load/acquire", "load/renew", "load/sync"]


def test_the_same_file_attested_twice_stores_nothing_new(desk: Desk) -> None:
    world = company()
    desk.load(world)
    path = desk.worksheet()
    fill_in(path, {("ana.name", "role admin"): ("approve",), ("cat.name", "role bot"): ("revoke",)})
    desk.attest(path, "rob")
    before = everything(desk.graph)
    desk.now.sleep(60)
    again = desk.attest(path, "ROB")
    assert everything(desk.graph) == before
    assert (again.stored, again.before) == (0, "2026-06-01T00:00:00.000Z")
    world.change("cat", roles=())
    desk.load(world, at=LATER)
    assert desk.attest(path, "rob").stored == 0, "also when it no longer fits"
    assert len(desk.stored()) == 2


def test_a_worksheet_saved_as_another_file_stores_only_what_is_new(desk: Desk) -> None:
    """Other separators and line ends, columns moved, other dates: the decisions are the same."""
    world = company()
    desk.load(world)
    path, until = desk.worksheet(), ("cat.name", "role bot")
    answers = {("ana.name", "role admin"): ("approve", "", "Needed,\nas  before"), until: ("exception", "2026-12-31")}
    fill_in(path, answers)
    assert desk.attest(path).stored == 2
    before = everything(desk.graph)
    desk.now.sleep(60)

    def moved(path: Path, rows: list[Row]) -> None:
        for row in rows:
            row["until"] = row["until"].replace("2026-12-31", "31.12.2026")
            row["note"], row["since"] = row["note"].replace("\n", "\r\n"), "01/01/26"
        saved(path, rows, separator="\t", columns=tuple(reversed(NAMES)))

    rows = rows_of(path)
    for save in (as_excel_in_germany, moved):
        save(path, [dict(row) for row in rows])
        again = desk.attest(path)
        assert (again.stored, again.repeated, again.before) == (0, 2, "2026-06-01T00:00:00.000Z")
        assert everything(desk.graph) == before

    other = desk.worksheet()
    assert {row["last decision"] != "" for row in rows_of(other) if row["access"] in ("role admin", "role bot")} == {
        True
    }
    fill_in(other, answers)
    assert (desk.attest(other).stored, len(desk.stored())) == (2, 2), "the next review decides the same anew"


def test_a_decision_is_another_one_by_each_part_of_it(desk: Desk) -> None:
    desk.load(company())
    path, one = desk.worksheet(), ("cat.name", "role bot")
    more = {one: ("approve",), ("ana.name", "role admin"): ("approve",)}
    for answers, stored, repeated in (
        ({one: ("approve",)}, 1, 0),
        (more, 1, 1),
        ({**more, one: ("approve", "", "A word on it")}, 1, 1),
        ({**more, one: ("exception", "2026-12-31")}, 1, 1),
        ({**more, one: ("exception", "2027-01-31")}, 1, 1),
        (more, 0, 2),
    ):
        fill_in(path, {("ana.name", "role admin"): ("",), **answers})
        done = desk.attest(path)
        assert (done.stored, done.repeated) == (stored, repeated), answers
        desk.now.sleep(60)
    assert desk.attest(path, "sue").stored == 2


def test_two_reviewers_may_decide_and_the_last_word_counts(desk: Desk) -> None:
    desk.load(company())
    desk.decide({("cat.name", "role bot"): ("approve",)}, "rob")
    desk.now.sleep(60)
    desk.decide({("cat.name", "role bot"): ("revoke",)}, "sue")
    assert desk.stored() == {("cat", "role bot", "approve", "rob"), ("cat", "role bot", "revoke", "sue")}
    assert desk.became() == {("cat.name", "role bot", "outstanding")}
    desk.now.sleep(60)
    desk.decide({("cat.name", "role bot"): ("approve",)}, "rob")
    assert desk.became() == set()


def test_killed_in_the_middle_nothing_is_stored(desk: Desk) -> None:
    desk.load(company())
    path = desk.worksheet()
    fill_in(path, dict.fromkeys(PRIVILEGED - {("dan.name", "team team red")}, ("approve",)))
    before = everything(desk.graph)

    class Dies(Watched):
        """The process ends after the roles are written, and before the teams are."""

        def write(self, work: Callable[[Any], Any]) -> Any:
            def until_teams(tx: Any) -> Any:
                real = tx.run

                def run(name: str, /, **params: Any) -> Any:
                    if name == "decisions/attest/Team":
                        raise Killed
                    return real(name, **params)

                tx.run = run
                return work(tx)

            return self.graph.write(until_teams)

    with pytest.raises(Killed):
        desk.attest(path, graph=Dies(desk.graph))
    assert everything(desk.graph) == before
    assert desk.attest(path).stored == len(PRIVILEGED) - 1


def test_i6_two_attest_at_once_and_one_waits(desk: Desk) -> None:
    desk.load(company())
    paths = [desk.worksheet() for _ in range(4)]
    for number, path in enumerate(paths):
        fill_in(path, {("cat.name", "role bot"): ("revoke", "", f"note {number}")})
    gate, failed = threading.Barrier(len(paths)), []

    def one(path: Path) -> None:
        gate.wait()
        try:
            sheet = read_sheet(path, at=instant(desk.now.now))
            attest(desk.graph, sheet, "rob")
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=one, args=(path,)) for path in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    notes = ask(desk.graph, "MATCH (a:Attestation) RETURN a.note AS n ORDER BY n")
    assert notes == [{"n": f"note {number}"} for number in range(len(paths))]
    assert ask(desk.graph, "MATCH (w:Workspace) RETURN w.leaseOwner AS o") == [{"o": None}]


def test_attest_waits_for_a_load_and_gives_up_after_a_minute(desk: Desk) -> None:
    desk.load(company())
    path = desk.worksheet()
    fill_in(path, {("cat.name", "role bot"): ("revoke",)})
    other = Lease(desk.graph, "other", clock=desk.now.clock, sleep=desk.now.sleep)
    other.acquire()
    ask(desk.graph, "MATCH (w:Workspace) SET w.leaseExpires = '9999-01-01T00:00:00.000Z'")
    with pytest.raises(BusyError, match="Another run is writing acme"):
        desk.attest(path)
    assert desk.stored() == set()


def test_i5_decisions_of_one_workspace_are_none_of_another(desk: Desk) -> None:
    desk.load(company())
    desk.load(company(), workspace="other")
    desk.decide({("cat.name", "role bot"): ("revoke",)})
    assert decision_status(desk.graph.workspace("other")) is None
    found = open_accesses(desk.graph.workspace("other"))
    assert set(found.reasons) == {"never decided"}
    path = desk.worksheet()
    fill_in(path, {("cat.name", "role bot"): ("revoke",)})
    sheet = desk.sheet(path)
    assert workspace_of(desk.graph, sheet, "") == "acme", "the file says which"
    with pytest.raises(UsageError, match="is of another workspace"):
        workspace_of(desk.graph, sheet, "other")
    sheet.workspace = ""  # somebody removed the column
    with pytest.raises(UsageError, match="it has changed since"):
        attest(desk.graph.workspace("other"), sheet, "rob")


# ---- what is refused, and how it is said


def test_all_mistakes_of_a_file_are_told_at_once(desk: Desk) -> None:
    desk.load(company())
    path = desk.worksheet()
    rows = rows_of(path)
    at = {(row["person"], row["access"]): row for row in rows}
    number = {key: place + 2 for place, key in enumerate((row["person"], row["access"]) for row in rows)}

    def say(person: str, access: str, **cells: str) -> int:
        at[person, access].update(cells)
        return number[person, access]

    blue = "team team blue"
    wrong = {
        say("ana.name", "role admin", decision="aprove"): "(ana.name, role admin): 'aprove' is no decision. Is it app",
        say("ana.name", blue, decision="yes"): "'yes' is no decision. Is it approve?",
        say("u00.name", blue, decision="xyzzy"): "Decisions are approve, revoke, exception, unsure.",
        say("u01.name", blue, decision="exception"): "needs a date until when it holds. Write it like 2026-12-31",
        say("u02.name", blue, decision="exception", until="02/01/2027"): "may be 2027-01-02 or 2027-02-01. Write",
        say("u03.name", blue, decision="exception", until="2026-02-30"): "'2026-02-30' is no date",
        say("u04.name", blue, decision="exception", until="31.05.2026"): "has ended already, on 2026-05-31",
        say("u05.name", blue, decision="approve", until="2026-12-31"): "a date belongs to an exception",
        say("u06.name", blue, until="2026-12-31"): "there is a date and no decision",
        say("u07.name", blue, decision="approve", note="x" * 100_000): "has 100,000 characters, and may have 2,000",
        say("u08.name", blue, decision="approve", item=""): "it has no item",
        say("u09.name", blue, decision="approve", item="role:x"): "its item is none of a worksheet",
        say("u10.name", blue, decision="approve", item="team:nobody:blue:abc"): "there is no such account any more",
        say("u11.name", blue, decision="approve", item="team:u11:red:abc"): "does not have this access (any more)",
        say("cat.name", "role bot", decision="approve", item="role:cat:bot:abc"): "it has changed since",
        say("dan.name", "role gone-role", decision="exception until 2026-12-31", until="1.1.2027"): "different days",
        say("cat.name", blue, decision="approve"): "",
    }  # fmt: skip
    wrong = {row: text for row, text in wrong.items() if text}
    rows.append({**at["cat.name", blue], "decision": "revoke"})
    wrong[len(rows) + 1] = f"row {number['cat.name', blue]} decides about the same access, and otherwise"
    saved(path, rows)
    error = desk.refused(path)
    assert error.what == f"The worksheet {path} has 17 mistakes: nothing was stored."
    lines = error.why.splitlines()
    assert [line.split(" ")[:2] for line in lines] == [["row", str(row)] for row in sorted(wrong)]
    for line, row in zip(lines, sorted(wrong), strict=True):
        assert wrong[row] in line
        assert " (" in line, "person and access are named"
    assert "Correct these rows" in error.next_step


def test_the_first_twenty_mistakes_and_how_many_more(desk: Desk) -> None:
    desk.load(company())
    path = desk.worksheet(scope="all")
    rows = [{**row, "decision": "maybe"} for row in rows_of(path)]
    saved(path, rows)
    lines = desk.refused(path).why.splitlines()
    assert (len(lines), lines[-1]) == (21, f"and {len(rows) - 20} more mistakes.")


@pytest.mark.parametrize(
    "reviewer", ["ana", "ana.name", "@Ana.Name", "ANA", "Ana@Example.org", " ana  ", "A. <ana@example.org>"]
)
def test_nobody_decides_about_himself_unless_allowed(desk: Desk, reviewer: str) -> None:
    desk.load(company())
    path = desk.worksheet()
    fill_in(path, {("ana.name", "role admin"): ("approve",), ("cat.name", "role bot"): ("approve",)})
    error = desk.refused(path, reviewer)
    assert "(ana.name, role admin): reviewer and account are the same" in error.why
    done = desk.attest(path, reviewer, allow_self=True)
    assert (done.stored, done.of_self) == (2, 1)
    assert ask(desk.graph, "MATCH (a:Attestation) RETURN a.accessId AS a, a.self AS s ORDER BY a") == [
        {"a": "admin", "s": True}, {"a": "bot", "s": None},
    ]  # fmt: skip


def test_access_that_changed_between_worksheet_and_attest_is_refused_and_named(desk: Desk) -> None:
    world = company()
    desk.load(world)
    path = desk.worksheet()
    fill_in(path, {(person, "team team blue"): ("approve",) for person in ("u00.name", "u01.name", "u02.name")})
    world.join("blue", "u00", "owner")
    world.leave("blue", "u01")
    desk.load(world, at=LATER)
    desk.now.now += timedelta(days=31)
    assert {line.partition(" ")[2].partition(" ")[2] for line in desk.refused(path).why.splitlines()} == {
        "(u00.name, team team blue): it has changed since the worksheet was written; now: owner",
        "(u01.name, team team blue): the account does not have this access (any more)",
    }


def test_a_load_that_comes_between_the_look_and_the_lease_is_noticed(desk: Desk) -> None:
    """What is checked is checked again where nobody else can write."""
    world = company()
    desk.load(world)
    path = desk.worksheet()
    fill_in(path, {("u00.name", "team team blue"): ("approve",)})
    world.join("blue", "u00", "owner")
    watched = Watched(desk.graph)
    watched.before[0] = lambda: desk.load(world, at=LATER)
    desk.now.now += timedelta(days=31)
    with pytest.raises(UsageError, match="now: owner"):
        desk.attest(path, graph=watched)
    assert desk.stored() == set()
    assert ask(desk.graph, "MATCH (w:Workspace) RETURN w.leaseOwner AS o") == [{"o": None}]


@pytest.mark.parametrize("reviewer", ["", "  ", "rob\x1b[2J", "r" * 201])
def test_a_reviewer_needs_a_name(desk: Desk, reviewer: str) -> None:
    desk.load(company())
    path = desk.worksheet()
    fill_in(path, {("cat.name", "role bot"): ("approve",)})
    assert "reviewer makes no name" in desk.refused(path, reviewer).what


def test_a_worksheet_without_decisions_is_no_success(desk: Desk) -> None:
    desk.load(company())
    path = desk.worksheet()
    fill_in(path, {("cat.name", "role bot"): ("", "", "only a note")})
    assert "decides nothing" in desk.refused(path).what


def test_ways_in_which_a_spreadsheet_saves(desk: Desk) -> None:
    """Each is read, or refused with what to do; none is misread."""
    world = company()
    world.user("ünal", "auditor", username="ünal", name="Ünal Şahin")
    desk.load(world)
    answers: Answers = {
        ("ünal", "role auditor"): ("revoke", "", "Für Şahin; \"quoted\", with\ttab\nand line"),
        ("dan.name", "team team red"): ("exception", "1.2.2027"),
    }  # fmt: skip
    moved = ("note", "my own", *[name for name in reversed(NAMES) if name not in ("note", "workspace", "why")])

    def upper(path: Path, rows: list[Row]) -> None:
        saved(path, rows)
        head, _, rest = path.read_text(encoding="utf-8-sig").partition("\n")
        path.write_text(
            f"\n,,,\n{head.upper().replace(',', ' ,')}\n,,,,,,,\n\n{rest}\n\n", encoding="utf-8", newline=""
        )

    def blanks(path: Path, rows: list[Row]) -> None:
        saved(path, [{key: f" {text}  " for key, text in row.items()} for row in rows], columns=moved)

    def western(path: Path, rows: list[Row]) -> None:
        saved(path, [{**row, "name": "Ünal"} for row in rows], encoding="cp1252")

    def several(path: Path, rows: list[Row]) -> None:
        saved(path, [{**row, "workspace": str(number)} for number, row in enumerate(rows)])

    def text(text: str) -> Callable[[Path, list[Row]], None]:
        return lambda path, rows: path.write_bytes(text.encode()) and None

    ways: list[Callable[[Path, list[Row]], None]] = [
        saved, as_excel_in_germany, upper,
        lambda path, rows: saved(path, rows, separator="\t"),
        lambda path, rows: saved(path, rows, encoding="utf-8"),
        lambda path, rows: saved(path, rows, end="\r"),
        blanks,
    ]  # fmt: skip
    for save in ways:
        path = desk.worksheet()
        fill_in(path, answers, save)
        sheet = desk.sheet(path)
        assert sheet.mistakes == []
        assert {(one.user, one.decision, one.until, one.note) for one in sheet.decided} == {
            ("ünal", "revoke", None, "Für Şahin; \"quoted\", with\ttab\nand line"),
            ("dan", "exception", "2027-02-01T23:59:59.999Z", None),
        }  # fmt: skip
        assert sheet.undecided == len(PRIVILEGED) + 1 - 2
        assert workspace_of(desk.graph, sheet, "") == "acme"

    path = desk.worksheet()
    refused: list[tuple[Callable[[Path, list[Row]], None], str]] = [
        (lambda path, rows: saved(path, rows, encoding="utf-16"), "in UTF-16"),
        (lambda path, rows: saved(path, rows, encoding="utf-16-le"), "in UTF-16"),
        (western, "is not in UTF-8"),
        (lambda path, rows: saved(path, rows, columns=NAMES[1:]), "has no column 'item'"),
        (lambda path, rows: saved(path, rows, columns=(*NAMES, "decision")), "has two columns 'decision'"),
        (lambda path, rows: saved(path, rows, separator="|"), "has no column 'item'"),
        (text(""), "is empty"),
        (text("PK\x03\x04\0\0workbook"), "is broken, or no spreadsheet"),
        (text('item,decision\n"never closed,approve\n'), "breaks off in row 2"),
        (text(f"item,decision\n{'x' * 200_000},approve\n"), "breaks off in row 2"),
        (several, "several workspaces"),
    ]  # fmt: skip
    rows = rows_of(path)
    for spoil, told in refused:
        spoil(path, rows)
        assert told in str(desk.refused(path))
    path.unlink()
    assert "cannot be read" in str(desk.refused(path))


def test_a_column_that_was_sorted_apart_decides_about_nobody(desk: Desk) -> None:
    """Spreadsheets sort one column and leave the others. `item` would then decide about somebody whom no row shows."""
    world = company()
    world.team("red2", "u01", private=True)
    desk.load(world)
    path = desk.worksheet()
    rows = rows_of(path)
    fill_in(path, {("u00.name", "team team blue"): ("revoke",)})
    one, other = (next(row for row in rows if row["person"] == f"u0{number}.name") for number in range(2))
    one["item"], other["item"] = other["item"], one["item"]
    one["decision"] = "revoke"
    saved(path, rows)
    assert "its item is of u01.name, which the row does not say" in desk.refused(path).why
    rows = rows_of(desk.worksheet())
    mine = [row for row in rows if row["person"] == "u01.name"]
    assert {row["access"] for row in mine} == {"team team blue", "team team red2"}
    mine[0]["item"], mine[1]["item"] = mine[1]["item"], mine[0]["item"]
    mine[0]["decision"] = "approve"
    saved(path, rows)
    assert f"its item is of {mine[1]['access']}, which the row does not say" in desk.refused(path).why
    for row in rows:
        row["person"] = row["access"] = ""  # without names there is nothing to be held against
    saved(path, rows)
    assert desk.attest(path).stored == 1


def test_a_clock_that_is_behind_stores_nothing(desk: Desk) -> None:
    """An older decision would be the last word, and what was decided on would count as given again."""
    desk.load(company(), at="2026-05-01T00:00:00.000Z")
    path = desk.worksheet()
    fill_in(path, {("ana.name", "role admin"): ("approve",)})
    desk.now.now -= timedelta(days=60)
    with pytest.raises(OlderError, match="clock of this machine is behind") as refused:
        desk.attest(path)
    assert "the last load was of 2026-05-01T00:00:00.000Z" in refused.value.why
    desk.now.now += timedelta(days=60)
    desk.attest(path)
    desk.now.now -= timedelta(hours=1)
    fill_in(path, {("ana.name", "role admin"): ("revoke",)})
    with pytest.raises(OlderError, match=r"dated after that: 1 decision of 2026-06-01.* by rob"):
        desk.attest(path)
    assert desk.stored() == {("ana", "role admin", "approve", "rob")}


def test_a_clock_that_was_ahead_once_blocks_nobody_for_years(desk: Desk) -> None:
    """What it dated can be taken back, by whoever says that his clock is right; the same worksheet counts then."""
    desk.load(company(), at="2026-05-01T00:00:00.000Z")
    early, late = desk.worksheet(), desk.worksheet()
    fill_in(early, {("cat.name", "role bot"): ("approve",)})
    fill_in(late, {("ana.name", "role admin"): ("revoke",)})
    desk.attest(early)
    desk.now.now += timedelta(days=3650)
    desk.attest(late, "zoe")
    desk.now.now -= timedelta(days=3649)
    with pytest.raises(OlderError, match="another one was ahead") as refused:
        desk.decide({("cat.name", "role bot"): ("revoke",)})
    assert "by zoe" in refused.value.why
    assert "--withdraw-ahead" in refused.value.next_step
    done = desk.attest(late, "zoe", withdraw_ahead=True)
    assert ([(one.reviewer, one.decisions) for one in done.withdrawn], done.stored) == ([("zoe", 1)], 1)
    assert desk.stored() == {("cat", "role bot", "approve", "rob"), ("ana", "role admin", "revoke", "zoe")}
    assert desk.attest(late, "zoe", withdraw_ahead=True).withdrawn == ()
    desk.now.now += timedelta(hours=1)
    assert desk.decide({("cat.name", "role bot"): ("revoke",)}).stored == 1

    desk.now.now -= timedelta(days=90)
    with pytest.raises(OlderError, match="the last load was of"):
        desk.decide({("cat.name", "role bot"): ("approve",)}, withdraw_ahead=True)
    assert len(desk.stored()) == 3, "a clock before the last load takes nothing back"


def test_hostile_names_reach_neither_spreadsheet_nor_terminal_nor_the_wrong_account(desk: Desk) -> None:
    world = company()
    hostile = [
        '=HYPERLINK("http://x","y")',
        "@SUM(1)",
        "-1+1",
        "a,b;c\td",
        'q"uote',
        "line\nbreak\rend",
        "\x1b[2J",
        "\u202egpj",
        " blank \u2028",
        "x; =1+1",
    ]
    for number, name in enumerate(hostile):
        world.role(f"r:{number} %/ü,;\"'=", name=f"{name} role")
        world.user(f"h:{number} %3A,;\"'=", f"r:{number} %/ü,;\"'=", username=name, name=name)
    world.team(
        "=t", *(f"h:{number} %3A,;\"'=" for number in range(len(hostile))), name="=cmd|'/C calc'!A0", private=True
    )
    desk.load(world)
    path = desk.worksheet()
    text = path.read_text(encoding="utf-8-sig")
    assert not any(char in text for char in "\x1b\u202e\r")
    rows = rows_of(path)
    # also where a spreadsheet takes semicolons for the ends of cells
    assert not [cell for row in rows for cell in row.values() for part in cell.split(";")
                if part.strip()[:1] in ("=", "+", "-", "@")]  # fmt: skip
    mine = [row for row in rows if "h%3A" in row["item"]]
    assert len(mine) == 2 * len(hostile)
    for row in mine:
        row["decision"], row["note"] = "approve", "=1+1"
    as_excel_in_germany(path, rows)
    assert desk.attest(path).stored == 2 * len(hostile)
    assert desk.stored() == {
        (f"h:{number} %3A,;\"'=", access, "approve", "rob")
        for number in range(len(hostile))
        for access in (f"role r:{number} %/ü,;\"'=", "team =t")
    }
    for row in mine:
        row["decision"] = "\x1b[2Jno"
    saved(path, rows)
    assert "\x1b" not in str(desk.refused(path))


# ---- questions of the review


def asked(engine: Engine, *names: str) -> dict[str, set[tuple[Any, ...]]]:
    with connect(engine.target, write=False, wait=10) as opened:
        graph = opened.workspace("acme")
        found = review([graph], named(shipped(), names), {})
    return {one.question.name: {tuple(map(_plain, row)) for row in one.rows} for one in found.results}


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def test_the_questions_of_the_review(any_engine: Engine, tmp_path: Path) -> None:
    world = company()
    with connect(any_engine.target, write=True) as opened:
        graph = opened.workspace("acme")
        Desk(graph, tmp_path, Time()).load(world)
    assert asked(any_engine, *QUESTIONS) == {
        "revocations-outstanding": set(), "self-attested": set(),
        "undecided-privileged": {((), "nobody has decided anything yet", None, None)},
    }  # fmt: skip
    with connect(any_engine.target, write=True) as opened:
        graph = opened.workspace("acme")
        desk = Desk(graph, tmp_path, Time())
        desk.decide(
            {
                ("ana.name", "role admin"): ("approve",), ("cat.name", "role bot"): ("revoke", "", "why?"),
                ("dan.name", "team team red"): ("exception", "2026-06-30"),
                ("ana.name", "team team red (moderator, owner)"): ("approve",),
                ("dan.name", "role gone-role"): ("revoke",), ("u00.name", "team team blue"): ("unsure",),
                ("u01.name", "team team blue"): ("approve",), ("u02.name", "team team blue"): ("approve",),
            },
            "ana", allow_self=True,
        )  # fmt: skip
        world.change("cat", roles=())
        desk.load(world, at=LATER)
        world.change("cat", roles=("bot",))
        world.join("blue", "u02", "owner")
        desk.load(world, at=STILL_LATER)
        open_now = desk.open(STILL_LATER)
    found = asked(any_engine, *QUESTIONS)
    assert {row[1:7] + row[8:9] for row in found["revocations-outstanding"]} == {
        ("cat.name", "role", "bot", "came back", "2026-06-01T00:00:00.000Z", "ana", "why?"),
        ("dan.name", "role", "gone-role", "outstanding", "2026-06-01T00:00:00.000Z", "ana", None),
    }
    assert {row[:5] for row in found["self-attested"]} == {
        (("ana.name", "admin"), "ana.name", "role", "admin", "approve"),
        (("ana.name", "team red"), "ana.name", "team", "team red", "approve"),
    }
    assert found["undecided-privileged"] == {
        (("bot",), "role bot", 1, 1), (("team red",), "team team red", 2, 1),
        (("team blue",), "team team blue", 14, 13),
    }  # fmt: skip
    assert sum(row[3] for row in found["undecided-privileged"]) == len(open_now), "as review --open says"


# ---- against a plain model


@dataclass
class Model:
    """What decisions come to, from dictionaries alone."""

    since: dict[tuple[str, str, str], str]
    held: dict[tuple[str, str, str], tuple[str, ...]]
    last: dict[tuple[str, str, str], tuple[str, str, str, tuple[str, ...]]]
    """→ decision, until, at, state"""

    def see(self, world: World, at: str) -> None:
        held = {(user.id, "role", role): () for user in world.users.values() for role in user.roles or ()}
        held |= {
            (row.user_id, "team", row.team_id): membership_state(row.owner, row.roles) for row in world.members.values()
        }
        self.since = {key: self.since.get(key, at) for key in held}
        self.held = dict(held)

    def open(self, at: str) -> dict[tuple[str, str, str], str]:
        found = {}
        for key, state in self.held.items():
            if key not in self.last:
                found[key] = "never decided"
                continue
            decision, until, decided, then = self.last[key]
            if self.since[key] > decided:
                found[key] = "came back after it was revoked" if decision == "revoke" else "given again since"
            elif decision == "unsure":
                found[key] = "unsure"
            elif decision != "revoke" and set(state) - set(then):
                found[key] = "more than was decided on"
            elif decision == "exception" and until + "T23:59:59.999Z" < at:
                found[key] = "exception ran out"
        return found

    def revoked(self) -> dict[tuple[str, str, str], str]:
        return {
            key: "carried out" if key not in self.held
            else "came back after it was revoked" if self.since[key] > decided else "outstanding"
            for key, (decision, _, decided, _) in self.last.items() if decision == "revoke"
        }  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_random_decisions_and_changes_come_to_what_a_plain_model_says(desk: Desk, seed: int) -> None:
    chance = random.Random(seed)
    world, model = company(), Model({}, {}, {})
    for round_ in range(6):
        at = f"2026-06-{2 * round_ + 1:02}T00:00:00.000Z"
        if round_:
            _change(world, chance)
        desk.load(world, at=at, allow_removals=100)
        model.see(world, at)
        desk.now = Time()
        desk.now.sleep(86_400 * (2 * round_ + 1))
        path = desk.worksheet(scope="all")
        rows = rows_of(path)
        keys = {
            item("acme", kind, user, id_, state): (user, kind, id_) for (user, kind, id_), state in model.held.items()
        }
        assert {row["item"] for row in rows} == set(keys)
        for row in chance.sample(rows, len(rows) // 4):
            row["decision"] = chance.choice(["approve", "approve", "revoke", "exception", "unsure"])
            row["until"] = (
                f"2026-06-{2 * round_ + 2 + chance.randrange(8):02}" if row["decision"] == "exception" else ""
            )
            key = keys[row["item"]]
            model.last[key] = (row["decision"], row["until"], instant(desk.now.now), model.held[key])
        saved(path, rows)
        desk.attest(path)
        _change(world, chance)
        later = f"2026-06-{2 * round_ + 2:02}T12:00:00.000Z"
        desk.load(world, at=later, allow_removals=100)
        model.see(world, later)
        for moment in (later, "2026-06-30T00:00:00.000Z"):
            found = open_accesses(desk.graph, scope="all", at=moment)
            assert {
                (one.access.person.id, one.access.kind, one.access.id): one.open for one in found.rows
            } == model.open(moment)
            _agree(desk, moment, max(decided for _, _, decided, _ in model.last.values()))
        assert _revoked(desk.graph) == model.revoked()
    desk.now.sleep(86_400 * 30)
    prune(desk.graph, instant(desk.now.now), decisions=True, clock=desk.now.clock, sleep=desk.now.sleep)
    found = open_accesses(desk.graph, scope="all", at=moment)
    assert {(one.access.person.id, one.access.kind, one.access.id): one.open for one in found.rows} == model.open(
        moment
    ), "what still covers an access stays"
    assert _revoked(desk.graph) == {key: of for key, of in model.revoked().items() if key in model.held}


def _agree(desk: Desk, moment: str, last: str) -> None:
    """What a decision covers is said in Python for each access, and in Cypher for all of them at once, which is several
    times as fast: by the question of the review, which a load asks as well."""
    found = open_accesses(desk.graph, at=moment)
    rows = desk.graph.read("review/undecided-privileged", default_roles=[*DEFAULT_ROLES], asOf=moment)
    named = Counter(f"{one.access.kind} {one.access.display_name}" for one in found.rows)
    assert {row["finding"]: row["undecided"] for row in rows} == named
    listed = list(accesses(desk.graph, part_of(desk.graph, Visibility.of(desk.graph), "")))
    status = desk.decision_status(moment)
    assert (status.undecided, status.new) == (found.total, sum((one.since or "") > last for one in listed))


def _revoked(graph: WorkspaceGraph) -> dict[tuple[str, str, str], str]:
    rows = {
        row["id"]: row for row in ask(graph, "MATCH (a:Attestation) RETURN a.id AS id, a.userId AS u, a.accessId AS x")
    }
    standings = revocations(graph, Visibility.of(graph))
    due = graph.read("decisions/due", workspace="acme")
    return {
        (rows[row["id"]]["u"], row["kind"], rows[row["id"]]["x"]): one.standing
        for row, one in zip(due, standings, strict=True)
        if one.decision == "revoke"
    }


def _change(world: World, chance: random.Random) -> None:
    """Roles and memberships come and go; now and then somebody leaves, or returns."""
    for id_ in chance.sample(sorted(world.users), 4):
        user = world.users[id_]
        roles = set(user.roles or ()) ^ {chance.choice(["user", "auditor", "bot", "admin"])}
        world.users[id_] = replace(user, roles=tuple(sorted(roles)))
    for id_ in chance.sample(sorted(world.users), 4):
        team = chance.choice(["red", "blue", "empty"])
        if (team, id_) in world.members and chance.random() < 0.5:
            world.leave(team, id_)
        elif world.users[id_].active:
            world.join(team, id_, *chance.choice([(), ("owner",), ("moderator",), ("owner", "leader"), ("member",)]))
    if "u05" in world.users and chance.random() < 0.4:
        world.delete_user("u05")
    elif "u05" not in world.users and chance.random() < 0.6:
        world.user("u05", "user")


def test_every_statement_of_decisions_says_what_it_is() -> None:
    for name in (
        "accesses",
        "any",
        "attest/Role",
        "attest/Team",
        "attested",
        "due",
        "held_roles",
        "held_teams",
        "last",
    ):
        assert described(f"decisions/{name}").title != f"decisions/{name}"
