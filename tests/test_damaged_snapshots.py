"""A damaged file among the snapshots is named, skipped and kept; what a person names themselves is refused in words."""

import json
import random
import re
import shlex
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rc2graph.errors import DamagedError, Rc2graphError, SnapshotError, UsageError
from rc2graph.snapshot import Collection, Snapshot
from rc2graph.snapshot.file import NAME_ANOTHER
from rc2graph.snapshot.home import unfinished_snapshot
from rc2graph.snapshot.store import newest, stored, surplus, two
from tests.commands import Desk, office
from tests.engines import Engine
from tests.faults import Simulator
from tests.source import Source, small_company

PAGE = 4096


def damages(whole: bytes, number: int, seed: int) -> Iterator[bytes]:
    """The file with bytes flipped, zeroed, overwritten or cut off: in its head, its schema and its rows."""
    dice = random.Random(seed)
    for _ in range(number):
        file = bytearray(whole)
        first, last = dice.choice([(0, 100), (100, PAGE), (100, PAGE), (0, len(file)), (PAGE, len(file))])
        for _ in range(dice.choice([1, 1, 4, 30])):
            place, length = dice.randrange(first, last), dice.choice([1, 1, 2, 16, 512])
            patch = dice.choice([dice.randbytes(length), bytes(length), b"\xff" * length])
            file[place : place + length] = patch[: len(file) - place]
        yield bytes(file[: dice.randrange(len(file))] if dice.random() < 0.1 else file)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("whole") / "a.sqlite"
    Source(small_company(), path).collect()
    return path


def test_any_damage_is_told_in_words_and_stops_nobody_else(whole: Path, tmp_path: Path) -> None:
    shelf = tmp_path / "snapshots"
    shelf.mkdir()
    good = [shutil.copy(whole, shelf / name) for name in ("one.sqlite", "two.sqlite")]
    bad = shelf / "zzz.sqlite"
    refused, whys = 0, set[str]()
    for content in damages(whole.read_bytes(), 200, seed=17):
        bad.write_bytes(content)
        try:
            Snapshot.open(bad).close()
        except SnapshotError as error:
            refused += 1
            whys.add(error.what)
        found = stored(tmp_path)
        assert set(good) <= {one.path for one in found}
        assert set(good) & {one.path for one in newest(found, 2)}
        assert {one.workspace for one in two([], tmp_path)} == {"w"}
        assert set(surplus(tmp_path, "w", 3)) == set()
        assert bad.read_bytes() == content
    assert not [why for why in whys if re.search("malformed|syntax|literal|no such|Expecting|argument", why)]
    assert 100 < refused < 200, "what only spoils free space is no damage"


@pytest.mark.parametrize("schema", [b"CREATE TABLE \xff\xfe", b"\xffREATE TABLE meta"], ids=["name", "statement"])
def test_bytes_that_are_not_text_in_the_schema(whole: Path, tmp_path: Path, schema: bytes) -> None:
    """SQLite quotes them in its own message, which Python cannot decode."""
    bad = tmp_path / "bad.sqlite"
    bad.write_bytes(whole.read_bytes().replace(b"CREATE TABLE meta"[: len(schema)], schema))
    with pytest.raises(DamagedError, match="no intact snapshot"):
        Snapshot.open(bad)


def test_no_verb_dies_of_a_damaged_file(tmp_path: Path, embedded_engine: Engine) -> None:
    company = office()
    with Simulator(company) as server:
        desk = Desk(tmp_path).at(server, embedded_engine)
        home = embedded_engine.target.home
        for _ in range(2):
            desk.ok("load", "--workspace", "office", "--quiet")
        company.delete_user("staff.07")
        first = sorted((home / "snapshots").glob("*.sqlite"))[0]
        content = first.read_bytes()
        bad = {
            "schema": content.replace(b"CREATE TABLE meta", b"CREATE TABLE \xff\xfe\xff\xfe"),
            "empty": b"",
            "letter": b"Dear auditor, " * 99,
            "half": content[: len(content) // 2],
            "begun": content.replace(b"started", b"st\xffrted"),
            "zeroes": bytes(len(content)),
        }
        files = {home / "snapshots" / f"{name}.sqlite": text for name, text in bad.items()}
        rows = home / "snapshots" / "rows.sqlite"  # the newest of all, by what it says of itself
        shutil.copy(first, rows)
        with sqlite3.connect(rows) as db:
            db.execute("UPDATE meta SET value = '2026-12-31T00:00:00.000Z' WHERE key = 'started'")
        db.close()
        files[rows] = rows.read_bytes()
        for path, text in files.items():
            path.write_bytes(text)
        unfinished_snapshot(home, "office").write_bytes(bad["schema"])

        def names_them(*words: str, also: tuple[Path, ...] = ()) -> str:
            said = desk.run(*words)
            assert said.code == 0, said
            assert "Traceback" not in said.err
            missing = [path for path in files if path != rows and f"{path} is left out, and kept" not in said.err]
            assert missing == [], words
            assert [path for path in also if f"{path} is left out, and kept" not in said.err] == [], words
            assert {path: path.read_bytes() for path in files} == files
            return said.out

        names_them("load", "--workspace", "office", "--keep", "3", "--quiet")
        aside = next((home / "snapshots").glob("*.damaged.sqlite"))
        assert aside.read_bytes() == bad["schema"], "a collection that cannot be gone on with is kept, and begun anew"
    names_them("diff", "--quiet", also=(rows, aside))
    names_them("who", "admin", "--as-of", datetime.now(UTC).date().isoformat(), "--quiet", also=(rows,))
    plan = json.loads(names_them("forget", "staff.07", "--dry-run", "--json", "--quiet"))
    assert set(plan["damagedSnapshots"]) >= {str(path) for path in files if path != rows}
    names_them("prune", "--keep", "1", "--yes", "--quiet")
    said = desk.run("load", "--snapshot", str(rows), "--workspace", "office", "--quiet")
    assert (said.code, said.told.splitlines()[0]) == (5, f"The snapshot {rows} is corrupt.")
    del files[rows]  # it can be opened, and says that it is of this workspace
    names_them("purge", "--workspace", "office", "--snapshots", "--yes", "--quiet")


def test_what_is_no_snapshot_is_not_to_be_removed(whole: Path, tmp_path: Path) -> None:
    """A page, a folder, a photo: whoever named it by mistake still wants it."""
    page, folder, other = tmp_path / "review.html", tmp_path / "a folder", tmp_path / "other.sqlite"
    page.write_text("<!doctype html><title>Review</title>" * 40, encoding="utf-8")
    (folder / "snapshots").mkdir(parents=True)
    with sqlite3.connect(other) as db:
        db.execute("CREATE TABLE notes (text)")
    db.close()
    said = dict[str, tuple[str, str]]()
    for opened in (Snapshot.open, Collection.open):
        for path in (page, other, folder):
            with pytest.raises(Rc2graphError) as caught:
                opened(path)
            said[path.name] = (caught.value.what, caught.value.next_step)
            assert "emove" not in str(caught.value)
            assert path.exists()
        assert said == {
            "review.html": (f"{page} is not a snapshot of rc2graph.", NAME_ANOTHER),
            "other.sqlite": (f"{other} is not a snapshot of rc2graph.", NAME_ANOTHER),
            "a folder": (f"{folder} is a folder, not a snapshot.", NAME_ANOTHER)
            if opened == Snapshot.open
            else (f"The snapshot {folder} cannot be written.", "Name a file in it that ends in .sqlite."),
        }
    kept = folder / "snapshots" / "acme-1.sqlite"
    shutil.copy(whole, kept)
    with pytest.raises(UsageError) as caught:
        Snapshot.open(folder)
    assert caught.value.next_step == f"Name a file in it, such as {shlex.quote(str(kept))}"
    cut = tmp_path / "cut.sqlite"
    cut.write_bytes(whole.read_bytes()[:5000])
    with pytest.raises(DamagedError) as damaged:
        Snapshot.open(cut)
    assert "no intact snapshot" in damaged.value.what
    assert "emove" not in str(damaged.value)
