"""Raw rows in, model rows out: pure functions, one for each kind of row.

What is private and of no use to a review (`settings`, `status`, `avatarETag`, `lastMessage`, topics) is dropped here,
on arrival. A key that is absent, or null, is not visible: None. So is a value of another kind than the server's source
promises (old workspaces hold accounts with the roles `[null]`): the rest of the row counts, and `unreadable` names the
key. A row that does not say what it is about raises `Malformed`, and its whole answer does not count.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Concatenate, ParamSpec, TypeVar

from rc2graph.model import USER, Inactive, Membership, Permission, Role, Room, Row, Team, User

Raw = dict[str, Any]

SERVICE_TYPES = ("bot", "app")
LONGEST_NAME = 1_000
LONGEST_TEXT = 4_000
"""Characters kept. An index of Neo4j takes some 8 000 bytes; no real name comes near, no hostile one may stop us."""

MOST = 2**53
"""No count is larger; databases take no larger integer than 2**63."""

ADDRESSES = tuple(one.column for one in USER.properties if one.source == "users: emails[].address")
"""What holds addresses, by the model."""

_HOME_SERVER = re.compile(r"@[^:]+:(.+)")
_BRIDGED = re.compile(r"[^:]+:(.+)")
"""The bridge of 5.x to 7.x left the `@` out (rocketchat.md §4.6). It counts only where an account is known to be
federated: anybody may have a colon in the name."""
_NO_TEXT = re.compile("[\ud800-\udfff\0]")
_CANONICAL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")


class Malformed(ValueError):
    """A row that is not of the shape that rocketchat.md describes; `key` where only this one's value is not."""

    def __init__(self, why: str, key: str | None = None) -> None:
        super().__init__(why)
        self.key = key


Made = TypeVar("Made", bound=Row)
More = ParamSpec("More")
Maker = Callable[Concatenate[Raw, More], Made]


def _forgiving(make: "Maker[More, Made]") -> "Maker[More, Made]":
    """Make a row that is malformed without the values that cannot be read: each names its key (`Malformed`)."""

    def made(row: Raw, /, *args: More.args, **more: More.kwargs) -> Made:
        read, odd = row, set[str]()
        while True:
            try:
                found = make(read, *args, **more)
            except Malformed as error:
                if error.key is None or read.get(error.key) is None:
                    raise
                odd.add(error.key)
                read = {**read, error.key: None}
            else:
                keys = tuple(key for key in row if key in odd)
                return replace(found, unreadable=keys) if odd else found  # type: ignore[type-var]  # all are dataclasses

    return made


@_forgiving
def user(row: Raw, *, by_status: bool) -> User:
    """A row of `users.listByStatus` or `users.list`. The latter has no `federated`, so absent there means unknown
    (rocketchat.md §4.1, §4.2)."""
    entries = _addresses(row, "emails")
    kind = text(row, "type")
    username = name(row, "username")
    federated = _get(row, "federated", bool) if "federated" in row or not by_status else False
    home = (_BRIDGED if federated else _HOME_SERVER).fullmatch(username or "")
    return User(
        id=identity(row),
        username=username,
        name=name(row),
        emails=None if entries is None else tuple(text(entry, "address") or "" for entry in entries),
        email_verified=_all_verified(entries),
        verified_emails=_verified(entries),
        active=_get(row, "active", bool),
        type=kind,
        service_account=None if kind is None else kind in SERVICE_TYPES,
        federated=federated,
        home_server=home[1] if home else None,
        last_login=instant(row, "lastLogin"),
        reason=text(row, "reason", LONGEST_TEXT),
        roles=_ids(row, "roles"),
    )


def inactive(row: Raw, *, pending: bool) -> Inactive:
    """A row of `users.listByStatus`, asked for some of the accounts: which one it is."""
    return Inactive(identity(row), pending)


def without_emails(row: User) -> User:
    """For `--no-emails`: addresses are left out, whether all of them are verified stays."""
    nothing: dict[str, Any] = dict.fromkeys(ADDRESSES)
    return replace(row, **nothing)


@_forgiving
def role(row: Raw) -> Role:
    """A row of `roles.list` (rocketchat.md §5.1). The id is the key, the name is for display."""
    scope = text(row, "scope")
    return Role(
        id=identity(row),
        name=name(row),
        description=text(row, "description", LONGEST_TEXT),
        scope=scope,
        room_scoped=None if scope is None else scope == "Subscriptions",
        built_in=_get(row, "protected", bool),
        mandatory2fa=_get(row, "mandatory2fa", bool),
    )


@_forgiving
def permission(row: Raw) -> Permission:
    """A row of `permissions.listAll` (rocketchat.md §7)."""
    setting = None
    if row.get("level") == "settings":
        setting = text(row, "settingId") or identity(row).removeprefix("change-setting-")
    return Permission(id=identity(row), setting_id=setting, roles=_ids(row, "roles"))


@_forgiving
def team(row: Raw) -> Team:
    """A row of `teams.listAll` (rocketchat.md §6.1). A half-created team has an empty roomId: no room."""
    kind = _get(row, "type", int)
    return Team(
        id=identity(row),
        name=name(row),
        private={0: False, 1: True}.get(kind),
        created_at=instant(row, "createdAt"),
        created_by_id=_creator(row, "createdBy"),
        room_id=text(row, "roomId") or None,
        member_rows=_count(row, "numberOfUsers"),
    )


@_forgiving
def member(row: Raw, *, team_id: str) -> Membership:
    """A row of `teams.members` (rocketchat.md §6.2). Identity is (team, user); the row's own id is not given. The roles
    key is absent for members that were added plainly, and then they are no owners; null says nothing."""
    about = _get(row, "user", dict)
    if about is None:
        raise Malformed("a member without 'user'")
    roles = _ids(row, "roles")
    return Membership(
        team_id=team_id,
        user_id=identity(about),
        roles=roles,
        owner=None if roles is None and "roles" in row else "owner" in (roles or ()),
        joined_at=instant(row, "createdAt"),
        added_by_id=_creator(row, "createdBy"),
        username=_text_or_none(about, "username"),
        name=_text_or_none(about, "name"),
    )


@_forgiving
def team_of_user(row: Raw, *, user_id: str) -> Membership:
    """A row of `users.listTeams`: only whether the user is an owner can be seen (rocketchat.md §4.4)."""
    owner = _get(row, "isOwner", bool)
    return Membership(team_id=identity(row), user_id=user_id, roles=("owner",) if owner else None, owner=owner)


@_forgiving
def room(row: Raw) -> Room:
    """A row of `rooms.adminRooms` (rocketchat.md §8). Of a room of no team nothing is kept but the id, which the proof
    of the list needs. The keys `archived`, `ro` and `teamMain` are there only where they are true, or may be; a count
    that is none (servers miscount) is not known. Of the attributes that control a room no value is kept."""
    team = _within(None, row, "teamId")
    if not team:
        return Room(id=identity(row))
    kind = text(row, "t")
    users = row.get("usersCount")
    return Room(
        id=identity(row),
        team_id=team,
        name=name(row) or name(row, "fname"),
        type=kind,
        private=None if kind is None else kind == "p",
        archived=_flag(row, "archived"),
        users_count=users if isinstance(users, int) and not isinstance(users, bool) and 0 <= users <= MOST else None,
        read_only=_flag(row, "ro"),
        attribute_controlled=_controlled(row),
        main=_flag(row, "teamMain"),
    )


def caller(row: Raw) -> User:
    """The answer of `me` (rocketchat.md §1.5). Where its roles cannot be read, nothing is known of what it may see."""
    return User(
        id=identity(row), username=name(row, "username"), name=_text_or_none(row, "name"), roles=_ids(row, "roles")
    )


def identity(row: Raw) -> str:
    """A row's `_id`: opaque, but without one there is nothing to hold on to."""
    value = row.get("_id") if isinstance(row, dict) else None
    if not isinstance(value, str) or not value or len(value) > LONGEST_NAME:
        raise Malformed(f"a row without _id{_whose(row)}")
    return _clean(value)


def _whose(row: object) -> str:
    """What else says which row it is."""
    if isinstance(row, dict):
        for key in ("username", "name"):
            if isinstance(row.get(key), str) and row[key]:
                return f" ({key} {_clean(row[key])[:80]!r})"
    return ""


def name(row: Raw, key: str = "name") -> str | None:
    """What a thing is called. What is empty names nothing: then its id does, wherever it is shown."""
    called = text(row, key)
    return called if called and not called.isspace() else None


def text(row: Raw, key: str, longest: int = LONGEST_NAME) -> str | None:
    value = row.get(key)
    if value is None:
        return None
    if not isinstance(value, str):
        raise _other_kind(key, value, str)
    value = _clean(value)
    return value if len(value) <= longest else value[: longest - 1] + "…"


def instant(row: Raw, key: str) -> str | None:
    """An instant in UTC with milliseconds and Z, whatever ISO form came (rocketchat.md §1.2)."""
    value = row.get(key)
    if value is None:
        return None
    try:
        if isinstance(value, str) and _CANONICAL.fullmatch(value):  # as servers write it
            datetime.fromisoformat(value)
            return value
        if isinstance(value, dict):  # as databases export it
            when = datetime.fromtimestamp(value["$date"] / 1000, UTC)
        else:
            when = datetime.fromisoformat(value)
        when = when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    except (KeyError, TypeError, ValueError, OverflowError, OSError) as error:
        raise Malformed(f"{key!r} is no date", key) from error
    return when.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def _get(row: Raw, key: str, kind: type) -> Any:
    value = row.get(key)
    if value is None:
        return None
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise _other_kind(key, value, kind)
    return value


def _other_kind(key: str, value: Any, kind: type) -> Malformed:
    return Malformed(f"{key!r} is {type(value).__name__}, not {kind.__name__}", key)


def _count(row: Raw, key: str) -> int | None:
    value: int | None = _get(row, key, int)
    if value is not None and not 0 <= value <= MOST:
        raise Malformed(f"{key!r} is no count", key)
    return value


def _ids(row: Raw, key: str) -> tuple[str, ...] | None:
    values = _get(row, key, list)
    if values is None:
        return None
    if not all(isinstance(value, str) and len(value) <= LONGEST_NAME for value in values):
        raise Malformed(f"{key!r} holds something else than ids", key)
    return tuple(dict.fromkeys(_clean(value) for value in values if value))


def _creator(row: Raw, key: str) -> str | None:
    creator = _get(row, key, dict)
    return _within(key, creator, "_id") or None if creator else None


def _addresses(row: Raw, key: str) -> list[Raw] | None:
    """The entries that hold an address; None where there are entries, and none holds one."""
    emails = _get(row, key, list)
    if not emails:
        return emails if emails is None else []
    for entry in emails:
        if entry is not None and not isinstance(entry, dict):
            raise _other_kind(key, entry, dict)
        _within(key, entry or {}, "address")
    return [entry for entry in emails if entry and entry.get("address")] or None


def _within(key: str | None, held: Raw, inner: str) -> str | None:
    """A text in what `key` holds: where it is none, that key is what cannot be read. Without a key: the whole row."""
    try:
        return text(held, inner)
    except Malformed as error:
        raise Malformed(str(error), key) from error


def _flag(row: Raw, key: str) -> bool | None:
    """What is there only where it is true, or may be."""
    return _get(row, key, bool) if key in row else False


def _controlled(row: Raw) -> bool | None:
    """Whether attributes control a room. A store may have emptied the list, and then says so (rocketchat.md §8). Where
    a key is there and says nothing, nothing is known."""
    attributes, redacted = _get(row, "abacAttributes", list), _flag(row, "abacAttributesRedacted")
    if attributes or redacted:
        return True
    return None if redacted is None or (attributes is None and "abacAttributes" in row) else False


def _text_or_none(row: Raw, key: str) -> str | None:
    return name(row, key) if isinstance(row.get(key), str) else None


def _all_verified(entries: list[Raw] | None) -> bool | None:
    """Whether every address is verified; None where there is none, or one does not say."""
    flags = [entry.get("verified") for entry in entries or ()]
    if any(flag is False for flag in flags):
        return False
    return True if flags and all(flag is True for flag in flags) else None


def _verified(entries: list[Raw] | None) -> tuple[str, ...] | None:
    """The addresses that are verified; None where one does not say: it would stand there as not verified."""
    if entries is None or any(not isinstance(entry.get("verified"), bool) for entry in entries):
        return None
    return tuple(text(entry, "address") or "" for entry in entries if entry["verified"])


def _clean(value: str) -> str:
    """Half a surrogate pair, or a NUL, is JSON, but no text: databases refuse it, or stop reading there."""
    return value if value.isprintable() else _NO_TEXT.sub("\ufffd", value)
