"""While a server is away there are two lines: one says until when it is tried, the other that it answers again."""

import logging
import re
from contextlib import closing
from pathlib import Path

import pytest

from rc2graph.errors import SourceError
from rc2graph.rocketchat.endpoints import ROLES, TEAMS
from tests.commands import office
from tests.faults import Fault
from tests.source import Source

UNTIL = re.compile(r"Trying again until \d\d:\d\d:\d\d\.$")


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [one.getMessage() for one in caplog.records if one.name == "rc2graph.rocketchat.outage"]


@pytest.fixture(autouse=True)
def heard(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


def test_one_line_when_it_begins_and_one_when_it_is_over(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    source = Source(office(), tmp_path / "s")
    source.server.add(Fault("html-502", times=5))
    with closing(source.client(retry_for=300.0)) as client:
        client.ask(TEAMS)
        client.ask(ROLES)
        began, over = told(caplog)
        assert UNTIL.search(began)
        assert re.fullmatch(r"Rocket\.Chat answers again, after \d+ s\.", over)
        source.server.add(Fault("html-502", times=1))
        client.ask(TEAMS)
    assert len(told(caplog)) == 4, "the next outage is told as well"


def test_who_gives_up_does_not_say_that_it_is_over(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    source = Source(office(), tmp_path / "s")
    source.server.add(Fault("html-502", route=TEAMS.route, times=-1))
    with closing(source.client()) as client:
        with pytest.raises(SourceError):
            client.ask(TEAMS)
        client.ask(ROLES)
        assert len(told(caplog)) == 1
        source.server.add(Fault("html-502", route=ROLES.route, times=1))
        client.ask(ROLES)
    assert [bool(UNTIL.search(one)) for one in told(caplog)] == [True, True, False]
