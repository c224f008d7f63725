"""An account that was never approved has not left: the server is asked who they are, where it can tell (rocketchat.md
§4.2), and where that is not proven nobody is called one or the other."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from rc2graph.access.person import find_person
from rc2graph.access.target import find_access
from rc2graph.access.visibility import Visibility
from rc2graph.access.who import who
from rc2graph.errors import MissingPermissionError
from rc2graph.graph.connect import WorkspaceGraph, connect
from rc2graph.graph.load import load_snapshot
from rc2graph.reports.export.kinds import Reader
from rc2graph.reviews.changes import compared
from rc2graph.reviews.questions import all_questions, named
from rc2graph.reviews.run import IN_FULL, review
from rc2graph.simulator import Workspace
from rc2graph.simulator.queries import Paging
from rc2graph.snapshot import Snapshot
from tests.engines import Engine
from tests.faults import Fault
from tests.review import WORKSPACE
from tests.source import Source, small_company
from tests.test_collect_permissions import Killed, kill

LEFT, WAITING, OLDER = {"olaf", "rita"}, {"pia", "quin"}, {"leo"}
"""Deactivated; never approved, and quin wrote no reason; waiting since before 8.0, which only the reason tells."""
WITH_REASON = {"pia", "leo"}
ROUTE = "users.listByStatus"
ALL_TOLD = dict.fromkeys(LEFT, "deactivated") | dict.fromkeys(WAITING | OLDER, "pending")
BY_REASON = dict.fromkeys(LEFT | {"quin"}, "deactivated") | dict.fromkeys(WITH_REASON, "pending")
"""What is known of them where the server knows nothing but the reasons."""
NOT_PROVEN = dict.fromkeys(LEFT | {"quin"}) | dict.fromkeys(WITH_REASON, "pending")


def company() -> Workspace:
    workspace = small_company()
    workspace.register("pia", reason="I am the new intern")
    workspace.register("quin")
    workspace.add_user("leo", active=False, reason="I come from another office")
    return workspace


def source_of(folder: Path, version: str = "8.6.1", **knobs: Any) -> Source:
    return Source(company(), folder / "s.sqlite", version, knobs=knobs)


def anew(folder: Path, **knobs: Any) -> Source:
    for old in folder.glob("s.sqlite*"):
        old.unlink()
    return source_of(folder, **knobs)


def collected(source: Source) -> bool:
    """Collect, once more where the process was killed; whether it was."""
    try:
        source.collect()
    except (Killed, AssertionError) as error:
        if not isinstance(error, Killed) and not isinstance(error.__cause__, Killed):
            raise
        source.collect()
        return True
    return False


def statuses(source: Source) -> dict[str, str | None]:
    """Of the accounts that are not active."""
    with Snapshot.open(source.path) as snapshot:
        return dict(snapshot.db.execute("SELECT username, status FROM user WHERE active = 0 AND unlisted = 0"))


def said(source: Source) -> list[str]:
    with Snapshot.open(source.path) as snapshot:
        return [text for text in json.loads(snapshot.meta["not_visible"]) if text.startswith("approval")]


def asked(source: Source) -> int:
    return sum("inactiveReason" in entry.query for entry in source.server.log)


def is_about(parameter: str) -> Any:
    return lambda request: request.route == ROUTE and parameter in unquote(request.query)


def does_not_know_it(source: Source) -> None:
    """A server, or something in front of it, that takes no notice of the parameter: it answers all accounts."""
    respond = source.server.respond

    def without(method: str, path: str, query: str, *rest: Any) -> Any:
        return respond(method, path, re.sub(r"&?inactiveReason(\[\]|%5B%5D)=\w+", "", query), *rest)

    source.server.respond = without  # type: ignore[method-assign]


@pytest.mark.parametrize(
    ("version", "calls", "expected"),
    [
        ("6.7.0", 0, dict.fromkeys(LEFT | WAITING | OLDER, "deactivated")),
        ("7.7.1", 0, BY_REASON),
        ("8.0.0", 1, ALL_TOLD),
        ("9.0.0", 1, ALL_TOLD),
    ],
)
def test_a_server_that_can_tell_is_asked_who_was_never_approved(
    tmp_path: Path, version: str, calls: int, expected: dict[str, str]
) -> None:
    source = source_of(tmp_path, version)
    assert source.collect().complete
    assert statuses(source) == expected
    assert asked(source) in (calls, 2 * calls), "once a pass"
    accounts = len(source.content().users)
    unknown = sum(word == "deactivated" for word in expected.values())
    text = (
        f"approval: not shown by {unknown} of {accounts} accounts, which are not active: this server does not tell it"
    )
    assert [one.startswith(text) for one in said(source)] == ([] if calls else [True])


@pytest.mark.parametrize("paging", [{}, {"infinite": False, "upper": 2, "default": 2}, {"infinite": False, "upper": 1}])
def test_it_is_read_in_pages_too(tmp_path: Path, paging: dict[str, Any]) -> None:
    source = source_of(tmp_path, paging=Paging(**paging))
    for number in range(3):
        source.workspace.register(f"new.{number}")
    assert source.collect().complete
    assert statuses(source) == ALL_TOLD | {f"new.{number}": "pending" for number in range(3)}


def test_nothing_is_asked_where_nobody_is_in_question(tmp_path: Path) -> None:
    source = Source(Workspace(), tmp_path / "s.sqlite")
    source.workspace.add_user("leo", active=False, reason="I come from another office")
    source.collect()
    assert len(source.lists_of_users) == source.routes.count(ROUTE) == 2, "one a pass, as ever where there are no teams"
    assert statuses(source) == {"leo": "pending"}


@pytest.mark.parametrize("way", ["refuses", "ignores"])
def test_a_server_that_does_not_know_the_parameter_makes_nobody_pending(tmp_path: Path, way: str) -> None:
    """Its version is not known, so it is asked. Refused or ignored, it stays with what the reasons tell."""
    source = source_of(tmp_path, "7.7.1" if way == "refuses" else "8.6.1")
    source.server.add(Fault("html-403", route="info", times=-1))
    if way == "ignores":
        does_not_know_it(source)
    assert source.collect().complete
    assert statuses(source) == BY_REASON
    (text,) = said(source)
    assert "this server does not tell it" in text


@pytest.mark.parametrize("way", ["400-database", "html-502", "lying-total", "ignores"])
@pytest.mark.parametrize("parameter", ["inactiveReason", "status=deactivated"])
def test_where_a_server_that_could_tell_does_not_it_is_not_visible(
    tmp_path: Path, way: str, parameter: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Also where somebody was known as pending before: nobody becomes a leaver because a list did not come."""
    source = source_of(tmp_path)
    if way == "ignores":
        does_not_know_it(source)
    else:
        source.server.add(Fault(way, when=is_about(parameter), times=-1))
    with caplog.at_level("INFO"):
        assert source.collect().complete
    kind = "accounts that are not active" if parameter.startswith("status") else "accounts that wait for approval"
    not_read = f"The list of {kind} (users.listByStatus) is not read: "
    assert any(text.startswith(not_read) for text in caplog.messages) == (way == "html-502")
    proven = {"quin": "pending"} if parameter.startswith("status") and way != "ignores" else {}
    assert statuses(source) == NOT_PROVEN | proven, "who is in the list of those that wait is proven to wait"
    (text,) = said(source)
    accounts = len(source.content().users)
    assert text.startswith(f"approval: not shown by {3 - len(proven)} of {accounts} accounts, which are not active: ")


def test_a_permission_that_is_lost_between_stops_it_and_what_was_read_is_asked_again(tmp_path: Path) -> None:
    for nth in (2, 3):
        source = source_of(tmp_path)
        source.path.unlink(missing_ok=True)
        held = list(source.workspace.permissions["view-d-room"]["roles"])
        source.server.before(nth, lambda ws: ws.permissions["view-d-room"].update(roles=[]), route=ROUTE)
        with pytest.raises(MissingPermissionError, match="view-d-room"):
            source.collect()
        source.workspace.permissions["view-d-room"].update(roles=held)
        source.collect()
        assert statuses(source) == ALL_TOLD


CHANGES = {
    "approved": (lambda ws: ws.activate("quin"), {}),
    "approved and then switched off": (
        lambda ws: (ws.activate("quin"), ws.deactivate("quin")), {"quin": "deactivated"},
    ),
    "switched on": (lambda ws: ws.activate("olaf"), {"quin": "pending"}),
    "switched off": (lambda ws: ws.deactivate("ben"), {"quin": "pending", "ben": "deactivated"}),
    "registered": (lambda ws: ws.register("nina"), {"quin": "pending", "nina": "pending"}),
    "rejected": (lambda ws: ws.delete_user("quin"), {"quin": None}),
}  # fmt: skip
"""What may happen meanwhile, and what is then said of the accounts concerned, those that are active left out. Of one
that is gone nothing more is to be learnt: not visible."""


@pytest.mark.parametrize(("change", "killed"), [*((change, False) for change in CHANGES), ("approved", True)])
def test_an_account_that_changes_meanwhile_is_never_called_what_it_never_was(
    tmp_path: Path, change: str, killed: bool
) -> None:
    """Before each request in turn (of all but approvals every second), also with the command killed there and repeated:
    so between two passes too, as the rows of deleted users make a second one."""
    make, then = CHANGES[change]
    for number in count(1, 1 if change == "approved" else 2):
        source = anew(tmp_path)
        source.server.before(number, make)
        if killed:
            source.server.before(number, kill)
        was_killed = collected(source)
        if len(source.server.log) < number:
            break
        assert was_killed is killed
        found, may = statuses(source), ALL_TOLD | {"quin": "pending"}
        for name in found.keys() & {*may, *then}:
            assert found[name] in [one[name] for one in (may, then) if name in one], (number, name)
    assert number > 20


@pytest.mark.parametrize("paged", [False, True])
def test_gone_on_with_after_any_request_it_says_the_same(tmp_path: Path, paged: bool) -> None:
    for number in count(1, 5 if paged else 2):
        source = anew(tmp_path, paging=Paging(infinite=False, upper=2, default=2) if paged else Paging())
        source.server.before(number, kill)
        if not collected(source):
            break
        assert statuses(source) == ALL_TOLD
    once = asked(source)
    source.server.faults.clear()
    source.collect(overwrite=True)
    assert asked(source) == 2 * once, "a finished collection leaves nothing behind that a new one takes for read"


# ---- what answers say


@contextmanager
def loaded_from(source: Source, engine: Engine) -> Iterator[WorkspaceGraph]:
    source.path.unlink(missing_ok=True)
    source.collect(workspace=WORKSPACE)
    with connect(engine.target, write=True, wait=10) as graph, Snapshot.open(source.path) as found:
        load_snapshot(graph.workspace(WORKSPACE), found)
    with connect(engine.target, write=False) as opened:
        yield opened.workspace(WORKSPACE)


def powerful(folder: Path, version: str = "8.6.1") -> Source:
    source = source_of(folder, version)
    for name in sorted(LEFT | WAITING):
        source.workspace.assign(name, "admin")
        source.workspace.add_member("void", name)
    return source


def users_of(graph: WorkspaceGraph, question: str) -> tuple[set[object], str]:
    (result,) = review([graph], named(all_questions(), [question]), {}).results
    return {row[result.question.columns.index("user")] for row in result.rows}, result.visibility


def test_every_answer_says_the_same_word(engine: Engine, tmp_path: Path) -> None:
    with loaded_from(powerful(tmp_path), engine) as graph:
        visibility = Visibility.of(graph)
        for access in ("admin", "team:void"):
            shown = who(graph, visibility, find_access(graph, visibility, access)).shown
            states = {one.display_name: one.state for one in shown}
            assert {name: states[name] for name in LEFT | WAITING} == {name: ALL_TOLD[name] for name in LEFT | WAITING}
        assert users_of(graph, "deactivated-members") == (LEFT, IN_FULL)
        assert users_of(graph, "deactivated-with-roles") == (LEFT, IN_FULL)
        quin = find_person(graph, "quin")
        assert quin.does("is administrator") == "quin was never approved, and is administrator once approved."
        rows = {row["username"]: row["status"] for row in Reader(graph).rows("users")}
        assert {name: rows[name] for name in ALL_TOLD} == ALL_TOLD


def test_what_a_server_cannot_tell_or_does_not_is_said_by_what_rests_on_it(engine: Engine, tmp_path: Path) -> None:
    """Also of a server that did answer before: nobody is called deactivated because a list did not come."""
    with loaded_from(powerful(tmp_path, "7.7.1"), engine) as graph:
        left, seen = users_of(graph, "deactivated-members")
        assert left == LEFT | {"quin"}
        assert "approval: not shown by 3 of " in seen
        assert "approval" not in users_of(graph, "administrators")[1]
    source = powerful(tmp_path)
    source.server.add(Fault("html-502", when=is_about("inactiveReason"), times=-1))
    with loaded_from(source, engine) as graph:
        visibility = Visibility.of(graph)
        found = who(graph, visibility, find_access(graph, visibility, "admin"))
        states = {one.display_name: one.state for one in found.shown}
        assert (states["quin"], states["olaf"], states["pia"]) == ("not visible", "not visible", "pending")
        assert any(text.startswith("approval: not shown by 3 of ") for text in found.not_visible)
        assert "approval: not shown by 3 of " in users_of(graph, "deactivated-members")[1]
        quin = find_person(graph, "quin")
        assert quin.does("is administrator").startswith("quin is not active, and is administrator again once")


def test_a_difference_says_the_same_word(tmp_path: Path) -> None:
    before, after = powerful(tmp_path / "a"), powerful(tmp_path / "b")
    for name in LEFT | WAITING:
        before.workspace.unassign(name, "admin")
    for one in (before, after):
        one.path.parent.mkdir()
        one.collect()
    with Snapshot.open(before.path) as a, Snapshot.open(after.path) as b, compared(a, b) as found:
        assert {one.account.name: one.state for one in found.tier_a()} == {
            name: ALL_TOLD[name] for name in LEFT | WAITING
        }
