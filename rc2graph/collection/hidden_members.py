"""Members of every team, and how many rows of each team are still hidden.

`teams.members` shows active members only; `teams.listAll` counts all rows (rocketchat.md §6.2, §6.3). So for each team

    hidden = memberRows - members seen in this pass - rows of deleted users that the last run was left with

and while that is above zero, `users.listTeams` is asked for accounts that are not active, likeliest first, until the
numbers add up. One answer tells all teams of its user.
"""

import json
import logging
from collections.abc import Iterable, Iterator

from rc2graph.collection import ledger
from rc2graph.collection.previous_state import PreviousState
from rc2graph.model import TEAM
from rc2graph.rocketchat.listing import Listing
from rc2graph.snapshot import Collection

log = logging.getLogger("rc2graph.collect")

NOT_ACTIVE = """FROM user WHERE active IS NOT 1
  AND look = (SELECT max(look) FROM user AS later WHERE later.id = user.id)
  AND NOT EXISTS (SELECT 1 FROM ledger WHERE route = 'users.listTeams' AND subject = user.id AND look = ?1)
  AND id > ?2"""
"""Accounts behind an id that are not active, and were not asked in this pass."""
SOME = 1_000
"""Accounts that are remembered at a time: there may be hundreds of thousands."""


class Members:
    """The teams of one pass: whose members are to be read, and what stays hidden of each."""

    def __init__(self, file: Collection, base: int, previous: PreviousState, teams: list[str]) -> None:
        self.file, self.base = file, base
        self.orphans, self.teams = previous.orphan_rows(), teams
        self.rows = dict(
            file.rows(
                "SELECT id, member_rows FROM team WHERE look = (SELECT max(look) FROM team t WHERE t.id = team.id)"
            )
        )
        self.hidden: dict[str, int] = {}
        """Of teams whose members are all read: how many rows nobody has shown yet. Negative: more were shown. Of a team
        that does not tell its rows there may always be one more: then all accounts are asked."""
        self.open: dict[str, int] = {}
        """Of these, the teams with something hidden."""
        members = previous.members([team for team in teams if self.rows.get(team) == 0])
        self.emptied = {team for team, users in members.items() if users}
        self._reading: dict[str, Listing] = {}
        self._asked: set[str] = set()
        self.done = 0
        self._left = self._open()

    def _open(self) -> Iterator[tuple[str, Listing]]:
        for team in self.teams:
            stands = ledger.listing(self.file, "teams.members", self.base, team)
            if self.rows.get(team) == 0 and team not in self.emptied:
                stands.complete = True  # a team without rows has no members: no call (rocketchat.md §9)
            if stands.complete or stands.exhausted:
                self.settled(team)
            else:
                yield team, stands

    def next(self) -> tuple[str, Listing] | None:
        """The team whose page is to be asked for next; it is `answered` before its next page comes."""
        team = next((team for team in self._reading if team not in self._asked), None)
        if team is None:
            team, stands = next(self._left, (None, None))
            if team is None or stands is None:
                return None
            self._reading[team] = stands
        self._asked.add(team)
        return team, self._reading[team]

    def answered(self, team: str) -> Listing:
        """The list that the answer which has come belongs to."""
        self._asked.discard(team)
        return self._reading[team]

    def settled(self, team: str) -> None:
        """All that will come of this team's members has come."""
        self._reading.pop(team, None)
        self.done += 1
        rows = self.rows.get(team)
        self._set(team, 1 if rows is None else rows - self.seen(team) - self.orphans.get(team, 0))

    def shown(self, user: str, teams: set[str]) -> None:
        """`users.listTeams` tells the teams of an account: what `teams.members` has not shown is hidden no more."""
        for team in teams & self.hidden.keys():
            if self.rows.get(team) is not None and not self._listed(team, user):
                self._set(team, self.hidden[team] - 1)

    def _set(self, team: str, hidden: int) -> None:
        self.hidden[team] = hidden
        if hidden > 0:
            self.open[team] = hidden
        else:
            self.open.pop(team, None)

    def _listed(self, team: str, user: str) -> bool:
        return bool(
            self.file.rows(
                "SELECT 1 FROM member WHERE team_id = ? AND user_id = ? AND look > ? LIMIT 1", team, user, self.base
            )
        )

    def seen(self, team: str) -> int:
        return int(
            self.file.rows(
                "SELECT count(DISTINCT user_id) FROM member WHERE team_id = ? AND look >= ?", team, self.base
            )[0][0]
        )


class Hidden:
    """Accounts to ask for their teams, while anything is hidden: first those that the graph knows as members of the
    teams concerned, then all others that are not active, by their ids."""

    def __init__(self, file: Collection, base: int, previous: PreviousState) -> None:
        self.file, self.base, self.previous = file, base, previous
        self.asked = file.rows("SELECT count(*) FROM ledger WHERE route = 'users.listTeams' AND look = ?", base)[0][0]
        self.left = 0
        self._teams: set[str] = set()
        self._likely: list[str] = []
        self._early: set[str] = set()
        """Accounts that were likely: they are not asked again when their id is due."""
        self._others: Iterator[str] | None = None
        self._last = ""
        self._knows = False

    def next(self, teams: Iterable[str], *, patient: bool) -> str | None:
        """The next account to ask for, `teams` being those with something hidden; None where there is none. `patient`:
        more teams are to come, so where the graph knows any, accounts that it does not know are not asked yet."""
        if not teams:
            return None
        if self._others is None:
            self._knows = bool(self.previous.ids(TEAM))
            self.left = int(self.file.rows(f"SELECT count(*) {NOT_ACTIVE}", self.base, "")[0][0])
            self._others = self._by_id()
        if not self._likely and (new := [team for team in teams if team not in self._teams]):
            self._teams.update(new)
            self._likely = sorted(self._not_asked(set().union(*self.previous.members(new).values())), reverse=True)
            self._early.update(self._likely)
        if not self._likely and patient and self._knows:
            return None
        user = self._likely.pop() if self._likely else next(self._others, None)
        if user is not None:
            self.asked, self.left = self.asked + 1, self.left - 1
        return user

    def _by_id(self) -> Iterator[str]:
        while some := self.file.rows(f"SELECT id {NOT_ACTIVE} ORDER BY id LIMIT {SOME}", self.base, self._last):
            for (user,) in some:
                self._last = user
                if user not in self._early:
                    yield user

    def _not_asked(self, users: set[str]) -> set[str]:
        """Of these, who is not active and was not asked yet; all up to the last id were."""
        among = f"SELECT id {NOT_ACTIVE} AND id IN (SELECT value FROM json_each(?3))"
        found = self.file.rows(among, self.base, self._last, json.dumps(sorted(users)))
        return {user for (user,) in found} - self._early
