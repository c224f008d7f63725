"""Neo4j Browser in a real Chromium, and what a person does there: log in, drop a file, press the arrow, look.

Chromium and its driver come from the system (`apt-get install chromium chromium-driver`), the server from Maven Central
(tests/engines.py), the Browser from one more jar (pom.xml beside this page). Chromium reaches nothing but this machine.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import neo4j

from tests import engines

VERSION = "5.24.0"
POM = Path(__file__).with_name("pom.xml")
PASSWORD = "a-password-for-tests"
LONGEST = 30.0  # seconds that anything on a page may take here
BINARIES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
Found = TypeVar("Found")


class NotHereError(Exception):
    """There is no Browser to test with; the text says why."""


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
    """An empty Neo4j that serves its Browser, and the address of that."""
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
                yield engines.Server(uri, "neo4j", PASSWORD, driver), f"http://localhost:{port}/browser/"
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
def opened(*, width: int = 1400, height: int = 1000) -> Iterator["Page"]:
    """A Chromium that was never used before."""
    from selenium import webdriver

    binary, driver = chromium()
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    for argument in (
        "--headless=new", "--disable-dev-shm-usage", f"--window-size={width},{height}",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
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

    def open(self, url: str, password: str = PASSWORD) -> None:
        """Open a link, and log in where the form asks for the password; everything else stands in it already."""
        self.chrome.get(url)
        self.until(lambda: self._all("[data-testid=password]") or self._all("[data-testid=editor-Run]"))
        time.sleep(1)  # the form comes a moment after the editor, and goes again where this browser is logged in
        if form := self._all("[data-testid=password]"):
            form[-1].send_keys(password)
            self._all("[data-testid=connect]")[-1].click()
        connected = "return document.body.innerText.includes('You are connected as user')"
        self.until(lambda: self.chrome.execute_script(connected))

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
        before = len(self._frames())
        self._all("[data-testid=editor-Run]")[-1].click()
        self.until(lambda: len(self._frames()) > before)
        return self.until(lambda: self._answer(expected))

    def _answer(self, expected: str) -> str:
        # innerText: `text` of selenium leaves out what is scrolled away
        text: str = self.chrome.execute_script("return arguments[0].innerText", self._frames()[0])
        return text if len(text.splitlines()) > 1 and (expected in text or "ERROR" in text) else ""

    def click_in_answer(self, css: str) -> None:
        """Click the first such thing that shows in the newest frame."""

        def clicked() -> bool:
            found = [each for each in self._frames()[0].find_elements("css selector", css) if each.is_displayed()]
            found[0].click()
            return True

        self.until(clicked)

    def drop(self, file: Path) -> None:
        """As from a file manager, onto the middle of the page."""
        data = {"items": [], "files": [str(file)], "dragOperationsMask": 1}
        for kind in ("dragEnter", "dragOver", "drop"):
            event = {"type": kind, "x": 700, "y": 600, "data": data}
            self.chrome.execute_cdp_cmd("Input.dispatchDragEvent", event)
            time.sleep(0.4)  # the page first has to show where it can be dropped

    def stored(self, name: str) -> Any:
        """What Neo4j Browser keeps in this browser."""
        return self.chrome.execute_script("return JSON.parse(localStorage.getItem('neo4j.' + arguments[0]))", name)

    def favourites(self) -> list[str]:
        """Open the drawer, and read the names of those that are not the Browser's own."""
        if not self._all("[data-testid=savedScriptsList], [data-testid^=scriptTitle]"):
            self._all("[data-testid=navigationFavorites]")[0].click()
        self.until(lambda: self._all("[data-testid^=scriptTitle]"))
        return [each.text for each in self._all("[data-testid^=scriptTitle]")]

    def choose(self, favourite: str) -> None:
        """Click a favourite: its text comes into the editor."""
        titles = [each for each in self._all("[data-testid^=scriptTitle]") if each.text == favourite]
        titles[0].click()
        self.until(self.editor)

    def close_drawer(self) -> None:
        self._all("[data-testid=navigationFavorites]")[0].click()
        self.until(lambda: not self._all("[data-testid^=scriptTitle]"))

    def nodes(self) -> set[Node]:
        """The circles of the newest picture."""
        script = """
          return [...arguments[0].querySelectorAll('g.node')].map(g => {
            const c = g.querySelector('circle.b-outline')
            return [[...g.querySelectorAll('text.caption')].map(t => t.textContent.trim()).join(' '),
              c.getAttribute('fill'), c.getAttribute('stroke'), c.getAttribute('stroke-width'), +c.getAttribute('r')]
          })"""
        found = self.until(lambda: self.chrome.execute_script(script, self._frames()[0]))
        return {Node(*row) for row in found}

    def edges(self) -> dict[str, tuple[str, int]]:
        """Type → colour, and how many arrows of the newest picture have it."""
        script = """
          return [...arguments[0].querySelectorAll('g.relationship')].map(g => [
            g.querySelector('text') && g.querySelector('text').textContent,
            g.querySelector('path.b-outline').getAttribute('fill')])"""
        found: dict[str, tuple[str, int]] = {}
        for kind, colour in self.chrome.execute_script(script, self._frames()[0]):
            found[kind] = (colour, found.get(kind, ("", 0))[1] + 1)
        return found

    def picture(self, file: Path) -> None:
        """Fill the window with the newest frame, let the picture come to rest, and photograph it."""
        frame = self._frames()[0]
        frame.find_element("css selector", "[title=Fullscreen]").click()
        time.sleep(5)
        if fit := self._all("[aria-label=zoom-to-fit]"):
            fit[0].click()
            time.sleep(1)
            self._all("[aria-label=zoom-out]")[0].click()  # else the list beside it covers the rim
            time.sleep(1)
        self.chrome.save_screenshot(str(file))
        self._frames()[0].find_element("css selector", "[title='Close fullscreen']").click()

    def photograph(self, file: Path) -> None:
        time.sleep(1)
        self.chrome.save_screenshot(str(file))

    def until(self, condition: Callable[[], Found]) -> Found:
        """The first answer that is not empty."""
        from selenium.common.exceptions import StaleElementReferenceException, WebDriverException

        deadline = time.monotonic() + LONGEST
        while True:
            try:
                if found := condition():
                    return found
            except (StaleElementReferenceException, IndexError):
                pass
            except WebDriverException:
                if time.monotonic() > deadline:
                    raise
            if time.monotonic() > deadline:
                raise TimeoutError(f"Neo4j Browser shows after {LONGEST} s: {self._text('body')[:800]}")
            time.sleep(0.1)

    def _frames(self) -> list[Any]:
        """Answers, the newest first."""
        return self._all("[data-testid=frame]")

    def _all(self, css: str) -> list[Any]:
        found: list[Any] = self.chrome.find_elements("css selector", css)
        return found

    def _text(self, css: str) -> str:
        return " ".join(each.text for each in self._all(css))
