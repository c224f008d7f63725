"""Members of every team, and how many rows of each team are still hidden.

`teams.members` shows active members only; `teams.listAll` counts all rows (api.md §6.2, §6.3). So for each team

    hidden = memberRows - members seen in this look - rows of deleted users that the last run was left with

and while that is above zero, `users.listTeams` is asked for accounts that are not active, likeliest first, until the
numbers add up. One answer tells all teams of its user.
"""

import logging
from collections.abc import Iterator

from rc2graph.collect import ledger
from rc2graph.collect.known import Known
from rc2graph.rocketchat.listing import Listing
from rc2graph.snapshot import Collection

log = logging.getLogger("rc2graph.collect")

NOT_ACTIVE = """SELECT id FROM user WHERE active IS NOT 1
  AND look = (SELECT max(look) FROM user AS later WHERE later.id = user.id) ORDER BY id"""


class Members:
    """The teams of one look: whose members are to be read, and what stays hidden of each."""

    def __init__(self, file: Collection, base: int, known: Known, teams: list[str]) -> None:
        self.file, self.base = file, base
        self.orphans, self.teams = known.orphan_rows(), teams
        self.rows = dict(
            file.rows(
                "SELECT id, member_rows FROM team WHERE look = (SELECT max(look) FROM team t WHERE t.id = team.id)"
            )
        )
        self.hidden: dict[str, int] = {}
        """Of teams whose members are all read: how many rows nobody has shown yet. Negative: more were shown. Of a team
        that does not tell its rows there may always be one more: then all accounts are asked."""
        members = known.members([team for team in teams if self.rows.get(team) == 0])
        self.emptied = {team for team, users in members.items() if users}
        self.current: tuple[str, Listing] | None = None
        self.done = 0
        self._left = self._open()

    def _open(self) -> Iterator[tuple[str, Listing]]:
        for team in self.teams:
            stands = ledger.listing(self.file, "teams.members", self.base, team)
            if self.rows.get(team) == 0 and team not in self.emptied:
                stands.complete = True  # a team without rows has no members: no call (api.md §9)
            if stands.complete or stands.exhausted:
                self.settled(team)
            else:
                yield team, stands

    def next(self) -> tuple[str, Listing] | None:
        """The team whose page is to be asked for next."""
        if self.current is None or self.current[1].next() is None:
            self.current = next(self._left, None)
        return self.current

    def settled(self, team: str) -> None:
        """All that will come of this team's members has come."""
        self.done += 1
        self.count(team)

    def count(self, team: str) -> None:
        """Work out what is hidden of a team now."""
        rows = self.rows.get(team)
        self.hidden[team] = 1 if rows is None else rows - self.seen(team) - self.orphans.get(team, 0)

    def seen(self, team: str) -> int:
        return int(
            self.file.rows(
                "SELECT count(DISTINCT user_id) FROM member WHERE team_id = ? AND look >= ?", team, self.base
            )[0][0]
        )

    @property
    def open(self) -> list[str]:
        return [team for team, rows in self.hidden.items() if rows > 0]


class Hidden:
    """Accounts to ask for their teams, while anything is hidden: first those that the graph knows as members of the
    teams concerned, then all others that are not active."""

    def __init__(self, file: Collection, base: int, known: Known) -> None:
        self.file, self.known = file, known
        self.asked = {page.subject for page in file.pages("users.listTeams", look=base)}
        self._teams: set[str] = set()
        self._likely: list[str] = []
        self._others: list[str] | None = None

    def next(self, teams: list[str]) -> str | None:
        """The next account to ask for, `teams` being those with something hidden; None when all have been asked."""
        if not teams:
            return None
        if self._others is None:
            self._others = [user for (user,) in self.file.rows(NOT_ACTIVE)][::-1]
        if not self._likely and (new := [team for team in teams if team not in self._teams]):
            self._teams.update(new)
            known = set().union(*self.known.members(new).values())
            self._likely += sorted(known.intersection(self._others), reverse=True)
        for users in (self._likely, self._others):
            while users:
                user = users.pop()
                if user not in self.asked:
                    self.asked.add(user)
                    return user
        return None

    @property
    def left(self) -> int:
        return len(self._others or ())
