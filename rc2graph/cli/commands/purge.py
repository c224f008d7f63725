"""`rc2graph purge`: everything of one workspace leaves the graph."""

from typing import Annotated

import typer

from rc2graph.cli import options as o
from rc2graph.cli.removal import RemovalOptions
from rc2graph.errors import UsageError


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
        from rc2graph.retention.purge import planned

        target = at.target()
        removal.carry_out(target, lambda: planned(target, at.workspace, snapshots=snapshots), output)
