"""`rc2graph attest`: the decisions of a worksheet, checked and stored."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rc2graph.cli import options as o
from rc2graph.cli.terminal import print_json, prose

if TYPE_CHECKING:
    from rc2graph.reviews.attest import Attested


def register(app: typer.Typer) -> None:
    @app.command(short_help="Store the decisions of a worksheet.")
    def attest(
        file: Annotated[Path, typer.Argument(help="A worksheet of rc2graph review --worksheet, filled in.")],
        *,
        reviewer: Annotated[str, typer.Option("--reviewer", help="Who decided: a username or an e-mail address.")],
        allow_self: Annotated[
            bool, typer.Option("--allow-self", help="Let reviewers decide about themselves, and keep that on record.")
        ] = False,
        withdraw_ahead: Annotated[
            bool,
            typer.Option("--withdraw-ahead", help="Take back decisions dated ahead of this clock, and say which."),
        ] = False,
        at: o.GraphOptions,
        output: o.OutputOptions,
        logging: o.LogOptions,
    ) -> None:
        """Store the decisions of a worksheet in the graph: all of them, or none where one cannot be.

        Example: rc2graph attest worksheet.xlsx --reviewer rob
        """
        from rc2graph.graph.connect import WRITER_WAIT, connect
        from rc2graph.reviews.attest import attest as stored
        from rc2graph.reviews.attest import reviewer_named, workspace_of
        from rc2graph.reviews.decision_status import now
        from rc2graph.reviews.worksheet_reader import read_sheet

        name = reviewer_named(reviewer)
        sheet = read_sheet(file, at=now())
        with connect(
            at.target(), write=False, wait=WRITER_WAIT
        ) as graph:  # to write would make a graph where there is none
            place = workspace_of(graph, sheet, at.workspace)
        with connect(at.target(), write=True, wait=WRITER_WAIT) as graph:
            done = stored(graph.workspace(place), sheet, name, allow_self=allow_self, withdraw_ahead=withdraw_ahead)
        if output.json:
            print_json(done.as_dict())
        else:
            _show(done, file)


def _show(done: "Attested", file: Path) -> None:
    from rc2graph.reviews.items import UNSURE
    from rc2graph.text import counted

    for one in done.withdrawn:
        prose(f"Taken back, as dated ahead of this clock: {one}.")
    if done.before and not done.stored:
        prose(f"{done.reviewer} attested these very decisions on {done.before}: nothing new was stored.")
        return
    told = ", ".join(f"{number:,} {decision}" for decision, number in done.decisions.items())
    prose(f"Stored {counted(done.stored, 'decision')} of {file} by {done.reviewer}: {told}.")
    if done.repeated:
        prose(f"{counted(done.repeated, 'decision')} of it had been stored before, last on {done.before}.")
    if done.of_self:
        prose(f"{counted(done.of_self, 'decision')} of them about {done.reviewer}'s own access.")
    if not done.reviewer_is_account:
        prose(
            f"No account goes by the name {done.reviewer}: whether any of these decisions is about the reviewer's own "
            "access is not known. Where the name is misspelt, attest the file again under the right one."
        )
    if done.undecided:
        unsure = done.decisions.get(UNSURE, 0)
        also = f" What is unsure ({unsure:,}) stays open too." if unsure else ""
        prose(
            f"Without a decision: {counted(done.undecided, 'row')}.{also}", "rc2graph review --open lists what is left."
        )
    if done.only_notes:
        prose(f"{counted(done.only_notes, 'row')} of these with a note, which was not stored.")
