"""Query strings as the server takes them apart: arrays, schemas, paging, sort (api.md §3)."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from .answers import Refused, failure, unparsable
from .defaults import Document

Query = dict[str, str | list[str]]
ARRAY_LIMIT = 500


def parse_query(query: str) -> Query:
    """`a[]=1&a[]=2` and `a=1&a=2` are arrays; an array of more than 500 cannot be parsed (api.md §1.3, §3.2)."""
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


def texts(query: Query, name: str) -> list[str]:
    """A parameter as a list; one plain value counts as a list of one (api.md §3.2)."""
    value = query.get(name, [])
    return [value] if isinstance(value, str) else value


def text(query: Query, name: str) -> str | None:
    value = query.get(name)
    return value[-1] if isinstance(value, list) else value


PAGE: Mapping[str, str] = {"offset": "number", "count": "number"}
SORTED: Mapping[str, str] = {**PAGE, "sort": "string", "query": "string", "fields": "string"}


@dataclass(frozen=True)
class Schema:
    """What a route accepts. `one_of`: exactly one of these names; `required`: all of these."""

    params: Mapping[str, str]
    one_of: Sequence[str] = ()
    required: Sequence[str] = ()
    allowed: Mapping[str, Sequence[str]] = field(default_factory=dict)
    checks: Sequence[str] = ()
    """Names whose absence or doubling a 7.x route reports as a `Match error` (api.md §1.3)."""

    def problem(self, query: Query, *, strict: bool) -> str | None:
        """The validator's message, or None. Not strict: unknown parameters pass, as before 8.0 (api.md §3.2)."""
        for name in self.required:
            if name not in query:
                return f"must have required property '{name}'"
        if strict and any(name not in self.params for name in query):
            return "must NOT have additional properties"
        if strict:
            for name, value in query.items():
                if (wrong := self._mistyped(name, value)) is not None:
                    return wrong
        given = [name for name in self.one_of if name in query]
        if self.one_of and len(given) != 1:
            missing = [] if given else [f"must have required property '{name}'" for name in self.one_of]
            return "\n ".join([*missing, "must match exactly one schema in oneOf"])
        return None

    def _mistyped(self, name: str, value: str | list[str]) -> str | None:
        kind = self.params[name]
        values = [value] if isinstance(value, str) else value
        if kind != "array" and isinstance(value, list):
            return f"must be {kind}"
        if kind == "number" and not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", str(value).strip()):
            return "must be number"
        if kind == "boolean" and value not in ("true", "false"):
            return "must be boolean"
        if name in self.allowed and any(item not in self.allowed[name] for item in values):
            return "must be equal to one of the allowed values"
        return None


@dataclass
class Paging:
    """The three settings of api.md §3.1; `shuffle`: natural order is another one at each request (api.md §12.1)."""

    default: int = 50
    upper: int = 100
    infinite: bool = True
    shuffle: bool = False

    def bounds(self, query: Query) -> tuple[int, int]:
        """Offset and count, 0 being everything; what the database would refuse is refused here (api.md §1.3)."""
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


def parse_sort(query: Query) -> dict[str, int]:
    """A JSON object of 1 and -1 (api.md §3.2); field names are not checked."""
    given = text(query, "sort")
    if not given:
        return {}
    try:
        sort = json.loads(given)
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
