"""The questions of a review: well formed, each shown to find, and none answered where it was not visible."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from rc2graph.config import GraphTarget
from rc2graph.errors import UsageError
from rc2graph.graph.connect import Graph, connect
from rc2graph.reviews.questions import Question, all_questions, from_folder, named, shipped, values_of
from rc2graph.reviews.run import NOT_VISIBLE, review
from rc2graph.snapshot.schema import DATASETS
from tests import test_questions_accounts, test_questions_teams
from tests.commands import Desk
from tests.engines import Engine
from tests.review import WORKSPACE, planted, seen
from tests.snapshots import World, ask, loaded

PLANTED = {**test_questions_accounts.PLANTED, **test_questions_teams.PLANTED}
OF_DECISIONS = {"revocations-outstanding", "self-attested", "undecided-privileged"}
"""Shown in test_decisions.py: nobody has decided anything in the company."""
COMPUTED = {"deactivated-members"}
"""A crowd, computed from the company's documents in test_questions_teams.py."""


@pytest.mark.parametrize("question", shipped(), ids=lambda one: one.name)
def test_a_question_says_what_it_asks_and_why(question: Question) -> None:
    assert question.title
    assert question.asks.endswith("?")
    assert question.why, "why it matters"
    assert question.controls
    assert len(set(question.columns)) == len(question.columns)
    assert all(one.told for one in question.parameters)


def test_every_problem_that_is_planted_is_found_and_nothing_else() -> None:
    """Each question that finds problems has its list, of names, in one of the two files; this one holds the lists
    complete."""
    problems = {one.name for one in shipped() if one.severity != "info"}
    assert problems - OF_DECISIONS - COMPUTED == {name for name in PLANTED if name in problems}


@pytest.fixture(scope="module", params=["embedded", "neo4j"])
def graph(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Graph]:
    """The company. A connection that may write: what the last load saw is changed from test to test."""
    folder: Path = tmp_path_factory.mktemp("asked")
    if request.param == "embedded":
        pytest.importorskip("arcadedb", exc_type=ImportError)
        target = GraphTarget(home=folder / "home")
    else:
        target = request.getfixturevalue("neo4j_lts").empty("neo4j", folder / "home").target
    with connect(target, write=True, wait=10) as graph:
        planted(graph, folder)
        graph._writing = False  # the questions are asked as people's own
        yield graph


@pytest.mark.parametrize("dataset", [name for name in DATASETS if any(name in one.needs for one in shipped())])
def test_what_was_not_visible_is_never_answered_with_no(graph: Graph, dataset: str) -> None:
    """invariants.md I12: with any dataset short, every question that needs it says so, and shows rows only where they
    stay true."""
    questions = [one for one in shipped() if dataset in one.needs]
    for state in ("partial", "forbidden", "unsupported", "skipped"):
        seen(graph, dataset, state)
        for result in review([graph.workspace(WORKSPACE)], questions, {}).results:
            assert result.gaps, result.question.name
            if not (result.question.stays_true and result.total):
                assert (result.verdict, result.rows) == (NOT_VISIBLE, [])
                assert result.verdict_text == "not visible"
            else:
                assert result.verdict_text.startswith("at least")
    seen(graph, dataset, "complete")


@pytest.mark.parametrize("field", ["emails", "federated"])
def test_what_was_left_out_of_accounts_is_not_visible(graph: Graph, field: str) -> None:
    said = "MATCH (s:Sync {workspace: $w}) SET s.notVisible = $texts"
    ask(graph, said, w=WORKSPACE, texts=[f"{field}: left out"])
    questions = [one for one in shipped() if field in one.needs]
    assert questions, "no question needs it"
    for result in review([graph.workspace(WORKSPACE)], questions, {}).results:
        assert f"{field}: left out" in result.gaps
    ask(graph, said, w=WORKSPACE, texts=[])


def test_before_the_first_load_nothing_is_answered(embedded_engine: Engine) -> None:
    with connect(embedded_engine.target, write=True, wait=10) as graph:
        ask(graph, "CREATE (:Workspace {workspace: 'new', id: 'new'})")
    with connect(embedded_engine.target, write=False, wait=10) as graph:
        results = review([graph.workspace("new")], shipped(), {}).results
    assert {one.verdict for one in results} == {NOT_VISIBLE}


OWN = """// title: Accounts called so
// question: Who is called so?
// severity: low
// needs: users
// param called: "bot" = a part of the name
// param limit_to: ["a", "b"] = names
// columns: user
MATCH (u:User {workspace: $workspace}) WHERE u.username CONTAINS $called RETURN u.username AS user ORDER BY user
"""


def test_a_review_fits_into_a_small_machine(embedded_engine: Engine, tmp_path: Path) -> None:
    """Its memory grows with the rows of an answer: none of them carries a list of all accounts while it is sorted."""
    world = World()
    world.role("admin")
    world.role("helpers", "access-permissions")
    world.team("all")
    world.user("ann", service_account=False, federated=False, last_login="2026-01-01T00:00:00.000Z")
    for number in range(4_000):
        world.user(f"u{number:04}", "helpers", service_account=False, federated=False)
        world.join("all", f"u{number:04}")
    with connect(embedded_engine.target, write=True, wait=10) as graph:
        loaded(graph, world, tmp_path, workspace=WORKSPACE)
    desk = Desk(tmp_path, {"ARCADEDB_NATIVE_ISOLATE_ARGS": "-Xmx128m"}).at(engine=embedded_engine)
    found = {one["name"]: one["found"] for one in json.loads(desk.ok("review", "--json"))["questions"]}
    assert (found["becomes-administrator"], found["never-signed-in"]) == (4_000, 1)
    too_small = replace(desk, settings={**desk.settings, "ARCADEDB_NATIVE_ISOLATE_ARGS": "-Xmx24m"}).run("review")
    assert too_small.code == 7
    assert "too little memory" in too_small.told
    assert "-Xmx4g" in too_small.told


def test_a_person_adds_a_question_by_adding_a_file(tmp_path: Path) -> None:
    (tmp_path / "called-so.cypher").write_text(OWN)
    found = from_folder(tmp_path)
    assert [(one.name, one.severity, one.columns) for one in found] == [("called-so", "low", ("user",))]
    assert [one.name for one in all_questions(tmp_path) if one.by] == ["called-so"]
    assert values_of(found, ["called=x y", "limit_to=c, d"]) == {"called": "x y", "limit_to": ["c", "d"]}
    assert found[0].chosen({"called": "x"}) == {"called": "x", "limit_to": ["a", "b"]}


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("// title: Accounts called so\n", "", "has no line '// title: …'"),
        ("severity: low", "severity: awful", "Its severity is 'awful'"),
        ("needs: users", "needs: persons", "It needs 'persons', and not one of users"),
        ('"bot" = a', "bot = a", "Its parameter called has no default in JSON"),
        ("// columns: user\n", "", "has no line '// columns: …'"),
    ],
)
def test_a_question_that_is_wrongly_written_says_what_is_wrong(tmp_path: Path, old: str, new: str, why: str) -> None:
    (tmp_path / "mine.cypher").write_text(OWN.replace(old, new))
    with pytest.raises(UsageError) as refused:
        from_folder(tmp_path)
    assert str(tmp_path / "mine.cypher") in refused.value.what
    assert why in refused.value.why


def test_names_and_thresholds_that_there_are_not_are_refused_with_near_ones(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refused:
        named(shipped(), ["administrator"])
    assert "administrators" in refused.value.why
    with pytest.raises(UsageError, match="no folder"):
        from_folder(tmp_path / "none")
    with pytest.raises(UsageError, match=r"no \.cypher file"):
        from_folder(tmp_path)
    (tmp_path / "administrators.cypher").write_text(OWN)
    with pytest.raises(UsageError, match="Two questions are called administrators"):
        all_questions(tmp_path)
    (tmp_path / "administrators.cypher").rename(tmp_path / "mine.cypher")
    mine = from_folder(tmp_path)
    for pair in ("caled=x", "called", "dormant_days=9"):
        with pytest.raises(UsageError, match="sets no parameter"):
            values_of(mine, [pair])
    with pytest.raises(UsageError, match="makes no sense"):
        values_of(shipped(), ["dormant_days=ninety"])
