"""Reaching the graph: both engines behind one `connect()`, and what a person reads when it fails."""

import ast
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import neo4j.exceptions
import pytest

import rc2graph
from rc2graph.config import GraphTarget
from rc2graph.errors import GraphError, Rc2graphError, UsageError
from rc2graph.graph import connect as connect_module
from rc2graph.graph.connect import Transaction, connect
from rc2graph.graph.explained import WriteRefusedError, explained, translated
from tests import engines
from tests.engines import Engine, Server

PASSWORD = "S3cret-and-long"


@pytest.fixture(autouse=True)
def _cypher_by_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect_module, "statement", lambda text: text)


def neo4j_at(uri: str) -> GraphTarget:
    return GraphTarget(uri, None, PASSWORD, None, Path("unused"))


def failure(target: GraphTarget, *, write: bool = False) -> Rc2graphError:
    """Why the graph cannot be reached, for a person."""
    with pytest.raises(Rc2graphError) as raised, connect(target, write=write):
        pass
    assert target.is_embedded or target.password not in f"{raised.value!s} {raised.value!r} {raised.value.args}"
    return raised.value


# One code path


def test_what_is_written_is_read_back(any_engine: Engine) -> None:
    with connect(any_engine.target, write=True) as graph:
        graph.execute("CREATE CONSTRAINT thing_key IF NOT EXISTS FOR (u:Thing) REQUIRE u.id IS UNIQUE")
        made = graph.write(
            lambda tx: tx.run("UNWIND $ids AS id MERGE (u:Thing {id: id}) RETURN u.id AS id", ids=[1, 2])
        )
        assert made == [{"id": 1}, {"id": 2}]
        assert graph.read("MATCH (u:Thing) RETURN u.id AS id ORDER BY id") == made
    with connect(any_engine.target, write=False) as graph:
        assert list(graph.rows("MATCH (u:Thing) WHERE u.id > $above RETURN u.id AS id", above=1)) == [{"id": 2}]
        assert graph.query("MATCH (u:Thing {id: $id}) RETURN u.id AS id", {"id": 1}).columns == ("id",)


def test_a_handle_binds_the_workspace_in_whatever_it_sends(any_engine: Engine) -> None:
    asked = "RETURN $workspace AS w"
    with connect(any_engine.target, write=True) as graph:
        one, two = graph.workspace("one"), graph.workspace("two")
        one.execute("CREATE CONSTRAINT thing_key IF NOT EXISTS FOR (t:Thing) REQUIRE t.id IS UNIQUE")
        one.write(lambda tx: tx.run("CREATE (:Thing {workspace: $workspace, id: $id})", id=1))
        assert one.read("MATCH (t:Thing {id: $id}) RETURN t.workspace AS w", id=1) == one.read(asked) == [{"w": "one"}]
        assert two.write(lambda tx: tx.run(asked)) == list(one.workspace("two").rows(asked)) == [{"w": "two"}]
        with pytest.raises(GraphError):
            graph.read(asked)
    with connect(any_engine.target, write=False) as graph:
        one = graph.workspace("one")
        assert (one.name, one.engine) == ("one", graph.engine)
        assert [row.data() for row in one.query(f"{asked}, $more AS m", {"more": 1}).rows] == [{"w": "one", "m": 1}]
        assert [row.data() for row in one.stream(asked)] == [{"w": "one"}]


def test_nobody_is_given_the_name_of_a_workspace_beside_a_graph() -> None:
    for file in Path(rc2graph.__file__).parent.rglob("*.py"):
        for made in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(made, ast.FunctionDef):
                takes = {one.arg: ast.unparse(one.annotation) for one in made.args.args if one.annotation}
                graphs = [of for of in takes.values() if of.strip("'") in ("Graph", "WorkspaceGraph")]
                assert not (graphs and "workspace" in takes), f"{file.name}: {made.name}"


def test_rows_arrive_one_by_one_and_may_be_left_alone(engine: Engine) -> None:
    with connect(engine.target, write=True) as graph:
        rows = graph.rows("UNWIND range(1, 5000) AS n RETURN n")
        assert next(rows) == {"n": 1}
        graph.write(lambda tx: tx.run("CREATE (:User)"))
        rows.close()  # type: ignore[attr-defined]
        assert sum(row["n"] for row in graph.rows("UNWIND range(1, 5000) AS n RETURN n")) == 12_502_500


def test_a_failed_transaction_leaves_nothing(engine: Engine) -> None:
    def work(tx: Transaction) -> None:
        tx.run("CREATE (:User)")
        raise ZeroDivisionError

    with connect(engine.target, write=True) as graph:
        with pytest.raises(ZeroDivisionError):
            graph.write(work)
        assert graph.read("MATCH (u:User) RETURN count(u) AS n") == [{"n": 0}]


def test_a_lost_race_is_run_again_only_where_the_engine_does_not_wait(engine: Engine) -> None:
    calls: list[int] = []

    def work(tx: Transaction) -> None:
        calls.append(1)
        raise neo4j.exceptions.ConstraintError("Duplicated key")

    with connect(engine.target, write=True) as graph, pytest.raises(GraphError, match="does not take the data"):
        graph.write(work)
    assert len(calls) == (2 if engine.name == "embedded" else 1)


WRITES = [
    "CREATE (:User)",
    "MERGE (:User {id: 1})",
    "MATCH (u:Kept) SET u.x = 1",
    "MATCH (u:Kept) DETACH DELETE u",
    "CREATE INDEX forbidden IF NOT EXISTS FOR (u:User) ON (u.x)",
    "CREATE CONSTRAINT forbidden IF NOT EXISTS FOR (u:User) REQUIRE u.x IS UNIQUE",
]


def test_a_persons_query_cannot_write(any_engine: Engine) -> None:
    with connect(any_engine.target, write=True) as graph:
        graph.write(lambda tx: tx.run("CREATE (:Kept {id: 1})"))
    with connect(any_engine.target, write=False) as graph:
        for text in WRITES:
            with pytest.raises(WriteRefusedError, match="nothing was changed"):
                graph.query(text)
        assert [dict(row) for row in graph.query("MATCH (n) RETURN n.id AS id, n.x AS x").rows] == [
            {"id": 1, "x": None}
        ]


@pytest.mark.parametrize(
    "text", ["RETURN", "MATCH (u RETURN u", "RETURN nosuch(1)", "MATCH (a) RETURN b", "RETURN $unset"]
)
def test_a_typing_mistake_is_told_from_a_write(engine: Engine, text: str) -> None:
    with connect(engine.target, write=True):
        pass
    with connect(engine.target, write=False) as graph, pytest.raises(GraphError, match="rejects") as error:
        graph.query(text)
    assert not isinstance(error.value, WriteRefusedError)
    assert error.value.why


def test_a_persons_query_is_not_run_on_a_graph_open_for_writing(engine: Engine) -> None:
    with connect(engine.target, write=True) as graph, pytest.raises(RuntimeError):
        graph.query("RETURN 1")


def test_an_embedded_query_reads_no_files(embedded_engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("secret")
    with connect(embedded_engine.target, write=True):
        pass
    with connect(embedded_engine.target, write=False) as graph, pytest.raises(GraphError, match="disabled"):
        graph.query(f"LOAD CSV FROM 'file://{tmp_path}/secret.csv' AS line RETURN line")


# What the user set


def test_no_address_means_the_embedded_graph_and_no_name_means_neo4j() -> None:
    home = Path("home")
    assert GraphTarget("", "", "", "", home) == GraphTarget(home=home)
    assert GraphTarget(home=home).is_embedded
    assert neo4j_at("bolt://localhost").username == "neo4j"
    assert PASSWORD not in repr(neo4j_at("bolt://localhost"))


@pytest.mark.parametrize("scheme", ["bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc"])
def test_each_scheme_of_neo4j_is_taken(scheme: str) -> None:
    assert neo4j_at(f"{scheme}://graph.example.org:7687").uri == f"{scheme}://graph.example.org:7687"


@pytest.mark.parametrize(
    "uri",
    [
        "localhost", "localhost:7687", "http://localhost:7474", "https://x", "bolt:/x", "bolt://", "bolt://host:port",
        "bolt://host:70000", "bolt://host/database", "bolt://host?policy=eu", "file:///etc/passwd", "://x",
        "neo4j:secret",
    ],
)  # fmt: skip
def test_a_wrong_address_is_a_usage_error(uri: str) -> None:
    with pytest.raises(UsageError, match="NEO4J_URI"):
        neo4j_at(uri)


@pytest.mark.parametrize("user_info", ["neo4j:secret", "neo4j", "neo4j:sec/ret", "neo4j:sec?ret", "neo4j:sec#ret"])
def test_a_password_in_the_address_is_refused_and_not_repeated(user_info: str) -> None:
    with pytest.raises(UsageError, match="NEO4J_USERNAME and NEO4J_PASSWORD") as error:
        neo4j_at(f"bolt://{user_info}@localhost:7687")
    assert "sec" not in str(error.value).lower().replace("security", "")


def test_a_missing_password_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="NEO4J_PASSWORD is not set"):
        GraphTarget("bolt://localhost", "neo4j", "", None, Path("home"))


# Servers that cannot be used


@pytest.mark.parametrize("scheme", ["bolt", "neo4j"])
def test_a_server_that_is_down_is_named_within_seconds(scheme: str) -> None:
    began = time.monotonic()
    error = failure(neo4j_at(f"{scheme}://127.0.0.1:1"))
    assert time.monotonic() - began < 15
    assert isinstance(error, GraphError)
    assert "127.0.0.1:1 does not answer" in error.what


def test_a_host_that_does_not_exist_is_named() -> None:
    assert "nosuch.invalid" in failure(neo4j_at("neo4j://nosuch.invalid:7687")).what


@contextmanager
def listening(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """A host that takes connections and does with each what `answer` says."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    with connection, suppress(OSError):
                        answer(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"127.0.0.1:{server.getsockname()[1]}"
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def test_a_host_that_listens_and_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sum(connect_module.PATIENCE[part] for part in ("connection", "answer")) <= 20
    monkeypatch.setitem(connect_module.PATIENCE, "answer", 0.5)

    def answer(connection: socket.socket) -> None:
        while connection.recv(1000):
            pass

    with listening(answer) as host:
        assert "does not answer" in failure(neo4j_at(f"bolt://{host}")).what


def test_a_web_server_is_no_neo4j() -> None:
    with listening(lambda connection: connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as host:
        assert isinstance(failure(neo4j_at(f"bolt://{host}")), GraphError)


def claims_to_be(agent: str) -> Callable[[socket.socket], None]:
    """The first words of a Bolt 4.4 server: the handshake, and `HELLO` answered with its name."""

    def answer(connection: socket.socket) -> None:
        connection.recv(20)
        connection.sendall(b"\x00\x00\x04\x04")
        connection.recv(4096)
        texts = (b"server", agent.encode(), b"connection_id", b"bolt-1")
        body = b"\xb1\x70\xa2" + b"".join(b"\xd0" + bytes([len(text)]) + text for text in texts)
        connection.sendall(len(body).to_bytes(2, "big") + body + b"\x00\x00")
        connection.recv(4096)

    return answer


@pytest.mark.parametrize("agent", ["Neo4j/4.4.48", "Neo4j/5.25.1", "Neo4j/5.9.0"])
def test_an_old_neo4j_is_refused_with_its_version(agent: str) -> None:
    with listening(claims_to_be(agent)) as host:
        error = failure(neo4j_at(f"bolt://{host}"))
    assert "too old" in error.what
    assert agent.partition("/")[2] in error.why


def test_a_server_that_speaks_no_bolt_of_ours_is_too_old() -> None:
    def answer(connection: socket.socket) -> None:
        connection.recv(20)
        connection.sendall(b"\0\0\0\0")  # "none of the versions that you offer"

    with listening(answer) as host:
        assert "too old" in failure(neo4j_at(f"bolt://{host}")).what


@pytest.mark.parametrize(
    "agent", ["Neo4j/v5.11.0 compatible graph database server - Memgraph", "Neo4j/5.26.0 compatible (X)"]
)
def test_a_server_that_only_resembles_neo4j_is_refused(agent: str) -> None:
    with listening(claims_to_be(agent)) as host:
        assert "is not a Neo4j" in failure(neo4j_at(f"bolt://{host}")).what


@pytest.mark.parametrize("version", ["5.26.0", "5.26.30", "5.27-aura", "2025.01.0", "2026.08.1", "2026.09-aura"])
def test_new_versions_are_taken(version: str) -> None:
    assert connect_module._version(f"Neo4j/{version}", neo4j_at("bolt://x")) == version


def test_a_wrong_password(neo4j_engine: Engine) -> None:
    error = failure(replace(neo4j_engine.target, password="not-the-password"))
    assert "does not accept the password" in error.what
    assert "NEO4J_PASSWORD" in error.next_step


@pytest.fixture
def newcomer(neo4j_lts: Server, neo4j_engine: Engine) -> Iterator[GraphTarget]:
    """An account of its own, for tests that get it into trouble."""
    with neo4j_lts.driver.session(database="system") as session:
        session.run("CREATE OR REPLACE USER newcomer SET PASSWORD $password", password=PASSWORD).consume()
        yield replace(neo4j_engine.target, username="newcomer", password=PASSWORD)
        session.run("DROP USER newcomer").consume()


def test_a_password_that_must_be_changed_first(newcomer: GraphTarget) -> None:
    assert "wants a new password" in failure(newcomer).what


def test_too_many_wrong_passwords(newcomer: GraphTarget) -> None:
    wrong = replace(newcomer, password="not-the-password")
    for _ in range(4):
        error = failure(wrong)
    assert "too many attempts" in error.why


@pytest.mark.parametrize("scheme", ["bolt", "neo4j"])
def test_an_unknown_database(neo4j_engine: Engine, scheme: str) -> None:
    uri = str(neo4j_engine.target.uri).replace("bolt", scheme, 1)
    error = failure(replace(neo4j_engine.target, uri=uri, database="nosuch"))
    assert "has no database 'nosuch'" in error.what


@pytest.mark.parametrize(
    "code",
    [
        "Neo.ClientError.General.WriteOnReadOnlyAccessDatabase",  # a single server, as seen on 5.26.30
        "Neo.ClientError.General.ForbiddenOnReadOnlyDatabase",
        "Neo.ClientError.Cluster.NotALeader",
    ],
)
def test_a_database_that_takes_no_writes(code: str) -> None:
    refusal = neo4j.exceptions.Neo4jError._hydrate_neo4j(code=code, message="No write operations are allowed")
    assert "takes no writes" in explained(refusal, neo4j_at("neo4j://x")).what


def test_a_server_that_does_not_understand_a_statement_of_ours(neo4j_engine: Engine) -> None:
    """5.26 knows no Cypher 25. A person's own query is their mistake."""
    of_cypher_25 = "LET one = 1 RETURN one"
    with connect(neo4j_engine.target, write=False) as graph:
        with pytest.raises(GraphError, match="does not understand a statement of rc2graph") as refused:
            graph.read(of_cypher_25)
        assert refused.value.why.startswith("Invalid input 'LET'. All statements are in what Cypher 5 and Cypher 25")
        assert "ALTER DATABASE neo4j SET DEFAULT LANGUAGE CYPHER 25" in refused.value.next_step
        with pytest.raises(GraphError, match="rejects the query"):
            graph.query(of_cypher_25)


def test_a_read_only_neo4j(tmp_path: Path) -> None:
    """The one state that a running Community server cannot be put into: a second one is started on purpose."""
    try:
        java, classpath = engines._java(engines.LTS), engines._classpath(engines.LTS)
    except engines._NoneHereError as error:
        pytest.skip(str(error))
    with engines.started(java, classpath, engines.LTS, home=tmp_path) as uri:
        engines._log_in(uri, PASSWORD)
        with connect(neo4j_at(uri), write=True) as graph:
            graph.write(lambda tx: tx.run("CREATE (:User)"))
    conf = {"server.databases.read_only": "neo4j"}
    with engines.started(java, classpath, engines.LTS, home=tmp_path, **conf) as uri:
        with connect(neo4j_at(uri), write=True) as graph, pytest.raises(GraphError, match="takes no writes") as refused:
            graph.write(lambda tx: tx.run("CREATE (:User)"))
        assert refused.value.exit_code == 7


def test_a_connection_lost_in_the_middle_is_a_graph_error(neo4j_engine: Engine) -> None:
    """A forwarder stands between, and goes away."""
    host, _, port = str(neo4j_engine.target.uri).rpartition("/")[2].partition(":")
    open_sockets: list[socket.socket] = []

    def pump(source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)

    def forward(connection: socket.socket) -> None:
        with socket.create_connection((host, int(port))) as server:
            open_sockets.extend([connection, server])
            back = threading.Thread(target=pump, args=(server, connection))
            back.start()
            pump(connection, server)
            with suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)
            back.join()

    with (
        listening(forward) as through,
        connect(replace(neo4j_engine.target, uri=f"bolt://{through}"), write=False) as graph,
    ):
        assert graph.read("RETURN 1 AS one") == [{"one": 1}]
        rows = graph.rows("UNWIND range(1, 1000000) AS n RETURN n, 'a long text to fill the buffers with' AS text")
        next(rows)
        for end in open_sockets:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        with pytest.raises(GraphError, match="does not answer"):
            list(rows)


def test_starting_up_imports_neither_driver_nor_engine() -> None:
    code = "import sys, rc2graph.graph.connect; sys.exit(bool({'neo4j', 'arcadedb', 'portalocker'} & set(sys.modules)))"
    folder = Path(connect_module.__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", code], cwd=folder, check=False).returncode == 0


def test_a_password_in_a_message_of_the_driver_is_cut_out() -> None:
    target: Any = neo4j_at("bolt://x")
    with pytest.raises(GraphError) as error, translated(target):
        raise neo4j.exceptions.DriverError(f"the driver says {PASSWORD}")
    assert PASSWORD not in f"{error.value!s} {error.value.args}"
