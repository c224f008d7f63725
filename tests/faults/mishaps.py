"""What each kind of fault does to an answer.

`REPLACES` never asks the server, as a proxy in front of it would not; `SPOILS` takes a good answer and bends its JSON;
`WIRE` leaves the answer alone and breaks the way it travels.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from rc2graph.simulator.answers import Answer, encode, failure, html, logged_out, not_permitted, text

if TYPE_CHECKING:
    from rc2graph.simulator.routes import Request
    from tests.faults.script import Fault

Payload = dict[str, Any]


def _redirect(fault: Fault, request: Request) -> Answer:
    location = str(fault.value or "http://elsewhere.invalid/api/v1/me")
    return Answer(302, {"Content-Type": "text/html", "Location": location}, b"")


def _echo(fault: Fault, request: Request) -> Answer:
    token = request.headers.get("x-auth-token", "")
    return failure(f"Bad header X-Auth-Token: {token}", "error-invalid-header", details={"token": token})


def _bare_429(fault: Fault, request: Request) -> Answer:
    return Answer(429, {"Content-Type": "application/json"}, encode({"success": False, "error": "Too Many Requests"}))


REPLACES: dict[str, Callable[[Fault, Request], Answer]] = {
    "html-200": lambda fault, request: html(200, "Rocket.Chat"),
    "html-403": lambda fault, request: html(403, "Request blocked"),
    "html-502": lambda fault, request: html(502, "502 Bad Gateway"),
    "html-503": lambda fault, request: html(503, "503 Service Temporarily Unavailable"),
    "text-500": lambda fault, request: text(500, "Internal Server Error"),
    "bare-429": _bare_429,
    "401": lambda fault, request: logged_out(request.version),
    "403": lambda fault, request: not_permitted(),
    "400-database": lambda fault, request: failure(str(fault.value or "connection pool for mongo:27017 was cleared")),
    "redirect": _redirect,
    "echo-token": _echo,
}


def _array_key(payload: Payload) -> str | None:
    return next((key for key, value in payload.items() if isinstance(value, list)), None)


def _first_row(payload: Payload) -> Payload | None:
    """The first row of the array; of a membership row its user, which carries the id."""
    rows = payload.get(_array_key(payload) or "", [])
    return (rows[0].get("user", rows[0]) if "user" in rows[0] else rows[0]) if rows else None


def _short_page(fault: Fault, payload: Payload) -> None:
    if (key := _array_key(payload)) is not None:
        drop = int(str(fault.value or 1))
        payload[key] = payload[key][: max(0, len(payload[key]) - drop)]
        if "count" in payload:
            payload["count"] = len(payload[key])


def _repeat_row(fault: Fault, payload: Payload) -> None:
    """The last row becomes a second copy of the first: as many rows as promised, one of them missing."""
    if (key := _array_key(payload)) is not None and len(payload[key]) > 1:
        payload[key][-1] = payload[key][0]


def _lie(sign: int) -> Callable[[Fault, Payload], None]:
    def lie(fault: Fault, payload: Payload) -> None:
        if "total" in payload:
            payload["total"] = max(0, payload["total"] + sign * int(str(fault.value or 1)))

    return lie


def _empty(fault: Fault, payload: Payload) -> None:
    if (key := _array_key(payload)) is not None:
        payload[key] = []
        payload.update({name: 0 for name in ("count", "total") if name in payload})


def _missing_key(fault: Fault, payload: Payload) -> None:
    payload.pop(fault.field or _array_key(payload) or "", None)


def _wrong_type(fault: Fault, payload: Payload) -> None:
    if (key := _array_key(payload)) is not None:
        payload[key] = {str(i): row for i, row in enumerate(payload[key])}


def _wrong_field(fault: Fault, payload: Payload) -> None:
    if (row := _first_row(payload)) is not None:
        row[fault.field or "_id"] = {"not": "expected"} if fault.value is None else fault.value


def _without_id(fault: Fault, payload: Payload) -> None:
    if (row := _first_row(payload)) is not None:
        row.pop(fault.field or "_id", None)


def _hidden_field(fault: Fault, payload: Payload) -> None:
    """A release that does not show a property: of the first `value` rows that have it, or of all. Dots lead inside."""
    *way, last = (fault.field or "").split(".")
    left = -1 if fault.value is None else int(str(fault.value))
    for row in payload.get(_array_key(payload) or "", []):
        for key in way:
            row = row.get(key) or {}
        for one in row if isinstance(row, list) else [row]:
            if left and one.pop(last, None) is not None:
                left -= 1


def _huge(fault: Fault, payload: Payload) -> None:
    if (row := _first_row(payload)) is not None:
        row[fault.field or "name"] = "x" * int(str(fault.value or 1_000_000))


def _bent(bend: Callable[[Fault, Payload], None]) -> Callable[[Fault, Answer], Answer]:
    def spoil(fault: Fault, answer: Answer) -> Answer:
        payload = json.loads(answer.body)
        bend(fault, payload)
        answer.body = encode(payload)
        return answer

    return spoil


def _cut_honestly(fault: Fault, answer: Answer) -> Answer:
    """Half of the JSON, with the Content-Length of half."""
    answer.body = answer.body[: len(answer.body) // 2]
    return answer


SPOILS: dict[str, Callable[[Fault, Answer], Answer]] = {
    "short-page": _bent(_short_page),
    "repeated-row": _bent(_repeat_row),
    "lying-total": _bent(_lie(1)),
    "lying-total-smaller": _bent(_lie(-1)),
    "empty-list": _bent(_empty),
    "success-false": _bent(lambda fault, payload: payload.update(success=False)),
    "missing-key": _bent(_missing_key),
    "wrong-type": _bent(_wrong_type),
    "wrong-field": _bent(_wrong_field),
    "row-without-id": _bent(_without_id),
    "huge-string": _bent(_huge),
    "hidden-field": _bent(_hidden_field),
    "truncated-honest": _cut_honestly,
}


def _wire(how: str) -> Callable[[Fault, Answer], Answer]:
    def travel(fault: Fault, answer: Answer) -> Answer:
        answer.wire, answer.seconds = how, fault.seconds
        return answer

    return travel


def _no_date(fault: Fault, answer: Answer) -> Answer:
    answer.sends_date = False
    return answer


def _wrong_date(fault: Fault, answer: Answer) -> Answer:
    """A Date that a proxy set, `seconds` ahead of the server's (negative: behind)."""
    answer.date_shift = fault.seconds
    return answer


WIRE: dict[str, Callable[[Fault, Answer], Answer]] = {
    "truncated": _wire("cut"),
    "reset": _wire("reset"),
    "stall": _wire("stall"),
    "drip": _wire("drip"),
    "slow": _wire("slow"),
    "no-date": _no_date,
    "wrong-date": _wrong_date,
}
