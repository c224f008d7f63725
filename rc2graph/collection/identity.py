"""Whose collection a file holds: it is gone on with only where all of this is as it was."""

import json
from dataclasses import astuple, dataclass, replace
from typing import Self


@dataclass(frozen=True)
class Identity:
    """`permissions`: those of the needed ones that the account holds."""

    workspace: str
    url: str
    account: str
    version: str | None
    emails: bool
    permissions: tuple[str, ...]

    @classmethod
    def of(cls, text: str | None) -> "Self | None":
        """What a file says of itself; None where it says nothing, or an older release wrote it."""
        try:
            workspace, url, account, version, emails, permissions = json.loads(text or "")
            return cls(workspace, url, account, version, emails, tuple(permissions))
        except (TypeError, ValueError):
            return None

    def __str__(self) -> str:
        return json.dumps(astuple(self))

    def after(self, before: "Identity | None") -> "Identity":
        """The same, with the version that was known before where none is known now."""
        return replace(self, version=self.version or before.version) if before else self

    def changes(self, before: "Identity | None") -> str:
        """What differs, in words; nothing where it is the same. A version that is not told is no other one, nor is one
        that is told with more or fewer digits (rocketchat.md §1.5)."""
        if before is None:
            return "another release of rc2graph wrote it"
        told = {
            "the workspace": (before.workspace, self.workspace),
            "the address": (before.url, self.url),
            "the account": (before.account, self.account),
            "the server's version": (before.version, self.version),
            "what is read of e-mail addresses (--no-emails)": (before.emails, self.emails),
            "the permissions that the account holds": (before.permissions, self.permissions),
        }
        changed = [what for what, (then, now) in told.items() if then != now]
        if _same(before.version, self.version) and "the server's version" in changed:
            changed.remove("the server's version")
        return "; ".join(f"{what} changed{_from_to(*told[what])}" for what in changed)


def _same(then: str | None, now: str | None) -> bool:
    return not then or not now or f"{then}.".startswith(f"{now}.") or f"{now}.".startswith(f"{then}.")


def _from_to(then: object, now: object) -> str:
    if isinstance(then, bool):
        return ""
    if isinstance(then, tuple) and isinstance(now, tuple):
        moved = [f"lost {name}" for name in then if name not in now] + [
            f"gained {name}" for name in now if name not in then
        ]
        return f" ({', '.join(moved)})"
    return f" from {then} to {now}"
