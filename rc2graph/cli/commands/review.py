"""`rc2graph review`: the questions of an access review, their findings, and what nobody could see."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rc2graph.cli import complete
from rc2graph.cli import options as o
from rc2graph.cli.decide import DecisionOptions, decide
from rc2graph.cli.terminal import print_json, print_table, say, say_next
from rc2graph.errors import IncompleteError, UsageError

if TYPE_CHECKING:
    from rc2graph.reviews.run import Result, Review

FIRST = 20
ON_A_PAGE = 1_000
WIDE = 100
"""Columns of what is no terminal."""
FOUND = 10
STYLES = {"HIGH": "bold red", "MEDIUM": "bold magenta", "LOW": "bold blue"}
"""Of the line that begins with the severity: to be read on white and on black."""


@o.group
class ReviewOutput(o.PageOptions):
    csv: Annotated[Path | None, typer.Option("--csv", help="Write a folder of CSV files.")] = None
    html: Annotated[Path | None, typer.Option("--html", help="Write one page for an auditor.")] = None


def register(app: typer.Typer) -> None:
    @app.command(short_help="Ask the questions of an access review.")
    def review(
        questions: Annotated[
            list[str] | None,
            typer.Argument(help="Names of questions; none: all of them.", autocompletion=complete.questions),
        ] = None,
        *,
        list_them: Annotated[bool, typer.Option("--list", help="List the questions.")] = False,
        own: o.OwnQuestions = None,
        param: o.Thresholds = None,
        everything: Annotated[bool, typer.Option("--all", help=f"All rows, not the first {FIRST}.")] = False,
        empty: Annotated[bool, typer.Option("--empty", help="List the questions without findings as well.")] = False,
        fail_on: Annotated[
            str, typer.Option("--fail-on", help="Exit 10 from this severity on: high, medium, low.")
        ] = "",
        as_of: o.AsOf = "",
        decisions: DecisionOptions,
        at: o.GraphOptions,
        output: ReviewOutput,
        overwrite: o.Overwrite = False,
        logging: o.LogOptions,
    ) -> None:
        """Ask the questions of an access review, of every workspace in the graph.

        Example: rc2graph review --html review.html
        """
        from rc2graph.ask import review as reviewed
        from rc2graph.files import new_files
        from rc2graph.graph.connect import READER_WAIT, connect
        from rc2graph.graph.workspace import chosen_workspace
        from rc2graph.render.review_html import page
        from rc2graph.render.review_markdown import markdown
        from rc2graph.render.review_terminal import lines, next_commands, summary
        from rc2graph.reviews.past import keep
        from rc2graph.reviews.questions import SEVERITIES, all_questions, named, values_of
        from rc2graph.snapshot.past_reviews import past_reviews

        if fail_on and fail_on not in SEVERITIES[:-1]:
            raise UsageError(f"There is no severity {fail_on!r}.", "", "--fail-on high, medium or low")
        known = all_questions(own)
        if list_them:
            if output.json:
                print_json([{"severity": one.severity, "name": one.name, "title": one.title} for one in known])
            else:
                print_table(("severity", "name", "title"), [(one.severity, one.name, one.title) for one in known])
            return
        if decisions.worksheet or decisions.only_open or decisions.by:
            if questions or param or output.csv or output.html or output.markdown or fail_on:
                raise UsageError("--worksheet and --open ask no questions.", "", "Leave the other options out.")
            if as_of:
                raise UsageError(
                    "--worksheet and --open are about today.",
                    "A snapshot knows of no decisions, and all of its accesses would be open.",
                    "Leave --as-of out.",
                )
            with connect(at.target(), write=False, wait=READER_WAIT) as graph:
                place = chosen_workspace(graph, at.workspace)
                decide(place, decisions, output, overwrite=overwrite, everything=everything)
            return
        asked, home = named(known, questions or ()), at.target().home
        values = values_of(asked, param or ())
        most = None if everything or output.json else ON_A_PAGE
        with new_files([output.html] if output.html else [], overwrite=overwrite) as files:
            written = (
                files.open(output.html) if output.html else None
            )  # a place that takes no file is known before the reading
            found = reviewed(
                at.target(), questions or (), own=own, parameters=values, most=most, csv=output.csv,
                overwrite=overwrite, workspace=at.workspace, as_of=as_of, mapped=bool(output.html),
            )  # fmt: skip
            if written:
                written.writelines(page(found, past_reviews(home)))
        if not (questions or own or param or as_of):
            keep(home, found)
        if output.json:
            print_json(as_dict(found))
        elif output.markdown:
            say(markdown(found).rstrip())
        else:
            width = shutil.get_terminal_size((WIDE, 0)).columns
            written_to = [path for path in (output.html, output.csv) if path]
            shown = (
                summary(found, width) if written_to else lines(found, None if everything else FIRST, width, empty=empty)
            )
            for line in shown:
                say(line)
            for path in written_to:
                say(f"Written: {path}")
            say_next(next_commands(found)[1 if output.html else 0 :])
        if fail_on:
            _exit(found, fail_on)


def _exit(found: "Review", severity: str) -> None:
    findings, unseen = found.at_least(severity)
    if findings:
        raise typer.Exit(FOUND)
    if unseen:
        names, gaps = ({one.question.name: 0 for one in unseen}, {gap: 0 for one in unseen for gap in one.gaps})
        raise IncompleteError(
            f"Nothing was found, but not everything was visible to {', '.join(names)}.",
            f"Not visible: {'; '.join(gaps)}.",
            _next_step(set(gaps)),
        )


def _next_step(gaps: set[str]) -> str:
    from rc2graph.access.visibility import UNLOADED
    from rc2graph.graph.reading import FINISH

    if gaps == {UNLOADED}:
        return FINISH
    if all(gap.startswith(("decisions ", "history ")) for gap in gaps):
        return "No load brings these back. Worksheets, evidence packs and snapshots that were kept hold them."
    return "rc2graph check tells which permission is missing."


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
