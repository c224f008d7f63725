"""docs/operate.md: what it tells people to type works, its units are units, and its table knows every exit code."""

import configparser
import re
import shlex
from pathlib import Path

from rc2graph import errors
from rc2graph.simulator import demo_company
from tests.commands import CHECKOUT, Desk
from tests.engines import Engine
from tests.faults import Simulator

GUIDE = (CHECKOUT / "docs" / "operate.md").read_text(encoding="utf-8")
README = (CHECKOUT / "README.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)


def commands(url: str) -> list[list[str]]:
    """All of them, in order, with the address of the server that is here."""
    lines = [line for block in blocks("sh") for line in block.splitlines()]
    assert all(line.startswith("rc2graph ") for line in lines)
    return [shlex.split(line.replace("https://chat.example.org", url))[1:] for line in lines]


def test_every_command_of_the_page_runs_in_its_order(engine: Engine, tmp_path: Path) -> None:
    company = demo_company(people=60)
    with Simulator(company) as server:
        desk = Desk(tmp_path).at(server, engine)
        desk.ok("load")
        company.delete_user("rita.retired")
        typed = []
        for words in commands(server.url):
            said = desk.run(*words)
            assert said.code == 0, (words, said)
            typed.append(words[0])
            if words[0] == "status":
                assert said.out.strip().splitlines()[-1].startswith("Fresh: ")
            if "--dry-run" in words:
                assert "Nothing was changed." in said.out
        assert typed == ["load", "status", "prune", "prune", "forget", "forget", "purge", "purge"]
        assert "holds no workspace" in desk.ok("status")
        assert list((Path(engine.env["RC2GRAPH_HOME"]) / "snapshots").iterdir()) == []


def units() -> dict[str, configparser.ConfigParser]:
    found = {}
    for text in blocks("ini"):
        if "[Unit]" in text:
            unit = configparser.ConfigParser(interpolation=None, strict=True)
            unit.optionxform = str  # type: ignore[assignment,method-assign]
            unit.read_string(text)
            found["service" if "Service" in unit else "timer"] = unit
    return found


def test_the_service_runs_as_nobody_special_and_may_write_one_folder() -> None:
    service = units()["service"]["Service"]
    wanted = {"NoNewPrivileges": "yes", "ProtectSystem": "strict", "ProtectHome": "yes", "UMask": "0077"}
    assert {key: service[key] for key in wanted} == wanted
    assert service["User"] not in ("", "root")
    assert service["Type"] == "oneshot"
    assert service["EnvironmentFile"] == "/etc/rc2graph.env"
    assert "mode 0600" in GUIDE
    assert not [key for key in service if key.startswith("Environment") and key != "EnvironmentFile"]
    assert "ReadWritePaths" not in service
    program, *words = shlex.split(service["ExecStart"])
    assert program.endswith("/bin/rc2graph")
    assert words in commands("x")
    settings = next(text for text in blocks("ini") if text.startswith("# /etc/rc2graph.env"))
    assert f"RC2GRAPH_HOME=/var/lib/{service['StateDirectory']}\n" in settings


def test_the_timer_fires_every_night_and_makes_up_for_one_that_was_missed() -> None:
    timer = units()["timer"]
    assert re.fullmatch(r"\*-\*-\* \d\d:\d\d:\d\d", timer["Timer"]["OnCalendar"])
    assert timer["Timer"]["Persistent"] == "true"
    assert timer["Install"]["WantedBy"] == "timers.target"


def test_cron_does_the_same_as_the_timer() -> None:
    (line,) = blocks("cron")
    assert re.match(r"\d+ \d+ \* \* \* ", line)
    assert line.strip().endswith(units()["service"]["Service"]["ExecStart"])


def test_the_table_says_what_to_do_for_each_exit_code() -> None:
    told = dict(re.findall(r"^\| (\d+) \| (.+) \|$", GUIDE, re.MULTILINE))
    assert set(told) == set(dict(re.findall(r"^\| (\d+) \| (.*) \|$", README, re.MULTILINE)))
    assert "token" in told[str(errors.CredentialsError.exit_code)]
    assert "permission" in told[str(errors.MissingPermissionError.exit_code)]
    assert "--dry-run" in told[str(errors.GuardError.exit_code)]


def test_an_older_load_of_the_night_is_noticed(embedded_engine: Engine, tmp_path: Path) -> None:
    with Simulator(demo_company(people=10)) as server:
        desk = Desk(tmp_path).at(server, embedded_engine)
        said = desk.run("status", "--max-age", "26h")
        assert said.code == 10
        desk.ok("load", "--quiet", "--keep", "30")
        assert desk.run("status", "--max-age", "26h").code == 0
