"""Query strings as the server takes them apart: arrays, schemas, paging, sort (rocketchat.md §3)."""

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qsl

from .answers import Refused, Version, failure, unparsable
from .defaults import Document

Query = dict[str, str | list[str]]
ARRAY_LIMIT = 500


def parse_query(query: str) -> Query:
    """`a[]=1&a[]=2` and `a=1&a=2` are arrays; an array of more than 500 cannot be parsed (rocketchat.md §1.3, §3.2)."""
    parsed: Query = {}
    for key, value in parse_qsl(query, keep_blank_values=True):
        name, bracket, _ = key.partition("[")
        held = parsed.get(name)
        if held is None and not bracket:
            parsed[name] = value
            continue
        parsed[name] = values = [held] if isinstance(held, str) else held or []
        values.append(value)
        if len(values) > ARRAY_LIMIT:
            raise Refused(unparsable())
    return parsed


def parse_int(text: str) -> int | None:
    """JavaScript's parseInt: leading digits, else NaN."""
    match = re.match(r"\s*([+-]?\d+)", text)
    return int(match.group(1)) if match else None


def number(text: str) -> float | None:
    """What the validator makes of a text in a query: JavaScript's Number, or None where that is none."""
    try:
        return float(int(text, 0)) if re.fullmatch(r"\s*0[xXoObB]\w+\s*", text) else float(text.strip() or 0)
    except ValueError:
        return None


def word(value: object) -> str:
    """A text of a document; old versions and imports leave null there, which matches nothing."""
    return value if isinstance(value, str) else ""


def items(value: object) -> Sequence[Any]:
    """A list of a document; where there is something else, there is nothing in it."""
    return value if isinstance(value, list) else ()


def texts(query: Query, name: str) -> list[str]:
    """A parameter as a list; one plain value counts as a list of one (rocketchat.md §3.2)."""
    value = query.get(name, [])
    return [value] if isinstance(value, str) else value


def text(query: Query, name: str) -> str | None:
    value = query.get(name)
    return value[-1] if isinstance(value, list) else value


PAGE: Mapping[str, str] = {"offset": "number", "count": "number"}
SORTED: Mapping[str, str] = {**PAGE, "sort": "string"}


def _finite(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


GONE = ("query", "fields")
"""Ignored up to 8.9 and unknown from 9.0 on (rocketchat.md §3.2)."""


@dataclass(frozen=True)
class Schema:
    """What a route accepts. `one_of`: exactly one of these names; `any_of`: one of them, by a schema of its own each;
    `required`: all of these. `since`: parameters that are younger than their route."""

    params: Mapping[str, str]
    one_of: Sequence[str] = ()
    any_of: Sequence[str] = ()
    required: Sequence[str] = ()
    allowed: Mapping[str, Sequence[str]] = field(default_factory=dict)
    since: Mapping[str, Version] = field(default_factory=dict)
    before_8: Literal["none", "check", "schema"] = "none"
    """What stood there in 7.x: nothing, Meteor's `check` that one of `one_of` is given, or a schema
    (rocketchat.md §1.3)."""

    def stands(self, version: Version) -> bool:
        return version >= (8,) or self.before_8 == "schema"

    def problem(self, query: Query, version: Version) -> str | None:
        """The validator's message, or None."""
        known = {name for name in self.params if version >= self.since.get(name, (0,))}
        known -= set(GONE) if version >= (9,) else set()
        if self.any_of:
            return self._problem_of_any(query, known)
        for name in self.required:
            if name not in query:
                return f"must have required property '{name}'"
        given = [name for name in self.one_of if name in query]
        if self.one_of and not given:
            missing = [f"must have required property '{name}'" for name in self.one_of]
            return "\n ".join([*missing, "must match exactly one schema in oneOf"])
        if len(given) > 1:
            return "must match exactly one schema in oneOf"
        if any(name not in known for name in query):
            return "must NOT have additional properties"
        wrong = (self._mistyped(name, value, version) for name, value in query.items())
        return next((message for message in wrong if message is not None), None)

    def _problem_of_any(self, query: Query, known: set[str]) -> str | None:
        """Each alternative says what keeps it from fitting, and all say so together."""
        told = []
        for name in (name for name in self.any_of if name in known):
            if name not in query:
                told.append(f"must have required property '{name}'")
            elif set(query) - (known - set(self.any_of)) - {name}:
                told.append("must NOT have additional properties")
            elif any(isinstance(value, list) and len(value) > 1 for value in query.values()):
                told.append("must be string")
            else:
                return None
        return "\n ".join([*told, "must match a schema in anyOf"])

    def _mistyped(self, name: str, value: str | list[str], version: Version) -> str | None:
        kind = self.params[name]
        coerces = version >= (8,)  # one plain value to an array of one, and back (rocketchat.md §3.2)
        values = [value] if isinstance(value, str) else value
        if kind == "array" and isinstance(value, str) and value and not coerces:
            return "must be array"
        if kind != "array" and isinstance(value, list) and not (coerces and kind == "number" and len(value) == 1):
            return f"must be {kind}"
        if kind == "number" and values[0] and not _finite(number(values[0])):
            return "must be number"
        if kind == "boolean" and value not in ("true", "false", ""):
            return "must be boolean"
        if name in self.allowed and any(item not in self.allowed[name] for item in values):
            return "must be equal to one of the allowed values"
        return None

    def coerced(self, query: Query, version: Version) -> Query:
        """The query as the validator leaves it: numbers as numbers are written, an empty one null, as if not sent."""
        result: Query = {}
        for name, value in query.items():
            kind = self.params.get(name)
            if kind == "number":
                given = number(value[0] if isinstance(value, list) else value) if value else None
                if given is not None:
                    result[name] = f"{given:.17g}"
            elif not (kind == "array" and value == "" and version < (8,)):
                result[name] = value
        return result


@dataclass
class Paging:
    """The three settings of rocketchat.md §3.1; `shuffle`: natural order is another one at each request
    (rocketchat.md §12.1)."""

    default: int = 50
    upper: int = 100
    infinite: bool = True
    shuffle: bool = False

    def bounds(self, query: Query) -> tuple[int, int]:
        """Offset and count, 0 being everything; what the database would refuse is refused here (rocketchat.md §1.3)."""
        offset = parse_int(text(query, "offset") or "0")
        asked = text(query, "count")
        count = self.default if asked is None else parse_int(asked or "0")
        if offset is None or count is None:
            raise Refused(failure("Failed to parse: NaN is not an integer"))
        if offset < 0:
            raise Refused(failure(f"BSON field 'skip' value must be >= 0, actual value '{offset}'"))
        if count < 0:
            raise Refused(failure(f"BSON field 'limit' value must be >= 0, actual value '{count}'"))
        count = min(count, self.upper)
        if count == 0 and not self.infinite:
            count = self.default
        return offset, count

    def page(self, rows: Sequence[Document], query: Query) -> tuple[Sequence[Document], int]:
        """The rows asked for, and the offset to echo."""
        offset, count = self.bounds(query)
        return (rows[offset : offset + count] if count else rows[offset:]), offset


def parse_sort(query: Query, version: Version) -> dict[str, int] | None:
    """A JSON object of 1 and -1 (rocketchat.md §3.2); field names are not checked, and an empty list is an empty
    object.

    None where nothing is asked for; up to 7.x an empty text is nothing.
    """
    given = text(query, "sort")
    if given is None or (not given and version < (8,)):
        return None
    try:
        sort = {} if (parsed := json.loads(given)) == [] else parsed
    except ValueError:
        sort = None
    if not isinstance(sort, dict) or any(type(value) is not int or value not in (1, -1) for value in sort.values()):
        raise Refused(
            failure(
                f'Invalid sort parameter provided: "{given}" [error-invalid-sort]',
                "error-invalid-sort",
                details={"helperMethod": "parseJsonQuery"},
            )
        )
    return sort


def ordered(rows: Iterable[Document], sort: Mapping[str, int]) -> list[Document]:
    """Sorted as the database sorts: missing first, text in binary order, later fields break ties."""
    result = list(rows)
    for name, direction in reversed(list(sort.items())):
        result.sort(key=lambda row, name=name: _rank(row.get(name)), reverse=direction < 0)  # type: ignore[misc]
    return result


def _rank(value: object) -> tuple[int, float, str]:
    if value is None:
        return 0, 0, ""
    if isinstance(value, bool):
        return 4, value, ""
    if isinstance(value, int | float):
        return 1, value, ""
    return (2, 0, value) if isinstance(value, str) else (3, 0, json.dumps(value, sort_keys=True, default=str))


def picked(row: Document, keys: Iterable[str]) -> Document:
    """A projection: keys that are absent stay absent."""
    return {key: row[key] for key in keys if key in row}
