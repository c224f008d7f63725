"""`rc2graph attest`: what a reviewer types, and what he is told."""

import json
from pathlib import Path

import pytest

from rc2graph.graph.connect import connect
from rc2graph.reviews.worksheet import write_worksheet
from tests.commands import Desk, office
from tests.engines import Engine
from tests.faults import Simulator
from tests.test_decisions import Answers, as_excel_in_germany, fill_in


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def worksheet(desk: Desk, engine: Engine, name: str, answers: Answers) -> Path:
    path = desk.folder / name
    with connect(engine.target, write=False, wait=20) as graph:
        (workspace,) = [row["workspace"] for row in graph.read("state/workspaces")]
        write_worksheet(graph.workspace(workspace), path)
    fill_in(path, answers, as_excel_in_germany)
    return path


def test_decisions_are_stored_and_the_next_load_tells_what_became_of_them(desk: Desk, engine: Engine) -> None:
    company = office()
    with Simulator(company) as server:
        at = desk.at(server, engine)
        said = json.loads(at.ok("load", "--json"))
        assert said["decisions"] is None
        worksheet(at, engine, "mine.csv", {
            ("olaf.old", "role moderator"): ("revoke", "", "He left"),
            ("rita.retired", "role admin"): ("revoke",),
            ("ana.admin", "role admin"): ("approve",),
        })  # fmt: skip
        told = at.ok("attest", "mine.csv", "--reviewer", "sue")
        assert "Stored 3 decisions of mine.csv by sue: 1 approve, 2 revoke." in told
        assert "Without a decision: " in told
        assert "No account goes by the name sue: whether any of these decisions is about the reviewer's own" in told
        again = at.ok("attest", "mine.csv", "--reviewer", "sue")
        assert again.startswith("sue attested these very decisions on 20")
        assert "nothing new was stored" in again

        company.unassign("olaf.old", "moderator")
        company.assign("staff.05", "helpdesk")
        told = at.ok("load")
        assert "1 revocation carried out, as this load shows: olaf.old: role moderator\n" in told
        assert "1 revocation outstanding: rita.retired: role admin\n" in told
        assert "1 privileged access new since the last decision" in told
        said = json.loads(at.ok("load", "--json"))["decisions"]
        assert said["revocations"]["carriedOut"] == {"total": 0, "names": []}
        assert said["revocations"]["outstanding"] == {"total": 1, "names": ["rita.retired: role admin"]}
        assert said["newAccesses"] == 1
        assert json.loads(at.ok("load", "--dry-run", "--json"))["decisions"] is None


def test_json_says_the_same(desk: Desk, embedded_engine: Engine) -> None:
    with Simulator(office()) as server:
        at = desk.at(server, embedded_engine)
        at.ok("load")
        worksheet(at, embedded_engine, "mine.csv", {("ana.admin", "role admin"): ("approve",)})
        said = at.run("attest", "mine.csv", "--reviewer", "ana.admin")
        assert (said.code, said.out) == (2, "")
        assert "The worksheet mine.csv has 1 mistake: nothing was stored.\n" in said.told
        assert "(ana.admin, role admin): reviewer and account are the same; --allow-self lets that pass" in said.told
        told = json.loads(at.ok("attest", "mine.csv", "--reviewer", "ana.admin", "--allow-self", "--json"))
        assert (told["stored"], told["decisions"], told["aboutOneself"]) == (1, {"approve": 1}, 1)
        assert (told["workspace"], told["reviewerIsAccount"]) == (server.url, True)
        twice = json.loads(at.ok("attest", "mine.csv", "--reviewer", "@Ana.Admin", "--json"))
        assert (twice["stored"], twice["reviewerIsAccount"]) == (0, None)


def test_what_cannot_be_attested_is_said_and_exits_with_2(desk: Desk, embedded_engine: Engine) -> None:
    at = desk.at(None, embedded_engine)
    said = at.run("attest", "none.csv", "--reviewer", "sue")
    assert (said.code, said.told) == (
        2, "The worksheet none.csv cannot be read.\nNo such file or directory.\nNext: Name another file.\n",
    )  # fmt: skip
    (desk.folder / "other.csv").write_text("name,decision\nana,approve\n", encoding="utf-8")
    said = at.run("attest", "other.csv", "--reviewer", "sue")
    assert said.code == 2
    assert "The worksheet other.csv has no column 'item'." in said.told
    said = at.run("attest", "other.csv")
    assert said.code == 2
    assert "--reviewer" in said.told
    (desk.folder / "mine.csv").write_text("item,decision\nrole:a:b:c,approve\n", encoding="utf-8")
    said = at.run("attest", "mine.csv", "--reviewer", "sue")
    assert (said.code, said.out) == (7, "")
    assert not embedded_engine.target.home.exists(), "no graph is made where there is none"
