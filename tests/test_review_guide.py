"""docs/review.md from its first command to its last: a whole review, as somebody who never saw Cypher does it."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rc2graph.reviews.questions import from_folder, shipped
from rc2graph.simulator import Workspace, demo_company
from tests.commands import CHECKOUT, Desk
from tests.engines import Engine
from tests.faults import Simulator
from tests.spreadsheets import rows_of, save

GUIDE = (CHECKOUT / "docs" / "review.md").read_text(encoding="utf-8")
TEN = {"review --fail-on high"}
"""Commands that end with 10 here, as something is found."""


def commands(chapter: str) -> list[str]:
    """The commands of one chapter, with a day that has a snapshot here."""
    text = re.search(rf"^## {re.escape(chapter)}$(.*?)(?=^## |\Z)", GUIDE, re.MULTILINE | re.DOTALL)
    assert text, f"there is no chapter {chapter!r}"
    blocks = re.findall(r"^```sh\n(.*?)^```", text[1], re.MULTILINE | re.DOTALL)
    lines = [line.partition("#")[0].strip() for block in blocks for line in block.splitlines()]
    today = datetime.now(UTC).date().isoformat()
    return [line.removeprefix("rc2graph ").replace("2026-06-01", today) for line in lines if line]


@pytest.fixture
def company() -> Workspace:
    return demo_company(people=60)


@pytest.fixture
def server(company: Workspace) -> Iterator[Simulator]:
    with Simulator(company) as server:
        yield server


def followed(desk: Desk, chapter: str) -> dict[str, str]:
    """What each command of a chapter printed."""
    found = {}
    for line in commands(chapter):
        said = desk.run(*line.split())
        assert said.code == (10 if line in TEN else 0), (line, said)
        found[line] = said.out
    return found


def decided(desk: Desk, decisions: dict[tuple[str, str], tuple[str, str]]) -> None:
    """Fill in the worksheet, as another program saves it."""
    path = desk.folder / "worksheet.xlsx"
    rows = rows_of(path)
    for row in rows:
        row["decision"], row["until"] = decisions.get((row["person"], row["access"]), ("", ""))
    assert {(row["person"], row["access"]) for row in rows} >= decisions.keys()
    save(path, rows)


def test_a_whole_review(engine: Engine, tmp_path: Path, server: Simulator, company: Workspace) -> None:
    desk = Desk(tmp_path).at(server, engine)
    followed(desk, "1. Bring the graph up to date")

    seen = followed(desk, "2. Read the findings")
    summary = seen["review"].partition("Rocket.Chat does not expose")[0]
    assert re.search(r"^HIGH  .*\(dormant-privileged\): [1-9]", summary, re.MULTILINE)
    assert (tmp_path / "review.html").stat().st_size > 50_000
    assert {path.stem for path in (tmp_path / "review").iterdir()} == {"summary", *(one.name for one in shipped())}

    worksheet, for_owners, attest = commands("3. Decide")
    desk.ok(*worksheet.split())
    assert "one for each team" in desk.ok(*for_owners.split())
    decided(
        desk,
        {
            ("ana.admin", "role admin"): ("Approve", ""),
            ("dora.dormant", "role admin"): ("revoke", ""),
            ("rita.retired", "role admin"): ("revoke", ""),
            ("deploy.bot", "role admin"): ("exception", "2999-12-31"),
            ("kurt.keys", "role permission-admin"): ("unsure", ""),
        },
    )
    stored = desk.ok(*attest.split())
    assert "5 decisions" in stored

    company.unassign("dora.dormant", "admin")  # an administrator does what was decided, and not all of it
    company.assign("hedi.help", "permission-admin")
    loaded = json.loads(desk.ok("load", "--json"))["decisions"]
    assert loaded["revocations"]["carriedOut"]["names"] == ["dora.dormant: role admin"]
    assert loaded["revocations"]["outstanding"]["names"] == ["rita.retired: role admin"]
    assert loaded["newAccesses"] == 1

    done = followed(desk, "4. See that it was done")
    assert re.search(r"high +kurt.keys +role permission-admin +unsure", done["review --open"])
    assert re.search(r"high +hedi.help +role permission-admin +never decided", done["review --open"])
    assert not re.search(r"ana.admin +role admin", done["review --open"])
    assert "rita.retired" in done["review revocations-outstanding"]

    kept = followed(desk, "5. Keep the evidence")
    hashes = {re.search(r"manifest: ([0-9a-f]{64})", text)[1] for text in kept.values()}  # type: ignore[index]
    assert len(hashes) == 1
    decisions = (tmp_path / "review-2026-Q2" / "decisions.csv").read_text()
    assert "rita.retired,admin,revoke" in decisions


def test_the_question_of_the_guide_is_one(tmp_path: Path) -> None:
    text = re.search(r"^```cypher\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
    assert text
    (tmp_path / "contractors.cypher").write_text(text[1])
    assert [one.name for one in from_folder(tmp_path)] == ["contractors"]


def test_the_guide_names_every_question() -> None:
    table = GUIDE.partition("## What is asked")[2]
    missing = {one.name for one in shipped() if not re.search(rf"[ |]{one.name}[ ,|]", table)}
    assert missing == set()
