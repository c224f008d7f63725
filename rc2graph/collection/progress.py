"""How far a collection is, and how long the limiter will still make it take."""

from dataclasses import dataclass

from rc2graph.collection.hidden_members import Hidden, Members
from rc2graph.rocketchat.client import Client
from rc2graph.rocketchat.endpoints import MEMBERS, TEAMS_OF_USER
from rc2graph.rocketchat.listing import Listing


@dataclass
class Progress:
    """`seconds_left`: of this pass, by the slowest route and the windows of the limiter; None while that is not known.

    From the second window on it is right to within a window, but for two things that nobody can know: accounts that
    are not active are asked only until nothing is hidden any more (`at_most`), and what does not add up then is read
    a second time, which is another pass.
    """

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
    at_most: bool = False
    waiting: bool = False
    """Every route that has something left to ask waits for the limiter: nothing moves until its window ends."""
    away: bool = False
    """Every request that is under way has failed, and is tried again: nothing moves until the server answers."""

    def update(self, client: Client, users: Listing, members: Members | None, hidden: Hidden) -> None:
        self.requests, self.away = client.requests, client.away
        self.users, self.users_total = users.distinct, users.total
        if members is None:
            return
        self.teams, self.teams_total = members.done, len(members.teams)
        self.hidden_rows = sum(members.open.values())
        self.accounts_asked = hidden.asked
        self.accounts_left = hidden.left if self.hidden_rows else 0
        of_teams, of_accounts = client.throttle(MEMBERS.route), client.throttle(TEAMS_OF_USER.route)
        teams_left = len(members.teams) - members.done
        by_teams, by_accounts = of_teams.ahead(teams_left), of_accounts.ahead(self.accounts_left)
        self.seconds_left, self.at_most = max(by_teams, by_accounts), by_accounts > by_teams
        next_calls = [
            route.ahead(1) for route, left in ((of_teams, teams_left), (of_accounts, self.accounts_left)) if left
        ]
        self.waiting = bool(next_calls) and all(next_calls)
