"""What the server's release means for an answer, to be said with it wherever it is shown.

Two things are asked of a release, and both are data: whether it is among those that the catalogue was read from
(`permissions.json`), and which published faults of Rocket.Chat make a sentence of ours untrue there
(`advisories.json`). An answer names what it rests on, and gets the notes on that.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

from rc2graph.catalogue import Read, catalogue
from rc2graph.release import Release

CATALOGUE = "catalogue"
"""What permissions give, tiers and escalation paths. The others are sentences of `advisories.json`."""
DEACTIVATED, SECOND_FACTOR, ACT_AS, TEAMS, ROOMS = "deactivated", "second-factor", "act-as", "teams", "rooms"
PERMISSION = "permission:"
"""With an id: that this permission is needed for what it gives."""

AS_READ, NEWER, OLDER, NOT_KNOWN = "as read", "newer", "older", "not known"


@dataclass(frozen=True)
class Span:
    """Releases from one, included, until before another. None: from the first, or to the last."""

    since: str | None
    before: str | None

    def holds(self, release: Release) -> bool | None:
        """None: it cannot be told, see `Release.before`."""
        since, before = Release.of(self.since), Release.of(self.before)
        if since and release.before(since):
            return False
        return True if before is None else release.before(before)


@dataclass(frozen=True)
class Advisory:
    """A published fault. `unread`: releases of which nobody said whether they are affected. Without any span at all it
    is not known which are, so any may be."""

    id: str
    affected: tuple[Span, ...]
    unread: tuple[Span, ...]
    allows: str
    only: str | None
    touches: tuple[str, ...]

    def affects(self, release: Release | None) -> bool | None:
        """None: it may."""
        if release is None or not (self.affected or self.unread):
            return None
        told = [span.holds(release) for span in self.affected]
        if True in told:
            return True
        return None if None in told or self.unsaid_of(release) else False

    def unsaid_of(self, release: Release) -> bool:
        """Whether nothing was published of this release."""
        return not (self.affected or self.unread) or any(span.holds(release) is not False for span in self.unread)

    def describe(self, release: Release) -> str:
        """What it allows, under which condition, and the release of the same line that repairs it."""
        repaired = next((span.before for span in self.affected if span.holds(release) is not False), None)
        only = f", only {self.only}" if self.only else ""
        return f"{self.id}: {self.allows}{only}" + (f" (repaired in {repaired})" if repaired else "")


@dataclass(frozen=True)
class Note:
    """`on`: a name of the release, of the published faults as a whole, or of the sentence that a fault touches."""

    on: str
    text: str
    general: bool = False
    """Said of the release itself, and of no sentence."""

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class ReleaseNotes:
    """What is to be said of a server of this version. None: it told none."""

    version: str | None

    @cached_property
    def release(self) -> Release | None:
        return Release.of(self.version)

    @property
    def standing(self) -> str:
        """Where the release is, beside those that were read."""
        read = catalogue().read
        if self.release is None:
            return NOT_KNOWN
        if read and (since := Release.of(read.since)) and self.release.order(since) < 0:
            return OLDER
        return NEWER if read and (until := Release.of(read.until)) and self.release.order(until) > 0 else AS_READ

    def of(self, rests: Iterable[str]) -> tuple[Note, ...]:
        """The notes on an answer that rests on these."""
        return tuple(self._of(frozenset(rests)))

    def all(self) -> tuple[Note, ...]:
        """The notes on everything that is said of such a server."""
        return tuple(self._of(None))

    def general(self) -> tuple[Note, ...]:
        """What is said of the release itself; nothing where it was read."""
        return self.of((CATALOGUE,))

    def permissions(self) -> frozenset[str]:
        """Permissions that are, or may be, not needed for what they give: an answer that names one rests on that."""
        return frozenset(ground for one, _ in self.bearing() for ground in one.touches if ground.startswith(PERMISSION))

    def as_dict(self) -> dict[str, Any]:
        read = catalogue().read
        return {
            "version": self.version,
            "standing": self.standing,
            "read": {"from": read.since, "until": read.until, "how": read.how} if read else None,
            "notes": [note.text for note in self.all()],
            "advisories": [
                {"id": one.id, "affected": affects, "only": one.only, "touches": list(one.touches)}
                for one, affects in self.bearing()
            ],
        }

    def bearing(self) -> list[tuple[Advisory, bool | None]]:
        """The published faults that the release has (True) or may have (None)."""
        found = [(one, one.affects(self.release)) for one in advisories()]
        return [(one, affects) for one, affects in found if affects is not False]

    def _of(self, rests: frozenset[str] | None) -> Iterator[Note]:
        read = catalogue().read
        if read and (rests is None or CATALOGUE in rests) and (text := self._said(read)):
            yield Note("the release", text, general=True)
        touched: dict[str, list[tuple[Advisory, bool | None]]] = {}
        for one, affects in self.bearing():
            for ground in one.touches:
                if rests is None or _rests_on(rests, ground):
                    touched.setdefault(ground, []).append((one, affects))
        if self.release is None:
            if touched:
                yield Note(
                    "published faults",
                    "The server's version is not known, so neither is whether it has one of the "
                    f"{len(advisories())} published faults, known here, that make sentences like these untrue.",
                )
            return
        for ground, found in sorted(touched.items(), key=lambda item: (item[0].startswith(PERMISSION), item[0])):
            yield Note(_sentence(ground, "name"), self._told(ground, found, self.release))

    def _said(self, read: Read) -> str:
        """Where the release stands, in words; "" where it was read."""
        match self.standing:
            case "newer":
                return (
                    f"Rocket.Chat {self.version} is newer than the releases that the catalogue of permissions was read "
                    f"from ({read}): what is said of permissions and roles may no longer be so, and what came since is "
                    "not assessed."
                )
            case "older":
                return (
                    f"Rocket.Chat {self.version} is older than the releases that the catalogue of permissions was read "
                    f"from ({read}): what is said of permissions and roles may not be so there."
                )
            case "not known":
                return (
                    "The server's version is not known: the whole catalogue of permissions is taken to hold for it, "
                    f"which was read from releases {read}."
                )
        return ""

    def _told(self, ground: str, found: list[tuple[Advisory, bool | None]], release: Release) -> str:
        """The sentence, and each fault that makes it untrue with its own condition."""
        sure = [one.describe(release) for one, affects in found if affects]
        unsaid = [one.describe(release) for one, affects in found if affects is None and one.unsaid_of(release)]
        untold = [one.describe(release) for one, affects in found if affects is None and not one.unsaid_of(release)]
        text = f"On Rocket.Chat {self.version} {'do not rely on this' if sure else 'this may not hold'}: "
        text += f"{_sentence(ground, 'holds')}."
        if sure:
            text += f" It is affected by {'; '.join(sure)}."
        if untold:
            because = "as it does not tell its patch level" if not release.whole else "as a candidate for the repair"
            text += f" It may be affected, {because}, by {'; '.join(untold)}."
        if unsaid:
            text += f" It may be affected, as nothing was published of this release, by {'; '.join(unsaid)}."
        return text


def _rests_on(rests: frozenset[str], ground: str) -> bool:
    """Ids of settings may be patterns."""
    return ground in rests or ("*" in ground and any(fnmatchcase(one, ground) for one in rests))


@cache
def advisories() -> tuple[Advisory, ...]:
    """The published faults that are known to this release."""

    def spans(lines: list[dict[str, str]]) -> tuple[Span, ...]:
        return tuple(Span(one.get("from"), one.get("before")) for one in lines)

    return tuple(
        Advisory(
            line["id"],
            spans(line.get("affected", [])),
            spans(line.get("unread", [])),
            line["allows"],
            line.get("only"),
            tuple(line["touches"]),
        )
        for line in _raw()["advisories"]
    )


@cache
def _raw() -> Any:
    return json.loads(files(__package__).joinpath("advisories.json").read_text(encoding="utf-8"))


def _sentence(ground: str, what: str) -> str:
    """Of what an answer rests on: its `name`, or what `holds` on a server without fault."""
    kind, _, id_ = ground.partition(":")
    text: str = _raw()["sentences"][kind][what]
    return text.replace("{id}", id_)
