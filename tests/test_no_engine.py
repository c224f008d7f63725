"""On a computer for which there is no embedded engine: what needs none works, and the rest names NEO4J_URI."""

from pathlib import Path

import pytest

from tests.commands import Desk, office, present
from tests.engines import Engine
from tests.faults import Simulator


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A Python in which `import arcadedb` fails, as where there is no wheel of it."""
    none = tmp_path / "no-engine" / "arcadedb.py"
    none.parent.mkdir()
    none.write_text("raise ImportError('no wheel for this computer')\n")
    before = Desk(tmp_path).environment()["PYTHONPATH"]
    return Desk(tmp_path, {"PYTHONPATH": f"{none.parent}:{before}"})


def test_without_a_graph_it_reads_the_workspace_and_compares_snapshots(desk: Desk) -> None:
    with Simulator(office()) as server:
        at = desk.at(server)
        assert "Ready: rc2graph load" in at.ok("check")
        at.ok("collect", "--snapshot", "monday.sqlite")
        server.workspace.assign("staff.05", "helpdesk")
        at.ok("collect", "--snapshot", "tuesday.sqlite")
        assert "staff.05" in at.ok("diff", "monday.sqlite", "tuesday.sqlite")
        for words in (["load"], ["load", "--snapshot", "tuesday.sqlite"], ["status"], ["review"], ["who", "admin"]):
            said = at.run(*words)
            assert said.code == 2, said
            assert "The embedded graph does not run on this computer." in said.told
            assert "Set NEO4J_URI (and NEO4J_PASSWORD) to a Neo4j 5.26 or newer." in said.told
            assert "Traceback" not in said.err


def test_with_a_neo4j_everything_works(desk: Desk, neo4j_engine: Engine, tmp_path: Path) -> None:
    with Simulator(office()) as server:
        at = desk.at(server, neo4j_engine)
        at.ok("load")
    assert present(neo4j_engine).nodes
    assert "ana.admin" in at.ok("who", "admin")
    at.ok("status")
    at.ok("export", "json", str(tmp_path / "all.json"))
    assert "ana.admin" in (tmp_path / "all.json").read_text()
