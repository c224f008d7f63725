"""Which rows of a collection hold values that could not be read."""

from rc2graph.model import LOADED
from rc2graph.rocketchat import unreadable
from rc2graph.snapshot import Collection

_CALLED = {
    one.table: f"SELECT coalesce({one.found_by}, name) FROM {one.table} WHERE id = ? ORDER BY look DESC LIMIT 1"
    for one in LOADED
    if one.found_by
}


def values(file: Collection, table: str) -> str | None:
    """The first rows of `table` with such values, each with its name and id; None where every value could be read."""
    found = list(file.unreadable(table).items())
    named = [(keys, _called(file, table, ids)) for ids, keys in found[: unreadable.SHOWN]]
    rest = [(keys, "") for _, keys in found[unreadable.SHOWN :]]
    return unreadable.why([*named, *rest]) if found else None


def _called(file: Collection, table: str, ids: tuple[str, ...]) -> str:
    if table == "member":
        team, user = ids
        return f"{_called(file, 'user', (user,))} in team {_called(file, 'team', (team,))}"
    (id_,) = ids
    name = next((row[0] for row in file.rows(_CALLED[table], id_) if row[0]), None) if table in _CALLED else None
    return unreadable.display_name(name, id_)
