"""What must not be repeated: secrets in what others said, and words that look like a token wherever they were typed.

A token in the wrong place (`ROCKETCHAT_URL`, `--token-file`, an argument) is known by its looks only: nobody else has
said that it is one.
"""

import re
from collections.abc import Iterable
from itertools import pairwise
from urllib.parse import parse_qsl, urlsplit

HIDDEN = "…"
SHORTEST = 5
"""Characters of a secret that is cut out: a shorter one is a part of ordinary words, and cutting it would tell it."""

TOKEN = 43
"""Characters of a token of Rocket.Chat."""
OFTEN = 0.3
"""Of all neighbours, those of another kind: six in ten in a random text, hardly one in words."""

_RUN = re.compile(r"[A-Za-z0-9_\-]{30,}")
_HEX = re.compile(r"[0-9a-f-]+|[0-9A-F-]+")
_SECRET_KEY = re.compile(r"token|pass|secret|key|auth|pw|sig", re.IGNORECASE)


def without(text: str, *secrets: str) -> str:
    """What a server or a driver said, without these. Never for our own words: they may hold a secret by chance, and a
    gap in a known sentence would tell it."""
    for secret in secrets:
        if len(secret) >= SHORTEST:
            text = re.sub(re.escape(secret), HIDDEN, text, flags=re.IGNORECASE)  # host names come in lower case
    return text


def looks_secret(text: str) -> bool:
    return bool(secrets_in(text))


def secrets_in(text: str) -> set[str]:
    """Words in it that look like a token (43 characters of base64url at Rocket.Chat and Aura), and what an address
    carries in the place of a password or of a token, with what stands around it there: by itself it may be an ordinary
    word. A hash in hexadecimal is no secret, and no name of ours is so long."""
    found = {run for run in _RUN.findall(text) if _is_random(run)}
    if "://" in text:
        try:
            parts = urlsplit(text)
            found |= {f"{key}={value}" for key, value in parse_qsl(parts.query) if _SECRET_KEY.search(key)}
        except ValueError:
            pass
        if "@" in text:  # a password may hold what ends the name of a host: user:Pa55/word@host
            found.add(f"{text.partition('://')[2].rpartition('@')[0]}@")
    return found


def _is_random(run: str) -> bool:
    """Capitals, small letters and digits take turns at random, as in no name, date or path; or it has the very length
    of a token of Rocket.Chat."""
    kinds = ["A" if char.isupper() else "a" if char.islower() else "0" if char.isdigit() else "" for char in run]
    turns = sum(one != other for one, other in pairwise(kinds) if one and other)
    if _HEX.fullmatch(run) or len({*kinds} - {""}) < 2:
        return False
    return len(run) == TOKEN or ({"A", "a"} <= {*kinds} and turns >= OFTEN * len(run))


class Mask:
    """Cuts out of everything that is printed what was typed or set and looks like a secret."""

    def __init__(self) -> None:
        self._words: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

    def learn(self, texts: Iterable[str]) -> None:
        self._words |= {secret for text in texts for secret in secrets_in(text)}
        if self._words:
            longest_first = sorted(self._words, key=len, reverse=True)
            self._pattern = re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE)

    def __call__(self, text: str) -> str:
        return self._pattern.sub(HIDDEN, text) if self._pattern else text
