"""Accounts, roles, permissions and tokens of a workspace, as plain documents, and what administrators do to them.

Users are addressed by id or username, roles by id or name. A key whose value is unknown is absent, never None.
"""

import random
import threading
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from enum import Enum
from typing import Final

from .defaults import Document

ALPHANUMERIC = "23456789ABCDEFGHJKLMNPQRSTWXYZabcdefghijkmnopqrstuvwxyz"


class Auto(Enum):
    """Stands for "make up something sensible", where None already means "leave the key out"."""

    AUTO = "auto"


AUTO: Final = Auto.AUTO


def iso(at: datetime | str) -> str:
    """An instant as the server writes it: UTC, milliseconds, Z (rocketchat.md §1.2)."""
    if isinstance(at, str):
        return at
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Accounts:
    """The half of a workspace that says who there is and what they may."""

    def __init__(self, seed: int, now: datetime) -> None:
        self.lock = threading.RLock()
        self.random = random.Random(seed)
        self.now_ms = int(now.timestamp() * 1000)
        self.revision = 0
        self.users: dict[str, Document] = {}
        self.roles: dict[str, Document] = {}
        self.permissions: dict[str, Document] = {}
        self.removed_permissions: list[Document] = []
        self.tokens: dict[str, set[str]] = {}
        self._usernames: dict[str, str] = {}

    def user_id(self, user: str) -> str:
        return user if user in self.users else self._usernames[user]

    def role_id(self, role: str) -> str:
        """The id of a role; a text that is neither id nor name stands for itself, and will dangle."""
        if role in self.roles:
            return role
        return next((id_ for id_, doc in self.roles.items() if doc.get("name") == role), role)

    def user(self, user: str) -> Document:
        return self.users[self.user_id(user)]

    def touch(self) -> str:
        """Note a change and return its instant; time in a workspace passes by one millisecond a change."""
        with self.lock:
            self.revision += 1
            self.now_ms += 1
            return iso(datetime.fromtimestamp(self.now_ms / 1000, UTC))

    def new_id(self) -> str:
        """17 alphanumerics: an account made by sign-up (rocketchat.md §4.5)."""
        return "".join(self.random.choices(ALPHANUMERIC, k=17))

    def new_hex(self) -> str:
        """24 hex digits: a document the server inserted without an id (rocketchat.md §4.5)."""
        return f"{self.random.getrandbits(96):024x}"

    # users

    def add_user(
        self,
        username: str | None,
        *,
        id: str | None = None,
        name: str | Auto | None = AUTO,
        roles: Sequence[str] | None = ("user",),
        type: str | None = "user",
        active: bool | None = True,
        emails: Iterable[str] | Auto | None = AUTO,
        verified: bool = True,
        federated: bool = False,
        last_login: datetime | str | None = None,
        created_at: datetime | str | None = None,
        **more: object,
    ) -> str:
        """Insert an account and return its id. None leaves a key out; `more` are further keys of the document."""
        with self.lock:
            now = self.touch()
            id_ = id or (self.new_hex() if federated else self.new_id())
            doc: Document = {"_id": id_, "createdAt": iso(created_at) if created_at else now, "_updatedAt": now}
            if username is not None:
                doc["username"] = username
            if name is AUTO:
                name = username.replace(".", " ").title() if username else None
            if name is not None:
                doc["name"] = name
            if emails is AUTO:
                emails = [f"{username}@example.test"] if username and not federated and type == "user" else None
            if emails is not None:
                doc["emails"] = [{"address": address, "verified": verified} for address in emails]
            if roles is not None:
                doc["roles"] = [self.role_id(role) for role in roles]
            if type is not None:
                doc["type"] = type
            if active is not None:
                doc["active"] = active
            if federated:
                doc["federated"] = True
            if last_login is not None:
                doc["lastLogin"] = iso(last_login)
            doc["status"] = "offline"
            doc["settings"] = {"profile": {}, "preferences": {"enableAutoAway": True}}
            doc.update(more)
            if id_ in self.users or username in self._usernames:
                raise ValueError(f"{username or id_} is there already")
            self.users[id_] = doc
            if username is not None:
                self._usernames[username] = id_
            return id_

    def register(self, username: str, *, reason: str | None = None) -> str:
        """Sign up where administrators approve new accounts: until then it is not active (rocketchat.md §4.2)."""
        more: Document = {"reason": reason} if reason else {}
        return self.add_user(username, active=False, verified=False, inactiveReason="pending_approval", **more)

    def change_user(self, user: str, *, without: Iterable[str] = (), **keys: object) -> None:
        """Set keys of a user's document, and take others away."""
        with self.lock:
            doc = self.user(user)
            self._usernames.pop(doc.get("username") or "", None)
            doc.update({key: iso(value) if isinstance(value, datetime) else value for key, value in keys.items()})
            doc["_updatedAt"] = self.touch()
            for key in without:
                doc.pop(key, None)
            if doc.get("username"):
                self._usernames[doc["username"]] = doc["_id"]

    def delete_user(self, user: str) -> None:
        """Remove an account and its tokens; its membership rows stay behind as orphans (rocketchat.md §6.3)."""
        with self.lock:
            doc = self.users.pop(self.user_id(user))
            self._usernames.pop(doc.get("username") or "", None)
            self.tokens.pop(doc["_id"], None)
            self.touch()

    def deactivate(self, user: str) -> None:
        """Switch an account off: memberships stay, tokens go (rocketchat.md §1.1, §6.3)."""
        self.change_user(user, active=False, inactiveReason="deactivated")
        self.tokens.pop(self.user_id(user), None)

    def activate(self, user: str) -> None:
        self.change_user(user, active=True, without=("inactiveReason", "reason"))

    def rename(self, user: str, username: str) -> None:
        self.change_user(user, username=username)

    def assign(self, user: str, role: str) -> None:
        """Write a role on the user record, whatever the role's scope (rocketchat.md §5.2). Unknown roles dangle."""
        with self.lock:
            held = self.user(user).get("roles") or []
            self.change_user(user, roles=[*(r for r in held if r != self.role_id(role)), self.role_id(role)])

    def unassign(self, user: str, role: str) -> None:
        with self.lock:
            self.change_user(user, roles=[r for r in self.user(user).get("roles") or [] if r != self.role_id(role)])

    def issue_token(self, user: str) -> tuple[str, str]:
        """A personal access token, as the pair of header values (user id, token)."""
        with self.lock:
            id_, token = self.user_id(user), "".join(self.random.choices(ALPHANUMERIC, k=43))
            self.tokens.setdefault(id_, set()).add(token)
            return id_, token

    def revoke_token(self, user: str, token: str | None = None) -> None:
        """Take one token of a user away, or all of them."""
        with self.lock:
            held = self.tokens.get(self.user_id(user), set())
            held.difference_update({token} if token else set(held))

    # roles and permissions

    def add_role(
        self,
        name: str,
        *,
        id: str | None = None,
        scope: str = "Users",
        protected: bool = False,
        mandatory2fa: bool | None = False,
        description: str = "",
    ) -> str:
        """A custom role gets a random 24-hex id, as the server gives it (rocketchat.md §5.1). `mandatory2fa=None`: no
        key."""
        with self.lock:
            id_ = id or self.new_hex()
            doc: Document = {"_id": id_, "name": name, "scope": scope, "description": description}
            if mandatory2fa is not None:
                doc["mandatory2fa"] = mandatory2fa
            self.roles[id_] = {**doc, "protected": protected, "_updatedAt": self.touch()}
            return id_

    def rename_role(self, role: str, name: str) -> None:
        with self.lock:
            self.roles[self.role_id(role)].update(name=name, _updatedAt=self.touch())

    def delete_role(self, role: str) -> None:
        """Remove the role; its id dangles wherever it is still written (rocketchat.md §5.2)."""
        with self.lock:
            del self.roles[self.role_id(role)]
            self.touch()

    def grant(self, permission: str, role: str) -> None:
        """Let a role hold a permission; an unknown permission is made, an unknown role dangles."""
        with self.lock:
            doc = self.permissions.setdefault(permission, {"_id": permission, "roles": []})
            id_ = self.role_id(role)
            doc.update(roles=[*(r for r in doc["roles"] if r != id_), id_], _updatedAt=self.touch())

    def revoke(self, permission: str, role: str) -> None:
        with self.lock:
            doc = self.permissions[permission]
            doc.update(roles=[r for r in doc["roles"] if r != self.role_id(role)], _updatedAt=self.touch())

    def add_setting_permission(self, setting: str, **more: object) -> str:
        """`change-setting-<id>`, one for every visible setting, held by nobody at first (rocketchat.md §7)."""
        with self.lock:
            id_ = f"change-setting-{setting}"
            doc = {"_id": id_, "level": "settings", "settingId": setting, "roles": []}
            self.permissions[id_] = {**doc, **more, "_updatedAt": self.touch()}
            return id_

    def delete_permission(self, permission: str) -> None:
        with self.lock:
            del self.permissions[permission]
            self.removed_permissions.append({"_id": permission, "_deletedAt": self.touch()})
