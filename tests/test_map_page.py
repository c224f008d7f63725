"""The page of an access map in a real Chromium: with the mouse, with the keyboard, on paper, and by axe-core.

With RC2GRAPH_SCREENSHOTS=1 its picture in docs/images is taken.
"""

import base64
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rc2graph.access.access_map import map_of
from rc2graph.access.target import Access
from rc2graph.access.who import Holder, Holders, Way
from rc2graph.config import GraphTarget
from rc2graph.graph.connect import connect
from rc2graph.render import access_map as render
from rc2graph.simulator import demo_company
from tests import axe
from tests.browser.page import Page, needed, opened
from tests.commands import Desk
from tests.review import world_of
from tests.snapshots import loaded
from tests.test_access_map import ALONE, DIRECT, TOGETHER

IMAGES = Path(__file__).parents[1] / "docs" / "images"
CROWD = 30


@pytest.fixture(scope="module")
def chrome() -> Iterator[Page]:
    with needed(), opened(width=1280, height=900) as page:
        yield page


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two administrators, one who can become it in two ways, one who is switched off, and a crowd."""
    ways: list[tuple[Way, ...]] = [(DIRECT,), (DIRECT, TOGETHER), (TOGETHER,), *[(ALONE,)] * CROWD]
    people = [
        Holder(f"u{n}", f"user.{n}", f"Person {n}", "deactivated" if n == 2 else "active", each)
        for n, each in enumerate(ways)
    ]
    found = Holders(
        "acme", None, Access("role", "admin", "admin"), tuple(people), len(people),
        {"active": len(people) - 1, "deactivated": 1}, {"role": 2, "tier A": CROWD, "tier B": 1}, ("A remark.",),
        ("roles: not permitted",),
    )  # fmt: skip
    path = tmp_path_factory.mktemp("map") / "map.html"
    path.write_text("".join(render.page(map_of(found))), encoding="utf-8")
    return path


@pytest.fixture
def page(chrome: Page, file: Path) -> Any:
    chrome.chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": []})
    chrome.chrome.get("about:blank")
    chrome.chrome.get(file.as_uri())
    return chrome.chrome


def texts(page: Any, selector: str) -> list[str]:
    """What can be seen, outside of small print."""
    return [one.text for one in page.find_elements("css selector", selector) if one.is_displayed()]


def lit(page: Any) -> tuple[set[str], set[str]]:
    """What stands out: people's cards by their first line, and nodes."""
    cards = {one.splitlines()[0] for one in texts(page, ".group.on")}
    return cards, set(texts(page, ".node.on"))


def press(page: Any, text: str) -> None:
    (button,) = (one for one in page.find_elements("css selector", ".map button") if one.text.startswith(text))
    button.click()


def test_everybody_stands_in_layers(page: Any) -> None:
    assert texts(page, ".layers > .title") == ["People", "Roles", "Permissions"]
    assert texts(page, ".group summary") == [f"{CROWD} accounts by user → access-permissions"]
    assert texts(page, ".group .state") == ["deactivated"]
    assert texts(page, ".node") == [
        "admin", "user", "ops", "keeper", "access-permissions", "change-setting-SMTP_Host", "manage-selected-settings",
        "administrator",
    ]  # fmt: skip
    assert "33 accounts are or can become administrator. 2 by role, 30 by a tier A" in page.page_source
    assert texts(page, ".box.unseen li") == ["roles: not permitted"]
    assert page.execute_script("return performance.getEntriesByType('resource').length") == 0
    assert page.get_log("browser") == []


def test_every_line_ends_at_its_cards(page: Any) -> None:
    """Also after a card was opened, which moves the others."""
    ends = """
      const origin = document.querySelector('.lines').getBoundingClientRect();
      const boxes = [...document.querySelectorAll('.group, .node')].map(one => one.getBoundingClientRect());
      const near = (x, y) => boxes.some(box => y > box.top && y < box.bottom
        && Math.min(Math.abs(x - box.left), Math.abs(x - box.right)) < 2);
      return [...document.querySelectorAll('.lines path')].map(path => {
        const [first, last] = [path.getPointAtLength(0), path.getPointAtLength(path.getTotalLength())];
        return near(first.x + origin.left, first.y + origin.top) && near(last.x + origin.left, last.y + origin.top);
      })"""
    assert set(page.execute_script(ends)) == {True}
    page.find_element("css selector", ".group summary").click()
    page.execute_async_script("requestAnimationFrame(() => setTimeout(arguments[0], 50))")
    assert set(page.execute_script(ends)) == {True}


def test_a_person_shows_their_paths(page: Any) -> None:
    press(page, "user.1")
    assert lit(page) == (
        {"user.0 Person 0"},
        {"admin", "ops", "keeper", "change-setting-SMTP_Host", "manage-selected-settings", "administrator"},
    )
    (panel,) = texts(page, ".panel")
    for told in (
        "user.1, Person 1", "admin (role)",
        "ops → change-setting-SMTP_Host with manage-selected-settings (keeper) (tier B)",
        "Only if mail is sent.", "Mail through a relay.",
    ):  # fmt: skip
        assert told in panel
    press(page, "user.0")
    assert lit(page) == ({"user.0 Person 0"}, {"admin", "administrator"})
    press(page, "user.0")
    assert (lit(page), texts(page, ".panel")) == ((set(), set()), []), "pressed again, it is as before"


def test_a_role_shows_who_has_it_and_where_it_leads(page: Any) -> None:
    press(page, "keeper")
    assert lit(page)[1] == {"ops", "keeper", "change-setting-SMTP_Host", "manage-selected-settings", "administrator"}
    assert "2 accounts: user.1, user.2" in texts(page, ".panel")[0]


def test_the_keyboard_does_it_too(page: Any) -> None:
    from selenium.webdriver.common.keys import Keys

    field = page.find_element("css selector", ".map input")
    field.send_keys("person 17")
    page.execute_async_script("setTimeout(arguments[0], 250)")
    assert texts(page, ".found li") == ["user.17 Person 17"]
    field.send_keys(Keys.TAB)
    page.switch_to.active_element.send_keys(Keys.ENTER)
    assert "user.17, Person 17" in texts(page, ".panel")[0]
    assert lit(page)[1] == {"user", "access-permissions", "administrator"}
    page.switch_to.active_element.send_keys(Keys.ESCAPE)
    assert texts(page, ".panel") == []
    field.send_keys(Keys.CONTROL, "a")
    field.send_keys("nobody of that name")
    page.execute_async_script("setTimeout(arguments[0], 250)")
    assert texts(page, ".found li") == ["Nobody of this name is in the map."]


def test_without_scripts_it_can_be_read(page: Any, file: Path) -> None:
    page.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        page.get(file.as_uri())
        words = page.find_element("css selector", ".words").get_attribute("textContent")
        assert "user.0, user.1: admin" in words
        assert "user.31, user.32: user → access-permissions" in words
        assert "Only if mail is sent." in words
    finally:
        page.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


@pytest.mark.parametrize("landscape", [False, True])
def test_on_paper_it_fits_the_sheet(page: Any, landscape: bool) -> None:
    width = 1031 if landscape else 703  # pixels of A4 between the margins
    metrics = {"width": width, "height": 703 if landscape else 1000, "deviceScaleFactor": 1, "mobile": False}
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print", "features": []})
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    assert page.execute_script("return document.documentElement.scrollWidth") <= width
    assert texts(page, ".map input") == []
    page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    sheet = page.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True, "landscape": landscape})["data"]
    assert base64.b64decode(sheet).startswith(b"%PDF")


def test_axe_finds_nothing(page: Any) -> None:
    assert axe.violations(page) == {}
    press(page, "user.1")
    assert axe.violations(page) == {}


@pytest.mark.soak  # pytest -m soak tests/test_map_page.py
def test_the_pages_of_the_company(chrome: Page, tmp_path: Path) -> None:
    """By axe-core, all kinds of pages of people, and in the documents."""
    pytest.importorskip("arcadedb", exc_type=ImportError)
    desk = Desk(tmp_path, {"NEO4J_URI": "", "RC2GRAPH_HOME": str(tmp_path / "home")})
    with connect(GraphTarget(home=tmp_path / "home"), write=True, wait=10) as graph:
        loaded(graph, world_of(demo_company()), tmp_path / "world.sqlite")
    for name, words in {
        "map": ("who", "admin"), "team": ("who", "team:board"), "review": ("review",),
        "why": ("why", "kurt.keys", "admin"),
        "account": ("why", "sven.settings"),
    }.items():  # fmt: skip
        desk.ok(*words, "--html", f"{name}.html")
        chrome.chrome.get((tmp_path / f"{name}.html").as_uri())
        assert axe.violations(chrome.chrome) == {}, name
        assert chrome.chrome.get_log("browser") == []
    if os.environ.get("RC2GRAPH_SCREENSHOTS") == "1":
        chrome.chrome.get((tmp_path / "map.html").as_uri())
        press(chrome.chrome, "kurt.keys")
        chrome.photograph(IMAGES / "map.png")
