"""The locale of the machine changes no answer: the same company, read, loaded and reviewed under each.

In a Turkish locale the lower case of I is not i, which C code that compares keywords stumbles over.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands import Desk, office, present, truth
from tests.engines import Engine
from tests.faults import Simulator

TURKISH = "tr_TR"
SOURCE = Path("/usr/share/i18n/locales") / TURKISH
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="locales of POSIX")


@pytest.fixture(scope="module")
def locales(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a Turkish locale, made for this test."""
    if not shutil.which("localedef") or not SOURCE.exists():
        pytest.skip("no localedef with tr_TR here: Debian's package locales has both")
    folder = tmp_path_factory.mktemp("locales")
    made = folder / f"{TURKISH}.UTF-8"
    subprocess.run(["localedef", "-i", TURKISH, "-f", "UTF-8", str(made)], check=True, capture_output=True)
    return folder


@pytest.mark.parametrize("name", ["tr_TR.UTF-8", "C", "C.UTF-8"])
def test_the_locale_changes_no_answer(
    name: str, tmp_path: Path, embedded_engine: Engine, request: pytest.FixtureRequest
) -> None:
    settings = {"LC_ALL": name, "LANG": name}
    if name == "tr_TR.UTF-8":
        settings["LOCPATH"] = str(request.getfixturevalue("locales"))
    if name == "C":  # Python would take UTF-8 all the same
        settings |= {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    company = office()
    with Simulator(company) as server:
        desk = Desk(tmp_path).at(server, embedded_engine, **settings)
        assert turkish(desk) == (name == "tr_TR.UTF-8")
        told = json.loads(desk.ok("collect", "--snapshot", "a.sqlite", "--quiet", "--json"))
        assert told["complete"], told
        desk.ok("load", "--snapshot", "a.sqlite")
        desk.ok("load", "--verify")
    assert present(embedded_engine) == truth(company)
    rows = json.loads(desk.ok("query", "administrators", "--json"))
    assert {row["user"] for row in rows} == {"ana.admin", "rita.retired"}
    assert "administrators" in desk.ok("review", "--json")
    desk.ok("review", "--worksheet", "worksheet.csv", "--scope", "all")


def turkish(desk: Desk) -> bool:
    """Whether the locale is at work in a process of this desk: C's own `tolower` says so."""
    probe = "import ctypes, locale; locale.setlocale(locale.LC_ALL, ''); print(ctypes.CDLL(None).tolower(ord('I')))"
    done = subprocess.run(
        [sys.executable, "-c", probe], env=desk.environment(), capture_output=True, text=True, check=True
    )
    return int(done.stdout) != ord("i")
