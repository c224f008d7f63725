"""Who gained or lost a way to administrator between two snapshots, in SQL; `changes` says what `{y}` and `{x}` are.

    (:User)-[:HAS_ROLE]->(:Role)-[:GRANTS]->(:Permission)      all permissions of a way, held by the same account

A way is a set of permissions, with what must be the case besides: one of tier A is a way by itself. Those that the role
`admin` gives are left out, else every administrator could become one. Only accounts that may differ are looked at
(`touched`): most hold the same roles, which grant the same, in both files.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EscalationPath:
    """`permissions` sorted; `how` is one line of reason. `depends`: there only by what other roles grant (any role but
    admin can be handed out)."""

    permissions: tuple[str, ...]
    tier: str
    condition: str | None = None
    how: str = ""
    depends: bool = False

    @property
    def key(self) -> tuple[tuple[str, ...], str | None]:
        return self.permissions, self.condition


TABLES = """
CREATE TABLE way (number INTEGER PRIMARY KEY, tier TEXT, condition TEXT, how TEXT, size INTEGER,
  in_a INTEGER, in_b INTEGER, unseen_a TEXT, unseen_b TEXT);
CREATE TABLE part (number INTEGER, permission TEXT, PRIMARY KEY (number, permission)) WITHOUT ROWID;
CREATE TABLE gives_a (role TEXT, permission TEXT, PRIMARY KEY (role, permission)) WITHOUT ROWID;
CREATE TABLE gives_b (role TEXT, permission TEXT, PRIMARY KEY (role, permission)) WITHOUT ROWID;
CREATE TABLE moved (role TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE touched (id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE holds_a (id TEXT, permission TEXT, PRIMARY KEY (id, permission)) WITHOUT ROWID;
CREATE TABLE holds_b (id TEXT, permission TEXT, PRIMARY KEY (id, permission)) WITHOUT ROWID;
CREATE TABLE can_a (id TEXT, number INTEGER, PRIMARY KEY (id, number)) WITHOUT ROWID;
CREATE TABLE can_b (id TEXT, number INTEGER, PRIMARY KEY (id, number)) WITHOUT ROWID;
"""

GRANTS = """SELECT r.id, r.name, g.permission_id, NOT r.dangling FROM {y}.grants g JOIN {y}.role r ON r.id = g.role_id
  WHERE r.id <> 'admin' AND g.permission_id IN (SELECT value FROM json_each(?))"""
"""Who grants these permissions, and whether that role can be handed out: what no list carries as a role cannot."""

PERMISSIONS = "SELECT id FROM {y}.permission ORDER BY id"

GIVES = """
INSERT INTO gives_{y} SELECT role_id, permission_id FROM {y}.grants
  WHERE role_id <> 'admin' AND permission_id IN (SELECT permission FROM part);
"""

TOUCHED = """
INSERT OR IGNORE INTO moved SELECT role FROM
  (SELECT * FROM gives_a UNION SELECT * FROM gives_b EXCEPT SELECT gives_a.* FROM gives_a JOIN gives_b USING (role, permission));
INSERT OR IGNORE INTO moved SELECT role FROM (SELECT * FROM gives_a UNION SELECT * FROM gives_b)
  WHERE permission IN (SELECT permission FROM part JOIN way USING (number) WHERE in_a <> in_b);
INSERT OR IGNORE INTO touched SELECT id FROM change WHERE section = 'assignments'
  AND other IN (SELECT role FROM gives_a UNION SELECT role FROM gives_b);
INSERT OR IGNORE INTO touched SELECT id FROM change WHERE section = 'accounts' AND property = 'active';
INSERT OR IGNORE INTO touched SELECT user_id FROM a.has_role WHERE role_id IN (SELECT role FROM moved);
INSERT OR IGNORE INTO touched SELECT user_id FROM b.has_role WHERE role_id IN (SELECT role FROM moved);
"""  # noqa: E501

CAN = """
INSERT OR IGNORE INTO holds_{y} SELECT t.id, g.permission FROM touched t
  JOIN {y}.has_role h ON h.user_id = t.id JOIN gives_{y} g ON g.role = h.role_id;
INSERT INTO can_{y} SELECT h.id, p.number FROM holds_{y} h JOIN part p USING (permission) JOIN way w USING (number)
  WHERE w.in_{y} GROUP BY h.id, p.number HAVING count(*) = max(w.size);
"""

REACH = """
INSERT INTO change (section, what, id, goes_with, doubt)
  SELECT 'tierA', '{admin}', id, CASE goes_with WHEN 'account' THEN 'account' END, doubt FROM change
  WHERE section = 'assignments' AND other = 'admin' AND what = '{edge}';
INSERT INTO change (section, what, id, other, goes_with, doubt)
  SELECT 'tierA', '{edge}', y.id, y.number, CASE WHEN c.id IS NOT NULL AND c.doubt IS NULL THEN 'account' END,
    CASE WHEN c.id IS NOT NULL THEN c.doubt WHEN u.roles IS NULL THEN 'mute' ELSE w.unseen_{x} END
  FROM can_{y} y JOIN way w USING (number)
  LEFT JOIN {x}.user u ON u.id = y.id AND NOT u.unlisted
  LEFT JOIN change c ON c.section = 'accounts' AND c.id = y.id AND c.what = '{node}'
  WHERE NOT EXISTS (SELECT 1 FROM can_{x} x WHERE x.id = y.id AND x.number = y.number);
"""

SWITCHED = """
INSERT INTO change (section, what, id)
  SELECT 'tierA', c.what, c.id FROM change c WHERE c.section = 'accounts' AND c.property = 'active'
  AND (EXISTS (SELECT 1 FROM can_a y WHERE y.id = c.id)
       OR EXISTS (SELECT 1 FROM a.has_role h WHERE h.user_id = c.id AND h.role_id = 'admin'))
  AND (EXISTS (SELECT 1 FROM can_b y WHERE y.id = c.id)
       OR EXISTS (SELECT 1 FROM b.has_role h WHERE h.user_id = c.id AND h.role_id = 'admin'));
"""
"""An administrator, or somebody who can become one, whose account was switched on or off: what they may do comes and
goes with it. Who gained or lost it at the same time is listed for that."""

_THROUGH = """(SELECT json_group_array(json_array(permission, role, called, held, granted)) FROM (
  SELECT p.permission, g.role, coalesce((SELECT r.name FROM {y}.role r WHERE r.id = g.role), g.role) AS called,
    EXISTS (SELECT 1 FROM {x}.has_role e WHERE e.user_id = c.id AND e.role_id = g.role) AS held,
    EXISTS (SELECT 1 FROM gives_{x} e WHERE e.role = g.role AND e.permission = g.permission) AS granted
  FROM part p JOIN gives_{y} g USING (permission)
  JOIN {y}.has_role h ON h.user_id = c.id AND h.role_id = g.role
  WHERE p.number = c.other ORDER BY p.permission, called, g.role))"""


def rows(name: str, rank: str) -> str:
    """The question after all of it, in order: what, id, name, tier, condition, how, permissions (JSON), through (JSON:
    permission, role, its name, whether the other file has the role on the account, and the permission in the role),
    status (as the later file says, else the earlier), goes_with."""
    gained, lost = _THROUGH.format(y="b", x="a"), _THROUGH.format(y="a", x="b")
    asked = "(SELECT u.status FROM {side}.user u WHERE u.id = c.id)"
    status = f"coalesce({asked.format(side='b')}, {asked.format(side='a')})"
    return f"""SELECT c.what, c.id, {name} AS called, w.tier, w.condition, w.how,
        (SELECT json_group_array(permission) FROM (SELECT permission FROM part WHERE number = c.other ORDER BY 1)) AS ps,
        CASE c.what WHEN 'gained' THEN {gained} WHEN 'lost' THEN {lost} END,
        {status}, c.goes_with
      FROM change c LEFT JOIN way w ON w.number = c.other WHERE c.section = 'tierA' AND c.doubt IS NULL
      ORDER BY w.number IS NOT NULL, w.tier, {rank}, called, c.id, ps, w.condition LIMIT ?"""  # noqa: E501
