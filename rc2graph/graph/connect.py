"""Reach the graph: a Neo4j by its address, or with none given the engine in this process. One driver, one code path.

    with connect(target, write=True, wait=60) as opened:
        graph = opened.workspace(name)  # its statements are about this one from here on: `$workspace` is bound
        graph.execute("schema/key/User")
        graph.write(lambda tx: tx.run("load/nodes/User", rows=rows))
        for row in graph.rows("state/whole/Room"): ...

Whatever the driver raises leaves here as a `GraphError` that names the server, and never the password.
"""

import logging
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from rc2graph.config import GraphTarget
from rc2graph.errors import GraphError
from rc2graph.graph.embedded import Listener, NoGraphYetError, embedded
from rc2graph.graph.explained import RejectedError, TooLargeError, WriteRefusedError, explained, too_old, translated
from rc2graph.graph.statements import statement
from rc2graph.version import __version__

if TYPE_CHECKING:
    import neo4j

__all__ = [
    "Answer",
    "Graph",
    "GraphTarget",
    "NoGraphYetError",
    "Row",
    "Transaction",
    "WorkspaceGraph",
    "connect",
]

OLDEST = (5, 26)

# Seconds: to a TCP connection; to a usable one, where somebody listens and does not answer; and for how long a
# connection may have rested before it is tried, as a pause between two batches may outlast a firewall's memory.
PATIENCE = {"connection": 8.0, "answer": 12.0, "rest": 30.0}

WRITER_WAIT, READER_WAIT = 60.0, 10.0
"""Seconds that a verb waits (`connect`) while another run holds the embedded graph: one that writes or is about to, and
one that asks."""

PAGE = 10_000
"""Rows that a server sends at a time; with the driver's thousand, many rows take a third longer."""

TRIES = 3
"""So often is sent what a server ends for the time that it took: in a single statement there is nothing to halve, and
the server may have been busy for a moment."""

Row = dict[str, Any]
Result = TypeVar("Result")


@dataclass(frozen=True)
class Answer:
    """What a person's query returned. Without rows, ArcadeDB may not name the columns either (neo4j.md §2)."""

    columns: tuple[str, ...]
    rows: list["neo4j.Record"]


class Transaction:
    """The inside of `Graph.write`: runs statements by name, all or none of them."""

    def __init__(self, tx: "neo4j.ManagedTransaction | neo4j.Transaction", bound: Mapping[str, Any]) -> None:
        self._tx, self._bound = tx, bound

    def run(self, name: str, /, **params: Any) -> list[Row]:
        return [dict(record) for record in self._tx.run(statement(name), {**self._bound, **params})]


class Graph:
    """An open graph: `engine` is "neo4j" or "embedded", `version` what the server says of itself."""

    def __init__(
        self,
        driver: "neo4j.Driver",
        target: GraphTarget,
        version: str,
        at: Listener,
        *,
        writing: bool,
    ) -> None:
        import neo4j

        self._driver, self._target, self._database = driver, target, at.database
        self._writing, self._mistake_in, self._erase = writing, at.mistake_in, at.erase
        # In a cluster the next read may go to another server: bookmarks have it wait for what was written here.
        self._bookmarks = neo4j.GraphDatabase.bookmark_manager()
        self.engine = "embedded" if target.is_embedded else "neo4j"
        self.version = version
        self._bound: dict[str, Any] = {}
        """Parameters that every statement gets."""

    def workspace(self, name: str) -> "WorkspaceGraph":
        """This graph, for what is asked of one workspace and written to it."""
        return WorkspaceGraph(self, name)

    def read(self, name: str, /, **params: Any) -> list[Row]:
        """All rows of a statement."""
        return list(self.rows(name, **params))

    def rows(self, name: str, /, **params: Any) -> Iterator[Row]:
        """The rows of a statement, as they arrive. It is sent again where the server ended it before the first came."""
        for tries in range(TRIES, 0, -1):
            began = False
            try:
                with self._translated(), self._session("READ") as session:
                    for record in session.run(statement(name), self._bound | params):
                        began = True
                        yield dict(record)
                return
            except TooLargeError as error:
                if began or tries == 1 or not error.slow:
                    raise

    def write(self, work: Callable[[Transaction], Result]) -> Result:
        """Run `work` in one transaction. The driver repeats it after a transient failure: it may be called again. It is
        not repeated where it is too large for the server, as the driver would for half a minute.

        One failure the driver does not repeat: two threads make the same new key on ArcadeDB, and the loser gets a
        `ConstraintError` at commit, where Neo4j would have let it wait (neo4j.md §2). It is tried once more, here only.
        """
        import neo4j.exceptions

        def attempt(session: "neo4j.Session") -> Result:
            try:
                with session.begin_transaction() as tx:
                    result = work(Transaction(tx, self._bound))
                    tx.commit()
                return result
            except (neo4j.exceptions.Neo4jError, neo4j.exceptions.DriverError) as error:
                too_large = isinstance(explained(error, self._target), TooLargeError)
                if too_large or not error.is_retryable():
                    raise
            return session.execute_write(lambda tx: work(Transaction(tx, self._bound)))

        with self._translated(), self._session("WRITE") as session:
            try:
                return attempt(session)
            except neo4j.exceptions.ConstraintError:
                if self.engine != "embedded":
                    raise
            return attempt(session)

    def execute(self, name: str, /, **params: Any) -> None:
        """A statement outside any transaction of ours, about constraints and indexes. It may be sent again."""
        for tries in range(TRIES, 0, -1):
            try:
                with self._translated(), self._session("WRITE") as session:
                    session.run(statement(name), self._bound | params).consume()
                return
            except TooLargeError as error:
                if tries == 1 or not error.slow:
                    raise

    def erase_removed(self) -> None:
        """Have nothing left, in the files of an embedded graph, of what is removed from now on: they are written anew
        when it is closed, or by the next run where this one is killed. A server does that in its own time."""
        self._erase()

    def query(self, text: str, params: Mapping[str, Any] | None = None) -> Answer:
        """A person's own query, all of its rows."""
        with self._asked(text, params) as result:
            rows = list(result)
            return Answer(tuple(result.keys()), rows)

    def stream(self, text: str, params: Mapping[str, Any] | None = None) -> Iterator["neo4j.Record"]:
        """The rows of a person's own query, as they arrive."""
        with self._asked(text, params) as result:
            yield from result

    @contextmanager
    def _asked(self, text: str, params: Mapping[str, Any] | None) -> "Iterator[neo4j.Result]":
        """The one form in which both engines refuse every write (engines.md §5.9)."""
        if self._writing:
            raise RuntimeError("Queries of people need connect(…, write=False): embedded, nothing else refuses a write")
        try:
            with self._translated(asked=True), self._session("READ") as session:
                yield session.run(text, {**self._bound, **(params or {})})
        except WriteRefusedError:
            if mistake := self._mistake_in(text):
                raise RejectedError(f"{self._target} rejects the query.", mistake) from None
            raise

    def _session(self, access: str) -> "neo4j.Session":
        return self._driver.session(
            database=self._database,
            default_access_mode=access,
            bookmark_manager=self._bookmarks,
            fetch_size=PAGE,
            notifications_min_severity="OFF",  # not on the driver: it would refuse a 4.4 before its version is known
        )

    @contextmanager
    def _translated(self, *, asked: bool = False) -> Iterator[None]:
        with translated(self._target, asked=asked):
            yield


class WorkspaceGraph(Graph):
    """An open graph and the `name` of one workspace in it: every statement gets that as `$workspace`."""

    def __init__(self, graph: Graph, name: str) -> None:
        vars(self).update(vars(graph))
        self.name, self._bound = name, {"workspace": name}


@contextmanager
def connect(target: GraphTarget, *, write: bool, wait: float = 0, mend: bool = False) -> Iterator[Graph]:
    """Open the graph and ask its version. `wait`: seconds of patience while another run holds the embedded one;
    `mend`: write its files anew where they are damaged."""
    import neo4j

    logging.getLogger("neo4j").addHandler(logging.NullHandler())  # else its warnings go to stderr by themselves
    with ExitStack() as stack:
        if target.uri is None:
            at = stack.enter_context(embedded(target.home, write=write, wait=wait, mend=mend))
        else:
            at = Listener(target.uri, target.username, target.password, target.database)
        with translated(target, OSError, ValueError):
            driver = stack.enter_context(
                neo4j.GraphDatabase.driver(
                    at.uri,
                    auth=(at.username, at.password),
                    user_agent=f"rc2graph/{__version__}",
                    connection_timeout=PATIENCE["connection"],
                    connection_acquisition_timeout=PATIENCE["answer"],
                    liveness_check_timeout=PATIENCE["rest"],
                )
            )
            version = _version(driver.get_server_info().agent, target)
            with driver.session(database=at.database, default_access_mode="WRITE" if write else "READ") as session:
                session.run("RETURN 1").consume()  # no such database, or a password to change: say so now
        yield Graph(driver, target, version, at, writing=write)


def _version(agent: str, target: GraphTarget) -> str:
    """ "Neo4j/5.26.30" → "5.26.30". Asked of the handshake: a 4.4 could not parse our Cypher (neo4j.md §2)."""
    if target.is_embedded:
        return agent.partition("(")[2].rstrip(")") or agent  # Neo4j/5.26.0 compatible (ArcadeDB 26.10.2)
    found = re.fullmatch(r"Neo4j/((\d+)\.(\d+)\S*)", agent)
    if found is None:
        raise GraphError(
            f"The server at {target.uri} is not a Neo4j.",
            f"It calls itself '{agent}'. Others that speak Bolt may let somebody write who came to read.",
            "Set NEO4J_URI to a Neo4j 5.26 or newer, or unset it for the embedded graph.",
        )
    if (int(found[2]), int(found[3])) < OLDEST:
        raise too_old(target, found[1])
    return found[1]
