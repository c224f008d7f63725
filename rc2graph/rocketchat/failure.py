"""What it means when no data came: which error, why, and the next step (rocketchat.md §1.3)."""

import re
from dataclasses import dataclass

import requests

from rc2graph.errors import CredentialsError, MissingPermissionError, Rc2graphError, SourceError
from rc2graph.rocketchat import answer as answers
from rc2graph.rocketchat import foreign
from rc2graph.rocketchat.address import Address
from rc2graph.rocketchat.endpoints import Endpoint
from rc2graph.rocketchat.foreign import Safe, is_json
from rc2graph.rocketchat.throttle import RateLimitHeaders
from rc2graph.rocketchat.unreachable import explained

LATE = (408, 504, 522, 524, 598, 599)
"""What gateways answer when nothing came in time."""
LONGEST_AFTER = 300.0
"""Seconds that a proxy may ask us to stay away (`Retry-After`), and we wait. Longer ends the run, and says so."""
FORBIDDEN = re.compile(
    r"\[?(?:error-)?(?:unauthorized|not-authorized(?:-federation)?|not-allowed|not_authorized|no-permission|forbidden)\]?"
)
"""Codes of a missing permission. From 9.0 on they all come with 403, before some came with 400
(rocketchat.md §1.3.1)."""


class Refused(SourceError):
    """A 4xx for this one request: asking again brings the same. `text` is the server's word."""

    def __init__(self, route: str, text: str, status: int = 400) -> None:
        again = "Look at the server's log, then run the same command again."
        super().__init__(f"Rocket.Chat refuses {route}: {text.rstrip('.')}.", f"It answered {status}.", again)
        self.text, self.status = text, status


class TooMuchAtOnce(Refused):
    """A whole list (`count=0`) did not come: in pages it may."""

    def __init__(self, route: str, error: SourceError) -> None:
        super().__init__(route, error.what, 504)
        self.what, self.why, self.next_step = error.what, error.why, error.next_step


class Limited(SourceError):
    """429 of Rocket.Chat. Its wait is announced, so it is no failure; ten in a row are."""


class LimitedInFront(Limited):
    """429 of a proxy or firewall. Where it does not say when to come back (`after`), it is a failure like any other."""


class UnknownRoute(SourceError):
    """404: this server has no such route."""


@dataclass(frozen=True)
class Failures:
    """The one error that each failure of a request to `address` means. `safe` makes foreign text harmless."""

    address: Address
    safe: Safe

    def no_data(self, endpoint: Endpoint, error: Exception, by: str) -> SourceError:
        server = f" (server: {foreign.named(by, self.safe)})" if by else ""
        failed = SourceError(
            f"{endpoint.route} answered something that is no data: {self.safe(str(error))}.",
            f"A proxy may have cut or changed it, or this is no Rocket.Chat{server}.",
            f"Look at {self.address}{endpoint.path} and at the server's log, then run the same command again.",
            retryable=not isinstance(error, answers.TooMuch),
        )
        failed.late = isinstance(error, answers.Cut)
        return failed

    def undecodable(self, endpoint: Endpoint, packed: str, by: str) -> SourceError:
        server = f" (server: {foreign.named(by, self.safe)})" if by else ""
        said = foreign.named(packed, self.safe)
        return SourceError(
            f"The answer of {endpoint.route} could not be decoded.",
            f"Its header says that it is packed (Content-Encoding: {said}), and its body is not, or is damaged. Most "
            f"likely a proxy in front unpacked or changed the body and left the header as it was{server}.",
            f"Have the proxy pass answers of /api on as they are, or turn its compression off for them; 'curl -i "
            f"{self.address}{endpoint.path}' shows what comes. Then run the same command again.",
            retryable=True,
        )

    def limited(self, endpoint: Endpoint, response: requests.Response, text: str, heard: RateLimitHeaders) -> Limited:
        """Whose limit a 429 is: Rocket.Chat's says so in its headers or its sentence (rocketchat.md §2.3)."""
        if heard.rocketchats:
            return Limited(f"{endpoint.route}: too many requests (429).", self._word(response, text))
        asks = f" It asks to wait for {heard.after:,.0f} s." if heard.after is not None else ""
        limited = LimitedInFront(
            f"{endpoint.route}: too many requests, says something in front of Rocket.Chat (429).",
            f"This rate limit is not Rocket.Chat's, whose headers are missing: a proxy or firewall sent "
            f"{foreign.described(response, text, self.safe)}.{asks}",
            "Have its administrator raise that limit for this machine, or send fewer requests, with --rate-calls and "
            "--rate-period; then run the same command again. A permission of Rocket.Chat does not help here.",
            retryable=heard.after is None or heard.after <= LONGEST_AFTER,
        )
        limited.after = heard.after
        return limited

    def refused(self, endpoint: Endpoint, response: requests.Response, text: str) -> Rc2graphError:
        """The one error that a refused or foreign answer means (rocketchat.md §1.3)."""
        status, route, again = response.status_code, endpoint.route, "then run the same command again."
        word = self._word(response, text)
        if 300 <= status < 400:
            to = foreign.redirected(response.headers.get("Location", ""), self.address.url, self.safe)
            return SourceError(
                f"{self.address} redirects {route} to {to}.",
                "Redirects are refused: the token would follow to another place.",
                "Set ROCKETCHAT_URL to the address that the workspace really has (https?). Where that is a sign-in "
                f"page, have its proxy let GET requests of this machine to {self.address}/api through.",
            )
        ours = foreign.is_rocketchats(response, text) and "WWW-Authenticate" not in response.headers
        if status == 404 and (ours or not (is_json(response) or word.startswith("<"))):
            return UnknownRoute(
                f"{self.address} does not know {endpoint.path}.",
                "The address may be wrong (a path in front of /api?), or the server very old.",
                "Check ROCKETCHAT_URL.",
                retryable=ours or endpoint.authenticated,
            )
        forbidden = ours and (status == 403 or (status in (400, 401) and _forbids(text)))
        if status == 401 and not forbidden and (ours or (is_json(response) and "logged in" in word)):
            return CredentialsError(
                f"{self.address} does not accept the user id and token.",
                f"The server says: {word}",
                "Make a personal access token (avatar → Profile → Personal Access Tokens) and set "
                "ROCKETCHAT_USER_ID and ROCKETCHAT_AUTH_TOKEN to the pair it shows.",
            )
        if forbidden:
            return MissingPermissionError(
                f"Permission {endpoint.needs!r} is missing: {route} was refused."
                if endpoint.needs
                else f"{route} was refused.",
                f"The server says: {word.rstrip('.')}.",
                f"An administrator grants it under Workspace → Permissions to a role that the account holds, {again}"
                if endpoint.needs
                else f"Any account may ask for that: look at the server's log and at the proxy in front, {again}",
            )
        if not ours and (status in (200, 401, 403, 404, 407) or not is_json(response)):
            why, step = foreign.meaning(response, text, str(self.address), self.safe)
            failed = SourceError(
                f"{route} was answered by something that is not Rocket.Chat's API: "
                f"{foreign.described(response, text, self.safe)}.",
                why,
                step,
                retryable=status in (200, 408, 425) or status >= 500,
            )
            failed.late = status in LATE
            return failed
        if 400 <= status < 500 and status not in LATE:
            return Refused(route, word, status)
        failed = SourceError(
            f"{route} failed on the server (status {status}).",
            word,
            f"Look at the server's log, {again}",
            retryable=True,
        )
        failed.late = status in LATE
        return failed

    def unreachable(self, endpoint: Endpoint, error: Exception) -> SourceError:
        found = explained(error)
        asked = f" ({endpoint.route})" if endpoint.authenticated else ""  # the first question of all needs no name
        failed = SourceError(
            f"{self.address} cannot be reached{asked}: {self.safe(found.reason)}.",
            "",
            found.next_step,
            retryable=found.retryable,
        )
        failed.late = found.late
        return failed

    def endless(self, endpoint: Endpoint, error: Limited, refusals: int, *, bypass: bool) -> SourceError:
        times = f" {refusals} times in a row" if refusals > 1 else ""
        what = f"{endpoint.route} was refused{times} (429, too many requests)."
        if isinstance(error, LimitedInFront):
            return SourceError(what, error.why, error.next_step)
        if bypass:
            return SourceError(
                what,
                "The account holds 'api-bypass-rate-limit', and Rocket.Chat counts its requests all the same.",
                "Have an administrator look at 'API_Enable_Rate_Limiter_Limit_Calls_Default' and at what else sends "
                "requests from this address, then run the same command again.",
            )
        return SourceError(
            what,
            "Something else behind the same address uses up every window of the server's rate limit.",
            "Stop the other client, or have an administrator grant 'api-bypass-rate-limit' to a role of this account; "
            "then run the same command again.",
        )

    def _word(self, response: requests.Response, text: str) -> str:
        """What the server says went wrong, in one safe line."""
        found = re.search(r'"(?:error|message)"\s*:\s*"((?:[^"\\]|\\.)*)"', text) if is_json(response) else None
        return self.safe(found[1] if found else text)[:300]


def _forbids(text: str) -> bool:
    """Whether the code of a refusal, alone or behind its sentence (rocketchat.md §1.2), means a missing permission."""
    return any(
        FORBIDDEN.fullmatch(said) or FORBIDDEN.fullmatch(said.rpartition(" ")[2])
        for said in re.findall(r'"(?:error|errorType)"\s*:\s*"([^"\\]*)"', text[:4_000])
    )
