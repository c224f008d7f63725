"""`rc2graph diff`: what changed between two snapshots. It asks no graph and no Rocket.Chat."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from rc2graph.cli import options as o
from rc2graph.cli.terminal import print_table, say
from rc2graph.text import harmless

if TYPE_CHECKING:
    from rc2graph.reviews.changes import Diff

FIRST = 100
DIFFERENT, IN_DOUBT = 10, 5


def register(app: typer.Typer) -> None:
    @app.command(short_help="Say what changed between two snapshots.")
    def diff(
        before: Annotated[
            str | None, typer.Argument(metavar="A", help="A snapshot, or a day (2026-06-01). None: the last but one.")
        ] = None,
        after: Annotated[
            str | None, typer.Argument(metavar="B", help="A snapshot, or a day. None: the newest.")
        ] = None,
        *,
        everything: Annotated[bool, typer.Option("--all", help=f"All rows, not the first {FIRST} a section.")] = False,
        output: o.PageOptions,
        exit_code: Annotated[
            bool,
            typer.Option("--exit-code", help="Exit 10 when anything differs, 5 when that cannot be told, else 0."),
        ] = False,
        at: o.HomeOptions,
        logging: o.LogOptions,
    ) -> None:
        """Say what changed between two snapshots: administrators first, then accounts, roles, grants, teams.

        Example: rc2graph diff 2026-06-01
        """
        from rc2graph.ask import diff as compared
        from rc2graph.render import changes as render_changes

        most = None if everything else FIRST
        with compared(before, after, home=at.home, workspace=at.workspace) as found:
            if output.json:
                sys.stdout.writelines(render_changes.as_json(found, found.files))
            elif output.markdown:
                sys.stdout.writelines(render_changes.as_markdown(found, found.files, most))
            else:
                _show(found, most)
            code = DIFFERENT if found.different else IN_DOUBT if found.in_doubt else 0
        if exit_code and code:
            raise typer.Exit(code)


def _show(found: "Diff", most: int | None) -> None:
    from rc2graph.render.changes import about
    from rc2graph.reviews.changes import TITLES, columns, notes, rows, summary, verdict
    from rc2graph.snapshot.changes import SECTIONS

    for line in about(found.files):
        say(harmless(line))
    say(verdict(found))
    if found.different:
        print_table(("section", "change", "count", ""), summary(found))
    for section in SECTIONS:
        if total := found.total(section, folded=True):
            print_table(columns(section), rows(found, section, most), title=f"{TITLES[section]} ({total:,})")
            if most is not None and total > most:
                say(f"The first {most:,} of {total:,}; --all shows everything.")
    for line in notes(found):
        say(harmless(line))
