"""A review is held against the one before it, by counts without a name that lie beside the snapshots."""

import json
import re
import stat
from pathlib import Path

import pytest

from rc2graph.render.review_html import page
from rc2graph.render.review_summary import summarized
from rc2graph.reviews.past import before, keep
from rc2graph.snapshot.past_reviews import FILE, KEPT, PastReview, add, forget_workspace, past_reviews
from tests.commands import Desk, office
from tests.engines import Engine
from tests.faults import Simulator
from tests.test_review_page import answered, asked, reviewed

NOW = "2026-03-01T08:00:00.000Z"
"""As of when `reviewed` is."""


def past(as_of: str, workspace: str = "acme", **found: int | None) -> PastReview:
    return PastReview(workspace, as_of, found)


def test_reviews_of_loads_are_kept_without_a_name(embedded_engine: Engine, tmp_path: Path) -> None:
    company = office()
    with Simulator(company) as server:
        desk = Desk(tmp_path).at(server, embedded_engine)
        desk.ok("load")
        home = embedded_engine.target.home
        desk.ok("review", "administrators")
        assert past_reviews(home) == [], "one question is no review"
        desk.ok("review")
        desk.ok("review", "--html", "first.html")
        (first,) = past_reviews(home)
        assert first.workspace == server.url
        told = {one["name"]: one["found"] for one in json.loads(desk.ok("review", "--json"))["questions"]}
        assert first.found == told
        text = (home / FILE).read_text()
        assert not re.search(r"ana|rita|olaf", text)
        assert stat.S_IMODE((home / FILE).stat().st_mode) == 0o600
        assert "against the review" not in (tmp_path / "first.html").read_text()

        company.unassign("rita.retired", "admin")
        desk.ok("load")
        desk.ok("review", "--html", "second.html")
        second = (tmp_path / "second.html").read_text()
        assert f"against the review of the load of {first.as_of[:16].replace('T', ' ')} UTC" in second
        assert "Findings in the last 2 reviews: high" in second
        assert [one.as_of for one in past_reviews(home)] == sorted({one.as_of for one in past_reviews(home)})
        desk.ok("purge", "--workspace", server.url, "--yes")
        assert past_reviews(home) == []


def test_new_gone_and_still_there() -> None:
    row = (["a"], "a", 1, None, True)
    rows = {"fresh": [row], "still": [row], "gone": [], "unknown": [], "was-blind": [row]}
    blind = answered(asked("blind"), [], "roles: not permitted")
    review = reviewed(blind, *(answered(asked(name), each) for name, each in rows.items()))
    then = past("2026-02-01T08:00:00.000Z", fresh=0, still=7, gone=2, blind=1, **{"was-blind": None})
    made = summarized(review, review.results, [then, past("2026-04-01T08:00:00.000Z", gone=9)])
    (changed,) = made.changes
    assert [one.name for one in changed.new] == ["fresh"]
    assert [one.name for one in changed.gone] == ["gone"]
    assert changed.told.endswith("1 new, 1 gone, 1 still there."), "what was not visible is neither new nor gone"
    html = "".join(page(review, [then]))
    assert '<td class="n">not visible</td>' in html
    assert "before" in re.findall(r'<th scope="col">(.*?)</th>', html)
    assert "before" not in re.findall(r'<th scope="col">(.*?)</th>', "".join(page(review)))


def test_what_was_not_visible_is_no_smaller_number(tmp_path: Path) -> None:
    """Neither in the line, nor in what is kept: at least so many is not how many."""
    row = (["a"], "a", 1, None, True)
    review = reviewed(
        answered(asked("seen"), [row] * 3), answered(asked("blind"), [], "roles: not permitted"),
        answered(asked("least", stays_true=True), [row], "roles: not permitted"), answered(asked("once"), [row] * 2),
    )  # fmt: skip
    then = past("2026-02-01T08:00:00.000Z", seen=5, blind=90, least=90, once=None)
    (changed,) = summarized(review, review.results, [then]).changes
    assert changed.trend
    assert changed.trend.told == (
        "Findings in the last 2 reviews of the 1 question that all of them answered: high 5 → 3, medium 0 → 0 and "
        "low 0 → 0"
    )
    keep(tmp_path, review)
    assert past_reviews(tmp_path) == [past(NOW, seen=3, blind=None, least=None, once=2)]


def test_only_an_earlier_load_of_the_same_workspace_counts() -> None:
    reviews = [past("2026-01-01"), past("2026-02-01"), past("2026-02-01", "other"), past(NOW), past("2026-04-01")]
    assert before(reviews, "acme", NOW) == [past("2026-01-01"), past("2026-02-01")]
    assert before(reviews, "acme", None) == []


def test_a_review_of_the_same_load_takes_the_place_of_the_other(tmp_path: Path) -> None:
    add(tmp_path, [past(NOW, a=1), past(NOW, "other", a=5)])
    add(tmp_path, [past(NOW, a=2)])
    assert past_reviews(tmp_path) == [past(NOW, a=2), past(NOW, "other", a=5)]
    forget_workspace(tmp_path, "acme")
    assert past_reviews(tmp_path) == [past(NOW, "other", a=5)]


def test_no_more_are_kept_than_of_a_year(tmp_path: Path) -> None:
    add(tmp_path, [past(f"2026-01-01T{number:06}") for number in range(KEPT + 5)])
    assert [one.as_of for one in past_reviews(tmp_path)][:1] == ["2026-01-01T000005"]
    assert len(past_reviews(tmp_path)) == KEPT


@pytest.mark.parametrize(
    "line", ["", "{", "[]", '{"found": 1}', '{"workspace": "a", "as_of": "b", "found": {"q": "x"}}']
)
def test_a_line_that_cannot_be_read_is_left_out(tmp_path: Path, line: str) -> None:
    add(tmp_path, [past(NOW, a=1)])
    with (tmp_path / FILE).open("a") as file:
        file.write(f"{line}\n")
    assert past_reviews(tmp_path) == [past(NOW, a=1)]


def test_a_folder_that_cannot_be_written_stops_no_review(embedded_engine: Engine, tmp_path: Path) -> None:
    with Simulator(office()) as server:
        desk = Desk(tmp_path).at(server, embedded_engine)
        desk.ok("load")
        (embedded_engine.target.home / f".{FILE}.part").mkdir()
        assert "questions with findings" in desk.ok("review")
