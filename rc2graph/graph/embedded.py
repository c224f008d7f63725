"""Run ArcadeDB inside this process, for whoever has no Neo4j: same driver, same statements, through its Bolt listener.

Three facts made this module what it is (engines.md §5.9, §5.10, §5.11):

* The engine's own lock guards writer against writer only, and a writer beside an open reader **has been seen to lose
  its commits**. So a lock of ours stands around every opening, shared for readers, exclusive for writers. It is an OS
  file lock: it goes with the process, whatever ends it.
* READ access of a Bolt session is not enforced, so readers open the whole server read-only.
* A killed writer leaves a folder that cannot be opened read-only. It is opened for writing once, which recovers it.
* It believes its files, whatever has become of them, and keeps what was removed in them. `files` is for that.

Both listeners (the HTTP one cannot be switched off) are on 127.0.0.1, behind a random password that exists only in this
process and in a server root that is thrown away.
"""

import atexit
import os
import secrets
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from time import monotonic, sleep
from typing import IO, Any

from rc2graph.config import DEMO
from rc2graph.errors import BusyError, GraphError, Rc2graphError, UsageError
from rc2graph.graph import engine_version, files, fingerprint, pasted
from rc2graph.graph.driver_errors import FEWEST_FILES, engine_words, scarce
from rc2graph.graph.fingerprint import DATABASE, exists, folder
from rc2graph.scratch import scratch

_RECOVER = "needs recovery"  # the engine's words for what a killed writer leaves (engines.md §5.11)
_PORT_TAKEN = "Unable to listen"
# A query that somebody pastes must not read files or call out. Heeded at the library's start only, not in the settings.
_NO_LOAD_CSV = "-Darcadedb.opencypher.loadCsv.allowFileUrls=false -Darcadedb.opencypher.loadCsv.allowRemoteUrls=false"
_POLL = 0.05  # seconds between two looks at a lock that somebody else holds


class NoGraphYetError(GraphError):
    """Nothing was ever loaded into this home, so there is nothing to read."""


@dataclass(frozen=True)
class Listener:
    """Where the driver finds an engine: a server, or the embedded one for as long as it is open."""

    uri: str
    username: str
    password: str = field(repr=False)
    database: str | None
    mistake_in: Callable[[str], str] = field(default=lambda text: "", repr=False)
    """What is wrong with a statement, "" where it only writes. Read-only, the listener answers both alike."""
    erase: Callable[[], None] = field(default=lambda: None, repr=False)
    """Have no bytes left of what is removed from now on. A server does that in its own time."""


@contextmanager
def embedded(home: Path, *, write: bool, wait: float, mend: bool = False) -> Iterator[Listener]:
    """Open the graph below `home`, alone for writing or with others for reading; give up after `wait` seconds.

    `mend`: write damaged files anew. Errors: `fingerprint.DamagedGraphError` where they are, and that is not wanted.
    """
    arcadedb = _engine()
    if write:
        _prepare(home)
    with _private_files():
        if write:
            with _locked(home, write=True, wait=wait):
                files.settle(arcadedb, home, mend=mend)
                with _needs_writing(home):
                    folder(home).mkdir(mode=0o700, exist_ok=True)
                    fingerprint.open_for_writing(home)
                with _served(arcadedb, home, write=True) as listener:
                    yield listener
                files.erase(arcadedb, home)
            return
        settled = fingerprint.is_settled(home)
        for _ in range(3):
            if not settled:
                with _locked(home, write=True, wait=wait):
                    files.settle(arcadedb, home, mend=mend)
            if not exists(home):
                raise _nothing_yet(home)
            with _locked(home, write=False, wait=wait):
                engine_version.refuse_newer(arcadedb, home)
                try:
                    fingerprint.compare(home)
                    with _served(arcadedb, home, write=False) as listener:
                        yield listener
                    return
                except fingerprint.DamagedGraphError:
                    if not mend:
                        raise
                    settled = False
                except _NeedsWriterError:
                    settled = False
                    fingerprint.open_for_writing(home)
    raise GraphError(f"The graph in {home} cannot be read.", "A run was killed, and recovering its files did not help.")


def checked(home: Path, *, wait: float) -> files.Checked:
    """Have every file compared, and the engine look for every edge from both of its ends. Alone, as a writer.

    Errors: `NoGraphYetError`, `fingerprint.DamagedGraphError`, `BusyError`.
    """
    arcadedb = _engine()
    if not exists(home):
        raise _nothing_yet(home)
    with _private_files(), _locked(home, write=True, wait=wait):
        files.settle(arcadedb, home, mend=False)
        return files.check(arcadedb, home)


def _nothing_yet(home: Path) -> NoGraphYetError:
    return NoGraphYetError(
        f"There is no graph in {home} yet.",
        "NEO4J_URI is not set, so the embedded graph of this folder was looked for.",
        "rc2graph load\nOr name the folder with --home, or set NEO4J_URI."
        + (f"\nThe graph of the demo is in {DEMO}: add --home {DEMO}" if exists(DEMO) else ""),
    )


class _NeedsWriterError(Exception):
    """A read-only opening found what a killed writer left."""


@cache
def _engine() -> Any:
    """Import ArcadeDB silently: its log goes to a folder that ends with this process (engines.md §5)."""
    os.environ.setdefault("ARCADEDB_LOG_CONSOLE", "0")
    if "ARCADEDB_LOG_DIR" not in os.environ:
        lasting = ExitStack()
        os.environ["ARCADEDB_LOG_DIR"] = str(lasting.enter_context(scratch("log")))
        atexit.register(lasting.close)
    arguments = os.environ.get("ARCADEDB_NATIVE_ISOLATE_ARGS", "")
    os.environ["ARCADEDB_NATIVE_ISOLATE_ARGS"] = f"{_NO_LOAD_CSV} {arguments}".strip()
    try:
        _more_files()
        import arcadedb
    except (ImportError, OSError) as error:
        if limit := scarce(error):
            raise GraphError("The embedded graph cannot be opened.", *limit) from error
        raise UsageError(
            "The embedded graph does not run on this computer.",
            "Its engine, ArcadeDB, comes for Linux (glibc, x86-64 and arm64), macOS on Apple silicon and Windows on"
            f" x86-64; not for Intel Macs, Alpine (musl) or Windows on arm64. ({error})",
            "Set NEO4J_URI (and NEO4J_PASSWORD) to a Neo4j 5.26 or newer.",
        ) from error
    return arcadedb


def _more_files() -> None:
    """Raise the limit of open files to what the engine may need, as far as this process may."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        files, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        if files < FEWEST_FILES:
            wanted = FEWEST_FILES if most == resource.RLIM_INFINITY else min(FEWEST_FILES, most)
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def _prepare(home: Path) -> None:
    with _needs_writing(home):
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not os.access(folder(home) if folder(home).exists() else home, os.W_OK | os.X_OK):
            raise PermissionError(13, "Permission denied")


@contextmanager
def _needs_writing(home: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UsageError(
            f"The folder {home} cannot be written.", f"{error.strerror}.", "Name another with --home or RC2GRAPH_HOME."
        ) from error


@contextmanager
def _private_files() -> Iterator[None]:
    """The engine creates files all through a run, with the mode that the umask leaves: 0600."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


@contextmanager
def _locked(home: Path, *, write: bool, wait: float) -> Iterator[None]:
    """Hold `graph.lock`, shared or exclusive. A writer leaves its name in it, for the message of who has to wait."""
    import portalocker

    flags = portalocker.LockFlags.EXCLUSIVE if write else portalocker.LockFlags.SHARED
    with _lock_file(home / "graph.lock", write=write) as file:
        deadline = monotonic() + wait
        while True:
            try:
                portalocker.lock(file, flags | portalocker.LockFlags.NON_BLOCKING)
                break
            except portalocker.AlreadyLocked:
                if (left := deadline - monotonic()) <= 0:
                    raise _busy(home, file, wait) from None
                sleep(min(_POLL, left))
            except portalocker.LockException as error:
                raise GraphError(
                    f"The lock {home / 'graph.lock'} cannot be taken.",
                    f"The file system refuses: {error}",
                    "Put the home on a local disk with --home or RC2GRAPH_HOME.",
                ) from error
        try:
            _sign(file, f"process {os.getpid()}" if write else "")
            yield
        finally:
            if write:
                _sign(file, "")
            portalocker.unlock(file)


def _lock_file(path: Path, *, write: bool) -> IO[str]:
    try:
        return open(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+", encoding="utf-8")
    except OSError as error:
        if not write:  # a reader of a home that it may not write
            with suppress(OSError):
                return open(path, encoding="utf-8")
        raise UsageError(
            f"The file {path} cannot be written.", f"{error.strerror}.", "Check who owns the folder."
        ) from error


def _sign(file: IO[str], text: str) -> None:
    if file.writable():
        with suppress(OSError):  # a courtesy: a full disk is for the engine to report
            file.seek(0)
            file.truncate()
            file.write(text)
            file.flush()


def _busy(home: Path, file: IO[str], wait: float) -> BusyError:
    who = ""
    with suppress(OSError):  # Windows does not let others read a locked file
        file.seek(0)
        who = file.read().strip()
    holder = f"It is being written by {who}" if who else "It is being read by another rc2graph"
    patience = f", and was still after {wait:.0f} s of waiting" if wait >= 1 else ""
    return BusyError(
        f"The graph in {home} is in use.", f"{holder}{patience}.", "Repeat this when the other run has ended."
    )


@contextmanager
def _served(arcadedb: Any, home: Path, *, write: bool) -> Iterator[Listener]:
    """One engine, from start to stop. The server root holds users and event log only, and goes with it."""
    password = secrets.token_urlsafe(24)
    failed = False
    with scratch("engine") as root:
        server, port = _start(arcadedb, str(root), password, home, write=write)
        try:
            database = _database(server, home, write=write)

            def mistake_in(text: str) -> str:
                try:
                    database.query("opencypher", text)
                except arcadedb.ArcadeDBError as error:
                    return _unknown(text) if "not idempotent" in str(error) else engine_words(error)
                return ""

            yield Listener(
                f"bolt://127.0.0.1:{port}", "root", password, DATABASE, mistake_in, partial(files.mark_removed, home)
            )
        except Exception as error:
            failed = isinstance(error, GraphError) and not isinstance(error, BusyError)
            failed = failed or not isinstance(error, Rc2graphError)
            raise
        finally:
            server.stop()
            if write and not failed:  # else the next one looks closer
                fingerprint.close(home)


def _unknown(text: str) -> str:
    """What is called in a statement that has no writing clause: for the engine a procedure or a function with a dot in
    its name writes as long as it does not know it. "" where something is written, or nothing of the kind is called."""
    names = () if pasted.writes(text) else pasted.functions(text)
    return f"The engine does not know one of these, or it writes: {', '.join(names)}." if names else ""


def _start(arcadedb: Any, root: str, password: str, home: Path, *, write: bool) -> tuple[Any, int]:
    for attempts_left in range(4, -1, -1):  # a free port may be somebody else's a moment later
        port = _free_port()
        try:
            server = arcadedb.create_server(
                root_path=root, root_password=password, config=_settings(home, port, write=write)
            )
            server.start()
        except (arcadedb.ArcadeDBError, OSError) as error:
            if _RECOVER in str(error) and not write:
                raise _NeedsWriterError from None
            if _PORT_TAKEN not in str(error) or not attempts_left:
                raise _refused(home, error) from error
        else:
            break
    return server, port


def _settings(home: Path, port: int, *, write: bool) -> dict[str, Any]:
    return {
        "host": "127.0.0.1",
        "http_port": 0,  # any; nobody asks it
        "bolt_port": port,  # 0 would be taken, but not told (engines.md §7)
        "server_plugins": "Bolt:com.arcadedb.bolt.BoltProtocolPlugin",
        "server_databaseDirectory": str(folder(home).absolute()),
        "server_defaultDatabaseMode": "READ_WRITE" if write else "READ_ONLY",
        # 65 536 rounds by default: 90 ms an opening, to slow down guesses at what is a random word of 192 bits here.
        "server_saltIterations": 1,
    }


def _database(server: Any, home: Path, *, write: bool) -> Any:
    """Make it where there is none, and have every commit reach the disk: decisions and history cannot be rebuilt."""
    try:
        if not write:
            return server.get_database(DATABASE)
        database = server.get_database(DATABASE) if exists(home) else _created(server, home)
        database.set_wal_flush("yes_nometadata")
    except Exception as error:
        raise _refused(home, error) from error
    return database


def _created(server: Any, home: Path) -> Any:
    leftover = folder(home) / DATABASE  # of a run that was killed in this very moment
    if not any(leftover.glob("*.bucket")):  # nothing of anybody's is in it
        shutil.rmtree(leftover, ignore_errors=True)
    return server.create_database(DATABASE)


def _refused(home: Path, error: Exception) -> GraphError:
    why, next_step = scarce(error) or (engine_words(error), "Make room on the disk, or check it; then repeat this.")
    return GraphError(f"The embedded graph in {folder(home)} cannot be opened.", why, next_step)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
