"""The workspace's address, as a person pastes it, brought into the one form that names the workspace."""

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from rc2graph.errors import UsageError

DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Address:
    """`url`: scheme and host in lower case, default port and trailing slash dropped, path prefix kept (api.md §1.4)."""

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
        try:
            parts = urlsplit(text)
            host, port = (parts.hostname or "").lower(), parts.port
        except ValueError as error:
            raise UsageError("The Rocket.Chat address is malformed.", str(error), example) from error
        if parts.username is not None or parts.password is not None:
            raise UsageError(
                "The Rocket.Chat address has a user name or password in it.",
                "It would end up in logs and in the graph.",
                "Give the plain address; the token goes into ROCKETCHAT_USER_ID and ROCKETCHAT_AUTH_TOKEN.",
            )
        bad = any(not char.isprintable() or char.isspace() or char in '\\<>"' for char in text)
        if parts.scheme.lower() not in DEFAULT_PORTS or not host or bad or parts.query or parts.fragment:
            raise UsageError(f"The Rocket.Chat address {text!r} is malformed.", "", example)
        scheme = parts.scheme.lower()
        if scheme == "http" and not (_is_this_machine(host) or insecure):
            raise UsageError(
                f"The address http://{host} would send the token unencrypted.",
                "",
                "Use https, or add --insecure-http where the network between is your own.",
            )
        path = parts.path.rstrip("/")
        for ending in ("/api/v1", "/api"):
            path = path.removesuffix(ending).rstrip("/")
        host = f"[{host}]" if ":" in host else host
        return cls(f"{scheme}://{host}{'' if port in (None, DEFAULT_PORTS[scheme]) else f':{port}'}{path}")


def _is_this_machine(host: str) -> bool:
    """A name that only begins with 127 may belong to anybody."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
