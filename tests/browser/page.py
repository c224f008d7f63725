"""Neo4j Browser in a real Chromium, and what a person does there: log in, drop a file, press the arrow, look.

Chromium and its driver come from the system (`apt-get install chromium chromium-driver`), the server from Maven Central
(tests/engines.py), the Browser from one more jar (pom.xml beside this page). Chromium reaches nothing but this machine.
"""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import neo4j
import pytest

from tests import engines

VERSION = "5.24.0"
POM = Path(__file__).with_name("pom.xml")
PASSWORD = "a-password-for-tests"
USUAL = "127.0.0.1:7474"
"""Where a Neo4j serves its Browser by itself, and so where links lead. Chromium takes another port for it."""
LONGEST = 90.0  # seconds that anything on a page may take here; some 3 on an idle machine
BINARIES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CONNECTED = "You are connected as user"
Found = TypeVar("Found")


class NotHereError(Exception):
    """There is no Browser to test with; the text says why."""


@contextmanager
def needed(what: str = "CHROMIUM") -> Iterator[None]:
    """Without one in the block, skip and say so in the last lines of the run, or fail where it is required."""
    try:
        yield
    except NotHereError as error:
        if os.environ.get("RC2GRAPH_REQUIRE_BROWSER") == "1":
            pytest.fail(f"RC2GRAPH_REQUIRE_BROWSER=1, but: {error}", pytrace=False)
        engines._missing[what] = str(error)
        pytest.skip(f"{what}: {error}")


@dataclass(frozen=True)
class Node:
    """A circle of the picture. Captions that are too long end in `…`."""

    caption: str
    fill: str
    border: str
    width: str
    radius: float


@contextmanager
def server() -> Iterator[tuple[engines.Server, str]]:
    """An empty Neo4j that serves its Browser, and where: host and port."""
    chromium()
    try:
        java, jars = engines._java(engines.LTS), engines._classpath(engines.LTS)
        jars += os.pathsep + _browser_jar()
        port = engines._free_port()
        conf = {
            "server.http.enabled": "true",
            "server.http.listen_address": f"127.0.0.1:{port}",
            "client.allow_telemetry": "false",
        }
        with engines.started(java, jars, engines.LTS, **conf) as uri:
            engines._log_in(uri, PASSWORD)
            with neo4j.GraphDatabase.driver(uri, auth=("neo4j", PASSWORD)) as driver:
                yield engines.Server(uri, "neo4j", PASSWORD, driver), f"127.0.0.1:{port}"
    except engines._NoneHereError as error:
        raise NotHereError(str(error)) from error


def _browser_jar() -> str:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "rc2graph-tests"
    cached = cache / f"browser-{VERSION}.classpath"
    if not cached.is_file() or not Path(cached.read_text()).is_file():
        mvn = shutil.which("mvn")
        if mvn is None:
            raise NotHereError("no mvn")
        fetch = [mvn, "-q", "-B", "-f", str(POM), f"-Dbrowser.version={VERSION}", "dependency:build-classpath"]
        done = subprocess.run([*fetch, f"-Dmdep.outputFile={cached}"], capture_output=True, text=True, timeout=600)
        if done.returncode:
            raise NotHereError(f"Maven fails: {(done.stdout + done.stderr).strip()[:200]}")
    return cached.read_text()


def chromium() -> tuple[str, str]:
    """The programs: Chromium and its driver."""
    binary = next(filter(None, map(shutil.which, BINARIES)), None)
    driver = shutil.which("chromedriver")
    if binary is None or driver is None:
        raise NotHereError(f"no {'chromium' if binary is None else 'chromedriver'}")
    try:
        import selenium  # noqa: F401
    except ImportError:
        raise NotHereError("no selenium") from None
    return binary, driver


@contextmanager
def opened(*, width: int = 1400, height: int = 1000, mapped: Mapping[str, str] | None = None) -> Iterator["Page"]:
    """A Chromium that was never used before, and reaches this machine alone. `mapped`: host:port → another."""
    from selenium import webdriver

    binary, driver = chromium()
    ways = {**(mapped or {}), "127.0.0.1": "127.0.0.1", "localhost": "127.0.0.1", "*": "~NOTFOUND"}
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    for argument in (
        "--headless=new", "--disable-dev-shm-usage", f"--window-size={width},{height}",
        "--host-resolver-rules=" + ", ".join(f"MAP {name} {to}" for name, to in ways.items()),
        *(["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []),
    ):  # fmt: skip
        options.add_argument(argument)
    chrome = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    try:
        yield Page(chrome)
    finally:
        chrome.quit()


class Page:
    """The one page that is open."""

    def __init__(self, chrome: Any) -> None:
        self.chrome = chrome
        self.chosen = ""
        """The workspace that was chosen since the page was loaded; a load forgets it."""
        self.logged_in = False
        """Once in this browser. It then connects by itself, and the form only shows for a moment: who fills it in then
        connects twice, and loses what was on the page."""

    def open(self, url: str, password: str = PASSWORD) -> None:
        """Open a link, and log in where the form asks for the password; everything else stands in it already."""
        self.chosen = ""
        self.chrome.get(url)
        self.log_in(password)

    def log_in(self, password: str = PASSWORD) -> None:
        """Until the Browser says as whom, and knows in which database."""
        if not self.logged_in:

            def typed() -> bool:
                form = self._all("[data-testid=password]")[-1]
                if form.get_attribute("value") != password:
                    form.clear()
                    form.send_keys(password)
                return bool(form.get_attribute("value") == password)

            self.until(typed)
            self.press("[data-testid=connect]")
            self.logged_in = True

        def connected() -> bool:
            text: str = self.chrome.execute_script("return document.body.innerText")
            return CONNECTED in text and not re.search(r"(?m)^\$", text)  # a prompt without a database

        self.until(connected)

    def login_form(self) -> dict[str, str]:
        """What stands in the form. It is opened where this browser is not logged in."""
        self.until(lambda: self._all("[data-testid=password]"))
        names = ("bolt-scheme-select", "boltaddress", "authenticationMethod", "username", "password")
        return {name: self._all(f"[data-testid={name}]")[-1].get_attribute("value").strip() for name in names}

    def editor(self) -> str:
        lines = "[...document.querySelectorAll('[data-testid=activeEditor] .view-line')]"
        script = f"return {lines}.sort((a, b) => parseInt(a.style.top) - parseInt(b.style.top)).map(e => e.textContent)"
        return "\n".join(self.chrome.execute_script(script)).replace("\xa0", " ")

    def run(self, expected: str = "") -> str:
        """Press the arrow beside the editor, and wait until the new frame says what is expected: its text."""
        self.until(self.editor)
        before = self._frames()[:1]
        self._press(self._all("[data-testid=editor-Run]")[-1])
        self.until(lambda: self._frames()[:1] != before)
        return self.until(lambda: self._answer(expected))

    def _answer(self, expected: str) -> str:
        # innerText: `text` of selenium leaves out what is scrolled away
        text: str = self.chrome.execute_script("return arguments[0].innerText", self._frames()[0])
        return text if len(text.splitlines()) > 1 and (expected in text or "ERROR" in text) else ""

    def take_over(self, text: str) -> None:
        """Click a line of the guide in the newest frame, so that it comes into the editor."""

        def taken() -> bool:
            lines = self._frames()[0].find_elements("css selector", "pre.runnable")
            self._press(next(each for each in lines if each.get_attribute("textContent").strip() == text))
            return self.editor() == text

        self.until(taken)

    def drop(self, file: Path) -> None:
        """As from a file manager, onto the middle of the page.

        Where something moves below the pointer, Chromium tells the page that it enters there and not that it hovers;
        a drop just then is refused. A person tries again.
        """
        data = {"items": [], "files": [str(file)], "dragOperationsMask": 1}
        self.chrome.execute_script("""
          window.dropped = false
          addEventListener('drop', () => window.dropped = true, {capture: true, once: true})""")

        def dropped() -> bool:
            for kind in ("dragEnter", "dragOver", "dragOver", "drop"):
                event = {"type": kind, "x": 700, "y": 600, "data": data}
                self.chrome.execute_cdp_cmd("Input.dispatchDragEvent", event)
            told: bool = self.chrome.execute_script("return window.dropped")
            return told

        self.until(dropped)
        self.until(lambda: self._all(".has-user-select") or not self._all(".has-file-hovering"))

    def press(self, css: str) -> None:
        self._press(self.until(lambda: self._all(css))[0])

    def stored(self, name: str) -> Any:
        """What Neo4j Browser keeps in this browser."""
        return self.chrome.execute_script("return JSON.parse(localStorage.getItem('neo4j.' + arguments[0]))", name)

    def favourites(self) -> list[str]:
        """Open the drawer, and read the names of those that are not the Browser's own."""
        if not self._all("[data-testid^=scriptTitle]"):
            self._press(self._all("[data-testid=navigationFavorites]")[0])
        titles = "[...document.querySelectorAll('[data-testid^=scriptTitle]')]"
        script = f"return {titles}.map(each => each.innerText.trim())"

        def named() -> list[str]:
            names: list[str] = self.chrome.execute_script(script)
            return names if all(names) else []  # they slide in

        return self.until(named)

    def choose(self, favourite: str) -> None:
        """Click a favourite: its text comes into the editor."""
        self._press(self._all("[data-testid^=scriptTitle]")[self.favourites().index(favourite)])
        self.until(lambda: "".join(self.editor().split()).startswith("".join(f"//{favourite}".split())))

    def close_drawer(self) -> None:
        self._press(self._all("[data-testid=navigationFavorites]")[0])
        self.until(lambda: not self._all("[data-testid^=scriptTitle]"))

    def nodes(self) -> set[Node]:
        """The circles of the newest picture."""
        script = """
          return [...arguments[0].querySelectorAll('g.node')].map(g => {
            const c = g.querySelector('circle.b-outline')
            return [[...g.querySelectorAll('text.caption')].map(t => t.textContent.trim()).join(' '),
              c.getAttribute('fill'), c.getAttribute('stroke'), c.getAttribute('stroke-width'), +c.getAttribute('r')]
          })"""
        return {Node(*row) for row in self._drawn(script)}

    def edges(self) -> dict[str, tuple[str, int]]:
        """Type → colour, and how many arrows of the newest picture have it."""
        script = """
          return [...arguments[0].querySelectorAll('g.relationship')].map(g => [
            g.querySelector('text') && g.querySelector('text').textContent,
            g.querySelector('path.b-outline').getAttribute('fill')])"""
        found: dict[str, tuple[str, int]] = {}
        for kind, colour in self._drawn(script):
            found[kind] = (colour, found.get(kind, ("", 0))[1] + 1)
        return found

    def _drawn(self, script: str) -> list[list[Any]]:
        """What a script finds in the newest frame, once it has its captions: shapes are there a moment earlier."""

        def captioned() -> list[list[Any]]:
            rows: list[list[Any]] = self.chrome.execute_script(script, self._frames()[0])
            return rows if any(row[0] for row in rows) else []

        return self.until(captioned)

    def picture(self, file: Path) -> None:
        """Fill the window with the newest frame, let the picture come to rest, and photograph it."""
        self._frames()[0].find_element("css selector", "[title=Fullscreen]").click()
        self.rest()
        if fit := self._all("[aria-label=zoom-to-fit]"):
            fit[0].click()
            self.rest()
            self._all("[aria-label=zoom-out]")[0].click()  # else the list beside it covers the rim
        self.photograph(file)
        self._frames()[0].find_element("css selector", "[title='Close fullscreen']").click()

    def photograph(self, file: Path) -> None:
        self.rest()
        self.chrome.save_screenshot(str(file))

    def rest(self) -> None:
        """Wait until nothing moved for ten looks. The cursor of the editor blinks and is not looked at."""
        script = """
          return JSON.stringify([
            [...document.querySelectorAll('svg g[transform]')].map(each => each.getAttribute('transform')),
            document.getAnimations().filter(each => each instanceof CSSTransition).length, document.body.innerText])"""
        looks: list[str] = []

        def same() -> bool:
            looks.append(self.chrome.execute_script(script))
            return len(looks) >= 10 and len(set(looks[-10:])) == 1

        self.until(same)

    def until(self, condition: Callable[[], Found]) -> Found:
        """The first answer that is not empty."""
        from selenium.common.exceptions import StaleElementReferenceException, WebDriverException

        deadline = time.monotonic() + LONGEST
        while True:
            try:
                if found := condition():
                    return found
            except (StaleElementReferenceException, IndexError, StopIteration):
                pass
            except WebDriverException:
                if time.monotonic() > deadline:
                    raise
            if time.monotonic() > deadline:
                raise TimeoutError(f"Neo4j Browser shows after {LONGEST} s: {self._text('body')[:800]}")
            time.sleep(0.1)

    def _press(self, element: Any) -> None:
        """Click just this. A click at its place hits what has moved there meanwhile."""
        self.chrome.execute_script("arguments[0].click()", element)

    def _frames(self) -> list[Any]:
        """Answers, the newest first."""
        return self._all("[data-testid=frame]")

    def _all(self, css: str) -> list[Any]:
        found: list[Any] = self.chrome.find_elements("css selector", css)
        return found

    def _text(self, css: str) -> str:
        return " ".join(each.text for each in self._all(css))
