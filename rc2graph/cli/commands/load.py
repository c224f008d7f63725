"""`rc2graph load`: the workspace becomes a graph."""

import os
import shlex
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rc2graph.cli import options as o
from rc2graph.cli.commands.collect import PARTIAL, as_dict, into, time_text
from rc2graph.cli.interrupt import Interrupted
from rc2graph.cli.logging import batches
from rc2graph.cli.terminal import log, print_json, print_table, prose, say
from rc2graph.config import Source
from rc2graph.errors import DamagedError, GraphError, GuardError, OlderError, SnapshotError

if TYPE_CHECKING:
    from rc2graph.collection import Collected
    from rc2graph.config import GraphTarget
    from rc2graph.graph.connect import Graph
    from rc2graph.graph.outcome import Outcome
    from rc2graph.reviews.decision_status import Standing
    from rc2graph.snapshot.shelf import Removed

AllowRemovals = Annotated[float | None, typer.Option("--allow-removals", min=0, max=100, metavar="<percent>", help="Percent of a kind that may go (10).")]  # fmt: skip  # noqa: E501


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
        target, collected = at.target(), None
        if snapshot:
            name, file = _of_snapshot(snapshot, source, at.workspace), snapshot
        else:
            given = source.source()
            name = at.name_of(given)
            collected = _collect(
                given,
                target,
                name,
                allow_removals=allow_removals,
                verify=verify,
                mend=verify and not dry_run,
                emails=not source.no_emails,
                resume_within=source.resume_within,
                quiet=logging.quiet,
            )
            file = collected.path
        try:
            outcome, decisions = _load(
                target,
                file,
                name,
                check=collected is None,
                dry_run=dry_run,
                allow_removals=allow_removals,
                verify=verify,
                withdraw_ahead=withdraw_ahead,
            )
        except GuardError as error:
            if error.would and output.json:
                print_json(_as_dict(error.would, None, file, collected, None))
            elif error.would:
                _show(error.would, target, collected, file)
            raise
        old = _shelved(at.home, name, keep) if keep and outcome.state == "complete" and not dry_run else None
        if output.json:
            print_json(_as_dict(outcome, decisions, file, collected, old))
        else:
            _show(outcome, target, collected, file)
            _show_decisions(decisions)
            if old:
                say(f"Older snapshots removed: {len(old.paths)}.")
        if outcome.state != "complete":
            raise typer.Exit(PARTIAL)


def _as_dict(
    outcome: "Outcome",
    decisions: "Standing | None",
    file: Path,
    collected: "Collected | None",
    old: "Removed | None",
) -> dict[str, object]:
    return {
        **outcome.as_dict(),
        "decisions": decisions and decisions.as_dict(),
        "snapshot": str(file),
        "collected": as_dict(collected) if collected else None,
        "removedSnapshots": [str(path) for path in old.paths] if old else [],
    }


def _shelved(home: Path, workspace: str, keep: int) -> "Removed":
    """Take old snapshots off the shelf. The load is done: that one stays does not undo it."""
    from rc2graph.snapshot.shelf import Removed, remove, surplus

    try:
        removed = remove(one.path for one in surplus(home, workspace, keep))
    except SnapshotError as error:
        log.warning("Not all old snapshots were removed: %s %s", error.what, error.why)
        return Removed()
    for path in removed.in_use:
        log.warning("%s is in use, and stays", path)
    return removed


def _of_snapshot(file: Path, source: o.SourceOptions, workspace: str) -> str:
    """Which workspace a finished snapshot is of; it must be the one that the user names, where they name one."""
    from rc2graph.rocketchat.address import Address
    from rc2graph.snapshot import Snapshot

    with Snapshot.open(file, check=False) as found:
        held = found.meta.get("workspace", "")
    wanted = workspace or (str(Address.parse(source.url, insecure=source.insecure_http)) if source.url else "")
    if wanted and wanted != held:
        raise SnapshotError(
            f"The snapshot {file} is of another workspace.",
            f"It was read from {held}; asked for is {wanted}.",
            "Name another file, or unset ROCKETCHAT_URL and --workspace.",
        )
    return held


def _collect(
    source: Source,
    target: "GraphTarget",
    workspace: str,
    *,
    allow_removals: float | None,
    verify: bool,
    mend: bool,
    emails: bool,
    resume_within: timedelta,
    quiet: bool,
) -> "Collected":
    """Reach the graph, then read the workspace into the home's snapshot."""
    from dataclasses import replace

    from rc2graph.load import GraphKnows, finished_snapshot, set_aside, unfinished_snapshot, writable

    writable(target.home)
    knows = GraphKnows(target, workspace, allow_removals, verify=verify, mend=mend)
    knows.reach()
    log.info("%s is reached%s", target, f" (version {knows.version})" if knows.version else ", and empty yet")
    file = unfinished_snapshot(target.home, workspace)

    def read() -> "Collected":
        return into(
            file,
            source,
            workspace,
            known=knows,
            overwrite=True,
            emails=emails,
            resume_within=resume_within,
            quiet=quiet,
            again=o.as_typed(),
        )

    try:
        done = read()
    except DamagedError as error:
        log.warning("%s What was read of it is kept in %s; beginning anew.", error.what, set_aside(file))
        done = read()
    final = finished_snapshot(target.home, workspace, done.started)
    os.replace(file, final)
    return replace(done, path=final)


def _load(
    target: "GraphTarget",
    file: Path,
    workspace: str,
    *,
    check: bool,
    dry_run: bool,
    allow_removals: float | None,
    verify: bool,
    withdraw_ahead: bool,
) -> "tuple[Outcome, Standing | None]":
    """`check`: the file is not of this very run, so its hash is computed again."""
    from rc2graph.graph.load import load_snapshot
    from rc2graph.load import keep_hint, opened
    from rc2graph.snapshot import Snapshot

    again = o.as_typed("--snapshot", file)
    began = time.monotonic()
    try:
        with (
            Snapshot.open(file, check=check) as snapshot,
            opened(target, write=not dry_run, mend=verify and not dry_run) as graph,
        ):
            outcome = load_snapshot(
                graph,
                snapshot,
                workspace=workspace,
                dry_run=dry_run,
                allow_removals=allow_removals,
                verify=verify,
                withdraw_ahead=withdraw_ahead,
                progress=batches,
            )
            decisions = None if dry_run else _decisions(graph, workspace)
    except GuardError as error:
        error.next_step = _past_the_guard(error, again, read=not check)
        raise
    except GraphError as error:
        keep_hint(error, again)
        raise
    except Interrupted:
        raise Interrupted(f"What was read is kept. Go on with: {again}") from None
    outcome.seconds["total"] = time.monotonic() - began
    return outcome, decisions


def _past_the_guard(error: GuardError, again: str, *, read: bool) -> str:
    """`again`: the command that loads what was read. Where this run has `read` it, more may go only after it is read
    anew: whoever is gone is then asked for one by one, which is spared where the guard stops it anyway."""
    if isinstance(error, OlderError) and error.ahead:
        return f"Set this clock right and load again. If it is right: {again} --withdraw-ahead"
    if error.percent is None:  # the graph holds newer data: to load the same again would end the same
        return error.next_step
    load, typed = (
        shlex.join(word for word in shlex.split(command) if word != "--dry-run") for command in (again, o.as_typed())
    )
    allowed = f"{typed if read else load} --allow-removals {error.percent}"
    if error.would:
        return (
            f"If the list is right: {allowed}"
            if read
            else f"If the list is right, load with {allowed[len(load) + 1 :]}."
        )
    return f"Look at the list of what was read: {load} --dry-run\nIf it is right: {allowed}"


def _decisions(graph: "Graph", workspace: str) -> "Standing | None":
    """What became of decisions. The load is done: that this cannot be read does not undo it."""
    from rc2graph.reviews.decision_status import standing

    try:
        return standing(graph, workspace)
    except GraphError as error:
        log.warning("What became of decisions could not be read: %s", error.what)
        return None


def _show(outcome: "Outcome", target: "GraphTarget", collected: "Collected | None", file: Path) -> None:
    from rc2graph.snapshot import NEXT

    would = "would be " if outcome.dry_run else ""
    print_table(
        ("kind", f"{would}added", f"{would}changed", f"{would}closed", "returned"),
        [(kind, count.added, count.changed, count.closed, count.returned) for kind, count in outcome.counts.items()],
    )
    for kind, closed in outcome.closed.items():
        names = ", ".join(closed.names) + (", …" if closed.total > len(closed.names) else "")
        prose(f"{would}closed, {kind}: {names}")
    for name, item in outcome.incomplete.items():
        why = f"{item.state}: {item.reason}" if item.why else item.state
        kept = f"; none of these {would or 'was '}removed" if name in outcome.removed_none else ""
        prose(f"Not seen in full: {name} ({why}){kept}.{NEXT if item.step else ''}{item.step}")
    for team, why in outcome.unsettled.items():
        prose(f"Not settled: team {team}: {why}; none of its members was removed.")
    for said in outcome.withdrawn:
        prose(f"Taken back: a load that is dated ahead of this clock, {said}; what it saw first counts as seen now.")
    place = "Nothing was written" if outcome.dry_run else f"{target} is up to date with {outcome.workspace}"
    if not outcome.dry_run and not outcome.changes:
        place += "; nothing had changed"
    prose(f"{place} ({outcome.state}).")
    seconds = {**(collected.seconds if collected else {}), "graph": outcome.seconds.get("total", 0.0)}
    prose(f"Time: {time_text(seconds)}.")
    say(f"Snapshot: {file}")


def _show_decisions(found: "Standing | None") -> None:
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
    prose(f"Decisions: {new}, {found.undecided:,} undecided.", "rc2graph review --open lists them.")


def _plural(number: int, noun: str) -> str:
    from rc2graph.text import counted

    return counted(number, noun) if not noun.endswith("access") or number == 1 else f"{number:,} {noun}es"
