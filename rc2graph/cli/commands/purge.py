"""`rc2graph purge`: everything of one workspace leaves the graph."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rc2graph.cli import options as o
from rc2graph.cli.confirm import RemovalOptions, Stopped, say_finished
from rc2graph.cli.terminal import log, print_json, say
from rc2graph.errors import BusyError, DamagedError, UsageError
from rc2graph.text import harmless

if TYPE_CHECKING:
    from rc2graph.config import GraphTarget

NAMES = {
    "syncs": "records of runs", "decisions": "decisions", "MEMBER_OF": "memberships", "users": "users",
    "teams": "teams", "roles": "roles", "permissions": "permissions", "rooms": "rooms",
}  # fmt: skip


def register(app: typer.Typer) -> None:
    @app.command(short_help="Remove everything of one workspace.")
    def purge(
        *,
        snapshots: Annotated[bool, typer.Option("--snapshots", help="Remove its snapshot files too.")] = False,
        removal: RemovalOptions,
        at: o.GraphOptions,
        output: o.OutputOptions,
        logging: o.LogOptions,
    ) -> None:
        """Remove everything of one workspace from the graph, decisions and history included.

        Example: rc2graph purge --workspace https://old.example.org --snapshots --dry-run
        """
        if not at.workspace:
            raise UsageError("No workspace is named.", "", "Name one with --workspace; rc2graph status lists them.")
        removal.can_ask()
        workspace, target = at.workspace, at.target()
        files = _files(at.home, workspace) if snapshots else []
        stopped = Stopped(target)
        try:
            counts = _counts(target, workspace, alone=not files)
        except UsageError as error:
            if not stopped.is_finished():
                raise
            say_finished(error, output)
            return
        lines = _lines(workspace, counts, files, snapshots=snapshots)
        if removal.dry_run:
            if output.json:
                print_json({**_json(workspace, counts), "dryRun": True, "snapshots": [str(path) for path in files]})
            else:
                for line in [*lines, "Nothing was changed."]:
                    say(harmless(line))
            return
        removal.confirm(lines, f"Remove everything of {workspace}? There is no way back.", output)
        _remove(files)
        gone = _purged(target, workspace) if counts is not None else None
        if output.json:
            print_json({**_json(workspace, gone), "dryRun": False, "snapshots": [str(path) for path in files]})
            return
        say(
            harmless(
                f"{workspace} is gone from {target.inside}: {_told(gone)}." if gone else f"{target} had none of it."
            )
        )
        if snapshots:
            say(f"Snapshot files removed: {len(files)}.")


def _files(home: Path, workspace: str) -> list[Path]:
    """All snapshot files of the workspace that can be opened, the unfinished one too. Errors: `BusyError` where one is
    in use."""
    from rc2graph.snapshot.home import unfinished_snapshot
    from rc2graph.snapshot.shelf import alone, of_workspace

    unfinished = unfinished_snapshot(home, workspace)
    files = [one.path for one in of_workspace(home, workspace)] + ([unfinished] if unfinished.is_file() else [])
    whole = []
    for path in files:
        try:
            with alone(path):
                whole.append(path)
        except DamagedError as error:
            log.warning("%s is left out, and kept: %s", path, error.what)
    return whole


def _counts(target: "GraphTarget", workspace: str, *, alone: bool) -> dict[str, int] | None:
    """What the graph has; None where only files are left. Errors: `UsageError` where there are not even these."""
    from rc2graph.graph import purge as graphs
    from rc2graph.graph import state
    from rc2graph.graph.connect import WRITER_WAIT, NoGraphYetError, connect
    from rc2graph.graph.reading import chosen

    try:
        with connect(target, write=False, wait=WRITER_WAIT) as graph:
            names = state.workspaces(graph)
            if workspace in names or alone:
                return graphs.held(graph, chosen(names, workspace))
    except NoGraphYetError:
        if alone:
            raise
    return None


def _remove(files: list[Path]) -> None:
    from rc2graph.snapshot.shelf import remove

    if used := remove(files).in_use:
        raise BusyError(
            f"The snapshot {used[0]} is in use.",
            "The graph was not touched.",
            "Repeat this when the other run has ended.",
        )


def _purged(target: "GraphTarget", workspace: str) -> dict[str, int]:
    from rc2graph.graph.connect import WRITER_WAIT, connect
    from rc2graph.graph.purge import purge as purged

    with connect(target, write=True, wait=WRITER_WAIT) as graph:
        return purged(graph, workspace, progress=lambda kind, gone: log.debug("%s %s are gone", gone, NAMES[kind]))


def _lines(workspace: str, counts: dict[str, int] | None, files: list[Path], *, snapshots: bool) -> list[str]:
    lines = [
        f"Of {workspace}, the graph holds: {_told(counts)}." if counts else f"The graph holds nothing of {workspace}."
    ]
    if counts and counts["decisions"]:
        lines.append("Decisions are evidence: rc2graph evidence DIR keeps them in a folder of their own.")
    if snapshots:
        lines += [f"Snapshot files to be removed: {len(files)}.", *(f"  {path}" for path in files)]
    return lines


def _told(counts: dict[str, int] | None) -> str:
    return ", ".join(f"{number:,} {NAMES[kind]}" for kind, number in (counts or {}).items() if number) or "nothing else"


def _json(workspace: str, counts: dict[str, int] | None) -> dict[str, object]:
    return {"workspace": workspace, "counts": counts or dict.fromkeys(NAMES, 0)}
