"""What is loaded and counted, and how its values look in the snapshot and in the graph.

SQLite knows neither truth values nor lists (they are 1 and 0, and JSON text), the graph knows both.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from rc2graph.model import COUNTED_NODES, EDGE_TYPES, LOADED, NodeType, Property

Cell = str | int | None

OWNERS: tuple[NodeType, ...] = tuple(one for one in LOADED if one.edges)
"""Aggregates: node types with the edges that they own, in the order in which they are written. What has a fingerprint
is looked at where that differs; what has none is few, and looked at always."""

FINGERPRINTED = tuple(one for one in OWNERS if one.fingerprint)

NODES = tuple(one.noun for one in COUNTED_NODES)
COUNTED = (*NODES, *(one.name for one in EDGE_TYPES))
"""Everything that is counted, guarded and listed. (Ways to administrator are counted too, and follow from the rest.)"""

ID = Property("id", "text", "")
TRUTH = Property("is", "truth", "")


def to_graph(columns: Iterable[Property]) -> Callable[[Iterable[Cell]], list[object]]:
    """Turn a row of these columns into what the driver sends."""
    turns = tuple(_TO_GRAPH.get(column.kind) for column in columns)
    return lambda row: [
        cell if turn is None or cell is None else turn(cell) for turn, cell in zip(turns, row, strict=True)
    ]


def from_graph(columns: Iterable[Property]) -> Callable[[Iterable[object]], list[Cell]]:
    """Turn what the driver read into a row that can be compared with the snapshot's.

    What has a wrong type (somebody changed it by hand) becomes a text that is equal to nothing, and so is put right.
    """
    kinds = tuple(column.kind for column in columns)
    return lambda row: [_from_graph(kind, cell) for kind, cell in zip(kinds, row, strict=True)]


def _list(cell: Cell) -> object:
    return json.loads(str(cell))


_TO_GRAPH: dict[str, Callable[[Cell], object]] = {"truth": bool, "texts": _list}


def _from_graph(kind: str, cell: object) -> Cell:
    if cell is None or (kind not in _TO_GRAPH and isinstance(cell, str | int) and not isinstance(cell, bool)):
        return cell
    if kind == "truth" and isinstance(cell, bool):
        return int(cell)
    if kind == "texts" and isinstance(cell, list):
        return json.dumps(cell, ensure_ascii=False, default=repr)
    return f"{type(cell).__name__} {cell!r}"


@dataclass
class Count:
    """What a run does to one kind. `returned` ones were there before, and are not among the `added`."""

    added: int = 0
    changed: int = 0
    closed: int = 0
    returned: int = field(default=0)

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.closed or self.returned)
