"""Rows with values that could not be read (`mapping`), in words."""

from collections.abc import Sequence

SHOWN = 5

CORRECT = (
    "Edit each of these in Rocket.Chat and save it, or correct it in its database. Then run the same command again."
)

HOLDERS = "Set who holds them under Workspace → Permissions. Then run the same command again."


def display_name(name: str | None, id_: str) -> str:
    return f"{name} (id {id_})" if name else f"id {id_}"


def why(found: Sequence[tuple[Sequence[str], str]]) -> str:
    """`found`: the keys of a row that could not be read, and what the row is called. Names the first rows."""
    shown = [f"{' and '.join(keys)} of {name}" for keys, name in found[:SHOWN]]
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return f"the server shows values that cannot be read: {', '.join(shown)}{more}"
