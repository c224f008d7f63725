"""How the files of the embedded graph were left, and whether they still are so.

The engine believes its files. With an emptied file of incoming edges it answers "nobody" where it should answer "ten
people", and no error tells. So whoever has written notes size and checksum of every file when the graph is closed (the
fingerprint, `files.json`), and whoever opens it compares: 0.12 s for a graph of 100,000 accounts. The fingerprint is
taken away before a writer begins: a graph without one was killed, or is from before there were fingerprints.
"""

import errno
import json
import os
import shlex
import zlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rc2graph.errors import GraphError
from rc2graph.graph.copy import Damage

DATABASE = "rc2graph"
FINGERPRINT = "files.json"
REMOVED = "removed"
"""A file beside the fingerprint: something was removed from this graph, and its bytes are still here."""
CHUNK = 1 << 20
_ENGINES_OWN = ("statistics.json", "last-tx-id.bin", "schema.prev.json")
"""Readers write these too, and the engine does without them."""
NAMED = 3


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
    return schema or (folder(home) / FINGERPRINT).is_file() or bool(filled(home))


def put_aside(home: Path) -> list[Path]:
    """What was put aside: when a damaged graph was written anew, or by hand as another engine wrote it (`files`)."""
    return sorted([*home.glob("graph.damaged-*"), *home.glob("graph.of-*")])


def new(home: Path) -> Path:
    return home / "graph.new"


def old(home: Path) -> Path:
    return home / "graph.old"


def trial(home: Path) -> Path:
    """A home in this home: a copy of an older engine's files, for this engine to try itself on."""
    return home / "graph.trial"


def filled(home: Path) -> list[Path]:
    return sorted(path for path in database(home).glob("*.bucket") if path.stat().st_size)


# ---- the fingerprint


def is_settled(home: Path) -> bool:
    """Whether a reader may open it as it is: closed properly, and nothing left to be done, or nothing that this user
    can do. Where there is no graph, and none was on its way, nothing is left to be done either. Errors: `GraphError`
    where nobody knows whether its files are whole, and this user cannot have them checked."""
    pending = any(path.exists() for path in (new(home), old(home), trial(home), folder(home) / REMOVED))
    closed = not exists(home) or noted(folder(home)) is not None
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
    left = noted(folder(home))
    if left is None:
        return
    found = [f"{name} {how}" for name, size, sum_ in left.files if (how := _how(database(home) / name, size, sum_))]
    if found:
        raise damaged(home, found, Damage(left.records))


def open_for_writing(home: Path) -> None:
    """Take the fingerprint away, so that nothing of it is left behind where this run is killed."""
    with suppress(FileNotFoundError):
        (folder(home) / FINGERPRINT).unlink()
        on_disk(folder(home))


def close(home: Path) -> None:
    """Note how the files are. That this fails is no failure: then the next one looks closer."""
    with suppress(OSError):
        note(folder(home))


@dataclass(frozen=True)
class _Noted:
    files: list[tuple[str, int, int]]
    records: dict[str, int]
    """How many records there were in each bucket."""


def noted(of: Path) -> _Noted | None:
    """What `files.json` says; None where there is none, or where it is damaged itself."""
    try:
        found = json.loads((of / FINGERPRINT).read_text("utf-8"))
        files = [(str(name), int(size), int(sum_)) for name, (size, sum_) in found["files"].items()]
        records = {str(name): int(number) for name, number in found["records"].items()}
        return _Noted(files, records) if files else None
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def note(of: Path) -> None:
    files = {}
    for path in sorted((of / DATABASE).iterdir()):
        if path.is_file() and path.name not in _ENGINES_OWN:
            files[path.name] = _size_and_sum(path, on_disk=True)
    text = json.dumps({"files": files, "records": _counted_records(of)})
    made = of / f"{FINGERPRINT}.new"
    with made.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    made.replace(of / FINGERPRINT)
    on_disk(of)


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


def on_disk(path: Path) -> None:
    """A folder's entries reach the disk (POSIX; elsewhere the system has no call for it)."""
    if os.name == "posix":
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def damaged(home: Path, found: list[str], damage: Damage, *, closed: bool = True) -> DamagedGraphError:
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
