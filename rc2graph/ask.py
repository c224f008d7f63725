"""Ask the graph, or the snapshots of a day that has passed: who has access, why, what a review finds, what changed.

What rests on something that was not seen says so (`not_visible`, `gaps`); it is never told as "no".
"""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, overload

from rc2graph import checked
from rc2graph.access import as_of as past
from rc2graph.access.access_map import AccessMap, map_of
from rc2graph.access.access_map import access_map as mapped
from rc2graph.access.account import Account, account
from rc2graph.access.person import find_person
from rc2graph.access.target import find_access
from rc2graph.access.visibility import Visibility
from rc2graph.access.who import Holders
from rc2graph.access.who import who as holders
from rc2graph.access.why import Answer
from rc2graph.access.why import why as answer
from rc2graph.config import HOME, GraphTarget
from rc2graph.errors import UsageError
from rc2graph.graph.workspace import chosen_workspace, chosen_workspaces
from rc2graph.render.sheets import sheets
from rc2graph.reviews.changes import Diff, between
from rc2graph.reviews.questions import all_questions, named, values_of
from rc2graph.reviews.run import Review
from rc2graph.reviews.run import review as reviewed
from rc2graph.rocketchat.address import as_workspace
from rc2graph.snapshot.store import two

Day = date | str | None
"""A day, also as text: `2026-06-01`."""


@overload
def why(graph: GraphTarget, user: str, access: str, *, workspace: str = "", as_of: Day = None) -> Answer: ...
@overload
def why(graph: GraphTarget, user: str, *, workspace: str = "", as_of: Day = None) -> Account: ...
def why(graph: GraphTarget, user: str, access: str = "", *, workspace: str = "", as_of: Day = None) -> Answer | Account:
    """Every path from an account to one thing; without `access`, all that the account has.

    user: username, id (`id:…` where a username looks like one) or name.
    access: `admin`, `permission:ID`, `role:NAME`, `team:NAME`, `room:NAME`, or a bare name.
    workspace: its name in the graph; "" where the graph holds only one.
    as_of: ask the newest snapshot that was begun by the end of this day (UTC), instead of the graph.

    Errors: `UsageError` where nothing, or more than one thing, has the name; `GraphError`.
    """
    day, workspace = _asked(graph, as_of, workspace, user=user, access=access)
    with past.graph_at(graph, day, workspace) as held:
        opened = chosen_workspace(held, workspace)
        visibility = Visibility.of(opened)
        person = find_person(opened, user)
        if not access:
            return account(opened, visibility, person)
        return answer(opened, visibility, person, find_access(opened, visibility, access))


def who(graph: GraphTarget, access: str, *, most: int | None = 100, workspace: str = "", as_of: Day = None) -> Holders:
    """Everybody who has one thing, and through what.

    most: how many accounts are in `shown`, None for all; `total` and `states` count them all. For a day of which there
    is no snapshot, the graph's own history tells who held a role (such as `role:admin`) or was in a team
    (`remembered`). The other parameters and the errors are those of `why`.
    """
    day, workspace = _asked(graph, as_of, workspace, access=access)
    _rows(most)
    remember = bool(day) and not past.snapshots_of(day, graph.home, workspace)
    with past.graph_at(graph, "" if remember else day, workspace) as held:
        opened = chosen_workspace(held, workspace)
        visibility = Visibility.of(opened)
        wanted = find_access(opened, visibility, access)
        if remember and wanted.is_administrator and not access.startswith("role:"):
            raise past.no_snapshot(day, graph.home, workspace)  # who could become one then, no history tells
        if remember:
            return past.remembered(opened, visibility, wanted, day, most=most)
        return holders(opened, visibility, wanted, most=most)


def access_map(graph: GraphTarget, access: str, *, workspace: str = "", as_of: Day = None) -> AccessMap:
    """Everybody who has one thing, with what leads to it, for a page. Parameters and errors are those of `who`."""
    day, workspace = _asked(graph, as_of, workspace, access=access)
    if day and not past.snapshots_of(day, graph.home, workspace):
        return map_of(who(graph, access, most=None, workspace=workspace, as_of=day))
    with past.graph_at(graph, day, workspace) as held:
        opened = chosen_workspace(held, workspace)
        visibility = Visibility.of(opened)
        return mapped(opened, visibility, find_access(opened, visibility, access))


def review(
    graph: GraphTarget,
    questions: Iterable[str] = (),
    *,
    parameters: Mapping[str, Any] | None = None,
    own: Path | str | None = None,
    most: int | None = None,
    csv: Path | str | None = None,
    overwrite: bool = False,
    workspace: str = "",
    as_of: Day = None,
    mapped: bool = False,
) -> Review:
    """Ask the questions of an access review.

    questions: their names (docs/review.md); none for all of them.
    parameters: thresholds by their name, such as `{"dormant_days": 30}`; the others keep their defaults.
    own: a folder of your own questions, which are asked as well.
    most: how many rows of each answer are kept, None for all; all are counted.
    csv: a folder, to which all rows are written besides; `overwrite` replaces the files that are there.
    workspace: one of the graph; "" for all of them. `as_of`: as of `why`. mapped: with an access map of each workspace.

    Errors: `UsageError`, also for a question or parameter that there is not; `GraphError`; `BusyError` where a load
    writes meanwhile.
    """
    day, workspace = _asked(graph, as_of, workspace)
    _rows(most)
    own, csv = (None if one is None else checked.path(name, one) for name, one in (("own", own), ("csv", csv)))
    names = [questions] if isinstance(questions, str) else checked.several("questions", questions)
    asked = named(all_questions(own), [checked.text("questions", name) for name in names])
    given = checked.kind(
        "parameters", dict(parameters or {}) if isinstance(parameters, Mapping | None) else parameters, dict
    )
    values = values_of(asked, [f"{name}={_typed(value)}" for name, value in given.items()])
    unseen = past.UNSEEN if day else ()
    with past.graph_at(graph, day, workspace) as opened:
        workspaces = chosen_workspaces(opened, workspace)
        if csv is None:
            return reviewed(workspaces, asked, values, most=most, unseen=unseen, mapped=mapped)
        with sheets(csv, asked, overwrite=overwrite) as files:
            found = reviewed(workspaces, asked, values, most=most, sink=files.sink, unseen=unseen, mapped=mapped)
            files.finish(found)
            return found


def diff(
    before: Path | str | None = None,
    after: Path | str | None = None,
    *,
    home: Path | str = HOME,
    workspace: str = "",
) -> Diff:
    """What changed between two snapshots, without asking the graph or Rocket.Chat.

    before, after: a file, or a day (`2026-06-01`: the newest snapshot begun by its end, in UTC). None: the newest of
    `home`; with neither, the last two that were loaded. `workspace`: where `home` holds snapshots of several.

    The differences are read from the files as they are asked for: close the answer, or use it in a `with` block.
    Errors: `UsageError` for what is not there; `SnapshotError` for a file that is none, or of another workspace.
    """
    names = [str(checked.path("before, after", name)) for name in (before, after) if name is not None]
    return between(two(names, checked.path("home", home), as_workspace(checked.text("workspace", workspace))))


def _asked(graph: GraphTarget, as_of: Day, workspace: str, **texts: str) -> tuple[str, str]:
    """What every question is given: the day and the workspace, as they are used. Errors: `UsageError`."""
    checked.kind("graph", graph, GraphTarget)
    for name, value in {"workspace": workspace, **texts}.items():
        checked.text(name, value)
    day = as_of.astimezone(UTC).date() if isinstance(as_of, datetime) else as_of
    return past.day_of(str(day)) if day else "", as_workspace(workspace)


def _rows(most: int | None) -> None:
    if most is not None:
        checked.whole("most", most, 0)


def _typed(value: Any) -> str:
    if not isinstance(value, str | int | float | list | tuple):
        raise UsageError(f"A threshold cannot be a {type(value).__name__}.", "", "It takes a number, a text or a list.")
    return value if isinstance(value, str) else json.dumps(value)
