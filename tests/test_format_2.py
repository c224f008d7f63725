"""A snapshot of format 2, written before files said themselves what they hold, stays of use for ever.

`data/format-2.sqlite` was collected from the company of the demo by the code before that. Nobody may delete this test.
"""

import json
import re
import shutil
import sqlite3
import subprocess
import sys
import textwrap
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rc2graph.access.basis import COVERED
from rc2graph.errors import DamagedError, SnapshotError
from rc2graph.model import COUNTED_NODES
from rc2graph.pseudonym import Pseudonym
from rc2graph.reviews.changes import compared
from rc2graph.snapshot import Snapshot
from rc2graph.snapshot.finish import digest
from rc2graph.snapshot.forget import rewrite
from rc2graph.snapshot.schema import FORMAT, STORED, tables, without_new_tables
from rc2graph.snapshot.shown import not_shown
from tests.commands import Desk
from tests.engines import Engine

OLD = Path(__file__).parent / "data" / "format-2.sqlite"
TABLES_2 = tables({}).items()
LATER = [(of, one) for of in COUNTED_NODES for one in of.properties if one.since > 2 and not one.derived]
AT = "2026-12-01T00:00:00.000Z"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "old.sqlite"
    shutil.copy(OLD, path)
    return path


def test_it_is_checked_by_the_hash_that_it_was_given(old: Path) -> None:
    with Snapshot.open(old) as found:
        assert found.meta["format"] == "2"
        assert found.db.execute("SELECT count(*) FROM user").fetchone() == (498,)
    with closing(sqlite3.connect(old)) as db:
        db.execute("UPDATE user SET name = 'Another' WHERE id = (SELECT min(id) FROM user)")
        db.commit()
    with pytest.raises(DamagedError, match="corrupt"):
        Snapshot.open(old)


def test_it_loads_and_is_asked_and_packed(engine: Engine, old: Path, tmp_path: Path) -> None:
    desk = Desk(tmp_path).at(engine=engine)
    assert json.loads(desk.ok("load", "--snapshot", old.name, "--json", "--quiet"))["state"] == "complete"
    again = json.loads(desk.ok("load", "--snapshot", old.name, "--json", "--quiet"))
    assert not any(number for kind in again["counts"].values() for number in kind.values())
    assert "kurt.keys" in desk.run("who", "admin", "--quiet").out
    desk.ok("evidence", "pack", "--quiet")
    assert json.loads(desk.ok("evidence", "pack", "--verify", "--json"))["whole"]


def test_on_the_shelf_it_says_who_it_was_then(old: Path, tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    shelf = tmp_path / "rc2graph-data" / "snapshots"
    shelf.mkdir(parents=True)
    shutil.move(old, shelf / "demo-2a97516c-20261130T204721810Z.sqlite")
    (kept := next(shelf.iterdir())).chmod(0o600)
    desk.run("load", "--snapshot", str(kept), "--quiet")
    said = desk.run("who", "admin", "--as-of", datetime.now(UTC).date().isoformat(), "--workspace", "demo", "--quiet")
    assert (said.code, "kurt.keys" in said.out) == (0, True), said


def test_it_is_compared_with_one_of_today(old: Path, tmp_path: Path) -> None:
    new = tmp_path / "new.sqlite"
    shutil.copy(old, new)
    with Snapshot.open(old) as found:
        (id_,) = found.db.execute("SELECT id FROM user WHERE username = 'kurt.keys'").fetchone()
    assert rewrite(new, Pseudonym(id_, frozenset({"kurt.keys"}), "forgotten-1"), AT)
    with Snapshot.open(old) as before, Snapshot.open(new) as after:
        assert (before.meta["format"], after.meta["format"]) == ("2", str(FORMAT))
        found = {(one.what, one.thing.name) for one in compared(before, after).changes("accounts")}
        assert found == {("gone", "kurt.keys"), ("appeared", "forgotten-1")}


def test_who_is_forgotten_leaves_it_and_it_is_one_of_today(old: Path, tmp_path: Path) -> None:
    with Snapshot.open(old) as found:
        id_, *known = found.db.execute("SELECT id, name, emails FROM user WHERE username = 'kurt.keys'").fetchone()
    told = {id_, "kurt.keys", known[0], *json.loads(known[1])}
    rewrite(old, Pseudonym(id_, frozenset(told - {id_}), "forgotten-1"), AT)
    text = old.read_bytes()
    assert {one for one in told if one.encode() in text} == set()
    with Snapshot.open(old) as found:
        assert (found.meta["format"], tables(found.meta)) == (str(FORMAT), without_new_tables(dict(TABLES_2)))
        row = found.db.execute("SELECT * FROM user WHERE id = 'forgotten-1'")
        shown = dict(zip([column[0] for column in row.description], row.fetchone(), strict=True))
    personal = {about.column for about in STORED["user"] if about.personal}
    assert {column: shown[column] for column in personal} == {**dict.fromkeys(personal), "username": "forgotten-1"}


def test_a_column_that_it_lacks_is_not_visible(old: Path, tmp_path: Path) -> None:
    """Also where a later release has added it: here it is taken away from the file and from what the file says."""
    with closing(sqlite3.connect(old, isolation_level=None)) as db:
        db.execute("ALTER TABLE user DROP COLUMN reason")
        has = {table: [one for one in columns if (table, one) != ("user", "reason")] for table, columns in TABLES_2}
        db.execute("INSERT INTO meta VALUES ('tables', ?)", (json.dumps(has),))
        db.execute("UPDATE meta SET value = ? WHERE key = 'sha256'", (digest(db, has),))
    with Snapshot.open(old) as found, closing(sqlite3.connect("", uri=True)) as other:
        assert found.db.execute("SELECT count(*), count(reason) FROM user").fetchone() == (498, 0)
        other.execute("ATTACH ? AS snap", (found.uri,))
        assert other.execute("SELECT count(*), count(reason) FROM snap.user").fetchone() == (498, 0)
    with closing(sqlite3.connect(old)) as db:
        assert "reason" not in {row[1] for row in db.execute("PRAGMA table_info(user)")}, "the file is left as it is"
    rewrite(old, Pseudonym("nobody", frozenset({"nobody"}), "forgotten-1"), AT)
    with Snapshot.open(old) as found:
        assert found.db.execute("SELECT count(*), count(reason) FROM user").fetchone() == (498, 0)


def test_of_what_it_could_not_hold_it_is_said_that_it_is_not_visible(old: Path) -> None:
    with Snapshot.open(old) as found:
        for label, one in LATER:
            assert any(text.startswith(f"{one.name}: not shown by any of ") for text in not_shown(found.db))
            assert f"{label.label}.{one.name}" in COVERED, "a question that looks at it answers: not visible"


@pytest.mark.parametrize(
    ("written", "why"),
    [
        (str(FORMAT + 1), "by a newer rc2graph"),
        ("1", "by a very old"),
        ("two", "its format is 'two', which is no number"),
    ],
)
def test_a_file_of_another_format_is_refused_with_a_sentence(old: Path, written: str, why: str) -> None:
    with closing(sqlite3.connect(old)) as db:
        db.execute("UPDATE meta SET value = ? WHERE key = 'format'", (written,))
        db.commit()
    with pytest.raises(SnapshotError, match=why):
        Snapshot.open(old)


@pytest.mark.parametrize("name", ["user; DROP TABLE user", "user WHERE 0", "sqlite_master", "", "User"])
def test_what_a_file_says_of_its_tables_is_data(old: Path, name: str) -> None:
    with closing(sqlite3.connect(old, isolation_level=None)) as db:
        says = {name if table == "user" else table: columns for table, columns in tables({}).items()}
        db.execute("INSERT INTO meta VALUES ('tables', ?)", (json.dumps(says),))
    for check in (True, False):
        with pytest.raises(DamagedError), Snapshot.open(old, check=check) as found:
            found.datasets()


@pytest.mark.parametrize("says", ["[]", "7", '{"user": 7}', '{"user": [7]}', "{", "{tables: []}", "[" * 100_000])
def test_what_a_file_says_that_makes_no_sense_is_damage(old: Path, says: str) -> None:
    with closing(sqlite3.connect(old, isolation_level=None)) as db:
        db.execute("INSERT INTO meta VALUES ('tables', ?)", (says,))
    for check in (True, False):
        with pytest.raises(DamagedError, match="snapshot: it does not say which tables it has"):
            Snapshot.open(old, check=check)


@pytest.mark.parametrize(
    ("columns", "why"),
    [
        ([], "it does not say which columns its table user has"),
        (["id", "status"], "its table user has no column status, which it names"),
        (["id", "from"], "its table user has no column from, which it names"),
        (["id, (SELECT 1)"], "it names a column "),
        ([7], "it names a column 7"),
    ],
)
def test_a_column_that_is_not_there_is_named(old: Path, columns: list[str | int], why: str) -> None:
    with closing(sqlite3.connect(old, isolation_level=None)) as db:
        db.execute("INSERT INTO meta VALUES ('tables', ?)", (json.dumps({**tables({}), "user": columns}),))
    for check in (True, False):
        with pytest.raises(DamagedError, match=f"no intact snapshot: {re.escape(why)}"):
            Snapshot.open(old, check=check)


def test_a_table_that_is_not_there_is_damage(old: Path) -> None:
    with closing(sqlite3.connect(old, isolation_level=None)) as db:
        db.execute("DROP TABLE role")
    with pytest.raises(DamagedError, match="it has no table role"):
        Snapshot.open(old, check=False)


def test_where_there_is_no_room_for_its_columns_it_is_said(old: Path) -> None:
    program = f"""
        import resource, signal
        from pathlib import Path
        from rc2graph.errors import SnapshotError
        from rc2graph.snapshot import Snapshot
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        with Snapshot.open(Path({str(old)!r})) as found:
            try:
                found.datasets()
            except SnapshotError as error:
                print(error.what, error.why, error.next_step)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "could not be read" in done.stdout
    assert "temporary" in done.stdout


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("DELETE FROM meta WHERE key = 'started'", "when it was begun"),
        ("DELETE FROM meta WHERE key = 'workspace'", "or of what"),
        ("UPDATE dataset SET state = 'great' WHERE name = 'users'", "a list is great"),
    ],
)
def test_what_everything_rests_on_must_be_there(old: Path, change: str, why: str) -> None:
    with closing(sqlite3.connect(old, isolation_level=None)) as db:
        db.execute(change)
        db.execute("UPDATE meta SET value = ? WHERE key = 'sha256'", (digest(db, tables({})),))
    for check in (True, False):
        with pytest.raises(DamagedError, match=why):
            Snapshot.open(old, check=check)


def test_a_fingerprint_that_it_lacks_is_damage(old: Path) -> None:
    with closing(sqlite3.connect(old, isolation_level=None)) as db:
        db.execute("ALTER TABLE user DROP COLUMN fingerprint")
    with pytest.raises(DamagedError, match="user has no column fingerprint"), Snapshot.open(old, check=False) as found:
        assert found.db


def test_it_says_that_nobody_asked_who_was_never_approved(old: Path) -> None:
    """The accounts that are not active, and wrote no reason, count as deactivated in it. That is not proven."""
    with Snapshot.open(old) as found:
        (number,) = found.db.execute(
            "SELECT count(*) FROM user WHERE active = 0 AND coalesce(reason, '') = ''"
        ).fetchone()
        (text,) = [text for text in not_shown(found.db) if text.startswith("approval: ")]
        assert f"not shown by {number} of 498 accounts" in text


@pytest.mark.parametrize("key", ["not_visible", "forgotten", "identity"])
def test_forgetting_in_a_file_that_says_nonsense_of_itself_is_refused(old: Path, key: str) -> None:
    with closing(sqlite3.connect(old, isolation_level=None)) as db:
        db.execute("INSERT OR REPLACE INTO meta VALUES (?, 'x')", (key,))
        db.execute("UPDATE meta SET value = ? WHERE key = 'sha256'", (digest(db, tables({})),))
    before = old.read_bytes()
    with pytest.raises(DamagedError, match="no intact snapshot"):
        rewrite(old, Pseudonym("nobody", frozenset({"nobody"}), "forgotten-1"), AT)
    assert old.read_bytes() == before
