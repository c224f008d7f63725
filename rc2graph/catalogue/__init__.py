"""What each permission of Rocket.Chat gives, and which lead to administrator: facts read in its source, as data.

`permissions.json` has one line an entry, each with the releases and files it was read in. Tiers: A suffices alone to
become administrator; B does with another permission or under a condition; C reads or impersonates widely. An id that is
not in it is *not assessed*, never harmless.
"""

import json
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache, cached_property
from importlib.resources import files


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


@dataclass(frozen=True)
class Catalogue:
    version: str
    entries: tuple[Entry, ...]

    def entry(self, permission: str) -> Entry | None:
        """What is known of a permission id; None: not assessed. Of several patterns that fit, the longest counts."""
        return self._exact.get(permission) or next(
            (entry for entry in self._patterns if fnmatchcase(permission, entry.id)), None
        )

    def tier_a(self) -> tuple[str, ...]:
        return tuple(entry.id for entry in self.entries if entry.tier == "A")

    @cached_property
    def _exact(self) -> dict[str, Entry]:
        return {entry.id: entry for entry in self.entries if not entry.pattern and not entry.precaution}

    @cached_property
    def _patterns(self) -> tuple[Entry, ...]:
        return tuple(sorted((entry for entry in self.entries if entry.pattern), key=lambda entry: -len(entry.id)))


@cache
def catalogue() -> Catalogue:
    """The catalogue that comes with this release."""
    raw = json.loads(files(__package__).joinpath("permissions.json").read_text(encoding="utf-8"))
    return Catalogue(
        raw["version"],
        tuple(
            Entry(
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
            )
            for line in raw["entries"]
        ),
    )
