"""What `rc2graph review` prints and writes, and how it ends. The questions are a person's own, in a folder."""

import csv
import json
import re
import stat
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt
from typer.testing import CliRunner, Result

from rc2graph.cli import app
from rc2graph.config import GraphTarget
from rc2graph.errors import Rc2graphError
from rc2graph.graph.connect import connect
from tests.commands import Desk
from tests.commands import office as company
from tests.engines import Engine
from tests.faults import Simulator
from tests.review import seen
from tests.snapshots import World, ask, loaded
from tests.source import OLDEST
from tests.test_why_output import HOSTILE, harmless

NAMES = (
    *HOSTILE,
    "@all",
    "#12 GH-3 :smile:",
    "www.evil.test",
    "a|b`|``c",
    "x" * 10_000,
    "-1+1",
    "![i](http://evil.test)",
)

ACCOUNTS = """
MATCH (u:User {workspace: $workspace})-[:HAS_ROLE]->(r:Role)
RETURN [u.username, r.name] AS path, u.username AS user, u.active AS active, u.lastLogin AS lastLogin
ORDER BY user
"""
HEADER = {
    "title": "Accounts",
    "question": "Who is there?",
    "why": "Somebody may be.",
    "controls": "CIS 5.1, NIST AC-2",
    "severity": "high",
    "needs": "users, roles",
    "columns": "path, user, active, lastLogin",
}
Typed = Callable[..., Result]


def question(folder: Path, name: str, statement: str = ACCOUNTS, **header: str) -> None:
    """Write one. A line of the header is left out where it is empty."""
    lines = [f"// {key.replace('_', '-')}: {text}" for key, text in {**HEADER, **header}.items() if text]
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.cypher").write_text("\n".join([*lines, statement.strip(), ""]), encoding="utf-8")


def typing(env: dict[str, str], own: Path | None = None) -> Typed:
    """What somebody types after `rc2graph review`, and what he sees."""
    given = ("--questions", str(own)) if own else ()

    def run(*words: str, columns: int = 100) -> Result:
        return CliRunner().invoke(app, ["review", *words, *given], env={**env, "COLUMNS": str(columns)})

    return run


def refused(result: Result) -> Rc2graphError:
    assert isinstance(result.exception, Rc2graphError), result
    return result.exception


def told(result: Result) -> dict[str, dict[str, Any]]:
    """Name of a question → its part of the JSON."""
    return {one["name"]: one for one in json.loads(result.stdout)["questions"]}


def sheet(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def office() -> World:
    world = World()
    world.role("admin", "view-d-room")
    for name in ("ana", "bob", "cleo"):
        world.user(name, "admin", username=name, last_login="2026-01-02T03:04:05.678Z")
    return world


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Typed:
    """An embedded graph in which everybody has a name that would be code, markup or a formula."""
    pytest.importorskip("arcadedb", exc_type=ImportError)
    folder = tmp_path_factory.mktemp("review")
    world = World()
    for number, name in enumerate(NAMES):
        world.role(f"r{number}", f"p{number}", name=name)
        world.user(f"u{number}", f"r{number}", username=name, last_login="2026-01-02T03:04:05.678Z")
    for number in range(30):
        world.user(f"plain{number}", "r0", active=number % 2 == 0)
    with connect(GraphTarget(home=folder / "home"), write=True, wait=10) as graph:
        loaded(graph, world, folder)
    question(folder / "own", "accounts")
    question(folder / "own", "nobody", ACCOUNTS.replace("RETURN", "WHERE u.username = 'nobody' RETURN"))
    question(folder / "own", "inventory", severity="info", title="All accounts")
    question(
        folder / "own", "numbers", "UNWIND [-3, 1000] AS n RETURN n, null AS nothing, true AS yes",
        severity="low", columns="n, nothing, yes", needs="users",
    )  # fmt: skip
    return typing({"RC2GRAPH_HOME": str(folder / "home"), "NEO4J_URI": ""}, folder / "own")


@pytest.fixture
def reviewed(engine: Engine, tmp_path: Path) -> Typed:
    """The office in a graph of either engine, and the folder `own` for questions."""
    with connect(engine.target, write=True, wait=10) as graph:
        loaded(graph, office(), tmp_path)
    return typing(engine.env, tmp_path / "own")


def incomplete(engine: Engine, dataset: str = "roles") -> None:
    with connect(engine.target, write=True, wait=10) as graph:
        seen(graph, dataset, "partial")


# ---- on the screen


def test_a_person_reads_the_summary_then_what_was_found(hostile: Typed) -> None:
    lines = hostile("accounts", "nobody", "inventory", "--empty").output.splitlines()
    assert lines[0].startswith("Access review of acme, as of 2026-01-01T")
    detail = lines.index(f"HIGH  Accounts (accounts): {len(NAMES) + 30} found, {len(NAMES) + 30} accounts examined")
    assert lines[detail + 1] == "Somebody may be."
    assert max(n for n, line in enumerate(lines) if line.startswith(" info")) < detail
    assert " user                  active   lastLogin" not in lines, "the names are too long for one table"
    assert f"{len(NAMES) + 10} more rows: --all or --csv DIR shows them." in lines
    summary = [re.split(r" {2,}", line.strip()) for line in lines if line.startswith((" high", " info"))]
    accounts = f"{len(NAMES) + 30} accounts"
    assert summary == [
        ["high", "accounts", f"{len(NAMES) + 30}", accounts, "in full"],
        ["high", "nobody", "none", accounts, "in full"],
        ["info", "inventory", f"{len(NAMES) + 30}", accounts, "in full"],
    ]
    assert "Nothing found: nobody." in lines
    assert "Inventories (--all shows their rows): inventory." in lines
    assert lines[-4:] == [
        "1 question with findings (1 high), 0 not visible, of 3.",
        "Next: rc2graph review --html review.html",
        "      rc2graph review --worksheet worksheet.xlsx",
        "      rc2graph why end",
    ]
    assert "Whether an account has a second factor" in "\n".join(lines)


@pytest.mark.parametrize("columns", [80, 100, 200])
def test_no_line_is_wider_than_the_window_and_no_name_drives_it(hostile: Typed, columns: int) -> None:
    text = hostile("--all", "accounts", "inventory", "numbers", columns=columns).output
    assert harmless(text)
    assert max(map(len, text.splitlines())) <= columns
    assert "x" * (columns - 20) in text
    assert "… " not in text.replace("\n", " "), "nothing is cut with --all"


def test_a_path_stands_below_its_row_where_it_says_more(hostile: Typed) -> None:
    text = hostile("accounts", "--all", columns=80).output
    assert re.search(r"^ plain0\.name +yes *\n     path +plain0\.name → \\x1b\[31mred", text, re.M)


# ---- for programs


def test_json_holds_every_row_and_nothing_else_is_on_stdout(hostile: Typed) -> None:
    found = json.loads(hostile("accounts", "nobody", "numbers", "--json").stdout)
    one = {each["name"]: each for each in found["questions"]}
    assert {row["user"] for row in one["accounts"]["rows"]} >= set(NAMES)
    assert one["accounts"]["found"] == len(one["accounts"]["rows"]) == len(NAMES) + 30
    assert (one["accounts"]["verdict"], one["accounts"]["severity"]) == ("findings", "high")
    assert one["accounts"]["controls"] == ["CIS 5.1", "NIST AC-2"]
    assert (one["nobody"]["verdict"], one["nobody"]["found"], one["nobody"]["rows"]) == ("none", 0, [])
    assert one["numbers"]["rows"][0] == {"n": -3, "nothing": None, "yes": True}
    assert [each["workspace"] for each in found["workspaces"]] == ["acme"]
    assert found["notExposed"]
    assert found["tool"].startswith("rc2graph ")


def test_markdown_keeps_hostile_names_data(hostile: Typed) -> None:
    text = hostile("accounts", "inventory", "--markdown").output
    assert harmless(text)
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    inline = [child for token in tokens for child in token.children or ()]
    assert {child.type for child in inline} == {"text", "code_inline"}, "no link, picture, emphasis or HTML"
    assert {token.tag for token in tokens} <= {
        "", "h1", "h2", "p", "ul", "li", "table", "thead", "tbody", "tr", "th", "td",
    }  # fmt: skip
    words = " ".join(child.content for child in inline if child.type == "text")
    assert not re.search(r"[@#<>`]|www\.|://|:\w+:|GH-", words)
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    names = {"".join(child.content for child in token.children or ()) for token in tokens if token.type == "inline"}
    assert {"@all", "www.evil.test", "a|b`|``c", "<script>alert(1)</script>", "x" * 10_000} <= names
    assert {len(re.findall(r"(?<=\S| )\|(?= |$)", row)) for row in rows if "plain0" in row} == {4}


def test_csv_is_a_file_a_question_with_all_rows_and_no_formula(hostile: Typed, tmp_path: Path) -> None:
    folder = tmp_path / "sheets"
    assert hostile("accounts", "nobody", "numbers", "--csv", str(folder)).exit_code == 0
    sheets = {path.name: sheet(path) for path in folder.iterdir()}
    assert set(sheets) == {"summary.csv", "accounts.csv", "nobody.csv", "numbers.csv"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert len(sheets["accounts.csv"]) == len(NAMES) + 30
    cells = {cell for row in sheets["accounts.csv"] for cell in row.values()}
    assert not any(cell[:1] in ("=", "+", "-", "@") for cell in cells if cell)
    assert {"'=cmd|' /C calc'!A0", "'@all", "'-1+1"} <= cells
    assert [tuple(row.values()) for row in sheets["numbers.csv"]] == [
        ("acme", "-3", "", "yes"),
        ("acme", "1000", "", "yes"),
    ]
    found = {row["question"]: (row["verdict"], row["found"]) for row in sheets["summary.csv"]}
    assert found == {
        "accounts": ("findings", f"{len(NAMES) + 30}"),
        "nobody": ("none", "0"),
        "numbers": ("findings", "2"),
    }

    again = refused(hostile("accounts", "--csv", str(folder)))
    assert (again.exit_code, again.next_step) == (2, "Name another, or add --overwrite.")
    assert hostile("accounts", "--csv", str(folder), "--overwrite").exit_code == 0


def test_a_page_is_not_written_over_nor_lost_at_the_end(hostile: Typed, tmp_path: Path) -> None:
    page = tmp_path / "review.html"
    assert f"Written: {page}" in hostile("accounts", "--html", str(page)).output
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    for wrong in (page, tmp_path, tmp_path / "no" / "review.html"):
        assert refused(hostile("accounts", "--html", str(wrong))).exit_code == 2
    assert hostile("accounts", "--html", str(page), "--overwrite").exit_code == 0
    assert [path.name for path in tmp_path.iterdir()] == ["review.html"]


def test_nodes_paths_and_maps_are_read_by_people_and_programs(reviewed: Typed, tmp_path: Path) -> None:
    question(
        tmp_path / "own", "things",
        """MATCH p = (u:User {workspace: $workspace, username: 'ana'})-[e:HAS_ROLE]->(r:Role)
        RETURN p AS path, r AS role, {held: e.firstSeen, by: [u.username]} AS facts, [r] AS all""",
        columns="path, role, facts, all",
    )  # fmt: skip
    (row,) = told(reviewed("things", "--json"))["things"]["rows"]
    assert row["path"] == {"path": "ana -HAS_ROLE-> admin"}
    assert (row["role"]["labels"], row["role"]["id"], row["facts"]["by"]) == (["Role"], "admin", ["ana"])
    assert row["all"] == [row["role"]]
    page, folder = tmp_path / "page.html", tmp_path / "csv"
    for text in (
        reviewed("things", "--all").output,
        reviewed("things", "--markdown").output,
        reviewed("things", "--html", str(page)).output + unescape(page.read_text()),
        reviewed("things", "--csv", str(folder)).output + (folder / "things.csv").read_text(),
    ):
        assert "ana -HAS_ROLE-> admin" in re.sub(r"<wbr>|`", "", text)
        assert re.search(r'"{1,2}labels"{1,2}: \["{1,2}Role', text)
        assert not re.search(r"<Node |<Path |<Relationship |frozenset|element_id", text), "as Python writes it"


def test_one_is_no_plural_and_a_name_can_be_typed(reviewed: Typed, tmp_path: Path) -> None:
    question(tmp_path / "own", "roles-there-are", "MATCH (r:Role) RETURN r.id AS id", columns="id", examines="roles")
    assert re.search(r"high +roles-there-are +1 +1 role +in full", reviewed("roles-there-are", "--empty").output)
    text = reviewed("roles-there-are", "--markdown").output
    assert "| high | Accounts | `roles-there-are` | 1 | 1 role | in full |" in text
    reviewed("roles-there-are", "--html", str(tmp_path / "page.html"))
    page = (tmp_path / "page.html").read_text()
    assert "<strong>1 finding</strong> among 1 role examined." in page
    assert page.count("<code>roles-there-are</code>") == 2, "in the summary and in its section"


# ---- how it ends


def test_findings_of_a_severity_fail_a_run_only_where_that_was_asked_for(reviewed: Typed, tmp_path: Path) -> None:
    question(tmp_path / "own", "some", severity="medium")
    question(tmp_path / "own", "none", f"{ACCOUNTS} LIMIT 0", severity="high")
    question(tmp_path / "own", "all", severity="info")
    for words, code in (
        (("some",), 0), (("some", "--fail-on", "high"), 0), (("some", "--fail-on", "medium"), 10),
        (("some", "--fail-on", "low"), 10), (("none", "all", "--fail-on", "low"), 0),
    ):  # fmt: skip
        assert reviewed(*words).exit_code == code, words
    assert refused(reviewed("some", "--fail-on", "severe")).next_step == "--fail-on high, medium or low"
    assert refused(reviewed("some", "--fail-on", "info")).exit_code == 2


def test_what_was_not_visible_is_never_none(reviewed: Typed, engine: Engine, tmp_path: Path) -> None:
    own = tmp_path / "own"
    question(own, "low-one", severity="low")
    question(own, "true-anyway", severity="medium", when_incomplete="rows stay true")
    question(own, "true-but-none", f"{ACCOUNTS} LIMIT 0", severity="medium", when_incomplete="rows stay true")
    question(own, "other", f"{ACCOUNTS} LIMIT 0", needs="teams")
    incomplete(engine)
    gap = ["roles: read in part"]
    names = ("low-one", "true-anyway", "true-but-none", "other")
    found = {
        name: (one["verdict"], one["found"], one["rows"] and len(one["rows"]), one["notVisible"])
        for name, one in told(reviewed(*names, "--json")).items()
    }
    assert found == {
        "low-one": ("not visible", None, None, gap),
        "true-anyway": ("findings", 3, 3, gap),
        "true-but-none": ("not visible", None, None, gap),
        "other": ("none", 0, [], []),
    }
    text = reviewed(*names, "--empty", columns=120).output
    assert re.search(r"low +low-one +not visible +3 accounts +not in full: roles: read in part", text)
    assert re.search(r"medium +true-anyway +at least 3 +3 accounts +not in full: roles: read in part", text)
    assert "There may be more. Not visible: roles: read in part." in text
    assert "| Accounts | `low-one` | not visible |" in reviewed("low-one", "--markdown").output
    assert reviewed(*names, "--csv", str(tmp_path / "csv")).exit_code == 0
    cells = {row["question"]: row["found"] for row in sheet(tmp_path / "csv" / "summary.csv")}
    assert cells == {"low-one": "", "true-anyway": "3", "true-but-none": "", "other": "0"}

    for words, code in ((("low-one", "other", "--fail-on", "high"), 0), (("true-anyway", "--fail-on", "medium"), 10)):
        assert reviewed(*words).exit_code == code, words
    unseen = refused(reviewed("low-one", "other", "--fail-on", "low"))
    assert unseen.exit_code == 5
    assert unseen.what == "Nothing was found, but not everything was visible to low-one."
    assert unseen.why == "Not visible: roles: read in part."


def test_accounts_that_an_older_server_leaves_out_are_said_to_be_missing(engine: Engine, tmp_path: Path) -> None:
    """Below 6.8 there is only `users.list`, which shows nobody without username, name and e-mail
    (rocketchat.md §4.1)."""
    with Simulator(company(), version=OLDEST) as server:
        Desk(tmp_path).at(server, engine).ok("load", "--workspace", "office")
    question(tmp_path / "own", "people")
    question(tmp_path / "own", "grants-only", "RETURN 1 AS one LIMIT 0", needs="roles, permissions", columns="one")
    typed, asked = typing(engine.env, tmp_path / "own"), ("people", "grants-only")
    found = told(typed(*asked, "--json"))
    left_out = ["users without username, name and e-mail: this server's users.list leaves them out"]
    assert found["people"]["leftOut"] == left_out
    assert (found["people"]["verdict"], found["people"]["notVisible"]) == ("findings", []), "what is shown is right"
    assert found["grants-only"]["leftOut"] == []

    but_for = "but for accounts without username, name and e-mail, which this server leaves out"
    text = typed(*asked, "--empty", columns=100).output
    assert re.search(r"high +people +\d+ +\d+ accounts +in full a\n", text)
    assert re.search(r"high +grants-only +none +\d+ accounts +in full\n", text)
    assert f" a: {but_for}." in text
    assert f"in full, {but_for}" in typed(*asked, "--markdown").output.replace("`", "")
    typed(*asked, "--csv", str(tmp_path / "csv"), "--html", str(tmp_path / "page.html"))
    cells = {row["question"]: row["visibility"] for row in sheet(tmp_path / "csv" / "summary.csv")}
    assert cells == {"people": f"in full, {but_for}", "grants-only": "in full"}
    page = unescape((tmp_path / "page.html").read_text())
    assert page.count(but_for) == 2, "in the summary, and beside the number"


# ---- what is asked


def test_a_threshold_is_typed_and_checked(reviewed: Typed, tmp_path: Path) -> None:
    question(
        tmp_path / "own", "after", ACCOUNTS.replace("RETURN", "WHERE u.username >= $begin AND $most > 1 RETURN"),
        **{"param begin": '"bob" = the first name', "param most": "9 = how many", "param share": "0.5 = a part"},
    )  # fmt: skip

    def users(*words: str) -> set[str]:
        return {row["user"] for row in told(reviewed("after", *words, "--json"))["after"]["rows"]}

    assert users() == {"bob", "cleo"}
    assert users("-p", "begin=c") == {"cleo"}
    assert users("-p", "begin=a", "-p", "most=1") == set()
    assert told(reviewed("after", "-p", "share=1", "--json"))["after"]["parameters"] == {
        "begin": "bob", "most": 9, "share": 1.0,
    }  # fmt: skip
    assert refused(reviewed("after", "-p", "most=many")).why == "how many: such as 9."
    assert refused(reviewed("after", "-p", "most=1.5")).exit_code == 2
    assert refused(reviewed("after", "-p", "bgein=a")).why == "Did you mean begin?"
    assert refused(reviewed("after", "-p", "begin")).exit_code == 2


def test_near_names_are_offered(reviewed: Typed, tmp_path: Path) -> None:
    question(tmp_path / "own", "accounts-of-mine")
    wrong = refused(reviewed("acounts-of-mine"))
    assert (wrong.exit_code, wrong.what) == (2, "There is no question 'acounts-of-mine'.")
    assert "accounts-of-mine" in wrong.why
    assert "accounts-of-mine" in reviewed("--list").output


OWN_MISTAKES = {
    "no-title": ({"title": ""}, ACCOUNTS, 2, "no line '// title"),
    "severe": ({"severity": "severe"}, ACCOUNTS, 2, "'severe', and not one of high, medium, low, info"),
    "needs-much": ({"needs": "users, secrets"}, ACCOUNTS, 2, "needs 'secrets'"),
    "examines-much": ({"examines": "people"}, ACCOUNTS, 2, "examines 'people'"),
    "no-default": ({"param days": "some = days"}, ACCOUNTS, 2, "days has no default"),
    "other-columns": ({"columns": "user, path, active, lastLogin"}, ACCOUNTS, 2, "it returns path, user, active"),
    "no-cypher": ({"columns": "a"}, "RETRUN 1 AS a", 2, "RETRUN"),
    "would-write": ({"columns": "a"}, "MATCH (u:User) SET u.seen = true RETURN u.id AS a", 2, "It would write"),
    "would-delete": ({"columns": "a"}, "MATCH (u:User) DETACH DELETE u RETURN 1 AS a", 2, "It would write"),
    "no-parameter": ({"columns": "a"}, "RETURN $unknown AS a", 2, "unknown"),
}


@pytest.mark.parametrize("name", OWN_MISTAKES)
def test_a_mistake_in_a_question_is_told_with_its_file(
    reviewed: Typed, engine: Engine, tmp_path: Path, name: str
) -> None:
    header, statement, code, why = OWN_MISTAKES[name]
    question(tmp_path / "own", name, statement, **header)
    if name == "no-parameter" and engine.name == "embedded":
        pytest.skip("ArcadeDB takes a parameter that nobody set for null")
    error = refused(reviewed(name))
    assert (error.exit_code, why in error.why) == (code, True), error
    assert str(tmp_path / "own" / f"{name}.cypher") in error.what
    if header.get("columns") == "a":
        assert error.next_step == "Correct that file. Until then nothing is reported, of the other questions neither."
    with connect(engine.target, write=True, wait=10) as graph:
        assert ask(graph, "MATCH (u:User) RETURN count(u) AS n, count(u.seen) AS seen") == [{"n": 3, "seen": 0}]


def test_a_folder_of_questions_that_is_none(tmp_path: Path) -> None:
    own = tmp_path / "own"
    typed = typing({"RC2GRAPH_HOME": str(tmp_path / "home"), "NEO4J_URI": ""}, own)
    assert refused(typed()).what == f"There is no folder {own}."
    own.mkdir()
    assert refused(typed()).what == f"There is no .cypher file in {own}."
    question(own, "administrators")
    assert refused(typed()).what == "Two questions are called administrators."
    (own / "administrators.cypher").rename(own / "summary.cypher")
    assert refused(typed()).what == "No question can be called summary."
    (own / "summary.cypher").write_bytes(b"// title: \xff\n")
    assert str(own / "summary.cypher") in refused(typed()).what


# ---- which workspaces


def test_two_workspaces_are_told_apart(engine: Engine, tmp_path: Path) -> None:
    other = office()
    other.user("zoe", "admin", username="zoe")
    with connect(engine.target, write=True, wait=10) as graph:
        loaded(graph, office(), tmp_path)
        loaded(graph, other, tmp_path, workspace="other")
    question(tmp_path / "own", "accounts")
    typed = typing(engine.env, tmp_path / "own")
    found = json.loads(typed("accounts", "--json").stdout)["questions"]
    assert [(one["workspace"], one["found"]) for one in found] == [("acme", 3), ("other", 4)]
    text = typed("accounts", "--empty").output
    assert "HIGH  Accounts in other (accounts)" in text
    assert re.search(r"high +accounts +other +4 +4 accounts", text)
    assert "## Accounts (other)" in typed("accounts", "--markdown").output
    typed("accounts", "--csv", str(tmp_path / "csv"))
    rows = {(row["workspace"], row["user"]) for row in sheet(tmp_path / "csv" / "accounts.csv")}
    assert rows == {(w, u) for w in ("acme", "other") for u in ("ana", "bob", "cleo")} | {("other", "zoe")}
    only = json.loads(typed("accounts", "--workspace", "other", "--json").stdout)["questions"]
    assert [one["workspace"] for one in only] == ["other"]
    assert refused(typed("accounts", "--workspace", "nowhere")).exit_code == 2


def test_an_empty_graph_is_no_clean_one(engine: Engine, tmp_path: Path) -> None:
    question(tmp_path / "own", "accounts")
    typed = typing(engine.env, tmp_path / "own")
    error = refused(typed("accounts"))
    assert "load" in error.next_step
    with connect(engine.target, write=True, wait=10) as graph:
        ask(graph, "CREATE (:Workspace {workspace: 'acme', id: 'acme'})")
    one = told(typed("accounts", "--json"))["accounts"]
    assert (one["verdict"], one["found"], one["examined"]) == ("not visible", None, None)
    assert one["notVisible"] == ["anything in full: no load has finished yet"]
    assert refused(typed("accounts", "--fail-on", "low")).exit_code == 5
