"""How far a collection is, and how long the limiter will still make it take."""

from dataclasses import dataclass
from math import ceil

from rc2graph.collect.members import Hidden, Members
from rc2graph.rocketchat.client import Client
from rc2graph.rocketchat.endpoints import MEMBERS, TEAMS_OF_USER
from rc2graph.rocketchat.listing import Listing


@dataclass
class Progress:
    """`seconds_left`: of the slowest route, by the windows of the limiter; None while that is not known."""

    stage: str = "reading"
    users: int = 0
    users_total: int | None = None
    teams: int = 0
    teams_total: int | None = None
    hidden_rows: int = 0
    accounts_asked: int = 0
    accounts_left: int = 0
    requests: int = 0
    seconds_left: float | None = None

    def update(self, client: Client, users: Listing, members: Members | None, hidden: Hidden) -> None:
        self.requests = client.requests
        self.users, self.users_total = users.distinct, users.total
        if members is None:
            return
        self.teams, self.teams_total = members.done, len(members.teams)
        self.hidden_rows = sum(members.hidden[team] for team in members.open)
        self.accounts_asked = len(hidden.asked)
        self.accounts_left = hidden.left if self.hidden_rows else 0
        left = {MEMBERS.route: len(members.teams) - members.done, TEAMS_OF_USER.route: self.accounts_left}
        self.seconds_left = max(seconds_for(client, route, calls) for route, calls in left.items())


def seconds_for(client: Client, route: str, calls: int) -> float:
    """What the limiter makes of so many calls to a route: about (⌈n/10⌉ − 1) minutes by default (api.md §9)."""
    throttle = client.throttle(route)
    if throttle.limited is False and not throttle.pace.bound:
        return 0.0
    return max(ceil(calls / max(throttle.limit, 1)) - 1, 0) * throttle.period
