"""What the graph knows and no list shows: what can be asked for by itself is asked, one by one."""

import logging
from collections.abc import Callable
from datetime import datetime

from rc2graph.collection import ledger
from rc2graph.collection.check import instant
from rc2graph.collection.discrepancies import VANISHED, Discrepancies
from rc2graph.collection.pass_ import TEAM_IS_GONE, Pass
from rc2graph.errors import MissingPermissionError
from rc2graph.model import TEAM
from rc2graph.rocketchat.client import Client
from rc2graph.rocketchat.endpoints import MEMBERS, TEAMS_OF_USER, USERS
from rc2graph.rocketchat.failure import Refused
from rc2graph.snapshot import Page
from rc2graph.text import counted

log = logging.getLogger("rc2graph.collect")


class Vanished:
    """`pass_`: takes the answers about members, as those of the pass `VANISHED`."""

    def __init__(self, client: Client, discrepancies: Discrepancies, pass_: Pass, now: Callable[[], datetime]) -> None:
        self.client, self.discrepancies, self.pass_, self.now = client, discrepancies, pass_, now
        self.file, self.checks, self.previous = discrepancies.file, discrepancies.checks, discrepancies.previous

    def ask(self) -> None:
        self._teams()
        self._members()

    def _teams(self) -> None:
        """A team that is gone is not known to `teams.members` either, which says so."""
        known = self.previous.ids(TEAM)
        vanished = known - set(self.discrepancies.all_teams())
        asked = {page.subject for page in self.file.pages(MEMBERS.route, look=VANISHED)}
        if not self.previous.worth_asking(len(vanished), len(known)):
            return
        for team in sorted(vanished - asked):
            note = ledger.THERE
            try:
                self.client.ask(MEMBERS, {"teamId": team, "count": 1, "offset": 0}).rows.close()
            except MissingPermissionError as error:
                raise self.checks.refused(MEMBERS, error) from None
            except Refused as error:
                note = ledger.GONE if TEAM_IS_GONE in error.text else ledger.REFUSED
            status = 200 if note == ledger.THERE else 400
            at = instant(self.now())
            self.file.commit(Page(MEMBERS.route, VANISHED, team, status=status, note=note, at=at))

    def _members(self) -> None:
        """Members that the graph knows, that were not seen, of teams whose numbers are no proof: asked one by one.

        An account that no list of users shows is deleted, and `users.listTeams` would answer for it all the same
        (rocketchat.md §4.4). Only `users.list` leaves accounts out, but none that has a name or an address
        (rocketchat.md §4.1).
        """
        with_orphans = set(self.previous.orphan_rows()) & set(self.discrepancies.all_teams())
        teams = sorted({*self.discrepancies.gaps(), *self.discrepancies.untold(), *with_orphans})
        known = self.previous.members(teams) if teams else {}
        unseen: set[str] = set()
        total = 0
        for team, members in known.items():
            seen = {user for (user,) in self.file.rows("SELECT user_id FROM member WHERE team_id = ?", team)}
            unseen |= members - seen
            total += len(members)
        vanished = {user for user in unseen if self._listed(user)}
        if self.checks.source is USERS:
            vanished |= (unseen - vanished) - self.previous.named(unseen - vanished)
        asked = {page.subject for page in self.file.pages(TEAMS_OF_USER.route, look=VANISHED)}
        if not vanished or not self.previous.worth_asking(len(vanished), total):
            return
        log.info("asking for %s not seen any more", counted(len(vanished), "member"))
        for user in sorted(vanished - asked):
            self.checks.before_asking()
            try:
                self.pass_.accept_hidden(user, self.client.ask(TEAMS_OF_USER, {"userId": user}), None)
            except MissingPermissionError as error:
                raise self.checks.refused(TEAMS_OF_USER, error) from None
            except Refused as error:
                self.pass_.accept_hidden(user, None, error)

    def _listed(self, user: str) -> bool:
        return bool(self.file.rows("SELECT 1 FROM user WHERE id = ? LIMIT 1", user))
