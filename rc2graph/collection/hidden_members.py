"""Members of every team, and how many rows of each team are still hidden.

`teams.members` shows active members only; `teams.listAll` counts all rows (rocketchat.md §6.2, §6.3). So for each team

    hidden = memberRows - members seen in this pass - rows of deleted users that the last run was left with

and while that is above zero, `users.listTeams` is asked for accounts that are not active, likeliest first, until the
numbers add up. One answer tells all teams of its user.

The second pass asks all of them again where that takes no time. Where it would wait for the rate limit, what an account
told holds for the next pass too (`hold`), and again is asked only who would lose a membership that the graph knows, who
was refused, and, of a team that counts less than was seen, who was found in it. Permission checks before and after
(`check`) speak for the others, and a row for which nobody was found is unconfirmed until another load has asked.
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
  AND NOT EXISTS (SELECT 1 FROM ledger WHERE route = 'users.listTeams' AND subject = user.id AND {})
  AND id > ?2"""
"""Accounts behind an id that are not active, and were not asked yet."""
IN_THIS_PASS = NOT_ACTIVE.format("look = ?1")
IN_ANY_PASS = NOT_ACTIVE.format("(look = ?1 OR status < 400)")
HELD = 9
"""Behind a pass's number, the look of what accounts told in an earlier pass, and holds for this one."""
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

    def hold(self) -> None:
        """What accounts told in earlier passes holds for this one."""
        self.file.execute(
            """UPDATE OR REPLACE member SET look = ?1 + ?2 WHERE look < ?1
               AND team_id IN (SELECT value FROM json_each(?3))
               AND line IN (SELECT line FROM ledger WHERE route = 'users.listTeams')""",
            self.base, HELD, json.dumps(self.teams),
        )  # fmt: skip
        self.file.set_meta(asked_once="1")

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
        hidden = self._hidden(team)
        if hidden < 0 and self.base:  # somebody has left whom an earlier pass found
            held = (self.base + HELD, self.base - 1)
            self.file.execute("UPDATE OR REPLACE member SET look = ?3 WHERE team_id = ?1 AND look = ?2", team, *held)
            hidden = self._hidden(team)
        self._set(team, hidden)

    def _hidden(self, team: str) -> int:
        rows = self.rows.get(team)
        return 1 if rows is None else rows - self.seen(team) - self.orphans.get(team, 0)

    def shown(self, user: str, teams: set[str]) -> None:
        """`users.listTeams` tells the teams of an account: what `teams.members` has not shown is hidden no more."""
        for team in teams & self.hidden.keys():
            if self.rows.get(team) is not None and not self._listed(team, user):
                self._set(team, self.hidden[team] - 1)

    def proves(self, caller: str, teams: set[str]) -> bool:
        """Whether one of these is a private team that the caller is not in: then the answer left none out
        (rocketchat.md §4.4)."""
        read = [team for team in teams if team in self.hidden and not self._listed(team, caller)]
        private = "SELECT 1 FROM team WHERE id IN (SELECT value FROM json_each(?)) AND private = 1 LIMIT 1"
        return bool(read and self.file.rows(private, json.dumps(read)))

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
        self.hold = False
        """Who was asked in an earlier pass is not asked again."""
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
            self.left = int(self.file.rows(f"SELECT count(*) {self._others_left}", self.base, "")[0][0])
            self._others = self._by_id()
        if not self._likely and (new := [team for team in teams if team not in self._teams]):
            self._teams.update(new)
            self._likely = sorted(self._not_asked(self._expected(new)), reverse=True)
            self._early.update(self._likely)
        if not self._likely and patient and self._knows:
            return None
        user = self._likely.pop() if self._likely else next(self._others, None)
        if user is not None:
            self.asked, self.left = self.asked + 1, self.left - 1
        return user

    def asked_before(self) -> int:
        """How many accounts were asked in earlier passes."""
        asked = "SELECT count(DISTINCT subject) FROM ledger WHERE route = 'users.listTeams' AND look < ?"
        return int(self.file.rows(asked, self.base)[0][0])

    @property
    def _others_left(self) -> str:
        return IN_ANY_PASS if self.hold else IN_THIS_PASS

    def _by_id(self) -> Iterator[str]:
        while some := self.file.rows(f"SELECT id {self._others_left} ORDER BY id LIMIT {SOME}", self.base, self._last):
            for (user,) in some:
                self._last = user
                if user not in self._early:
                    yield user

    def _expected(self, teams: list[str]) -> set[str]:
        """Who was a member, by the graph or an earlier pass, and was not seen in this one."""
        known = self.previous.members(teams)
        unseen = """SELECT user_id FROM member WHERE team_id = ?1 AND look < ?2 UNION SELECT value FROM json_each(?3)
                    EXCEPT SELECT user_id FROM member WHERE team_id = ?1 AND look >= ?2"""
        return {
            user
            for team in teams
            for (user,) in self.file.rows(unseen, team, self.base, json.dumps(sorted(known.get(team, ()))))
        }

    def _not_asked(self, users: set[str]) -> set[str]:
        """Of these, who is not active and was not asked yet; all up to the last id were."""
        among = f"SELECT id {IN_THIS_PASS} AND id IN (SELECT value FROM json_each(?3))"
        found = self.file.rows(among, self.base, self._last, json.dumps(sorted(users)))
        return {user for (user,) in found} - self._early
