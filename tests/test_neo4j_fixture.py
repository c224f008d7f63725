"""The tests' own Neo4j: empty for each test, never somebody's data, never missing in silence."""

import os
from pathlib import Path

import pytest

from rc2graph.graph import connect as connect_module
from rc2graph.graph.connect import connect
from tests import engines
from tests.engines import Engine, Server


@pytest.fixture(autouse=True)
def _cypher_by_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect_module, "statement", lambda text: text)


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_gets_an_empty_graph(any_engine: Engine, turn: int) -> None:
    with connect(any_engine.target, write=True) as graph:
        graph.execute("CREATE CONSTRAINT fixture_key IF NOT EXISTS FOR (n:Fixture) REQUIRE n.id IS UNIQUE")
        assert graph.read("MATCH (n) RETURN count(n) AS n") == [{"n": 0}]
        graph.write(lambda tx: tx.run("CREATE (:Fixture {id: 1})-[:NEXT]->(:Fixture {id: 2})"))


def test_the_engines_are_the_ones_promised(any_engine: Engine) -> None:
    expected = {"embedded": "ArcadeDB", "neo4j": engines.LTS, "neo4j-2026": engines.NEWEST}
    with connect(any_engine.target, write=True) as graph:
        assert graph.engine == ("embedded" if any_engine.name == "embedded" else "neo4j")
        if not os.environ.get("NEO4J_URI"):
            assert graph.version.startswith(expected[any_engine.name])
        if any_engine.name == "neo4j-2026":
            said = graph.read("SHOW DATABASES YIELD default, defaultLanguage WHERE default RETURN defaultLanguage")
            assert said == [{"defaultLanguage": "CYPHER 25"}]


@pytest.mark.usefixtures("neo4j_engine")
def test_a_database_of_somebody_is_not_emptied(
    neo4j_lts: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    neo4j_lts.empty("neo4j", tmp_path)
    neo4j_lts.driver.execute_query("CREATE (:Precious)")
    monkeypatch.setenv("NEO4J_URI", neo4j_lts.uri)
    monkeypatch.setenv("NEO4J_USERNAME", neo4j_lts.username)
    monkeypatch.setenv("NEO4J_PASSWORD", neo4j_lts.password)
    monkeypatch.delenv("RC2GRAPH_TEST_WIPE", raising=False)
    with pytest.raises(pytest.fail.Exception, match="holds 1 nodes"), engines._found(engines.LTS, own=neo4j_lts.uri):
        pass
    monkeypatch.setenv("RC2GRAPH_TEST_WIPE", "1")
    with engines._found(engines.LTS, own=neo4j_lts.uri) as server:
        assert server.empty("neo4j", tmp_path).target.uri == neo4j_lts.uri


def test_without_any_neo4j_the_run_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("XDG_CACHE_HOME", "/nonexistent")
    monkeypatch.delenv("RC2GRAPH_REQUIRE_NEO4J", raising=False)
    monkeypatch.setattr(engines, "_missing", {})
    with pytest.raises(pytest.skip.Exception, match="no docker"), engines._found(engines.LTS):
        pass
    assert list(engines._missing) == [f"NEO4J {engines.LTS}"]
    monkeypatch.setenv("RC2GRAPH_REQUIRE_NEO4J", "1")
    with pytest.raises(pytest.fail.Exception, match="there is no Neo4j"), engines._found(engines.LTS):
        pass
