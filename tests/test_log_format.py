"""The log for machines: an object a line on stderr, and nothing else there, however a command ends."""

import json
import re
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.commands import Desk, Said, ended, office
from tests.engines import Engine
from tests.faults import Fault, Simulator

JSON = ("--log-format", "json")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def objects(said: Said) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in said.err.splitlines()]
    for one in found:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", one["time"])
        assert one["level"] in ("DEBUG", "INFO", "WARNING", "ERROR")
        assert isinstance(one["message"], str)
    return found


def test_every_line_is_an_object_and_some_have_fields(desk: Desk, embedded_engine: Engine) -> None:
    with Simulator(office()) as server:
        at = desk.at(server, embedded_engine)
        said = at.run("load", "--json", "--verbose", *JSON)
        assert said.code == 0, said
        json.loads(said.out)
        found = objects(said)
        events = {one["event"]: one for one in found if "event" in one}
        assert (events["reading"]["url"], events["reading"]["resumed"]) == (server.url, False)
        assert events["caller"]["username"] == "svc.review"
        assert any(one["message"].startswith("GET ") for one in found if one["level"] == "DEBUG")
        assert at.settings["ROCKETCHAT_AUTH_TOKEN"] not in said.err
        quiet = at.run("load", "--quiet", *JSON)
        assert (quiet.code, quiet.err) == (0, "")


def test_the_environment_chooses_too_and_a_person_overrules_it(desk: Desk) -> None:
    with Simulator(office()) as server:
        at = desk.at(server, RC2GRAPH_LOG_FORMAT="json")
        assert objects(at.run("collect", "--snapshot", "a.sqlite"))
        said = at.run("collect", "--snapshot", "b.sqlite", "--log-format", "text")
    assert re.match(r"\d\d:\d\d:\d\d INFO ", said.err)
    said = desk.run("load", "--log-format", "xml")
    assert (said.code, said.out) == (2, "")
    assert "text" in said.err
    assert "json" in said.err


def test_what_failed_is_an_object_too(desk: Desk) -> None:
    with Simulator(office()) as server:
        at = desk.at(server, ROCKETCHAT_AUTH_TOKEN="x" * 43)
        said = at.run("check", *JSON)
    last = objects(said)[-1]
    assert (said.code, last["exitCode"], last["level"], last["event"]) == (3, 3, "ERROR", "failed")
    assert "does not accept" in last["message"]
    assert "ROCKETCHAT_AUTH_TOKEN" in last["next"]
    assert "x" * 43 not in said.err


def test_what_was_interrupted_is_an_object_too(desk: Desk) -> None:
    with Simulator(office()) as server:
        server.add(Fault("slow", nth=6, seconds=20))
        process = desk.at(server, RC2GRAPH_RETRY_FOR="60").start("collect", "--snapshot", "a.sqlite", *JSON)
        while len(server.log) < 6:
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        said = ended(process)
    last = objects(said)[-1]
    assert (said.code, last["event"], last["exitCode"]) == (130, "interrupted", 130)
    assert "rc2graph collect --snapshot a.sqlite" in last["message"]


def test_names_of_others_break_no_line(desk: Desk) -> None:
    company = office()
    with Simulator(company) as server:
        at = desk.at(server)
        company.change_user("svc.review", username="svc\n{\x1b[2J")
        said = at.run("collect", "--snapshot", "a.sqlite", *JSON)
    assert [one["username"] for one in objects(said) if one.get("event") == "caller"] == ["svc\n{\x1b[2J"]
    assert "\x1b" not in said.err
