"""A graph that another version of the embedded engine wrote: read, written anew or refused, and never written into."""

import json
import shutil
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest

from rc2graph.config import GraphTarget
from rc2graph.errors import GraphError
from rc2graph.graph import engine_version, files, fingerprint
from rc2graph.graph.connect import connect
from tests.snapshots import ask
from tests.test_graph_files import dumped, read, target

__all__ = ["target"]
arcadedb = pytest.importorskip("arcadedb", exc_type=ImportError)
OLDER, NEWER = "26.9.1", "127.1.0-SNAPSHOT"


def said_by(target: GraphTarget, version: str, *, killed: bool = False) -> None:
    """The graph as that version would have left it."""
    schema = fingerprint.database(target.home) / "schema.json"
    schema.write_text(json.dumps({**json.loads(schema.read_text()), "dbmsVersion": version}))
    fingerprint.close(target.home)
    if killed:
        fingerprint.open_for_writing(target.home)


def held(home: Path) -> dict[str, bytes]:
    """All files below, but for those that readers write too."""
    paths = (path for path in home.rglob("*") if path.is_file() and path.name not in fingerprint._ENGINES_OWN)
    return {str(path.relative_to(home)): path.read_bytes() for path in paths}


def test_a_graph_says_which_version_wrote_it(target: GraphTarget) -> None:
    assert engine_version.written_by(target.home) == arcadedb.ENGINE_VERSION
    assert not engine_version.is_older(arcadedb, target.home)


@pytest.mark.parametrize(("there", "older"), [("26.9.1", True), ("26.10.1", True), ("26.11", False), ("", False)])
def test_versions_compare_by_their_numbers(tmp_path: Path, there: str, older: bool) -> None:
    fingerprint.database(tmp_path).mkdir(parents=True)
    (fingerprint.database(tmp_path) / "schema.json").write_text(json.dumps({"dbmsVersion": there}))
    engine = SimpleNamespace(ENGINE_VERSION="26.10.2-SNAPSHOT")
    assert engine_version.is_older(engine, tmp_path) is older
    with pytest.raises(GraphError, match="newer engine") if there == "26.11" else nullcontext():
        engine_version.refuse_newer(engine, tmp_path)


@pytest.mark.parametrize("killed", [False, True])
def test_what_a_newer_engine_wrote_is_not_opened(target: GraphTarget, killed: bool) -> None:
    said_by(target, NEWER, killed=killed)
    before = held(target.home)
    for write, mend in ((False, False), (True, False), (True, True)):
        with pytest.raises(GraphError, match="written by a newer engine") as refused:
            connect(target, write=write, mend=mend).__enter__()
        assert f"ArcadeDB {NEWER} wrote it, and this rc2graph brings {arcadedb.ENGINE_VERSION}" in refused.value.why
        assert refused.value.exit_code == 7
    assert held(target.home) == before


def test_what_an_older_engine_wrote_is_read_and_left_as_it_is(target: GraphTarget) -> None:
    whole = read(target)
    said_by(target, OLDER)
    before = held(target.home)
    assert read(target) == whole
    assert held(target.home) == before


@pytest.mark.parametrize("killed", [False, True])
def test_before_a_write_what_an_older_engine_wrote_is_written_anew(target: GraphTarget, killed: bool) -> None:
    """Decisions, history and things of others are in it."""
    whole = read(target)
    said_by(target, OLDER, killed=killed)
    if killed:  # recovering writes, so who reads cannot leave it
        assert read(target) == whole
    with connect(target, write=True) as graph:
        assert dumped(graph) == whole
        ask(graph, "CREATE (:Ticket {id: 't2'})")
    assert len(read(target)) == len(whole) + 1
    assert engine_version.written_by(target.home) == arcadedb.ENGINE_VERSION
    assert sorted(path.name for path in target.home.iterdir()) == ["graph", "graph.lock", "snapshots"]


def test_a_run_that_was_killed_while_it_tried_leaves_nothing_for_ever(target: GraphTarget) -> None:
    said_by(target, OLDER)
    shutil.copytree(fingerprint.folder(target.home), fingerprint.folder(fingerprint.trial(target.home)))
    read(target)
    assert not fingerprint.trial(target.home).exists()


@pytest.mark.parametrize("hindrance", ["full disk", "unreadable"])
def test_what_this_engine_cannot_write_anew_is_as_it_was(
    target: GraphTarget, monkeypatch: pytest.MonkeyPatch, hindrance: str
) -> None:
    if hindrance == "full disk":

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(files, "copied", full)
    else:
        next(fingerprint.database(target.home).glob("dictionary.*")).write_bytes(b"another format")
    said_by(target, OLDER)
    before = held(target.home)
    for _ in range(2):
        with pytest.raises(GraphError, match="could not be written anew for this version") as refused:
            connect(target, write=True).__enter__()
        assert f"ArcadeDB {OLDER} wrote it" in refused.value.why
        assert held(target.home) == before
    assert f"mv {target.home}/graph {target.home}/graph.of-{OLDER}" in refused.value.next_step
