"""How many calls a load will need, how long the limiter will make them take, and what would make it faster.

    about 8 lists, one call for each team, and at most one for each account that is not active      (rocketchat.md §9)

Routes run side by side with budgets of their own, so the slowest one counts.
"""

from dataclasses import dataclass
from math import ceil

from rc2graph.rocketchat.client import Client
from rc2graph.rocketchat.endpoints import ME, MEMBERS, OPTIONAL, Endpoint
from rc2graph.rocketchat.preflight import BYPASS
from rc2graph.rocketchat.probe import Probe
from rc2graph.text import counted

LISTS = 12 + 2 * len(OPTIONAL)
"""Version, caller twice, permissions twice, roles twice, users, those who wait for approval, those who are not active,
teams twice; each optional list twice at most."""


@dataclass(frozen=True)
class Estimate:
    """`calls` and `minutes` of one look. It may be less, as deactivated accounts are asked only while team rows are
    hidden; what does not add up then is asked in a second one."""

    source: Endpoint
    users: int | None
    deactivated: int | None
    teams: int | None
    limited: bool
    limit: int
    period: float
    bypass: bool = False
    bound: bool = False
    """Nothing but the pace that a person set holds it up."""

    @property
    def calls(self) -> int | None:
        if self.teams is None:
            return None
        return LISTS + self.teams + (self.deactivated or 0)

    @property
    def minutes(self) -> int | None:
        """⌈n/10⌉ − 1 windows of the slowest route, rounded up; 0 without limiter (the server's own speed)."""
        if self.teams is None:
            return None
        return self._minutes(self.limit) if self.limited else 0

    def _minutes(self, limit: int) -> int:
        windows = max(ceil(max(self.teams or 0, self.deactivated or 0) / limit) - 1, 0)
        return ceil(windows * self.period / 60)

    @property
    def limiter_text(self) -> str:
        if not self.limited:
            return "The rate limit does not hold this account up: every route runs at the server's speed."
        if self.bound:
            return f"The pace that you set lets {counted(self.limit, 'call')} per {self.period:g} s and route through."
        return f"The rate limit lets {counted(self.limit, 'call')} per {self.period:g} s and route through."

    @property
    def size_text(self) -> str:
        if self.teams is None:
            return "How much there is to read cannot be seen."
        known = [counted(self.users, "user") if self.users is not None else "", counted(self.teams, "team")]
        if self.deactivated is not None:
            known.insert(1, f"{self.deactivated:,} of them deactivated")
        time = f"about {self.minutes} min" if self.minutes else "a minute or less"
        again = "lists alone, and no account" if self.limited else "lists and accounts"
        return (
            f"{', '.join(text for text in known if text)}: about {counted(self.calls or 0, 'call')}, {time}. "
            f"Where something does not add up, as after accounts were deleted, a second look follows: {again}."
        )

    @property
    def advice(self) -> list[str]:
        if not self.limited or not self.minutes:
            return []
        raised = 10 * self.limit
        then = f"about {minutes} min" if (minutes := self._minutes(raised)) else "a minute or less"
        if self.bypass and self.bound:
            return ["Faster: without --rate-calls and --rate-period; Rocket.Chat does not hold this account up."]
        if self.bypass:
            return [f"The account holds {BYPASS!r}, and Rocket.Chat refused a request all the same (429)."]
        return [
            f"Faster: grant {BYPASS!r} to a role of this account, and no minute is spent waiting.",
            f"Or raise 'API_Enable_Rate_Limiter_Limit_Calls_Default' from {self.limit} to {raised}: then {then}. "
            "The server takes the new number only after a restart.",
        ]


def estimate(client: Client, found: Probe) -> Estimate:
    """What was `found` when each list was asked once, and how long that makes a load."""
    throttle = client.throttle(ME.route)
    bound = throttle.pace.bound
    return Estimate(
        found.source, found.users, found.deactivated, found.teams,
        limited=throttle.limited is True or bound,
        limit=min(throttle.limit, throttle.pace.calls) if bound else throttle.limit,
        period=client.throttle(MEMBERS.route).period if bound else throttle.period,
        bypass=client.bypass,
        bound=bound and not throttle.limited,
    )  # fmt: skip
