"""What the demo found in its company that a list of accounts would not show. Every name and number is asked for.

A finding is a line or two, and the command that shows all of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rc2graph.graph.connect import WorkspaceGraph
from rc2graph.text import counted, listed

Row = dict[str, Any]


@dataclass(frozen=True)
class Finding:
    """`text`: one or two sentences. `command`: what comes after `rc2graph` to see it, a word each."""

    text: str
    command: tuple[str, ...]


def findings(graph: WorkspaceGraph) -> Iterator[Finding]:
    """What was found in the workspace, in the order in which it is told. What is not there is not told."""
    for tell in (_still_owner, _everywhere, _service_account, _outsider):
        yield from tell(graph)
    yield from _becomes_administrator(graph)


def overnight(home: Path) -> Iterator[Finding]:
    """What changed between the last two snapshots, about administrators."""
    from rc2graph.ask import diff

    with diff(home=home) as found:
        changes = list(found.tier_a())
    became = [one for one in changes if one.what == "became administrator"]
    can = {one.account.name for one in changes if one.what == "gained" and one.tier == "A"}
    if became:
        yield Finding(
            f"Since yesterday {listed([one.account.name for one in became])} "
            f"{'is' if len(became) == 1 else 'are'} administrator"
            + (f", and {listed(sorted(can))} can become administrator" if can else "")
            + ". A list of today's accounts does not say what is new.",
            ("diff",),
        )


def _still_owner(graph: WorkspaceGraph) -> Iterator[Finding]:
    """No list of members shows those that are deactivated."""
    rows = _answer(graph, "deactivated-members")
    for row in [row for row in rows if row["owner"]][:1]:
        kind = "private team" if row["private"] else "team"
        yield Finding(
            f"{row['user']} is deactivated, and still owner of the {kind} {row['team']}: whoever switches the account "
            f"on again hands it the team. No list of members in Rocket.Chat shows that; it is so of "
            f"{counted(len(rows), 'membership')}.",
            ("query", "deactivated-members"),
        )


def _everywhere(graph: WorkspaceGraph) -> Iterator[Finding]:
    rows = _answer(graph, "room-roles-everywhere")
    if rows:
        held = listed([f"{row['user']} ({row['role']})" for row in rows[:3]])
        more = f" and {counted(len(rows) - 3, 'other')}" if len(rows) > 3 else ""
        yield Finding(
            f"{held}{more} {'holds' if len(rows) == 1 else 'hold'} the role of a room on the account itself: so it "
            "counts in every room and team, also where its holder is no member.",
            ("query", "room-roles-everywhere"),
        )


def _service_account(graph: WorkspaceGraph) -> Iterator[Finding]:
    for row in _answer(graph, "privileged-service-accounts")[:1]:
        yield Finding(
            f"{row['user']} is a {row['type']} and holds {row['role']}: whoever reads its token in some pipeline is "
            "administrator, without a second factor.",
            ("query", "privileged-service-accounts"),
        )


def _outsider(graph: WorkspaceGraph) -> Iterator[Finding]:
    for row in _answer(graph, "guests-in-private-teams")[:1]:
        yield Finding(
            f"{row['user']} is a guest, and member of the private team {row['team']}.",
            ("query", "guests-in-private-teams"),
        )


def _becomes_administrator(graph: WorkspaceGraph) -> Iterator[Finding]:
    from rc2graph.access.person import find_person
    from rc2graph.access.target import ADMINISTRATOR
    from rc2graph.access.visibility import Visibility
    from rc2graph.access.why import why

    rows = _answer(graph, "becomes-administrator")
    for row in [row for row in rows if row["tier"] == "A"][:1]:
        found = why(graph, Visibility.of(graph), find_person(graph, row["user"]), ADMINISTRATOR)
        others = len({row["user"] for row in rows}) - 1
        yield Finding(
            f"{found.paths[0].describe()}" + (f" {counted(others, 'other')} can as well." if others else ""),
            ("why", row["user"], "admin"),
        )


def _answer(graph: WorkspaceGraph, name: str) -> list[Row]:
    """The rows of a review's question."""
    from rc2graph.graph import state
    from rc2graph.reviews.questions import named, shipped

    question = named(shipped(), [name])[0]
    as_of = (state.last_sync(graph) or {}).get("startedAt")
    given = {**question.chosen({}), "asOf": as_of}
    return [dict(record) for record in graph.stream(question.text, given)]
