"""The wheel: everything that the command needs, and nothing else. `.ci/run` installs it; here it is looked into."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from rc2graph import __version__

CHECKOUT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps"]
    try:
        import hatchling.build  # noqa: F401 - with it here nothing has to be fetched
    except ImportError:
        pass
    else:
        build.append("--no-build-isolation")
    subprocess.run([*build, "--wheel-dir", str(folder), str(CHECKOUT)], check=True, cwd=folder, timeout=300)
    (made,) = folder.glob("*.whl")
    assert made.name == f"rc2graph-{__version__}-py3-none-any.whl"
    return zipfile.ZipFile(made)


def test_all_of_the_package_and_all_statements_are_in_it(wheel: zipfile.ZipFile) -> None:
    here = {
        path.relative_to(CHECKOUT).as_posix()
        for path in (CHECKOUT / "rc2graph").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    here |= {
        f"rc2graph/{path.relative_to(CHECKOUT).as_posix()}"
        for path in (CHECKOUT / "cypher").rglob("*")
        if path.is_file()
    }
    inside = {name for name in wheel.namelist() if not name.partition("/")[0].endswith(".dist-info")}
    assert inside == here
    assert "rc2graph/py.typed" in inside
    assert "rc2graph/cypher/graph/load/nodes.cypher" in inside


def test_what_it_says_of_itself(wheel: zipfile.ZipFile) -> None:
    (about,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    text = wheel.read(about).decode()
    assert "Requires-Python: <3.16,>=3.11" in text
    assert "neo4j-rust-ext" in text
    needs = [line for line in text.splitlines() if line.startswith("Requires-Dist: ") and "extra ==" not in line]
    assert sum(need.startswith("Requires-Dist: arcadedb==") for need in needs) == 1, "the release that was tested"
    for need in needs:
        if need.startswith("Requires-Dist: arcadedb=="):
            continue
        assert "<" in need, f"no upper bound: {need}"
        assert ">=" in need, f"no lower bound: {need}"
    (scripts,) = (name for name in wheel.namelist() if name.endswith(".dist-info/entry_points.txt"))
    assert "rc2graph = rc2graph.cli:main" in wheel.read(scripts).decode()
    assert any(name.endswith("licenses/LICENSE") for name in wheel.namelist())


def test_each_dependency_has_its_reason() -> None:
    import tomllib

    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
    wanted = [
        *project["dependencies"],
        *(need for needs in project["optional-dependencies"].values() for need in needs),
    ]
    named = {need.split("[")[0].split(">")[0].split("=")[0].split("<")[0].split(";")[0].strip() for need in wanted}
    reasons = (CHECKOUT / "docs" / "dependencies.md").read_text()
    table = {
        name.split(" (")[0].strip()
        for line in reasons.splitlines()
        if line.startswith("| ") and "---" not in line
        for name in line.split("|")[1].split("(")[0].split(",")
    } - {"package"}
    assert table == named


ONE_BY_ONE = """
import importlib, pkgutil, sys, rc2graph
names = [one.name for one in pkgutil.walk_packages(rc2graph.__path__, "rc2graph.") if "__main__" not in one.name]
for name in names:
    for loaded in [loaded for loaded in sys.modules if loaded.partition(".")[0] == "rc2graph"]:
        del sys.modules[loaded]
    importlib.import_module(name)
print(len(names))
"""


def test_every_module_can_be_the_first_that_is_imported() -> None:
    """A command imports late, in an order of its own; most tests start it where all are there (tests/ready.py)."""
    done = subprocess.run([sys.executable, "-c", ONE_BY_ONE], capture_output=True, text=True, check=True, cwd=CHECKOUT)
    assert int(done.stdout) > 100


def test_nothing_here_points_outside_of_the_repository() -> None:
    for path in [*CHECKOUT.glob("*.md"), *CHECKOUT.glob("docs/*.md"), *CHECKOUT.glob("rc2graph/**/*.py")]:
        text = path.read_text()
        assert "../shared" not in text, path
        assert "/work/" not in text, path
