"""Both engines for the tests, a real Neo4j among them: `engine` and `any_engine` hand a test an empty graph.

A Neo4j is looked for in this order, once a run: `NEO4J_URI` (emptied by the tests; one that holds anything is refused
unless RC2GRAPH_TEST_WIPE=1), Docker, Maven Central. `mvn` only fetches the jars: the server inside them is started by
`java` with authentication on (neo4j.md §1). With none of them, tests are skipped and the last lines of the run say so;
RC2GRAPH_REQUIRE_NEO4J=1 makes that a failure.
"""

import os
import re
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import neo4j
import neo4j.exceptions
import pytest

from rc2graph.config import GraphTarget

LTS = "5.26.31"
NEWEST = "2026.09.0"
OLDEST_JAVA = {LTS: 17, NEWEST: 21}
POM = Path(__file__).parent / "neo4j" / "pom.xml"
SMALL = ("-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
"""For a server that starts soon and holds little: it compiles its code only a first time."""
KEEPS_PLANS = {"dbms.cypher.min_replan_interval": "1h"}
"""Each test empties the graph and fills it; by itself a server then plans every statement anew."""
LANGUAGE = {LTS: {}, NEWEST: {"db.query.default_language": "CYPHER_25"}}
"""As a packaged Neo4j has it since 2026.02. A server from bare jars starts with Cypher 5, and 5.26 knows no other."""
START_WITHIN = 120.0  # seconds; 5 on an idle machine, 25 on a busy one
_yields = False
_missing: dict[str, str] = {}  # what there is none of, such as "NEO4J 5.26.31" → why; for the summary


@dataclass(frozen=True)
class Engine:
    """An empty graph. `target` for `connect`, `env` for the command line."""

    name: str
    target: GraphTarget
    env: dict[str, str]


@pytest.fixture(params=["embedded", "neo4j"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    """An empty graph on the embedded engine, then on Neo4j LTS."""
    return empty(request, tmp_path)


@pytest.fixture(params=["embedded", "neo4j", "neo4j-2026"])
def any_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    """As `engine`, and on the newest Neo4j."""
    return empty(request, tmp_path)


@pytest.fixture
def embedded_engine(tmp_path: Path) -> Engine:
    """An empty embedded graph: a home that does not exist yet."""
    pytest.importorskip("arcadedb", exc_type=ImportError)
    home = tmp_path / "home"
    unset = dict.fromkeys(("NEO4J_URI", "NEO4J_USERNAME", "NEO4J_PASSWORD", "NEO4J_DATABASE"), "")
    return Engine("embedded", GraphTarget(home=home), {**unset, "RC2GRAPH_HOME": str(home)})


@pytest.fixture(params=["neo4j"])
def neo4j_engine(request: pytest.FixtureRequest, neo4j_lts: "Server", tmp_path: Path) -> Engine:
    """An empty graph on Neo4j LTS. The parameter is for the scheduler."""
    return neo4j_lts.empty(request.param, tmp_path / "home")


def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    """What the parameter of the asking fixture names; servers start when the first test needs them."""
    if request.param == "embedded":
        found: Engine = request.getfixturevalue("embedded_engine")
        return found
    server: Server = request.getfixturevalue("neo4j_lts" if request.param == "neo4j" else "neo4j_newest")
    return server.empty(request.param, tmp_path / "home")


@pytest.fixture(scope="session")
def neo4j_lts() -> Iterator["Server"]:
    with _found(LTS, own=os.environ.get("NEO4J_URI", "")) as server:
        yield server


@pytest.fixture(scope="session")
def neo4j_newest() -> Iterator["Server"]:
    with _found(NEWEST) as server:
        yield server


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With `-n 3 --dist loadfile` a worker has all that asks one Neo4j, as its parameter tells: each server is started
    once, and has planned most statements when they come again. Of all else a file stays together."""
    if config.getvalue("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class ByEngine(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file, _, parameters = nodeid.partition("[")
            servers = (name for name in ("neo4j-2026", "neo4j") if name in parameters)
            return next(servers, file.partition("::")[0])

    return ByEngine(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A Neo4j plans a statement once, until its schema changes: `plans("first")` has every statement sent, while there
    is no schema yet; `plans("last")` has them planned anew."""
    turns = {"first": 0, "last": 2}
    marks = {item: item.get_closest_marker("plans") for item in items}
    items.sort(key=lambda item: turns[mark.args[0]] if (mark := marks[item]) else 1)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """All that asks one Neo4j is the longest row of tests: of several workers, the others let that one go first."""
    global _yields
    server = re.search(r"\[.*neo4j", item.nodeid)
    if not (_yields or server) and "PYTEST_XDIST_WORKER" in os.environ and hasattr(os, "nice"):
        _yields = True
        os.nice(3)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    for what, why in _missing.items():
        terminalreporter.write_line(f"NOT TESTED ON {what}: {why}", red=True, bold=True)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker of xdist prints nothing; it hands over what it missed."""
    if (output := getattr(session.config, "workeroutput", None)) is not None:
        output["missing"] = _missing


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    _missing.update(getattr(node, "workeroutput", {}).get("missing", {}))


@dataclass(frozen=True)
class Server:
    """A running Neo4j that belongs to the tests."""

    uri: str
    username: str
    password: str
    driver: neo4j.Driver

    def empty(self, name: str, home: Path) -> Engine:
        """Remove all nodes; constraints stay, as every schema statement is `IF NOT EXISTS`."""
        with self.driver.session() as session:
            if _holds(session):
                session.run("MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 5000 ROWS").consume()
        env = {"NEO4J_URI": self.uri, "NEO4J_USERNAME": self.username, "NEO4J_PASSWORD": self.password}
        target = GraphTarget(self.uri, self.username, self.password, None, home)
        return Engine(name, target, {**env, "NEO4J_DATABASE": "", "RC2GRAPH_HOME": str(home)})


def _holds(session: neo4j.Session) -> int:
    record = session.run("MATCH (n) RETURN count(n) AS n").single(strict=True)
    return int(record["n"])


class _NoneHereError(Exception):
    """This way leads to no Neo4j; the text says why."""


@contextmanager
def _found(version: str, own: str = "") -> Iterator[Server]:
    with ExitStack() as stack:
        reasons = []
        for way in [_own] if own else [_docker, _maven]:
            try:
                uri, username, password = stack.enter_context(way(version))
            except _NoneHereError as error:
                reasons.append(str(error))
            else:
                driver = neo4j.GraphDatabase.driver(uri, auth=(username, password), notifications_min_severity="OFF")
                yield Server(uri, username, password, stack.enter_context(driver))
                return
    why = "; ".join(reasons)
    if os.environ.get("RC2GRAPH_REQUIRE_NEO4J") == "1":
        pytest.fail(f"RC2GRAPH_REQUIRE_NEO4J=1, but there is no Neo4j {version}: {why}", pytrace=False)
    _missing[f"NEO4J {version}"] = why
    pytest.skip(f"no Neo4j {version}: {why}")


@contextmanager
def _own(_version: str) -> Iterator[tuple[str, str, str]]:
    """The Neo4j of `NEO4J_URI`. Somebody may have meant another one: what holds data is not emptied unasked."""
    uri, username = os.environ["NEO4J_URI"], os.environ.get("NEO4J_USERNAME") or "neo4j"
    password = os.environ.get("NEO4J_PASSWORD", "")
    with neo4j.GraphDatabase.driver(uri, auth=(username, password)) as driver, driver.session() as session:
        if (nodes := _holds(session)) and os.environ.get("RC2GRAPH_TEST_WIPE") != "1":
            pytest.fail(
                f"NEO4J_URI={uri} holds {nodes} nodes, and the tests delete everything in it. "
                "Unset NEO4J_URI, or set RC2GRAPH_TEST_WIPE=1 if that is what you want.",
                pytrace=False,
            )
    yield uri, username, password


@contextmanager
def _docker(version: str) -> Iterator[tuple[str, str, str]]:
    if shutil.which("docker") is None:
        raise _NoneHereError("no docker")
    try:
        subprocess.run(["docker", "version"], capture_output=True, timeout=5, check=True)
    except (subprocess.SubprocessError, OSError):
        raise _NoneHereError("no docker engine answers") from None
    password = secrets.token_urlsafe(12)
    with ExitStack() as stack:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # testcontainers' own
                from testcontainers.neo4j import Neo4jContainer

                image = Neo4jContainer(f"neo4j:{version}", username="neo4j", password=password)
                for key, value in LANGUAGE[version].items():
                    image.with_env(f"NEO4J_{key.replace('_', '__').replace('.', '_')}", value)
                container = stack.enter_context(image)
        except Exception as error:
            raise _NoneHereError(f"docker does not start neo4j:{version} ({error})") from error
        yield container.get_connection_url(), "neo4j", password


@contextmanager
def _maven(version: str) -> Iterator[tuple[str, str, str]]:
    java, classpath = _java(version), _classpath(version)
    _archive(java, classpath, version)
    with started(java, classpath, version, **KEEPS_PLANS, **LANGUAGE[version]) as uri:
        password = secrets.token_urlsafe(12)
        _log_in(uri, password)
        yield uri, "neo4j", password


def _java(version: str) -> tuple[str, int]:
    """The oldest Java that is new enough."""
    homes = [Path(os.environ[name]) for name in ("JAVA_HOME", "JDK_HOME") if os.environ.get(name)]
    homes += [*Path("/usr/lib/jvm").glob("*"), *Path("/Library/Java/JavaVirtualMachines").glob("*/Contents/Home")]
    programs = {str((home / "bin" / "java").resolve()) for home in homes} | {shutil.which("java") or ""}
    found = {program: _java_version(program) for program in programs if program and Path(program).is_file()}
    usable = sorted((number, program) for program, number in found.items() if number >= OLDEST_JAVA[version])
    if not usable:
        raise _NoneHereError(f"no Java {OLDEST_JAVA[version]} or newer")
    return usable[0][1], usable[0][0]


def _java_version(program: str) -> int:
    told = subprocess.run([program, "-version"], capture_output=True, text=True, timeout=30, check=False).stderr
    number = re.search(r'version "(\d+)', told)
    return int(number[1]) if number else 0


def _classpath(version: str) -> str:
    """All jars of one Neo4j, through Maven the first time (100 s), then from a file (0 s)."""
    cached = _cache() / f"neo4j-{version}.classpath"
    if cached.is_file() and all(Path(jar).is_file() for jar in cached.read_text().split(os.pathsep)):
        return cached.read_text()
    mvn = shutil.which("mvn")
    if mvn is None:
        raise _NoneHereError("no mvn")
    cached.parent.mkdir(parents=True, exist_ok=True)
    fetch = [mvn, "-q", "-B", "-f", str(POM), f"-Dneo4j.version={version}", "dependency:build-classpath"]
    try:
        subprocess.run([*fetch, f"-Dmdep.outputFile={cached}"], capture_output=True, text=True, timeout=900, check=True)
    except subprocess.CalledProcessError as error:
        said = (error.stdout + error.stderr).strip().splitlines() or ["nothing"]
        raise _NoneHereError(f"Maven fails: {said[0]}") from error
    except subprocess.TimeoutExpired as error:
        raise _NoneHereError("Maven takes longer than 15 minutes") from error
    return cached.read_text()


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "rc2graph-tests"


def _archived(java: tuple[str, int], version: str) -> Path:
    return _cache() / f"neo4j-{version}-java-{java[1]}.jsa"


def _archive(java: tuple[str, int], classpath: str, version: str) -> None:
    """Have Java keep the classes of this Neo4j as it has them in memory: each later start takes half of the time. One
    that does not fit any more, after an update of Java, is passed over by itself."""
    if (there := _archived(java, version)).is_file():
        return
    made = there.with_suffix(f".{os.getpid()}")
    with started(java, classpath, version, flags=(*SMALL, f"-XX:ArchiveClassesAtExit={made}"), stop=60) as uri:
        _log_in(uri, secrets.token_urlsafe(12))
    if made.is_file():
        made.replace(there)


@contextmanager
def started(
    java: tuple[str, int],
    classpath: str,
    version: str,
    *,
    home: Path | None = None,
    flags: Sequence[str] = SMALL,
    stop: float = 0.0,
    **conf: str,
) -> Iterator[str]:
    """A server until the end of the block, then killed: a clean stop takes 10 s, and its folder goes anyway. `stop`:
    seconds that it has for one."""
    program, java_version = java
    with tempfile.TemporaryDirectory(prefix="rc2graph-neo4j-", ignore_cleanup_errors=True) as temporary:
        folder = home or Path(temporary)
        port = _free_port()
        (folder / "conf").mkdir(exist_ok=True)
        settings = {
            "server.bolt.listen_address": f"127.0.0.1:{port}",
            "server.bolt.advertised_address": f"127.0.0.1:{port}",  # a neo4j:// address is answered with this one
            "server.http.enabled": "false",
            "server.memory.pagecache.size": "64m",
            "dbms.usage_report.enabled": "false",
            **conf,
        }
        (folder / "conf" / "neo4j.conf").write_text("".join(f"{key}={value}\n" for key, value in settings.items()))
        flags = [*flags]
        if (archive := _archived(java, version)).is_file():
            flags.append(f"-XX:SharedArchiveFile={archive}")
        if java_version >= 24:
            flags += ["--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"]
        main = "CommunityEntryPoint" if version.startswith(("4.", "5.")) else "Neo4jCommunity"
        command = [program, *flags, "-cp", classpath, f"org.neo4j.server.{main}"]
        with (folder / "out.txt").open("w") as out:
            process = subprocess.Popen(
                [*command, f"--home-dir={folder}", f"--config-dir={folder / 'conf'}"],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
            try:
                _await(process, port, folder / "out.txt")
                yield f"bolt://127.0.0.1:{port}"
            finally:
                if stop:
                    process.terminate()
                    with suppress(subprocess.TimeoutExpired):
                        process.wait(stop)
                process.kill()
                process.wait()


def _await(process: "subprocess.Popen[bytes]", port: int, out: Path) -> None:
    deadline = time.monotonic() + START_WITHIN
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise _NoneHereError(f"Neo4j does not start: {out.read_text()[-500:].strip() or 'it says nothing'}")


def _log_in(uri: str, password: str) -> None:
    """The first login is neo4j/neo4j, and only sets the password."""
    deadline = time.monotonic() + START_WITHIN
    with neo4j.GraphDatabase.driver(uri, auth=("neo4j", "neo4j")) as driver:
        while True:
            try:
                with driver.session(database="system") as session:
                    session.run(
                        "ALTER CURRENT USER SET PASSWORD FROM 'neo4j' TO $password", password=password
                    ).consume()
                return
            except (neo4j.exceptions.TransientError, neo4j.exceptions.ServiceUnavailable):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
