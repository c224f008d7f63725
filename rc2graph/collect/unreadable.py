"""Values that could not be read: which rows hold them, in words."""

from rc2graph.snapshot import Collection

SHOWN = 5
_CALLED = {
    "user": "SELECT coalesce(username, name) FROM user WHERE id = ? ORDER BY look DESC LIMIT 1",
    "role": "SELECT name FROM role WHERE id = ? ORDER BY look DESC LIMIT 1",
    "team": "SELECT name FROM team WHERE id = ? ORDER BY look DESC LIMIT 1",
    "room": "SELECT name FROM room WHERE id = ? ORDER BY look DESC LIMIT 1",
}


def values(file: Collection, table: str) -> str | None:
    """The first rows of `table` with such values, each with its name and id; None where every value could be read."""
    found = file.unreadable(table)
    if not found:
        return None
    shown = [f"{' and '.join(keys)} of {_called(file, table, ids)}" for ids, keys in list(found.items())[:SHOWN]]
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return f"the server shows values that cannot be read: {', '.join(shown)}{more}"


def _called(file: Collection, table: str, ids: tuple[str, ...]) -> str:
    if table == "member":
        team, user = ids
        return f"{_called(file, 'user', (user,))} in team {_called(file, 'team', (team,))}"
    (id_,) = ids
    name = next((row[0] for row in file.rows(_CALLED[table], id_) if row[0]), None) if table in _CALLED else None
    return f"{name} (id {id_})" if name else f"id {id_}"
