"""`rc2graph evidence`: a folder that an auditor keeps, and the proof that nobody changed it."""

from pathlib import Path
from typing import Annotated

import typer

from rc2graph.cli import options as o
from rc2graph.cli.terminal import print_json, prose, say, set_up_logging
from rc2graph.errors import UsageError
from rc2graph.text import counted, harmless

DIFFERENT = 10


def register(app: typer.Typer) -> None:
    @app.command(short_help="Write a review as evidence, or check such a folder.")
    def evidence(
        folder: Annotated[Path, typer.Argument(help="The folder of the pack; it must be new.")],
        verify: Annotated[bool, typer.Option("--verify", help="Check this folder against its manifest.")] = False,
        at: Annotated[
            str, typer.Option("--at", help="The instant it is made for, such as 2026-06-30T12:00:00Z (default: now).")
        ] = "",
        own: Annotated[
            Path | None, typer.Option("--questions", help="A folder of your own questions, asked as well.")
        ] = None,
        param: Annotated[
            list[str] | None, typer.Option("--param", "-p", help="A threshold, such as dormant_days=90.")
        ] = None,
        neo4j_uri: o.Neo4jUri = "",
        neo4j_username: o.Neo4jUser = "",
        neo4j_password: o.Neo4jPassword = "",
        neo4j_database: o.Neo4jDatabase = "",
        workspace: o.Workspace = "",
        home: o.Home = o.DEFAULT_HOME,
        as_json: o.Json = False,
        verbose: o.Verbose = False,
        quiet: o.Quiet = False,
    ) -> None:
        """Write questions, answers, decisions and what was not visible into a folder, with a hash of every file.

        Example: rc2graph evidence review-2026-Q2
        """
        set_up_logging(verbose=verbose, quiet=quiet)
        if verify:
            _check(folder, as_json)
            return
        from rc2graph.access.visibility import chosen_workspaces
        from rc2graph.graph.connect import connect
        from rc2graph.reports.evidence import write_evidence
        from rc2graph.reviews.questions import all_questions, values_of

        instant = _instant(at)
        questions = all_questions(own)
        values = values_of(questions, param or ())
        target = o.target(neo4j_uri, neo4j_username, neo4j_password, neo4j_database, home)
        with connect(target, write=False, wait=10) as graph:
            pack = write_evidence(graph, chosen_workspaces(graph, workspace), questions, values, folder, at=instant)
        if as_json:
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
        prose("Note that down where nobody can change it.", "rc2graph evidence --verify tells it again.")


def _check(folder: Path, as_json: bool) -> None:
    from rc2graph.reports.evidence import check_evidence

    found = check_evidence(folder)
    if as_json:
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
