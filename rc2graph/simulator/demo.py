"""The demonstration company behind a server, as `simulate` and `demo` serve it."""

from datetime import UTC, datetime, timedelta

from .company import demo_company
from .night import turn_night
from .server import Simulator

DAY = timedelta(days=1)


def demo_server(
    *,
    users: int = 500,
    version: str = "8.6.1",
    limited: bool = False,
    time_scale: float = 1.0,
    port: int = 0,
    day: int = 1,
) -> Simulator:
    """A simulator with a company of `users` people as of now; `limited`: its reader has no bypass. `day` 2: the same
    company after a night."""
    workspace = demo_company(people=users, now=datetime.now(UTC) - DAY * (day - 1))
    if day == 2:
        turn_night(workspace)
    if limited:
        for role in list(workspace.permissions["api-bypass-rate-limit"]["roles"]):
            if role != "admin":
                workspace.revoke("api-bypass-rate-limit", role)
    return Simulator(workspace, version=version, time_scale=time_scale, port=port)
