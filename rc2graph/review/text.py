"""Foreign text in our sentences, pages and pictures: names are data, and never drive a terminal, a page or a parser."""

import unicodedata


def harmless(text: object) -> str:
    """One line, without control characters, terminal escapes and marks that turn the direction of writing."""
    return "".join(
        char if char == " " or (char.isprintable() and unicodedata.category(char) != "Cf") else _visible(char)
        for char in str(text)
    )


def _visible(char: str) -> str:
    if char == "\n":
        return "⏎"
    return f"\\u{ord(char):04x}" if ord(char) > 255 else f"\\x{ord(char):02x}"


def short(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def listed(words: list[str]) -> str:
    """a, b and c"""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def counted(number: int, noun: str) -> str:
    """1 role, 2 roles"""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
