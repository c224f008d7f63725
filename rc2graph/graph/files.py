"""The files of the embedded graph, checked and written anew.

A graph without a fingerprint (`fingerprint`) was killed, or is of an earlier release. Then the engine's own check goes
through it, and each node is looked for by its keys (`indexes`): 20 s for a graph of 100,000 accounts.

Written anew are they for three reasons: what was removed from the graph stays in the engine's pages and indexes until
they happen to be used again; what is damaged can be made of what is still whole; and what an older engine wrote is not
for this one to write into (`engine_version`). A copy is made record by record beside the graph, and takes its place in
two renames; a run that is killed between any two steps is completed by the next one. All of this needs the writer's
lock (`embedded`).
"""

import logging
import re
import shlex
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rc2graph.errors import GraphError
from rc2graph.graph import engine_version
from rc2graph.graph.copy import Copy, Damage, copied
from rc2graph.graph.driver_errors import engine_words, scarce
from rc2graph.graph.fingerprint import (
    DATABASE,
    REMOVED,
    DamagedGraphError,
    close,
    compare,
    damaged,
    database,
    exists,
    filled,
    folder,
    new,
    note,
    noted,
    old,
    on_disk,
    trial,
)
from rc2graph.graph.indexes import compared
from rc2graph.text import counted, listed

log = logging.getLogger("rc2graph.graph")

_FAULTS = (
    "edgesMissingInReference", "edgesMissingOutReference", "missingReferenceBack", "invalidLinks",
    "totalCorruptedRecords", "totalUndecodableRecords", "corruptedIndexes", "danglingPlaceholderPointers",
)  # fmt: skip
"""What the engine's check counts that no run of ours leaves behind, killed or not."""
_LISTS = ("edgesMissingInReference", "edgesMissingOutReference", "missingReferenceBack")
"""Of these, what is made anew from the edges. All others say that a record is lost."""


# ---- looking closer, and finishing what was begun


def settle(arcadedb: Any, home: Path, *, mend: bool) -> None:
    """Leave the graph whole, closed and of this engine's version: finish what a killed run began, check what has no
    fingerprint. `mend`: write a damaged one anew. Errors: `DamagedGraphError`; `GraphError` where its files cannot be
    read or written, or where a newer engine wrote them."""
    _finish_swap(home)
    if not exists(home):
        return
    engine_version.refuse_newer(arcadedb, home)
    try:
        compare(home)
        if engine_version.is_older(arcadedb, home):
            _renew(arcadedb, home)
        elif noted(folder(home)) is None:
            check(arcadedb, home)
            close(home)
    except DamagedGraphError as damage:
        if not mend:
            raise
        log.warning("%s", damage.what)
        log.warning("%s", damage.why)
        _mend(arcadedb, home, damage.damage)
    try:
        erase(arcadedb, home)
    except DamagedGraphError:
        raise
    except GraphError as error:  # of an earlier run: this one can do its work
        log.warning("%s", error)


@dataclass(frozen=True)
class Checked:
    nodes: int
    edges: int


def check(arcadedb: Any, home: Path, *, at: Path | None = None) -> Checked:
    """The engine's own check, where every edge is looked for from both of its ends; and every node by its keys. `at`: a
    home with a copy of the graph's files, which is looked at instead.

    Errors: `DamagedGraphError`.
    """
    at = at or home
    try:
        with arcadedb.open_database(str(database(at))) as found:
            report = found.command("sql", "CHECK DATABASE").to_list()[0]
            # Its own totals leave out what a grown record was moved for.
            nodes, edges = (
                found.query("opencypher", f"MATCH {what} RETURN count(x) AS n").to_list()[0]["n"]
                for what in ("(x)", "()-[x]->()")
            )
            by_keys = compared(found, arcadedb.ArcadeDBError)
            types = found.query("sql", "SELECT FROM schema:types").to_list()
    except arcadedb.ArcadeDBError as error:
        raise _unreadable(home, error) from error
    faults = {name: _number(report.get(name)) for name in _FAULTS}
    strays = _strays(at, {bucket for type_ in types for bucket in type_["buckets"]})
    told = [*by_keys.faults, *(f"{name} is not in the schema" for name in strays)]
    if any(faults.values()):
        counts = listed([f"{name} {number:,}" for name, number in faults.items() if number])
        told.insert(0, f"the engine's own check finds {counts}")
    if told:
        lost = bool(strays) or any(number for name, number in faults.items() if name not in _LISTS)
        raise damaged(home, told, Damage(by_keys.records, lost), closed=noted(folder(home)) is not None)
    return Checked(nodes, edges)


def _strays(home: Path, known: set[str]) -> list[str]:
    """Files with records that no type has. Where the schema is damaged, the engine takes the one before it, or none."""
    return [
        path.name for path in filled(home) if re.sub("_(in|out)_edges$", "", path.name.partition(".")[0]) not in known
    ]


def _number(value: Any) -> int:
    return value if isinstance(value, int) else len(value or ())


def _unreadable(home: Path, error: Exception) -> GraphError:
    if limits := scarce(error):
        return GraphError(f"The embedded graph in {folder(home)} cannot be opened.", *limits)
    at = shlex.quote(str(folder(home)))
    return DamagedGraphError(
        f"The embedded graph in {folder(home)} cannot be opened: its files are damaged.",
        engine_words(error),
        f"Put it aside and load again: mv {at} {at}.damaged-by-hand && rc2graph load --home {shlex.quote(str(home))}\n"
        "Decisions and history are not in the new graph; evidence packs and worksheets that were kept hold them.",
    )


# ---- written anew


def mark_removed(home: Path) -> None:
    """Something is about to be removed: from now on the files are to be written anew, whatever becomes of this run."""
    (folder(home) / REMOVED).touch(mode=0o600)
    on_disk(folder(home))


def is_erased(home: Path) -> bool:
    """Whether no file holds any more what was removed; a run that was killed may have left some."""
    return not (folder(home) / REMOVED).exists() and not old(home).exists()


def erase(arcadedb: Any, home: Path) -> None:
    """Where something was removed, have only what is in the graph in its files. Errors: `GraphError`; then the next
    run tries it again."""
    if not (folder(home) / REMOVED).exists():
        return
    _copied(arcadedb, home, None)
    _replace(home, old(home))
    shutil.rmtree(old(home), ignore_errors=True)


def _renew(arcadedb: Any, home: Path) -> None:
    """Write anew what an older engine wrote. This one opens a copy of its files only, recovers that where a run was
    killed, and checks it: where it cannot read them, they are as they were. What looks damaged to it may be whole for
    the one that wrote it, so nothing is mended here."""
    before, at = engine_version.written_by(home), trial(home)
    try:
        shutil.copytree(folder(home), folder(at))
        check(arcadedb, home, at=at)
        made = _made(arcadedb, home, database(at), None)
    except (OSError, arcadedb.ArcadeDBError, GraphError) as error:
        cause = error.args[0][0][2] if isinstance(error, shutil.Error) else error  # the first file not copied
        why = error.why if isinstance(error, GraphError) else engine_words(cause)
        name, aside = shlex.quote(str(folder(home))), shlex.quote(f"{folder(home)}.of-{before}")
        raise GraphError(
            f"The embedded graph in {home} could not be written anew for this version of its engine.",
            f"{why} ArcadeDB {before} wrote it, and this rc2graph brings"
            f" {arcadedb.ENGINE_VERSION}. Its files are as they were.",
            "Make room on the disk for two more copies of the graph, then repeat this. If it stays, use the rc2graph"
            " that wrote it, or put the graph aside and load again; decisions and history stay in the old one:\n"
            f"mv {name} {aside} && rc2graph load --home {shlex.quote(str(home))}",
        ) from error
    finally:
        shutil.rmtree(at, ignore_errors=True)
    _replace(home, old(home))
    shutil.rmtree(old(home), ignore_errors=True)
    log.info(
        "ArcadeDB %s wrote the embedded graph: %s and %s were written anew with %s.",
        before, counted(made.nodes, "node"), counted(made.edges, "edge"), arcadedb.ENGINE_VERSION,
    )  # fmt: skip


def _mend(arcadedb: Any, home: Path, damage: Damage) -> None:
    """Write a damaged graph anew from its records, and say what is lost. Nothing of it is relied on before a load."""
    copy = _copied(arcadedb, home, damage)
    now = datetime.now(UTC)
    aside = home / f"graph.damaged-{now:%Y%m%dT%H%M%SZ}"
    _replace(home, aside)
    log.warning(
        "The embedded graph was written anew: %s and %s were read.",
        counted(copy.nodes, "node"), counted(copy.edges, "edge"),
    )  # fmt: skip
    if copy.lost:
        lost = listed(copy.lost)
        log.warning("Lost: %s. What Rocket.Chat still has comes back with this load; history begins anew.", lost)
    if copy.decisions:
        log.warning(
            "Decisions made before now may have been lost; worksheets and evidence packs that were kept hold them."
        )
    log.warning("The damaged files are in %s; remove them when you do not need them any more.", aside)


def _copied(arcadedb: Any, home: Path, damage: Damage | None) -> Copy:
    """Make `graph.new` of all records that can be read. Errors: `GraphError`."""
    try:
        return _made(arcadedb, home, database(home), damage)
    except (OSError, arcadedb.ArcadeDBError) as error:
        if damage is not None:
            raise _unreadable(home, error) from error
        raise GraphError(
            f"The files of the embedded graph in {home} could not be written anew.",
            f"{engine_words(error)} What was removed is not in the graph any more, but its bytes are in these files.",
            "Make room on the disk for a second copy of the graph; the next rc2graph command then does it.",
        ) from error


def _made(arcadedb: Any, home: Path, source: Path, damage: Damage | None) -> Copy:
    """Make `graph.new` of the database `source`, or leave nothing. Errors: `OSError`, `ArcadeDBError`."""
    made_in = new(home)
    shutil.rmtree(made_in, ignore_errors=True)
    try:
        made_in.mkdir(mode=0o700)
        made = copied(arcadedb, source, made_in / DATABASE, damage)
        note(made_in)
    except BaseException:
        shutil.rmtree(made_in, ignore_errors=True)
        raise
    return made


# ---- taking the place of the old one


def _replace(home: Path, aside: Path) -> None:
    """`aside`: where the old files go."""
    folder(home).rename(aside)
    new(home).rename(folder(home))
    on_disk(home)


def _finish_swap(home: Path) -> None:
    """Whatever a killed run left: a copy that is whole takes its place, one that is not goes."""
    shutil.rmtree(trial(home), ignore_errors=True)
    if not exists(home):
        for whole in (new(home), old(home)):
            if noted(whole) is not None and (whole / DATABASE).is_dir():
                shutil.rmtree(folder(home), ignore_errors=True)
                whole.rename(folder(home))
                break
    if exists(home):
        shutil.rmtree(new(home), ignore_errors=True)
        shutil.rmtree(old(home), ignore_errors=True)
