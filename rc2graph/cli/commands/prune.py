"""`rc2graph prune`: history that ended long ago leaves the graph, and old snapshots the home."""

from datetime import timedelta
from typing import Annotated

import typer

from rc2graph.cli import options as o
from rc2graph.cli.removal import RemovalOptions
from rc2graph.errors import UsageError


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
        from rc2graph.retention.prune import planned

        before, target = _before(older_than, keep, decisions=decisions), at.target()
        removal.carry_out(target, lambda: planned(target, at.workspace, before, keep, decisions=decisions), output)


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
