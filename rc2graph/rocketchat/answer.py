"""Read one JSON answer: a small one at once, in a tenth of the time; a large one as it arrives, its rows mapped and put
aside one by one, never the whole list in memory."""

import io
import json
import math
import re
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
SMALL = 2**21
"""Bytes of an answer that is read at once: in memory it takes some five times as many."""


NO_SUCCESS = "the answer does not say success"
SAYS = ("status", "error", "message", "title", "detail")
"""Where programs say what is the matter."""
_HIDING = re.compile(r'\\(?:u00|["/\\])')
"""How JSON may spell a letter of a secret in another way."""
_HALVES = re.compile(r"\\u[dD][89a-fA-F]")
"""Half a letter, which may stand alone."""


def _figure(text: str) -> float:
    """A figure that the streaming parser takes too. Errors: `ValueError`, also for `NaN` and `Infinity`."""
    value = float(text) if set(text) & set(".eEN") else int(text)
    if math.isfinite(value) if isinstance(value, float) else -(2**63) < value < 2**63:
        return value
    raise ValueError(text)


_decoder = json.JSONDecoder(parse_int=_figure, parse_float=_figure, parse_constant=_figure)


class Readable(Protocol):
    def read(self, size: int = ..., /) -> bytes: ...


class Broken(ValueError):
    """The body is not JSON, or ends too early."""


class Cut(Broken):
    """It ended before it was whole."""


class TooMuch(ValueError):
    """The answer does not end where every answer ends."""


class _Bounded:
    """A body, `begun` being what has come of it already, of which no more than `LARGEST` bytes come before the next row
    is complete."""

    def __init__(self, begun: bytes, body: Readable) -> None:
        self._begun, self._body, self.taken, self._whole = io.BytesIO(begun), body, 0, 0

    def read(self, size: int = 65_536, /) -> bytes:
        chunk = self._begun.read(size) or self._body.read(size)
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
        begun, whole = _begin(body)
        found = _at_once(begun, array, secret) if whole else None
        if found is not None:
            _take(found, array, make, answer, most)
        else:
            _read(_Bounded(begun, body), array, make, answer, secret or None, most)
        if (answer.total or 0) > MOST_LISTED:
            raise TooMuch(f"the list says that it has {answer.total:,} rows")
    except BaseException as error:
        answer.rows.close()
        if isinstance(error, ijson.JSONError | UnicodeError):  # the parser lets half characters through to Python
            cut = isinstance(error, ijson.IncompleteJSONError)
            raise (Cut if cut else Broken)("the answer is no complete JSON") from error
        raise
    return answer


def _begin(body: Readable) -> tuple[bytes, bool]:
    """The first bytes of `body`, and whether they are all of it."""
    begun = bytearray()
    while len(begun) < SMALL:
        chunk = body.read(65_536)
        if not chunk:
            return bytes(begun), True
        begun += chunk
    return bytes(begun), False


def _at_once(body: bytes, array: str | None, secret: str) -> dict[str, Any] | None:
    """The object that `body` is; None where anything about it is odd, which only the streaming parser may judge: of a
    key that is there twice, for one, this would show the last."""
    try:
        text = body.decode()
        if _HALVES.search(text) or (secret and (secret in text or _HIDING.search(text))):
            return None
        if any(text.count(f'"{key}"') > 1 for key in (array, "total", "success")):
            return None
        found = _decoder.decode(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _take(
    found: dict[str, Any], array: str | None, make: Callable[[dict[str, Any]], object], answer: Answer, most: int
) -> None:
    if found.get("success") is not True:
        raise Malformed(_no_success(found))
    if array is not None and array not in found:
        raise Malformed(f"the answer has no {array!r}")
    rows = [] if array is None else found.pop(array)
    if not isinstance(rows, list):
        raise Malformed(f"{array!r} is no list")
    if len(rows) > most:
        raise TooMuch(f"the answer has more than {most:,} rows")
    for row in rows:
        if not isinstance(row, dict):
            raise Malformed(f"a row of {array!r} is no object")
        answer.rows.append(make(row))
    answer.fields = {
        key: value for key, value in found.items() if array is None or not isinstance(value, dict | list)
    }  # beside rows only figures are of use


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
