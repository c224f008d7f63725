"""`rc2graph evidence`: a folder that an auditor keeps, and the proof that nobody changed it."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from rc2graph.cli import options as o
from rc2graph.cli.terminal import print_json, prose, say
from rc2graph.errors import UsageError
from rc2graph.text import counted, harmless

DIFFERENT = 10


def register(app: typer.Typer) -> None:
    @app.command(short_help="Write a review as evidence, or check such a folder.")
    def evidence(
        folder: Annotated[Path, typer.Argument(help="The folder of the pack; it must be new.")],
        *,
        verify: Annotated[bool, typer.Option("--verify", help="Check this folder against its manifest.")] = False,
        made_for: Annotated[
            str, typer.Option("--at", help="The instant it is made for, such as 2026-06-30T12:00:00Z (default: now).")
        ] = "",
        own: o.OwnQuestions = None,
        param: o.Thresholds = None,
        at: o.GraphOptions,
        output: o.OutputOptions,
        logging: o.LogOptions,
    ) -> None:
        """Write questions, answers, decisions and what was not visible into a folder, with a hash of every file.

        Example: rc2graph evidence review-2026-Q2
        """
        if verify:
            _check(folder, output)
            return
        from rc2graph.graph.connect import connect
        from rc2graph.graph.workspace import chosen_workspaces
        from rc2graph.reports.evidence import write_evidence
        from rc2graph.reviews.questions import all_questions, values_of

        instant = _instant(made_for)
        questions = all_questions(own)
        values = values_of(questions, param or ())
        with connect(at.target(), write=False, wait=10) as graph:
            pack = write_evidence(chosen_workspaces(graph, at.workspace), questions, values, folder, at=instant)
        if output.json:
            print_json({"folder": str(folder), "files": pack.files, "manifestSha256": pack.sha256, "at": instant})
            return
        prose(f"Written: {folder} ({counted(pack.files, 'file')}, made for {instant}).")
        for seen in pack.review.seen if pack.review else ():
            prose(f"{seen.workspace} was read as of {seen.as_of or 'no finished load'}.")
            if seen.as_of and instant < seen.as_of:
                prose("That is after the instant that this is made for: what there was then, it does not show.")
            for note in seen.notes:
                if note.general:
                    prose(f"Note: {note}")
        prose(f"SHA-256 of its manifest: {pack.sha256}")
        prose(
            "Note that down where nobody can change it.",
            f"rc2graph evidence --verify {shlex.quote(str(folder))} tells it again.",
        )


def _check(folder: Path, output: o.OutputOptions) -> None:
    from rc2graph.reports.evidence import check_evidence

    found = check_evidence(folder)
    if output.json:
        told = {"changed": found.changed, "missing": found.missing, "added": found.added}
        print_json({"folder": str(folder), "whole": found.whole, "manifestSha256": found.pack.sha256, **told})
    else:
        for what in ("changed", "missing", "added"):
            for name in getattr(found, what):
                say(harmless(f"{what}: {name}"))
        state = "as its manifest says" if found.whole else "not as its manifest says"
        prose(f"{folder}: {counted(found.pack.files, 'file')}, made for {found.at}, {state}.")
        prose(f"SHA-256 of its manifest: {found.pack.sha256}")
    if not found.whole:
        raise typer.Exit(DIFFERENT)


def _instant(text: str) -> str:
    from datetime import UTC, datetime

    from rc2graph.graph.lease import instant

    try:
        moment = datetime.fromisoformat(text) if text else datetime.now(UTC)
    except ValueError:
        raise UsageError(f"{text!r} is no instant.", "", "Write it like 2026-06-30T12:00:00Z") from None
    return instant(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
