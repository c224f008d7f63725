"""Every answer that carries no data: the error table of the server, texts exact (rocketchat.md §1.2, §1.3, §1.3.1).

An `Answer` is what would go on the wire. Two families differ in their headers: those a handler made, and those
that came from a check before it, which lack the two cache headers.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

Version = tuple[int, int, int]

_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": (
        "Origin, X-Requested-With, Content-Type, Accept, X-User-Id, X-Auth-Token, x-visitor-token, Authorization"
    ),
    "X-XSS-Protection": "1",
    "X-Content-Type-Options": "nosniff",
}
CHECK_HEADERS = {"Content-Type": "application/json", **_CORS}
HANDLER_HEADERS = {**CHECK_HEADERS, "Cache-Control": "no-store", "Pragma": "no-cache"}

LOGGED_OUT = "You must be logged in to do this."
FORBIDDEN = "error-forbidden"
"""What a refusal by permission is called from 9.0 on, whatever its code was before."""


@dataclass(slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes
    wire: str = "whole"
    """How it leaves: whole, cut (closed before Content-Length), reset, slow, drip, or stall (never)."""
    seconds: float = 0
    """How long slow, drip and stall take."""
    sends_date: bool = True
    date_shift: float = 0
    """Seconds by which a proxy's clock makes the Date wrong."""


class Refused(Exception):
    """Ends a handler with an answer that is an error."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def encode(payload: object) -> bytes:
    return json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode()


def success(payload: Mapping[str, object]) -> Answer:
    """A handler's object, with `success` added last."""
    return Answer(200, dict(HANDLER_HEADERS), encode({**payload, "success": True}))


def failure(error: str, error_type: str | None = None, *, status: int = 400, details: object = None) -> Answer:
    """Refused inside a handler; keys that are undefined are absent."""
    payload: dict[str, object] = {"success": False, "error": error}
    if error_type is not None:
        payload["errorType"] = error_type
    if details is not None:
        payload["details"] = details
    return Answer(status, dict(HANDLER_HEADERS), encode(payload))


def logged_out(version: Version) -> Answer:
    """No or bad token; 6.x sends no `success`, 9.0 drops `status` and `message` (rocketchat.md §1.3)."""
    old = {"status": "error", "message": LOGGED_OUT}
    new: dict[str, object] = {"success": False, "error": LOGGED_OUT}
    payload = old if version < (7,) else new if version >= (9,) else {**new, **old}
    return Answer(401, dict(CHECK_HEADERS), encode(payload))


def not_permitted(*, typed: bool = False) -> Answer:
    """The permission a route asks for is missing. `typed`: the body says its kind (rocketchat.md §1.3.1)."""
    error = "User does not have the permissions required for this action [error-unauthorized]"
    kind = {"errorType": FORBIDDEN} if typed else {}
    return Answer(403, dict(CHECK_HEADERS), encode({"success": False, "error": error, **kind}))


def forbidden(error: str, *, typed: bool) -> Answer:
    """Refused by the handler itself."""
    return failure(error, FORBIDDEN if typed else None, status=403)


def bad_parameters(problems: str, version: Version) -> Answer:
    """Query schema not met; before 8.0 the code is another and stands in the text too."""
    if version >= (8,):
        payload = {"success": False, "errorType": "error-invalid-params", "error": problems}
    else:
        payload = {"success": False, "error": f"{problems} [invalid-params]", "errorType": "invalid-params"}
    return Answer(400, dict(CHECK_HEADERS), encode(payload))


def unparsable() -> Answer:
    return Answer(400, dict(CHECK_HEADERS), encode({"success": False, "error": "Invalid query parameters"}))


def too_many_requests(seconds: int) -> Answer:
    """No errorType, no details, no Retry-After (rocketchat.md §1.3, §2.3)."""
    return failure(
        "Error, too many requests. Please slow down. "
        f"You must wait {seconds} seconds before trying this endpoint again. [error-too-many-requests]",
        status=429,
    )


def text(status: int, body: str) -> Answer:
    """Words of the router, which an earlier handler of the same server has given its headers (rocketchat.md §1.2)."""
    return Answer(status, {"Content-Type": "text/plain; charset=UTF-8", **_CORS}, body.encode())


def html(status: int, title: str) -> Answer:
    body = (
        f'<!DOCTYPE html>\n<html><head><title>{title}</title></head><body><div id="app">{title}</div></body></html>\n'
    )
    return Answer(status, {"Content-Type": "text/html; charset=utf-8"}, body.encode())


def not_found() -> Answer:
    """The router's default for an unknown path under /api/."""
    return text(404, "404 Not Found")


def crashed() -> Answer:
    """An exception in middleware (rocketchat.md §1.1, account without username)."""
    return text(500, "Internal Server Error")
