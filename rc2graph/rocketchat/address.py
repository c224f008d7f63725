"""The workspace's address, as a person pastes it, brought into the one form that names the workspace."""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from rc2graph.errors import UsageError
from rc2graph.secret import looks_secret

_BEGINNING = re.compile(r"https?://", re.IGNORECASE)
_PAGE = re.compile(r"/(home|directory|login|(account|admin|channel|direct|group|marketplace)(/.*)?)$")
"""A page of the web client: what a browser shows behind the address. Of a prefix of such a name, type /api as well."""
DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Address:
    """`url`: scheme and host in lower case, default port and trailing slash dropped, path prefix kept
    (rocketchat.md §1.4)."""

    url: str

    def __str__(self) -> str:
        return self.url

    @property
    def direct(self) -> bool:
        """Whether no proxy of the environment (HTTP_PROXY) may stand between: it would read the token that plain http
        carries, and it does not know what this machine calls localhost."""
        parts = urlsplit(self.url)
        return parts.scheme == "http" or _is_this_machine(parts.hostname or "")

    @classmethod
    def parse(cls, text: str | None, *, insecure: bool = False) -> "Address":
        """Normalise `text`. `insecure` lets plain http through to a host that is not this machine."""
        example = "Set ROCKETCHAT_URL (or --url) to something like https://chat.example.org"
        text = (text or "").strip()
        if not text:
            raise UsageError("No Rocket.Chat address is set.", "", example)
        if "@" in text:  # anywhere: a password may hold what ends the name of a host
            raise UsageError(
                "The Rocket.Chat address has a user name or password in it.",
                "It would end up in logs and in the graph.",
                "Give the plain address; the token goes into ROCKETCHAT_USER_ID and ROCKETCHAT_AUTH_TOKEN.",
            )
        if fault := _fault(text):
            raise UsageError("The Rocket.Chat address is malformed.", fault, example)
        parts = urlsplit(text)
        host, port, scheme = (parts.hostname or "").lower(), parts.port, parts.scheme.lower()
        if scheme == "http" and not (_is_this_machine(host) or insecure):
            raise UsageError(
                f"The address http://{host} would send the token unencrypted.",
                "",
                "Use https, or add --insecure-http where the network between is your own.",
            )
        path = parts.path.rstrip("/")
        if path.endswith(("/api/v1", "/api")):
            path = path.removesuffix("/v1").removesuffix("/api").rstrip("/")
        else:
            path = _PAGE.sub("", path)
        host = f"[{host}]" if ":" in host else host
        return cls(f"{scheme}://{host}{'' if port in (None, DEFAULT_PORTS[scheme]) else f':{port}'}{path}")


def as_workspace(name: str) -> str:
    """The name of a workspace. One that is an address is brought into the form that names it: without a slash at its
    end, its host in small letters."""
    if not _BEGINNING.match(name):
        return name
    try:
        return str(Address.parse(name, insecure=True))
    except UsageError:  # a name like another, or what is refused elsewhere in its own words
        return name


def _fault(text: str) -> str:
    """What is wrong with it, "" for nothing. It is not repeated: what makes it fail may be a secret in it."""
    try:
        parts = urlsplit(text)
        if parts.port == 0:
            return "Its port is not a number between 1 and 65535."
    except ValueError as error:
        if "ort " in str(error):  # Port could not be cast, Port out of range
            return "Its port is not a number between 1 and 65535."
        return "Its host is not the name or the number of one."
    if looks_secret(text):
        return "A part of it looks like a token, which has no place in an address."
    if parts.scheme.lower() not in DEFAULT_PORTS:
        return "It begins with neither https:// nor http://."
    if not parts.hostname:
        return "It names no host."
    if parts.query or parts.fragment or text.endswith(("?", "#")):
        return "Nothing may follow a ? or # in it."
    if any(not char.isprintable() or char.isspace() or char in '\\<>"' for char in text):
        return "It has a blank, a quotation mark or another character that no address has."
    return ""


def _is_this_machine(host: str) -> bool:
    """A name that only begins with 127 may belong to anybody."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
