"""`status --max-age`: monitoring learns by exit code and one line whether the graph is young enough to be relied on."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rc2graph.duration import duration, in_words
from rc2graph.errors import UsageError
from rc2graph.graph.connect import Graph, connect
from rc2graph.graph.freshness import freshness, together
from rc2graph.graph.lease import instant
from tests.commands import Desk
from tests.engines import Engine
from tests.snapshots import ask, company, loaded

NOW = datetime(2026, 7, 12, 8, tzinfo=UTC)


@pytest.fixture
def desk(tmp_path: Path, engine: Engine) -> Desk:
    return Desk(tmp_path).at(None, engine)


@pytest.fixture
def graph(engine: Engine) -> Iterator[Graph]:
    with connect(engine.target, write=True, wait=10) as graph:
        yield graph


def ago(**length: float) -> str:
    return instant(datetime.now(UTC) - timedelta(**length))


def load(engine: Engine, path: Path, at: str, workspace: str = "acme", partial: tuple[str, ...] = ()) -> None:
    with connect(engine.target, write=True, wait=10) as graph:
        loaded(graph, company(), path, at=at, workspace=workspace, partial=partial)


def last_line(text: str) -> str:
    return text.strip().splitlines()[-1]


def test_it_counts_from_when_the_reading_began(desk: Desk, engine: Engine, tmp_path: Path) -> None:
    load(engine, tmp_path, ago(hours=25))
    fresh = desk.run("status", "--max-age", "26h")
    assert (fresh.code, last_line(fresh.out)) == (0, "Fresh: acme was read 25 h ago, and completely.")
    old = desk.run("status", "--max-age", "24h")
    assert (old.code, last_line(old.out)) == (10, "Not fresh: acme was read 25 h ago, which is more than 24 h.")
    assert desk.run("status", "--max-age", "1499m").code == 10
    assert desk.run("status", "--max-age", "2d").code == 0
    told = json.loads(desk.run("status", "--max-age", "90m", "--json").out)
    assert (told["fresh"], told["why"]) == (False, "acme was read 25 h ago, which is more than 90 min")
    assert "fresh" not in json.loads(desk.ok("status", "--json")), "nobody asked"


def test_an_incomplete_load_is_not_fresh(desk: Desk, engine: Engine, tmp_path: Path) -> None:
    load(engine, tmp_path, ago(hours=1), partial=("teams",))
    said = desk.run("status", "--max-age", "26h")
    assert (said.code, last_line(said.out)) == (10, "Not fresh: the last load of acme is partial, not complete.")


def test_of_several_workspaces_each_must_be_fresh(desk: Desk, engine: Engine, tmp_path: Path) -> None:
    load(engine, tmp_path, ago(hours=1))
    load(engine, tmp_path, ago(days=3), "other")
    told = desk.run("status", "--max-age", "26h", "--json")
    assert told.code == 10
    assert json.loads(told.out)["why"] == "other was read 3 d ago, which is more than 26 h"
    assert [one["fresh"] for one in json.loads(told.out)["workspaces"]] == [True, False]
    assert desk.run("status", "--max-age", "26h", "--workspace", "acme").code == 0
    assert desk.run("status", "--max-age", "26h", "--workspace", "other").code == 10
    nowhere = desk.run("status", "--max-age", "26h", "--workspace", "nowhere")
    assert nowhere.code == 10
    assert last_line(nowhere.out) == "Not fresh: the graph holds no workspace nowhere, but acme and other."


def test_a_workspace_that_is_not_there_is_refused_and_the_others_are_named(
    desk: Desk, engine: Engine, tmp_path: Path
) -> None:
    load(engine, tmp_path, ago(hours=1))
    load(engine, tmp_path, ago(hours=1), "other")
    said = desk.run("status", "--workspace", "acmee")
    assert (said.code, said.out) == (2, "")
    assert "no workspace 'acmee'" in said.told
    assert "It holds acme, other." in said.told
    assert "Workspace other" in desk.ok("status", "--workspace", "other")
    aged = desk.run("status", "--workspace", "acmee", "--max-age", "26h")
    assert aged.code == 10
    assert "holds no workspace yet" not in aged.out


def test_no_load_and_no_graph_are_not_fresh(desk: Desk, engine: Engine) -> None:
    said = desk.run("status", "--max-age", "26h")
    assert (said.code, last_line(said.out)) == (10, "Not fresh: the graph holds no workspace.")
    assert json.loads(desk.run("status", "--max-age", "26h", "--json").out)["fresh"] is False
    with connect(engine.target, write=True, wait=10) as graph:
        ask(graph, "CREATE (:Workspace {workspace: 'acme', id: 'acme'})")
    said = desk.run("status", "--max-age", "26h")
    assert (said.code, last_line(said.out)) == (10, "Not fresh: no load of acme has finished yet.")


@pytest.mark.parametrize(
    "wrong", ["26", "h", "1.5h", "-3d", "0h", "3 d", "26H", "1w", "9999999999d", "99999999d", "٣d"]
)
def test_a_wrong_form_is_refused_with_an_example(embedded_engine: Engine, tmp_path: Path, wrong: str) -> None:
    said = Desk(tmp_path).at(None, embedded_engine).run("status", f"--max-age={wrong}")
    assert said.code == 2
    assert "--max-age 26h" in said.told


def test_forms() -> None:
    assert [duration(text, "--x", "26h") for text in ("90m", "26h", "3d")] == [
        timedelta(minutes=90), timedelta(hours=26), timedelta(days=3),
    ]  # fmt: skip
    with pytest.raises(UsageError, match="--x 'soon'"):
        duration("soon", "--x", "26h")
    assert [in_words(timedelta(minutes=n)) for n in (0, 90, 26 * 60 + 30, 5 * 1440)] == [
        "0 min",
        "90 min",
        "26.5 h",
        "5 d",
    ]


def test_a_clock_in_the_future_is_said_and_is_not_fresh() -> None:
    """As much as clocks may differ between hosts passes, with a word; more says that one is wrong."""

    def judged(seconds: float) -> tuple[bool, str]:
        began = {"startedAt": instant(NOW + timedelta(seconds=seconds)), "state": "complete"}
        found = freshness("acme", began, NOW, timedelta(hours=26))
        return found.fresh, found.why

    assert judged(0) == (True, "acme was read 0 min ago, and completely")
    assert judged(12) == (True, "acme was read 0 min ago, 12 s ahead of this clock, and completely")
    assert judged(31) == (
        False, "the last load of acme began 0.5 min in the future: the clock of one machine is wrong",
    )  # fmt: skip
    assert judged(7200)[0] is False
    assert freshness("acme", {"startedAt": "soon", "state": "complete"}, NOW, timedelta(hours=1)).fresh is False
    assert together([], "nothing").fresh is False
