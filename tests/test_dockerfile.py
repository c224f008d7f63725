"""Dockerfile: small, without root, on a read-only file system; and its steps are gone through here, without Docker.

The wheel is built of exactly the files that the image copies, installed into an environment of its own, and run with
`/` read-only, on a /tmp that may not be executed from, as a user without a name, without HOME.
"""

import fnmatch
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

from rc2graph import __version__
from rc2graph.simulator import demo_company
from tests.faults import Simulator

CHECKOUT = Path(__file__).parents[1]
PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]


@dataclass(frozen=True)
class Step:
    """One instruction and what follows it."""

    name: str
    rest: str

    @property
    def words(self) -> list[str]:
        return self.rest.split()


def steps() -> list[Step]:
    lines = [line for line in (CHECKOUT / "Dockerfile").read_text().splitlines() if not line.startswith("#")]
    whole = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [Step(*line.split(maxsplit=1)) for line in whole.splitlines() if line.strip()]


def stages() -> list[list[Step]]:
    found: list[list[Step]] = []
    for step in steps():
        if step.name == "FROM":
            found.append([])
        found[-1].append(step)
    return found


def one(name: str) -> str:
    """What stands behind the only such instruction of the last stage."""
    (step,) = (step for step in stages()[-1] if step.name == name)
    return step.rest


def taken() -> list[Path]:
    """The files that get from the checkout into the build: copied, and let through by .dockerignore."""
    rules = [line for line in (CHECKOUT / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
    assert rules[0] == "*", "what is not named stays outside"
    allowed = {rule[1:] for rule in rules if rule.startswith("!")}
    refused = [rule.removeprefix("**/") for rule in rules[1:] if not rule.startswith("!")]
    copied = [word for step in stages()[0] if step.name == "COPY" for word in step.words[:-1]]
    assert set(copied) == allowed, "each is copied, and nothing else is let through"
    files = []
    for name in copied:
        path = CHECKOUT / name
        assert path.exists(), name
        files += [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return [
        file
        for file in files
        if not any(fnmatch.fnmatch(part, rule) for part in file.relative_to(CHECKOUT).parts for rule in refused)
    ]


# ---- what it says


def test_the_base_is_of_one_version_that_the_command_runs_on() -> None:
    bases = {stage[0].words[0] for stage in stages()}
    assert len(stages()) == 2
    (base,) = bases
    found = re.fullmatch(r"python:(\d+\.\d+)(\.\d+)-slim-\w+", base)
    assert found, base
    oldest, newest = re.findall(r"\d+\.(\d+)", PROJECT["requires-python"])
    assert int(oldest) <= int(found[1].removeprefix("3.")) < int(newest)
    assert "alpine" not in base, "no wheel of the embedded graph for musl"
    assert f'base.name="docker.io/library/{base}"' in one("LABEL")


def test_it_is_run_by_nobody_in_particular() -> None:
    last = stages()[-1]
    uid, _, gid = one("USER").partition(":")
    assert int(uid) >= 1000
    assert gid == uid
    names = [step.name for step in last]
    assert names.index("USER") > max(index for index, name in enumerate(names) if name in ("RUN", "COPY"))
    assert f"--owner={uid} --group={gid} --mode=0700 /data" in one("RUN")


def test_it_is_the_command() -> None:
    (script,) = PROJECT["scripts"]
    assert one("ENTRYPOINT") == f'["{script}"]'
    assert one("CMD") == '["--help"]'
    assert "RC2GRAPH_HOME=/data" in one("ENV")
    assert one("VOLUME") == one("WORKDIR") == "/data"


def test_nothing_that_builds_is_left_in_it() -> None:
    last = stages()[-1]
    assert [step.rest for step in last if step.name == "COPY"] == ["--from=build /opt/rc2graph /opt/rc2graph"]
    for step in steps():
        assert step.name != "ADD"
        assert not re.search(r"\b(apt|apt-get|curl|wget|gcc)\b", step.rest), step
    assert "pip" not in one("RUN")
    assert stages()[0][-1].rest.endswith("pip uninstall --yes setuptools pip")


def test_no_secret_goes_in() -> None:
    for step in steps():
        if step.name in ("ENV", "ARG", "LABEL"):
            assert not re.search("TOKEN|PASSWORD|SECRET", step.rest), step
    assert {path.suffix for path in taken()} <= {
        "",
        ".py",
        ".json",
        ".md",
        ".toml",
        ".typed",
        ".cypher",
        ".grass",
        ".css",
        ".html",
        ".js",
    }


def test_it_says_what_it_is() -> None:
    told = dict(re.findall(r'org\.opencontainers\.image\.([\w.]+)="([^"]*)"', one("LABEL")))
    assert told["title"] == PROJECT["name"]
    assert told["description"] == PROJECT["description"]
    assert told["licenses"] == PROJECT["license"]


# ---- what it does


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The environment of the image: the wheel of what is copied, and the dependencies of this environment."""
    folder = tmp_path_factory.mktemp("image")
    for file in taken():
        to = folder / "src" / file.relative_to(CHECKOUT)
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, to)
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    build = [*pip, "wheel", "--no-deps", "--wheel-dir", str(folder / "wheels")]
    try:
        import hatchling.build  # noqa: F401 - with it here nothing has to be fetched
    except ImportError:
        pass
    else:
        build.append("--no-build-isolation")
    subprocess.run([*build, str(folder / "src")], check=True, timeout=300)
    (wheel,) = (folder / "wheels").glob("*.whl")
    place = folder / "opt"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(place)], check=True, timeout=60)
    install = [*pip, "--python", str(place / "bin" / "python"), "install", "--no-deps", "--no-index", str(wheel)]
    subprocess.run(install, check=True, timeout=120)
    (packages,) = place.glob("lib/python*/site-packages")
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return place


FINGERPRINTED = """
mount -t tmpfs -o noexec,nosuid,nodev tmpfs "$TMPDIR" && mount --bind "$RC2GRAPH_HOME" "$RC2GRAPH_HOME" &&
mount -o remount,bind,ro / && cd / && exec unshare --user --map-user=10001 --map-group=10001 "$@"
"""


@dataclass(frozen=True)
class Container:
    """What `docker run --read-only --tmpfs /tmp` gives a process, as far as a kernel gives it without Docker."""

    folder: Path
    environment: dict[str, str]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        new = ["unshare", "--mount", "--map-root-user", "sh", "-c", FINGERPRINTED, "sealed"]
        return subprocess.run(
            [*new, *words], env=self.environment, capture_output=True, text=True, check=False, timeout=120
        )


@pytest.fixture
def container(installed: Path, tmp_path: Path) -> Container:
    if shutil.which("unshare") is None or sys.platform != "linux":
        pytest.skip("no unshare here")
    for name in ("data", "tmp"):
        (tmp_path / name).mkdir()
    made = Container(
        tmp_path,
        {
            "PATH": f"{installed / 'bin'}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
            "RC2GRAPH_HOME": str(tmp_path / "data"),
            "TMPDIR": str(tmp_path / "tmp"),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
    )
    if (said := made.run("true")).returncode:
        pytest.skip(f"this kernel gives no namespaces here: {said.stderr.strip()}")
    return made


def test_the_seal_holds(container: Container) -> None:
    """The tests below would prove nothing on a file system that can be written to."""
    said = container.run("sh", "-c", 'id -u; touch /written; touch "$TMPDIR/x" "$RC2GRAPH_HOME/x" && echo yes')
    assert said.stdout.split() == ["10001", "yes"]
    assert "Read-only file system" in said.stderr
    assert "HOME" not in container.environment


def test_the_command_is_the_one_of_the_wheel(installed: Path, tmp_path: Path) -> None:
    """In an empty environment, where nothing can be written."""
    tmp_path.chmod(0o555)

    def said(*words: str) -> str:
        done = subprocess.run(words, env={}, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60)
        return done.stdout.strip()

    assert said(str(installed / "bin" / "rc2graph"), "--version") == f"rc2graph {__version__}"
    where = said(str(installed / "bin" / "python"), "-c", "import rc2graph; print(rc2graph.__file__)")
    assert Path(where).is_relative_to(installed)


def test_a_whole_load_and_review_on_a_read_only_file_system(container: Container) -> None:
    """Also the embedded engine, whose native library must not be unpacked into a /tmp that nothing is run from."""
    pytest.importorskip("arcadedb", exc_type=ImportError)
    with Simulator(demo_company(people=60)) as server:
        user_id, token = server.credentials
        container.environment.update(ROCKETCHAT_URL=server.url, ROCKETCHAT_USER_ID=user_id, ROCKETCHAT_AUTH_TOKEN=token)
        loaded = container.run("rc2graph", "load")
    assert (loaded.returncode, "is up to date with" in loaded.stdout) == (0, True), loaded
    page = container.folder / "data" / "review.html"
    reviewed = container.run("rc2graph", "review", "--html", str(page))
    assert reviewed.returncode == 0, reviewed
    assert page.exists()
    why = container.run("rc2graph", "why", "kurt.keys", "admin")
    assert "kurt.keys can become administrator." in why.stdout, why
    assert list((container.folder / "tmp").iterdir()) == [], "what was in /tmp went with the container"


def test_the_demo_needs_no_volume(container: Container) -> None:
    pytest.importorskip("arcadedb", exc_type=ImportError)
    said = container.run("rc2graph", "demo", "--quiet")
    assert said.returncode == 0, said
    assert list((container.folder / "data").iterdir()) == []


def test_a_home_that_cannot_be_written_is_named(container: Container) -> None:
    with Simulator(demo_company(people=20)) as server:
        user_id, token = server.credentials
        container.environment.update(ROCKETCHAT_URL=server.url, ROCKETCHAT_USER_ID=user_id, ROCKETCHAT_AUTH_TOKEN=token)
        said = container.run("rc2graph", "load", "--home", "/elsewhere")
    assert said.returncode not in (0, 1), said
    assert "/elsewhere" in said.stderr
    assert "Traceback" not in said.stderr
