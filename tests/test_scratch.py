"""What a killed run leaves in the temporary directory goes with the next: only what is ours, old, and nobody's."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rc2graph import scratch as module
from rc2graph.scratch import MARK, OLD, sweep
from tests.commands import Desk

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and links of POSIX")


def made(place: Path, name: str, *, age: float = 2 * OLD, mark: bool = True) -> Path:
    folder = place / name
    folder.mkdir()
    (folder / "data").write_text("x")
    if mark:
        (folder / MARK).touch()
    then = time.time() - age
    os.utime(folder, (then, then))
    return folder


@posix
def test_only_old_folders_of_ours_that_nobody_holds(tmp_path: Path) -> None:
    old = made(tmp_path, "rc2graph-engine-abcd_123")
    elsewhere = made(tmp_path, "elsewhere")
    kept = [
        elsewhere,
        made(tmp_path, "rc2graph-engine-young_01", age=0),
        made(tmp_path, "rc2graph-demo", mark=True),  # that is what `demo --keep` makes
        made(tmp_path, "rc2graph-log-nomark_1", mark=False),
        made(tmp_path, "rc2graph-engine-linkmark", mark=False),
        made(tmp_path, "rc2graph-engine-ofothers"),
    ]
    link = tmp_path / "rc2graph-engine-linked_1"
    link.symlink_to(elsewhere)
    (kept[4] / MARK).symlink_to(elsewhere / "data")
    os.utime(kept[4], (0, 0))
    if os.getuid() == 0:
        os.chown(kept[5], 12345, -1)
    else:
        shutil.rmtree(kept.pop())
    inside = old / "rc2graph-link"
    inside.symlink_to(elsewhere)
    os.utime(old, (0, 0))
    assert sweep(tmp_path, time.time() - OLD) == [old]
    assert [path.exists() for path in kept] == [True] * len(kept)
    assert (elsewhere / "data").exists()
    assert link.is_symlink()


def test_what_is_in_use_stays_however_old_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.tempfile, "tempdir", str(tmp_path))
    with module.scratch("engine") as folder:
        os.utime(folder, (0, 0))
        assert sweep(tmp_path, time.time()) == []
        assert folder.exists()
    assert not folder.exists()


@posix
def test_a_killed_run_is_cleaned_up_after_by_the_next(tmp_path: Path) -> None:
    pytest.importorskip("arcadedb", exc_type=ImportError)
    desk = Desk(tmp_path, apart=True).at(NEO4J_URI="", RC2GRAPH_HOME="home")
    program = """
        import os, signal
        from pathlib import Path
        from rc2graph.config import GraphTarget
        from rc2graph.graph.connect import connect
        with connect(GraphTarget(home=Path("home")), write=True):
            os.kill(os.getpid(), signal.SIGKILL)
    """
    lines = "\n".join(line[8:] for line in program.splitlines())
    done = subprocess.run([sys.executable, "-c", lines], cwd=tmp_path, env=desk.environment(), timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL
    left = [path for path in (tmp_path / "tmp").iterdir() if path.name.startswith("rc2graph-")]
    assert {path.name.split("-")[1] for path in left} == {"engine", "log"}
    for path in left:
        os.utime(path, (0, 0))
    assert desk.run("query", "RETURN 1").code == 0
    assert [path for path in (tmp_path / "tmp").iterdir() if path.name.startswith("rc2graph-")] == []
