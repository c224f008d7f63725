"""Which properties an answer rests on, read from the Cypher that asks for it: no list by hand can forget one.

A property *decides* where a condition, a count or a sum looks at it, and where an edge is followed. It is only *shown*
where it is nothing but a column (`u.lastLogin AS lastLogin`), or a name that an id stands in for
(`coalesce(u.username, u.id)`). When in doubt it decides.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache

from rc2graph.graph.statements import described
from rc2graph.model import EDGE_TYPES
from rc2graph.snapshot.shown import SHOWN

EDGES = tuple(one.name for one in EDGE_TYPES)
COVERED = frozenset(name for one in SHOWN for name in one.covers)
LABELS = {"Deactivated": "User.active", "Federated": "User.federated", "ServiceAccount": "User.serviceAccount"}
"""Further labels, and the property that each is made of."""

_PENDING = re.compile(r"(\w+)\.status\s*(?:=|<>)\s*'pending'")
"""Follows from whether the account is active and was ever approved; not from the rest that a status follows from."""
_GRADED = re.compile(r"CASE WHEN (\w+)\.attributeControlled\b[\s\S]*?\bEND AS (\w+)")
"""A grade that each row is given, also where nothing is visible: it decides no row, and so is only shown."""
_QUIET = re.compile(r"""'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|//[^\n]*|/\*.*?\*/""", re.DOTALL)
_SUBSCRIPT = re.compile(r"""\[\s*['"](\w+)['"]\s*\]""")
_PATTERN = re.compile(r"[(\[]\s*(\w*)\s*:\s*(\w+(?:\s*[|&:]\s*:?\w+)*)[^()\[\]{}]*(?:\{([^{}]*)\})?")
_MAP_OF = re.compile(r"\(\s*(\w+)\s*\{([^{}]*)\}")
_ANY_EDGE = re.compile(r"--|-\[\s*\w*\s*(?:\*[^\]]*)?\]-")
_NAMED = re.compile(r"\bcoalesce\(\s*\w+\.(?:username|name)\s*(?:,\s*[\w.]+\s*)+\)|\|\s*\w+\.(?:username|name)\s*\]")
_BARE = re.compile(r"\(\s*(\w+)\s*\)")
_COLUMN = re.compile(r"(?<![\w.])\w+\.\w+\s+AS\s+(\w+)(?=\s*(?:,|\n|$|\}|ORDER|LIMIT|SKIP))")
_ACCESS = re.compile(r"(?<![\w.$])(\w+)((?:\s*\.\s*\w+)+)\b(?!\s*\()")
_PROJECTED = re.compile(r"(?:[)\]]|[{,]\s*)\.(\w+)\b(?!\s*\()")
_WHOLE = re.compile(r"\bproperties\(|\.\*")


@dataclass(frozen=True)
class Basis:
    """`Label.property`, `TYPE.property`, or the type of an edge: what decides, and what is only shown."""

    decides: frozenset[str] = frozenset()
    shows: frozenset[str] = frozenset()

    def __or__(self, other: "Basis") -> "Basis":
        decides = self.decides | other.decides
        return Basis(decides, (self.shows | other.shows) - decides)


@cache
def basis_of(text: str, columns: Collection[str] = ()) -> Basis:
    """What the answer to a statement rests on. `columns`: what it returns."""
    text = _GRADED.sub(r"\1.attributeControlled AS \2", _PENDING.sub(r"\1.active = \1.approval", text))
    text = _QUIET.sub("''", _SUBSCRIPT.sub(r".\1", text.replace("`", "")))
    labels, decides = _variables(text)
    if _ANY_EDGE.search(text):
        decides |= set(EDGES)
    kinds, bare = set().union(*labels.values()), set(_BARE.findall(text))
    shows = set[str]()

    def named(variable: str, name: str) -> set[str]:
        """What a property of a variable is. A node without a label may be anything; what is no node has it from one."""
        if of := labels.get(variable):
            return {f"{kind}.{name}" for kind in of} & COVERED
        every = {one for one in COVERED if one.partition(".")[2] == name}
        return every if variable in bare else {one for one in every if one.partition(".")[0] in kinds} or every

    def accesses(part: str) -> Iterable[str]:
        for variable, names in _ACCESS.findall(part):
            first, *rest = re.findall(r"\w+", names)
            yield from named(variable, first)
            for name in rest:
                yield from named("", name)
        for name in _PROJECTED.findall(part):
            yield from named("", name)

    def column(found: re.Match[str]) -> str:
        if found[1] not in columns or _looked_at(found[1], text):
            return found[0]
        shows.update(accesses(found[0]))
        return found[1]

    def name(found: re.Match[str]) -> str:
        shows.update(accesses(found[0]))
        return "''"

    decides |= set(accesses(_COLUMN.sub(column, _NAMED.sub(name, text))))
    if _WHOLE.search(text):
        shows |= {one for one in COVERED if one.partition(".")[0] in kinds}
    return Basis(frozenset(decides), frozenset(shows - decides))


def basis_of_saved(*names: str) -> Basis:
    """That of statements of ours, taken together."""
    found = Basis()
    for name in names:
        saved = described(name)
        found |= basis_of(saved.text, tuple(re.findall(r"\w+", saved.header.get("columns", ""))))
    return found


def _variables(text: str) -> tuple[dict[str, set[str]], set[str]]:
    """Variable → its labels or types; and what the patterns themselves ask for."""
    labels, decides = dict[str, set[str]](), set[str]()
    for variable, written, held in _PATTERN.findall(text):
        kinds = {kind.removeprefix("Former") for kind in re.findall(r"\w+", written)}
        decides |= kinds & set(EDGES) | {LABELS[kind] for kind in kinds & set(LABELS)}
        kinds = {"User" if kind in LABELS else kind for kind in kinds}
        labels.setdefault(variable or f":{written}", set()).update(kinds)
        decides |= {f"{kind}.{key}" for kind in kinds for key in _keys(held)} & COVERED
    for variable, held in _MAP_OF.findall(text):
        decides |= {f"{kind}.{key}" for kind in labels.get(variable, ()) for key in _keys(held)} & COVERED
    return labels, decides


def _keys(held: str) -> list[str]:
    return re.findall(r"(\w+)\s*:", held)


def _looked_at(alias: str, text: str) -> bool:
    """Whether a column is more than a column: compared, counted, or given to a function."""
    before = rf"(?:[(=<>+]|\b(?:WHERE|AND|OR|NOT|XOR|IN|WHEN|UNWIND|BY))\s*{alias}\b(?!\s*[:(])"
    after = rf"(?<![.\w]){alias}\s*(?:[=<>+\[.]|IS\b|IN\b|STARTS\b|ENDS\b|CONTAINS\b)"
    plain = re.sub(rf"ORDER BY[^\n]*|\bAS\s+{alias}\b", "", text)
    return bool(re.search(before, plain) or re.search(after, plain))
