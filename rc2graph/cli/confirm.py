"""Before something is removed: what it will be, and whether that is meant."""

import sys
from collections.abc import Iterable
from typing import Annotated

import typer

from rc2graph.cli.interrupt import Interrupted
from rc2graph.errors import UsageError

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be removed, and remove nothing.")]

STOPPED = "Nothing was changed."


def can_ask(*, yes: bool, dry_run: bool) -> None:
    """Errors: `UsageError` where nobody is there to be asked, before anything else is done."""
    if not (yes or dry_run or (sys.stdin.isatty() and sys.stderr.isatty())):
        raise UsageError(
            "Nothing was changed: this removes things, and there is no terminal to ask on.",
            "",
            "Look at it with --dry-run, then repeat it with --yes.",
        )


def confirmed(lines: Iterable[str], question: str, *, yes: bool, as_json: bool) -> None:
    """Say what will be done (with `--json` on stderr) and ask. Errors: `Interrupted` for anything but a yes."""
    from rc2graph.text import harmless

    stream = sys.stderr if as_json else sys.stdout
    if not (yes and as_json):
        stream.writelines(f"{harmless(line)}\n" for line in lines)
        stream.flush()
    if yes:
        return
    try:
        meant = typer.confirm(harmless(question), err=True)
    except typer.Abort:
        raise Interrupted(STOPPED) from None
    if not meant:
        raise Interrupted(STOPPED)
