"""The snapshot file: what is committed stays, what is damaged is noticed, and nobody else writes to it meanwhile."""

import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import textwrap
from contextlib import closing
from pathlib import Path

import pytest

from rc2graph.errors import BusyError, SnapshotError, UsageError
from rc2graph.model import Membership, Permission, Role, Team, User
from rc2graph.snapshot import Collection, Dataset, Page, Snapshot
from rc2graph.snapshot.schema import DATASETS
from rc2graph.snapshot.shown import not_shown

ANA = User("ana", username="ana", active=True, roles=("admin", "gone"))
OLAF = User("olaf", username="olaf", active=False, roles=("user",))
AT = "2026-07-12T08:00:00.000Z"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "snapshot.sqlite"


def fill(file, look=1):
    file.commit(Page("users.listByStatus", look, rows=2, total=2, note="complete", at=AT), [ANA, OLAF])
    file.commit(Page("roles.list", look, rows=2, at=AT), [Role("admin"), Role("user")])
    file.commit(Page("permissions.listAll", look, rows=1, at=AT), [Permission("p", roles=("admin", "nobody"))])
    file.commit(Page("teams.listAll", look, rows=1, total=1, note="complete", at=AT), [Team("t", member_rows=2)])
    rows = [
        Membership("t", "ana", ("owner",), True, AT, "ana"),
        Membership("t", "new", None, False, AT, "ana", "newbie", "New"),
    ]
    file.commit(Page("teams.members", look, "t", rows=2, total=2, note="complete", at=AT), rows)


def finish(file):
    file.set_meta(workspace="w", started=AT)
    return file.finish([Dataset(name, "complete", 1, 1) for name in DATASETS], AT)


@pytest.fixture
def finished(path):
    with Collection.open(path) as file:
        fill(file)
        finish(file)
    return path


def test_a_finished_snapshot_is_one_closed_file_with_the_edges_spelt_out(finished):
    assert [entry.name for entry in finished.parent.iterdir()] == [finished.name]
    with Snapshot.open(finished) as snapshot:
        rows = lambda sql: set(snapshot.db.execute(sql))  # noqa: E731
        assert rows("SELECT * FROM has_role") == {("ana", "admin"), ("ana", "gone"), ("olaf", "user")}
        assert rows("SELECT * FROM grants") == {("admin", "p"), ("nobody", "p")}
        assert rows("SELECT id, dangling FROM role") == {("admin", 0), ("user", 0), ("gone", 1), ("nobody", 1)}
        assert rows("SELECT id, username, unlisted FROM user") == {
            ("ana", "ana", 0),
            ("olaf", "olaf", 0),
            ("new", "newbie", 1),
        }
        assert rows("SELECT user_id, owner FROM member") == {("ana", 1), ("new", 0)}
        assert all(len(seal) == 32 for (seal,) in rows("SELECT fingerprint FROM user"))
        assert ("member_user",) in rows("SELECT name FROM sqlite_master WHERE type = 'index'")
        assert snapshot.datasets()["users"].state == "complete"


def test_the_file_and_its_folder_are_for_the_owner_alone(tmp_path):
    path = tmp_path / "deep" / "home" / "snapshot.sqlite"
    before = os.umask(0)
    try:
        with Collection.open(path) as file:
            fill(file)
            modes = {entry.name: entry.stat().st_mode & 0o777 for entry in path.parent.iterdir()}
            assert set(modes.values()) == {0o600}, modes
            assert path.parent.stat().st_mode & 0o077 == 0
            finish(file)
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o600


def test_i4_what_was_committed_is_there_when_it_is_opened_again(path):
    with Collection.open(path) as file:
        assert not file.resumed
        fill(file)
    with Collection.open(path) as file:
        assert file.resumed
        assert [page.note for page in file.pages("users.listByStatus")] == ["complete"]
        assert file.rows("SELECT id FROM user ORDER BY id") == [("ana",), ("olaf",)]


def test_i4_a_page_and_its_ledger_line_are_one_transaction(path):
    def rows():
        yield ANA
        raise RuntimeError("killed")

    with Collection.open(path) as file:
        with pytest.raises(RuntimeError):
            file.commit(Page("users.listByStatus"), rows())
        assert file.rows("SELECT count(*) FROM user") == file.rows("SELECT count(*) FROM ledger") == [(0,)]
        with pytest.raises(ZeroDivisionError):
            file.commit(Page("users.listByStatus"), [ANA], judge=lambda new: str(1 // 0))
        assert file.rows("SELECT count(*) FROM user") == [(0,)]
        fill(file)


def test_a_row_that_a_page_repeats_is_not_new(path):
    told = []
    with Collection.open(path) as file:
        for rows in ([ANA], [ANA, OLAF], [OLAF, OLAF]):
            file.commit(Page("users.listByStatus"), rows, judge=lambda new: told.append(new) or "note")
    assert told == [1, 1, 0]


def test_many_rows_are_counted_whatever_the_chunk(path):
    with Collection.open(path) as file:
        users = [User(str(number)) for number in range(12_345)]
        told = []
        file.commit(Page("users.listByStatus"), iter(users), judge=lambda new: told.append(new) or "")
        assert told == [12_345]
        finish(file)


def test_the_latest_look_at_each_thing_wins_and_nothing_shown_is_dropped(path):
    with Collection.open(path) as file:
        fill(file, look=1)
        file.commit(Page("users.listByStatus", 11), [User("ana", username="ana.new", active=True, roles=("user",))])
        finish(file)
    with Snapshot.open(path) as snapshot:
        names = set(snapshot.db.execute("SELECT id, username FROM user WHERE unlisted = 0"))
        assert names == {("ana", "ana.new"), ("olaf", "olaf")}
        assert set(snapshot.db.execute("SELECT * FROM has_role")) == {("ana", "user"), ("olaf", "user")}


def test_i12_roles_that_one_look_showed_are_not_lost_to_a_later_one_that_hid_them(path):
    """`users.list` leaves the key out while a permission is missing (rocketchat.md §4.1)."""
    with Collection.open(path) as file:
        file.commit(Page("users.list", 1), [ANA, User("mute")])
        file.commit(Page("users.list", 11), [User("ana", username="ana.new"), User("mute", username="mute")])
        finish(file)
    with Snapshot.open(path) as snapshot:
        assert set(snapshot.db.execute("SELECT * FROM has_role")) == {("ana", "admin"), ("ana", "gone")}
        assert set(snapshot.db.execute("SELECT id, username FROM user")) == {("ana", "ana"), ("mute", "mute")}


def test_of_a_member_that_is_not_active_only_ownership_stays(path):
    with Collection.open(path) as file:
        fill(file)
        file.commit(Page("teams.members", 1, "t"), [Membership("t", "olaf", ("owner", "moderator"), True, AT, "ana")])
        finish(file)
    with Snapshot.open(path) as snapshot:
        row = "SELECT roles, owner, joined_at, added_by_id FROM member WHERE user_id = ?"
        assert snapshot.db.execute(row, ("olaf",)).fetchall() == [('["owner"]', 1, None, None)]
        assert snapshot.db.execute(row, ("ana",)).fetchall() == [('["owner"]', 1, AT, "ana")]


def test_the_same_rows_make_the_same_fingerprints_whatever_their_order(tmp_path):
    def seals(name, users, roles):
        with Collection.open(tmp_path / name) as file:
            file.commit(Page("users.listByStatus"), users)
            file.commit(Page("roles.list"), [Role(role) for role in roles])
            finish(file)
        with Snapshot.open(tmp_path / name) as snapshot:
            return set(snapshot.db.execute("SELECT id, fingerprint FROM user UNION SELECT id, fingerprint FROM role"))

    turned = User("ana", username="ana", active=True, roles=("gone", "admin"))
    assert seals("a", [ANA, OLAF], ["user", "admin"]) == seals("b", [OLAF, turned], ["admin", "user"])
    assert seals("a2", [ANA, OLAF], ["user"]) != seals("c", [ANA, User("olaf", active=None, roles=("user",))], ["user"])


def test_what_came_after_a_line_or_in_some_looks_can_be_thrown_away(path):
    with Collection.open(path) as file:
        fill(file)
        line = file.last_line()
        fill(file, look=11)
        file.drop_after(line)
        assert file.last_line() == line
        assert file.rows("SELECT DISTINCT look FROM user") == [(1,)]
        fill(file, look=2)
        file.forget("users.listByStatus", range(1, 3))
        assert file.rows("SELECT count(*) FROM user") == [(0,)]
        assert file.rows("SELECT count(*) FROM team") == [(2,)]
        file.clear()
        assert file.last_line() == 0
        assert file.meta("workspace") is None


@pytest.mark.parametrize(
    "text", ["nul\0l", "half \ufffd", "quote'\"", "Zoë 🚀", "x" * 100_000, "-- ; DROP TABLE user", "\n"]
)
def test_any_text_comes_back_as_it_was(path, text):
    user = User("u" + text, username=text, roles=("r" + text,))
    with Collection.open(path) as file:
        file.commit(Page("users.listByStatus"), [user])
        finish(file)
    with Snapshot.open(path) as snapshot:
        assert snapshot.db.execute("SELECT id, username FROM user").fetchall() == [("u" + text, text)]
        if "\0" not in text:  # the mapping lets none through
            assert snapshot.db.execute("SELECT * FROM has_role").fetchall() == [("u" + text, "r" + text)]


# ---- what is refused


def test_a_finished_file_is_refused_without_overwrite(finished):
    kept = finished.read_bytes()
    with pytest.raises(UsageError, match="finished already") as refused:
        Collection.open(finished)
    assert "--overwrite" in refused.value.next_step
    assert finished.read_bytes() == kept
    with Collection.open(finished, overwrite=True) as file:
        assert not file.resumed
        assert file.rows("SELECT count(*) FROM user") == [(0,)]


def test_overwrite_goes_on_with_an_unfinished_file(path):
    with Collection.open(path) as file:
        fill(file)
    with Collection.open(path, overwrite=True) as file:
        assert file.resumed


def test_an_unfinished_file_is_no_snapshot(path):
    with Collection.open(path) as file:
        fill(file)
    with pytest.raises(SnapshotError, match="unfinished") as refused:
        Snapshot.open(path)
    assert "Go on with it" in str(refused.value)


def test_a_file_that_is_not_there(path):
    with pytest.raises(UsageError, match="no snapshot"):
        Snapshot.open(path)
    assert not path.exists()


@pytest.mark.parametrize("content", [b"hello", b"\0" * 4096, os.urandom(5000), b"SQLite format 3\0" + b"\xff" * 4000])
def test_a_foreign_file_is_refused_and_left_as_it_is(path, content):
    path.write_bytes(content)
    for attempt in (Snapshot.open, Collection.open, lambda path: Collection.open(path, overwrite=True)):
        with pytest.raises(SnapshotError):
            attempt(path)
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE invoices (id)",
        "CREATE TABLE meta (a)",
        "CREATE TABLE meta (key, value); INSERT INTO meta VALUES ('finished', 'x')",
        "CREATE TABLE meta (key, value); INSERT INTO meta VALUES ('format', '0'), ('finished', 'x')",
    ],
)
def test_a_foreign_database_is_refused_and_left_as_it_is(path, statement):
    with sqlite3.connect(path) as db:
        db.executescript(statement + "; CREATE TABLE precious (id); INSERT INTO precious VALUES (1)")
    db.close()
    for attempt in (Snapshot.open, Collection.open, lambda path: Collection.open(path, overwrite=True)):
        with pytest.raises(SnapshotError):
            attempt(path)
    with sqlite3.connect(path) as db:
        assert db.execute("SELECT * FROM precious").fetchall() == [(1,)]
    db.close()


def test_an_empty_file_is_begun(path):
    path.touch()
    with pytest.raises(SnapshotError):
        Snapshot.open(path)
    with Collection.open(path) as file:
        assert not file.resumed


@pytest.mark.parametrize("fraction", [0.1, 0.3, 0.5, 0.7, 0.9])
def test_half_a_snapshot_is_corrupt(finished, fraction):
    content = finished.read_bytes()
    finished.write_bytes(content[: int(len(content) * fraction)])
    with pytest.raises(SnapshotError):
        Snapshot.open(finished)


def test_a_flipped_byte_never_goes_unnoticed_in_what_is_loaded(finished):
    """Either the file is refused, or every row is what it was."""
    content = finished.read_bytes()

    def rows():
        with Snapshot.open(finished) as snapshot:
            tables = ("user", "role", "permission", "team", "member", "has_role", "grants", "dataset", "meta")
            return [snapshot.db.execute(f"SELECT * FROM {table}").fetchall() for table in tables]

    whole = rows()
    for place in range(100, len(content), 97):
        finished.write_bytes(content[:place] + bytes([content[place] ^ 0x15]) + content[place + 1 :])
        try:
            assert rows() == whole
        except SnapshotError:
            continue


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE user SET active = 1 WHERE id = 'olaf'",
        "UPDATE user SET active = NULL WHERE id = 'olaf'",
        "UPDATE user SET username = '' WHERE username IS NULL OR id = 'ana'",
        "DELETE FROM member WHERE user_id = 'ana'",
        "INSERT INTO has_role VALUES ('olaf', 'admin')",
        "DELETE FROM grants",
        "UPDATE dataset SET state = 'complete', fetched = 0",
        "UPDATE meta SET value = 'other' WHERE key = 'workspace'",
        "UPDATE team SET orphan_rows = 7",
        "UPDATE ledger SET status = 400 WHERE line = 1",
        "UPDATE user SET fingerprint = 'x'",
    ],
)
def test_a_changed_row_is_noticed_by_the_hash(finished, change):
    with sqlite3.connect(finished) as db:
        db.execute(change)
    db.close()
    with pytest.raises(SnapshotError, match="corrupt"):
        Snapshot.open(finished)


def test_a_place_that_cannot_be_written_is_a_usage_error(tmp_path):
    (tmp_path / "file").touch()
    for place in (tmp_path, tmp_path / "file" / "x.sqlite", Path("/proc/nowhere/x.sqlite")):
        with pytest.raises(UsageError, match="cannot be written"):
            Collection.open(place)


def test_a_path_with_odd_characters(tmp_path):
    path = tmp_path / "a b?c#d%20é" / "x?mode=rw.sqlite"
    with Collection.open(path) as file:
        fill(file)
        finish(file)
    with Snapshot.open(path) as snapshot:
        assert snapshot.meta["workspace"] == "w"


# ---- others


def other_process(code, *arguments, **options):
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)],
        capture_output=True, text=True, timeout=60, check=False, cwd=Path(__file__).parent.parent, **options,
    )  # fmt: skip


OPEN = """
    import sys
    from pathlib import Path
    from rc2graph.errors import Rc2graphError
    from rc2graph.snapshot import Collection, Snapshot
    for attempt in (Collection.open, Snapshot.open):
        try:
            attempt(Path(sys.argv[1])).close()
        except Rc2graphError as error:
            print(type(error).__name__)
        else:
            print("open")
"""


def test_i6_while_one_process_collects_another_is_told_so(path):
    with Collection.open(path) as file:
        fill(file)
        assert other_process(OPEN, path).stdout.split() == ["BusyError", "BusyError"]
        file.set_meta(still="mine")
    assert other_process(OPEN, path).stdout.split() == ["open", "SnapshotError"]


def test_i6_a_second_collection_in_the_same_process_is_told_so_too(path):
    with Collection.open(path) as file:
        fill(file)
        with pytest.raises(BusyError):
            Collection.open(path)
        assert other_process(OPEN, path).stdout.split()[0] == "BusyError"
        file.set_meta(still="mine")


def test_the_lock_goes_with_the_process(path):
    killed = other_process(
        """
        import os, signal, sys
        from pathlib import Path
        from rc2graph.snapshot import Collection, Page
        from rc2graph.model import User
        file = Collection.open(Path(sys.argv[1]))
        file.commit(Page("users.listByStatus"), [User("ana")])
        os.kill(os.getpid(), signal.SIGKILL)
        """,
        path,
    )
    assert killed.returncode == -9
    with Collection.open(path) as file:
        assert file.rows("SELECT id FROM user") == [("ana",)]


def test_a_finished_snapshot_can_be_read_by_many(finished):
    with Snapshot.open(finished), Snapshot.open(finished):
        assert other_process(OPEN, finished).stdout.split() == ["UsageError", "open"]


# ---- disk full


def test_a_full_disk_stops_with_an_error_and_loses_nothing(path):
    with Collection.open(path) as file:
        fill(file)
        pages = file.rows("PRAGMA page_count")[0][0]
        file.db.execute(f"PRAGMA max_page_count = {pages + 4}")
        with pytest.raises(SnapshotError, match="full") as full:
            file.commit(Page("users.listByStatus", 2), (User(str(n), name="x" * 500) for n in range(5_000)))
        assert "Make room" in str(full.value)
    with Collection.open(path) as file:
        assert file.rows("SELECT count(*) FROM user") == [(2,)]
        assert len(list(file.pages("users.listByStatus"))) == 1
        finish(file)
    Snapshot.open(path).close()


def limit_file_size():
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))


def test_a_disk_that_is_really_full_stops_with_an_error_and_loses_nothing(path):
    code = """
        import signal, sys
        from pathlib import Path
        from rc2graph.errors import SnapshotError
        from rc2graph.model import User
        from rc2graph.snapshot import Collection, Page
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        done = 0
        try:
            with Collection.open(Path(sys.argv[1])) as file:
                for number in range(10_000):
                    file.commit(Page("users.listByStatus", number + 1), [User(str(number), name="x" * 900)])
                    done += 1
        except SnapshotError as error:
            print(done, error.what.count("full") + error.why.count("full"))
    """
    told = other_process(code, path, preexec_fn=limit_file_size)
    assert told.stdout, told.stderr
    done = int(told.stdout.split()[0])
    assert done > 10
    with Collection.open(path) as file:
        assert file.rows("SELECT count(*) FROM user") == [(done,)]
        assert file.rows("PRAGMA integrity_check") == [("ok",)]


def test_the_disk_fills_up_while_the_snapshot_is_finished(path):
    with Collection.open(path) as file:
        fill(file)
        file.commit(Page("users.listByStatus", 1), (User(str(n), roles=("user", str(n))) for n in range(5_000)))
        pages = file.rows("PRAGMA page_count")[0][0]
        file.db.execute(f"PRAGMA max_page_count = {pages + 2}")
        with pytest.raises(SnapshotError, match="full"):
            finish(file)
    with pytest.raises(SnapshotError, match="unfinished"):
        Snapshot.open(path)
    with Collection.open(path) as file:
        finish(file)
    Snapshot.open(path).close()


def test_a_copy_of_a_finished_snapshot_is_one_too(finished, tmp_path):
    copy = tmp_path / "copy.sqlite"
    shutil.copy(finished, copy)
    copy.chmod(0o400)
    with Snapshot.open(copy) as snapshot:
        assert snapshot.meta["workspace"] == "w"


def test_what_nobody_shows_is_counted_once_when_the_file_is_finished(finished):
    with Snapshot.open(finished) as snapshot:
        told = snapshot.meta["not_shown"]
        assert "type: not shown by any of 2 accounts" in not_shown(snapshot.db)
        assert not_shown(snapshot.db) == json.loads(told)["texts"]


@pytest.mark.parametrize("change", ["DELETE FROM meta WHERE key = 'not_shown'",
                                    """UPDATE meta SET value = '{"counts": "of another release", "texts": []}'
                                       WHERE key = 'not_shown'"""])  # fmt: skip
def test_what_nobody_shows_is_counted_anew_in_a_file_of_another_release(finished, change):
    with closing(sqlite3.connect(finished, isolation_level=None)) as db:
        before = not_shown(db)
        db.execute(change)
        assert before == not_shown(db) != []
