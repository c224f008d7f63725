"""The page of `rc2graph why … --html FILE` in a real Chromium: on a screen, in a narrow window, in the dark, on paper.

With RC2GRAPH_SCREENSHOTS=1 its picture in docs/images is taken. Without a Chromium all of it is skipped, and the last
lines of the run say so; RC2GRAPH_REQUIRE_BROWSER=1 makes that a failure.
"""

import base64
import os
import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from rc2graph.cli import app
from rc2graph.config import GraphTarget
from rc2graph.graph.connect import connect
from rc2graph.simulator import demo_company
from tests.browser.page import Page, needed, opened
from tests.review import world_of
from tests.snapshots import World, loaded

IMAGES = Path(__file__).parents[1] / "docs" / "images"
A4 = 703  # pixels between the margins of a page
POINTS = 72 / 96  # of a pixel
HOSTILE = (
    "<script>document.title = 'evil'</script>",
    "<img src=http://127.0.0.1:{port}/x onerror=alert(1)>",
    "</title></style></svg><iframe src=http://127.0.0.1:{port}/y></iframe>",
    "url(http://127.0.0.1:{port}/z); }} body {{ display: none",
    "two\nlines; 'quoted' \"twice\" \\ лена ☃ 🙂",
)
WATCHED = """
  window.trouble = []
  addEventListener('securitypolicyviolation', event => trouble.push(event.blockedURI))
  alert = text => trouble.push('alert ' + text)
"""
Written = Callable[..., Path]


@pytest.fixture(scope="module")
def listener() -> Iterator[socket.socket]:
    """Somebody who waits for a request of the page."""
    with socket.create_server(("127.0.0.1", 0)) as waiting:
        waiting.setblocking(False)
        yield waiting


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory, listener: socket.socket) -> Written:
    """What `rc2graph why` writes of the demo company, or of one where everything is named by an enemy."""
    pytest.importorskip("arcadedb", exc_type=ImportError)
    folder = tmp_path_factory.mktemp("why")
    hostile = World()
    hostile.role("admin", "delete-user")
    for number, text in enumerate(HOSTILE):
        name = text.format(port=listener.getsockname()[1])
        hostile.role(f"r{number}", f"perm-{number} {name}", "access-permissions", name=name)
        hostile.user(f"u{number}", *[f"r{each}" for each in range(number + 1)], username=name, name=name)
        hostile.team(f"t{number}", f"u{number}", name=f"t {name}", private=True)
    for number in range(30):
        hostile.role(f"many{number}", f"p{number}", *["access-permissions"][: number % 7 == 0], name=f"role {number}")
    hostile.user("many", "admin", *[f"many{number}" for number in range(30)])
    for home, world in {"demo": world_of(demo_company()), "hostile": hostile}.items():
        with connect(GraphTarget(home=folder / home), write=True, wait=10) as graph:
            loaded(graph, world, folder / f"{home}.sqlite")

    def why(home: str, *words: str) -> Path:
        file = folder / "page.html"
        env = {"RC2GRAPH_HOME": str(folder / home), "NEO4J_URI": ""}
        done = CliRunner().invoke(app, ["why", *words, "--html", str(file)], env=env)
        assert done.exit_code == 0, done.exception
        return file

    return why


@pytest.fixture(scope="module")
def page(written: Written) -> Iterator[Page]:
    with needed(), opened(width=1100, height=800) as page:
        page.chrome.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WATCHED})
        yield page


@pytest.fixture
def screen(page: Page) -> Iterator[Page]:
    """As it is at first."""
    yield page
    page.chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": []})
    page.chrome.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def show(page: Page, file: Path) -> None:
    page.chrome.get("about:blank")
    page.chrome.get(file.as_uri())


def wide(page: Page, width: int, height: int = 800, **media: Any) -> None:
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    page.chrome.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    page.chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": [], **media})


def boxes(page: Page) -> list[tuple[str, list[str], float]]:
    """What a person sees of each box: its kind, its lines, how far to the right; from left to right."""
    found: list[Any] = page.chrome.execute_script("""
      return [...document.querySelectorAll('svg g')].map(box => [box.getAttribute('class'),
        [...box.querySelectorAll('text')].map(text => text.textContent), box.getBoundingClientRect().x])""")
    return sorted(((kind, lines, x) for kind, lines, x in found), key=lambda box: box[2])


def printed(page: Page) -> bytes:
    from selenium.webdriver.common.print_page_options import PrintOptions

    options = PrintOptions()
    options.page_width, options.page_height = 21.0, 29.7
    return base64.b64decode(page.chrome.print_page(options))


def test_person_roles_permissions_and_administrator_stand_in_layers(screen: Page, written: Written) -> None:
    show(screen, written("demo", "kurt.keys", "admin"))
    assert [(kind, lines) for kind, lines, _ in boxes(screen)] == [
        ("user", ["kurt.keys", "account"]),
        ("role", ["permission-admin", "role"]),
        ("tierA", ["access-permissions", "permission, tier A"]),
        ("admin", ["admin", "administrator"]),
    ]
    assert len({x for _, _, x in boxes(screen)}) == 4
    assert screen._text("h1") == "kurt.keys can become administrator."
    if os.environ.get("RC2GRAPH_SCREENSHOTS") == "1":
        wide(screen, 1040, 600)
        screen.photograph(IMAGES / "why-page.png")


@pytest.mark.parametrize("user", ["ana.admin", "rolf.roles", "rita.retired", "otto.owner"])
def test_a_line_runs_behind_no_box_that_it_only_passes(screen: Page, written: Written, user: str) -> None:
    """Else a room that an administrator reads would look as if it led to administrator."""
    show(screen, written("demo", user))
    assert screen.chrome.execute_script("return document.querySelectorAll('path').length") >= 2
    crossed = screen.chrome.execute_script("""
      const boxes = [...document.querySelectorAll('rect')].map(rect => rect.getBBox())
      return [...document.querySelectorAll('path')].flatMap(path =>
        Array.from({length: 200}, (_, n) => path.getPointAtLength(path.getTotalLength() * n / 199)).filter(at =>
          boxes.some(box => box.x + 1 < at.x && at.x < box.x + box.width - 1
                         && box.y - 1 < at.y && at.y < box.y + box.height + 1))).length""")
    assert crossed == 0


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_a_hostile_name_is_text_and_no_request_leaves_the_page(
    screen: Page, written: Written, listener: socket.socket, number: int
) -> None:
    for words in ([f"id:u{number}"], [f"id:u{number}", "admin"]):
        show(screen, written("hostile", *words))
        name = HOSTILE[number].format(port=listener.getsockname()[1]).replace("\n", "⏎")
        assert name in screen._text("h1")
        assert screen.chrome.title == screen._text("h1")
        assert "".join(boxes(screen)[0][1]).startswith(name[:20])
        strange = "return document.querySelectorAll('script, img, iframe, [onerror], [src]').length"
        assert screen.chrome.execute_script(strange) == 0
        assert screen.chrome.execute_script("return trouble") == []
        assert screen.chrome.execute_script("return performance.getEntriesByType('resource').length") == 0
    with pytest.raises(BlockingIOError):
        listener.accept()


def test_on_paper_nothing_is_cut_off_and_every_letter_can_be_read(screen: Page, written: Written) -> None:
    for words, pages in ((("demo", "ana.admin"), 1), (("demo", "rolf.roles", "admin"), 1), (("hostile", "id:u4"), 2)):
        show(screen, written(*words))
        wide(screen, A4, media="print")
        right, small, full = screen.chrome.execute_script("""
          const svg = document.querySelector('svg'), width = svg.getBoundingClientRect().width
          const scale = width / svg.viewBox.baseVal.width
          const sizes = [...svg.querySelectorAll('text')].map(text => parseFloat(getComputedStyle(text).fontSize))
          return [document.documentElement.scrollWidth, Math.min(...sizes) * scale, width]""")
        assert right <= A4
        assert small * POINTS >= 7
        assert full <= A4
        pdf = printed(screen)
        assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == pages, words


def test_a_tall_picture_is_cut_between_its_rows_only(screen: Page, written: Written) -> None:
    show(screen, written("hostile", "id:many"))
    assert len(boxes(screen)) == 1 + 30 + 1 + 1
    wide(screen, A4, media="print")
    strips = screen.chrome.execute_script("""
      return [...document.querySelectorAll('.scroll > svg')].map(strip => {
        const {y, height} = strip.viewBox.baseVal
        const boxes = [...strip.querySelectorAll('rect')].map(rect => rect.getBBox())
        return [strip.getBoundingClientRect().height,
          ...boxes.flatMap(box => [box.y - y, y + height - box.y - box.height])]
      })""")
    assert len(strips) > 4
    assert max(height for height, *_ in strips) < 500, "half a page at most is left empty"
    assert min(room for _, *rooms in strips for room in rooms) >= 2, "no box is cut"


def test_on_black_and_white_paper_a_line_that_suffices_is_told_by_its_width(screen: Page, written: Written) -> None:
    looks = {}
    for user in ("kurt.keys", "rolf.roles"):
        show(screen, written("demo", user, "admin"))
        wide(screen, A4, media="print")
        looks[user] = screen.chrome.execute_script("""
          return [...document.querySelectorAll('path')].map(path => getComputedStyle(path)).map(style =>
            [parseFloat(style.strokeWidth), style.strokeDasharray != 'none'])""")
        fills = "return [...document.querySelectorAll('rect')].map(rect => getComputedStyle(rect).fill)"
        assert set(screen.chrome.execute_script(fills)) == {"rgb(255, 255, 255)"}, "grey eats letters"
    (*plain, (strong, dashed)), (*_, (_, weak)) = looks["kurt.keys"], looks["rolf.roles"]
    assert strong > 2 * max(width for width, _ in plain)
    assert (dashed, weak) == (False, True)


def test_in_a_narrow_window_the_picture_scrolls_and_the_page_does_not(screen: Page, written: Written) -> None:
    show(screen, written("hostile", "id:u4"))
    wide(screen, 360)
    page_is, picture_is = screen.chrome.execute_script("""
      const frame = document.querySelector('.scroll')
      return [document.documentElement.scrollWidth, frame.scrollWidth - frame.clientWidth]""")
    assert page_is <= 360
    assert picture_is > 0


def test_in_the_dark_it_is_dark(screen: Page, written: Written) -> None:
    show(screen, written("demo", "kurt.keys"))
    wide(screen, 1000, features=[{"name": "prefers-color-scheme", "value": "dark"}])
    body = "const style = getComputedStyle(document.body); return [style.backgroundColor, style.color]"
    assert screen.chrome.execute_script(body) == ["rgb(21, 24, 28)", "rgb(228, 231, 234)"]
