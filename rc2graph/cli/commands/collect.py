"""`rc2graph collect`: read the workspace into a snapshot file."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rc2graph.cli import options as o
from rc2graph.cli.interrupt import Interrupted
from rc2graph.cli.logging import event, log
from rc2graph.cli.progress import ProgressReport
from rc2graph.cli.terminal import orphans_text, print_json, print_table, prose, say
from rc2graph.config import RESUME_WITHIN, Source
from rc2graph.duration import written
from rc2graph.errors import GraphError, SnapshotError, SourceError
from rc2graph.text import counted

if TYPE_CHECKING:
    from rc2graph.collection import Collected, Known
    from rc2graph.rocketchat.preflight import Preflight
    from rc2graph.snapshot import Collection

PARTIAL = 5


def register(app: typer.Typer) -> None:
    @app.command(short_help="Read the workspace into a snapshot file; touch no graph.")
    def collect(
        *,
        snapshot: Annotated[Path, typer.Option("--snapshot", help="File to write; an unfinished one is resumed.")],
        overwrite: o.Overwrite = False,
        source: o.CollectOptions,
        at: o.WorkspaceOptions,
        output: o.OutputOptions,
        logging: o.LogOptions,
    ) -> None:
        """Read the workspace into a snapshot file, without touching any graph.

        Example: rc2graph collect --snapshot monday.sqlite
        """
        given = source.source()
        done = into(
            snapshot, given, at.name_of(given), overwrite=overwrite, emails=not source.no_emails,
            resume_within=source.resume_within, quiet=logging.quiet, again=o.as_typed(),
        )  # fmt: skip
        if output.json:
            print_json(as_dict(done))
        else:
            show(done)
        if not done.complete:
            raise typer.Exit(PARTIAL)


def into(
    file: Path,
    source: Source,
    workspace: str,
    *,
    again: str,
    overwrite: bool = False,
    emails: bool = True,
    resume_within: timedelta = RESUME_WITHIN,
    quiet: bool = False,
    known: "Known | None" = None,
) -> "Collected":
    """Collect into `file`. `again`: the command that goes on after an interruption."""
    from rc2graph.collection import collect
    from rc2graph.rocketchat.client import Client
    from rc2graph.snapshot import Collection

    with Collection.open(file, overwrite=overwrite) as collection, _going_on(collection, again, resume_within):
        client = Client.of(source, folder=file.parent)
        progress = ProgressReport(quiet=quiet)
        log.info(
            "reading %s%s", source.url, ", going on where the last run stopped" if collection.resumed else "",
            extra=event("reading", url=source.url, workspace=workspace, resumed=collection.resumed),
        )  # fmt: skip
        try:
            return collect(
                client, collection, workspace=workspace, known=known, emails=emails,
                resume_within=resume_within.total_seconds(), report=progress, seen=_tell,
            )  # fmt: skip
        finally:
            progress.close()
            client.close()


def _tell(found: "Preflight") -> None:
    log.info(
        "Rocket.Chat%s; the token belongs to %s (roles: %s)",
        f" {found.version}" if found.version else ", version not known",
        found.caller.username, ", ".join(found.caller.roles or ()),
        extra=event("caller", version=found.version, username=found.caller.username, roles=found.caller.roles),
    )  # fmt: skip
    for warning in found.warnings:
        log.warning("%s", warning)


@contextmanager
def _going_on(collection: "Collection", again: str, resume_within: timedelta) -> Iterator[None]:
    try:
        yield
    except SnapshotError:
        raise
    except (SourceError, GraphError) as error:
        if collection.meta("started"):
            kept = f"What was read is kept: within {written(resume_within)} the same command goes on from there."
            error.next_step = f"{error.next_step} {kept}".strip()
        raise
    except Interrupted:
        raise Interrupted(f"What was read is kept. Go on with: {again}") from None


def as_dict(done: "Collected") -> dict[str, Any]:
    return {
        "snapshot": str(done.path),
        "sha256": done.sha256,
        "complete": done.complete,
        "resumed": done.resumed,
        "datasets": {
            name: {"state": dataset.state, "fetched": dataset.fetched, "total": dataset.total, "why": dataset.why}
            for name, dataset in done.datasets.items()
        },
        "unsettledTeams": done.unsettled,
        "requests": done.requests,
        "refusals": done.refusals,
        "seconds": {name: round(value, 3) for name, value in done.seconds.items()},
    }


def show(done: "Collected") -> None:
    from rc2graph.snapshot import NEXT

    print_table(
        ("dataset", "state", "read", "of", ""),
        [(item.name, item.state, item.fetched, item.total, item.reason) for item in done.datasets.values()],
    )
    for item in done.datasets.values():
        if item.step:
            prose(f"Not seen in full: {item.name}.{NEXT}{item.step}")
    members = done.datasets.get("members")
    if members and members.state == "complete" and (text := orphans_text(members.fetched, members.total)):
        say(text)
    say(f"{counted(done.requests, 'request')}, {done.refusals} refused by the limiter; {time_text(done.seconds)}.")
    say(f"Snapshot: {done.path} (sha256 {done.sha256})")


def time_text(seconds: dict[str, float]) -> str:
    names = {
        "working": "working",
        "limiter": "waiting for the limiter",
        "retrying": "retrying",
        "graph": "in the graph",
    }
    return ", ".join(f"{value:.1f} s {names.get(name, name)}" for name, value in seconds.items())
