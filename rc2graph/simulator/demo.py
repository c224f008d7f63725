"""The demonstration company behind a server, as `simulate` and `demo` serve it."""

from datetime import UTC, datetime

from .company import demo_company
from .server import Simulator


def demo_server(
    *, users: int = 500, version: str = "8.6.1", limited: bool = False, time_scale: float = 1.0, port: int = 0
) -> Simulator:
    """A simulator with a company of `users` people as of now; `limited`: its reader has no bypass."""
    workspace = demo_company(people=users, now=datetime.now(UTC))
    if limited:
        for role in list(workspace.permissions["api-bypass-rate-limit"]["roles"]):
            if role != "admin":
                workspace.revoke("api-bypass-rate-limit", role)
    return Simulator(workspace, version=version, time_scale=time_scale, port=port)
