"""The evidence pack: what an auditor keeps, made twice alike, and no change to it goes unnoticed."""

import hashlib
import json
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from rc2graph.errors import GraphError, UsageError
from rc2graph.graph.connect import Graph, connect
from rc2graph.reports import evidence
from rc2graph.reports.evidence import check_evidence, write_evidence
from rc2graph.reviews.questions import named, shipped
from tests.commands import Desk
from tests.engines import Engine
from tests.review import WORKSPACE
from tests.snapshots import World, ask, loaded

AT = "2026-06-30T12:00:00.000Z"
ASKED = ("administrators", "deactivated-members", "room-roles-everywhere")


def company() -> World:
    world = World()
    world.role("admin", "access-permissions")
    world.role("owner", room_scoped=True, scope="Subscriptions")
    world.user("ana", "admin")
    world.user("=cmd()", "owner", name='<script>alert("x")</script>')
    world.user("old", active=False)
    world.team("red", "ana", "old", private=True)
    return world


@pytest.fixture
def graph(engine: Engine, tmp_path: Path):  # type: ignore[no-untyped-def]
    with connect(engine.target, write=True, wait=10) as graph:
        loaded(graph, company(), tmp_path)
    with connect(engine.target, write=False, wait=10) as graph:
        yield graph


def packed(graph: Graph, folder: Path, at: str = AT) -> evidence.Pack:
    return write_evidence([graph.workspace(WORKSPACE)], named(shipped(), ASKED), {}, folder, at=at)


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_pack_holds_questions_answers_decisions_and_what_was_not_visible(graph: Graph, tmp_path: Path) -> None:
    pack = packed(graph, tmp_path / "pack")
    there = files(tmp_path / "pack")
    assert set(there) == {
        "manifest.json", "about.json", "review.html", "decisions.csv", "results/summary.csv", "README.txt",
        "SHA256SUMS", "worksheet.csv", "administrators.html",
        *(f"results/{name}.csv" for name in ASKED), *(f"questions/{name}.cypher" for name in ASKED),
    }  # fmt: skip
    manifest = json.loads(there["manifest.json"])
    assert manifest["files"] == {
        name: hashlib.sha256(text).hexdigest() for name, text in there.items() if name != "manifest.json"
    }
    assert pack.sha256 == hashlib.sha256(there["manifest.json"]).hexdigest()
    about = json.loads(there["about.json"])
    sync = ask(graph, "MATCH (s:Sync) RETURN properties(s) AS s")[0]["s"]
    assert about["workspaces"][0]["snapshotSha256"] == sync["snapshotSha256"]
    assert about["workspaces"][0]["datasets"]["users"] == "complete"
    assert (about["at"], about["notExposed"] != []) == (AT, True)
    for name in ASKED:
        assert there[f"questions/{name}.cypher"].decode() == next(one.text for one in shipped() if one.name == name)
    assert b"'=cmd()" in there["results/room-roles-everywhere.csv"]
    assert b"<script>alert" not in there["review.html"]


def test_it_can_be_checked_without_this_tool(graph: Graph, tmp_path: Path) -> None:
    packed(graph, tmp_path / "pack")
    there = files(tmp_path / "pack")
    lines = dict(reversed(line.split("  ", 1)) for line in there["SHA256SUMS"].decode().splitlines())
    assert lines.keys() == there.keys() - {"manifest.json", "SHA256SUMS"}
    if program := shutil.which("sha256sum"):
        check = [program, "--strict", "-c", "SHA256SUMS"]
        assert subprocess.run(check, cwd=tmp_path / "pack", capture_output=True).returncode == 0
        (tmp_path / "pack" / "decisions.csv").write_text("another")
        assert subprocess.run(check, cwd=tmp_path / "pack", capture_output=True).returncode != 0
    readme = there["README.txt"].decode()
    assert "sha256sum -c SHA256SUMS" in readme
    for name in {name.partition("/")[0] for name in there} - {"README.txt", "SHA256SUMS"}:
        assert name.replace(".html", "").replace(".csv", "") in readme, name


def test_only_their_owner_may_read_it(graph: Graph, tmp_path: Path) -> None:
    packed(graph, tmp_path / "pack")
    for path in (tmp_path / "pack").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)


def test_the_same_graph_and_time_make_the_same_bytes(graph: Graph, tmp_path: Path) -> None:
    first, again = packed(graph, tmp_path / "one"), packed(graph, tmp_path / "two")
    later = packed(graph, tmp_path / "three", at="2026-07-01T12:00:00.000Z")
    assert (first.sha256, files(tmp_path / "one")) == (again.sha256, files(tmp_path / "two"))
    assert later.sha256 != first.sha256
    other = {name for name, text in files(tmp_path / "three").items() if files(tmp_path / "one")[name] != text}
    assert other == {"manifest.json", "about.json", "README.txt", "SHA256SUMS"}


def test_nothing_is_written_over_and_half_a_pack_is_none(
    graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("mine")
    with pytest.raises(UsageError, match="is there already"):
        packed(graph, tmp_path / "mine")
    there = set(tmp_path.iterdir())

    def fail(*_: object) -> None:
        raise GraphError("The graph went away.")

    monkeypatch.setattr(evidence, "_about", fail)
    with pytest.raises(GraphError):
        packed(graph, tmp_path / "half")
    assert set(tmp_path.iterdir()) == there


def test_no_change_goes_unnoticed(graph: Graph, tmp_path: Path) -> None:
    pack = tmp_path / "pack"
    made = packed(graph, pack)
    assert check_evidence(pack).whole
    (pack / "results" / "administrators.csv").write_text("nobody\n")
    (pack / "questions" / "administrators.cypher").unlink()
    (pack / "extra.txt").write_text("hello")
    (pack / "decisions.csv").unlink()
    (pack / "decisions.csv").symlink_to("about.json")
    found = check_evidence(pack)
    assert (found.changed, found.missing, found.added) == (
        ("decisions.csv", "results/administrators.csv"),
        ("questions/administrators.cypher",),
        ("extra.txt",),
    )
    manifest = json.loads((pack / "manifest.json").read_text())
    for name, text in files(pack).items():
        manifest["files"][name] = hashlib.sha256(text).hexdigest()
    (pack / "manifest.json").write_text(json.dumps(manifest))
    assert check_evidence(pack).pack.sha256 != made.sha256  # who rewrites the manifest too is told by its hash


@pytest.mark.skipif(sys.platform == "win32", reason="pipes and links of POSIX")
def test_a_pipe_is_an_addition_and_is_not_read(graph: Graph, tmp_path: Path) -> None:
    packed(graph, tmp_path / "pack")
    os.mkfifo(tmp_path / "pack" / "extra")
    (tmp_path / "pack" / "decisions.csv").unlink()
    os.mkfifo(tmp_path / "pack" / "decisions.csv")
    found = check_evidence(tmp_path / "pack")
    assert (found.changed, found.missing, found.added) == (("decisions.csv",), (), ("extra",))


def test_a_link_to_nowhere_is_no_place_for_a_pack(graph: Graph, tmp_path: Path) -> None:
    (tmp_path / "pack").symlink_to(tmp_path / "nowhere")
    with pytest.raises(UsageError, match="is there already"):
        packed(graph, tmp_path / "pack")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"files": 3, "at": 1}', "\xff", "[" * 100_000])
def test_a_folder_without_a_manifest_is_no_pack(text: str, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(UsageError, match="holds no evidence pack"):
        check_evidence(tmp_path)


def test_a_file_is_no_pack_and_the_one_it_is_in_is_named(tmp_path: Path) -> None:
    page = tmp_path / "the pack" / "review.html"
    page.parent.mkdir()
    page.touch()
    with pytest.raises(UsageError, match=r"review\.html is a file, and no evidence pack") as refused:
        check_evidence(page)
    assert refused.value.next_step == "Name the folder: rc2graph evidence --verify DIR"
    (page.parent / "manifest.json").touch()
    with pytest.raises(UsageError) as refused:
        check_evidence(page)
    assert refused.value.next_step == f"Name the folder: rc2graph evidence --verify '{page.parent}'"
    with pytest.raises(UsageError, match="There is no folder"):
        check_evidence(tmp_path / "nowhere")


def test_the_verb_makes_a_pack_and_checks_it(engine: Engine, tmp_path: Path) -> None:
    with connect(engine.target, write=True, wait=10) as graph:
        loaded(graph, company(), tmp_path)
    desk = Desk(tmp_path).at(engine=engine)
    made = desk.ok("evidence", "q2", "--at", "2026-06-30T14:00:00+02:00")
    first, second = made.splitlines()[:2]
    assert re.fullmatch(r"Written: q2 \(\d+ files, made for 2026-06-30T12:00:00\S*Z\)\.", first)
    assert re.fullmatch(r"acme was read as of 2026-01-01T\S+Z\.", second), "not when the pack was made"
    told = json.loads(desk.ok("evidence", "q2", "--verify", "--json"))
    assert told["manifestSha256"] in made
    assert told["whole"]
    assert json.loads((tmp_path / "q2" / "about.json").read_text())["at"] == AT
    (tmp_path / "q2" / "about.json").write_text("{}")
    said = desk.run("evidence", "q2", "--verify")
    assert (said.code, said.out.splitlines()[0]) == (10, "changed: about.json")
    assert desk.run("evidence", "q2").code == 2
    before = desk.ok("evidence", "before", "--at", "2025-06-30").splitlines()[2]
    assert before == "That is after the instant that this is made for: what there was then, it does not show."
    assert desk.run("evidence", "q3", "--at", "yesterday").told == (
        "'yesterday' is no instant.\nNext: Write it like 2026-06-30T12:00:00Z\n"
    )
