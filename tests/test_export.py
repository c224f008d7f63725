"""`rc2graph export`: what is written says what the graph says, in forms that other programs take."""

import csv
import errno
import io
import json
import re
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rc2graph.errors import BusyError, UsageError
from rc2graph.graph.connect import connect
from rc2graph.graph.statements import names
from rc2graph.graph.workspace import chosen_workspace
from rc2graph.model import COUNTED_NODES
from rc2graph.reports.export import write_csv, write_json
from rc2graph.reports.export.kinds import ALL, DECIDED, EDGES, NODES, columns
from rc2graph.simulator import Workspace
from tests.commands import Desk, office, picture
from tests.engines import Engine
from tests.faults import Simulator

FORMER = ("former_users", "former_roles", "former_teams")
FORMS = ("csv", "json", "opengraph")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def company() -> Workspace:
    workspace = office()
    workspace.add_user("=cmd|' /C calc'!A1", name="+1 \x1b[31mred\u202egnp.exe")
    workspace.add_role(
        "Helpdesk", description='-2+3 "quoted", and\na second line'
    )  # differs from `helpdesk` in its case
    workspace.add_role("blank", description="")
    return workspace


def load(desk: Desk, engine: Engine, company: Workspace) -> Desk:
    with Simulator(company) as server:
        desk.at(server, engine).ok("load", "--workspace", "office")
    return desk.at(None, engine)


def sheet(desk: Desk, kind: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((desk.folder / "out" / f"{kind}.csv").read_text(), newline="")))


def test_json_says_what_the_graph_says_and_nothing_else(desk: Desk, engine: Engine, company: Workspace) -> None:
    """Of each node its properties, of each edge its ends and properties; what is absent there is absent here."""
    at = load(desk, engine, company)
    told = json.loads(at.ok("export", "json", "out.json", "--json"))
    document = json.loads((desk.folder / "out.json").read_text())
    assert document["format"] == "rc2graph/1"
    assert document["workspace"] == "office"
    assert document["state"] == "complete"
    assert document["asOf"] == json.loads(at.ok("status", "--json"))["workspaces"][0]["asOf"]
    assert document["datasets"]["users"] == "complete"
    assert told["counts"] == {kind: len(document[kind]) for kind in ALL}

    seen = picture(engine)
    kept = {"workspace", "fingerprint"}
    for kind, label in ((one.noun, one.label) for one in COUNTED_NODES):
        mine = {(row["id"], frozen({key: row[key] for key in row})) for row in document[kind]}
        held = {
            (id_, frozen({key: value for key, value in properties if key not in kept}))
            for labels, id_, properties in seen.nodes
            if label in labels.split(":")
        }
        assert mine == held, kind
        assert [row["id"] for row in document[kind]] == sorted(row["id"] for row in document[kind])
    shown = {"username", *(one.table for one in COUNTED_NODES)}
    for kind in EDGES:
        start, end = columns(kind)[:2]
        mine = {
            (row[start], row[end], frozen({key: row[key] for key in row if key not in {start, end, *shown}}))
            for row in document[kind]
        }
        held = {(a, b, frozen(dict(properties))) for type_, a, b, properties in seen.edges if type_ == kind.upper()}
        assert mine == held, kind
        assert document[kind] == sorted(
            document[kind], key=lambda row: [str(row.get(name)) for name in columns(kind)[:4]]
        )
    assert document["has_role"]
    assert document["member_of"]
    assert document["grants"]


def frozen(held: dict[str, Any]) -> frozenset[tuple[str, Any]]:
    return frozenset((key, tuple(value) if isinstance(value, list) else value) for key, value in held.items())


def test_both_engines_export_the_same(
    desk: Desk, tmp_path: Path, company: Workspace, embedded_engine: Engine, neo4j_engine: Engine
) -> None:
    with Simulator(company) as server:
        desk.at(server).ok("collect", "--snapshot", "office.sqlite", "--workspace", "office")
    written: list[dict[str, str]] = []
    for engine in (embedded_engine, neo4j_engine):
        at = desk.at(None, engine)
        at.ok("load", "--snapshot", "office.sqlite", "--workspace", "office")
        for form in FORMS:
            at.ok("export", form, "out" if form == "csv" else f"{form}.json", "--overwrite")
        files = [*(tmp_path / "out").glob("*.csv"), tmp_path / "json.json", tmp_path / "opengraph.json"]
        written.append({file.name: without_this_load(file.read_text()) for file in files})
    assert written[0] == written[1]


def without_this_load(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not re.search(r"syncId|loadedAt", line))


def test_what_is_gone_stays_apart(desk: Desk, engine: Engine, company: Workspace) -> None:
    load(desk, engine, company)
    gone = company.add_user("greta.gone", roles=["user", "moderator"])
    company.add_member("plaza", "greta.gone")
    load(desk, engine, company)
    company.delete_user("greta.gone")
    company.unassign("staff.03", "helpdesk")
    at = load(desk, engine, company)
    at.ok("export", "csv", "out")
    (former,) = sheet(desk, "former_users")
    assert (former["id"], former["username"], bool(former["until"])) == (gone, "greta.gone", True)
    assert gone not in {row["id"] for row in sheet(desk, "users")}
    held = {(row["username"], row["roleId"]) for row in sheet(desk, "had_role")}
    assert held == {("greta.gone", "user"), ("greta.gone", "moderator"), ("staff.03", company.role_id("helpdesk"))}
    assert {(row["username"], row["team"]) for row in sheet(desk, "was_member_of")} == {("greta.gone", "plaza")}
    at.ok("export", "opengraph", "now.json")
    assert gone.upper() not in (desk.folder / "now.json").read_text(), "OpenGraph shows the present"


def test_decisions_go_with_it(desk: Desk, engine: Engine, company: Workspace) -> None:
    at = load(desk, engine, company)
    at.ok("review", "--worksheet", "sheet.csv", "--about", "role:helpdesk")
    path = desk.folder / "sheet.csv"
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows({**row, "decision": "revoke", "note": "=No \x1b[31mmore"} for row in rows)
    at.ok("attest", "sheet.csv", "--reviewer", "rob")
    at.ok("export", "csv", "out")
    (told,) = sheet(desk, "attestations")
    assert (told["user"], told["kind"], told["access"]) == ("staff.03", "role", "helpdesk")
    assert (told["accessId"], json.loads(told["state"])) == (company.role_id("helpdesk"), [])
    assert (told["decision"], told["reviewer"], told["until"], told["self"]) == ("revoke", "rob", "", "")
    assert told["note"].startswith("'=No \\x1b")
    at.ok("export", "json", "out.json")
    (row,) = json.loads((desk.folder / "out.json").read_text())["attestations"]
    assert {row[key] for key in ("user", "decision", "reviewer")} == {"staff.03", "revoke", "rob"}
    assert "until" not in row


def test_csv_obeys_nobody_and_tells_no_from_not_visible(
    desk: Desk, embedded_engine: Engine, company: Workspace
) -> None:
    at = load(desk, embedded_engine, company)
    at.ok("export", "csv", "out")
    for file in (desk.folder / "out").iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        text = file.read_text()
        assert not re.search(r'(^|,|\n)"?[=+\-@\t\r]', text), f"{file.name} has a formula"
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", text)
        lines = text.splitlines()
        assert all(len(next(csv.reader([line]))) == len(lines[0].split(",")) for line in lines), "a row is a line"
    assert stat.S_IMODE((desk.folder / "out").stat().st_mode) == 0o700
    users = {row["username"]: row for row in sheet(desk, "users")}
    assert "'=cmd|' /C calc'!A1" in users
    assert users["rita.retired"]["active"] == "false"
    nameless = next(row for row in users.values() if not row["username"])
    assert (nameless["active"], nameless["serviceAccount"], nameless["emails"]) == ("", "", "")
    assert json.loads(users["ana.admin"]["emails"]) == ["ana.admin@example.test"]
    raw = (desk.folder / "out" / "roles.csv").read_text().splitlines()
    blank = next(line for line in raw if '"blank"' in line)
    assert ',"",' in blank, "a description that is empty"
    dangling = next(line for line in raw if line.startswith('"66a1f0c2d3e4b5a697889999"'))
    assert dangling.startswith('"66a1f0c2d3e4b5a697889999",,,,'), "one that is not known"
    assert {row["key"]: row["value"] for row in sheet(desk, "about")}["workspace"] == "office"
    assert {path.stem for path in (desk.folder / "out").iterdir()} == {"about", *ALL}


# ---- BloodHound OpenGraph: its rules, as the upload checks them


def broken_rules(document: Any) -> list[str]:
    """What an upload of this would be refused for, or would lose. Rules as in docs/export.md."""
    broken: list[str] = []

    def must(held: bool, rule: str, what: object) -> None:
        if not held:
            broken.append(f"{rule}: {str(what)[:200]}")

    def only(value: Any, required: set[str], optional: set[str], where: str) -> None:
        must(isinstance(value, dict) and required <= set(value) <= required | optional, f"keys of {where}", value)

    def values(properties: Any, where: str) -> None:
        must(properties is None or isinstance(properties, dict), f"{where} is an object", properties)
        for key, value in (properties or {}).items():
            must(bool(re.fullmatch(r"[a-z0-9_]+", key)), f"{where}: key in lower case", key)
            many = value if isinstance(value, list) else [value]
            must(all(isinstance(one, str | int | float | bool) for one in many), f"{where}: primitive", (key, value))
            must(len({type(one) for one in many}) <= 1, f"{where}: of one type", (key, value))

    only(document, {"graph"}, {"metadata"}, "the document")
    only(document.get("metadata", {}), set(), {"source_kind"}, "metadata")
    only(document["graph"], {"nodes", "edges"}, set(), "graph")
    ids = [node.get("id") for node in document["graph"]["nodes"]]
    known = set(ids)
    must(len(ids) == len(known), "ids are unique", "")
    built_in = {"User", "Group", "Computer", "Domain", "GPO", "OU", "Container", "Base", "Role", "Tenant"}
    for node in document["graph"]["nodes"]:
        only(node, {"id", "kinds"}, {"properties"}, "a node")
        must(isinstance(node["id"], str) and node["id"] == node["id"].upper(), "id is upper case", node["id"])
        must(node["id"].startswith("RC:"), "id is nobody else's", node["id"])
        must(1 <= len(node["kinds"]) <= 3, "1 to 3 kinds", node["kinds"])
        must(all(re.fullmatch(r"RC_[A-Za-z0-9]+", kind) for kind in node["kinds"]), "own kinds", node["kinds"])
        must(not built_in & set(node["kinds"]), "no kind of BloodHound's", node["kinds"])
        values(node.get("properties"), "properties of a node")
        held = node["properties"]
        must(bool(held.get("name")) and bool(held.get("displayname")), "has a name", node)
        must(held.get("objectid") == node["id"], "objectid mirrors id", node)
    for edge in document["graph"]["edges"]:
        only(edge, {"kind", "start", "end", "properties"}, set(), "an edge")
        must(bool(re.fullmatch(r"RC_[A-Za-z0-9_]+", edge["kind"])), "kind of an edge", edge["kind"])
        values(edge.get("properties"), "properties of an edge")
        for side in ("start", "end"):
            only(edge[side], {"value"}, {"match_by", "kind"}, side)
            must(edge[side].get("match_by", "id") == "id", "matched by id", edge)
            must(edge[side]["value"] in known, "both ends are in the file", edge)
    return broken


def test_opengraph_keeps_the_rules(desk: Desk, embedded_engine: Engine, company: Workspace) -> None:
    at = load(desk, embedded_engine, company)
    at.ok("export", "opengraph", "bh.json")
    document = json.loads((desk.folder / "bh.json").read_text())
    assert broken_rules(document) == []
    nodes = {node["id"]: node for node in document["graph"]["nodes"]}
    edges = {(edge["start"]["value"], edge["kind"], edge["end"]["value"]) for edge in document["graph"]["edges"]}
    ana = next(id_ for id_, node in nodes.items() if node["properties"]["name"] == "ana.admin")
    assert ana == f"RC:OFFICE:USER:{nodes[ana]['properties']['rocketchatid'].upper()}"
    assert (ana, "RC_HasRole", "RC:OFFICE:ROLE:ADMIN") in edges
    assert ("RC:OFFICE:ROLE:ADMIN", "RC_Grants", "RC:OFFICE:PERMISSION:VIEW-LOGS") in edges
    assert ("RC:OFFICE:PERMISSION:ACCESS-PERMISSIONS", "RC_EscalatesTo", "RC:OFFICE:ROLE:ADMIN") in edges
    assert {kind for _, kind, _ in edges} <= {"RC_HasRole", "RC_MemberOf", "RC_Grants", "RC_EscalatesTo", "RC_HasRoom"}
    told = json.loads(at.ok("query", "MATCH ()-[e]->() RETURN type(e) AS type, count(e) AS n", "--json"))
    count = {row["type"]: row["n"] for row in told}
    for kind, name in (("HAS_ROLE", "RC_HasRole"), ("MEMBER_OF", "RC_MemberOf"), ("GRANTS", "RC_Grants")):
        assert sum(edge["kind"] == name for edge in document["graph"]["edges"]) == count[kind]
    combined = [node for node in nodes.values() if "escalateswith" in node["properties"]]
    assert sum(len(node["properties"]["escalateswith"]) for node in combined) == count.get("ESCALATES_WITH", 0)


def test_ids_that_differ_in_their_case_alone_stay_two_nodes(
    desk: Desk, embedded_engine: Engine, company: Workspace
) -> None:
    company.add_role("second", id="sameid")
    company.add_role("third", id="SameId")
    company.assign("staff.05", "SameId")
    at = load(desk, embedded_engine, company)
    at.ok("export", "opengraph", "bh.json")
    document = json.loads((desk.folder / "bh.json").read_text())
    assert broken_rules(document) == []
    two = {n["properties"]["rocketchatid"]: n["id"] for n in document["graph"]["nodes"] if ":ROLE:SAMEID" in n["id"]}
    assert set(two) == {"sameid", "SameId"}
    held = [edge for edge in document["graph"]["edges"] if edge["end"]["value"] == two["SameId"]]
    assert [edge["kind"] for edge in held] == ["RC_HasRole"]


@pytest.mark.parametrize(
    ("rule", "break_it"),
    [
        ("metadata", lambda d: d.update(metadata={"source_kind": "RC_Base", "more": 1})),
        ("keys of an edge", lambda d: d["graph"]["edges"][0].pop("properties")),
        ("both ends", lambda d: d["graph"]["edges"][0]["end"].update(value="RC:X")),
        ("matched by id", lambda d: d["graph"]["edges"][0]["end"].update(match_by="name")),
        ("kind of an edge", lambda d: d["graph"]["edges"][0].update(kind="RC-HasRole")),
        ("primitive", lambda d: d["graph"]["nodes"][0]["properties"].update(x={"a": 1})),
        ("primitive", lambda d: d["graph"]["nodes"][0]["properties"].update(x=None)),
        ("of one type", lambda d: d["graph"]["nodes"][0]["properties"].update(x=["a", 1])),
        ("upper case", lambda d: d["graph"]["nodes"][0].update(id="rc:a")),
        ("own kinds", lambda d: d["graph"]["nodes"][0].update(kinds=["User"])),
        ("1 to 3 kinds", lambda d: d["graph"]["nodes"][0].update(kinds=[])),
        ("unique", lambda d: d["graph"]["nodes"].append(d["graph"]["nodes"][0])),
    ],
)  # fmt: skip
def test_the_check_of_the_rules_finds_each(rule: str, break_it: Callable[[Any], Any]) -> None:
    node = {"id": "RC:A", "kinds": ["RC_User"], "properties": {"name": "a", "displayname": "a", "objectid": "RC:A"}}
    end = {"match_by": "id", "value": "RC:A"}
    edge = {"kind": "RC_HasRole", "start": dict(end), "end": dict(end), "properties": {}}
    document = {"metadata": {"source_kind": "RC_Base"}, "graph": {"nodes": [node], "edges": [edge]}}
    assert broken_rules(document) == []
    break_it(document)
    assert any(rule in text for text in broken_rules(document))


# ---- files, workspaces, and what is refused


def test_nothing_is_written_over_or_left_half(desk: Desk, embedded_engine: Engine, company: Workspace) -> None:
    at = load(desk, embedded_engine, company)
    (desk.folder / "out").mkdir()
    (desk.folder / "out" / "users.csv").write_text("mine")
    (desk.folder / "mine.json").write_text("mine")
    for words in (["csv", "out"], ["json", "mine.json"], ["opengraph", "mine.json"], ["json", "out"]):
        said = at.run("export", *words)
        assert (said.code, said.out) == (2, ""), words
    assert [path.name for path in (desk.folder / "out").iterdir()] == ["users.csv"]
    assert (desk.folder / "mine.json").read_text() == "mine"
    at.ok("export", "json", "mine.json", "--overwrite")
    assert json.loads((desk.folder / "mine.json").read_text())["users"]
    assert stat.S_IMODE((desk.folder / "mine.json").stat().st_mode) == 0o600

    before = (desk.folder / "mine.json").read_bytes()
    with connect(embedded_engine.target, write=False, wait=10) as opened:
        graph = chosen_workspace(opened, "")
        rows = graph.rows

        def full(name: str, **params: Any) -> Any:
            if name == "export/edges/GRANTS":
                raise OSError(errno.ENOSPC, "No space left on device")
            return rows(name, **params)

        graph.rows = full  # type: ignore[method-assign]
        with pytest.raises(UsageError, match="cannot be written"):
            write_json(graph, desk.folder / "mine.json", overwrite=True)
        with pytest.raises(UsageError, match="cannot be written"):
            write_csv(graph, desk.folder / "new", overwrite=True, harmless=str)
    assert (desk.folder / "mine.json").read_bytes() == before
    assert list((desk.folder / "new").iterdir()) == []
    assert not list(desk.folder.glob(".*.part"))


def test_two_workspaces_are_exported_one_at_a_time(desk: Desk, embedded_engine: Engine) -> None:
    for name in ("one", "two"):
        with Simulator(office(seed=len(name))) as server:
            desk.at(server, embedded_engine).ok("load", "--workspace", name)
    at = desk.at(None, embedded_engine)
    assert (said := at.run("export", "json", "a.json")).code == 2
    assert "--workspace" in said.told
    assert (said := at.run("export", "json", "a.json", "--workspace", "three")).code == 2
    assert "one, two" in said.told
    at.ok("export", "json", "a.json", "--workspace", "two")
    document = json.loads((desk.folder / "a.json").read_text())
    assert document["workspace"] == "two"
    assert len(document["users"]) == len({row["id"] for row in document["users"]})


def test_an_export_is_of_one_state(desk: Desk, neo4j_engine: Engine, company: Workspace) -> None:
    """A load that writes meanwhile (embedded, a lock forbids it) is noticed, and nothing is left of what was read."""
    load(desk, neo4j_engine, company)
    with connect(neo4j_engine.target, write=True, wait=10) as opened:
        graph = chosen_workspace(opened, "")
        rows = graph.rows

        def meanwhile(name: str, **params: Any) -> Any:
            if name == "export/edges/HAS_ROLE":
                graph.write(lambda tx: tx.run("load/acquire", **lease("office")))
            return rows(name, **params)

        graph.rows = meanwhile  # type: ignore[method-assign]
        with pytest.raises(BusyError, match="is being loaded"):
            write_json(graph, desk.folder / "a.json", overwrite=False)
    assert not (desk.folder / "a.json").exists()


def lease(workspace: str) -> dict[str, Any]:
    return {
        "workspace": workspace,
        "me": "somebody",
        "now": "2998-01-01T00:00:00.000Z",
        "until": "2999-01-01T00:00:00.000Z",
    }


def test_each_kind_has_its_columns_and_no_statement_is_left_over() -> None:
    asked = set(ALL) | set(NODES) | set(FORMER) | set(DECIDED)
    of_kinds = set(names("export")) - {"export/last_seen"}  # that one says as of when the rows are
    assert len(of_kinds) == len(ALL) + len({*NODES, *FORMER, *DECIDED})
    for kind in asked:
        assert len(set(columns(kind))) == len(columns(kind))
