"""THE table: what rc2graph knows of a workspace. Node types, edge types and their properties, each in one place.

From it follow the row classes (they are the table), the snapshot's tables and columns, fingerprints, the statements in
`cypher/graph`, what `export` and `diff` show, what `forget` erases, and the tables of `docs/model.md`.

`None` always means *not visible*, never *false* and never *empty*. Instants are ISO strings in UTC with milliseconds
and `Z`, as the server writes them: they sort, compare and convert alike on every engine.

A fingerprint covers one aggregate, a node together with the edges that it owns:

    (:User)-[:HAS_ROLE]->(:Role)      (:Team)<-[:MEMBER_OF]-(:User)      (:Role)-[:GRANTS]->(:Permission)
"""

import hashlib
import re
import types
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from functools import cached_property
from typing import Any, get_args

VERSION = "2"
"""Part of every fingerprint: raise it when the mapping changes, and the next load rewrites everything once."""

FINGERPRINT_LENGTH = 32


@dataclass(frozen=True, slots=True)
class Property:
    """One property: of a node, of an edge, or a column that the graph does not have."""

    column: str
    """In the snapshot, and the attribute of the row."""
    kind: str
    """text, instant, truth, number or texts (a list)."""
    meaning: str
    source: str = ""
    """The route and key that it comes from; empty: it follows from other values."""
    of: str = ""
    """Type of the edge that it is a property of, or whose other ends it lists; else it is the node's."""
    stored: str = "graph"
    """graph: it is a property there. ids: it lists the other ends of `of`. snapshot: it is kept there alone."""
    derived: bool = False
    """Set when a snapshot is finished, and not by a page."""
    personal: bool = False
    """`forget` erases it."""
    account: bool = False
    """It is the id of an account: `forget` puts a pseudonym there. A personal property beside it (`user`, `user_id`) is
    that account's."""
    prose: bool = False
    """It is written in sentences, which may name any account: `forget` looks for names there."""
    always: bool = False
    """Never None: true or false."""
    diff: str | tuple[str, str] | None = None
    """What `diff` calls a change of it: a word, or two for (on, off) of a truth value. None: changes are not shown."""
    since: int = 2
    """The first format of snapshot files that has it. A file without it does not show it."""
    each: str = ""
    """dataset or kind: there is one for each, whose name stands before this one's."""

    @property
    def is_name(self) -> bool:
        """People call the account by it: `forget` looks for it in sentences. What follows from a name is none."""
        return self.personal and not self.prose and bool(self.source) and self.kind in ("text", "texts")

    @property
    def name(self) -> str:
        """In the graph: `last_login` → lastLogin."""
        return re.sub(r"_([a-z])", lambda found: found[1].upper(), self.column)


def about(meaning: str, source: str = "", **more: Any) -> Any:
    """The field of a row, with what the model says about it; `more`: as `Property`."""
    default = more.pop("default", None)
    return field(default=default, metadata={"property": {"meaning": meaning, "source": source, **more}})


def _kind(of: "Field[Any]", instant: bool) -> str:
    types_ = get_args(of.type) if isinstance(of.type, types.UnionType) else (of.type,)
    for found, kind in ((bool, "truth"), (int, "number"), (str, "text")):
        if found in types_:
            return "instant" if instant else kind
    return "texts"


def properties(row: Any) -> tuple[Property, ...]:
    """All that a row class says of its fields but its key."""
    found = []
    for one in fields(row):
        if "property" in one.metadata:
            more = {"always": one.default is False, **one.metadata["property"]}
            found.append(Property(one.name, _kind(one, more.pop("instant", False)), **more))
    return tuple(found)


class Row:
    """What all have in common: they can be put aside in a file, at a third of what `dataclasses` would take for it.

    Each has `unreadable`: keys of the server's row whose values are of another kind than promised, so not visible.
    """

    __slots__: tuple[str, ...] = ()
    unreadable: tuple[str, ...]

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        return type(self), tuple(getattr(self, name) for name in self.__slots__)


@dataclass(frozen=True, slots=True)
class User(Row):
    id: str
    username: str | None = about("what the account signs in with", "users: username", personal=True, diff="renamed")
    name: str | None = about("the name that is shown", "users: name", personal=True, diff="changed")
    emails: tuple[str, ...] | None = about(
        "addresses; not with `--no-emails`", "users: emails[].address", personal=True, diff="changed"
    )
    email_verified: bool | None = about(
        "all addresses are verified", "users: emails[].verified", personal=True, diff="changed"
    )
    verified_emails: tuple[str, ...] | None = about(
        "those that are verified; not with `--no-emails`", "users: emails[].address", personal=True, diff="changed",
        since=3,
    )  # fmt: skip
    active: bool | None = about("false: deactivated", "users: active", diff=("activated", "deactivated"))
    type: str | None = about("`user`, `bot`, `app`, …", "users: type", diff="changed")
    service_account: bool | None = about("the type is `bot` or `app`", diff="changed")
    federated: bool | None = about(
        "of another server; absent where the server only has `users.list`", "users.listByStatus: federated",
        diff="changed",
    )  # fmt: skip
    home_server: str | None = about("the server in the name of a federated account", personal=True)
    last_login: str | None = about("when somebody last signed in", "users: lastLogin", instant=True, personal=True)
    reason: str | None = about(
        "what was written on registering", "users: reason", personal=True, prose=True, diff="changed"
    )
    roles: tuple[str, ...] | None = about(
        "ids of the roles on the user's own record, whatever their scope", "users: roles", of="HAS_ROLE", stored="ids"
    )
    status: str | None = about(
        "`deactivated`, `pending` (never approved), `federated`, `service` or `active`: the first that is true of it",
        derived=True, since=3,
    )  # fmt: skip
    unlisted: bool = about("only a membership names it", stored="snapshot", derived=True, default=False)
    unreadable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Inactive(Row):
    """Of the list of accounts that are not active, or of that of those that wait for approval (`pending`). It is kept
    only while collecting."""

    id: str
    pending: bool
    unreadable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Role(Row):
    id: str
    name: str | None = about("for display; the id is the key", "roles.list: name", diff="renamed")
    description: str | None = about("what administrators wrote about it", "roles.list: description", diff="changed")
    scope: str | None = about("`Users` or `Subscriptions`", "roles.list: scope", diff="changed")
    room_scoped: bool | None = about("the scope is `Subscriptions`")
    built_in: bool | None = about("it comes with Rocket.Chat", "roles.list: protected", diff="changed")
    mandatory2fa: bool | None = about("asks for a second factor", "roles.list: mandatory2fa", diff="changed")
    dangling: bool = about(
        "true for an id that a user or a permission names and no role carries (rocketchat.md §5.2)",
        derived=True, default=False,
    )  # fmt: skip
    unreadable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Permission(Row):
    id: str
    setting_id: str | None = about(
        "of a setting's permission, kept only where a role holds it", "permissions.listAll: settingId"
    )
    roles: tuple[str, ...] | None = about(
        "ids of the roles that hold it", "permissions.listAll: roles", of="GRANTS", stored="ids", default=()
    )
    unreadable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Team(Row):
    id: str
    name: str | None = about("its name", "teams.listAll: name", diff="renamed")
    private: bool | None = about(
        "false: it is public", "teams.listAll: type", diff=("became private", "became public")
    )  # fmt: skip
    created_at: str | None = about("when it was made", "teams.listAll: createdAt", instant=True)
    created_by_id: str | None = about("id of the account that made it", "teams.listAll: createdBy._id", account=True)
    room_id: str | None = about("id of its main room", "teams.listAll: roomId")
    member_rows: int | None = about(
        "all membership rows, of deactivated and of deleted users too (rocketchat.md §6.1)",
        "teams.listAll: numberOfUsers",
    )
    orphan_rows: int | None = about("rows of deleted users: one load after the other found nobody", derived=True)
    unconfirmed_rows: int | None = about(
        "rows for which the last load found nobody, and none before it had asked: the next one asks again",
        derived=True, since=3,
    )  # fmt: skip
    unsettled: str | None = about("why its members are not proven", stored="snapshot", derived=True, prose=True)
    unreadable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Membership(Row):
    """Of a deactivated member only `owner` can be seen (rocketchat.md §6.4)."""

    team_id: str
    user_id: str
    roles: tuple[str, ...] | None = about("roles in the team", "teams.members: roles", of="MEMBER_OF", diff="changed")
    owner: bool | None = about(
        "one of them is owner", of="MEMBER_OF", diff=("became owner", "ceased to be owner")
    )  # fmt: skip
    joined_at: str | None = about("when the user was added", "teams.members: createdAt", of="MEMBER_OF", instant=True)
    added_by_id: str | None = about(
        "id of the account that added it", "teams.members: createdBy._id", of="MEMBER_OF", account=True
    )
    username: str | None = about("of the user, where no user list shows it", stored="snapshot", personal=True)
    name: str | None = about("of the user, where no user list shows it", stored="snapshot", personal=True)
    unreadable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Room(Row):
    """A room of a team. Of a room of no team only the id is kept, and that only until the list is proven."""

    id: str
    team_id: str | None = about("id of the team", "rooms.adminRooms: teamId", of="HAS_ROOM", stored="ids")
    name: str | None = about("its name", "rooms.adminRooms: name, else fname", diff="renamed")
    type: str | None = about("`c` or `p`", "rooms.adminRooms: t")
    private: bool | None = about("the type is `p`", diff=("became private", "became public"))
    archived: bool | None = about(
        "nobody writes in it any more", "rooms.adminRooms: archived", diff=("archived", "reopened")
    )
    users_count: int | None = about("how many users are in it", "rooms.adminRooms: usersCount")
    read_only: bool | None = about("only some may write in it", "rooms.adminRooms: ro", diff="changed")
    main: bool | None = about("it is the team's main room", "rooms.adminRooms: teamMain", of="HAS_ROOM", diff="changed")
    attribute_controlled: bool | None = about(
        "reading it takes a decision about attributes as well (ABAC); absent: not visible. No values are kept",
        "rooms.adminRooms: abacAttributes, abacAttributesRedacted", diff="changed", since=3,
    )  # fmt: skip
    unreadable: tuple[str, ...] = ()


@dataclass(frozen=True)
class EdgeType:
    """An edge, of which one end is the owner: whose list shows it, and whose fingerprint covers it."""

    name: str
    start: str
    end: str
    """Labels."""
    owner: str = ""
    table: str = ""
    owner_column: str = ""
    target_column: str = ""
    """In the snapshot: the table of the edges, its column of the owner's id and that of the other end's."""
    row: "type[Row] | None" = None
    """The class of the rows that carry its properties."""
    history: str = ""
    """Type of the edge that stays when it ended; without one it is deleted."""
    first_seen: bool = True
    derived: tuple[Property, ...] = ()
    """Properties of an edge that follows from the catalogue."""
    meaning: str = ""
    """In whole sentences, as the next one's."""
    noun: str = ""
    """In the plural, and the name under which a `Sync` counts it; empty: it does not."""
    listed: tuple[str, ...] = ()
    """The datasets that bring it."""
    proven: tuple[str, ...] = ()
    """The datasets that must be complete, so that one that they do not hold is gone; empty: those that bring it."""
    since: int = 2
    """The first format of snapshot files that has its table. A file without it shows none, and ends none."""
    ids: str = ""
    """TABLE.COLUMN of nodes at one end that says the id of the other end, or lists such ids; without `row`."""

    @cached_property
    def properties(self) -> tuple[Property, ...]:
        if self.row is None:
            return self.derived
        return tuple(one for one in properties(self.row) if one.of == self.name and one.stored == "graph")

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(one.column for one in self.properties)

    @property
    def target(self) -> str:
        """The label of the end that does not own it."""
        return self.end if self.owner == self.start else self.start

    @property
    def counted_at(self) -> str:
        """The label of the end of which there are fewer."""
        return self.end if self.start == User.__name__ else self.start

    @property
    def key(self) -> str:
        """Its name among the tables of a plan."""
        return self.name.lower()


@dataclass(frozen=True)
class NodeType:
    label: str
    noun: str
    """In the plural, and the name under which it is counted."""
    variable: str
    """What it is called in statements."""
    row: "type[Row] | None" = None
    """None: no page of the server brings it."""
    found_by: str = ""
    """The property by which people look for it: it has an index, and is shown beside edges."""
    fingerprint: bool = False
    former: bool = False
    """When it is gone it stays as `Former…` with its history; else it is deleted."""
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Further labels, for pictures, and what is true of a row of the snapshot that has them (SQL)."""
    before: tuple[Property, ...] = ()
    after: tuple[Property, ...] = ()
    """Properties that only the graph has, before and behind those of the row."""
    meaning: str = ""
    listed: tuple[str, ...] = ()
    proven: tuple[str, ...] = ()
    """As of an edge."""
    optional: str = ""
    """What its list brings, in words. A run is complete without it where the account may not ask for it, or the server
    has none: nothing else rests on it. Empty: no run is complete without it."""
    since: int = 2
    """As of an edge."""

    @property
    def table(self) -> str:
        """In the snapshot."""
        return self.label.lower()

    @cached_property
    def stored(self) -> tuple[Property, ...]:
        """Everything about it that the snapshot keeps, behind the id."""
        return properties(self.row) if self.row else ()

    @cached_property
    def properties(self) -> tuple[Property, ...]:
        """Those that the graph gets from the snapshot, in the order in which statements take and return them."""
        return tuple(one for one in self.stored if one.stored == "graph" and not one.of)

    @property
    def shown(self) -> tuple[Property, ...]:
        """All that the graph holds of it and an export shows."""
        return (*self.before, *self.properties, *self.after)

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(one.column for one in self.properties)

    @cached_property
    def edges(self) -> tuple[EdgeType, ...]:
        """Those that it owns. The other ends stand before it in `LOADED`."""
        return tuple(one for one in EDGE_TYPES if one.owner == self.label)

    @property
    def beside(self) -> EdgeType | None:
        """The edge that lies in its own table: what has none is not kept."""
        return next((one for one in self.edges if one.table == self.table), None)

    @property
    def counted(self) -> tuple[EdgeType, ...]:
        """The edges whose number is taken at its nodes."""
        return tuple(one for one in EDGE_TYPES if one.counted_at == self.label)


FIRST_SEEN = Property("first_seen", "instant", "when a load first saw it")
UNTIL = Property("until", "instant", "when a load found it gone")
SINCE = Property("since", "instant", "when a load first saw it")
_HOW = Property("how", "text", "the reason, in a line")
_CONDITION = Property("condition", "text", "what must be the case besides")

FINGERPRINT = Property(
    "fingerprint", "text", "over its properties and the edges that it owns; equal ones are not compared"
)

ROLE = NodeType(
    "Role", "roles", "r", Role, found_by="name", fingerprint=True, former=True, after=(FIRST_SEEN,),
    meaning="A role, or an id that stands where a role should be.",
    listed=("roles",), proven=("roles", "users", "permissions"),  # where nobody names it any more: else it would dangle
)  # fmt: skip
USER = NodeType(
    "User", "users", "u", User, found_by="username", fingerprint=True, former=True, after=(FIRST_SEEN,),
    meaning="An account.", listed=("users",),
    labels={"ServiceAccount": "service_account IS 1", "Federated": "federated IS 1", "Deactivated": "active IS 0"},
)  # fmt: skip
TEAM = NodeType(
    "Team", "teams", "t", Team, found_by="name", fingerprint=True, former=True, after=(FIRST_SEEN,),
    meaning="A team, public or private.", listed=("teams",),
)  # fmt: skip
PERMISSION = NodeType(
    "Permission", "permissions", "p", Permission,
    before=(
        Property("tier", "text", "`A`, `B`, `C` or absent: what it gives, by the catalogue"),
        Property("how", "text", "the reason, in a line; absent: not assessed"),
    ),
    meaning="What a role can be given. Of settings' permissions only those that a role holds.",
    listed=("permissions",),
)  # fmt: skip
ROOM = NodeType(
    "Room", "rooms", "x", Room, found_by="name", meaning="A room of a team. Of other rooms nothing is kept.",
    listed=("rooms",), proven=("rooms", "teams"), optional="rooms of teams",
)  # fmt: skip
ATTESTATION = NodeType(
    "Attestation", "attestations", "a",
    after=(
        Property("user_id", "text", "id of the account", account=True),
        Property("kind", "text", "`role` or `team`"),
        Property("access_id", "text", "id of the role or team"),
        Property("user", "text", "name of the account at that time", personal=True),
        Property("access", "text", "name of the role or team at that time"),
        Property("state", "texts", "the roles of a membership that it covers"),
        Property("decision", "text", "`approve`, `revoke`, `exception` or `unsure`"),
        Property("until", "instant", "of an exception: its last instant"),
        Property("note", "text", "what the reviewer wrote", prose=True),
        Property("reviewer", "text", "who decided", personal=True),
        Property("decided_at", "instant", "when"),
        Property("self", "truth", "true where reviewers decided about themselves; else absent"),
        Property("worksheet", "text", "SHA-256 of the file"),
    ),
    meaning="A decision of a review about one access. Only `attest` writes it, no load touches it.",
)  # fmt: skip
WORKSPACE = NodeType(
    "Workspace", "workspaces", "w",
    after=tuple(Property(*one) for one in (
        ("url", "text", "its address"),
        ("version", "text", "of the server, as far as it told"),
        ("last_sync_id", "text", "id of the last finished run"),
        ("lease_owner", "text", "the run that writes now"),
        ("lease_expires", "instant", "when others may write, if it does not go on"),
        ("lease_touched", "text", "the run that wrote last"),
        ("history_since", "instant", "from when on the history is whole; only where something was removed or lost"),
        ("decisions_since", "instant", "decisions made before may have been lost; only where damage was mended"),
        ("mended_at", "instant", "when a damaged graph was written anew, and something was lost; only then"),
        ("forgotten", "number", "how many users were forgotten; only where one was"),
    )),
    meaning="One Rocket.Chat server; its `id` is the `workspace`.",
)  # fmt: skip
SYNC = NodeType(
    "Sync", "syncs", "s",
    after=(
        *(Property(*one) for one in (
            ("started_at", "instant", "when the data was true"),
            ("finished_at", "instant", "when the run had written it"),
            ("state", "text", "`complete` or `partial`"),
            ("snapshot_sha256", "text", "hash of the snapshot"),
            ("content_sha256", "text", "of what the graph was made of: the same again is not compared"),
            ("catalogue_version", "text", "of the catalogue of permissions"),
            ("caller_roles", "texts", "roles of the account that read"),
        )),
        Property("caller_id", "text", "id of the account that read", account=True),
        Property("not_visible", "texts", "what was not seen, in words, and why", prose=True),
        Property("state", "text", "how much was seen: `complete`, `partial`, `forbidden`, …", each="dataset"),
        Property("fetched", "number", "rows that were read", each="dataset"),
        Property("total", "number", "rows that the server counted", each="dataset"),
        Property("added", "number", "new in this run", each="kind"),
        Property("changed", "number", "with other properties than before", each="kind"),
        Property("closed", "number", "gone", each="kind"),
        Property("returned", "number", "gone before, and back; of users, roles and teams", each="kind"),
        Property("withdrawn_ahead", "texts", "when loads said that they had begun that were dated ahead of the clock"),
        Property("started_ahead", "instant", "instead of `startedAt`: this is such a load, and counts no more"),
    ),
    meaning="One for each finished run.",
)  # fmt: skip

LOADED = (ROLE, USER, TEAM, PERMISSION, ROOM)
"""In the order in which they are written: an edge needs both of its ends."""
COUNTED_NODES = (USER, *(one for one in LOADED if one is not USER))
"""In the order in which they are counted and listed."""

HAS_ROLE = EdgeType(
    "HAS_ROLE", "User", "Role", "User", "has_role", "user_id", "role_id", ids="user.roles", history="HAD_ROLE",
    meaning="Any role on the user's own record. A room role here (`roomScoped`) counts in every room.",
    noun="assignments", listed=("users", "roles"), proven=("users",),
)  # fmt: skip
MEMBER_OF = EdgeType(
    "MEMBER_OF", "User", "Team", "Team", "member", "team_id", "user_id", Membership, "WAS_MEMBER_OF",
    meaning="Of a deactivated member only `owner` can be seen.",
    noun="members", listed=("members", "deactivatedMembers"),
)  # fmt: skip
GRANTS = EdgeType(
    "GRANTS", "Role", "Permission", "Role", "grants", "role_id", "permission_id", ids="permission.roles",
    meaning="What whoever holds the role may do.", noun="grants", listed=("permissions",),
)  # fmt: skip
HAS_ROOM = EdgeType(
    "HAS_ROOM", "Team", "Room", "Room", "room", "id", "team_id", Room, first_seen=False,
    meaning="Containment, not access.", listed=("rooms",), proven=("rooms", "teams"),
)  # fmt: skip
ESCALATES_TO = EdgeType(
    "ESCALATES_TO", "Permission", "Role", first_seen=False, derived=(_HOW, _CONDITION),
    meaning="Tier A, to `admin`. Derived, as the next.",
)  # fmt: skip
ESCALATES_WITH = EdgeType(
    "ESCALATES_WITH", "Permission", "Role", first_seen=False,
    derived=(
        Property("key", "text", "tells alternatives apart"),
        Property("needs", "texts", "permissions that the same person must also hold"),
        _HOW,
        _CONDITION,
    ),
    meaning="Tier B, to `admin`, one for each alternative.",
)  # fmt: skip

EDGE_TYPES = (HAS_ROLE, MEMBER_OF, GRANTS, HAS_ROOM)
"""In the order in which they are counted."""
ESCALATIONS = (ESCALATES_TO, ESCALATES_WITH)


def fingerprint(*parts: str) -> str:
    """32 hex digits over the parts, spelt so that equal things are spelt alike, and the model's version."""
    text = "\n".join((VERSION, *parts))
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=FINGERPRINT_LENGTH // 2).hexdigest()
