"""Which account is meant: by username, id or name; near names are offered, never taken."""

import difflib
import shlex
from dataclasses import dataclass
from typing import Any

from rc2graph.access.paths import LISTED_BY
from rc2graph.errors import UsageError
from rc2graph.graph import state
from rc2graph.graph.connect import WorkspaceGraph
from rc2graph.graph.reading import half_loaded
from rc2graph.text import harmless

OFFERED = 8


@dataclass(frozen=True)
class Person:
    """One account. `status`: None where it is not visible, also in a graph that an older release has loaded."""

    id: str
    username: str | None
    name: str | None
    active: bool | None
    service: bool | None
    federated: bool | None
    last_login: str | None
    status: str | None = None
    listed: bool = True
    """Shown by a list of accounts. Else it is known from a team, and of its roles nothing was seen."""

    @classmethod
    def of(cls, held: dict[str, Any]) -> "Person":
        return cls(
            held["id"], held.get("username"), held.get("name"), held.get("active"), held.get("serviceAccount"),
            held.get("federated"), held.get("lastLogin"), held.get("status"),
            any(held.get(key) is not None for key in LISTED_BY),
        )  # fmt: skip

    @property
    def display_name(self) -> str:
        return self.username or self.name or self.id

    @property
    def typed(self) -> str:
        """How a user names this account in a shell."""
        name = self.username or "-"
        return shlex.quote(f"id:{self.id}" if name.startswith("-") else name)  # that would be taken for an option

    @property
    def state(self) -> str:
        """As `who` groups them."""
        return self.status or "not visible"

    @property
    def pending(self) -> bool:
        """Never approved: nobody who has left."""
        return self.status == "pending"

    @property
    def off(self) -> str:
        """What an account is that cannot sign in and may have left: whether it was ever approved may not be visible."""
        return "deactivated" if self.status else "not active"

    def does(self, what: str, but: str = "") -> str:
        """A sentence about a right, such as `is administrator`: it is in force only while the account is active."""
        if self.pending:
            return f"{self.display_name} was never approved, and {what} once approved{but}."
        if self.active is False:
            return f"{self.display_name} is {self.off}, and {what} again once reactivated{but}."
        if self.active is None:
            return f"{self.display_name} {what} if the account is active, which is not visible{but}."
        return f"{self.display_name} {what}{' as a federated account' if self.federated else ''}{but}."

    @property
    def once_active(self) -> str:
        return " once approved" if self.pending else " once reactivated" if self.active is False else ""

    def remarks(self) -> list[str]:
        """What a reader must know of the account itself before they read its paths."""
        found = []
        if self.pending:
            found.append(
                f"{self.display_name} was never approved and cannot sign in. All this begins with the approval."
            )
        elif self.active is False:
            found.append(f"{self.display_name} is {self.off} and cannot sign in. All this comes back on reactivation.")
        elif self.active is None:
            found.append(f"Whether {self.display_name} is active is not visible.")
        if self.service:
            found.append(f"{self.display_name} is a service account: whoever holds its token has this access.")
        if self.federated:
            found.append(f"{self.display_name} signs in at another server (federated).")
        return found


def find_person(graph: WorkspaceGraph, wanted: str) -> Person:
    """The account of that username, id (also `id:…`) or name. Errors: `UsageError` with candidates; `IncompleteError`
    where there is none and no load has finished."""
    if not wanted.strip():
        raise UsageError("No account is named.", "", "rc2graph why USERNAME")
    only_id = wanted.removeprefix("id:") if wanted.startswith("id:") else None
    rows = graph.read("paths/find-account", user=wanted if only_id is None else only_id)
    found = {row["account"]["id"]: row["account"] for row in rows if only_id is None or row["by"] == "id"}
    if len(found) == 1:
        return Person.of(next(iter(found.values())))
    if found:
        raise _several(wanted, list(found.values()))
    text = wanted.removeprefix("@") if only_id is None else only_id
    near = graph.read("paths/find-account-near", text=text)
    exact = [row["account"] for row in near if row["exact"] and row["account"].get("name") == wanted]
    if len(exact) == 1:
        return Person.of(exact[0])
    if exact:
        raise _several(wanted, exact)
    missed = f"There is no account {wanted!r} in {graph.name}."
    if state.last_sync(graph) is None:
        raise half_loaded(graph.name, missed)
    offers = [row["account"] for row in near] or _spelt_like(graph, text)
    if not offers:
        raise UsageError(missed, "", "Name one by username, id or name.")
    raise UsageError(missed, f"Did you mean {_offer(offers)}?", "Name one of these.")


def _several(wanted: str, held: list[dict[str, Any]]) -> UsageError:
    return UsageError(f"{wanted!r} may be several accounts.", f"They are {_offer(held)}.", "Name one by id:…")


def _spelt_like(graph: WorkspaceGraph, text: str) -> list[dict[str, Any]]:
    """Accounts that begin alike and differ by a slip of the finger."""
    rows = graph.read("paths/find-account-begins", text=text[:2])
    by_name = {row["account"]["username"]: row["account"] for row in rows}
    return [by_name[name] for name in difflib.get_close_matches(text, by_name, n=OFFERED)]


def _offer(held: list[dict[str, Any]]) -> str:
    shown = [f"{harmless(one.get('username') or one.get('name') or '?')} (id:{harmless(one['id'])})" for one in held]
    return ", ".join(shown[:OFFERED]) + (" and more" if len(shown) > OFFERED else "")
