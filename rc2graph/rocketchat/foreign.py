"""Who answered in Rocket.Chat's place: a proxy, a firewall, a sign-on page, another program."""

import html
import re
from collections.abc import Callable
from urllib.parse import urlsplit

import requests

from rc2graph.text import short

LONGEST_TITLE, LONGEST_SERVER = 80, 40

_TITLE = re.compile(r"<title[^>]*>(.*?)(?:</title|$)", re.IGNORECASE | re.DOTALL)
_OURS = re.compile(r'"(?:success"\s*:\s*(?:true|false)|status"\s*:\s*"error")')
"""Every JSON answer of Rocket.Chat says `success`; those of 6.x for a missing session say `status`
(rocketchat.md §1.3)."""
_PLAIN_TO_TLS = re.compile(r"plain HTTP request was sent to HTTPS|plain HTTP to an SSL|HTTP request to an HTTPS")
_CERTIFICATE_WANTED = re.compile(r"required SSL certificate|SSL certificate error", re.IGNORECASE)

Safe = Callable[[str], str]
"""Makes foreign text harmless: no token of ours in it, no control characters."""


def is_json(response: requests.Response) -> bool:
    return response.headers.get("Content-Type", "").split(";")[0].strip().lower() == "application/json"


def is_rocketchats(response: requests.Response, text: str) -> bool:
    """Whether an answer that is no success has the shape of Rocket.Chat's own."""
    return is_json(response) and _OURS.search(text) is not None


def named(server: str, safe: Safe) -> str:
    """What a header such as `Server` says, harmless."""
    return short(safe(server), LONGEST_SERVER)


def described(response: requests.Response, text: str, safe: Safe) -> str:
    """In a few words: `the page "Just a moment..." (status 403, server: cloudflare)`."""
    title = _TITLE.search(text)
    words = html.unescape(title[1]) if title else "" if "<" in text[:200] else text
    words = short(" ".join(safe(words).split()), LONGEST_TITLE)
    kind = "page" if "<" in text[:200] else "JSON" if is_json(response) else "text"
    what = f'the {kind} "{words}"' if words else "a page without a title" if text.strip() else "an empty body"
    by = f", server: {name}" if (name := named(response.headers.get("Server", ""), safe)) else ""
    return f"{what} (status {response.status_code}{by})"


def meaning(response: requests.Response, text: str, address: str, safe: Safe) -> tuple[str, str]:
    """Why such an answer comes, and the step that fits it."""
    status, wants = response.status_code, safe(response.headers.get("WWW-Authenticate", ""))
    through = f"let GET requests of this machine to {address}/api through"
    if wants or status in (401, 407):
        scheme = f" ({short(wants, LONGEST_TITLE)})" if wants else ""
        return (
            f"A proxy in front wants a sign-in of its own{scheme}. Rocket.Chat has not refused the token.",
            f"Have the proxy {through} without that, or set ROCKETCHAT_URL to an address behind it.",
        )
    if _PLAIN_TO_TLS.search(text):
        return "That port speaks TLS.", "Set ROCKETCHAT_URL to https://."
    if status == 496 or _CERTIFICATE_WANTED.search(text):
        return (
            "A proxy in front wants a TLS client certificate, and rc2graph has none to send.",
            f"Have the proxy {through} without one, or set ROCKETCHAT_URL to an address that asks for none.",
        )
    if status >= 500:
        return (
            "A proxy in front may have answered because Rocket.Chat did not.",
            "Check that Rocket.Chat runs and that the proxy reaches it, then run the same command again.",
        )
    if status == 200 or status == 404:
        return (
            "A proxy, a sign-on page or another program answered, or the address has a wrong path.",
            f"'curl -i {address}/api/info' shows what comes; it must be JSON with a version. Correct ROCKETCHAT_URL, "
            "or have the proxy let GET requests to /api through.",
        )
    return (
        "A proxy, firewall or sign-on page in front answered; it may let a browser through and a program not.",
        f"Have it {through} (try 'curl -i {address}/api/info'), then run the same command again.",
    )


def redirected(location: str, asked: str, safe: Safe) -> str:
    """Where a redirect leads: another host, or a path of the same one; never its query, which may hold anything."""
    try:
        target, here = urlsplit(location), urlsplit(asked)
        if target.hostname and (target.scheme, target.hostname) != (here.scheme, here.hostname):
            return safe(f"{target.scheme or here.scheme}://{target.hostname}")
    except ValueError:
        return "another address"
    return short(safe(target.path), LONGEST_TITLE) or "another path"
