"""`rc2graph browser`: the files for Neo4j Browser. What a real one makes of them: test_browser_page.py."""

import http.client
import io
import json
import re
import signal
import stat
import zipfile
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from rc2graph.config import GraphTarget
from rc2graph.errors import UsageError
from rc2graph.graph.connect import connect
from rc2graph.graph.statements import described, names
from rc2graph.reports.browser import FILES, Browser, browser_of
from rc2graph.reports.browser.favourites import FIRST, favourites, zipped
from rc2graph.reports.browser.kit import style
from rc2graph.reports.browser.links import filled, literal
from rc2graph.reports.browser.pages import LEGEND, index
from tests.commands import Desk, office
from tests.engines import Engine
from tests.faults import Simulator

EVIL = "x'} DETACH DELETE n //\n\\\u2028<script>alert(1)</script>"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def rules(sheet: str) -> dict[str, dict[str, str]]:
    return {
        name: dict(re.findall(r"^  ([\w-]+): (.*);$", body, re.MULTILINE))
        for name, body in re.findall(r"^(\S+) \{\n(.*?)^\}$", sheet, re.MULTILINE | re.DOTALL)
    }


def test_the_style_sheet_is_one_that_the_parser_of_the_browser_reads() -> None:
    """It knows no comments, and takes `:` and `;` for its own even in a caption."""
    sheet = style()
    found = rules(sheet)
    assert "/" not in sheet
    assert re.sub(r"^\S+ \{\n(  [\w-]+: [^:;]+;\n)+\}\n", "", sheet, flags=re.MULTILINE) == ""
    assert list(found)[:2] == ["node", "relationship"], "a sheet without them blanked old Browsers"
    order = [
        name for name in found if name in ("node.User", "node.Federated", "node.ServiceAccount", "node.Deactivated")
    ]
    assert order == ["node.User", "node.Federated", "node.ServiceAccount", "node.Deactivated"], "the last one wins"


def test_every_label_and_type_has_its_style() -> None:
    model = (Path(__file__).parents[1] / "docs" / "model.md").read_text()
    titles = re.findall(r"^### (`\w+`.*)$", model, re.MULTILINE)
    labels = {label for title in titles for label in re.findall(r"\w+", title)}
    labels |= {"ServiceAccount", "Federated", "Deactivated"}
    types = set(re.findall(r"-\[:(\w+)\]->", model))
    found = rules(style())
    assert len(labels) >= 11
    assert {f"node.{label}" for label in labels} | {f"relationship.{kind}" for kind in types} <= set(found)


def test_the_colours_can_be_told_apart_without_seeing_all_of_them() -> None:
    """Fills are of the palette of Okabe and Ito, or greys; and no two kinds of accounts differ by colour alone."""
    okabe_ito = {"#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7", "#000000"}
    found = rules(style())
    fills = {name: rule["color"] for name, rule in found.items() if "color" in rule}
    others = {name: fill for name, fill in fills.items() if fill not in okabe_ito}
    assert set(others) == {
        "node", "relationship", "node.Workspace", "node.Sync", "node.Room", "node.Deactivated", "node.FormerUser",
        "node.FormerRole", "node.FormerTeam", "relationship.HAD_ROLE", "relationship.WAS_MEMBER_OF",
    }  # fmt: skip
    accounts = [found[name] for name in ("node.User", "node.Federated", "node.ServiceAccount", "node.Deactivated")]
    looks = [(rule["caption"].split("{")[0], rule["border-width"]) for rule in accounts]
    assert len({caption for caption, _ in looks}) == 4
    assert found["node.Permission"]["caption"] == '"{tier} {id}"'
    assert found["relationship.ESCALATES_TO"] == {"color": "#D55E00", "shaft-width": "8px"}
    assert {colour for _, _, colour, _, _ in LEGEND} <= {f.replace("#DDDDDD", "#DDD") for f in fills.values()}


@pytest.mark.parametrize("name", [name for folder in ("browser", "paths", "review") for name in names(folder)])
def test_every_statement_for_people_begins_with_its_title(name: str) -> None:
    assert described(name).text.startswith("// title: ")


def test_the_zip_is_flat_and_every_name_is_the_first_line() -> None:
    archive = zipfile.ZipFile(io.BytesIO(zipped(favourites(), EVIL)))
    contents = {name: archive.read(name).decode() for name in archive.namelist()}
    assert not any("/" in name for name in contents)
    assert all(name.endswith(".cypher") for name in contents)
    first = {text.partition("\n")[0] for text in contents.values()}
    assert first == {f"// {FIRST}"} | {f"// {one.name}" for one in favourites()}
    assert len({line[:26] for line in first}) == len(first), "a drawer shows no more of it"
    for one in favourites():
        statement = described(f"{one.folder}/{one.short}").text
        body = "".join(line for line in statement.splitlines(keepends=True) if not line.startswith("// title:"))
        assert contents[f"{one.folder}-{one.short}.cypher"].partition("\n")[2] == body, "as it stands"
    assert zipped(favourites(), EVIL) == zipped(favourites(), EVIL)


def test_every_favourite_runs_with_its_parameters(desk: Desk, engine: Engine) -> None:
    """As a favourite, and with its values written out as a link has it: to a Neo4j, which plans that anew, one for each
    kind of values. (The embedded engine takes all.)"""
    company = office()
    company.grant("access-permissions", "helpdesk")
    with Simulator(company) as server:
        desk.at(server, engine).ok("load", "--workspace", "office")
    seen = set[object]()
    with connect(engine.target, write=False, wait=10) as graph:
        for one in favourites():
            values = {
                "workspace": "office",
                **one.examples,
                **({"user": "ana.admin"} if "user" in one.parameters else {}),
            }
            answer = graph.query(one.content, values)
            kind = one.folder == "browser" and one.name, frozenset((key, type(held)) for key, held in values.items())
            if engine.name == "embedded" or kind not in seen:
                again = graph.query(filled(one.content, values))
                assert len(answer.rows) == len(again.rows), one.name
            seen.add(kind)
        for one in favourites():
            if one.folder == "browser" and not one.parameters and one.short != "outsiders":
                assert graph.query(one.content, {"workspace": "office"}).rows, f"{one.short} shows nothing"
                assert not graph.query(one.content, {"workspace": "another"}).rows, f"{one.short} shows all workspaces"


def test_a_value_that_is_written_out_stays_a_text(embedded_engine: Engine) -> None:
    with connect(embedded_engine.target, write=True, wait=10):
        pass
    with connect(embedded_engine.target, write=False, wait=10) as graph:
        for value in (EVIL, "plain", "'", "\\", "\\'", "\t", "é ☃ 🙂", "$workspace"):
            assert graph.query(f"RETURN {literal(value)} AS x").rows[0]["x"] == value
    assert filled("$a $ab $b", {"a": "$b", "b": "x"}) == "'$b' $ab 'x'"


def test_links_carry_no_password_and_survive_any_name() -> None:
    at = browser_of(GraphTarget("neo4j+s://graph.example.org", "ann", "very-secret", "access", Path()))
    url = urlsplit(at.edit(EVIL))
    told = parse_qs(url.query)
    assert (url.scheme, url.netloc, url.path) == ("https", "graph.example.org:7473", "/browser/")
    assert told == {
        "dbms": ["neo4j+s://ann@graph.example.org"], "db": ["access"], "preselectAuthMethod": ["NATIVE"],
        "cmd": ["edit"], "arg": [EVIL],
    }  # fmt: skip
    assert "secret" not in repr(at)
    local = browser_of(GraphTarget("bolt://[::1]:7687", None, "p", None, Path()))
    assert local.url == "http://[::1]:7474/browser/"
    for bad in ("ftp://x/", "javascript:alert(1)", "http://u:p@x/", "http://", "http://x/?a=b"):
        with pytest.raises(UsageError, match="--browser-url"):
            browser_of(GraphTarget("bolt://h", None, "p", None, Path()), bad)


def test_the_page_shows_any_name_as_text() -> None:
    page = index(Browser("http://localhost:7474/browser/", "bolt://localhost", "neo4j", None), EVIL, favourites(), "g")
    assert "<script" not in page
    assert "default-src 'none'" in page
    assert page.count('rel="noopener noreferrer"') == len(favourites()) + 2


def test_it_writes_what_it_names_and_says_what_to_open(desk: Desk, neo4j_engine: Engine) -> None:
    with Simulator(office()) as server:
        desk.at(server, neo4j_engine).ok("load", "--workspace", "office")
    at = desk.at(None, neo4j_engine)
    out = at.ok("browser")
    folder = desk.folder / "rc2graph-browser"
    assert {path.name for path in folder.iterdir()} == set(FILES)
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in folder.iterdir())
    assert (folder / "index.html").as_uri() in out
    for word in ("drop rc2graph.grass", "favourites.zip", ":play http://localhost:8474/guide.html", "Newer"):
        assert word in out
    password = neo4j_engine.env["NEO4J_PASSWORD"]
    assert password not in out
    assert not any(password.encode() in path.read_bytes() for path in folder.iterdir())
    again = at.run("browser")
    assert again.code == 2
    assert "Name another folder with --dir, or add --overwrite." in again.told
    assert "(port 7474 is assumed; --browser-url names another address)" in out
    assert "assumed" not in at.ok("browser", "--overwrite", "--browser-url", "http://localhost:17474/browser/")
    told = json.loads(at.ok("browser", "--overwrite", "--json"))
    assert told["workspace"] == "office"
    assert told["statements"] == len(favourites())
    assert at.run("browser", "--dir", "b", "--workspace", "nobody").code == 2


def test_the_embedded_graph_has_no_browser(desk: Desk, embedded_engine: Engine) -> None:
    said = desk.at(None, embedded_engine).run("browser")
    assert said.code == 2
    assert said.told.startswith("Neo4j Browser needs a Neo4j.\n")
    assert "docker compose up -d" in said.told
    assert not (desk.folder / "rc2graph-browser").exists()


def test_it_serves_its_own_files_to_any_page_and_nothing_else(desk: Desk, neo4j_engine: Engine) -> None:
    with Simulator(office()) as server:
        desk.at(server, neo4j_engine).ok("load", "--workspace", "office")
    (desk.folder / "kit").mkdir()
    (desk.folder / "kit" / "mine.txt").write_text("mine")
    served = desk.at(None, neo4j_engine).start("browser", "--dir", "kit", "--serve", "--port", "0")
    try:
        assert served.stdout is not None
        told = next(line for line in iter(served.stdout.readline, "") if ":play " in line)
        port = int(re.findall(r"localhost:(\d+)", told)[0])

        def ask(method: str, path: str) -> tuple[int, str | None, bytes]:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            connection.request(method, path, headers={"Origin": "http://localhost:7474"})
            answer = connection.getresponse()
            found = answer.status, answer.headers["Access-Control-Allow-Origin"], answer.read()
            connection.close()
            return found

        assert ask("OPTIONS", "/guide.html")[:2] == (204, "*")
        status, allowed, content = ask("GET", "/guide.html")
        assert (status, allowed, content) == (200, "*", (desk.folder / "kit" / "guide.html").read_bytes())
        assert ask("GET", "/")[2] == (desk.folder / "kit" / "index.html").read_bytes()
        for path in ("/mine.txt", "/../pyproject.toml", "/%2e%2e/x", "/kit/guide.html", "//etc/passwd"):
            assert ask("GET", path)[0] == 404, path
        assert ask("POST", "/guide.html")[0] == 501
    finally:
        served.send_signal(signal.SIGINT)
        _, err = served.communicate(timeout=20)
    assert (served.returncode, "Traceback" in err) == (0, False)
