"""Who the token is and what it may see: asked before everything else, and again after it.

A missing permission is not one status here: Rocket.Chat may answer 200 with an empty list (rocketchat.md §6.2) or leave
keys out (§4.1). So what is held is worked out beforehand, as the server does it: the caller's roles against the roles
that each permission names.
"""

import logging
from contextlib import suppress
from dataclasses import dataclass, field, replace

from rc2graph.errors import CredentialsError, IncompleteError, MissingPermissionError, Rc2graphError, SourceError
from rc2graph.model import User
from rc2graph.release import Release
from rc2graph.rocketchat import mapping
from rc2graph.rocketchat.answer import Answer
from rc2graph.rocketchat.client import Client
from rc2graph.rocketchat.endpoints import INFO, ME, OPTIONAL, PERMISSIONS, USERS, USERS_BY_STATUS, Endpoint
from rc2graph.rocketchat.failure import Refused, UnknownRoute
from rc2graph.rocketchat.listing import TRIES
from rc2graph.rocketchat.mapping import Malformed

log = logging.getLogger("rc2graph.rocketchat")

LESS_PATIENCE = 10
"""What a run can do without gets this part of the patience that everything else gets."""

BYPASS = "api-bypass-rate-limit"
FULL_INFO = "view-full-other-user-info"
STATISTICS = "view-statistics"

NEEDED = {
    "view-d-room": "Without it Rocket.Chat refuses the list of users.",
    "view-all-teams": "Without it Rocket.Chat answers team membership with an empty list.",
    FULL_INFO: "Without it Rocket.Chat leaves roles, e-mail and last login out of the list of users.",
}
"""Permission, and what it costs not to hold it (rocketchat.md §1.5)."""

USEFUL = {
    BYPASS: "Without it every route answers only ten requests a minute.",
    "view-outside-room": "Without it the list of users is refused where the server applies this permission to it.",
    STATISTICS: "Without it the server tells its version only as major.minor.",
    **{one.needs: one.without for one in OPTIONAL},
}

GIVES = {one.needs: one.gives for one in OPTIONAL if one.gives}
"""What a permission that is useful to us gives its holder besides (permissions.md §2.3)."""

ROLE_GIVES = {
    "admin": "whoever has its token reads every setting with the secrets in it and the last message of every room and "
    "direct message, and can change accounts, roles and permissions",
    "bot": "accounts with it reach parts of the server that ordinary accounts do not, and their messages can bear any "
    "name",
}
"""What a role gives that is more than a review needs (permissions.md §2.1, §2.3)."""

LIST_BY_STATUS_SINCE = (6, 8)
APPROVAL_SINCE = (8, 0)


@dataclass(frozen=True)
class Preflight:
    """What the three calls said. `held`: ids of the permissions that the caller's roles hold."""

    version: str | None
    caller: User
    held: frozenset[str]
    permissions: int
    answer: Answer = field(repr=False)
    """The permissions themselves, to be kept."""

    @property
    def release(self) -> tuple[int, int] | None:
        found = Release.of(self.version)
        return (found.numbers[0], found.numbers[1]) if found and len(found.numbers) > 1 else None

    @property
    def source(self) -> Endpoint:
        """Where users are read: `users.listByStatus` shows more, and nameless users too, since 6.8
        (rocketchat.md §4.2)."""
        return USERS if self.release and self.release < LIST_BY_STATUS_SINCE else USERS_BY_STATUS

    @property
    def tells_approval(self) -> bool | None:
        """Whether the server can be asked who was never approved (rocketchat.md §4.2); None: it may be."""
        if self.release is None:
            return None
        return self.source is USERS_BY_STATUS and self.release >= APPROVAL_SINCE

    def missing(self, source: Endpoint | None = None) -> list[str]:
        """Needed permissions that the caller does not hold, `source` being where users are read."""
        optional = {FULL_INFO} if (source or self.source) is USERS_BY_STATUS else set()
        return [name for name in NEEDED if name not in self.held and name not in optional]

    def table(self, source: Endpoint) -> list[tuple[str, bool, bool, str]]:
        """Each permission that matters: id, whether it is needed, whether it is held, what lacking it costs."""
        needed = [name for name in NEEDED if name != FULL_INFO or source is not USERS_BY_STATUS]
        rows = [(name, True, name in self.held, NEEDED[name]) for name in needed]
        return rows + [(name, False, name in self.held, cost) for name, cost in USEFUL.items()]

    @property
    def notes(self) -> list[str]:
        """What to weigh: permissions and roles that give their holder more than is used here."""
        permissions = [
            f"{name!r} is held; whoever holds it also {gives}."
            if name in self.held
            else f"To weigh before granting {name!r}: whoever holds it also {gives}."
            for name, gives in GIVES.items()
        ]
        roles = [
            f"The account holds the role {role!r}: {gives}. A role of its own with 'view-all-teams' and {BYPASS!r}, "
            "beside the role 'user', is enough for rc2graph."
            for role, gives in ROLE_GIVES.items()
            if role in (self.caller.roles or ())
        ]
        return permissions + roles

    @property
    def warnings(self) -> list[str]:
        """What the API cannot tell, and may matter."""
        if "guest" in (self.caller.roles or ()) and len(self.caller.roles or ()) > 1:
            return [
                "The account also holds the role guest. With a licence, guests are restricted whatever else they hold, "
                "and the API does not show that: take the role away."
            ]
        return []

    def require(self, source: Endpoint | None = None) -> None:
        """Errors: `MissingPermissionError` that names what is missing, what it costs and who can grant it."""
        missing = self.missing(source)
        if not missing:
            return
        who = self.caller.username or self.caller.id
        names = ", ".join(repr(name) for name in missing)
        raise MissingPermissionError(
            f"Permission {names} is missing." if len(missing) == 1 else f"Permissions {names} are missing.",
            f"The token belongs to {who} (roles: {roles_of(self.caller)}). "
            + " ".join(NEEDED[name] for name in missing),
            f"an administrator grants {'it' if len(missing) == 1 else 'them'} under Workspace → Permissions, "
            f"to a role that {who} holds; then run: rc2graph check",
        )


def roles_of(caller: User) -> str:
    return "not visible" if caller.roles is None else ", ".join(caller.roles) or "none"


def though_held(
    error: MissingPermissionError, endpoint: Endpoint, held: frozenset[str], caller: User
) -> MissingPermissionError:
    """The refusal of a route by an account that holds what the route asks for: what else may be asked for is named, and
    nothing that is there is called missing. `error`: what the client made of it."""
    who = caller.username or caller.id
    what = f"although {who} holds {endpoint.needs!r}" if endpoint.needs else "which any account may ask"
    if endpoint.also and endpoint.also not in held:
        return MissingPermissionError(
            f"{endpoint.route} was refused, {what}.",
            f"{error.why} Rocket.Chat asks for {endpoint.also!r} as well while its setting {endpoint.setting!r} is on; "
            f"{who} does not hold it.",
            f"An administrator grants {endpoint.also!r} under Workspace → Permissions to a role that {who} holds, or "
            "turns that setting off under Workspace → Settings → General → REST API; then run: rc2graph check",
        )
    also = f" and {endpoint.also!r}" if endpoint.also else ""
    guest = "guest" in (caller.roles or ())
    return MissingPermissionError(
        f"{endpoint.route} was refused, {what}{also}.",
        f"{error.why} "
        + ("A licence may restrict guests whatever else they hold." if guest else "No permission explains that."),
        (f"Take the role guest away from {who}, or look" if guest else "Look")
        + " at the server's log and at the proxy in front for what refuses it; then run: rc2graph check",
    )


def ask_version(client: Client, patience: float | None = None) -> tuple[str | None, str]:
    """The server's version as it tells it to anybody, such as "8.6"; where it does not, None and why.

    Some administrators block `/api/info` and nothing else. The token goes nowhere before something behind the address
    has answered as Rocket.Chat does.
    """
    whole = client.retry_for if patience is None else patience
    try:
        return _version(client, INFO, whole / LESS_PATIENCE), ""
    except Rc2graphError as error:
        blocked = error
    _require_rocketchat(client, whole, blocked)
    with suppress(Rc2graphError):  # it may only have been starting
        return _version(client, INFO, 0.0), ""
    return None, blocked.what


def _with_patch_level(client: Client, version: str | None) -> str | None:
    """The version as it is told to an account that may see it: "8.6.1" instead of "8.6" (rocketchat.md §1.5)."""
    with suppress(Rc2graphError):
        return _version(client, replace(INFO, authenticated=True), 0.0) or version
    return version


def _version(client: Client, endpoint: Endpoint, patience: float) -> str | None:
    fields = client.ask(endpoint, patience=patience).fields
    info = fields.get("info")
    version = (info.get("version") if isinstance(info, dict) else None) or fields.get("version")
    return version if isinstance(version, str) and len(version) < 40 else None


def _require_rocketchat(client: Client, patience: float, blocked: Rc2graphError) -> None:
    """Ask who we are without saying it: Rocket.Chat answers that one must be logged in. Errors: `blocked`, or what may
    still pass, such as a server that is down."""
    try:
        client.ask(replace(ME, authenticated=False), patience=patience)
    except UnknownRoute:
        raise blocked from None
    except (CredentialsError, MissingPermissionError, Refused):
        return
    except SourceError as error:
        raise (error if error.retryable else blocked) from None


def ask_caller(client: Client) -> User:
    """Who the token is. Errors: `CredentialsError`; `SourceError` for an account without a username, to whom nearly
    every route fails (rocketchat.md §1.1), and for one whose roles are not shown."""
    try:
        caller = mapping.caller(client.ask(ME).fields)
    except Malformed as error:
        raise SourceError(
            f"The token's account cannot be read: {error}.",
            "What it may see follows from its roles, as the route me shows them.",
            "Set the roles of that account anew in Rocket.Chat, or use another one; and check ROCKETCHAT_URL.",
        ) from error
    if not caller.username:
        raise SourceError(
            "The token's account has no username.",
            "Rocket.Chat answers nearly every request of such an account with an error.",
            "Give the account a username, or use another one.",
        )
    if caller.roles is None:
        raise SourceError(
            f"Rocket.Chat does not show the roles of {caller.username}, the account of the token.",
            "What the account may see follows from its roles. Whether a permission is missing is not known.",
            "Set the roles of that account anew in Rocket.Chat, or use another one; then run: rc2graph check",
        )
    return caller


def ask_permissions(client: Client, caller: User) -> tuple[Answer, frozenset[str]]:
    """All permissions, and the ids of those that `caller` holds. The list has no total, but no id is in it twice. The
    client then knows whether the rate limit holds it up."""
    for _ in range(TRIES):
        answer = client.ask(PERMISSIONS)
        if len({permission.id for permission in answer.rows}) == len(answer.rows):
            break
        answer.rows.close()
    else:
        raise IncompleteError(
            f"{PERMISSIONS.route} shows a permission twice.", "", "Look at the server's log, then run this again."
        )
    roles = set(caller.roles or ())
    held = frozenset(permission.id for permission in answer.rows if roles.intersection(permission.roles or ()))
    client.bypass = BYPASS in held
    return answer, held


def preflight(client: Client, patience: float | None = None) -> Preflight:
    """Ask version, caller and permissions."""
    version, blocked = ask_version(client, patience)
    caller = ask_caller(client)
    answer, held = ask_permissions(client, caller)
    if STATISTICS in held:
        version = _with_patch_level(client, version)
    if blocked and not version:
        log.warning("%s The version of the server is not known; reading goes on.", blocked)
    return Preflight(version, caller, held, len(answer.rows), answer)
