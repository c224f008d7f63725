"""One pass at everything: users, roles, teams, rooms side by side, then the members of each team and what is hidden.

Routes have separate budgets (rocketchat.md §2.2), so each runs in a lane of its own; this loop alone feeds them and
writes down what comes. At its end the teams are counted again: a team's numbers are proof only where they were the same
before and after its members were read. (Somebody who joins in between stands in the sum for a deactivated member, whom
no list shows.)
"""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from rc2graph.collection import ledger
from rc2graph.collection.approval import IN_WORDS, Approval
from rc2graph.collection.check import Checks, instant
from rc2graph.collection.hidden_members import Hidden, Members
from rc2graph.collection.previous_state import PreviousState
from rc2graph.collection.progress import Progress
from rc2graph.errors import IncompleteError, MissingPermissionError, SourceError
from rc2graph.model import TEAM, USER, Membership
from rc2graph.rocketchat.answer import Answer
from rc2graph.rocketchat.client import Client
from rc2graph.rocketchat.endpoints import (
    ALL,
    MEMBERS,
    OPTIONAL,
    ROLES,
    ROOMS,
    TEAMS,
    TEAMS_OF_USER,
    USERS,
    Endpoint,
    OptionalList,
)
from rc2graph.rocketchat.failure import Refused, UnknownRoute
from rc2graph.rocketchat.listing import COMPLETE, TRIES, Listing
from rc2graph.rocketchat.mapping import without_emails
from rc2graph.rocketchat.preflight import LESS_PATIENCE
from rc2graph.rocketchat.route_workers import Done, RouteWorkers
from rc2graph.snapshot import Collection, Page
from rc2graph.snapshot.schema import kept

log = logging.getLogger("rc2graph.collect")

RECOUNT = 5
"""In a pass, the numbers of the second count of teams begin here, and those of the accounts that are not active."""
AHEAD = 3
"""Requests of a route that wait for their turn, with the one under way."""
ROLE_TRIES = 3
MAIN_ROOM_LACKING = "SELECT 1 FROM team WHERE room_id IS NOT NULL AND room_id NOT IN (SELECT id FROM room) LIMIT 1"
TEAM_IS_GONE = "team-does-not-exist"
BUILT_IN = {"admin", "user"}


def _list_in_words(endpoint: Endpoint, subject: str) -> str:
    """An optional list in a sentence, with the route that a reader finds in the server's log."""
    noun = endpoint.brings.noun if isinstance(endpoint, OptionalList) else IN_WORDS[subject]
    return f"The list of {noun} ({endpoint.route})"


class Pass:
    """`base` numbers the pass: its tries are base + 1, base + 2, …

    `teams` names those whose members are read, once the list of teams is there.
    """

    def __init__(
        self,
        client: Client,
        file: Collection,
        checks: Checks,
        previous: PreviousState,
        *,
        base: int,
        teams: Callable[[], list[str]],
        emails: bool,
        now: Callable[[], datetime],
        progress: Progress,
        report: Callable[[Progress], None],
        lists: bool = True,
    ) -> None:
        self.client, self.file, self.checks, self.previous = client, file, checks, previous
        self.base, self.teams, self.emails, self.now = base, teams, emails, now
        self.progress, self.report = progress, report
        self.users = self._begun(checks.source.route, base)
        self.listed = self._begun(TEAMS.route, base)
        self.recounted = self._begun(TEAMS.route, base + RECOUNT)
        if not lists:
            self.users.exhausted = self.listed.exhausted = self.recounted.exhausted = True
        self.approval = Approval(file, checks, base, self._begun, RECOUNT)
        self.optional = {one.route: (one, self._begun(one.route, base)) for one in OPTIONAL if self._wanted(one)}
        self.roles_left = 0 if any(page.note is None for page in self._role_pages()) else ROLE_TRIES
        self.members: Members | None = None
        self.hidden = Hidden(file, base, previous)

    def _begun(self, route: str, base: int, subject: str = "") -> Listing:
        """Where a list stands. One that could not be read in an earlier run of the command is begun anew."""
        stands = ledger.listing(self.file, route, base, subject)
        if not stands.exhausted:
            return stands
        self.file.forget(route, range(base + 1, base + 1 + TRIES), subject)
        return ledger.listing(self.file, route, base, subject)

    def _wanted(self, one: OptionalList) -> bool:
        """Nothing else needs it, so it is read once, and by whoever may. A list that lacks the main room of a team, or
        something that the graph knows, is asked for a second time."""
        lists = sum(page.note == COMPLETE for page in self.file.pages(one.route))
        if one.route in self.checks.silent or one.needs not in self.checks.held:
            return False
        return not lists or (lists == 1 and self._lacks(one))

    def _lacks(self, one: OptionalList) -> bool:
        here = {id_ for (id_,) in self.file.rows(f"SELECT id FROM {one.brings.table} WHERE {kept(one.brings)}")}
        main_room = one is ROOMS and bool(self.file.rows(MAIN_ROOM_LACKING))
        return main_room or bool(self.previous.ids(one.brings) - here)

    def run(self) -> None:
        """Errors: those of `Client.ask`; `IncompleteError` for a list that cannot be proven."""
        with RouteWorkers() as workers:
            while True:
                self._feed(workers)
                self._tell()
                if workers.idle:
                    break
                if (taken := workers.take(0.5)) is not None:
                    self._accept(*taken)
                if self.checks.due():
                    self.checks.again()

    # ---- what to ask next

    def _feed(self, workers: RouteWorkers) -> None:
        source = self.checks.source
        if not workers.sent(source.route) and (ask := self.users.next()):
            self._send(workers, source, "", **ask)
        if not workers.sent(source.route) and self.users.complete and (more := self.approval.next()):
            subject, endpoint, ask = more
            self._send(workers, endpoint, subject, patience=self.client.retry_for / LESS_PATIENCE, **ask)
        if not workers.sent(TEAMS.route) and (ask := self.listed.next()):
            self._send(workers, TEAMS, "", **ask)
        if not workers.sent(ROLES.route) and self.roles_left:
            self._send(workers, ROLES, "")
        for one, stands in self.optional.values():
            if not workers.sent(one.route) and (ask := stands.next()):
                self._send(workers, one, "", patience=self.client.retry_for / LESS_PATIENCE, **ask)
        if self.listed.complete and self.members is None:
            self.members = Members(self.file, self.base, self.previous, self.teams())
            if self.client.throttle(TEAMS_OF_USER.route).ahead(self.hidden.asked_before()):
                self.members.hold()
                self.hidden.hold = True
        if self.members:
            while self._may_send(workers, MEMBERS) and (job := self.members.next()):
                team, stands = job
                self._send(workers, MEMBERS, team, teamId=team, **(stands.next() or {}))
        if self.members and self.users.complete:
            reading = self.members.done < len(self.members.teams)
            patient = reading and not self.client.throttle(MEMBERS.route).limited
            while self._may_send(workers, TEAMS_OF_USER) and (
                user := self.hidden.next(self.members.open, patient=patient)
            ):
                self.checks.before_asking()
                self._send(workers, TEAMS_OF_USER, user, userId=user)
        if self.members and workers.idle and (ask := self.recounted.next()):
            self._send(workers, TEAMS, "", **ask)

    def _may_send(self, workers: RouteWorkers, endpoint: Endpoint) -> bool:
        """Where the limiter does not count, requests wait ahead, so that the server need not wait while we write."""
        free = self.client.throttle(endpoint.route).limited is False
        return workers.sent(endpoint.route) < (AHEAD if free else 1)

    def _send(
        self,
        workers: RouteWorkers,
        endpoint: Endpoint,
        subject: str,
        *,
        patience: float | None = None,
        **parameters: str | int,
    ) -> None:
        workers.send(endpoint.route, subject, lambda: self.client.ask(endpoint, parameters, patience))

    # ---- what an answer means

    def _accept(self, route: str, done: Done) -> None:
        if isinstance(done.error, MissingPermissionError) and route not in self.optional:
            raise self.checks.refused(next(one for one in ALL if one.route == route), done.error)
        if route == MEMBERS.route:
            self._accept_members(str(done.ticket), done)
        elif route == TEAMS_OF_USER.route:
            teams = self.accept_hidden(str(done.ticket), done.answer, done.error)
            if self.members:
                self.members.shown(str(done.ticket), teams)
                if self.members.proves(self.checks.caller.id, teams):
                    self.checks.proven()
        elif route == ROLES.route:
            self._accept_roles(done)
        elif route in self.optional:
            self._accept_optional(*self.optional[route], "", done, ledger.UNKNOWN, ledger.REFUSED)
        elif route == TEAMS.route:
            self._accept_list(TEAMS, self.recounted if self.listed.complete else self.listed, done)
        elif done.ticket:
            self._accept_approval(str(done.ticket), done)
        elif isinstance(done.error, UnknownRoute) and self.checks.source is not USERS:
            log.info("users.listByStatus is not known to this server: reading users.list")
            self.checks.fall_back()
            self.users = self._begun(USERS.route, self.base)
        else:
            self._accept_list(self.checks.source, self.users, done)

    def _accept_list(self, endpoint: Endpoint, listing: Listing, done: Done) -> None:
        if isinstance(done.error, Refused) and listing.refused():
            self._note(endpoint, listing.look, "", done.error.text, status=done.error.status)
        elif done.answer is None:
            raise done.error or RuntimeError(endpoint.route)
        else:
            self._page(endpoint, listing, "", done.answer)
            if listing.exhausted:
                raise IncompleteError(
                    f"{endpoint.route} could not be read completely.",
                    f"Read anew {listing.look - listing.first_look} times, and still {listing.why}.",
                    "Run the same command again when less is going on; the graph was not changed.",
                )

    def _accept_members(self, team: str, done: Done) -> None:
        assert self.members
        stands = self.members.answered(team)
        if isinstance(done.error, Refused):
            if TEAM_IS_GONE in done.error.text:
                self._note(MEMBERS, stands.look, team, ledger.GONE, status=400)
                stands.exhausted = True
            elif stands.refused():
                self._note(MEMBERS, stands.look, team, done.error.text, status=done.error.status)
            else:
                log.warning("teams.members refuses team %s: %s", team, done.error.text)
                self._note(MEMBERS, stands.look, team, ledger.REFUSED, status=400)
                stands.exhausted = True
        elif done.answer is None:
            raise done.error or RuntimeError(MEMBERS.route)
        else:
            self._page(MEMBERS, stands, team, done.answer)
        if stands.next() is None:
            self.members.settled(team)

    def accept_hidden(self, user: str, answer: Answer | None, error: Exception | None) -> set[str]:
        """What `users.listTeams` says of one account: the teams that it is in."""
        teams: set[str] = set()
        if isinstance(error, Refused):
            self._note(TEAMS_OF_USER, self.base, user, ledger.REFUSED, status=400)
        elif answer is None:
            raise error or RuntimeError(TEAMS_OF_USER.route)
        else:
            page = Page(TEAMS_OF_USER.route, self.base, user, rows=len(answer.rows), at=instant(self.now()))
            self.file.commit(page, answer.rows)
            teams.update(row.team_id for row in answer.rows)
            answer.rows.close()
        return teams

    def _accept_roles(self, done: Done) -> None:
        if done.answer is None:
            raise done.error or RuntimeError(ROLES.route)
        ids = [row.id for row in done.answer.rows]
        whole = set(ids) >= BUILT_IN and len(set(ids)) == len(ids)
        self.roles_left = 0 if whole else self.roles_left - 1
        page = Page(
            ROLES.route, self._next_role_look(), rows=len(done.answer.rows), at=instant(self.now()),
            note=None if whole else "without admin or user, or with a role twice",
        )  # fmt: skip
        self.file.commit(page, done.answer.rows)
        if not whole and not self.roles_left:
            raise IncompleteError(
                "roles.list could not be read completely.",
                "It lacks one of the built-in roles admin and user, or has a role twice.",
                "Look at the server's log, then run the same command again; the graph was not changed.",
            )

    def _accept_approval(self, subject: str, done: Done) -> None:
        """The account that asks is active, and approved: an answer that holds it is one to another question."""
        endpoint, listing = self.approval.lists[subject]
        if done.answer and any(row.id == self.checks.caller.id for row in done.answer.rows):
            done.answer.rows.close()
            self._give_up(endpoint, listing, subject, self.approval.lacking, 400)
        else:
            lacking = self.approval.lacking
            self._accept_optional(endpoint, listing, subject, done, lacking, lacking)

    def _accept_optional(
        self, endpoint: Endpoint, listing: Listing, subject: str, done: Done, unknown: str, refused: str
    ) -> None:
        """A list that nothing else needs: whatever is wrong with it costs nothing but what it tells, and little time.
        A permission that is missing is refused outright here, never answered with an empty list (rocketchat.md §1.3).
        `unknown`, `refused`: what is noted where the server has no such route, or refuses it for ever."""
        error, what = done.error, _list_in_words(endpoint, subject)
        if isinstance(error, MissingPermissionError):
            self._give_up(endpoint, listing, subject, ledger.FORBIDDEN, 403)
        elif isinstance(error, UnknownRoute):
            self._give_up(endpoint, listing, subject, unknown, 404)
        elif isinstance(error, Refused) and listing.refused():
            self._note(endpoint, listing.look, subject, error.text, status=error.status)
        elif isinstance(error, Refused):
            log.warning("%s is refused: %s", what, error.text)
            self._give_up(endpoint, listing, subject, refused, 400)
        elif isinstance(error, SourceError) and listing.refused():
            log.info("%s does not come in one answer. Asking for it in pages.", what)
            self._note(endpoint, listing.look, subject, error.what, status=504)
        elif isinstance(error, SourceError):
            log.warning("%s is not read: %s", what, error.what)
            self._give_up(endpoint, listing, subject, f"{ledger.UNANSWERED}{error.what}", 504)
            self.checks.silent.add(subject or endpoint.route)
        elif done.answer is None:
            raise error or RuntimeError(endpoint.route)
        elif done.answer.total is None:
            done.answer.rows.close()
            why = f"{ledger.UNANSWERED}{endpoint.route} does not say how many there are"
            self._give_up(endpoint, listing, subject, why, 504)
        else:
            self._page(endpoint, listing, subject, done.answer)

    def _give_up(self, endpoint: Endpoint, listing: Listing, subject: str, note: str, status: int) -> None:
        self._note(endpoint, listing.look, subject, note, status=status)
        listing.exhausted = True

    # ---- pages

    def _page(self, endpoint: Endpoint, listing: Listing, subject: str, answer: Answer) -> None:
        """Commit one page, and judge it in the same transaction."""
        if (total := answer.total) is None:
            raise IncompleteError(f"{endpoint.route} does not say how many there are.", "", "Is this a Rocket.Chat?")
        asked = listing.next() or {}
        page = Page(
            endpoint.route, listing.look, subject, asked.get("offset", 0), len(answer.rows), total,
            at=instant(self.now()),
        )  # fmt: skip
        first, last = (key(row) if row else None for row in (answer.rows.first, answer.rows.last))

        def judge(new: int) -> str:
            proof = endpoint is not self.checks.source or self._holds_caller(page.look)
            alone = listing.blind or listing.largest == 1
            again = alone and self._same_again(endpoint, page) == total
            return listing.accept(first, last, len(answer.rows), new, total, proof=proof, again=again)

        rows = answer.rows
        leave_out = endpoint is self.checks.source and not self.emails
        self.file.commit(page, map(without_emails, rows) if leave_out else rows, judge)
        rows.close()

    def _note(self, endpoint: Endpoint, look: int, subject: str, note: str, status: int) -> None:
        self.file.commit(Page(endpoint.route, look, subject, status=status, note=note, at=instant(self.now())))

    def _holds_caller(self, look: int) -> bool:
        """The list shows the account that asks, with some role if it has any: so roles are not left out of it
        (rocketchat.md §4.1)."""
        found = self.file.rows("SELECT roles FROM user WHERE id = ? AND look = ?", self.checks.caller.id, look)
        return bool(found) and (found[0][0] not in (None, "[]") or not self.checks.caller.roles)

    def _same_again(self, endpoint: Endpoint, page: Page) -> int | None:
        """How many rows this try has in all, where the try before had the very same ones."""
        nodes = {TEAMS.route: TEAM, **{one.route: one.brings for one in OPTIONAL}}
        table, key = f"{nodes.get(endpoint.route, USER).table} WHERE ?1 = ''", "id"
        if page.subject:
            of_team = "member WHERE team_id = ?1", "user_id"
            table, key = of_team if endpoint is MEMBERS else ("inactive WHERE ?1 <> ''", "id")
        before, now, both = self.file.rows(
            f"""SELECT count(*) FILTER (WHERE look = ?2 - 1), count(*) FILTER (WHERE look = ?2), count(DISTINCT {key})
                FROM {table} AND look IN (?2 - 1, ?2)""",
            page.subject, page.look,
        )[0]  # fmt: skip
        return now if before == now == both else None

    def _role_pages(self) -> list[Page]:
        return [page for page in self.file.pages(ROLES.route) if self.base < page.look <= self.base + ROLE_TRIES]

    def _next_role_look(self) -> int:
        return self.base + 1 + len(self._role_pages())

    def _tell(self) -> None:
        self.progress.update(self.client, self.users, self.members, self.hidden)
        self.report(self.progress)


def key(row: Any) -> str:
    return str(row.user_id if isinstance(row, Membership) else row.id)
