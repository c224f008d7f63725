"""What each permission of Rocket.Chat gives, and which lead to administrator: facts read in its source, as data.

`permissions.json` has one line an entry, each with the releases and files it was read in. Tiers: A suffices alone to
become administrator; B does with another permission or under a condition; C reads or impersonates widely. An id that is
not in it is *not assessed*, never harmless.

A release of the server is data only: a line says from and until which release it holds, and `read` which releases were
read. `Catalogue.at` leaves the lines that hold at one release. What must be said of an answer because of the server's
release is in `notes`.
"""

import json
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

from rc2graph.release import Release, within


@dataclass(frozen=True)
class Alternative:
    """One way in which a tier B permission leads to administrator: the same person must also hold all of `needs`.

    `condition` is said, never assumed. `hands_out`: any role but admin can be handed out, so all that these grant
    together counts as held; in words, to whom they are given. `to_oneself`: who keeps what they hold besides, where a
    new account has nothing else. `with_setting`: stands for one way with each setting permission that needs this one,
    under the condition of that.
    """

    key: str
    needs: tuple[str, ...]
    condition: str | None = None
    hands_out: str | None = None
    to_oneself: bool = False
    with_setting: bool = False


@dataclass(frozen=True)
class Entry:
    """`id` may be a pattern with `*` (setting permissions). `how`: one line of reason. `needs`: of tier C, what the
    holder must hold besides; tier B says it in its alternatives. `precaution`: a role to look at, and no way."""

    id: str
    tier: str | None
    how: str
    condition: str | None
    needs: tuple[str, ...]
    alternatives: tuple[Alternative, ...]
    versions: str
    source: str
    pattern: bool = False
    precaution: bool = False
    since: str | None = None
    until: str | None = None
    """The releases, both included, that the line holds for; None: as far as was read. Several lines of an id differ
    in these."""

    def over(self, release: Release | None) -> bool:
        """The last release that it holds for is passed."""
        return not within(release, None, self.until)


@dataclass(frozen=True)
class Read:
    """The releases of Rocket.Chat that were read, both included, and which parts of them."""

    since: str
    until: str
    how: str

    def __str__(self) -> str:
        return f"{self.since} to {self.until}"


@dataclass(frozen=True)
class KnownRole:
    """A role id that the defaults name and a new workspace does not have, and why that is so."""

    id: str
    how: str
    since: str | None = None
    until: str | None = None


TIERS = ("A", "B", "C", None)
"""The gravest first."""


@dataclass(frozen=True)
class Catalogue:
    version: str
    entries: tuple[Entry, ...]
    roles: tuple[KnownRole, ...] = ()
    read: Read | None = None

    def at(self, version: str | None) -> "Catalogue":
        """What holds at a release of the server; all of it where its version is not known. A line whose last release
        is passed gives no tier, and its reason says so: such ids linger on servers that were upgraded."""
        release = Release.of(version)
        holding = [one for one in self.entries if within(release, one.since, one.until)]
        there, patterns = {one.id for one in holding}, [one.id for one in holding if one.pattern]
        gone = {
            one.id: one
            for one in self.entries
            if one.over(release) and one.id not in there and not any(fnmatchcase(one.id, id_) for id_ in patterns)
        }
        lingering = [
            replace(one, tier=None, how=GONE.format(until=one.until), condition=None, needs=(), alternatives=())
            for one in gone.values()
        ]
        roles = tuple(one for one in self.roles if within(release, one.since, one.until))
        return replace(self, entries=(*holding, *lingering), roles=roles)

    def entry(self, permission: str) -> Entry | None:
        """What is known of a permission id; None: not assessed. Of several patterns that fit, the longest counts."""
        return self._exact.get(permission) or next(
            (entry for entry in self._patterns if fnmatchcase(permission, entry.id)), None
        )

    def tier_a(self) -> tuple[str, ...]:
        return tuple(entry.id for entry in self.entries if entry.tier == "A")

    @cached_property
    def _exact(self) -> dict[str, Entry]:
        """Of lines for several releases the gravest, where the release is not known."""
        found = [entry for entry in self.entries if not entry.pattern and not entry.precaution]
        return {entry.id: entry for entry in sorted(found, key=lambda one: -TIERS.index(one.tier))}

    @cached_property
    def _patterns(self) -> tuple[Entry, ...]:
        return tuple(
            sorted(
                (entry for entry in self.entries if entry.pattern),
                key=lambda entry: (-len(entry.id), TIERS.index(entry.tier)),
            )
        )


GONE = "Not asked any more: this server is newer than {until}, the last release that has it."


@cache
def catalogue() -> Catalogue:
    """The catalogue that comes with this release, for every release of the server."""
    raw = json.loads(files(__package__).joinpath("permissions.json").read_text(encoding="utf-8"))
    return Catalogue(
        raw["version"],
        tuple(map(_entry, raw["entries"])),
        tuple(KnownRole(one["id"], one["how"], one.get("from"), one.get("until")) for one in raw["roles"]),
        Read(raw["read"]["from"], raw["read"]["until"], raw["read"]["how"]),
    )


def _entry(line: dict[str, Any]) -> Entry:
    return Entry(
        id=line["id"],
        tier=line["tier"],
        how=line["how"],
        condition=line.get("condition"),
        needs=tuple(line.get("needs", ())),
        alternatives=tuple(
            Alternative(
                way["key"],
                tuple(way["needs"]),
                way.get("condition"),
                way.get("handsOut"),
                way.get("toOneself", False),
                way.get("withSetting", False),
            )
            for way in line.get("alternatives", ())
        ),
        versions=line["versions"],
        source=line["source"],
        pattern=line.get("pattern", False),
        precaution=line.get("precaution", False),
        since=line.get("from"),
        until=line.get("until"),
    )
