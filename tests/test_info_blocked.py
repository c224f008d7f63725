"""`/api/info` that is blocked costs nothing but the version: some administrators do not want it to be public."""

import json
from pathlib import Path
from typing import Any

import pytest

from rc2graph.errors import SourceError
from rc2graph.graph.connect import connect
from rc2graph.graph.load import load_snapshot
from rc2graph.snapshot import Snapshot
from tests.commands import Desk, office
from tests.engines import Engine
from tests.faults import Fault, Simulator
from tests.snapshots import ask
from tests.source import VERSIONS, Source, differences, lists_by_status, small_company

BLOCKS = ["html-403", "403", "html-200", "html-502", "401", "stall", "redirect", "success-false"]


@pytest.mark.parametrize("kind", BLOCKS)
@pytest.mark.parametrize("version", VERSIONS)
def test_everything_else_is_read_and_the_version_is_not_known(tmp_path: Path, kind: str, version: str) -> None:
    source = Source(small_company(), tmp_path / "s.sqlite", version)
    source.server.add(Fault(kind, route="info", times=-1))
    began = source.time.monotonic()
    done = source.collect(retry_for=300.0)
    assert source.time.monotonic() - began < 90, "what a run can do without does not cost the whole patience"
    assert done.complete
    assert not differences(source.content(), source.workspace.oracle(), nameless=lists_by_status(version))
    with Snapshot.open(source.path) as snapshot:
        assert snapshot.meta["version"] == ""
        assert "the server's version: /api/info does not tell it" in json.loads(snapshot.meta["not_visible"])


def test_so_it_is_where_a_proxy_hides_the_route(tmp_path: Path) -> None:
    source = Source(small_company(), tmp_path / "s.sqlite")
    asked = source.server.respond

    def respond(method: str, path: str, *rest: Any) -> Any:
        return asked(method, path.replace("/api/info", "/api/nothing"), *rest)

    source.server.respond = respond  # type: ignore[method-assign]
    assert source.collect().complete


@pytest.mark.parametrize("kind", ["html-200", "html-502", "redirect", "html-403"])
def test_i8_a_foreign_server_is_not_sent_the_token(tmp_path: Path, kind: str) -> None:
    """Nothing behind the address has answered as Rocket.Chat does."""
    source = Source(small_company(), tmp_path / "s.sqlite")
    source.server.add(Fault(kind, times=-1))
    with pytest.raises(SourceError):
        source.collect()
    assert {entry.caller for entry in source.server.log} == {None}


def test_a_server_that_is_only_starting_tells_its_version_later(tmp_path: Path) -> None:
    source = Source(small_company(), tmp_path / "s.sqlite")
    source.server.add(Fault("html-502", times=12))
    source.collect(retry_for=300.0)
    with Snapshot.open(source.path) as snapshot:
        assert snapshot.meta["version"] == "8.6"


def test_a_version_that_is_not_known_is_not_in_the_graph(engine: Engine, tmp_path: Path) -> None:
    source = Source(small_company(), tmp_path / "s.sqlite")
    with connect(engine.target, write=True) as graph:
        for blocked, version in ((False, "8.6"), (True, None)):
            source.server.add(Fault("html-403", route="info", times=-1 if blocked else 0))
            source.collect(overwrite=True)
            with Snapshot.open(source.path) as snapshot:
                assert load_snapshot(graph.workspace("w"), snapshot).state == "complete"
            assert ask(graph, "MATCH (w:Workspace) RETURN w.version AS version") == [{"version": version}]


def test_check_says_so(tmp_path: Path) -> None:
    with Simulator(office()) as server:
        server.add(Fault("html-403", route="info", times=-1))
        said = Desk(tmp_path).at(server).run("check")
    assert said.code == 0
    assert "Rocket.Chat, version not known" in said.out
    assert "The version of the server is not known; reading goes on." in said.err


def test_the_patch_level_is_asked_for_where_the_account_may_see_it(tmp_path: Path) -> None:
    """Everybody else is told major and minor (rocketchat.md §1.5)."""
    told = {}
    for roles in (["admin", "user"], ["admin"]):
        source = Source(small_company(), tmp_path / f"{len(roles)}.sqlite", "8.6.1")
        source.workspace.permissions["view-statistics"]["roles"] = roles
        source.collect()
        with Snapshot.open(source.path) as snapshot:
            told["user" in roles] = snapshot.meta["version"]
    assert told == {True: "8.6.1", False: "8.6"}
