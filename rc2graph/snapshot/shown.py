"""Which properties the lists of a finished snapshot show: of nobody, of all but some, of everybody (invariants.md I12).

An absent key is a plain "no" only where the API says so (rocketchat.md §4.5, §5.1, §6.2): who never signed in has no
`lastLogin`, a plain member no `roles`. Where at least one row must have a key and none has it, the server does not show
it, and what rests on it is not visible. Where every row must have it, those without it are counted.

Nothing is said of `reason`, `archived` and `readOnly`: in many workspaces no row has them, and rightly so. Of a grant
the list of permissions itself says whether it shows who holds it (it is then not complete).
"""

import hashlib
import json
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from rc2graph.model import COUNTED_NODES, EDGE_TYPES, MEMBER_OF, EdgeType, NodeType, Property
from rc2graph.snapshot.approval import ASKED, IN_QUESTION
from rc2graph.snapshot.schema import OLDEST

ACCOUNTS, ROLES, TEAMS, ROOMS = "user WHERE unlisted = 0", "role WHERE dangling = 0", "team WHERE 1", "room WHERE 1"
_HIDDEN = "(SELECT id FROM user WHERE active IS NOT 1 AND unlisted = 0)"
"""Members whose accounts are not active: `teams.members` hides them, and `users.listTeams` tells only whether they own
the team (rocketchat.md §4.4, §6.2)."""
MEMBERS = "member WHERE 1"
_SEEN = f"user_id NOT IN {_HIDDEN}"


@dataclass(frozen=True)
class Shown:
    """One property, and what must be true of the rows of its list."""

    name: str
    things: str
    """What its rows are. A text about it has both, and so says which one is meant."""
    covers: tuple[str, ...]
    """What of the graph comes from it: `Label.property`, `TYPE.property`, or the type of an edge."""
    rows: str
    """The list: a table and which of its rows count."""
    shows: str
    """True of a row that shows the property."""
    must: str = "1"
    """True of the rows one of which must show it."""
    lacks: str = ""
    """True of a row whose value is not known; "" where an absent key is a plain "no" or does no harm."""
    why: str = ""
    quiet: bool = False
    """A row does not show that it lacks it: an absent key is read as "no"."""

    def whole(self, of: int) -> str:
        return f"{self.name}: not shown by any of {of:,} {self.things}{self.why}"

    def some(self, number: int, of: int) -> str:
        return f"{self.name}: not shown by {number:,} of {of:,} {self.things}{self.why}"


def _plain(
    name: str, things: str, label: str, rows: str, column: str, lacks: bool, *also: str, must: str = "1"
) -> Shown:
    shows = f"{column} IS NOT NULL" + ("" if must == "1" else f" AND {must}")
    covers = (f"{label}.{name}", *(f"{label}.{one}" for one in also))
    return Shown(name, things, covers, rows, shows, must, f"{column} IS NULL" if lacks else "")


def _of_seen(column: str) -> str:
    """Whether a member that `teams.members` shows lacks it; asked only of those without it, which are few."""
    return f"CASE WHEN {column} IS NULL THEN {_SEEN} ELSE 0 END"


_PERSON = "active IS NOT 0 AND service_account IS NOT 1 AND home_server IS NULL"
_NAMED_ELSEWHERE = "home_server IS NOT NULL AND federated IS NOT NULL"
_OF_A_TEAM = "id IN (SELECT room_id FROM team)"
_WITHOUT_OWNER = "team_id NOT IN (SELECT team_id FROM member WHERE owner = 1)"

APPROVAL = Shown(
    "approval", "accounts", ("User.approval", "User.status"), ACCOUNTS, "status IS NOT NULL", "active IS 0",
    "active IS 0 AND status IS NULL", ", which are not active", quiet=True,
)  # fmt: skip
"""Whether an account was ever approved. It is no property by itself: `status` says it."""
UNCONFIRMED = "deactivatedMembers: "
"""With these words begins what a collection says of rows of teams for which it found nobody, and asked but once."""
SHOWN: tuple[Shown, ...] = (
    # Whoever reads has a username (rocketchat.md §1.1). Any single account may lack its name and its username (§4.5).
    _plain("username", "accounts", "User", ACCOUNTS, "username", False, "homeServer"),
    _plain("name", "accounts", "User", ACCOUNTS, "name", False),
    # People sign up with an address; bots and federated accounts have none (§4.5).
    Shown("emails", "accounts", ("User.emails",), ACCOUNTS, "emails IS NOT NULL", _PERSON),
    Shown("emailVerified", "accounts", ("User.emailVerified",), ACCOUNTS, "email_verified IS NOT NULL", _PERSON),
    # Whoever reads is active. Old rows may lack both keys: that is not known, and not false (§4.5, §13).
    _plain("active", "accounts", "User", ACCOUNTS, "active", True, "status"),
    _plain("type", "accounts", "User", ACCOUNTS, "type", True, "serviceAccount", "status"),
    # Who never signed in has none; but somebody who is active has made the token (§1.1, §4.5).
    _plain("lastLogin", "accounts", "User", ACCOUNTS, "last_login", False, must="active IS NOT 0"),
    # A document without roles has no such key (§4.5); the account that reads holds some, or it could not read.
    Shown("roles", "accounts", ("HAS_ROLE",), ACCOUNTS, "roles IS NOT NULL"),
    # Absent where it is false. An account whose name is one of another server has it (§4.6).
    Shown("federated", "accounts", ("User.federated", "User.status"), ACCOUNTS, "federated IS 1", _NAMED_ELSEWHERE,
          f"{_NAMED_ELSEWHERE} AND federated IS NOT 1", ", whose names are of another server", quiet=True),
    # Of accounts that are not active the list tells only where a reason is (§4.5): the collection asks, and says what
    # it could not learn. Then nothing shows it in a row that says "deactivated".
    APPROVAL,
    # Very old roles may lack all but the scope (§5.1); the built-in ones are written anew with each release.
    _plain("name", "roles", "Role", ROLES, "name", False),
    _plain("description", "roles", "Role", ROLES, "description", False),
    _plain("scope", "roles", "Role", ROLES, "scope", True, "roomScoped"),
    _plain("builtIn", "roles", "Role", ROLES, "built_in", True),
    _plain("mandatory2fa", "roles", "Role", ROLES, "mandatory2fa", True),
    # A half-created team has no room (§6.1).
    _plain("name", "teams", "Team", TEAMS, "name", False),
    _plain("private", "teams", "Team", TEAMS, "private", True),
    _plain("createdAt", "teams", "Team", TEAMS, "created_at", True),
    _plain("createdById", "teams", "Team", TEAMS, "created_by_id", True),
    _plain("roomId", "teams", "Team", TEAMS, "room_id", False),
    _plain("memberRows", "teams", "Team", TEAMS, "member_rows", True, "orphanRows", "unconfirmedRows"),
    # Plain members have no roles (§6.2). Who makes a team owns it, so where nobody has any while a team shows no owner,
    # roles are hidden; in a workspace whose only owners were deleted that is said as well.
    Shown("roles", "members", ("MEMBER_OF.roles", "MEMBER_OF.owner"), MEMBERS,
          f"roles IS NOT NULL AND {_SEEN}", f"{_SEEN} AND {_WITHOUT_OWNER}", _of_seen("owner")),
    Shown("joinedAt", "members", ("MEMBER_OF.joinedAt",), MEMBERS, "joined_at IS NOT NULL", _SEEN,
          _of_seen("joined_at")),
    Shown("addedById", "members", ("MEMBER_OF.addedById",), MEMBERS, "added_by_id IS NOT NULL", _SEEN,
          _of_seen("added_by_id")),
    Shown("roles, joinedAt and addedById", "members",
          ("MEMBER_OF.roles", "MEMBER_OF.joinedAt", "MEMBER_OF.addedById"), MEMBERS, _SEEN,
          lacks=f"CASE WHEN joined_at IS NULL THEN user_id IN {_HIDDEN} ELSE 0 END",
          why=", whose accounts are not active"),
    # Each team has a main room, which is marked and in the list (§6, §8).
    Shown("main room", "teams", ("HAS_ROOM",), "team WHERE room_id IS NOT NULL", "room_id IN (SELECT id FROM room)",
          lacks="room_id NOT IN (SELECT id FROM room)"),
    Shown("main", "rooms", ("HAS_ROOM.main",), ROOMS, "main IS 1", _OF_A_TEAM, f"{_OF_A_TEAM} AND main IS NOT 1"),
    _plain("name", "rooms", "Room", ROOMS, "name", False),
    _plain("type", "rooms", "Room", ROOMS, "type", True, "private"),
    _plain("usersCount", "rooms", "Room", ROOMS, "users_count", True),
)  # fmt: skip


def _later(of: NodeType, one: Property) -> Shown:
    """A property that earlier formats lack. It is in the same key of the server's row as another one, and then asked of
    the same rows. A truth value that a row does not show is counted; a list may be absent."""
    key = one.source.partition("[")[0]
    beside = {f"{of.label}.{other.name}" for other in of.properties if other.source.partition("[")[0] == key}
    like = next((known for known in SHOWN if beside & set(known.covers)), None)
    rows, must = (like.rows, like.must) if like else (f"{of.table} WHERE 1", "1")
    things = like.things if like else of.noun
    lacks = f"{one.column} IS NULL" if one.kind == "truth" else ""
    return Shown(one.name, things, (f"{of.label}.{one.name}",), rows, f"{one.column} IS NOT NULL", must, lacks)


def _later_of_edge(of: EdgeType, one: Property) -> Shown:
    """The same of a property of an edge. Of members that are not active none is visible."""
    seen, hides = (_SEEN, _of_seen(one.column)) if of is MEMBER_OF else ("1", f"{one.column} IS NULL")
    lacks = hides if one.kind == "truth" else ""
    covers = (f"{of.name}.{one.name}",)
    return Shown(one.name, of.noun, covers, f"{of.table} WHERE 1", f"{one.column} IS NOT NULL", seen, lacks)


SHOWN += tuple(
    _later(of, one) for of in COUNTED_NODES for one in of.properties if one.since > OLDEST and not one.derived
)
SHOWN += tuple(_later_of_edge(of, one) for of in EDGE_TYPES for one in of.properties if one.since > OLDEST)
_BY_NAME = {(one.name, one.things): one for one in SHOWN}
_COUNTED = re.compile(r"not shown by (any|[0-9,]+) of [0-9,]+ (\w+)")
OF_ACCOUNTS = {"emails": "User.emails", "federated": "User.federated"}
"""What a collection may have left out itself, and says with a text that begins with the name."""


_COUNTS = hashlib.sha256(repr(SHOWN).encode()).hexdigest()[:16]
"""What was counted: another release may count otherwise."""
_KEY = "not_shown"


def keep_not_shown(db: sqlite3.Connection) -> None:
    """Count once, in a snapshot that is being finished or rewritten: a load of it need not count again."""
    found = {"counts": _COUNTS, "texts": list(_count(db))}
    db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (_KEY, json.dumps(found, ensure_ascii=False)))


def not_shown(db: sqlite3.Connection) -> list[str]:
    """What the lists of a finished snapshot do not show, in words, counted."""
    kept = db.execute("SELECT value FROM meta WHERE key = ?", (_KEY,)).fetchone()
    found = json.loads(kept[0]) if kept else {}
    return found["texts"] if found.get("counts") == _COUNTS else list(_count(db))


def _count(db: sqlite3.Connection) -> Iterator[str]:
    """One pass over each table, and a second look only at what nobody shows. What the collection itself has said
    already is left out."""
    said = db.execute("SELECT value FROM meta WHERE key = 'not_visible'").fetchone()
    known = {found[0] for text in json.loads(said[0] if said else "[]") if (found := meant(text))}
    complete = {name for (name,) in db.execute("SELECT name FROM dataset WHERE state = 'complete'")}
    unread = [one for one in COUNTED_NODES if one.optional and one.noun not in complete]
    unshown = {name for one in unread for name in (one.label, *(edge.name for edge in one.edges))}
    asked = [one for one in SHOWN if one not in known and not unshown & {name.partition(".")[0] for name in one.covers}]
    if APPROVAL in asked and not db.execute("SELECT 1 FROM meta WHERE key = ?", (ASKED,)).fetchone():
        of, number = db.execute(f"SELECT count(*), total({IN_QUESTION.format(u='user')}) FROM {ACCOUNTS}").fetchone()
        if number:
            asked.remove(APPROVAL)
            yield f"{APPROVAL.some(int(number), of)}: an earlier rc2graph did not ask, and they count as deactivated"
    for rows in dict.fromkeys(one.rows for one in asked):
        mine = [one for one in asked if one.rows == rows]
        lacking = ", ".join(f"total({one.lacks})" if one.lacks else "0" for one in mine)
        of, *numbers = db.execute(f"SELECT count(*), {lacking} FROM {rows}").fetchone()
        for one, number in zip(mine, numbers, strict=True):
            if not of or db.execute(f"SELECT EXISTS (SELECT 1 FROM {rows} AND {one.shows})").fetchone()[0]:
                if number:
                    yield one.some(int(number), of)
            elif must := db.execute(f"SELECT count(*) FROM {rows} AND {one.must}").fetchone()[0]:
                yield one.whole(must)
            elif number:
                yield one.some(int(number), of)


def meant(text: str) -> tuple[Shown, bool] | None:
    """Of such a text (of any load): the property, and whether nobody shows it; None where it is another text."""
    name, _, rest = text.partition(": ")
    counted = _COUNTED.match(rest)
    one = _BY_NAME.get((name, counted[2] if counted else "accounts"))
    return None if one is None or not (counted or name in OF_ACCOUNTS) else (one, not counted or counted[1] == "any")
