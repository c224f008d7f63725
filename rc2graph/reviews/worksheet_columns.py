"""The columns of a worksheet. A reviewer fills in `decision`, `until` and `note`; `item` says what they are about."""

from dataclasses import dataclass

ITEM, WORKSPACE, PERSON, ACCESS, WHY, RISK, LAST, DECISION, UNTIL, NOTE = (
    "item", "workspace", "person", "access", "why", "risk", "last decision", "decision", "until", "note",
)  # fmt: skip


@dataclass(frozen=True)
class Column:
    """`width`: in characters; `wrapped`: a long text goes on in the next line; `ours`: nothing for a reviewer to read,
    so that it comes last and grey. All three are for workbooks."""

    name: str
    width: int
    wrapped: bool = False
    ours: bool = False


COLUMNS = (
    Column(ITEM, 14, ours=True),
    Column(WORKSPACE, 14, ours=True),
    Column(PERSON, 22),
    Column("name", 22),
    Column("status", 13),
    Column(ACCESS, 34, wrapped=True),
    Column(WHY, 60, wrapped=True),
    Column("since", 11),
    Column("last login", 11),
    Column(RISK, 9),
    Column(LAST, 30, wrapped=True),
    Column(DECISION, 12),
    Column(UNTIL, 12),
    Column(NOTE, 34, wrapped=True),
)
"""As they stand in a CSV file."""
NAMES = tuple(column.name for column in COLUMNS)
