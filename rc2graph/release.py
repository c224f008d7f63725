"""Releases of Rocket.Chat, compared as far as a server tells its own."""

import re
from dataclasses import dataclass

_WRITTEN = re.compile(
    r"v?([0-9]{1,6})(?:\.([0-9]{1,6}))?(?:\.([0-9]{1,6}))?(?:-([a-z]+)\.?([0-9]{1,6})?)?(?:[^0-9a-z].*)?", re.I
)


@dataclass(frozen=True)
class Release:
    """`numbers`: a server may keep its patch level to itself, so 8.6 has two (rocketchat.md §1.5). `candidate`: the
    number of a release candidate, which comes before the release itself; None for a release."""

    numbers: tuple[int, ...]
    candidate: int | None = None

    @classmethod
    def of(cls, text: str | None) -> "Release | None":
        """What a version says: 8.6, 8.6.1 or 9.1.0-rc.0. None: it says nothing."""
        found = _WRITTEN.fullmatch(text or "")
        if found is None:
            return None
        numbers = tuple(int(part) for part in found.groups()[:3] if part is not None)
        return cls(numbers, int(found[5] or 0) if found[4] else None)

    @property
    def whole(self) -> bool:
        """The patch level is told."""
        return len(self.numbers) == 3

    def order(self, other: "Release") -> int:
        """Below 0: earlier than the other; above: later; 0: as far as both are told, the same."""
        for mine, theirs in zip(self.numbers, other.numbers, strict=False):
            if mine != theirs:
                return -1 if mine < theirs else 1
        if not (self.whole and other.whole) or self.candidate == other.candidate:
            return 0
        if self.candidate is None or other.candidate is None:
            return 1 if self.candidate is None else -1
        return -1 if self.candidate < other.candidate else 1

    def before(self, fixed: "Release") -> bool | None:
        """Whether it came out before a release that repaired something. None: that cannot be told, because the patch
        level is not known, or because a candidate may hold the repair already."""
        if self.numbers == fixed.numbers:
            return None if self.candidate is not None and fixed.candidate is None else self.order(fixed) < 0
        if order := self.order(fixed):
            return order < 0
        return None if any(fixed.numbers[len(self.numbers) :]) else False


def within(release: Release | None, since: str | None, until: str | None) -> bool:
    """Whether something that holds from one release to another, both included, holds at this one. `until` 7 means all
    of 7, and 8.9 all of 8.9. Where it cannot be told it holds."""
    if release is None:
        return True
    first, last = Release.of(since), Release.of(until)
    return (first is None or release.order(first) >= 0) and (last is None or release.order(last) <= 0)
