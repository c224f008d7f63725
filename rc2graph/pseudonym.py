"""A person's names in words of others, and the word that stands there once they are forgotten."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from secrets import token_hex
from typing import Any

from rc2graph.model import Property

WORD = "forgotten-"
SHORTEST = 3
"""Characters of a name that is looked for in sentences: of shorter ones too many words would be made a pseudonym."""


@dataclass(frozen=True)
class Pseudonym:
    """`word` takes the place of an account's id and of its names: username, name, e-mail addresses."""

    id: str
    names: frozenset[str]
    """Those that nobody else has: what another is called too may be about the other."""
    word: str

    def of_name(self, name: str | None) -> str | None:
        """A field that holds one name, in any spelling; `Ana <ana@example.org>` is Ana too."""
        if name is None:
            return None
        parts = {alike(part) for part in (name, *re.split(r"[<>]", name)) if part.strip()}
        return self.word if parts & {alike(one) for one in (self.id, *self.names)} else self.of_text(name)

    def of_text(self, text: str | None) -> str | None:
        """A sentence: the names as whole words."""
        return self._names.sub(self.word, text) if text and self._names else text

    def instead(self, row: Mapping[Property, Any]) -> dict[Property, Any]:
        """What has to be said instead, of what a thing that is not the account itself says: only what changes."""
        ids = {about.column: value for about, value in row.items() if about.account}
        changed = {}
        for about, value in row.items():
            beside = f"{about.column}_id"
            if not isinstance(value, str | list):
                continue
            if about.account:
                new: Any = self.word if value == self.id else value
            elif beside in ids and not about.prose:
                new = self.word if ids[beside] == self.id else value
            else:
                of = self.of_text if about.prose else self.of_name
                new = [of(one) for one in value] if isinstance(value, list) else of(value)
            if new != value:
                changed[about] = new
        return changed

    @cached_property
    def _names(self) -> "re.Pattern[str] | None":
        longest_first = sorted(
            {self.id, *(name for name in self.names if len(name.strip()) >= SHORTEST)}, key=len, reverse=True
        )
        words = "|".join(re.escape(name) for name in longest_first if name)
        return re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE) if words else None


def drawn() -> str:
    """A new pseudonym, which is nobody else's. Releases before numbered them: `forgotten-1`."""
    return f"{WORD}{token_hex(6)}"


def names_in(row: Mapping[Property, Any]) -> frozenset[str]:
    """What people call an account, of what is known of it."""
    found = [value for about, value in row.items() if about.is_name]
    texts = [one for value in found for one in (value if isinstance(value, list) else [value])]
    return frozenset(one for one in texts if one and isinstance(one, str))


def alike(name: str) -> str:
    """Two ways of writing one name are the same."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split()).removeprefix("@")
