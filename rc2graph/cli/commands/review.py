"""`rc2graph review`: the questions of an access review, their findings, and what nobody could see."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rc2graph.cli import complete
from rc2graph.cli import decide as d
from rc2graph.cli import options as o
from rc2graph.cli.as_of import AsOf, graph_at
from rc2graph.cli.terminal import print_json, print_table, say, set_up_logging
from rc2graph.errors import IncompleteError, UsageError

if TYPE_CHECKING:
    from rc2graph.graph.connect import Graph
    from rc2graph.reviews.questions import Question
    from rc2graph.reviews.run import Result, Review

FIRST = 20
ON_A_PAGE = 1_000
WIDE = 100
"""Columns of what is no terminal."""
FOUND = 10


def register(app: typer.Typer) -> None:
    @app.command(short_help="Ask the questions of an access review.")
    def review(
        questions: Annotated[
            list[str] | None,
            typer.Argument(help="Names of questions; none: all of them.", autocompletion=complete.questions),
        ] = None,
        list_them: Annotated[bool, typer.Option("--list", help="List the questions.")] = False,
        own: Annotated[
            Path | None, typer.Option("--questions", help="A folder of your own questions, asked as well.")
        ] = None,
        param: Annotated[
            list[str] | None, typer.Option("--param", "-p", help="A threshold, such as dormant_days=90.")
        ] = None,
        everything: Annotated[bool, typer.Option("--all", help=f"All rows, not the first {FIRST}.")] = False,
        as_json: o.Json = False,
        as_markdown: Annotated[bool, typer.Option("--markdown", help="Markdown on stdout.")] = False,
        as_csv: Annotated[Path | None, typer.Option("--csv", help="Write a folder of CSV files.")] = None,
        html: Annotated[Path | None, typer.Option("--html", help="Write one page for an auditor.")] = None,
        overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace files that are there.")] = False,
        fail_on: Annotated[
            str, typer.Option("--fail-on", help="Exit 10 on findings of this severity or above: high, medium, low.")
        ] = "",
        as_of: AsOf = "",
        worksheet: d.Worksheet = None,
        only_open: d.OnlyOpen = False,
        scope: d.Scope = "privileged",
        about: d.About = "",
        neo4j_uri: o.Neo4jUri = "",
        neo4j_username: o.Neo4jUser = "",
        neo4j_password: o.Neo4jPassword = "",
        neo4j_database: o.Neo4jDatabase = "",
        workspace: o.Workspace = "",
        home: o.Home = o.DEFAULT_HOME,
        verbose: o.Verbose = False,
        quiet: o.Quiet = False,
    ) -> None:
        """Ask the questions of an access review, of every workspace in the graph.

        Example: rc2graph review --html review.html
        """
        from rc2graph.access.as_of import UNSEEN
        from rc2graph.files import new_files
        from rc2graph.render.review_html import page
        from rc2graph.render.review_markdown import markdown
        from rc2graph.render.review_terminal import lines
        from rc2graph.reviews.questions import SEVERITIES, all_questions, named, values_of

        set_up_logging(verbose=verbose, quiet=quiet)
        if as_json and as_markdown:
            raise UsageError("--json and --markdown exclude each other.", "", "Choose one.")
        if fail_on and fail_on not in SEVERITIES[:-1]:
            raise UsageError(f"There is no severity {fail_on!r}.", "", "--fail-on high, medium or low")
        known = all_questions(own)
        if list_them:
            print_table(("severity", "name", "title"), [(one.severity, one.name, one.title) for one in known])
            return
        target = o.target(neo4j_uri, neo4j_username, neo4j_password, neo4j_database, home)
        if worksheet or only_open:
            if questions or param or as_csv or html or as_markdown or fail_on:
                raise UsageError("--worksheet and --open ask no questions.", "", "Leave the other options out.")
            if as_of:
                raise UsageError(
                    "--worksheet and --open are about today.",
                    "A snapshot knows of no decisions, and all of its accesses would be open.",
                    "Leave --as-of out.",
                )
            with graph_at(target, home, "", workspace) as graph:
                d.decide(
                    graph, workspace, worksheet, only_open=only_open, scope=scope, about=about, overwrite=overwrite,
                    everything=everything, as_json=as_json,
                )  # fmt: skip
            return
        asked = named(known, questions or ())
        values = values_of(asked, param or ())
        most = None if everything or as_json else ON_A_PAGE
        with new_files([html] if html else [], overwrite=overwrite) as files:
            written = files.open(html) if html else None  # a place that takes no file is known before the reading
            with graph_at(target, home, as_of, workspace) as graph:
                found = _reviewed(graph, workspace, asked, values, most, as_csv, overwrite, UNSEEN if as_of else ())
            if written:
                written.writelines(page(found))
        if as_json:
            print_json(as_dict(found))
        elif as_markdown:
            say(markdown(found).rstrip())
        else:
            width = shutil.get_terminal_size((WIDE, 0)).columns
            for line in lines(found, None if everything else FIRST, width):
                say(line)
            for path in filter(None, (html, as_csv)):
                say(f"Written: {path}")
        if fail_on:
            _exit(found, fail_on)


def _reviewed(
    graph: "Graph",
    workspace: str,
    asked: "Sequence[Question]",
    values: dict[str, Any],
    most: int | None,
    folder: Path | None,
    overwrite: bool,
    unseen: tuple[str, ...],
) -> "Review":
    from rc2graph.access.visibility import chosen_workspaces
    from rc2graph.render.sheets import sheets
    from rc2graph.reviews.run import review

    workspaces = chosen_workspaces(graph, workspace)
    if folder is None:
        return review(graph, workspaces, asked, values, most=most, unseen=unseen)
    with sheets(folder, asked, overwrite=overwrite) as written:
        found = review(graph, workspaces, asked, values, most=most, sink=written.sink, unseen=unseen)
        written.finish(found)
    return found


def _exit(found: "Review", severity: str) -> None:
    from rc2graph.access.visibility import UNLOADED
    from rc2graph.graph.reading import FINISH

    findings, unseen = found.at_least(severity)
    if findings:
        raise typer.Exit(FOUND)
    if unseen:
        names, gaps = ({one.question.name: 0 for one in unseen}, {gap: 0 for one in unseen for gap in one.gaps})
        raise IncompleteError(
            f"Nothing was found, but not everything was visible to {', '.join(names)}.",
            f"Not visible: {'; '.join(gaps)}.",
            FINISH if set(gaps) == {UNLOADED} else "rc2graph check tells which permission is missing.",
        )


def as_dict(found: "Review") -> dict[str, Any]:
    return {
        "workspaces": [
            {"workspace": one.workspace, "asOf": one.as_of, "datasets": one.datasets, "counts": one.counts,
             "notVisible": one.not_visible, "version": one.version, "notes": [note.text for note in one.notes]}
            for one in found.seen
        ],
        "questions": [_result_dict(one) for one in found.results],
        "notExposed": found.not_exposed,
        "tool": found.tool,
        "catalogue": found.catalogue,
        "read": found.read,
    }  # fmt: skip


def _result_dict(one: "Result") -> dict[str, Any]:
    """What was not visible has no number and no rows: none found would be another answer."""
    from rc2graph.reviews.run import NOT_VISIBLE

    question, seen = one.question, one.verdict != NOT_VISIBLE
    return {
        "name": question.name, "title": question.title, "question": question.asks, "why": question.why,
        "severity": question.severity, "controls": question.controls, "heuristic": question.heuristic or None,
        "workspace": one.workspace, "parameters": one.parameters, "verdict": one.verdict,
        "found": one.total if seen else None, "examined": one.examined, "examines": question.examines,
        "notVisible": one.gaps, "leftOut": one.left_out,
        "notes": [note.text for note in one.notes], "explained": one.explained,
        "rows": list(one.as_dicts()) if seen else None,
    }  # fmt: skip
