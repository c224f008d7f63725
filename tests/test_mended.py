"""An embedded graph was damaged and written anew, and decisions or history were lost: no answer hides it."""

import csv
import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from rc2graph.access.visibility import Visibility
from rc2graph.config import GraphTarget
from rc2graph.graph.connect import connect
from rc2graph.reviews.decision_status import decision_status, open_accesses, revocations
from rc2graph.reviews.questions import shipped
from rc2graph.reviews.run import Result, review
from rc2graph.reviews.worksheet import write_worksheet
from tests.commands import Desk
from tests.engines import Engine
from tests.snapshots import ask, loaded
from tests.test_forget import MAY, load_all, shelved, worlds
from tests.test_graph_files import emptied, file_of

REST_ON_DECISIONS = {"revocations-outstanding", "self-attested", "undecided-privileged"}
AFTER, LATER = "2099-06-11T08:00:00.000Z", "2099-08-11T08:00:00.000Z"
"""Of loads after the mend, whatever the day of this test."""


@pytest.fixture
def target(embedded_engine: Engine) -> GraphTarget:
    """Three loads, and two decisions of March: ana may stay administrator, bob shall not have the role user."""
    with connect(embedded_engine.target, write=True) as opened:
        graph = opened.workspace("acme")
        load_all(graph, shelved(embedded_engine.target.home))
        for user, role, decision in (("ana", "admin", "approve"), ("bob", "user", "revoke")):
            ask(
                graph,
                """MATCH (u:User {workspace: 'acme', id: $user}), (r:Role {workspace: 'acme', id: $role})
                   CREATE (a:Attestation {workspace: 'acme', id: $user, kind: 'role', userId: $user, accessId: $role,
                     user: $user, access: $role, decision: $decision, decidedAt: $at, reviewer: 'rob'})
                   CREATE (a)-[:ABOUT]->(u) CREATE (a)-[:CONCERNS]->(r)""",
                user=user, role=role, decision=decision, at="2026-06-01T00:00:00.000Z",
            )  # fmt: skip
    return embedded_engine.target


def mended(target: GraphTarget, *damaged: str, at: str = AFTER) -> str:
    """Files are emptied, the graph is written anew and loaded. Gives the instant that it says to have lost before."""
    for begin in damaged:
        emptied(file_of(target, begin, "bucket"))
    with connect(target, write=True, mend=True) as opened:
        graph = opened.workspace("acme")
        loaded(graph, worlds()[MAY], target.home, at=at, verify=True)
        (row,) = ask(graph, "MATCH (w:Workspace) RETURN w.decisionsSince AS decisions, w.mendedAt AS mended")
    assert row["decisions"] in (None, row["mended"])
    return str(row["decisions"])


def asked(target: GraphTarget, names: Iterable[str]) -> dict[str, Result]:
    with connect(target, write=False) as opened:
        graph = opened.workspace("acme")
        found = review([graph], [one for one in shipped() if one.name in names], {})
    return {one.question.name: one for one in found.results}


def lost(found: dict[str, Result]) -> set[str]:
    """The questions that say of something that the graph has lost it."""
    return {name for name, one in found.items() if any("the graph was mended" in gap for gap in one.gaps)}


@pytest.mark.parametrize("damaged", ["Attestation_0", "ABOUT_0", "CONCERNS_0", "Role_0"])
def test_lost_decisions_are_said_to_be_not_visible(target: GraphTarget, tmp_path: Path, damaged: str) -> None:
    since = mended(target, damaged)
    said = f"decisions made before {since} may have been lost: the graph was mended then"
    found = asked(target, [one.name for one in shipped()])
    assert {name for name, one in found.items() if said in one.gaps} == REST_ON_DECISIONS
    assert {one.verdict for name, one in found.items() if name in REST_ON_DECISIONS} == {"not visible"}
    with connect(target, write=True) as opened:
        graph = opened.workspace("acme")
        assert said not in Visibility.of(graph).not_visible("role", by=["paths/who-role"]), "rests on no decision"
        found = open_accesses(graph, scope="all")
        assert said in found.not_visible
        assert set(found.reasons) == {"decision not visible"}
        sheet = write_worksheet(graph, tmp_path / "sheet.csv", scope="all")
        assert said in sheet.not_visible
        rows = csv.DictReader(sheet.path.read_text("utf-8-sig").splitlines())
        assert all(row["last decision"].endswith(("decision not visible", "may be lost")) for row in rows)
        told = decision_status(graph)
        assert told is not None
        assert told.lost == (said,)
        assert told.as_dict()["undecided"] is None
        ask(graph, "MATCH (u:User {id: 'ana'}), (r:Role {id: 'user'}) CREATE (u)-[:HAS_ROLE {firstSeen: $at}]->(r)",
            at=LATER)  # fmt: skip
        assert open_accesses(graph, scope="all").reasons["never decided"] == 1, "what is newer is not lost"


def test_of_a_lost_part_the_rest_is_not_taken_for_the_last_word(target: GraphTarget, tmp_path: Path) -> None:
    """A later decision about the same access may be among what is lost."""
    with connect(target, write=True) as opened:
        graph = opened.workspace("acme")
        ask(
            graph,
            "MATCH (w:Workspace) SET w.decisionsSince = '2026-06-02T00:00:00.000Z', w.mendedAt = w.decisionsSince",
        )
        assert {one.standing for one in revocations(graph, Visibility.of(graph))} == {"not visible"}
        path = write_worksheet(graph, tmp_path / "sheet.csv", scope="all").path
        rows = csv.DictReader(path.read_text("utf-8-sig").splitlines())
        assert {row["access"]: row["last decision"] for row in rows} == {
            "role admin": "approve, by rob on 2026-06-01; a later one may be lost",
            "role user": "revoke, by rob on 2026-06-01; a later one may be lost",
            "team team red": "decision not visible",
        }
        ask(graph, "MATCH (a:Attestation) SET a.decidedAt = '2026-06-03T00:00:00.000Z'")
        assert {one.standing for one in revocations(graph, Visibility.of(graph))} == {"outstanding"}
        assert open_accesses(graph, scope="all").reasons == {"decision not visible": 2}, "of the team"


@pytest.mark.parametrize("damaged", [["HAD_ROLE_0"], ["Role_0_in_edges"]])
def test_decisions_that_are_there_are_visible(target: GraphTarget, damaged: list[str]) -> None:
    assert mended(target, *damaged) == "None"
    assert not lost(asked(target, REST_ON_DECISIONS))
    with connect(target, write=False) as opened:
        graph = opened.workspace("acme")
        assert {one.standing for one in revocations(graph, Visibility.of(graph))} == {"outstanding"}


def test_a_lost_workspace_may_have_told_of_lost_decisions(target: GraphTarget) -> None:
    assert mended(target, "Workspace_0", "Sync_0") != "None"
    assert asked(target, REST_ON_DECISIONS)["self-attested"].verdict == "not visible"


def test_lost_history_is_said_for_as_long_as_a_question_looks_back(target: GraphTarget) -> None:
    mended(target, "HAD_ROLE_0")
    names = {"ended-access", "new-access", "new-accounts"}
    assert lost(asked(target, names)) == names
    with connect(target, write=True) as opened:
        graph = opened.workspace("acme")
        loaded(graph, worlds()[MAY], target.home, at=LATER)
    assert not lost(asked(target, names))


def test_every_verb_says_it(target: GraphTarget, embedded_engine: Engine, tmp_path: Path) -> None:
    since = mended(target, "Attestation_0", "HAD_ROLE_0", at="2026-11-11T08:00:00.000Z")
    desk = Desk(tmp_path).at(engine=embedded_engine)
    said = f"decisions made before {since} may have been lost: the graph was mended then"
    assert f"Not visible: {said}\n" in desk.run("status").out
    (told,) = json.loads(desk.run("status", "--json").out)["workspaces"]
    assert said in told["notVisible"]
    assert f"Not visible: {said}\n" in desk.run("review", "--open").out
    assert desk.run("evidence", "pack").code == 0
    assert said in (desk.folder / "pack" / "review.html").read_text()
    (about,) = json.loads((desk.folder / "pack" / "about.json").read_text())["workspaces"]
    assert said in about["notVisible"]
    refused = desk.run("review", "self-attested", "--fail-on", "low")
    assert refused.code == 5
    assert "rc2graph check" not in refused.told


def test_a_day_before_the_loss_is_said_to_be_lost(target: GraphTarget, embedded_engine: Engine, tmp_path: Path) -> None:
    """Loaded from an older snapshot no load has begun since; then one has."""
    for path in (target.home / "snapshots").glob("*.sqlite"):
        path.rename(tmp_path / path.name)
    mended(target, "HAD_ROLE_0", at="2026-06-11T08:00:00.000Z")
    desk = Desk(tmp_path).at(engine=embedded_engine)
    with connect(target, write=True) as opened:
        graph = opened.workspace("acme")
        since = ask(graph, "MATCH (w:Workspace) RETURN w.historySince AS since")[0]["since"]
    refused = desk.run("who", "role:admin", "--as-of", "2026-06-12")
    assert refused.code == 2
    assert (
        f"History before {since} was lost when the graph was mended on {since[:10]}. No load has begun" in refused.told
    )
    assert "Next: rc2graph load" in refused.told
    with connect(target, write=True) as opened:
        graph = opened.workspace("acme")
        loaded(graph, worlds()[MAY], target.home, at=AFTER)
    refused = desk.run("who", "role:admin", "--as-of", "2026-06-12")
    assert f"was mended on {since[:10]}. The first load after that is of {AFTER}." in refused.told
    assert "Next: Name a later day." in refused.told
