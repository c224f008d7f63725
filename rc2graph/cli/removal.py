"""Removing on the terminal, for every verb that removes: what it would be, whether that is meant, and what went."""

import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from rc2graph.cli import options as o
from rc2graph.cli.activity import working
from rc2graph.cli.interrupt import Interrupted
from rc2graph.cli.terminal import print_json, say
from rc2graph.errors import UsageError
from rc2graph.text import harmless

if TYPE_CHECKING:
    from rc2graph.config import GraphTarget
    from rc2graph.retention.flow import Plan, Report

STOPPED = "Nothing was changed."


@o.group
class RemovalOptions(o.Group):
    panel = "Options"
    dry_run: o.DryRun = False
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")] = False

    def carry_out(self, target: "GraphTarget", planned: "Callable[[], Plan]", output: o.OutputOptions) -> None:
        """Plan, ask, do, report. Errors: those of all four; `Interrupted` where it is not meant."""
        from rc2graph.retention.flow import NothingLeftError

        self._can_ask()
        stopped = _Stopped(target)
        try:
            plan = planned()
        except NothingLeftError as error:
            if not stopped.is_finished():
                raise
            _say_finished(error, output)
            return
        if self.dry_run:
            _show(plan, plan.limits, STOPPED, output=output)
            return
        if plan.question and not self.yes:  # else the report says it all
            with working.paused():
                self._confirm(plan.lines, plan.question, output)
        _show(plan.carry_out(), plan.limits, output=output)

    def _can_ask(self) -> None:
        """Errors: `UsageError` where nobody is there to be asked, before anything else is done."""
        if not (self.yes or self.dry_run or (sys.stdin.isatty() and sys.stderr.isatty())):
            raise UsageError(
                "Nothing was changed: this removes things, and there is no terminal to ask on.",
                "",
                "Look at it with --dry-run, then repeat it with --yes.",
            )

    def _confirm(self, lines: Iterable[str], question: str, output: o.OutputOptions) -> None:
        """Say what will be done (with `--json` on stderr) and ask. Errors: `Interrupted` for anything but a yes."""
        stream = sys.stderr if output.json else sys.stdout
        stream.writelines(f"{harmless(line)}\n" for line in lines)
        stream.flush()
        try:
            meant = typer.confirm(harmless(question), err=True)
        except typer.Abort:
            raise Interrupted(STOPPED) from None
        if not meant:
            raise Interrupted(STOPPED)


class _Stopped:
    """A removal that an earlier run began and did not finish: whoever opens the graph next finishes it."""

    def __init__(self, target: "GraphTarget") -> None:
        self._home = target.home if target.is_embedded else None
        self._there = not self._erased()

    def is_finished(self) -> bool:
        """Whether it has been finished since."""
        return self._there and self._erased()

    def _erased(self) -> bool:
        from rc2graph.graph.files import is_erased

        return self._home is None or is_erased(self._home)


def _say_finished(error: UsageError, output: o.OutputOptions) -> None:
    """Answer a removal that was repeated, and of which nothing was left to do. `error`: that nothing was found."""
    if output.json:
        print_json({"finished": True, "message": error.what})
        return
    say("An earlier run was stopped while it removed something. That is finished now: no file of the graph holds it.")
    say(harmless(error.what))


def _show(found: "Report", *more: str, output: o.OutputOptions) -> None:
    if output.json:
        print_json(found.json)
        return
    for line in filter(None, [*found.lines, *more]):
        say(harmless(line))
