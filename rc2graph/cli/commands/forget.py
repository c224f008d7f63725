"""`rc2graph forget`: a user who left leaves the graph and the snapshots."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rc2graph.cli import options as o
from rc2graph.cli.confirm import RemovalOptions, Stopped, say_finished
from rc2graph.cli.terminal import print_json, say
from rc2graph.text import harmless

if TYPE_CHECKING:
    from rc2graph.graph.connect import Graph
    from rc2graph.retention.forget import Erasure

ELSEWHERE = (
    "Not known here: copies of snapshots, packs, pages, worksheets and exports in other places, backups, and what "
    "Rocket.Chat itself still holds."
)


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
        from rc2graph.graph.connect import WRITER_WAIT, connect
        from rc2graph.retention.forget import UnknownUserError, planned, summary
        from rc2graph.retention.forget import forget as forgotten

        removal.can_ask()
        stopped = Stopped(at.target())
        try:
            with connect(at.target(), write=False, wait=WRITER_WAIT) as graph:
                plan = planned(graph, at.home, _workspace(graph, at.workspace), user)
        except UnknownUserError as error:
            if not stopped.is_finished():
                raise
            say_finished(error, output)
            return
        packs = _packs(at.home, plan.workspace)
        lines = [f"{user} of {plan.workspace} is gone, and can be forgotten.", *summary(plan), *_pack_lines(packs)]
        if removal.dry_run:
            if output.json:
                print_json({"dryRun": True, **_json(plan, packs)})
            else:
                for line in [*lines, ELSEWHERE, "Nothing was changed."]:
                    say(harmless(line))
            return
        removal.confirm(lines, "Forget this user? There is no way back.", output)
        with connect(at.target(), write=True, wait=WRITER_WAIT) as graph:
            done = forgotten(graph, at.home, plan)
        if output.json:
            print_json({"dryRun": False, **_json(done, packs)})
            return
        say(harmless(f"Forgotten: one user of {done.workspace}, who is {done.who.word} from now on."))
        for line in [*summary(done), *(f"  rewritten: {path}" for path in done.snapshots), *_pack_lines(packs)]:
            say(harmless(line))
        say(ELSEWHERE)


def _workspace(graph: "Graph", wanted: str) -> str:
    from rc2graph.graph import state
    from rc2graph.graph.reading import chosen

    return chosen(state.workspaces(graph), wanted)


def _packs(home: Path, workspace: str) -> list[Path]:
    from rc2graph.reports.packs import packs_of

    return packs_of((home, Path()), workspace)


def _pack_lines(packs: list[Path]) -> list[str]:
    if not packs:
        return []
    return ["Evidence packs are issued, and stay as they are; these may name him:", *(f"  {path}" for path in packs)]


def _json(found: "Erasure", packs: list[Path]) -> dict[str, object]:
    return {**found.as_dict(), "evidencePacks": [str(path) for path in packs], "notKnown": ELSEWHERE}
