"""The difference between a snapshot and the graph, in SQL: tables for what the graph says, and what follows from it.

The tables are in a private temporary database of SQLite, on disk where they are large, with the snapshot attached to it
as `snap`; so memory stays flat, and comparing is a join. For each kind `{k}`, and each of the edges `{e}` that it owns:

    known_{k}   all ids of the graph, with their fingerprints
    work_{k}    aggregates of the snapshot that differ, or may
    gone_{k}    ids that a complete list does not hold any more
    seen_{k}, seen_{e}      what the graph says of these, properties and edges
    double_{e}              edges that are there more than once: somebody made them by hand
    add_{e}, close_{e}      edges to write (or to correct: `changed`), and to close (`with_node`: an end of it is gone)
"""

from rc2graph.graph.kinds import COUNTED, OWNERS
from rc2graph.model import (
    COUNTED_NODES,
    EDGE_TYPES,
    HAS_ROLE,
    MEMBER_OF,
    PERMISSION,
    ROLE,
    TEAM,
    EdgeType,
    NodeType,
    Property,
)

TABLES = """
CREATE TABLE known_{k} (id TEXT PRIMARY KEY, fingerprint TEXT) WITHOUT ROWID;
CREATE TABLE gone_{k} (id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE seen_{k} (id TEXT PRIMARY KEY, {columns}{label_columns}) WITHOUT ROWID;
CREATE TABLE work_{k} (
  id TEXT PRIMARY KEY, new INTEGER, returned INTEGER DEFAULT 0, node INTEGER DEFAULT 0, edges INTEGER DEFAULT 0,
  early INTEGER DEFAULT 0, late INTEGER DEFAULT 0, new_fingerprint TEXT) WITHOUT ROWID;
CREATE TEMP VIEW want_{k} AS SELECT {wanted} FROM snap.{k};
"""

EDGE_TABLES = """
CREATE TABLE seen_{e} (owner_id TEXT, target_id TEXT, {seen_edge_columns} PRIMARY KEY (owner_id, target_id))
  WITHOUT ROWID;
CREATE INDEX seen_{e}_target ON seen_{e} (target_id);
CREATE TABLE double_{e} (owner_id TEXT, target_id TEXT, PRIMARY KEY (owner_id, target_id)) WITHOUT ROWID;
CREATE TABLE add_{e} (owner_id TEXT, target_id TEXT, changed INTEGER, PRIMARY KEY (owner_id, target_id)) WITHOUT ROWID;
CREATE TABLE close_{e} (owner_id TEXT, target_id TEXT, with_node INTEGER, PRIMARY KEY (owner_id, target_id))
  WITHOUT ROWID;
"""

_JUDGED = ", ".join(one.column for one in (*PERMISSION.properties, *PERMISSION.before))

OTHER_TABLES = f"""
CREATE TABLE known_permission (id TEXT PRIMARY KEY, {_JUDGED}) WITHOUT ROWID;
CREATE TABLE work_permission (id TEXT PRIMARY KEY, new INTEGER) WITHOUT ROWID;
CREATE TABLE gone_permission (id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE granted (role TEXT, permission TEXT, name TEXT, PRIMARY KEY (role, permission)) WITHOUT ROWID;
CREATE TABLE listed_role (id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE label (id TEXT, label TEXT, wanted INTEGER, PRIMARY KEY (label, wanted, id)) WITHOUT ROWID;
"""

_WANTED_ROLE = f"""id, {", ".join(column for column in ROLE.columns if column != "dangling")}, fingerprint,
  CASE WHEN dangling AND (SELECT state FROM snap.dataset WHERE name = 'roles') = 'complete' THEN 1 END AS dangling,
  dangling AND (SELECT state FROM snap.dataset WHERE name = 'roles') IS NOT 'complete' AS unproven"""  # noqa: S608 - our own names
"""A role id that no role carries is dangling only where the list of roles is complete; else it is `unproven`."""

WORK = """
INSERT INTO work_{k} (id, new, new_fingerprint)
  SELECT s.id, k.id IS NULL, {fingerprint} FROM snap.{k} s LEFT JOIN known_{k} k ON k.id = s.id
  WHERE k.id IS NULL OR k.fingerprint IS NOT {fingerprint} OR k.fingerprint IS NULL;
INSERT INTO gone_{k}
  SELECT id FROM known_{k} k WHERE :removable AND NOT EXISTS (SELECT 1 FROM snap.{k} s WHERE s.id = k.id);
"""

UNPROVEN = """
DELETE FROM work_user WHERE NOT new AND NOT :users_proven AND id IN (SELECT id FROM snap.user WHERE unlisted);
UPDATE work_role SET new_fingerprint = NULL WHERE id IN (SELECT id FROM want_role WHERE unproven);
"""
"""Of a user that no list shows, a member's row tells little: it never overwrites what an earlier list has told, unless
the list proves that the user is not on it any more."""

WORK_PERMISSIONS = f"""
INSERT INTO work_permission SELECT s.id, k.id IS NULL FROM snap.permission s LEFT JOIN known_permission k ON k.id = s.id
  WHERE k.id IS NULL OR {" OR ".join(f"k.{column} IS NOT s.{column}" for column in PERMISSION.columns)};
INSERT INTO gone_permission SELECT id FROM known_permission
  WHERE :removable AND id NOT IN (SELECT id FROM snap.permission);
"""  # noqa: S608

PERMISSIONS = """SELECT id, known.id IS NOT NULL, tier, how FROM
  (SELECT id FROM snap.permission UNION SELECT id FROM known_permission EXCEPT SELECT id FROM gone_permission)
  LEFT JOIN known_permission known USING (id) ORDER BY id"""
"""All permissions that the graph will hold: whether it does already, and what it says of them."""

ADMIN = """SELECT EXISTS (SELECT 1 FROM snap.role WHERE id = 'admin') OR
  EXISTS (SELECT 1 FROM known_role WHERE id = 'admin' AND id NOT IN (SELECT id FROM gone_role))"""

GRANTED = """SELECT g.role, coalesce(max(s.name), max(g.name)), g.permission, CASE
    WHEN s.id IS NOT NULL AND NOT s.unproven THEN s.dangling IS NULL
    ELSE g.role IN (SELECT id FROM listed_role) OR g.role NOT IN (SELECT id FROM known_role) END
  FROM (
    SELECT role, permission, name FROM granted WHERE NOT EXISTS
      (SELECT 1 FROM close_grants c WHERE c.owner_id = role AND c.target_id = permission)
    UNION ALL SELECT role_id, permission_id, NULL FROM snap.grants
  ) g LEFT JOIN want_role s ON s.id = g.role
  WHERE g.role <> 'admin' AND g.permission IN (SELECT value FROM json_each(?))
  GROUP BY g.role, g.permission"""
"""The roles, other than admin, that will grant one of these permissions: id, name, permission, and whether the role can
be handed out. What nobody carries as a role cannot."""

HIDDEN = """
CREATE TABLE roles_hidden (id TEXT PRIMARY KEY) WITHOUT ROWID;
INSERT INTO roles_hidden SELECT DISTINCT e.owner_id FROM seen_has_role e JOIN snap.user s ON s.id = e.owner_id
  WHERE s.roles IS NULL AND NOT s.unlisted;
DELETE FROM gone_role WHERE id IN
  (SELECT e.target_id FROM seen_has_role e JOIN roles_hidden ON roles_hidden.id = e.owner_id);
"""
"""An account that is listed without its roles, and had some: that they are not shown is no proof that they are gone."""

NAMELESS = """
DELETE FROM gone_user WHERE id IN
  (SELECT id FROM seen_user WHERE username IS NULL AND name IS NULL AND coalesce(emails, '[]') = '[]');
"""
"""`users.list` hides who has no user name, name and address (rocketchat.md §4.1): that it does not hold them is no
proof."""

WAIT = """
DELETE FROM gone_user WHERE id IN (SELECT target_id FROM seen_member_of);
DELETE FROM gone_team WHERE id IN (SELECT owner_id FROM seen_member_of);
"""
"""Where no membership may be closed, a node that has one stays until a run can."""

EDGES = """
INSERT INTO close_{e}
  SELECT e.owner_id, e.target_id, g.id IS NOT NULL OR o.id IS NOT NULL FROM seen_{e} e
  LEFT JOIN gone_{k} g ON g.id = e.owner_id LEFT JOIN gone_{target_k} o ON o.id = e.target_id
  WHERE g.id IS NOT NULL OR o.id IS NOT NULL OR (
    :removable AND e.owner_id IN (SELECT id FROM work_{k}) AND {shown}
    AND NOT EXISTS (SELECT 1 FROM snap.{edge_table} s WHERE s.{owner_id} = e.owner_id AND s.{target_id} = e.target_id));
UPDATE work_{k} SET new_fingerprint = NULL WHERE id IN (
  SELECT e.owner_id FROM seen_{e} e
  WHERE NOT EXISTS (SELECT 1 FROM snap.{edge_table} s WHERE s.{owner_id} = e.owner_id AND s.{target_id} = e.target_id)
  AND NOT EXISTS (SELECT 1 FROM close_{e} c WHERE c.owner_id = e.owner_id AND c.target_id = e.target_id));
INSERT INTO add_{e}
  SELECT s.{owner_id}, s.{target_id}, e.owner_id IS NOT NULL
  FROM work_{k} w JOIN snap.{edge_table} s ON s.{owner_id} = w.id
  LEFT JOIN seen_{e} e ON e.owner_id = s.{owner_id} AND e.target_id = s.{target_id}
  WHERE (e.owner_id IS NULL OR {edge_differs} OR EXISTS (
    SELECT 1 FROM double_{e} d WHERE d.owner_id = e.owner_id AND d.target_id = e.target_id)) AND {settled};
"""
"""An aggregate with edges that should be closed and may not be gets no fingerprint: the next run looks at it again."""

NODES = """
UPDATE work_{k} SET node = 1 WHERE new OR id IN (SELECT id FROM (
  SELECT id, {columns} FROM want_{k} WHERE id IN (SELECT id FROM work_{k} WHERE NOT new)
  EXCEPT SELECT id, {columns} FROM seen_{k}));
"""

UNPROVEN_NODES = """
UPDATE work_role SET node = 0 WHERE NOT new AND id IN (SELECT id FROM want_role WHERE unproven);
"""

LABEL = """
INSERT INTO label SELECT w.id, '{label}', s.{wanted}
  FROM work_{k} w JOIN snap.{k} s ON s.id = w.id LEFT JOIN seen_{k} e ON e.id = w.id
  WHERE (s.{wanted}) <> coalesce(e.is_{label}, 0);
UPDATE work_{k} SET early = 1 WHERE id IN (SELECT id FROM label WHERE label = '{label}');
"""
"""`early`: its labels come before its edges, since ArcadeDB moves a node with all of its edges when a label changes."""

SETTLE = """
INSERT OR IGNORE INTO work_{k} (id, new, new_fingerprint)
  SELECT k.id, 0, CASE WHEN k.fingerprint IS {fingerprint} THEN {fingerprint} END
  FROM known_{k} k LEFT JOIN snap.{k} s ON s.id = k.id
  WHERE k.id IN ({closing}) AND k.id NOT IN (SELECT id FROM gone_{k});
UPDATE work_{k} SET edges = {adding};
UPDATE work_{k} SET late = 1 WHERE edges > :batch;
DELETE FROM work_{k} WHERE NOT node AND NOT edges AND NOT early AND id NOT IN ({closing})
  AND new_fingerprint IS (SELECT fingerprint FROM known_{k} k WHERE k.id = work_{k}.id);
"""
"""Closing an edge takes its owner's fingerprint away, so each is worked on. `late`: the fingerprint comes last."""


def names(one: NodeType) -> dict[str, str]:
    """What stands in the braces of the texts above that are about nodes. All of it is ours."""
    adding = (f"(SELECT count(*) FROM add_{edge.key} WHERE owner_id = work_{one.table}.id)" for edge in one.edges)  # noqa: S608
    return {
        "k": one.table,
        "columns": ", ".join(one.columns),
        "wanted": _WANTED_ROLE if one is ROLE else "*",
        "label_columns": "".join(f", is_{label}" for label in one.labels),
        "fingerprint": "s.fingerprint" if one.fingerprint else "NULL",
        "closing": " UNION ALL ".join(f"SELECT owner_id FROM close_{edge.key}" for edge in one.edges),  # noqa: S608
        "adding": " + ".join(adding),
    }


def edge_names(one: NodeType, edge: EdgeType) -> dict[str, str]:
    """The same of texts about edges."""
    return {
        "k": one.table,
        "e": edge.key,
        "target_k": edge.target.lower(),
        "edge_table": edge.table,
        "owner_id": edge.owner_column,
        "target_id": edge.target_column,
        "seen_edge_columns": "".join(f"{column}, " for column in edge.columns),
        "edge_differs": " OR ".join(f"e.{column} IS NOT s.{column}" for column in edge.columns) or "0",
        "shown": "e.owner_id NOT IN (SELECT id FROM roles_hidden)" if edge is HAS_ROLE else "1",
        "settled": "w.id IN (SELECT id FROM snap.team WHERE unsettled IS NULL)" if edge is MEMBER_OF else "1",
    }


def ranges(one: NodeType) -> str:
    """The question after first id, last id and number of aggregates with an equal fingerprint, in batches of as many
    nodes and edges as its one value says."""
    edges = " + ".join(
        f"(SELECT count(*) FROM snap.{edge.table} WHERE {edge.owner_column} = s.id)" for edge in one.edges  # noqa: S608
    )  # fmt: skip
    return f"""SELECT min(id), max(id), count(*) FROM (
        SELECT s.id, sum(1 + {edges}) OVER (ORDER BY s.id) / ? AS batch FROM {_settled(one)}
      ) GROUP BY batch"""  # noqa: S608 - our own names


def expected_page(one: NodeType) -> str:
    """The question after the ids of a range, and what `verify/nodes` is to answer about them, each as one JSON.

    SQLite makes it without holding Python up, whose target_id threads ask the graph meanwhile.
    """
    has = (f"json(iif({wanted}, 'true', 'false'))" for wanted in one.labels.values())
    cells = ", ".join(("s.id", *map(_json, one.properties), *has, *map(_owned, one.edges)))
    return f"""SELECT json_group_array(s.id), json_group_array(json_array({cells}))
      FROM {_settled(one)} WHERE s.id BETWEEN ? AND ?"""  # noqa: S608 - our own names


def _owned(edge: EdgeType) -> str:
    cells = ", ".join((edge.target_column, *map(_json, edge.properties)))
    item, items = (f"json_array({cells})", "json(edge)") if edge.properties else (edge.target_column, "edge")
    return f"""(SELECT json_group_array({items}) FROM (
          SELECT {item} AS edge FROM snap.{edge.table}
          WHERE {edge.owner_column} = s.id ORDER BY {edge.target_column}))"""  # noqa: S608 - our own names


def _settled(one: NodeType) -> str:
    return f"want_{one.table} s JOIN known_{one.table} k ON k.id = s.id AND k.fingerprint = s.fingerprint"


def _json(of: Property) -> str:
    if of.kind == "texts":
        return f"json({of.column})"
    truth = f"json(iif({of.column}, 'true', iif({of.column} IS NULL, 'null', 'false')))"
    return truth if of.kind == "truth" else of.column


TABLE_OF = {one.noun: one.table for one in COUNTED_NODES}
_OWNER = {one.label: one for one in COUNTED_NODES}
_EDGES = {one.name: one for one in EDGE_TYPES}
_WITH_KIND = (ROLE, TEAM)
"""What is named with its kind in a list of edges: their names could be of anything."""

TURNED_DANGLING = """SELECT count(*) FROM work_role w JOIN want_role r ON r.id = w.id JOIN seen_role s ON s.id = w.id
  WHERE w.node AND r.dangling IS 1 AND s.dangling IS NULL"""

_TURNED_NAMES = """ UNION ALL SELECT coalesce(s.name, w.id) FROM work_role w
  JOIN want_role r ON r.id = w.id JOIN seen_role s ON s.id = w.id
  WHERE w.node AND r.dangling IS 1 AND s.dangling IS NULL"""


def counts() -> dict[str, str]:
    """For each of `kinds.COUNTED`, the question after its added, changed, closed and returned."""
    found = {
        "permissions": "SELECT sum(new), sum(NOT new), (SELECT count(*) FROM gone_permission), 0 FROM work_permission"
    }
    for one in OWNERS:
        labelled = " OR id IN (SELECT id FROM label)" if one.labels else ""
        found[one.noun] = (
            f"SELECT sum(new AND NOT returned), sum(NOT new AND (node{labelled})),"  # noqa: S608 - our own names
            f" (SELECT count(*) FROM gone_{one.table}), sum(returned) FROM work_{one.table}"
        )
    for edge in EDGE_TYPES:
        table = edge.key
        found[edge.name] = (
            f"SELECT sum(NOT changed), sum(changed), (SELECT count(*) FROM close_{table}), 0 FROM add_{table}"  # noqa: S608
        )
    return {name: found[name] for name in COUNTED}


def closed(kind: str, *, own: bool) -> str:
    """The question after the names of what is removed; its one value limits their number, -1 for all."""
    if edge := _EDGES.get(kind):
        ends = {edge.owner: ("h", "c.owner_id"), edge.target: ("o", "c.target_id")}
        called = " || ' → ' || ".join(_called(_OWNER[label], *ends[label]) for label in (edge.start, edge.end))
        joined = "".join(_joined(_OWNER[label].table, *end) for label, end in ends.items())
        only = "NOT c.with_node" if own else "1"
        return f"SELECT {called} AS name FROM close_{edge.key} c{joined} WHERE {only} ORDER BY name LIMIT ?"  # noqa: S608
    table = TABLE_OF[kind]
    return (
        f"SELECT {_name(table, 'x', 'c.id')} AS name FROM gone_{table} c{_joined(table, 'x', 'c.id')}"  # noqa: S608
        + (_TURNED_NAMES if own and kind == "roles" else "")
        + " ORDER BY name LIMIT ?"
    )


def _called(one: NodeType, alias: str, id_: str) -> str:
    name = _name(one.table, alias, id_)
    return f"'{one.table} ' || {name}" if one in _WITH_KIND else name


def _name(table: str, alias: str, id_: str) -> str:
    """How a thing is called: as the snapshot says, else as the graph does."""
    if table == "permission":
        return id_
    columns = ("username", "name") if table == "user" else ("name",)
    both = [f"{alias}{where}.{column}" for column in columns for where in ("_snap", "_seen")]
    return f"coalesce({', '.join(both)}, {id_})"


def _joined(table: str, alias: str, id_: str) -> str:
    if table == "permission":
        return ""
    return (
        f" LEFT JOIN snap.{table} {alias}_snap ON {alias}_snap.id = {id_}"
        f" LEFT JOIN seen_{table} {alias}_seen ON {alias}_seen.id = {id_}"
    )
