"""The pair that Rocket.Chat knows an account by. It is sent, and never shown."""

import re
from dataclasses import dataclass, field

import requests
from requests.auth import AuthBase

from rc2graph.errors import UsageError


@dataclass(frozen=True)
class Credentials(AuthBase):
    """The pair (rocketchat.md §1.1). Never shown: neither in `repr` nor in any message."""

    user_id: str = field(repr=False)
    token: str = field(repr=False)

    def __post_init__(self) -> None:
        """Errors: `UsageError` for what cannot be sent; the library's own words for that would show the token."""
        for name, value in (("user id", self.user_id), ("token", self.token)):
            if not value or not all("!" <= char <= "~" for char in value):
                raise UsageError(
                    f"The {name} {'holds characters that none has' if value else 'is empty'}.",
                    "",
                    "Set ROCKETCHAT_USER_ID and ROCKETCHAT_AUTH_TOKEN to the pair as Rocket.Chat showed it.",
                )

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["X-User-Id"] = self.user_id
        request.headers["X-Auth-Token"] = self.token
        return request

    def safe(self, text: str) -> str:
        """Foreign text without the pair in it (a server may echo it), without control characters."""
        for secret in (self.token, self.user_id):
            if len(secret) > 5:
                text = re.sub(re.escape(secret), "…", text, flags=re.IGNORECASE)  # host names come in lower case
        return "".join(char if char.isprintable() else " " for char in text).strip()


def nobody(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """No credentials, and none from a .netrc either."""
    return request
