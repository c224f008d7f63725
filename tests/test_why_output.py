"""What `why` and `who` print, draw and write; names that would be escapes, markup or code stay names."""

import csv
import html
import io
import json
import re
import stat
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from typer.testing import CliRunner, Result

from rc2graph.access.account import account
from rc2graph.access.person import find_person
from rc2graph.access.target import find_access
from rc2graph.access.visibility import Visibility
from rc2graph.access.who import who
from rc2graph.access.why import why
from rc2graph.cli import app
from rc2graph.cli.commands.who import _show as show_holders
from rc2graph.cli.commands.why import show
from rc2graph.config import GraphTarget
from rc2graph.errors import UsageError
from rc2graph.graph.connect import connect
from rc2graph.render.html import page
from rc2graph.render.mermaid import mermaid
from rc2graph.render.terminal import shown
from rc2graph.reports.browser.link import browser_link
from tests.review import WORKSPACE
from tests.snapshots import World, loaded

HOSTILE = (
    "\x1b[31mred\x1b]8;;http://evil.test\x07",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(2)>",
    "\u202enimda\u2066",
    '"]; end; click n0 "javascript:alert(3)"',
    "`**_md_**` %%{init: {}}%%",
    "'}) DETACH DELETE n //",
    "\\u0027 RETURN 1 //",
    "[bold red]markup[/bold red] [link=http://evil.test]x[/link]",
    "=cmd|' /C calc'!A0",
    "two\nlines\rand\ta tab",
    "&lt;b&gt; &amp; ]]> -->",
    "end",
)


def world() -> World:
    """Everything that has a name has a hostile one."""
    world = World()
    world.role("admin", "delete-user")
    world.role("owner", "edit-room", room_scoped=True, built_in=True)
    world.user("plain", "r0")
    world.team("lone", name="twin", private=True)
    world.role("twin-role", name="twin")
    for number, name in enumerate(HOSTILE):
        world.role(f"r{number}", f"perm-{name}", "access-permissions", name=name)
        world.user(f"u{number}", f"r{number}", "owner", username=name, name=f"{name} ")
        world.team(f"t{number}", name=f"t {name}", private=True)
        world.room(f"m{number}", f"t{number}", name=f"room {name}", private=True, main=True)
        world.join(f"t{number}", f"u{number}", name, "moderator")
    return world


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("arcadedb", exc_type=ImportError)
    folder = tmp_path_factory.mktemp("hostile")
    target = GraphTarget(home=folder / "home")
    with connect(target, write=True, wait=10) as opened:
        graph = opened.workspace(WORKSPACE)
        loaded(graph, world(), folder)
    return folder / "home"


@pytest.fixture
def typed(home: Path):  # type: ignore[no-untyped-def]
    """What somebody types after `rc2graph`, and what he sees."""
    env = {"RC2GRAPH_HOME": str(home), "NEO4J_URI": "", "COLUMNS": "100"}

    def run(*words: str) -> Result:
        return CliRunner().invoke(app, list(words), env=env)

    return run


def harmless(text: str) -> bool:
    return not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]", text)


class Parsed(HTMLParser):
    """Tags, and attributes with their values, as a browser takes them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags, self.attributes = set[str](), set[tuple[str, str]]()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {(name, value or "") for name, value in attrs}


TAGS = {
    "html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "p", "div", "svg", "g", "rect", "text",
    "path", "table", "tr", "th", "td", "ol", "ul", "li",
}  # fmt: skip
ATTRIBUTES = {
    "lang", "charset", "name", "content", "http-equiv", "class", "role", "aria-label", "tabindex", "viewbox", "width",
    "height", "xmlns", "x", "y", "rx", "d", "text-anchor",
}  # fmt: skip
MERMAID = re.compile(
    r'  n\d+\["[\w #;]*<br/>[\w #;]*"\]:::\w+|  n\d+ (-->|==>|-\.->)\|"[\w #;]*"\| n\d+|  classDef .*|flowchart LR'
)


def test_a_hostile_name_does_no_harm_in_any_output(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with connect(GraphTarget(home=home), write=False, wait=10) as opened:
        graph = opened.workspace(WORKSPACE)
        visibility = Visibility.of(graph)
        for number in range(len(HOSTILE)):
            person = find_person(graph, f"id:u{number}")
            wanted = ("admin", f"role:id:r{number}", f"team:id:t{number}", f"room:id:m{number}")
            things = [find_access(graph, visibility, access) for access in wanted]
            found = [account(graph, visibility, person), *(why(graph, visibility, person, thing) for thing in things)]
            for one in found:
                assert one.paths
                show(shown(one))
                show_holders(who(graph, visibility, things[number % 4]))
                assert harmless(capsys.readouterr().out)
                assert all(map(MERMAID.fullmatch, mermaid(one.paths).splitlines())), mermaid(one.paths)
                text = page(one)
                parsed = Parsed(text)
                assert parsed.tags <= TAGS
                assert {name for name, _ in parsed.attributes} <= ATTRIBUTES
                assert harmless(text)
                assert "default-src 'none'" in text
                ET.fromstring(re.sub(r"(?s)^.*?(<svg.*?</svg>)</div>.*$", r"\1", text))  # the picture is well-formed


def test_the_page_holds_names_paths_and_picture(typed, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "page.html"
    assert typed("why", "id:u1", "admin", "--html", str(file)).exit_code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    text = html.unescape(file.read_text(encoding="utf-8"))
    assert "<script>alert(1)</script> can become administrator." in text
    assert text.count('<g class="') == 4  # person, role, permission, administrator
    assert typed("why", "id:u1", "--html", str(tmp_path / "no" / "page.html")).exception.exit_code == 2


def test_csv_is_no_formula_and_says_what_it_leaves_out(typed) -> None:  # type: ignore[no-untyped-def]
    rows = list(csv.DictReader(io.StringIO(typed("who", "admin", "--csv").stdout)))
    assert len(rows) == len(HOSTILE) + 1
    assert not any(cell[:1] in ("=", "+", "-", "@") for row in rows for cell in row.values() if cell)
    assert {row["by"] for row in rows} == {"tier A"}
    assert typed("who", "admin", "--csv", "--json").exception.exit_code == 2


def test_words_and_tree(typed) -> None:  # type: ignore[no-untyped-def]
    lines = typed("why", "plain.name", "permission:access-permissions").output.splitlines()
    assert lines[0] == "plain.name holds the permission access-permissions."
    assert "└── \\x1b[31mred\\x1b]8;;http://evil.test\\x07  role" in lines
    assert "    └── access-permissions  permission, tier A" in lines
    assert any(line.startswith("Examined: 1 role and the 2 permissions") for line in lines)


def test_what_a_name_may_mean_is_offered(typed) -> None:  # type: ignore[no-untyped-def]
    error = typed("why", "plain.name", "twin").exception
    assert isinstance(error, UsageError)
    assert (error.exit_code, error.why) == (2, "They are role:twin, team:twin.")
    assert typed("why", "plain.name", "team:twin").output.startswith("No path found from plain.name to the team twin.")
    for words in (("why", "plian.name"), ("why", "nobody-like-it"), ("who", "role:nothing"), ("who", "")):
        assert typed(*words).exception.exit_code == 2
    assert "plain.name" in typed("why", "plian.name").exception.why


def test_no_link_for_the_embedded_graph_and_impact(typed) -> None:  # type: ignore[no-untyped-def]
    assert typed("why", "plain.name", "--link").exception.exit_code == 2
    assert json.loads(typed("why", "plain.name", "--json").output)["browser"] is None
    assert harmless(typed("impact").output)
    assert json.loads(typed("impact", "--json").output)["best"]["freed"] == 2  # r0 is held by two
    assert "lose their last" in typed("impact").output


def test_a_link_into_neo4j_browser_is_one_statement_with_plain_values_only() -> None:
    def link(uri: str | None, name: str, **values: str) -> str | None:
        return browser_link(GraphTarget(uri, "ann", "very-secret", None, Path()), f"paths/why-{name}", values)

    told = link("bolt://graph.test:7687", "administrator", workspace="https://a.b", user="x1")
    assert told is not None
    assert "secret" not in told
    parts = urlsplit(told)
    assert (parts.scheme, parts.netloc, parts.path) == ("http", "graph.test:7474", "/browser/")
    query = parse_qs(parts.query)
    assert (query["dbms"], query["cmd"]) == (["bolt://ann@graph.test:7687"], ["edit"])
    text = query["arg"][0]
    assert text.startswith("// Every way of one account to administrator\nCALL () {\n")
    assert "(u:User {workspace: 'https://a.b', id: 'x1'})" in text
    assert not set(";$") & set(text)
    assert (link("neo4j+s://g.test", "role") or "").startswith("https://g.test:7473/browser/")
    for value in ("'; MATCH (n) DETACH DELETE n", "\\u0027", "a\nb", "a;b"):
        assert link("bolt://graph.test", "role", user=value) is None
    assert link(None, "role") is None
    assert link("neo4j+s://x.databases.neo4j.io", "role") is None
    assert WORKSPACE == "acme"
