"""`rc2graph load`: the workspace becomes a graph."""

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rc2graph.cli import options as o
from rc2graph.cli.terminal import print_json, print_table, prose, say, say_next
from rc2graph.errors import GraphError, GuardError, OlderError

if TYPE_CHECKING:
    from rc2graph.config import GraphTarget
    from rc2graph.pipeline import Loaded
    from rc2graph.reviews.decision_status import DecisionStatus


def register(app: typer.Typer) -> None:
    @app.command(short_help="Read the workspace and bring the graph up to date with it.")
    def load(
        *,
        snapshot: Annotated[
            Path | None, typer.Option("--snapshot", help="Load this finished snapshot; ask nobody.")
        ] = None,
        dry_run: o.DryRun = False,
        allow_removals: Annotated[
            float | None,
            typer.Option(
                "--allow-removals", min=0, max=100, metavar="<percent>", help="Percent of a kind that may go (10)."
            ),
        ] = None,
        verify: Annotated[
            bool, typer.Option("--verify", help="Compare every property: repair what was changed by hand.")
        ] = False,
        withdraw_ahead: Annotated[
            bool,
            typer.Option("--withdraw-ahead", help="Let loads dated ahead of this clock count no more, and say which."),
        ] = False,
        keep: o.Keep = None,
        source: o.CollectOptions,
        at: o.GraphOptions,
        output: o.OutputOptions,
        logging: o.LogOptions,
    ) -> None:
        """Read the workspace and bring the graph up to date with it.

        Example: rc2graph load
        """
        from rc2graph.cli.reporter import PARTIAL, CommandReporter
        from rc2graph.pipeline import load as run

        target, reporter = at.target(), CommandReporter()
        try:
            with reporter.interruptible():
                if snapshot:
                    reporter.collected(snapshot)
                loaded = run(
                    snapshot or source.source(),
                    target,
                    workspace=at.workspace or _address(source) if snapshot else at.workspace,
                    dry_run=dry_run,
                    allow_removals=allow_removals,
                    verify=verify,
                    withdraw_ahead=withdraw_ahead,
                    keep=keep,
                    emails=not source.no_emails,
                    resume_within=source.resume_within,
                    reporter=reporter,
                )
        except GuardError as error:
            error.next_step = _past_the_guard(error, read=not snapshot)
            raise
        except GraphError as error:
            if error.snapshot:
                _add_command(error, o.as_typed("--snapshot", error.snapshot))
            raise
        if output.json:
            print_json(_as_dict(loaded))
        elif not (logging.quiet and loaded.complete and not loaded.result.refused):
            _show(loaded, target)
        if refused := loaded.result.refused:
            refused.next_step = _past_the_guard(refused, read=not snapshot, shown=True)
            raise refused
        if not loaded.complete:
            raise typer.Exit(PARTIAL)


def _address(source: o.SourceOptions) -> str:
    """Where an address is set beside a snapshot, the snapshot must be of it."""
    from rc2graph.rocketchat.address import Address

    return str(Address.parse(source.url, insecure=source.insecure_http)) if source.url else ""


def _as_dict(loaded: "Loaded") -> dict[str, object]:
    return {
        **loaded.result.as_dict(),
        "decisions": loaded.decisions and loaded.decisions.as_dict(),
        "snapshot": str(loaded.snapshot),
        "collected": loaded.collected.as_dict() if loaded.collected else None,
        "removedSnapshots": [str(path) for path in loaded.removed.paths] if loaded.removed else [],
    }


def _add_command(error: GraphError, again: str) -> None:
    """The source has been read: nobody should have to read it again because the graph was down."""
    error.next_step = (f"{error.next_step.rstrip('.')}. " if error.next_step else "") + (
        f"Then load what was read, without asking Rocket.Chat again: {again}"
    )


def _past_the_guard(error: GuardError, *, read: bool, shown: bool = False) -> str:
    """Where this run has `read` the workspace, more may go only after it is read anew: whoever is gone is then asked
    for one by one, which is spared where the guard stops it anyway. `shown`: the list of what would be removed is."""
    again = o.as_typed("--snapshot", error.snapshot)
    if isinstance(error, OlderError) and error.ahead:
        return f"Set this clock right and load again. If it is right: {again} --withdraw-ahead"
    if error.percent is None:  # the graph holds newer data: to load the same again would end the same
        return error.next_step
    load, typed = (
        shlex.join(word for word in shlex.split(command) if word != "--dry-run") for command in (again, o.as_typed())
    )
    allowed = f"{typed if read else load} --allow-removals {error.percent}"
    if shown:
        return (
            f"If the list is right: {allowed}"
            if read
            else f"If the list is right, load with {allowed[len(load) + 1 :]}."
        )
    return f"Look at the list of what was read: {load} --dry-run\nIf it is right: {allowed}"


def _show(loaded: "Loaded", target: "GraphTarget") -> None:
    from rc2graph.cli.reporter import time_text
    from rc2graph.snapshot import NEXT
    from rc2graph.text import but_for

    result = loaded.result
    would = "would be " if result.dry_run else ""
    print_table(
        ("kind", f"{would}added", f"{would}changed", f"{would}closed", "returned"),
        [(kind, count.added, count.changed, count.closed, count.returned) for kind, count in result.counts.items()],
    )
    for kind, closed in result.closed.items():
        names = ", ".join(closed.names) + (", …" if closed.total > len(closed.names) else "")
        prose(f"{would}closed, {kind}: {names}")
    for name, item in result.incomplete.items():
        why = f"{item.state}: {item.reason}" if item.why else item.state
        kept = f"; none of these {would or 'was '}removed" if name in result.removed_none else ""
        prose(f"Not seen in full: {name} ({why}){kept}.{NEXT if item.step else ''}{item.step}")
    for team, why in result.unsettled.items():
        prose(f"Not settled: team {team}: {why}; none of its members was removed.")
    for said in result.withdrawn:
        prose(f"Taken back: a load that is dated ahead of this clock, {said}; what it saw first counts as seen now.")
    place = "Nothing was written" if result.dry_run else f"{target} is up to date with {result.workspace}"
    if not result.dry_run and not result.changes:
        place += "; nothing had changed"
    prose(f"{place} ({but_for(result.state, result.incomplete)}).")
    read = loaded.collected.seconds if loaded.collected else {}
    prose(f"Time: {time_text({**read, 'graph': result.seconds['total']})}.")
    say(f"Snapshot: {loaded.snapshot}")
    _show_decisions(loaded.decisions)
    if loaded.removed:
        say(f"Older snapshots removed: {len(loaded.removed.paths)}.")
    if not result.dry_run:
        say_next(_next_commands(loaded, target))


def _next_commands(loaded: "Loaded", target: "GraphTarget") -> Iterator[str]:
    """What an operator most often wants after a load; each names the workspace where the graph holds several."""
    from rc2graph.snapshot.store import are_comparable

    workspace = loaded.result.workspace
    place = f" --workspace {shlex.quote(workspace)}" if loaded.several and loaded.result.workspace else ""
    yield f"rc2graph review{place}"
    yield f"rc2graph who{place} admin"
    if not loaded.result.first and are_comparable(target.home, workspace):
        yield f"rc2graph diff{place}"
    else:
        yield f"rc2graph review{place} --worksheet worksheet.xlsx"


def _show_decisions(found: "DecisionStatus | None") -> None:
    if found is None:
        return
    for named, noun, end in (
        (found.carried_out, "revocation", "carried out, as this load shows"),
        (found.outstanding, "revocation", "outstanding"),
        (found.came_back, "revoked access", "came back"),
        (found.not_visible, "revocation", "not visible: not everything was seen"),
        (found.ran_out, "exception", "ran out"),
    ):
        if named.total:
            names = ", ".join(named.names) + (", …" if named.total > len(named.names) else "")
            prose(f"{_plural(named.total, noun)} {end}: {names}")
    new = f"{_plural(found.new, 'privileged access')} new since the last decision"
    undecided = "how many are undecided is not visible" if found.lost else f"{found.undecided:,} undecided"
    prose(f"Decisions: {new}, {undecided}.", "rc2graph review --open lists them.")
    for text in found.lost:
        prose(f"Not visible: {text}")


def _plural(number: int, noun: str) -> str:
    from rc2graph.text import counted

    return counted(number, noun) if not noun.endswith("access") or number == 1 else f"{number:,} {noun}es"
