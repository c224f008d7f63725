"""`rc2graph forget`: a user who left leaves the graph and the snapshots."""

from pathlib import Path
from typing import Annotated

import typer

from rc2graph.cli import options as o
from rc2graph.cli.removal import RemovalOptions


def register(app: typer.Typer) -> None:
    @app.command(short_help="Forget a user who left, in graph and snapshots.")
    def forget(
        user: Annotated[str, typer.Argument(help="Username or id (also id:…) of an account that is gone.")],
        *,
        removal: RemovalOptions,
        at: o.GraphOptions,
        output: o.OutputOptions,
        logging: o.LogOptions,
    ) -> None:
        """Forget a user who left: name, addresses and history leave the graph and every snapshot in the home.

        Example: rc2graph forget rita.retired --dry-run
        """
        from rc2graph.reports.packs import packs_of
        from rc2graph.retention.forget import planned

        target = at.target()
        removal.carry_out(
            target, lambda: planned(target, at.workspace, user, lambda name: packs_of((at.home, Path()), name)), output
        )
