"""`rc2graph diff`: what changed between two snapshots. It asks no graph and no Rocket.Chat."""

import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated

import typer

from rc2graph.cli import options as o
from rc2graph.cli.terminal import log, print_table, say
from rc2graph.text import harmless

if TYPE_CHECKING:
    from rc2graph.snapshot.compare import Comparison
    from rc2graph.snapshot.kept import Kept

FIRST = 100
DIFFERENT, IN_DOUBT = 10, 5
LARGE = 50_000_000
"""Bytes of a file that takes seconds to check and compare."""


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
        from rc2graph.render import changes as render_changes
        from rc2graph.reviews.changes import compared
        from rc2graph.snapshot import Snapshot
        from rc2graph.snapshot.kept import two

        files = two([name for name in (before, after) if name is not None], at.home, at.workspace)
        for file in files:
            if not file.whole and file.path.stat().st_size > LARGE:
                log.info("checking %s", file.path)
        with ExitStack() as opened:
            first, second = (opened.enter_context(Snapshot.open(file.path, check=not file.whole)) for file in files)
            found = opened.enter_context(compared(first, second))
            if output.json:
                sys.stdout.writelines(render_changes.as_json(found, files))
            elif output.markdown:
                sys.stdout.writelines(render_changes.as_markdown(found, files, None if everything else FIRST))
            else:
                _show(found, files, None if everything else FIRST)
            code = DIFFERENT if found.different else IN_DOUBT if found.in_doubt else 0
        if exit_code and code:
            raise typer.Exit(code)


def _show(found: "Comparison", files: "tuple[Kept, Kept]", most: int | None) -> None:
    from rc2graph.render.changes import about
    from rc2graph.reviews.changes import TITLES, columns, notes, rows, summary, verdict
    from rc2graph.snapshot.changes import SECTIONS

    for line in about(files):
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
