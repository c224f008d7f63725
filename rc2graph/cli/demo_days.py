"""The two days of the demo: the company is read, a reviewer decides, a night passes, and the company is read again."""

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rc2graph.cli.activity import doing
from rc2graph.cli.reporter import CommandReporter
from rc2graph.cli.terminal import say
from rc2graph.config import GraphTarget, Source
from rc2graph.graph.connect import WorkspaceGraph, connect
from rc2graph.graph.lease import instant
from rc2graph.pipeline import load
from rc2graph.reviews.attest import attest
from rc2graph.reviews.items import REVOKE
from rc2graph.reviews.worksheet import write_worksheet
from rc2graph.reviews.worksheet_columns import ACCESS, DECISION, PERSON
from rc2graph.reviews.worksheet_reader import read_sheet
from rc2graph.simulator.demo import DAY, demo_server
from rc2graph.simulator.night import DECIDED, turn_night

COMPANY = "demo"
REVIEWER = "ana.admin"
WORKSHEET = "worksheet.csv"


def load_two_days(home: Path) -> int:
    """Load the company as it was yesterday and as it is today, with decisions in between. How many requests it took."""
    with doing("reading the company"), demo_server() as simulator:
        say(f"A made-up company answers at {simulator.url} as a Rocket.Chat would.")
        source, target = Source(simulator.url, *simulator.credentials), GraphTarget(home=home)
        first = load(source, target, workspace=COMPANY, reporter=CommandReporter(), clock=_yesterday)
        with connect(target, write=True) as graph:
            _decide(graph.workspace(COMPANY), home / WORKSHEET)
        turn_night(simulator.workspace)
        second = load(source, target, workspace=COMPANY, reporter=CommandReporter())
    return sum(one.collected.requests for one in (first, second) if one.collected)


def _yesterday() -> datetime:
    return datetime.now(UTC) - DAY


def _later() -> datetime:
    return _yesterday() + timedelta(hours=1)


def _decide(graph: WorkspaceGraph, path: Path) -> None:
    """Write the worksheet of yesterday's review, revoke the role admin of `DECIDED` in it, and store that."""
    at = instant(_later())
    write_worksheet(graph, path, at=at, overwrite=True)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        if row[PERSON] in DECIDED and row[ACCESS] == "role admin":
            row[DECISION] = REVOKE
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        sheet = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        sheet.writeheader()
        sheet.writerows(rows)
    attest(graph, read_sheet(path, at=at), REVIEWER, clock=_later)
