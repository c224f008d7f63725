"""The real Neo4j Browser in a real Chromium: log in, drop the style sheet and the favourites, ask, and see the picture.

With RC2GRAPH_SCREENSHOTS=1 the pictures in docs/images are taken. Without a Chromium all of it is skipped, and the last
lines of the run say so; RC2GRAPH_REQUIRE_BROWSER=1 makes that a failure.
"""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from rc2graph.browser.favourites import FIRST, favourites
from rc2graph.browser.pages import ONLY_THE_ANSWER
from rc2graph.simulator import Simulator, demo_company
from tests import engines
from tests.browser.page import PASSWORD, VERSION, NotHereError, Page, opened, server
from tests.commands import Desk

pytestmark = (
    pytest.mark.soak
)  # a real Chromium is too fickle for every commit: pytest -m soak tests/test_browser_page.py

CHECKOUT = Path(__file__).parents[1]
IMAGES = CHECKOUT / "docs" / "images"
WORKSPACE = "https://chat.example.org"
SCREENSHOTS = os.environ.get("RC2GRAPH_SCREENSHOTS") == "1"

BLUE, SKY, PINK, GREY = "#0072B2", "#56B4E9", "#CC79A7", "#DDDDDD"
ORANGE, YELLOW, GREEN, VERMILION = "#E69F00", "#F0E442", "#009E73", "#D55E00"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Desk, str]]:
    """A desk with the demo company in a Neo4j that has a Browser, and the Browser's address."""
    desk = Desk(tmp_path_factory.mktemp("browser"))
    company = demo_company()
    company.deactivate("@tom:matrix.example.test")
    company.add_user("old.bot", type="bot", roles=["bot"])
    company.add_member("board", "old.bot")
    company.deactivate("old.bot")
    try:
        with server() as (neo4j, url), Simulator(company) as source:
            engine = neo4j.empty("neo4j", desk.folder / "home")
            desk.at(source, engine).ok("load", "--workspace", WORKSPACE)
            yield desk.at(None, engine), url
    except NotHereError as error:
        if os.environ.get("RC2GRAPH_REQUIRE_BROWSER") == "1":
            pytest.fail(f"RC2GRAPH_REQUIRE_BROWSER=1, but: {error}", pytrace=False)
        engines._missing[f"BROWSER {VERSION}"] = str(error)
        pytest.skip(f"no Neo4j Browser: {error}")


@pytest.fixture(scope="module")
def links(place: tuple[Desk, str]) -> dict[str, str]:
    """What `rc2graph browser` wrote and told."""
    desk, url = place
    told: dict[str, str] = json.loads(desk.ok("browser", "--dir", "kit", "--browser-url", url, "--json"))
    return told


@pytest.fixture(scope="module")
def page(links: dict[str, str]) -> Iterator[Page]:
    with opened() as page:
        yield page


@pytest.fixture(scope="module")
def styled(page: Page, links: dict[str, str], place: tuple[Desk, str]) -> Page:
    """Logged in, and the style sheet dropped."""
    page.open(links["connect"])
    page.drop(place[0].folder / "kit" / "rc2graph.grass")
    page.until(lambda: "node.Deactivated" in (page.stored("grass") or {}))
    return page


def link(links: dict[str, str], text: str) -> str:
    """A deep link for any text, made as the one for the workspace was."""
    from urllib.parse import quote

    return f"{links['connect']}&cmd=edit&arg={quote(text, safe='')}"


def test_a_link_fills_in_the_login_and_puts_its_text_into_the_editor(page: Page, links: dict[str, str]) -> None:
    assert PASSWORD not in json.dumps(links)
    page.chrome.get(links["workspaceLink"])
    form = page.login_form()
    assert form["bolt-scheme-select"] + form["boltaddress"] in links["connect"].replace("%3A", ":").replace(
        "%2F", "/"
    ).replace("neo4j%40", "")
    assert (form["authenticationMethod"], form["username"], form["password"]) == ("NATIVE", "neo4j", "")
    page.open(links["workspaceLink"])
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


def test_the_dropped_favourites_have_their_names_and_run(
    styled: Page, links: dict[str, str], place: tuple[Desk, str]
) -> None:
    styled.open(links["connect"])
    styled.drop(place[0].folder / "kit" / "favourites.zip")
    mine = {FIRST} | {one.name for one in favourites()}
    styled.until(lambda: len([one for one in styled.stored("documents") if not one.get("isStatic")]) >= len(mine))
    assert {folder["name"] for folder in styled.stored("folders") if not folder.get("isStatic")} == set()
    names = styled.favourites()
    assert set(names) == mine
    assert names[0] == FIRST
    assert len({name[:24] for name in names}) == len(names), "as much as the drawer shows tells them apart"
    if SCREENSHOTS:
        styled.photograph(IMAGES / "browser-favourites.png")

    styled.close_drawer()
    styled.open(link(links, ONLY_THE_ANSWER))
    styled.run(expected='"autoComplete": false')
    styled.favourites()
    styled.choose(FIRST)
    styled.run(expected=f'"workspace": "{WORKSPACE}"')
    (ways,) = (one for one in favourites() if (one.folder, one.short) == ("browser", "ways-to-administrator"))
    styled.choose(ways.name)
    assert "".join(styled.editor().split()) == "".join(ways.content.split()), "the editor breaks long lines"
    styled.close_drawer()
    styled.run()
    captions = {node.caption: node for node in styled.nodes()}
    assert {"kurt.keys", "rolf.roles", "role-keeper", "admin"} <= set(captions), "alone, and by a combination"
    assert captions["admin"].fill == captions["role-keeper"].fill == ORANGE
    tier_a = [node for caption, node in captions.items() if caption.startswith("A ")]
    assert {node.fill for node in tier_a} == {YELLOW}
    assert captions["admin"].radius > tier_a[0].radius > captions["kurt.keys"].radius
    edges = styled.edges()
    assert edges["ESCALATES_TO"] == (VERMILION, len(tier_a))
    assert edges["GRANTS"][1] == len([node for node in captions.values() if node.fill == YELLOW]), "none from admin"
    if SCREENSHOTS:
        styled.picture(IMAGES / "browser-administrator.png")


def test_every_picture_is_one_as_it_stands_once_the_workspace_is_chosen(styled: Page, links: dict[str, str]) -> None:
    styled.open(links["workspaceLink"])
    styled.run()
    styled.favourites()
    for one in favourites():
        if one.folder == "browser" and not one.parameters:
            styled.choose(one.name)
            styled.run(expected="Displaying")
            assert styled.nodes(), one.name


def test_a_question_that_is_dropped_as_a_file_shows_its_rows(styled: Page, links: dict[str, str]) -> None:
    styled.open(links["workspaceLink"])
    styled.run()
    styled.drop(CHECKOUT / "cypher" / "review" / "administrators.cypher")
    styled.until(lambda: styled._all(".filedrop-paste-in-editor"))[0].click()
    assert "ana.admin" in styled.run(expected="Started streaming")


def test_the_guide_plays_and_its_lines_go_into_the_editor(
    styled: Page, links: dict[str, str], place: tuple[Desk, str]
) -> None:
    desk, url = place
    served = desk.start("browser", "--dir", "played", "--browser-url", url, "--serve", "--port", "0")
    try:
        assert served.stdout is not None
        told = iter(served.stdout.readline, "")
        play = next(line.split(":play ")[1].strip() for line in told if ":play " in line)
        styled.open(link(links, f":play {play}"))
        assert WORKSPACE in styled.run(expected="1 / 4")
        styled.click_in_answer("pre.runnable")
        styled.until(lambda: styled.editor() == f":param workspace => '{WORKSPACE}'")
        if SCREENSHOTS:
            styled.photograph(IMAGES / "browser-guide.png")
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
    page.run()
    assert {"kurt.keys", "admin"} <= {node.caption for node in page.nodes()}
