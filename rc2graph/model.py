"""What rc2graph knows of a workspace: users, roles, teams, permissions, rooms, and the edges between them.

`None` always means *not visible*, never *false* and never *empty*. Instants are ISO strings in UTC with milliseconds
and `Z`, as the server writes them: they sort, compare and convert alike on every engine.

A fingerprint covers one aggregate, a node together with the edges it owns:

    (:User)-[:HAS_ROLE]->(:Role)      (:Team)<-[:MEMBER_OF]-(:User)      (:Role)-[:GRANTS]->(:Permission)
"""

import hashlib
from dataclasses import dataclass

VERSION = "2"
"""Part of every fingerprint: raise it when the mapping changes, and the next load rewrites everything once."""

FINGERPRINT_LENGTH = 32


class Row:
    """What all have in common: they can be put aside in a file, at a third of what `dataclasses` would take for it.

    Each has `unreadable`: keys of the server's row whose values are of another kind than promised, so not visible.
    """

    __slots__: tuple[str, ...] = ()

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        return type(self), tuple(getattr(self, name) for name in self.__slots__)


@dataclass(frozen=True, slots=True)
class User(Row):
    id: str
    username: str | None = None
    name: str | None = None
    emails: tuple[str, ...] | None = None
    email_verified: bool | None = None
    active: bool | None = None
    type: str | None = None
    service_account: bool | None = None
    federated: bool | None = None
    home_server: str | None = None
    last_login: str | None = None
    reason: str | None = None
    roles: tuple[str, ...] | None = None
    """Role ids on the user record, whatever their scope: `(:User)-[:HAS_ROLE]->(:Role)`. None: the key was absent."""
    unreadable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Role(Row):
    id: str
    name: str | None = None
    description: str | None = None
    scope: str | None = None
    room_scoped: bool | None = None
    built_in: bool | None = None
    mandatory2fa: bool | None = None
    dangling: bool = False
    """True for an id that a user or a permission names and no role carries (api.md §5.2)."""
    unreadable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Permission(Row):
    id: str
    setting_id: str | None = None
    """Set for `change-setting-…` permissions; those are kept only where a role holds them."""
    roles: tuple[str, ...] | None = ()
    """Role ids: `(:Role)-[:GRANTS]->(:Permission)`. None: the key was absent, so who holds it is not visible."""
    unreadable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Team(Row):
    id: str
    name: str | None = None
    private: bool | None = None
    created_at: str | None = None
    created_by_id: str | None = None
    room_id: str | None = None
    member_rows: int | None = None
    """`numberOfUsers`: all membership rows, of deactivated and of deleted users too (api.md §6.1)."""
    unreadable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Membership(Row):
    """`(:User)-[:MEMBER_OF]->(:Team)`. Of a deactivated member only `owner` can be seen (api.md §6.4)."""

    team_id: str
    user_id: str
    roles: tuple[str, ...] | None = None
    owner: bool | None = None
    joined_at: str | None = None
    added_by_id: str | None = None
    username: str | None = None
    name: str | None = None
    """The last two describe the user, for a member that no user list shows."""
    unreadable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Room(Row):
    """A room of a team: `(:Team)-[:HAS_ROOM]->(:Room)`. Of a room of no team only the id is kept, and that only until
    the list is proven."""

    id: str
    team_id: str | None = None
    name: str | None = None
    type: str | None = None
    private: bool | None = None
    archived: bool | None = None
    users_count: int | None = None
    read_only: bool | None = None
    main: bool | None = None
    unreadable: tuple[str, ...] = ()


def fingerprint(*parts: str) -> str:
    """32 hex digits over the parts, spelt so that equal things are spelt alike, and the model's version."""
    text = "\n".join((VERSION, *parts))
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=FINGERPRINT_LENGTH // 2).hexdigest()
