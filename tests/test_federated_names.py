"""Where a federated account is at home, in whatever form its username came."""

from pathlib import Path

from rc2graph.graph.connect import connect
from rc2graph.graph.load import load_snapshot
from rc2graph.snapshot import Snapshot
from tests.engines import Engine
from tests.snapshots import ask
from tests.source import Source, small_company


def test_the_home_server_of_accounts_that_the_bridge_made_and_of_others(engine: Engine, tmp_path: Path) -> None:
    """The bridge of 5.x to 7.x left the `@` out. A local account may have a colon in its name, and is at home here."""
    source = Source(small_company(), tmp_path / "s.sqlite", "7.9.0")
    source.workspace.add_user("marcos:matrix.example.com", federated=True, emails=None)
    source.workspace.add_user("@mia:matrix.example.test", federated=True, emails=None)
    source.workspace.add_user("carl:colon")
    source.workspace.add_user("proxied:colon", federated=False)
    source.collect()
    with connect(engine.target, write=True) as graph:
        with Snapshot.open(source.path) as snapshot:
            load_snapshot(graph.workspace("w"), snapshot)
        found = ask(
            graph, "MATCH (u:User) WHERE u.username CONTAINS ':' RETURN u.username AS name, u.homeServer AS home"
        )
    assert {(row["name"], row["home"]) for row in found} == {
        ("marcos:matrix.example.com", "matrix.example.com"), ("@mia:matrix.example.test", "matrix.example.test"),
        ("carl:colon", None), ("proxied:colon", None),
    }  # fmt: skip
