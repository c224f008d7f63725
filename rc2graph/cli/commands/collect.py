"""`rc2graph collect`: read the workspace into a snapshot file."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rc2graph.cli import options as o
from rc2graph.cli.terminal import orphans_text, print_json, print_table, prose, say
from rc2graph.text import counted

if TYPE_CHECKING:
    from rc2graph.collection import Collected


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
        from rc2graph.cli.reporter import PARTIAL, CommandReporter
        from rc2graph.pipeline import collect as read

        reporter = CommandReporter()
        with reporter.interruptible():
            done = read(
                source.source(), snapshot, workspace=at.workspace, overwrite=overwrite, emails=not source.no_emails,
                resume_within=source.resume_within, reporter=reporter,
            )  # fmt: skip
        if output.json:
            print_json(done.as_dict())
        elif not (logging.quiet and done.complete):
            _show(done)
        if not done.complete:
            raise typer.Exit(PARTIAL)


def _show(done: "Collected") -> None:
    from rc2graph.cli.reporter import time_text
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
    say(f"{counted(done.requests, 'request')}, {done.refusals} refused by the rate limit; {time_text(done.seconds)}.")
    say(f"Snapshot: {done.path} (sha256 {done.sha256})")
