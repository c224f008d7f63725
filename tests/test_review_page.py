"""The page of `rc2graph review --html` in a real Chromium, opened from its file as an auditor does.

With RC2GRAPH_SCREENSHOTS=1 the pictures in docs/images are taken. Without a Chromium all of it is skipped, and the last
lines of the run say so; RC2GRAPH_REQUIRE_BROWSER=1 makes that a failure.
"""

import base64
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from rc2graph.config import GraphTarget
from rc2graph.graph.connect import connect
from rc2graph.render.review_html import page
from rc2graph.reviews.questions import Parameter, Question
from rc2graph.reviews.run import Result, Review, Row, Seen
from rc2graph.text import harmless
from tests import engines
from tests.browser.page import NotHereError, opened
from tests.commands import Desk
from tests.review import planted, seen
from tests.test_review_output import NAMES

pytestmark = (
    pytest.mark.soak
)  # a real Chromium is too fickle for every commit: pytest -m soak tests/test_review_page.py

IMAGES = Path(__file__).parents[1] / "docs" / "images"
SCREENSHOTS = os.environ.get("RC2GRAPH_SCREENSHOTS") == "1"
A4 = 703  # pixels between the margins of the page
TROUBLE = """
window.trouble = [];
addEventListener('securitypolicyviolation', (event) => window.trouble.push(event.effectiveDirective));
window.alert = (text) => window.trouble.push('alert ' + text);
"""
PATHS = [
    (["ana", "admin"], "ana", 9, "2026-01-05T10:00:00.000Z", True),
    (["bob", "keeper", "assign-roles", "admin"], "bob", 1_000, None, False),
    (["Cleo", "admin"], "Cleo", -10, "2025-12-31T23:59:59.999Z", None),
    (["dan10", "helpdesk", "edit-other-user-password", "admin"], "dan10", 10, "2026-01-05T09:00:00.000Z", True),
    (["dan9", "helpdesk", "edit-other-user-password", "admin"], "dan9", None, "2024-02-29T00:00:00.000Z", True),
]


def asked(
    name: str, severity: str = "high", columns: str = "path, user, number, lastLogin, active", **more: Any
) -> Question:
    told: dict[str, Any] = {
        "text": "", "title": f"Title of {name}", "asks": f"What is {name}?", "why": "It matters.",
        "controls": ("CIS 5.1", "NIST AC-2"), "needs": (), "examines": "accounts", "parameters": (), "heuristic": "",
        "stays_true": False, "by": "", "before_decisions": None, **more,
    }  # fmt: skip
    return Question(name, severity=severity, columns=tuple(columns.split(", ")), **told)


def answered(
    question: Question, rows: Sequence[Row], *gaps: str, total: int | None = None, workspace: str = "acme"
) -> Result:
    parameters = question.chosen({})
    return Result(workspace, question, parameters, 118, gaps, list(rows), len(rows) if total is None else total)


def reviewed(*results: Result, not_visible: tuple[str, ...] = (), **states: str) -> Review:
    sync = {
        "callerId": "svc.review", "callerRoles": ["bot", "auditor"], "snapshotSha256": "ab" * 32,
        "finishedAt": "2026-03-01T09:00:00.000Z", "usersFetched": 118, "usersTotal": 118,
    }  # fmt: skip
    datasets = {"users": "complete", "roles": "complete", **states}
    names = dict.fromkeys(result.workspace for result in results)
    seen = tuple(Seen(name, "2026-03-01T08:00:00.000Z", sync, datasets, not_visible, {}) for name in names)
    return Review(seen, results)


EVERYTHING = reviewed(
    answered(
        asked("paths", parameters=(Parameter("days", 90, "days without a sign-in"),), heuristic="names that look odd"),
        PATHS, total=12_345,
    ),
    answered(asked("blind"), [], "roles: not permitted"),
    answered(asked("clean"), []),
    answered(asked("some", "medium"), PATHS[:2], "team members: read in part"),
    answered(asked("minor", "low"), PATHS[:1]),
    answered(asked("inventory", "info"), PATHS),
    rooms="forbidden",
    not_visible=("emails: left out",),
)  # fmt: skip


class Screen:
    """A page in the browser, and what an auditor does with it."""

    def __init__(self, chrome: Any, folder: Path) -> None:
        self.chrome, self.folder = chrome, folder

    def show(self, review: Review) -> None:
        file = self.folder / "review.html"
        with file.open("w", encoding="utf-8", newline="") as out:
            out.writelines(page(review))
        self.open(file)

    def open(self, file: Path) -> None:
        self.chrome.get("about:blank")
        self.chrome.get(file.as_uri())

    def js(self, script: str, *given: Any) -> Any:
        return self.chrome.execute_script(script, *given)

    def cdp(self, command: str, **given: Any) -> Any:
        return self.chrome.execute_cdp_cmd(command, given)

    def all(self, selector: str) -> list[Any]:
        found: list[Any] = self.chrome.find_elements("css selector", selector)
        return found

    def text(self, selector: str) -> str:
        return "\n".join(each.text for each in self.all(selector))

    def column(self, question: str, number: int) -> list[str]:
        """What is to be seen of a column, from above."""
        script = """return [...document.getElementById(arguments[0]).querySelectorAll('.rows tbody tr')]
                    .filter(row => row.checkVisibility()).map(row => row.cells[arguments[1]].textContent)"""
        found: list[str] = self.js(script, f"q-{question}", number)
        return found

    def type(self, selector: str, text: str) -> None:
        field = self.all(selector)[0]
        field.clear()
        field.send_keys(text)
        time.sleep(0.3)

    def focused(self) -> str:
        return str(self.js("return document.activeElement.textContent"))

    def photograph(self, name: str) -> None:
        self.chrome.save_screenshot(str(IMAGES / name))


@pytest.fixture(scope="module")
def chrome() -> Iterator[Any]:
    try:
        with opened(width=1280, height=1000) as page:
            page.chrome.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": TROUBLE})
            yield page.chrome
    except NotHereError as error:
        if os.environ.get("RC2GRAPH_REQUIRE_BROWSER") == "1":
            pytest.fail(f"RC2GRAPH_REQUIRE_BROWSER=1, but: {error}", pytrace=False)
        engines._missing["PAGE OF REVIEW"] = str(error)
        pytest.skip(f"no Chromium: {error}")


@pytest.fixture
def screen(chrome: Any, tmp_path: Path) -> Iterator[Screen]:
    screen = Screen(chrome, tmp_path)
    chrome.get_log("browser")
    yield screen
    for command in ("Emulation.clearDeviceMetricsOverride", "Emulation.setEmulatedMedia"):
        screen.cdp(command)
    screen.cdp("Emulation.setScriptExecutionDisabled", value=False)


# ---- what stands on it


def test_it_says_what_it_is_and_what_was_not_seen(screen: Screen) -> None:
    screen.show(EVERYTHING)
    head = screen.text("header")
    for told in ("acme", "2026-03-01 08:00 UTC", "svc.review (bot, auditor)", "SHA-256 abab"):
        assert told in head
    (box,) = screen.all("main > .box.unseen")
    assert box.rect["y"] < 700, "not in small print at the end"
    assert box.text.splitlines()[:4] == [
        "Not visible", "What was not seen is not known. Where an answer rests on it, this page says so.",
        "rooms of teams: not permitted", "emails: left out",
    ]  # fmt: skip
    assert "Whether an account has a second factor" in screen.text("main")
    assert "Made by rc2graph" in screen.text("footer")
    assert "catalogue of permissions 20" in screen.text("footer")


def test_the_summary_begins_with_findings_of_high_severity(screen: Screen) -> None:
    screen.show(EVERYTHING)
    rows = [
        tuple(cell.text for cell in row.find_elements("css selector", "td, th"))
        for row in screen.all(".summary tbody tr")
    ]
    assert rows == [
        ("high", "Title of paths\npaths", "12,345", "118 accounts", "in full"),
        ("high", "Title of blind\nblind", "not visible", "118 accounts", "not in full: roles: not permitted"),
        ("high", "Title of clean\nclean", "none", "118 accounts", "in full"),
        ("medium", "Title of some\nsome", "not visible", "118 accounts", "not in full: team members: read in part"),
        ("low", "Title of minor\nminor", "1", "118 accounts", "in full"),
        ("inventory", "Title of inventory\ninventory", "5", "118 accounts", "in full"),
    ]
    shapes = {
        screen.js("return getComputedStyle(arguments[0], '::before').content", each)
        for each in screen.all(".summary .severity")
    }
    assert len(shapes) == 4, "told apart by a shape, and not by colour alone"
    screen.all(".summary a")[5].click()
    assert screen.js("return document.getElementById('q-inventory').open"), "a link opens what is folded"


def test_a_section_says_all_there_is_to_know(screen: Screen) -> None:
    screen.show(EVERYTHING)
    told = screen.text("#q-paths")
    for text in (
        "What is paths?", "It matters.", "CIS 5.1", "days = 90 days without a sign-in", "names that look odd",
        "12,345 findings among 118 accounts examined.", "The first 5 of 12,345 rows are shown.",
        "rc2graph review paths --csv DIR",
    ):  # fmt: skip
        assert text in told
    assert screen.column("paths", 1)[1] == "bob → keeper → assign-roles → admin"
    assert [step.text for step in screen.all("#q-paths .path")[1].find_elements("css selector", "bdi")] == PATHS[1][0]
    assert "None found among 118 accounts examined." in screen.text("#q-clean")
    blind = screen.text("#q-blind")
    assert "Not visible, because\nroles: not permitted" in blind
    assert "None" not in blind
    assert not screen.all("#q-blind table")


def test_two_workspaces_have_a_table_each(screen: Screen) -> None:
    question = asked("paths")
    screen.show(reviewed(answered(question, PATHS[:1]), answered(question, PATHS[1:3], workspace="other")))
    assert [each.text for each in screen.all("#q-paths h4")] == ["acme", "other"]
    assert [len(each.find_elements("css selector", "tbody tr")) for each in screen.all("#q-paths table")] == [1, 2]
    assert [each.text for each in screen.all(".summary tbody td:nth-child(3)")] == ["acme", "other"]


def test_without_scripts_everything_can_be_read_and_nothing_is_dead(screen: Screen) -> None:
    screen.cdp("Emulation.setScriptExecutionDisabled", value=True)
    screen.show(EVERYTHING)
    nodes = screen.cdp("Accessibility.getFullAXTree")["nodes"]
    roles = {node["role"]["value"] for node in nodes if not node["ignored"]}
    text = " ".join(node["name"]["value"] for node in nodes if node.get("name", {}).get("value"))
    assert not roles & {"button", "searchbox", "textbox"}
    assert {"bob", "Not visible, because", "Title of inventory", "edit-other-user-password"} <= set(text.split()) | {
        known for known in ("Not visible, because", "Title of inventory") if known in text
    }


# ---- what can be done with it


def test_headers_sort_numbers_dates_and_names(screen: Screen) -> None:
    screen.show(EVERYTHING)

    def sorted_by(head: int, column: int) -> list[str]:
        screen.all("#q-paths th button")[head].click()
        return screen.column("paths", column)

    assert sorted_by(2, 2) == ["-10", "9", "10", "1,000", ""], "what has no value is last"
    assert sorted_by(2, 2) == ["1,000", "10", "9", "-10", ""]
    assert sorted_by(2, 0) == ["ana", "bob", "Cleo", "dan10", "dan9"], "the third time: as it was"
    assert sorted_by(0, 0) == ["ana", "bob", "Cleo", "dan9", "dan10"]
    assert sorted_by(3, 3) == ["2024-02-29 00:00", "2025-12-31 23:59", "2026-01-05 09:00", "2026-01-05 10:00", ""]
    assert sorted_by(4, 4) == ["no", "yes", "yes", "yes", ""]
    heads = [each.get_attribute("aria-sort") for each in screen.all("#q-paths th")]
    assert heads == [None, None, None, None, "ascending"]


def test_the_keyboard_does_it_too(screen: Screen) -> None:
    from selenium.webdriver.common.keys import Keys

    screen.show(EVERYTHING)
    screen.all("#q-paths input")[0].send_keys(Keys.TAB)
    assert screen.js("return document.activeElement.getAttribute('role')") == "region", "a wide table can be scrolled"
    screen.chrome.switch_to.active_element.send_keys(Keys.TAB)
    assert screen.focused() == "user"
    for key, order in ((Keys.ENTER, "ascending"), (Keys.SPACE, "descending")):
        screen.chrome.switch_to.active_element.send_keys(key)
        assert screen.all("#q-paths th")[0].get_attribute("aria-sort") == order
        assert screen.focused() == "user"


def test_a_table_is_filtered_and_says_so(screen: Screen) -> None:
    from selenium.webdriver.common.keys import Keys

    screen.show(EVERYTHING)
    screen.type("#q-paths input", "HELPDESK dan9")
    assert screen.column("paths", 0) == ["dan9"]
    assert screen.text("#q-paths [role=status]") == "Filtered by “helpdesk dan9”: 1 of 5 rows"
    assert screen.column("minor", 0) == ["ana"], "other tables stay"
    screen.all("#q-paths input")[0].send_keys(Keys.ESCAPE)
    assert len(screen.column("paths", 0)) == 5
    assert screen.text("#q-paths [role=status]") == ""


def test_the_whole_page_is_filtered_and_what_was_not_visible_stays(screen: Screen) -> None:
    screen.show(EVERYTHING)
    screen.type(".bar input", "cleo")
    assert (screen.column("paths", 0), screen.column("minor", 0)) == (["Cleo"], [])
    assert screen.column("inventory", 0) == ["Cleo"], "what is folded opens where something is in it"
    assert (
        screen.text(".bar [role=status]")
        == "“cleo”: 2 rows in 2 tables; 2 could not be answered in full. Enter: the next"
    )
    assert "Not visible, because" in screen.text("#q-blind")
    screen.type("#q-paths input", "bob")
    assert screen.column("paths", 0) == [], "both filters count"
    screen.type(".bar input", "")
    screen.js("document.querySelector('.bar input').dispatchEvent(new Event('input'))")
    time.sleep(0.3)
    assert screen.column("paths", 0) == ["bob"]
    assert screen.column("inventory", 0) == [], "folded again"


def summarized(screen: Screen) -> list[str]:
    """The questions that the summary shows."""
    return [one.text for one in screen.all(".summary tbody code") if one.is_displayed()]


def sections(screen: Screen) -> list[str]:
    return [one.get_attribute("id").removeprefix("q-") for one in screen.all(".question") if one.is_displayed()]


def in_view(screen: Screen) -> str:
    """Which hit is marked, and whether it can be seen."""
    found: str = screen.js("""
        const hit = document.querySelector('.hit'), box = hit.getBoundingClientRect();
        return box.top >= 0 && box.bottom <= innerHeight ? hit.closest('.question').id.slice(2) : 'out of view'""")
    return found


def test_what_has_no_hit_goes_and_enter_leads_to_the_next(screen: Screen) -> None:
    from selenium.webdriver.common.keys import Keys

    screen.show(EVERYTHING)
    screen.type(".bar input", "cleo")
    assert sections(screen) == summarized(screen) == ["paths", "blind", "some", "inventory"], "the blind stay"
    assert in_view(screen) == "paths"
    for expected in ("inventory", "paths"):
        screen.all(".bar input")[0].send_keys(Keys.ENTER)
        assert in_view(screen) == expected
    screen.all(".bar input")[0].send_keys(Keys.SHIFT, Keys.ENTER)
    assert in_view(screen) == "inventory"
    assert [one.text.split()[0] for one in screen.all(".score li")] == ["1", "0", "0", "2", "0", "1"], "counts follow"
    screen.type(".bar input", "title of clean")
    assert "clean" in sections(screen)
    screen.all(".bar input")[0].send_keys(Keys.ESCAPE)
    assert len(sections(screen)) == len(summarized(screen)) == 6
    assert not screen.all(".hit")


def test_the_cards_of_severities_are_buttons(screen: Screen) -> None:
    from selenium.webdriver.common.keys import Keys

    screen.show(EVERYTHING)
    high, medium, low, blind, clean, inventories = screen.all(".score button")
    assert [one.text.split()[0] for one in (high, medium, low, blind, clean, inventories)] == list("101211")
    assert not medium.is_enabled()
    low.click()
    assert sections(screen) == summarized(screen) == ["minor"]
    assert low.get_attribute("aria-pressed") == "true"
    blind.send_keys(Keys.ENTER)
    assert sections(screen) == summarized(screen) == ["blind", "some"]
    blind.click()
    assert len(sections(screen)) == 6


def test_what_was_found_is_sorted_downwards_first(screen: Screen) -> None:
    screen.show(EVERYTHING)
    (found,) = (one for one in screen.all(".summary th button") if one.text.startswith("found"))
    found.click()
    assert summarized(screen) == ["paths", "inventory", "minor", "clean", "blind", "some"], "not visible is no number"
    found.click()
    assert summarized(screen)[:3] == ["clean", "minor", "inventory"]
    found.click()
    assert summarized(screen)[:2] == ["paths", "blind"]


def test_at_the_top_stands_what_was_found(screen: Screen) -> None:
    screen.show(EVERYTHING)
    assert screen.text(".lead") == (
        "12,345 findings of high severity and 1 finding of low severity. 2 questions of 5 found something; "
        "2 could not be answered in full."
    )
    assert [one.text for one in screen.all(".measure > span:last-child")] == [
        "1 of 3 questions, 12,345 findings", "0 of 1 question, 0 findings", "1 of 1 question, 1 finding",
    ]  # fmt: skip
    assert screen.all(".lead")[0].rect["y"] < 400


def test_on_paper_a_clean_question_takes_a_line(screen: Screen) -> None:
    screen.show(EVERYTHING)
    screen.cdp("Emulation.setEmulatedMedia", media="print")
    screen.cdp("Emulation.setDeviceMetricsOverride", width=A4, height=1000, deviceScaleFactor=1, mobile=False)
    (clean,) = screen.all("#q-clean")
    assert clean.rect["height"] < 45
    path = "return Math.min(...[...document.querySelectorAll('#q-paths td.path')].map(one => one.clientWidth))"
    assert screen.js(path) > 150, "a path does not run one word a line"


# ---- what must not happen


def test_no_request_leaves_it_and_its_policy_has_teeth(screen: Screen) -> None:
    screen.show(EVERYTHING)
    assert screen.js("return performance.getEntriesByType('resource').length") == 0
    assert screen.js("return window.trouble") == []
    assert screen.chrome.get_log("browser") == []
    screen.js("""
        const added = (tag, set) => document.body.append(Object.assign(document.createElement(tag), set));
        added('img', {src: 'http://localhost:9/x.png'});
        added('script', {textContent: 'alert(1)'});
        added('style', {textContent: 'body { color: red }'});
        fetch('http://localhost:9/').catch(() => 0);
    """)
    time.sleep(0.5)
    assert sorted(screen.js("return window.trouble")) == ["connect-src", "img-src", "script-src-elem", "style-src-elem"]


def test_hostile_names_do_nothing_and_can_be_read(screen: Screen) -> None:
    rows = [([name, f"role {name}"], name, None, name, [name] * 9) for name in NAMES]
    hostile = asked(
        "h", title=NAMES[1], asks=NAMES[2], why=NAMES[4], controls=NAMES[5:7], heuristic=NAMES[8], by=NAMES[3]
    )
    screen.show(reviewed(*(answered(hostile, rows, workspace=name) for name in NAMES[:2])))
    assert screen.js("return window.trouble") == []
    assert screen.js("return [document.scripts.length, document.images.length]") == [2, 0]
    (tables, expected) = (screen.all(".rows"), [harmless(name) for name in NAMES])
    users = screen.js("return [...arguments[0].tBodies[0].rows].map(row => row.cells[0].textContent)", tables[0])
    assert [user[-len(name) :] for user, name in zip(users, expected, strict=True)] == expected
    assert screen.js("return document.title") == f"Access review of {expected[0]} and {expected[1]}"
    assert screen.text("#q-h h2") == NAMES[1]
    assert screen.js("return document.documentElement.scrollWidth <= innerWidth"), "no name makes the page wide"
    (long,) = (each for each in screen.all(".rows td:first-child details")[:1])
    assert "(10,000 characters)" in long.text
    assert long.rect["height"] < 100, "folded until somebody wants it"


@pytest.mark.parametrize("width", [360, 800])
def test_a_narrow_window_scrolls_tables_and_not_the_page(screen: Screen, width: int) -> None:
    screen.cdp("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=False)
    screen.show(EVERYTHING)
    assert screen.js("return document.documentElement.scrollWidth") <= width


def test_on_paper_all_is_open_and_nothing_is_cut(screen: Screen) -> None:
    screen.show(EVERYTHING)
    screen.cdp("Emulation.setEmulatedMedia", media="print")
    screen.cdp("Emulation.setDeviceMetricsOverride", width=A4, height=1000, deviceScaleFactor=1, mobile=False)
    assert screen.js("return document.documentElement.scrollWidth") <= A4
    cut = "return [...document.querySelectorAll('.scroll')].filter(one => one.scrollWidth > one.clientWidth + 1)"
    assert screen.js(cut) == []
    assert not any(each.is_displayed() for each in screen.all("input"))
    assert screen.js("return getComputedStyle(document.querySelector('.rows thead')).display") == "table-header-group"
    button = "return getComputedStyle(document.querySelector('.rows th button')).display"
    assert screen.js(button) == "contents", "Chromium does not paint a button again on the next sheet of paper"
    height = "return document.querySelector('#q-inventory table').getBoundingClientRect().height"
    assert screen.js(height) > 50, "what is folded is open, without any script"
    pdf = base64.b64decode(screen.cdp("Page.printToPDF", preferCSSPageSize=True)["data"])
    assert pdf.startswith(b"%PDF")
    assert pdf.count(b"/Type /Page\n") >= 2


def test_a_long_review_stays_quick(screen: Screen) -> None:
    rows = [
        ([f"user.{n}", f"role-{n % 50}", "edit-room", "admin"], f"user.{n}", n, PATHS[0][3], n % 2 == 0)
        for n in range(1_000)
    ]
    review = reviewed(*(answered(asked(f"q{number:02}"), rows, total=50_000) for number in range(30)))
    began = time.monotonic()
    screen.show(review)
    assert time.monotonic() - began < 20, "written and opened"
    assert (screen.folder / "review.html").stat().st_size < 12_000_000
    quick = """
        const began = performance.now(), done = arguments[arguments.length - 1];
        const field = document.querySelector('.bar input');
        field.value = 'user.77 role-27';
        field.dispatchEvent(new Event('input'));
        const look = () => document.querySelector('.bar [role=status]').textContent
            ? requestAnimationFrame(() => setTimeout(() => done(performance.now() - began))) : setTimeout(look, 20);
        look();
    """
    assert screen.chrome.execute_async_script(quick) < 5_000
    assert screen.column("q29", 0) == ["user.77", "user.777"]
    began = time.monotonic()
    screen.all("#q-q00 th button")[2].click()
    assert time.monotonic() - began < 3


# ---- the demonstration company, as the documents show it


def test_the_company_for_the_documents(screen: Screen) -> None:
    pytest.importorskip("arcadedb", exc_type=ImportError)
    desk = Desk(screen.folder, {"NEO4J_URI": "", "RC2GRAPH_HOME": str(screen.folder / "home")})
    with connect(GraphTarget(home=screen.folder / "home"), write=True, wait=10) as graph:
        planted(graph, screen.folder)
        seen(graph, "rooms", "forbidden")
    desk.ok("review", "--html", "company.html")
    screen.open(screen.folder / "company.html")
    assert screen.js("return window.trouble") == []
    assert screen.chrome.get_log("browser") == []
    assert "kurt.keys → permission-admin → access-permissions" in screen.text("#q-becomes-administrator")
    screen.cdp("Emulation.setDeviceMetricsOverride", width=1280, height=900, deviceScaleFactor=1, mobile=False)
    screen.js("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    wide = "return [...document.querySelectorAll('.scroll')].filter(one => one.scrollWidth > one.clientWidth)"
    assert [each.get_attribute("aria-label") for each in screen.js(wide)] == [], "no table needs to be moved sideways"
    screen.cdp("Emulation.clearDeviceMetricsOverride")
    screen.open(screen.folder / "company.html")
    if SCREENSHOTS:
        screen.photograph("review-summary.png")
        screen.js("document.getElementById('q-becomes-administrator').scrollIntoView({behavior: 'instant'})")
        screen.photograph("review-paths.png")
        screen.cdp("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
        screen.photograph("review-dark.png")
