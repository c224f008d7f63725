"""A person's names in words of others, and the word that stands there once he is forgotten."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

WORD = "forgotten-"
SHORTEST = 3
"""Characters of a name that is looked for in sentences: of shorter ones too many words would be made a pseudonym."""


@dataclass(frozen=True)
class Pseudonym:
    """`word` takes the place of an account's id and of its names: username, name, e-mail addresses."""

    id: str
    names: frozenset[str]
    """Those that nobody else has: what another is called too may be about him."""
    word: str

    def of_id(self, id_: str | None) -> str | None:
        return self.word if id_ == self.id else id_

    def of_name(self, name: str | None) -> str | None:
        """A field that holds one name, in any spelling; `Ana <ana@example.org>` is Ana too."""
        if name is None:
            return None
        parts = {alike(part) for part in (name, *re.split(r"[<>]", name)) if part.strip()}
        return self.word if parts & {alike(one) for one in (self.id, *self.names)} else self.of_text(name)

    def of_text(self, text: str | None) -> str | None:
        """A sentence: his names as whole words."""
        return self._names.sub(self.word, text) if text and self._names else text

    @cached_property
    def _names(self) -> "re.Pattern[str] | None":
        longest_first = sorted(
            {self.id, *(name for name in self.names if len(name.strip()) >= SHORTEST)}, key=len, reverse=True
        )
        words = "|".join(re.escape(name) for name in longest_first if name)
        return re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE) if words else None


def next_word(numbers: Iterable[str | None], at_least: int) -> tuple[str, int]:
    """A pseudonym that is none of these words, and its number, above `at_least`."""
    used = [int(found[1]) for word in numbers if word and (found := re.fullmatch(rf"{WORD}([0-9]{{1,9}})", word))]
    number = max([at_least, *used]) + 1
    return f"{WORD}{number}", number


def alike(name: str) -> str:
    """Two ways of writing one name are the same."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split()).removeprefix("@")
