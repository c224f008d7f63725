"""The files of the embedded graph: whether they are as they were left, and how they are written anew.

The engine believes its files. With an emptied file of incoming edges it answers "nobody" where it should answer "ten
people", and no error tells. So whoever has written notes size and checksum of every file when the graph is closed (the
fingerprint, `files.json`), and whoever opens it compares: 0.12 s for a graph of 100,000 accounts. The fingerprint is
taken away before a writer begins. So a graph without one was killed, or is from before there were fingerprints. Then
the engine's own check goes through it, and each node is looked for by its keys (`indexes`; 20 s for the same graph).

Written anew are they for two reasons: what was removed from the graph stays in the engine's pages and indexes until
they happen to be used again; and what is damaged can be made of what is still whole. A copy is made record by record
beside the graph, and takes its place in two renames; a run that is killed between any two steps is completed by the
next one. All of this needs the writer's lock (`embedded`).
"""

import errno
import json
import logging
import os
import re
import shlex
import shutil
import zlib
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rc2graph.errors import GraphError
from rc2graph.graph.copy import Copy, Damage, copied
from rc2graph.graph.driver_errors import engine_words, scarce
from rc2graph.graph.indexes import compared
from rc2graph.text import counted, listed

log = logging.getLogger("rc2graph.graph")

DATABASE = "rc2graph"
FINGERPRINT = "files.json"
REMOVED = "removed"
"""A file beside the fingerprint: something was removed from this graph, and its bytes are still here."""
CHUNK = 1 << 20
_ENGINES_OWN = ("statistics.json", "last-tx-id.bin", "schema.prev.json")
"""Readers write these too, and the engine does without them."""
NAMED = 3
_FAULTS = (
    "edgesMissingInReference", "edgesMissingOutReference", "missingReferenceBack", "invalidLinks",
    "totalCorruptedRecords", "totalUndecodableRecords", "corruptedIndexes", "danglingPlaceholderPointers",
)  # fmt: skip
"""What the engine's check counts that no run of ours leaves behind, killed or not."""
_LISTS = ("edgesMissingInReference", "edgesMissingOutReference", "missingReferenceBack")
"""Of these, what is made anew from the edges. All others say that a record is lost."""


class DamagedGraphError(GraphError):
    """The files of the embedded graph are not what they should be: no answer from them can be trusted."""

    damage = Damage({})
    """What is known of what they held."""


def folder(home: Path) -> Path:
    return home / "graph"


def database(home: Path) -> Path:
    return folder(home) / DATABASE


def exists(home: Path) -> bool:
    """The engine writes its schema when a database is made, and replaces it through `schema.prev.json`. Where both are
    gone there was a graph, as its fingerprint says, or records."""
    schema = any(database(home).glob("schema*.json"))
    return schema or (folder(home) / FINGERPRINT).is_file() or bool(_filled(home))


def damaged_copies(home: Path) -> list[Path]:
    """What was put aside when a damaged graph was written anew."""
    return sorted(home.glob("graph.damaged-*"))


# ---- the fingerprint


def is_settled(home: Path) -> bool:
    """Whether a reader may open it as it is: closed properly, and nothing left to be done, or nothing that this user
    can do. Where there is no graph, and none was on its way, nothing is left to be done either. Errors: `GraphError`
    where nobody knows whether its files are whole, and this user cannot have them checked."""
    pending = any(path.exists() for path in (_new(home), _old(home), folder(home) / REMOVED))
    closed = not exists(home) or _noted(folder(home)) is not None
    if closed and not pending:
        return True
    if os.access(home, os.W_OK):
        return False
    if closed:
        return True
    raise GraphError(
        f"The embedded graph in {home} was not closed properly, so its files must be checked before it is read.",
        "That takes a user who may write in that folder.",
        f"Have its owner run: rc2graph status --check --home {shlex.quote(str(home))}",
    )


def compare(home: Path) -> None:
    """Errors: `DamagedGraphError` where a file is not as it was left. Says nothing where there is no fingerprint."""
    noted = _noted(folder(home))
    if noted is None:
        return
    found = [f"{name} {how}" for name, size, sum_ in noted.files if (how := _how(database(home) / name, size, sum_))]
    if found:
        raise _damaged(home, found, Damage(noted.records))


def open_for_writing(home: Path) -> None:
    """Take the fingerprint away, so that nothing of it is left behind where this run is killed."""
    with suppress(FileNotFoundError):
        (folder(home) / FINGERPRINT).unlink()
        _on_disk(folder(home))


def close(home: Path) -> None:
    """Note how the files are. That this fails is no failure: then the next one looks closer."""
    with suppress(OSError):
        _note(folder(home))


@dataclass(frozen=True)
class _Noted:
    files: list[tuple[str, int, int]]
    records: dict[str, int]
    """How many records there were in each bucket."""


def _noted(of: Path) -> _Noted | None:
    """What `files.json` says; None where there is none, or where it is damaged itself."""
    try:
        found = json.loads((of / FINGERPRINT).read_text("utf-8"))
        files = [(str(name), int(size), int(sum_)) for name, (size, sum_) in found["files"].items()]
        records = {str(name): int(number) for name, number in found["records"].items()}
        return _Noted(files, records) if files else None
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def _note(of: Path) -> None:
    files = {}
    for path in sorted((of / DATABASE).iterdir()):
        if path.is_file() and path.name not in _ENGINES_OWN:
            files[path.name] = _size_and_sum(path, on_disk=True)
    text = json.dumps({"files": files, "records": _counted_records(of)})
    new = of / f"{FINGERPRINT}.new"
    with new.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(of / FINGERPRINT)
    _on_disk(of)


def _counted_records(of: Path) -> dict[str, int]:
    """The engine writes these when it closes a database, and takes the file away while one is open."""
    try:
        found = json.loads((of / DATABASE / "statistics.json").read_text("utf-8"))
        return {name: int(one["count"]) for name, one in found.items() if isinstance(one, dict)}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}


def _size_and_sum(path: Path, *, on_disk: bool = False) -> tuple[int, int]:
    size, sum_ = 0, 0
    with path.open("rb") as file:
        if on_disk and os.name == "posix":
            os.fsync(file.fileno())
        while data := file.read(CHUNK):
            size, sum_ = size + len(data), zlib.crc32(data, sum_)
    return size, sum_


def _how(path: Path, size: int, sum_: int) -> str:
    """What is wrong with a file, or ""."""
    try:
        now = _size_and_sum(path)
    except FileNotFoundError:
        return "is missing"
    except OSError as error:
        if error.errno == errno.EIO:
            return "cannot be read, as the disk fails"
        raise GraphError(
            f"The file {path} of the embedded graph cannot be read.",
            f"{error.strerror}.",
            "Check who owns it, and the limits of this process (ulimit -n); then repeat this.",
        ) from error
    if now[0] != size:
        return f"has {now[0]:,} bytes instead of {size:,}"
    return "" if now[1] == sum_ else "has other content"


def _on_disk(path: Path) -> None:
    """A folder's entries reach the disk (POSIX; elsewhere the system has no call for it)."""
    if os.name == "posix":
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _damaged(home: Path, found: list[str], damage: Damage, *, closed: bool = True) -> DamagedGraphError:
    """`closed`: by the last one who wrote, as its fingerprint says; else a run may have been killed meanwhile."""
    more = f"; and {len(found) - NAMED} more" if len(found) > NAMED else ""
    by = "Another program, a restored backup or the disk has changed them"
    if not closed:
        by = "A load that was killed may have left them so; or another program, a restored backup or the disk"
    error = DamagedGraphError(
        f"The files of the embedded graph in {home} are damaged: no answer from them can be trusted.",
        f"{'; '.join(found[:NAMED])}{more}. {by}.",
        f"rc2graph load --verify --home {shlex.quote(str(home))}\n"
        "It writes the graph anew from what is still whole (decisions and history too), puts the damaged files aside, "
        "and compares everything with Rocket.Chat; add --snapshot FILE to compare with a snapshot instead.",
    )
    error.damage = damage
    return error


# ---- looking closer, and finishing what was begun


def settle(arcadedb: Any, home: Path, *, mend: bool) -> None:
    """Leave the graph whole and closed: finish what a killed run began, check what has no fingerprint. `mend`: write a
    damaged one anew. Errors: `DamagedGraphError`; `GraphError` where its files cannot be read or written."""
    _finish_swap(home)
    if not exists(home):
        return
    try:
        compare(home)
        if _noted(folder(home)) is None:
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


def check(arcadedb: Any, home: Path) -> Checked:
    """The engine's own check, where every edge is looked for from both of its ends; and every node by its keys.

    Errors: `DamagedGraphError`.
    """
    try:
        with arcadedb.open_database(str(database(home))) as found:
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
    strays = _strays(home, {bucket for type_ in types for bucket in type_["buckets"]})
    told = [*by_keys.faults, *(f"{name} is not in the schema" for name in strays)]
    if any(faults.values()):
        counts = listed([f"{name} {number:,}" for name, number in faults.items() if number])
        told.insert(0, f"the engine's own check finds {counts}")
    if told:
        lost = bool(strays) or any(number for name, number in faults.items() if name not in _LISTS)
        raise _damaged(home, told, Damage(by_keys.records, lost), closed=_noted(folder(home)) is not None)
    return Checked(nodes, edges)


def _strays(home: Path, known: set[str]) -> list[str]:
    """Files with records that no type has. Where the schema is damaged, the engine takes the one before it, or none."""
    return [
        path.name for path in _filled(home) if re.sub("_(in|out)_edges$", "", path.name.partition(".")[0]) not in known
    ]


def _filled(home: Path) -> list[Path]:
    return sorted(path for path in database(home).glob("*.bucket") if path.stat().st_size)


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
    _on_disk(folder(home))


def is_erased(home: Path) -> bool:
    """Whether no file holds any more what was removed; a run that was killed may have left some."""
    return not (folder(home) / REMOVED).exists() and not _old(home).exists()


def erase(arcadedb: Any, home: Path) -> None:
    """Where something was removed, have only what is in the graph in its files. Errors: `GraphError`; then the next
    run tries it again."""
    if not (folder(home) / REMOVED).exists():
        return
    _copied(arcadedb, home, None)
    _replace(home, _old(home))
    shutil.rmtree(_old(home), ignore_errors=True)


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
    """Make `graph.new` of all records that can be read."""
    new = _new(home)
    shutil.rmtree(new, ignore_errors=True)
    try:
        new.mkdir(mode=0o700)
        made = copied(arcadedb, database(home), new / DATABASE, damage)
        _note(new)
    except (OSError, arcadedb.ArcadeDBError) as error:
        shutil.rmtree(new, ignore_errors=True)
        if damage is not None:
            raise _unreadable(home, error) from error
        raise GraphError(
            f"The files of the embedded graph in {home} could not be written anew.",
            f"{engine_words(error)} What was removed is not in the graph any more, but its bytes are in these files.",
            "Make room on the disk for a second copy of the graph; the next rc2graph command then does it.",
        ) from error
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        raise
    return made


# ---- taking the place of the old one


def _new(home: Path) -> Path:
    return home / "graph.new"


def _old(home: Path) -> Path:
    return home / "graph.old"


def _replace(home: Path, aside: Path) -> None:
    """`aside`: where the old files go."""
    folder(home).rename(aside)
    _new(home).rename(folder(home))
    _on_disk(home)


def _finish_swap(home: Path) -> None:
    """Whatever a killed run left: a copy that is whole takes its place, one that is not goes."""
    if not exists(home):
        for whole in (_new(home), _old(home)):
            if _noted(whole) is not None and (whole / DATABASE).is_dir():
                shutil.rmtree(folder(home), ignore_errors=True)
                whole.rename(folder(home))
                break
    if exists(home):
        shutil.rmtree(_new(home), ignore_errors=True)
        shutil.rmtree(_old(home), ignore_errors=True)
