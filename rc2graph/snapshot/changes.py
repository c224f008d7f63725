"""The differences between two snapshots, in SQL: `a` is the earlier file, `b` the later one, both attached.

Everything that differs becomes a row of `change`. What only one file holds is a difference when the other file proves
that it was not there; else the row says so in `doubt`, and is only counted:

    section     what the row is about (`SECTIONS`); id, other: the thing, and the other end of an edge
    what        appeared or gone, gained or lost, joined or left, …; property, before, after: of what changed
    goes_with   the end of an edge that appeared or went too: then the edge is no news of its own
    doubt       NULL: proven. Else the dataset that cannot tell, or one of `UNNAMED`, `UNSETTLED`, `ROLES_HIDDEN`

The statements are written once and run in both directions, `{y}` being the file that has the row and `{x}` the other;
so the differences from b to a are always the mirror of those from a to b.
"""

from dataclasses import dataclass

from rc2graph import model
from rc2graph.model import LOADED, PERMISSION, ROLE, ROOM, TEAM, USER
from rc2graph.snapshot.schema import STORED

OTHERS = tuple(one for one in LOADED if one not in (USER, ROLE, TEAM, PERMISSION, ROOM))
"""Node types of which nothing needs a word of its own: each is a section."""
SECTIONS = (
    *("tierA", "accounts", "roles", "assignments", "grants", "teams", "memberships", "rooms"),
    *(one.noun for one in OTHERS),
)
_TABLE = {
    **{"accounts": "user", "roles": "role", "teams": "team", "memberships": "member", "rooms": "room"},
    **{one.noun: one.table for one in OTHERS},
}

UNNAMED, UNSETTLED, ROLES_HIDDEN = "unnamed", "unsettled", "mute"
"""Doubts other than a dataset: `users.list` leaves nameless accounts out; one team's members were not settled; the
roles of one account were not visible."""

TABLES = f"""
CREATE TABLE change (
  section TEXT NOT NULL, what TEXT NOT NULL, id TEXT NOT NULL, other TEXT, property TEXT, before, after,
  goes_with TEXT, doubt TEXT);
CREATE INDEX change_id ON change (section, id);
CREATE INDEX change_other ON change (section, other);
{"".join(f"CREATE TABLE pair_{t} (id TEXT PRIMARY KEY) WITHOUT ROWID;" for t in _TABLE.values() if t != "member")}
CREATE TABLE pair_member (team_id TEXT, user_id TEXT, PRIMARY KEY (team_id, user_id)) WITHOUT ROWID;
"""

DIRECTIONS = (
    {"y": "b", "x": "a", "node": "appeared", "edge": "gained", "member": "joined", "admin": "became administrator"},
    {"y": "a", "x": "b", "node": "gone", "edge": "lost", "member": "left", "admin": "ceased to be administrator"},
)

_NODE = """
INSERT INTO change (section, what, id, doubt)
  SELECT '{noun}', '{{node}}', y.id, CASE WHEN NOT :{noun} THEN '{noun}' END
  FROM {{y}}.{table} y LEFT JOIN {{x}}.{table} x ON x.id = y.id WHERE x.id IS NULL;
"""

NODES = """
INSERT INTO change (section, what, id, doubt)
  SELECT 'accounts', '{node}', y.id, CASE WHEN NOT :users THEN 'users'
    WHEN :hidden AND y.username IS NULL AND y.name IS NULL AND coalesce(y.emails, '[]') = '[]' THEN 'unnamed' END
  FROM {y}.user y LEFT JOIN {x}.user x ON x.id = y.id AND NOT x.unlisted
  WHERE NOT y.unlisted AND x.id IS NULL;
INSERT INTO change (section, what, id, doubt)
  SELECT 'roles', '{node}', y.id, CASE WHEN NOT :roles THEN 'roles' END
  FROM {y}.role y LEFT JOIN {x}.role x ON x.id = y.id AND NOT x.dangling
  WHERE NOT y.dangling AND x.id IS NULL;
""" + "".join(_NODE.format(noun=one.noun, table=one.table) for one in (TEAM, *OTHERS))
"""An account that only a membership names, and a role that only accounts or permissions name, are not there: a complete
list does not hold them."""

EDGES = """
INSERT INTO change (section, what, id, other, goes_with, doubt)
  SELECT 'assignments', '{edge}', y.user_id, y.role_id,
    CASE WHEN c.id IS NOT NULL AND c.doubt IS NULL THEN 'account'
         WHEN r.id IS NOT NULL AND r.doubt IS NULL THEN 'role' END,
    CASE WHEN c.id IS NOT NULL THEN c.doubt WHEN x.roles IS NULL THEN 'mute' END
  FROM {y}.has_role y
  LEFT JOIN {x}.user x ON x.id = y.user_id AND NOT x.unlisted
  LEFT JOIN change c ON c.section = 'accounts' AND c.id = y.user_id AND c.what = '{node}'
  LEFT JOIN change r ON r.section = 'roles' AND r.id = y.role_id AND r.what = '{node}'
  WHERE NOT EXISTS (SELECT 1 FROM {x}.has_role e WHERE e.user_id = y.user_id AND e.role_id = y.role_id);
INSERT INTO change (section, what, id, other, goes_with, doubt)
  SELECT 'grants', '{edge}', y.role_id, y.permission_id,
    CASE WHEN r.id IS NOT NULL AND r.doubt IS NULL THEN 'role'
         WHEN x.id IS NULL AND p.setting_id IS NULL THEN 'permission' END,
    CASE WHEN x.roles IS NULL AND (x.id IS NOT NULL OR NOT :permissions) THEN 'permissions' END
  FROM {y}.grants y JOIN {y}.permission p ON p.id = y.permission_id
  LEFT JOIN {x}.permission x ON x.id = y.permission_id
  LEFT JOIN change r ON r.section = 'roles' AND r.id = y.role_id AND r.what = '{node}'
  WHERE NOT EXISTS (SELECT 1 FROM {x}.grants e WHERE e.role_id = y.role_id AND e.permission_id = y.permission_id);
INSERT INTO change (section, what, id, other, goes_with, doubt)
  SELECT 'memberships', '{member}', y.team_id, y.user_id,
    CASE WHEN t.id IS NOT NULL AND t.doubt IS NULL THEN 'team'
         WHEN c.id IS NOT NULL AND c.doubt IS NULL THEN 'account' END,
    CASE WHEN t.id IS NOT NULL THEN t.doubt
         WHEN c.id IS NOT NULL AND c.doubt IS NULL THEN NULL
         WHEN xt.unsettled IS NOT NULL THEN 'unsettled'
         WHEN NOT :members THEN 'members'
         WHEN NOT :deactivatedMembers AND u.active IS NOT 1 THEN 'deactivatedMembers' END
  FROM {y}.member y
  LEFT JOIN {x}.team xt ON xt.id = y.team_id
  LEFT JOIN {x}.user u ON u.id = y.user_id
  LEFT JOIN change t ON t.section = 'teams' AND t.id = y.team_id AND t.what = '{node}'
  LEFT JOIN change c ON c.section = 'accounts' AND c.id = y.user_id AND c.what = '{node}'
  WHERE NOT EXISTS (SELECT 1 FROM {x}.member e WHERE e.team_id = y.team_id AND e.user_id = y.user_id);
INSERT INTO change (section, what, id, other, goes_with, doubt)
  SELECT 'rooms', '{node}', y.id, y.team_id, CASE WHEN t.id IS NOT NULL AND t.doubt IS NULL THEN 'team' END,
    CASE WHEN x.id IS NOT NULL THEN NULL WHEN NOT :rooms THEN 'rooms' WHEN NOT :teams THEN 'teams' END
  FROM {y}.room y LEFT JOIN {x}.room x ON x.id = y.id
  LEFT JOIN change t ON t.section = 'teams' AND t.id = y.team_id AND t.what = '{node}'
  WHERE x.team_id IS NOT y.team_id;
"""
"""An account's own row, with its roles, proves which roles it has, and a permission's row which roles hold it, even
where the list around it came short. A permission that is new or gone as a whole is marked; it stays the role's news.
A room that is in another team now is gone from the one and has appeared in the other."""


@dataclass(frozen=True)
class Property:
    """A column that is compared, and what a change of it is called: one word, or (on, off) for a truth value."""

    section: str
    about: model.Property

    @property
    def column(self) -> str:
        return self.about.column

    @property
    def name(self) -> str:
        return self.about.name

    @property
    def what(self) -> str | tuple[str, str]:
        assert self.about.diff
        return self.about.diff


PROPERTIES = tuple(
    Property(section, about) for section, table in _TABLE.items() for about in STORED[table] if about.diff
)
"""Not among them: when somebody signed in last and how many are in a room, which change by themselves, and what only
follows from another column (home server, room scope, counts of rows)."""

_THERE = {
    "accounts": "NOT a.unlisted AND NOT b.unlisted AND a.fingerprint IS NOT b.fingerprint",
    "roles": "NOT a.dangling AND NOT b.dangling",
    "memberships": """a.team_id IN (SELECT t.id FROM a.team t JOIN b.team n USING (id)
      WHERE t.fingerprint IS NULL OR t.fingerprint IS NOT n.fingerprint)""",
}


def pairs(section: str) -> str:
    """The statement that fills `pair_…`: what both files hold, and a compared column differs in any way. One pass, so
    that the rest looks at few; the fingerprints of accounts, and of teams with their members, spare most the look.
    """
    table = _TABLE[section]
    key = "team_id, user_id" if section == "memberships" else "id"
    differs = " OR ".join(f"a.{one.column} IS NOT b.{one.column}" for one in PROPERTIES if one.section == section)
    return f"""INSERT INTO pair_{table} SELECT {key} FROM a.{table} a JOIN b.{table} b USING ({key})
      WHERE {_THERE.get(section, "1")} AND ({differs})"""


_MEMBERS = """FROM pair_member CROSS JOIN a.member a USING (team_id, user_id)
  CROSS JOIN b.member b USING (team_id, user_id)
  LEFT JOIN a.user au ON au.id = a.user_id LEFT JOIN b.user bu ON bu.id = b.user_id"""

_ROLES = """CASE WHEN {s}u.active IS 1 OR {s}u.unlisted IS 1 THEN (SELECT json_group_array(value) FROM
  (SELECT DISTINCT value FROM json_each(coalesce({s}.roles, '[]')) WHERE value <> 'owner' ORDER BY value)) END"""
"""A member's roles but owner, which has a column. Of a member that is not active they cannot be seen; of any other, no
list means none: the server leaves the key out for members that were added plainly (rocketchat.md §6.2)."""


def _columns(of: Property) -> tuple[str, str, str]:
    """Where the two values come from, and what each is. CROSS JOIN: SQLite begins with the few that may differ."""
    if of.section == "memberships":
        if of.column == "roles":
            return _MEMBERS, _ROLES.format(s="a"), _ROLES.format(s="b")
        return _MEMBERS, f"a.{of.column}", f"b.{of.column}"
    table = _TABLE[of.section]
    source = f"FROM pair_{table} CROSS JOIN a.{table} a USING (id) CROSS JOIN b.{table} b USING (id)"
    return source, f"a.{of.column}", f"b.{of.column}"


def changed(of: Property) -> str:
    """The statement that finds where both values are visible and differ."""
    source, before, after = _columns(of)
    if isinstance(of.what, tuple):
        what = f"CASE WHEN {after} THEN '{of.what[0]}' ELSE '{of.what[1]}' END"
    else:
        what = f"'{of.what}'"
    ends = {"memberships": "a.team_id, a.user_id", "rooms": "b.id, b.team_id"}.get(of.section, "b.id, NULL")
    return f"""INSERT INTO change (section, what, id, other, property, before, after)
      SELECT '{of.section}', {what}, {ends}, '{of.name}', {before}, {after} {source} WHERE {before} <> {after}"""


def blind(of: Property) -> str:
    """The question: of how many is the value visible only after, and only before. That somebody's roles in a team are
    hidden is nothing where there were none."""
    source, before, after = _columns(of)
    some = "<> '[]'" if of.section == "memberships" and of.column == "roles" else "IS NOT NULL"
    return f"""SELECT coalesce(sum({before} IS NULL AND {after} {some}), 0),
      coalesce(sum({after} IS NULL AND {before} {some}), 0) {source}"""


def blind_names(of: Property, side: str) -> str:
    """The question after the first few names of these; `side` (a or b) is the file that does not show the value."""
    source, before, after = _columns(of)
    hidden, other = (before, after) if side == "a" else (after, before)
    some = "<> '[]'" if of.section == "memberships" and of.column == "roles" else "IS NOT NULL"
    kind, id_ = ("user", "a.user_id") if of.section == "memberships" else (_TABLE[of.section], "b.id")
    return f"SELECT {name(kind, id_)} {source} WHERE {hidden} IS NULL AND {other} {some} LIMIT ?"


def name(kind: str, id_: str) -> str:
    """How a thing is called: as the later file says, else as the earlier one does; its id where nothing does."""
    columns = [about.column for about in STORED[kind] if about.column in ("username", "name")]
    if not columns:
        return id_
    asked = (f"(SELECT {column} FROM {side}.{kind} n WHERE n.id = {id_})" for column in columns for side in "ba")
    return f"coalesce({', '.join(asked)}, {id_})"


ENDS = {
    "accounts": ("user", None),
    "roles": ("role", None),
    "assignments": ("user", "role"),
    "grants": ("role", "permission"),
    "teams": ("team", None),
    "memberships": ("team", "user"),
    "rooms": ("room", "team"),
    **{one.noun: (one.table, None) for one in OTHERS},
}
"""Which thing `id` is in a section, and which `other`."""

ORDER = (
    "became administrator", "ceased to be administrator", "appeared", "gone", "gained", "lost", "joined", "left",
    "became owner", "ceased to be owner", "activated", "deactivated", "became private", "became public", "renamed",
    "archived", "reopened", "changed",
)  # fmt: skip
"""What comes first in a section."""

RANK = "CASE c.what " + " ".join(f"WHEN '{what}' THEN {rank}" for rank, what in enumerate(ORDER)) + " END"

BROUGHT_NAMES = 5
"""Names of edges that came or went with a thing, at most."""

_BROUGHT = "e.section = '{}' AND e.{} = c.id AND e.goes_with = '{}' AND e.doubt IS NULL"
_WITH = {
    "accounts": (("assignments", "id", "account"), ("memberships", "other", "account")),
    "roles": (("assignments", "other", "role"), ("grants", "id", "role")),
    "teams": (("memberships", "id", "team"), ("rooms", "other", "team")),
}


def rows(section: str, *, folded: bool) -> str:
    """The question after a section's differences, in order: what, id, name, other, name of other, property, before,
    after, goes_with, and what came or went with it (JSON: section → number and first names). `folded`: without that."""
    kind, other = ENDS[section]
    called = name(other, "c.other") if other else "NULL"
    with_it = [f"'{edge}', {_brought(edge, column, word)}" for edge, column, word in _WITH.get(section, ())]
    brought = f"CASE WHEN c.what IN ('appeared', 'gone') THEN json_object({', '.join(with_it)}) END"
    first = "CASE tier(c.other) WHEN 'A' THEN 0 WHEN 'B' THEN 1 ELSE 2 END, " if section == "grants" else ""
    alone = "AND (c.goes_with IS NULL OR c.goes_with = 'permission')" if folded else ""
    return f"""SELECT c.what, c.id, {name(kind, "c.id")} AS called, c.other, {called} AS other_called, c.property,
        c.before, c.after, c.goes_with, {brought if with_it else "NULL"}
      FROM change c WHERE c.section = '{section}' AND c.doubt IS NULL {alone}
      ORDER BY {first}{RANK}, called, c.id, other_called, c.other, c.property LIMIT ?"""


def _brought(edge: str, column: str, word: str) -> str:
    kind, other = ENDS[edge]
    far, id_ = (other, "e.other") if column == "id" else (kind, "e.id")
    condition = _BROUGHT.format(edge, column, word)
    return f"""json_array((SELECT count(*) FROM change e WHERE {condition}),
      (SELECT json_group_array(n) FROM
        (SELECT {name(str(far), id_)} AS n FROM change e WHERE {condition} ORDER BY n LIMIT {BROUGHT_NAMES})))"""


COUNTS = f"""SELECT section, what || coalesce(' tier ' || tier, '') AS called, count(*),
    sum(coalesce(goes_with IN ('account', 'role', 'team'), 0))
  FROM (SELECT c.section, c.what, c.goes_with, {RANK} AS rank,
          CASE c.section WHEN 'tierA' THEN (SELECT w.tier FROM way w WHERE w.number = c.other) END AS tier
        FROM change c WHERE c.doubt IS NULL)
  GROUP BY section, tier, rank ORDER BY section, tier, rank"""

DOUBTS = """SELECT doubt, section, what IN ('appeared', 'gained', 'joined', 'became administrator'), count(*)
  FROM change WHERE doubt IS NOT NULL GROUP BY 1, 2, 3"""
