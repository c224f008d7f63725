"""The tables of a snapshot file, written once.

A row carries the *look* that brought it: a list that is asked again gets a new look, and its rows stand beside the
earlier ones until the collection is finished. Then the latest look at each thing wins and nothing that the server has
shown is lost. `line` is the ledger line of the page that brought the row, so that pages which turn out not to be
trustworthy can be thrown away again.
"""

FORMAT = 2

TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE ledger (
  line INTEGER PRIMARY KEY, look INTEGER NOT NULL, route TEXT NOT NULL, subject TEXT NOT NULL, "offset" INTEGER NOT NULL,
  rows INTEGER NOT NULL, total INTEGER, status INTEGER NOT NULL, note TEXT, at TEXT NOT NULL);
CREATE INDEX ledger_route ON ledger (route, subject, look);
CREATE TABLE dataset (name TEXT PRIMARY KEY, state TEXT NOT NULL, fetched INTEGER, total INTEGER, why TEXT) WITHOUT ROWID;
CREATE TABLE user (
  id TEXT NOT NULL, look INTEGER NOT NULL, line INTEGER NOT NULL,
  username TEXT, name TEXT, emails TEXT, email_verified INTEGER, active INTEGER, type TEXT, service_account INTEGER,
  federated INTEGER, home_server TEXT, last_login TEXT, reason TEXT, roles TEXT,
  unlisted INTEGER NOT NULL DEFAULT 0, fingerprint TEXT, PRIMARY KEY (id, look)) WITHOUT ROWID;
CREATE TABLE role (
  id TEXT NOT NULL, look INTEGER NOT NULL, line INTEGER NOT NULL,
  name TEXT, description TEXT, scope TEXT, room_scoped INTEGER, built_in INTEGER, mandatory2fa INTEGER,
  dangling INTEGER NOT NULL DEFAULT 0, fingerprint TEXT, PRIMARY KEY (id, look)) WITHOUT ROWID;
CREATE TABLE permission (
  id TEXT NOT NULL, look INTEGER NOT NULL, line INTEGER NOT NULL,
  setting_id TEXT, roles TEXT, PRIMARY KEY (id, look)) WITHOUT ROWID;
CREATE TABLE team (
  id TEXT NOT NULL, look INTEGER NOT NULL, line INTEGER NOT NULL,
  name TEXT, private INTEGER, created_at TEXT, created_by_id TEXT, room_id TEXT, member_rows INTEGER,
  orphan_rows INTEGER, unsettled TEXT, fingerprint TEXT, PRIMARY KEY (id, look)) WITHOUT ROWID;
CREATE TABLE member (
  team_id TEXT NOT NULL, user_id TEXT NOT NULL, look INTEGER NOT NULL, line INTEGER NOT NULL,
  roles TEXT, owner INTEGER, joined_at TEXT, added_by_id TEXT, username TEXT, name TEXT,
  PRIMARY KEY (team_id, user_id, look)) WITHOUT ROWID;
CREATE TABLE room (
  id TEXT NOT NULL, look INTEGER NOT NULL, line INTEGER NOT NULL,
  team_id TEXT, name TEXT, type TEXT, private INTEGER, archived INTEGER, users_count INTEGER, read_only INTEGER, main INTEGER,
  PRIMARY KEY (id, look)) WITHOUT ROWID;
CREATE TABLE has_role (user_id TEXT NOT NULL, role_id TEXT NOT NULL, PRIMARY KEY (user_id, role_id)) WITHOUT ROWID;
CREATE TABLE grants (role_id TEXT NOT NULL, permission_id TEXT NOT NULL, PRIMARY KEY (role_id, permission_id)) WITHOUT ROWID;
"""
"""Lists are JSON arrays, truth values 1 and 0, what was not visible NULL.

After finishing: one row a thing (look no longer matters), `has_role` and `grants` filled, `role.dangling` for ids that
only users or permissions name, `user.unlisted` for members that no user list shows. `team.unsettled` says why the
team's members are not proven (its fingerprint is then NULL, and no membership of any team may be removed);
`team.orphan_rows` are its rows of deleted users. `room` holds rooms of teams only."""

MEMBERS_BY_USER = "CREATE INDEX IF NOT EXISTS member_user ON member (user_id)"
"""Made when all members are there: kept up to date meanwhile, it would be most of what a page writes."""

ROWS = {
    "user": (
        "id", "username", "name", "emails", "email_verified", "active", "type", "service_account", "federated",
        "home_server", "last_login", "reason", "roles",
    ),
    "role": ("id", "name", "description", "scope", "room_scoped", "built_in", "mandatory2fa"),
    "permission": ("id", "setting_id", "roles"),
    "team": ("id", "name", "private", "created_at", "created_by_id", "room_id", "member_rows"),
    "member": ("team_id", "user_id", "roles", "owner", "joined_at", "added_by_id", "username", "name"),
    "room": ("id", "team_id", "name", "type", "private", "archived", "users_count", "read_only", "main"),
}  # fmt: skip
"""Per table, the columns that a page brings, in the order of the model's fields."""

HASHED = {
    "meta": ("key", "value"),
    "dataset": ("name", "state", "fetched", "total", "why"),
    "ledger": ("line", "look", "route", "subject", "offset", "rows", "total", "status", "note", "at"),
    "user": (*ROWS["user"], "unlisted", "fingerprint"),
    "role": (*ROWS["role"], "dangling", "fingerprint"),
    "permission": ROWS["permission"],
    "team": (*ROWS["team"], "orphan_rows", "unsettled", "fingerprint"),
    "member": ROWS["member"],
    "room": ROWS["room"],
    "has_role": ("user_id", "role_id"),
    "grants": ("role_id", "permission_id"),
}
"""What the hash of a finished snapshot covers: everything that is loaded, what follows from other rows included."""

CONTENT = {
    "user": ("id", "fingerprint", "unlisted"),
    "role": ("id", "fingerprint"),
    "permission": ROWS["permission"],
    "team": ("id", "fingerprint", "unsettled"),
    "room": ROWS["room"],
}
"""What two finished snapshots have in common that make the same graph; fingerprints stand for all that they cover."""

DATASETS = ("users", "roles", "permissions", "teams", "members", "deactivatedMembers", "rooms")

OPTIONAL = ("rooms",)
"""What a run may do without: refused to this account, or unknown to the server, and it is complete all the same."""

STATES = ("complete", "partial", "forbidden", "unsupported", "skipped")
