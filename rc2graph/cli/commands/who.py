"""`rc2graph who`: everybody who has one thing, and through what. `rc2graph impact`: what one removal would change."""

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rc2graph.cli import options as o
from rc2graph.cli.terminal import note, print_csv, print_json, print_table, prose, say
from rc2graph.errors import UsageError
from rc2graph.text import harmless

if TYPE_CHECKING:
    from collections.abc import Callable

    from rc2graph.access.access_map import AccessMap
    from rc2graph.access.impact import Impact
    from rc2graph.access.who import Holders, Way

FIRST = 100
TIERS = (
    "Tier A: the permission alone suffices to become administrator. Tier B: with another one, or under a condition. "
    "Where a condition is named, it has to hold."
)


@o.group
class WhoOutput(o.TableOptions):
    html: Annotated[Path | None, typer.Option("--html", help="Write a page with a map of it to this file.")] = None


def register(app: typer.Typer) -> None:
    @app.command(short_help="Say who has a permission, role, team or room.")
    def who(
        access: o.Access,
        *,
        everybody: Annotated[bool, typer.Option("--all", help=f"All of them, not the first {FIRST}.")] = False,
        as_of: o.AsOf = "",
        at: o.GraphOptions,
        output: WhoOutput,
        overwrite: o.Overwrite = False,
        logging: o.LogOptions,
    ) -> None:
        """Say who has a permission, role, team or room, or can become administrator, and through what.

        Example: rc2graph who admin
        """
        from rc2graph.ask import access_map
        from rc2graph.ask import who as holders

        if output.html:
            if output.json or output.csv or everybody:
                raise UsageError(
                    "--html writes a page of everybody, and goes without --all, --json and --csv.", "",
                    f"rc2graph who {shlex.quote(access)} --html {shlex.quote(str(output.html))}",
                )  # fmt: skip
            _write_map(
                output.html, lambda: access_map(at.target(), access, workspace=at.workspace, as_of=as_of), overwrite
            )
            return
        found = holders(at.target(), access, most=None if everybody else FIRST, workspace=at.workspace, as_of=as_of)
        if output.json:
            print_json(found.as_dict())
        elif output.csv:
            _print_csv(found)
        else:
            _show(found)

    @app.command(short_help="Say which role or grant would take most power away if it went.")
    def impact(
        at: o.GraphOptions,
        output: o.OutputOptions,
        logging: o.LogOptions,
    ) -> None:
        """Say which role, or which one permission of a role, would take most tier A access away if it went.

        Example: rc2graph impact
        """
        from rc2graph.access.impact import impact as measured
        from rc2graph.access.visibility import Visibility
        from rc2graph.graph.connect import connect
        from rc2graph.graph.workspace import chosen_workspace

        with connect(at.target(), write=False, wait=10) as opened:
            graph = chosen_workspace(opened, at.workspace)
            found = measured(graph, Visibility.of(graph))
        if output.json:
            print_json(found.as_dict())
        else:
            _show_impact(found)


def _write_map(path: Path, mapped: "Callable[[], AccessMap]", overwrite: bool) -> None:
    from rc2graph.files import new_files
    from rc2graph.render.access_map import page

    with new_files([path], overwrite=overwrite) as files:
        file, found = files.open(path), mapped()
        file.writelines(page(found))
    say(harmless(found.about.headline))
    say(harmless(f"Written: {path}"))


class Notes:
    """What does not fit into a person's line: conditions, what else is needed, and further ways. Each is told once, by
    the number that stands in the lines."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def marked(self, ways: Sequence["Way"]) -> str:
        """The plainest of a person's ways, with the number of its note where it has one."""
        first, *others = ways
        told = [_details(first), *(f"also through {way.through_text} {_details(way)}".rstrip() for way in others)]
        text = "; ".join(filter(None, told))
        if not text:
            return first.through_text
        return f"{first.through_text} [{self._numbers.setdefault(text, len(self._numbers) + 1)}]"

    def lines(self) -> Iterator[str]:
        for text, number in self._numbers.items():
            yield f"  [{number}] {text}"


def _details(way: "Way") -> str:
    return " ".join(filter(None, (way.with_text, f"only if {way.condition}" if way.condition else "")))


def _show(found: "Holders") -> None:
    from rc2graph.access.who import STATES

    say(harmless(found.headline))
    notes = Notes()
    for state, title in STATES.items():
        rows = [one for one in found.shown if one.state == state]
        if rows:
            print_table(
                ("user", "name", "by", "through"),
                [(one.display_name, one.name, one.by, notes.marked(one.ways)) for one in rows],
                title=f"{title} ({found.states[state]:,})",
            )
    for text in notes.lines():
        prose(text)
    if any(way.by.startswith("tier") for one in found.shown for way in one.ways):
        prose(TIERS)
    if found.total > len(found.shown):
        say(f"The first {len(found.shown):,} of {found.total:,}; --all shows everybody.")
        say(", ".join(f"{state}: {number:,}" for state, number in found.states.items()))
    _say_notes(found.remarks, found.as_of, found.not_visible)


def _print_csv(found: "Holders") -> None:
    """A line a way. What is not all of them says so on stderr, as a file does not show it."""
    print_csv(
        ("user", "id", "name", "state", "by", "through", "permission", "with", "condition"),
        (
            (one.username, one.id, one.name, one.state, way.by, way.through, way.permission,
             "; ".join(f"{need} through {role}" for need, role in way.held), way.condition)
            for one in found.shown
            for way in one.ways
        ),
    )  # fmt: skip
    if found.total > len(found.shown):
        note(f"The first {len(found.shown):,} of {found.total:,}; --all writes everybody.")
    for text in found.remarks:
        note(f"Note: {text}")
    for text in found.not_visible:
        note(f"Not visible: {text}")


def _show_impact(found: "Impact") -> None:
    from rc2graph.text import counted

    best = found.best
    if best is None:
        say("No role but admin was seen to give anybody a tier A permission.")
    elif best.freed:
        people = f"{counted(best.freed, 'account')} ({best.active:,} active)"
        prose(f"Take {best.describe()}: {people} would hold no tier A permission any more.")
    elif best.pairs:
        prose(f"Take {best.describe()}: {counted(best.pairs, 'tier A holding')} would go, but nobody loses the last.")
    else:
        prose(f"Take {best.describe()}: nobody holds it, but it can be handed out.")
    if best and best.secured:
        prose(f"{counted(best.secured, 'account')} could not become administrator any more, by tier A or B.")
    print_table(
        ("role", "permission", "holders", "lose their last", "active of them", "holdings gone", "no path left"),
        [(one.role, one.permission or "(the whole role)", one.holders, one.freed, one.active, one.pairs, one.secured)
         for one in found.removals],
        title="Tier A: each permission alone suffices to become administrator (rc2graph why names a condition)",
    )  # fmt: skip
    _say_notes(found.remarks, found.as_of, found.not_visible)


def _say_notes(remarks: tuple[str, ...], as_of: str | None, not_visible: tuple[str, ...]) -> None:
    for text in remarks:
        prose(f"Note: {text}")
    say(f"As of {as_of or 'no finished load'}.")
    for text in not_visible:
        prose(f"Not visible: {text}")
