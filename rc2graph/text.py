"""Foreign text in sentences, tables and pages: names are data; they drive no terminal, no page and no spreadsheet."""

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

_FORMULA = re.compile(r"(\A|;[ \"]*)([=+\-@])")


def harmless(text: object) -> str:
    """One line, without control characters, terminal escapes and marks that turn the direction of writing."""
    text = str(text)
    if text.isascii() and text.isprintable():  # nearly all, and a review asks it of every cell
        return text
    return "".join(
        char if char == " " or (char.isprintable() and unicodedata.category(char) != "Cf") else _visible(char)
        for char in text
    )


def _visible(char: str) -> str:
    if char == "\n":
        return "⏎"
    return f"\\u{ord(char):04x}" if ord(char) > 255 else f"\\x{ord(char):02x}"


def harmless_cell(value: object) -> str:
    """A cell that no spreadsheet takes for a formula, also where it takes semicolons for the ends of cells."""
    if isinstance(value, int | float):
        return str(value)
    return _FORMULA.sub(r"\1'\2", harmless("" if value is None else value))


def cell(value: Any, column: str = "") -> str:
    """A value of an answer (`values.plain`) as a person reads it; absent is empty. Names in a `path` are a way."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case list() | tuple():
            return (" → " if column == "path" else ", ").join(cell(one) for one in value)
        case {"path": str(steps)} if len(value) == 1:
            return steps
        case Mapping():
            return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def display_name(id_: str, name: str, *, alone: bool = True) -> str:
    """The name of a role as it can be read: with its id where it only calls itself administrator, or where another
    role has the same name (not `alone`)."""
    other = id_ != "admin" and name.strip().lower() in ("admin", "administrator")
    return f"{name} (id {id_})" if other or not alone else name


def short(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def but_for(state: str, unseen: Iterable[str]) -> str:
    """The state of a load, with the lists that were not read in full: what is complete may lack one that it can do
    without."""
    names = sorted(unseen)
    return f"{state} but for {listed(names)}" if state == "complete" and names else state


def listed(words: list[str]) -> str:
    """a, b and c"""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def counted(number: int, noun: str, plural: str = "") -> str:
    """1 role, 2 roles"""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"
