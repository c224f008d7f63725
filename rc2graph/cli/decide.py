"""What `rc2graph review` offers to decide on: `--worksheet FILE`, `--worksheet FOLDER --by team`, `--open`."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rc2graph.cli import options as o
from rc2graph.cli.terminal import print_json, print_table, prose, say, say_next
from rc2graph.text import counted, harmless

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rc2graph.graph.connect import WorkspaceGraph
    from rc2graph.reviews.decision_status import Undecided
    from rc2graph.reviews.worksheet import Written

SCOPES = "privileged: roles beyond the default ones, private teams, owners, and all that outsiders have; or all."
FIRST = 100


@o.group
class DecisionOptions(o.Group):
    panel = "Decisions"
    worksheet: Annotated[Path | None, typer.Option("--worksheet", help="Write a file to decide in: .xlsx or .csv.")] = None  # fmt: skip  # noqa: E501
    by: Annotated[str, typer.Option("--by", help="team or role: a file for each, in a folder.")] = ""  # fmt: skip
    only_open: Annotated[bool, typer.Option("--open", help="Only the undecided; without --worksheet: list.")] = False  # fmt: skip  # noqa: E501
    scope: Annotated[str, typer.Option("--scope", help=SCOPES)] = "privileged"
    about: Annotated[str, typer.Option("--about", help="A part: role:NAME, team:NAME or user:NAME.")] = ""


def decide(
    graph: "WorkspaceGraph",
    options: DecisionOptions,
    output: o.OutputOptions,
    *,
    overwrite: bool,
    everything: bool,
) -> None:
    """Write a worksheet, or list what is open. Errors: `UsageError`, `BusyError`."""
    from rc2graph.errors import UsageError
    from rc2graph.reviews.decision_status import open_accesses
    from rc2graph.reviews.worksheet import write_worksheet, write_worksheets

    scope, about = options.scope, options.about
    if options.by and (about or not options.worksheet):
        raise UsageError("--by needs a folder, and no --about.", "", "rc2graph review --worksheet FOLDER --by team")
    if options.worksheet and options.by:
        folder = options.worksheet
        several = write_worksheets(
            graph, folder, options.by, scope=scope, only_open=options.only_open, overwrite=overwrite
        )
        if output.json:
            print_json([one.as_dict() for one in several])
        else:
            _show_several(several, folder, options.by)
        return
    if options.worksheet:
        written = write_worksheet(
            graph, options.worksheet, scope=scope, about=about, only_open=options.only_open, overwrite=overwrite
        )
        if output.json:
            print_json(written.as_dict())
        else:
            _show_written(written)
        return
    found = open_accesses(graph, scope=scope, about=about, most=None if everything or output.json else FIRST)
    if output.json:
        print_json(found.as_dict())
    else:
        _show_open(found)


def _show_written(written: "Written") -> None:
    risks = ", ".join(f"{number:,} {risk}" for risk, number in written.risks.items())
    say(f"Written: {written.path} ({counted(written.rows, 'row')}{f': {risks}' if risks else ''}).")
    say(f"As of {written.as_of or 'no finished load'}; {written.open:,} undecided.")
    _say_not_visible(written.not_visible)
    prose("Fill in decision (approve, revoke, exception with a date in until, unsure) and note, and save it.")
    say_next([f"rc2graph attest {shlex.quote(str(written.path))} --reviewer NAME"])


def _show_several(several: "list[Written]", folder: Path, by: str) -> None:
    rows, undecided = sum(one.rows for one in several), sum(one.open for one in several)
    say(f"Written: {counted(len(several), 'file')} in {folder}, one for each {by} ({counted(rows, 'row')}).")
    if several:
        say(f"As of {several[0].as_of or 'no finished load'}; {undecided:,} undecided.")
        _say_not_visible(several[0].not_visible)
        say_next([f"rc2graph attest {shlex.quote(str(several[0].path))} --reviewer NAME"])


def _say_not_visible(gaps: "Sequence[str]") -> None:
    for text in gaps:
        say(harmless(f"Not visible: {text}"))


def _show_open(found: "Undecided") -> None:
    reasons = ", ".join(f"{number:,} {reason}" for reason, number in found.reasons.items())
    examined = counted(found.examined, "access", "accesses")
    say(harmless(f"Open in {found.workspace}: {found.total:,} of {examined} in scope {found.scope}."))
    if found.total:
        say(f"Of them {reasons}.")
        print_table(
            ("risk", "person", "access", "open because", "why it matters"),
            [(one.risk, one.access.person.display_name, str(one.access), one.open, one.why) for one in found.rows],
        )
    if found.total > len(found.rows):
        say(f"The first {len(found.rows):,}; --all shows all of them, --worksheet FILE writes them.")
    say(f"As of {found.as_of or 'no finished load'}.")
    _say_not_visible(found.not_visible)
