"""docker-compose.yml: reachable from this machine only, pinned, without a secret, and what it runs is run here.

No engine of Docker is needed. The file is parsed; the commands of the demo are run as they stand there, with the real
Neo4j of the tests; the probes are run against a server that answers. Only the Rocket.Chat part is merely read.
"""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from rc2graph.simulator import demo_company
from tests.commands import Desk
from tests.engines import LTS, Engine, Server
from tests.faults import Simulator

CHECKOUT = Path(__file__).parents[1]
TEXT = (CHECKOUT / "docker-compose.yml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")
ENDS_BY_ITSELF = {"rc2graph"}


def settled(value: str) -> str:
    """The value as compose hands it on where no variable is set: with their defaults, and `$$` made `$`."""
    return VARIABLE.sub(lambda found: found[3] if found[2] == "-" else "", value).replace("$$", "$")


def strings(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for item in value.values():
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)
    elif value is not None:
        yield str(value)


# ---- who starts, and who can reach it


def test_without_a_profile_there_is_only_the_neo4j() -> None:
    assert {name: set(service.get("profiles", ())) for name, service in SERVICES.items()} == {
        "neo4j": set(),
        "simulator": {"demo"},
        "rc2graph": {"demo"},
        "mongodb": {"rocketchat"},
        "rocketchat": {"rocketchat"},
    }


def test_every_port_is_reachable_from_this_machine_only() -> None:
    ports = {(name, port) for name, service in SERVICES.items() for port in service.get("ports", ())}
    assert ports == {
        ("neo4j", "127.0.0.1:7474:7474"),
        ("neo4j", "127.0.0.1:7687:7687"),
        ("rocketchat", "127.0.0.1:3000:3000"),
    }
    assert not [name for name, service in SERVICES.items() if service.get("network_mode") == "host"]


def test_every_image_is_of_one_version() -> None:
    images = {name: settled(service["image"]) for name, service in SERVICES.items() if "build" not in service}
    assert images["neo4j"] == f"neo4j:{LTS}", "the one that the tests run on"
    for name, image in images.items():
        assert re.search(r":\d+\.\d+\.\d+(-[\w.-]+)?$", image), (name, image)
    assert {settled(service["image"]) for service in SERVICES.values() if "build" in service} == {"rc2graph:local"}


def test_what_keeps_running_says_whether_it_is_well() -> None:
    for name, service in SERVICES.items():
        if name not in ENDS_BY_ITSELF:
            check = service["healthcheck"]
            assert check["test"][0] in ("CMD", "CMD-SHELL"), name
            assert {"interval", "timeout", "retries", "start_period"} <= set(check), name
    assert not [name for name in ENDS_BY_ITSELF if "restart" in SERVICES[name]], "a load that ended would begin again"


def test_the_demo_has_no_right_that_it_does_not_need() -> None:
    for name in ("simulator", "rc2graph"):
        service = SERVICES[name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["tmpfs"] == ["/tmp"]


# ---- secrets


def test_the_password_is_asked_for_and_never_made_up() -> None:
    asked = [found for found in VARIABLE.finditer(TEXT) if found[1] == "NEO4J_PASSWORD"]
    assert len(asked) == 2
    for found in asked:
        assert found[2] == "?"
        assert "set NEO4J_PASSWORD" in found[3]


def test_no_secret_is_in_the_file() -> None:
    for name, service in SERVICES.items():
        for key, value in service.get("environment", {}).items():
            if re.search("PASS|SECRET|TOKEN|AUTH", key):
                assert settled(value).removeprefix("neo4j/") == "", (name, key)
    assert not re.findall(r"://[^/\s:@]+:[^/\s@]+@", TEXT)
    names = {key for service in SERVICES.values() for key in service.get("environment", ())}
    long = set(re.findall(r"[A-Za-z0-9_-]{32,}", TEXT)) - names
    assert long == set(), "looks like a token"


def test_nobody_is_asked_for_what_only_another_profile_needs() -> None:
    """Compose puts variables in before it looks at profiles: a `:?` anywhere stops every start."""
    assert {found[1] for found in VARIABLE.finditer(TEXT) if found[2] == "?"} == {"NEO4J_PASSWORD"}


# ---- the parts fit together


def test_the_services_name_each_other_rightly() -> None:
    for name, service in SERVICES.items():
        needed = set(service.get("depends_on", {}))
        for other, how in service.get("depends_on", {}).items():
            assert how == {"condition": "service_healthy"}
            assert "healthcheck" in SERVICES[other]
        if (mode := service.get("network_mode", "")).startswith("service:"):
            needed.add(mode.partition(":")[2])
        assert needed <= set(SERVICES), name
        for other in needed:
            assert not SERVICES[other].get("profiles") or SERVICES[other]["profiles"] == service["profiles"]
        volumes = [volume.partition(":")[0] for volume in service.get("volumes", ())]
        assert set(volumes) <= set(COMPOSE["volumes"]), name
        for value in strings(service.get("environment", {})):
            for host in re.findall(r"^(?:bolt|mongodb)://([\w.-]+):", value):
                assert host in needed, (name, host)
    used = {volume.partition(":")[0] for service in SERVICES.values() for volume in service.get("volumes", ())}
    assert used == set(COMPOSE["volumes"])


def test_the_replica_set_has_one_name_and_one_place() -> None:
    command = SERVICES["mongodb"]["command"]
    name = command[command.index("--replSet") + 1]
    made = SERVICES["mongodb"]["healthcheck"]["test"][-1]
    assert f"_id: '{name}'" in made
    assert "host: 'mongodb:27017'" in made
    url = SERVICES["rocketchat"]["environment"]["MONGO_URL"]
    assert url == f"mongodb://mongodb:27017/rocketchat?replicaSet={name}"


def test_rocketchat_knows_under_which_address_it_is_asked() -> None:
    service = SERVICES["rocketchat"]
    (port,) = service["ports"]
    assert service["environment"]["ROOT_URL"] == f"http://localhost:{port.split(':')[1]}"
    assert service["environment"]["PORT"] == port.split(":")[2]


@pytest.mark.usefixtures("neo4j_engine")
def test_the_settings_of_neo4j_are_settings_of_neo4j(neo4j_lts: Server) -> None:
    """In the environment a dot is written `_`, and `_` is written `__`."""
    names = [name for name in SERVICES["neo4j"]["environment"] if name != "NEO4J_AUTH"]
    asked = {name.removeprefix("NEO4J_").replace("__", "\0").replace("_", ".").replace("\0", "_") for name in names}
    with neo4j_lts.driver.session() as session:
        known = {row["name"] for row in session.run("SHOW SETTINGS YIELD name")}
    assert asked - known == set()
    assert len(asked) == 3


def test_what_the_documents_type_fits_the_file() -> None:
    profiles = {profile for service in SERVICES.values() for profile in service.get("profiles", ())}
    pages = [TEXT, *(path.read_text() for path in [*CHECKOUT.glob("*.md"), *CHECKOUT.glob("docs/*.md")])]
    typed = [line for page in pages for line in re.findall(r"docker compose ([^`\n#]*)", page)]
    assert len(typed) >= 4
    for line in typed:
        assert set(re.findall(r"--profile (\w+)", line)) <= profiles
        for service in re.findall(r"run --rm (\w+)", line):
            assert set(SERVICES[service]["profiles"]) <= set(re.findall(r"--profile (\w+)", line))


# ---- what it runs


def words(service: str, *instead: str) -> list[str]:
    """The command line of a container; `instead`: what `docker compose run` puts in place of its command."""
    found = SERVICES[service]
    return [settled(word) for word in [*found["entrypoint"], *(instead or found.get("command", ()))]]


@pytest.fixture
def machine(tmp_path: Path) -> Desk:
    """What a container of the demo has: the command on its path, and /data."""
    (tmp_path / "data").mkdir()
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return Desk(tmp_path, {"PATH": path, "RC2GRAPH_HOME": str(tmp_path / "data")})


def here(machine: Desk, command: list[str]) -> list[str]:
    """The same, on any free port and in the machine's own /data."""
    free = [word.replace("rc2graph simulate", "rc2graph simulate --port 0") for word in command]
    return [word.replace("/data/", f"{machine.folder / 'data'}/") for word in free]


@contextmanager
def started(machine: Desk, service: str) -> Iterator[Path]:
    """Start a service that keeps running, until its file is written; it ends as Docker ends it."""
    file = machine.folder / "data" / "simulator.env"
    process = subprocess.Popen(
        here(machine, words(service)), cwd=machine.folder, env=machine.environment(), stderr=subprocess.PIPE, text=True
    )
    try:
        until = time.monotonic() + 60
        while not (file.exists() and "AUTH_TOKEN" in file.read_text()):
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < until
            time.sleep(0.05)
        yield file
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) in (0, 130), "the shell stands between Docker's signal and the command"
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def test_the_demo_fills_neo4j_and_answers(machine: Desk, neo4j_engine: Engine, neo4j_lts: Server) -> None:
    environment = SERVICES["rc2graph"]["environment"]
    assert set(environment) == {"NEO4J_URI", "NEO4J_PASSWORD"}
    machine.settings |= {name: neo4j_engine.env[name] for name in environment}
    with started(machine, "simulator") as file:
        assert "http://127.0.0.1:" in file.read_text(), "reachable in its own network only"
        loaded = _run(machine, words("rc2graph"))
        assert "is up to date with http://127.0.0.1:" in loaded
        with neo4j_lts.driver.session() as session:
            people = session.run("MATCH (u:User {username: 'kurt.keys'}) RETURN count(u) AS n").single(strict=True)
        assert people["n"] == 1
        assert "kurt.keys can become administrator." in _run(machine, words("rc2graph", "why", "kurt.keys", "admin"))


def _run(machine: Desk, command: list[str]) -> str:
    done = subprocess.run(
        here(machine, command),
        cwd=machine.folder,
        env=machine.environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done
    return done.stdout


def probe(service: str) -> list[str]:
    return [settled(word) for word in SERVICES[service]["healthcheck"]["test"][1:]]


@pytest.mark.parametrize("service", ["simulator", "rocketchat"])
def test_a_probe_tells_a_server_that_answers_from_one_that_does_not(service: str) -> None:
    command = probe(service)
    if shutil.which(command[0]) is None:
        pytest.skip(f"no {command[0]} here")
    with Simulator(demo_company(people=20)) as server:
        port = server.url.rpartition(":")[2]
        asked = [word.replace(":3000/", f":{port}/") for word in command]
        assert subprocess.run(asked, capture_output=True, check=False, timeout=30).returncode == 0
    assert subprocess.run(asked, capture_output=True, check=False, timeout=30).returncode == 1


@pytest.mark.parametrize(("made", "primary", "says"), [(False, False, "made 1"), (True, False, "1"), (True, True, "0")])
def test_the_probe_of_mongodb_makes_the_replica_set_once(made: bool, primary: bool, says: str) -> None:
    """Only the statement itself: what `rs` and `db` do is MongoDB's."""
    if shutil.which("node") is None:
        pytest.skip("no node here")
    around = (
        f"const rs = {{status() {{ if (!{str(made).lower()}) throw new Error('NotYetInitialized') }},"
        " initiate(c) { process.stdout.write('made ') }};"
        f" const db = {{hello: () => ({{isWritablePrimary: {str(primary).lower()}}})}};"
        " const quit = code => console.log(code);\n"
    )
    done = subprocess.run(
        ["node", "-e", around + probe("mongodb")[-1]], capture_output=True, text=True, check=True, timeout=30
    )
    assert done.stdout.strip() == says


def test_neo4j_is_asked_without_its_password() -> None:
    (line,) = probe("neo4j")
    assert shlex.split(line)[:3] == ["wget", "-q", "--spider"]
    assert "PASSWORD" not in line
