"""The real Neo4j Browser in a real Chromium: log in, drop the style sheet and the favourites, ask, and see the picture.

With RC2GRAPH_SCREENSHOTS=1 the pictures in docs/images are taken. Without a Chromium all of it is skipped, and the last
lines of the run say so; RC2GRAPH_REQUIRE_BROWSER=1 makes that a failure.
"""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from rc2graph.reports.browser.favourites import FIRST, favourites
from rc2graph.reports.browser.pages import ONLY_THE_ANSWER
from rc2graph.simulator import demo_company
from tests.browser.page import PASSWORD, USUAL, VERSION, Page, needed, opened, server
from tests.commands import Desk
from tests.faults import Simulator

CHECKOUT = Path(__file__).parents[1]
IMAGES = CHECKOUT / "docs" / "images"
WORKSPACE = "https://chat.example.org"
pytestmark = pytest.mark.soak  # some minutes, and fickle beside other tests: pytest -m soak tests/test_browser_page.py
SCREENSHOTS = os.environ.get("RC2GRAPH_SCREENSHOTS") == "1"
HOSTILE = "'\"}) MATCH (n) DETACH DELETE n; //\\u0027\n<script>document.title = 'evil'</script> лена ☃ 🙂"

BLUE, SKY, PINK, GREY = "#0072B2", "#56B4E9", "#CC79A7", "#DDDDDD"
ORANGE, YELLOW, GREEN, VERMILION = "#E69F00", "#F0E442", "#009E73", "#D55E00"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Desk, str]]:
    """A desk with the demo company in a Neo4j that has a Browser, and where that is."""
    desk = Desk(tmp_path_factory.mktemp("browser"))
    company = demo_company()
    company.deactivate("@tom:matrix.example.test")
    company.add_user("old.bot", type="bot", roles=["bot"])
    company.add_member("board", "old.bot")
    company.deactivate("old.bot")
    company.add_user(HOSTILE, roles=["user", "team-lead"])
    with needed(f"NEO4J BROWSER {VERSION}"), server() as (neo4j, at), Simulator(company) as source:
        engine = neo4j.empty("neo4j", desk.folder / "home")
        desk.at(source, engine).ok("load", "--workspace", WORKSPACE)
        yield desk.at(None, engine), at


@pytest.fixture(scope="module")
def links(place: tuple[Desk, str]) -> dict[str, str]:
    """What `rc2graph browser` wrote and told."""
    told: dict[str, str] = json.loads(place[0].ok("browser", "--dir", "kit", "--json"))
    return told


@pytest.fixture(scope="module")
def page(place: tuple[Desk, str]) -> Iterator[Page]:
    """One Chromium for all of it. For it the Browser is at its usual port, where every link leads."""
    with opened(mapped={USUAL: place[1]}) as page:
        yield page


@pytest.fixture(scope="module")
def styled(page: Page, links: dict[str, str], place: tuple[Desk, str]) -> Page:
    """Logged in, told to draw the answer alone, and the style sheet dropped."""
    page.open(link(links, ONLY_THE_ANSWER))
    page.run(expected='"autoComplete": false')
    page.drop(place[0].folder / "kit" / "rc2graph.grass")
    page.until(lambda: "node.Deactivated" in (page.stored("grass") or {}))
    return page


@pytest.fixture(scope="module")
def stocked(styled: Page, place: tuple[Desk, str]) -> Page:
    """And the favourites dropped."""
    styled.drop(place[0].folder / "kit" / "favourites.zip")
    mine = len(favourites()) + 1
    styled.until(lambda: len([one for one in styled.stored("documents") if not one.get("isStatic")]) >= mine)
    return styled


def link(links: dict[str, str], text: str) -> str:
    """A deep link for any text, made as the one for the workspace was."""
    return f"{links['connect']}&cmd=edit&arg={quote(text, safe='')}"


def choose_workspace(page: Page, links: dict[str, str]) -> None:
    """By its link, unless it is chosen since the page was loaded."""
    if not page.chosen:
        page.open(links["workspaceLink"])
        page.run(expected=f'"workspace": "{WORKSPACE}"')
        page.chosen = WORKSPACE


def captions(page: Page, *expected: str) -> set[str]:
    """Of the newest picture. One that was too long for its circle is written out as it was expected."""
    shown = {node.caption for node in page.nodes()}
    whole = {one: one for one in shown if not one.endswith("…")}
    whole |= {one: each for one in shown - whole.keys() for each in expected if each.startswith(one[:-1])}
    return {whole.get(one, one) for one in shown}


def test_a_link_fills_in_the_login_and_puts_its_text_into_the_editor(page: Page, links: dict[str, str]) -> None:
    assert PASSWORD not in json.dumps(links)
    assert links["workspaceLink"].startswith(f"http://{USUAL}/browser/?")
    page.chrome.get(links["workspaceLink"])
    form = page.login_form()
    assert quote(form["bolt-scheme-select"] + "neo4j@" + form["boltaddress"], safe="") in links["connect"]
    assert (form["authenticationMethod"], form["username"], form["password"]) == ("NATIVE", "neo4j", "")
    page.log_in()
    assert page.until(page.editor) == f":param workspace => '{WORKSPACE}'"
    page.run(expected=f'"workspace": "{WORKSPACE}"')


def test_the_style_tells_kinds_of_accounts_apart_by_more_than_colour(styled: Page, links: dict[str, str]) -> None:
    """A user has up to four labels. The last rule of the sheet that fits counts, so what is deactivated comes last."""
    styled.open(link(links, f"""
        MATCH way = (u:User {{workspace: '{WORKSPACE}'}})-[:MEMBER_OF]->(t:Team)
        WHERE (t.name = 'platform-eng' AND u.username <> 'kurt.keys') OR u.username IN ['old.bot', 'deploy.bot']
          OR u.username STARTS WITH '@tom'
        RETURN way"""))  # fmt: skip
    styled.run()
    nodes = {node.caption: node for node in styled.nodes()}

    def look(begin: str) -> tuple[str, str, str, float]:
        (found,) = (node for caption, node in nodes.items() if caption.startswith(begin))
        return found.fill, found.border, found.width, found.radius

    assert look("hedi.help") == (BLUE, "#00395A", "1px", 35)
    assert look("service deploy") == (SKY, "#0B4A70", "4px", 30)
    assert look("federated @mia") == (PINK, "#7A2F57", "4px", 35)
    assert look("OFF olaf.old") == (GREY, "#00395A", "6px", 35), "grey, with the border of a person"
    assert look("OFF service") == (GREY, "#0B4A70", "6px", 30), "grey, with border and size of a service account"
    assert look("OFF federated") == (GREY, "#7A2F57", "6px", 35), "grey, with the border of somebody federated"
    assert look("platform-eng")[0] == GREEN
    if SCREENSHOTS:
        styled.picture(IMAGES / "browser-team.png")


def test_the_dropped_favourites_have_their_names_and_run(stocked: Page) -> None:
    mine = {FIRST} | {one.name for one in favourites()}
    assert {folder["name"] for folder in stocked.stored("folders") if not folder.get("isStatic")} == set()
    names = stocked.favourites()
    assert set(names) == mine
    assert names[0] == FIRST
    assert len({name[:24] for name in names}) == len(names), "as much as the drawer shows tells them apart"
    if SCREENSHOTS:
        stocked.photograph(IMAGES / "browser-favourites.png")

    stocked.choose(FIRST)
    stocked.run(expected=f'"workspace": "{WORKSPACE}"')
    stocked.chosen = WORKSPACE
    (ways,) = (one for one in favourites() if (one.folder, one.short) == ("browser", "ways-to-administrator"))
    stocked.choose(ways.name)
    assert "".join(stocked.editor().split()) == "".join(ways.content.split()), "the editor breaks long lines"
    stocked.close_drawer()
    stocked.run()
    shown = {node.caption: node for node in stocked.nodes()}
    assert {"kurt.keys", "rolf.roles", "role-keeper", "admin"} <= set(shown), "alone, and by a combination"
    assert shown["admin"].fill == shown["role-keeper"].fill == ORANGE
    tier_a = [node for caption, node in shown.items() if caption.startswith("A ")]
    assert {node.fill for node in tier_a} == {YELLOW}
    assert shown["admin"].radius > tier_a[0].radius > shown["kurt.keys"].radius
    edges = stocked.edges()
    assert edges["ESCALATES_TO"] == (VERMILION, len(tier_a))
    assert edges["GRANTS"][1] == len([node for node in shown.values() if node.fill == YELLOW]), "none from admin"
    if SCREENSHOTS:
        stocked.picture(IMAGES / "browser-administrator.png")


def test_every_picture_is_one_as_it_stands_once_the_workspace_is_chosen(stocked: Page, links: dict[str, str]) -> None:
    choose_workspace(stocked, links)
    stocked.favourites()
    for one in favourites():
        if one.folder == "browser" and not one.parameters:
            stocked.choose(one.name)
            stocked.run(expected="Displaying")
            assert stocked.nodes(), one.name
    stocked.close_drawer()


def test_a_question_that_is_dropped_as_a_file_shows_its_rows(styled: Page, links: dict[str, str]) -> None:
    choose_workspace(styled, links)
    styled.drop(CHECKOUT / "cypher" / "review" / "administrators.cypher")
    styled.press(".filedrop-paste-in-editor")
    styled.until(lambda: "administrator" in styled.editor())
    assert "ana.admin" in styled.run(expected="Started streaming")


def test_the_link_of_why_opens_its_very_paths(styled: Page, place: tuple[Desk, str]) -> None:
    told = place[0].ok("why", "kurt.keys", "admin", "--link").strip()
    styled.open(told)
    assert styled.until(styled.editor).startswith("// Every way of one account to administrator")
    styled.run(expected="Displaying")
    way = ("kurt.keys", "permission-admin", "A access-permissions", "admin")
    assert captions(styled, *way) == set(way)
    assert {kind: count for kind, (_, count) in styled.edges().items()} == {
        "HAS_ROLE": 1, "GRANTS": 1, "ESCALATES_TO": 1,
    }  # fmt: skip
    if SCREENSHOTS:
        styled.picture(IMAGES / "browser-why.png")


def test_a_hostile_name_is_a_caption_and_nothing_else(styled: Page, place: tuple[Desk, str]) -> None:
    """The link has the account's id; the name comes from the graph."""
    desk, _ = place
    count = ("query", "MATCH (n) RETURN count(n) AS n", "--json")
    before = desk.ok(*count)
    told = desk.ok("why", HOSTILE, "role:team-lead", "--link").strip()
    assert "DELETE" not in told
    styled.open(told)
    styled.run(expected="Displaying")
    (name,) = captions(styled) - {"team-lead"}
    assert name.startswith("'\"})")
    assert styled.chrome.title != "evil"
    assert desk.ok(*count) == before


def test_the_guide_plays_and_its_lines_go_into_the_editor(
    styled: Page, links: dict[str, str], place: tuple[Desk, str]
) -> None:
    desk, _ = place
    served = desk.start("browser", "--dir", "played", "--serve", "--port", "0")
    try:
        assert served.stdout is not None
        told = iter(served.stdout.readline, "")
        play = next(line.split(":play ")[1].strip() for line in told if ":play " in line)
        styled.open(link(links, f":play {play}"))
        assert WORKSPACE in styled.run(expected="1 / 4")
        styled.take_over(f":param workspace => '{WORKSPACE}'")
    finally:
        served.send_signal(signal.SIGINT)
        _, err = served.communicate(timeout=20)
    assert served.returncode == 0, err


def test_the_page_of_links_shows_without_any_server(page: Page, links: dict[str, str], place: tuple[Desk, str]) -> None:
    index = place[0].folder / "kit" / "index.html"
    page.chrome.get(index.as_uri())
    assert page._text("h1") == WORKSPACE
    targets = [each.get_attribute("href") for each in page._all("ul a")]
    assert len(targets) == len(favourites())
    if SCREENSHOTS:
        page.photograph(IMAGES / "browser-links.png")
    (ways,) = (target for target in targets if "picture-ways-to-administrator" in target)
    page.open(ways)
    page.run(expected="Displaying")
    assert {"kurt.keys", "admin"} <= captions(page)
