"""Read one JSON answer as it arrives: its rows are mapped and put aside one by one, never the whole list in memory."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import ijson

from rc2graph.rocketchat.mapping import MOST, Malformed
from rc2graph.rocketchat.spool import Spool

LARGEST, MOST_VALUES = 2**27, 1_000_000
"""Bytes, and values, that one row, or all that is beside the rows, may have: more would only fill our memory. Names of
ten million letters are let through."""
MOST_ROWS, MOST_BYTES = 1_000_000, 2**31
"""Rows and bytes that a whole answer may have: ten times the accounts of the largest workspace measured, and 2 KB for
each. What has more is asked for in pages, so it is read all the same; a list without end is not."""
MOST_LISTED = 5_000_000
"""Rows that a list may have in all its pages together: of one that says it has more, the end would never come."""

NO_SUCCESS = "the answer does not say success"
SAYS = ("status", "error", "message", "title", "detail")
"""Where programs say what is the matter."""


class Readable(Protocol):
    def read(self, size: int = ..., /) -> bytes: ...


class Broken(ValueError):
    """The body is not JSON, or ends too early."""


class Cut(Broken):
    """It ended before it was whole."""


class TooMuch(ValueError):
    """The answer does not end where every answer ends."""


class _Bounded:
    """A body of which no more than `LARGEST` bytes come before the next row is complete."""

    def __init__(self, body: Readable) -> None:
        self._body, self.taken, self._whole = body, 0, 0

    def read(self, size: int = 65_536, /) -> bytes:
        chunk = self._body.read(size)
        self.taken += len(chunk)
        self._whole += len(chunk)
        if self.taken > LARGEST:
            raise Broken(f"a part of the answer is larger than {LARGEST >> 20} MB")
        if self._whole > MOST_BYTES:
            raise TooMuch(f"the answer is larger than {MOST_BYTES >> 30} GB")
        return chunk


class Answer:
    """What an answer carries: `rows`, mapped (`array` names their key), and every other `fields` of its object."""

    def __init__(self, folder: Path | None = None) -> None:
        self.rows = Spool(folder)
        self.fields: dict[str, Any] = {}

    @property
    def total(self) -> int | None:
        total = self.fields.get("total")
        return total if isinstance(total, int) and not isinstance(total, bool) and 0 <= total <= MOST else None


def read(
    body: Readable,
    array: str | None,
    make: Callable[[dict[str, Any]], object],
    folder: Path | None,
    secret: str = "",
    most: int = MOST_ROWS,
) -> Answer:
    """Parse `body`; rows under the key `array` become `make(row)`. `secret`: what is cut out wherever it is echoed.

    Errors: `Broken` for what is no JSON, `Malformed` for JSON of another shape than promised, `TooMuch` for more than
    `most` rows.
    """
    answer = Answer(folder)
    try:
        _read(_Bounded(body), array, make, answer, secret or None, most)
        if (answer.total or 0) > MOST_LISTED:
            raise TooMuch(f"the list says that it has {answer.total:,} rows")
    except BaseException as error:
        answer.rows.close()
        if isinstance(error, ijson.JSONError | UnicodeError):  # the parser lets half characters through to Python
            cut = isinstance(error, ijson.IncompleteJSONError)
            raise (Cut if cut else Broken)("the answer is no complete JSON") from error
        raise
    return answer


def _read(
    body: _Bounded,
    array: str | None,
    make: Callable[[dict[str, Any]], object],
    answer: Answer,
    secret: str | None,
    most: int,
) -> None:
    events = ijson.basic_parse(body, buf_size=65_536, use_float=True)
    event, _ = next(events, (None, None))
    if event != "start_map":
        raise Malformed("the answer is no JSON object")
    key, found, rows = "", array is None, 0
    for event, value in events:
        if event == "map_key":
            key = value
        elif event == "end_map":
            break
        elif key == array:
            if event != "start_array":
                raise Malformed(f"{array!r} is no list")
            found = True
            for inner, begun in events:
                if inner == "end_array":
                    break
                if (rows := rows + 1) > most:
                    raise TooMuch(f"the answer has more than {most:,} rows")
                row = _build(inner, begun, events, secret)
                if not isinstance(row, dict):
                    raise Malformed(f"a row of {array!r} is no object")
                answer.rows.append(make(row))
                body.taken = 0
        elif array is not None and event in ("start_map", "start_array"):
            _skip(events)  # beside rows only figures are of use
        else:
            answer.fields[key] = _build(event, value, events, secret)
    for _ in events:  # anything behind the object is an error that the parser raises
        pass
    if answer.fields.get("success") is not True:
        raise Malformed(_no_success(answer.fields))
    if not found:
        raise Malformed(f"the answer has no {array!r}")


def _no_success(fields: dict[str, Any]) -> str:
    """With what such an answer says of itself: one of another program is recognised by it."""
    said = ", ".join(f"{key} {value[:80]!r}" for key in SAYS if isinstance(value := fields.get(key), str))
    return f"{NO_SUCCESS}, but {said}" if said else NO_SUCCESS


def _skip(events: Any) -> None:
    """To the end of the object or list that has just begun."""
    depth = 1
    for event, _ in events:
        depth += (event in ("start_map", "start_array")) - (event in ("end_map", "end_array"))
        if not depth:
            return


def _build(event: str, value: Any, events: Any, secret: str | None) -> Any:
    """The one value that begins with `event`, however deep; without recursion."""
    if event == "start_map":
        top: Any = {}
    elif event == "start_array":
        top = []
    else:
        return value.replace(secret, "…") if secret and event == "string" else value
    stack: list[Any] = [top]
    keys: list[str] = [""]
    for number, (inner, item) in enumerate(events):
        if number > MOST_VALUES:
            raise Malformed(f"a part of it has more than {MOST_VALUES:,} values")
        if inner == "map_key":
            keys[-1] = item
            continue
        if inner in ("end_map", "end_array"):
            stack.pop()
            keys.pop()
            if not stack:
                return top
            continue
        if secret and inner == "string" and secret in item:
            item = item.replace(secret, "…")
        holder = stack[-1]
        new: Any = {} if inner == "start_map" else [] if inner == "start_array" else item
        if isinstance(holder, dict):
            holder[keys[-1]] = new
        else:
            holder.append(new)
        if inner in ("start_map", "start_array"):
            stack.append(new)
            keys.append("")
    return top
