"""`rc2graph prune`: history that ended long ago leaves the graph, and old snapshots the home."""

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rc2graph.cli import options as o
from rc2graph.cli.confirm import RemovalOptions
from rc2graph.cli.terminal import print_json, say
from rc2graph.errors import UsageError
from rc2graph.text import harmless

if TYPE_CHECKING:
    from rc2graph.config import GraphTarget
    from rc2graph.graph.history import Ended
    from rc2graph.snapshot.kept import Kept
    from rc2graph.snapshot.shelf import Removed

NAMES = {
    "HAD_ROLE": "roles that were held", "WAS_MEMBER_OF": "memberships that were", "formerUsers": "former users",
    "formerRoles": "former roles", "formerTeams": "former teams", "syncs": "records of runs", "decisions": "decisions",
}  # fmt: skip


def register(app: typer.Typer) -> None:
    @app.command(short_help="Remove old history and old snapshots.")
    def prune(
        *,
        older_than: Annotated[
            timedelta | None,
            o.Length("400d"),
            typer.Option("--older-than", help="Remove history that ended longer ago, such as 400d."),
        ] = None,
        keep: o.Keep = None,
        decisions: Annotated[
            bool, typer.Option("--decisions", help="Remove decisions that old too: they are evidence.")
        ] = False,
        removal: RemovalOptions,
        at: o.GraphOptions,
        output: o.OutputOptions,
        logging: o.LogOptions,
    ) -> None:
        """Remove history that ended long ago from the graph, and old snapshots from the home.

        Example: rc2graph prune --older-than 400d --keep 30 --dry-run
        """
        before = _before(older_than, keep, decisions=decisions)
        removal.can_ask()
        target = at.target()
        graph = _counted(target, at.workspace, before, decisions=decisions) if before else []
        files = _surplus(at.home, at.workspace, keep) if keep else []
        if removal.dry_run:
            _tell(before, graph, files, keep, as_json=output.json)
            return
        if files or any(one.total for one in graph):
            lines = [*_lines(before, graph, "would be"), *_file_lines(files, keep)]
            removal.confirm(lines, "Remove all this?", output)
        done = _pruned(target, [one.workspace for one in graph if one.total], before, decisions=decisions)
        _show(before, done, _removed(files), keep, as_json=output.json)


def _before(older_than: timedelta | None, keep: int | None, *, decisions: bool) -> str:
    """The instant that `--older-than` means; "" where only snapshots are meant. Errors: `UsageError`."""
    from datetime import UTC, datetime

    from rc2graph.graph.lease import instant

    if not older_than and keep is None:
        raise UsageError(
            "Nothing is named that should go.", "",
            "--older-than 400d removes history from the graph, --keep 30 old snapshots.",
        )  # fmt: skip
    if decisions and not older_than:
        raise UsageError("--decisions needs --older-than.", "", "Write it like --older-than 400d --decisions")
    return instant(datetime.now(UTC) - older_than) if older_than else ""


def _counted(target: "GraphTarget", workspace: str, before: str, *, decisions: bool) -> "list[Ended]":
    from rc2graph.graph import history, state
    from rc2graph.graph.connect import WRITER_WAIT, connect
    from rc2graph.graph.reading import chosen

    with connect(target, write=False, wait=WRITER_WAIT) as graph:
        names = state.workspaces(graph)
        if workspace or not names:
            names = [chosen(names, workspace)]
        return [history.ended(graph, name, before, decisions=decisions) for name in names]


def _pruned(target: "GraphTarget", names: list[str], before: str, *, decisions: bool) -> "list[Ended]":
    from rc2graph.graph import history
    from rc2graph.graph.connect import WRITER_WAIT, connect

    if not names:
        return []
    with connect(target, write=True, wait=WRITER_WAIT) as graph:
        return [history.prune(graph, name, before, decisions=decisions) for name in names]


def _surplus(home: Path, workspace: str, keep: int) -> "list[Kept]":
    from rc2graph.snapshot.shelf import surplus

    return surplus(home, workspace, keep)


def _removed(files: "list[Kept]") -> "Removed":
    from rc2graph.snapshot.shelf import remove

    return remove(one.path for one in files)


def _lines(before: str, found: "list[Ended]", would: str) -> list[str]:
    lines = []
    for one in found:
        counts = ", ".join(f"{number:,} {NAMES[kind]}" for kind, number in one.counts.items() if number)
        lines.append(f"{one.workspace}: {would} removed, ended before {before}: {counts or 'nothing'}.")
        if one.kept:
            lines.append(
                f"  {one.kept:,} former stay: a decision, later history or something of others refers to them."
            )
    return lines


def _file_lines(files: "list[Kept]", keep: int | None) -> list[str]:
    if keep is None:
        return []
    newest = f"the {keep} newest of each workspace stay"
    return [f"Snapshots to be removed: {len(files)}; {newest}.", *(f"  {one.path}" for one in files)]


def _tell(before: str, graph: "list[Ended]", files: "list[Kept]", keep: int | None, *, as_json: bool) -> None:
    if as_json:
        print_json({"dryRun": True, **_json(before, graph), "snapshots": {"remove": [str(one.path) for one in files]}})
        return
    for line in [*_lines(before, graph, "would be"), *_file_lines(files, keep)]:
        say(harmless(line))
    say("Nothing was changed.")


def _show(before: str, graph: "list[Ended]", files: "Removed", keep: int | None, *, as_json: bool) -> None:
    if as_json:
        told = {"removed": [str(path) for path in files.paths], "inUse": [str(path) for path in files.in_use]}
        print_json({"dryRun": False, **_json(before, graph), "snapshots": told})
        return
    for line in _lines(before, graph, "was"):
        say(harmless(line))
    if before and not graph:
        say(f"Nothing of the graph ended before {before}.")
    if keep is not None:
        say(f"Snapshots removed: {len(files.paths)}.")
    for path in files.in_use:
        say(harmless(f"In use, and left: {path}"))


def _json(before: str, graph: "list[Ended]") -> dict[str, Any]:
    return {"before": before or None, "workspaces": [one.as_dict() for one in graph]}
