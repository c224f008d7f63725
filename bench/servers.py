"""A Neo4j as an operator runs one, for measuring: the tests' jars, but a heap and a compiler that a server has.

The tests' own server is made to start soon (512 MB, code compiled once): it would flatter no one's figures.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rc2graph.config import GraphTarget
from tests.engines import LTS, _classpath, _java, _log_in, started

HEAP = "2g"
PAGES = "512m"


@contextmanager
def neo4j_server(home: Path, heap: str = HEAP) -> Iterator[GraphTarget]:
    """An empty Neo4j LTS until the end of the block."""
    flags = (f"-Xms{heap}", f"-Xmx{heap}")
    conf = {"server.memory.pagecache.size": PAGES}
    with started(_java(LTS), _classpath(LTS), LTS, flags=flags, **conf) as uri:
        password = secrets.token_urlsafe(12)
        _log_in(uri, password)
        yield GraphTarget(uri, "neo4j", password, None, home)


@contextmanager
def engines(which: str, home: Path, heap: str = HEAP) -> Iterator[list[GraphTarget]]:
    """`which`: "neo4j", "embedded" or "both"."""
    embedded = GraphTarget(home=home)
    if which == "embedded":
        yield [embedded]
        return
    with neo4j_server(home, heap) as neo4j:
        yield [neo4j] if which == "neo4j" else [neo4j, embedded]


def called(target: GraphTarget) -> str:
    return "embedded" if target.is_embedded else f"Neo4j {LTS}"


def environment(target: GraphTarget) -> dict[str, str]:
    """How a command finds it."""
    return {
        "NEO4J_URI": target.uri or "",
        "NEO4J_USERNAME": target.username,
        "NEO4J_PASSWORD": target.password,
        "RC2GRAPH_HOME": str(target.home),
    }
