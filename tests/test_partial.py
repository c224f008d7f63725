"""A load that ends "partial" says which list, why, and what to do next; `status` says it after it."""

import json
from pathlib import Path

import pytest

from rc2graph.simulator import Workspace
from tests.commands import Desk, office
from tests.engines import Engine
from tests.faults import Simulator


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def account(workspace: Workspace, name: str) -> dict[str, object]:
    workspace.touch()
    return next(doc for doc in workspace.users.values() if doc.get("username") == name)


def test_i12_an_account_whose_roles_are_no_longer_shown(desk: Desk, engine: Engine) -> None:
    """The account had roles, and the server shows none any more: that is no proof that it has none."""
    company = office()
    why = "users (partial: 1 account that had roles does not show any: staff.03)"
    step = "Next: Open each of these accounts in Rocket.Chat under Workspace → Users, set its roles and save."
    with Simulator(company) as server:
        at = desk.at(server, engine)
        at.ok("load", "--quiet")
        del account(company, "staff.03")["roles"]
        said = at.run("load", "--quiet")
        assert said.code == 5
        assert f"Not seen in full: {why}. {step}" in said.out
        assert f"Not visible: users: {why[16:-1]}. {step}" in at.ok("status")
        again = at.run("load", "--snapshot", said.out.split("Snapshot: ")[1].split()[0], "--json")
        told = json.loads(again.out)
        assert (again.code, told["state"]) == (5, "partial")
        assert "users" not in told["removed_none"]
        assert {name: one["state"] for name, one in told["incomplete"].items()} == {"users": "partial"}


def test_i12_an_account_whose_roles_cannot_be_read(desk: Desk, embedded_engine: Engine) -> None:
    """It is named before and after a load, no proxy is blamed, and nothing is asked four times."""
    company = office()
    staff = account(company, "staff.03")
    staff["roles"] = [None]
    why = f"the server shows values that cannot be read: roles of staff.03 (id {staff['_id']})"
    with Simulator(company) as server:
        at = desk.at(server, embedded_engine)
        said = at.run("load")
        assert said.code == 5
        assert f"Not seen in full: users (partial: {why}). Next: Edit each of these in Rocket.Chat" in said.out
        assert "roxy" not in said.out + said.err
        assert "Trying again" not in said.err
        assert f"Not visible: users: {why}. Next: " in at.ok("status")
