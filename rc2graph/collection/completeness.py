"""What is believed of a collection at its end: how complete each list is, and which teams are not settled."""

import json
import logging
from dataclasses import replace

from rc2graph.collection import ledger, unreadable
from rc2graph.collection.check import Checks
from rc2graph.collection.discrepancies import FIRST, LATEST, SECOND, TEAM_READ, VANISHED, Discrepancies
from rc2graph.model import LOADED
from rc2graph.rocketchat.endpoints import (
    MEMBERS,
    OPTIONAL,
    TEAMS,
    TEAMS_OF_USER,
    USERS,
    USERS_BY_STATUS,
    OptionalList,
)
from rc2graph.rocketchat.listing import ANEW, COMPLETE, Listing
from rc2graph.rocketchat.unreadable import CORRECT, HOLDERS
from rc2graph.snapshot import NEXT, Collection, Dataset
from rc2graph.snapshot.approval import IN_QUESTION, INACTIVE, NOT_TOLD, PENDING
from rc2graph.snapshot.schema import kept
from rc2graph.snapshot.shown import APPROVAL, UNCONFIRMED
from rc2graph.text import counted

log = logging.getLogger("rc2graph.collect")

AGAIN = "Run the same command again when less is going on in the workspace."
LOG = "Look at the server's log, then run the same command again."
"""What to do where a list was not seen in full."""

TABLES = {**{one.noun: one.table for one in LOADED}, "members": "member"}

ONCE_A_MEMBER = f"""DELETE FROM member WHERE user_id NOT IN (SELECT id FROM user)
  AND look < (SELECT base FROM {TEAM_READ} AS read WHERE read.team_id = member.team_id)"""
"""Somebody whom no list of users shows, and whose team did not show them either when it was read again, is gone."""


class Completeness:
    """Worked out once, when nothing more will be read. `unsettled`: team id → why its members are not proven."""

    def __init__(self, file: Collection, checks: Checks, discrepancies: Discrepancies, *, emails: bool) -> None:
        self.file, self.checks, self.discrepancies, self.emails = file, checks, discrepancies, emails
        self.unsettled = self._unsettled()
        self._gone_teams = self._gone()
        self.whole: list[str] = []
        """Lists all of whose rows have come, and only values of some of them cannot be read."""
        self.datasets = [self._readable(dataset) for dataset in self._datasets()]

    def settle(self, file: Collection) -> None:
        """Mend the rows, inside the transaction that closes the file."""
        for team in self._gone_teams:
            file.db.execute("DELETE FROM team WHERE id = ?", (team,))
        if self.checks.source is not USERS:  # which leaves accounts out
            file.db.execute(ONCE_A_MEMBER)
        file.db.execute(
            """UPDATE team SET unconfirmed_rows = 0, orphan_rows = max(0, member_rows -
                 (SELECT count(DISTINCT user_id) FROM member WHERE member.team_id = team.id))
               WHERE member_rows IS NOT NULL"""
        )
        if file.meta("asked_once"):
            file.db.execute("UPDATE team SET unconfirmed_rows = orphan_rows, orphan_rows = 0 WHERE orphan_rows > 0")
            file.db.executemany(
                """UPDATE team SET orphan_rows = min(unconfirmed_rows, ?1),
                                   unconfirmed_rows = unconfirmed_rows - min(unconfirmed_rows, ?1) WHERE id = ?2""",
                [(rows, team) for team, rows in self.discrepancies.previous.rows_of_nobody().items()],
            )
        file.db.executemany(
            "UPDATE team SET unsettled = ?, orphan_rows = NULL, unconfirmed_rows = NULL WHERE id = ?",
            [(why, team) for team, why in self.unsettled.items()],
        )
        said = {"not_visible": self.not_visible(), "whole": self.whole}
        file.db.executemany(
            "INSERT OR REPLACE INTO meta VALUES (?, ?)", [(key, json.dumps(value)) for key, value in said.items()]
        )

    def _gone(self) -> list[str]:
        """Teams of which the server said, when last asked, that they do not exist, and did not list them later."""
        return [
            team
            for team in self.discrepancies.open_teams()
            if self._last_note(team) == ledger.GONE and not self._listed_since(team)
        ]

    def _listed_since(self, team: str) -> bool:
        return bool(
            self.file.rows(
                """SELECT 1 FROM team WHERE id = ?1 AND line >
                   (SELECT max(line) FROM ledger WHERE route = 'teams.members' AND subject = ?1)""",
                team,
            )
        )

    def _last_note(self, team: str) -> str | None:
        notes = [page.note for page in self.file.pages(MEMBERS.route, subject=team)]
        return notes[-1] if notes else None

    def _unsettled(self) -> dict[str, str]:
        """Teams whose members are not proven, and why: refused for ever (400), or never at rest."""
        why = dict.fromkeys(self.discrepancies.moved(), "its members changed whenever they were read")
        for team in set(self.discrepancies.open_teams()) - set(self._gone()):
            if self._last_note(team) == ledger.GONE:
                why[team] = "its members are said not to exist, and yet it is listed"
            else:
                texts = [page.note or "" for page in self.file.pages(MEMBERS.route, subject=team) if page.status == 400]
                unread = "its members were refused" if texts else "its members could not be read completely"
                why[team] = next((text for text in texts if text != ledger.REFUSED), unread)
        for team, rows, seen in self.discrepancies.rows_seen():
            if rows < seen:
                why.setdefault(team, f"it counts {rows} members and shows {seen}")
        for team in self._blind():
            why.setdefault(team, "not one team that the account is not in shows any member")
        refused = {page.subject for page in self.file.pages(TEAMS_OF_USER.route) if page.note == ledger.REFUSED}
        answered = {page.subject for page in self.file.pages(TEAMS_OF_USER.route) if page.note != ledger.REFUSED}
        if refused - answered:
            for team in (*self.discrepancies.gaps(), *self.discrepancies.untold()):
                why.setdefault(team, "the teams of accounts that are not active were refused")
        return why

    def _blind(self) -> list[str]:
        """All teams with rows that the account itself is not in, where none of several has shown anybody: more likely
        something hides members from it (a licence may restrict whom permissions do not) than that all have gone."""
        foreign = self.file.rows(
            f"""SELECT id, EXISTS (SELECT 1 FROM member m JOIN ledger l USING (line)
                  WHERE m.team_id = team.id AND l.route = 'teams.members')
                FROM team WHERE member_rows > 0 AND {LATEST.format("team")}
                  AND NOT EXISTS (SELECT 1 FROM member WHERE team_id = team.id AND user_id = ?)""",
            self.checks.caller.id,
        )
        return [] if len(foreign) < 2 or any(shows for _, shows in foreign) else [team for team, _ in foreign]

    def _not_gone(self) -> list[str]:
        """Teams that the list does not show, and of which the server does not say that they are gone."""
        pages = self.file.pages(MEMBERS.route, look=VANISHED)
        return sorted(
            {page.subject for page in pages if page.note != ledger.GONE} - set(self.discrepancies.all_teams())
        )

    def _readable(self, dataset: Dataset) -> Dataset:
        """The same, but partial where values of its rows could not be read."""
        table = TABLES.get(dataset.name)
        why = unreadable.values(self.file, table) if table and dataset.state in ("complete", "partial") else None
        if why is None:
            return dataset
        if dataset.state == "complete":
            self.whole.append(dataset.name)
        step = dataset.step if dataset.state == "partial" and dataset.step else CORRECT
        both = f"{dataset.reason}; {why}" if dataset.state == "partial" and dataset.why else why
        return replace(dataset, state="partial", why=f"{both}.{NEXT}{step}")

    def _datasets(self) -> list[Dataset]:
        def count(sql: str) -> int:
            return int(self.file.rows(sql)[0][0])

        base = int(self.file.meta("look") or FIRST)
        users = ledger.listing(self.file, self.checks.source.route, base)
        teams = ledger.listing(self.file, TEAMS.route, base)
        teams_of = ", ".join(sorted(self.unsettled)[:5])
        not_proven = f"not proven of {counted(len(self.unsettled), 'team')}: {teams_of}.{NEXT}{AGAIN}"
        why = not_proven if self.unsettled else None
        hidden = count(
            f"""SELECT count(*) FROM (SELECT DISTINCT team_id, user_id FROM member WHERE user_id IN
                (SELECT id FROM user WHERE active IS NOT 1 AND {LATEST.format("user")}))"""
        )
        roles, permissions = (
            count("SELECT count(DISTINCT id) FROM role"),
            count("SELECT count(DISTINCT id) FROM permission"),
        )
        members = count("SELECT count(*) FROM (SELECT DISTINCT team_id, user_id FROM member)")
        rows = count(f"SELECT coalesce(sum(member_rows), 0) FROM team WHERE {LATEST.format('team')}")
        state = "partial" if self.unsettled else "complete"
        return [
            _listed(
                "users",
                users,
                self.discrepancies.unlisted_now(),
                "are members of teams, and the list does not show them",
                LOG,
            ),
            Dataset("roles", "complete", roles, roles),
            _proven(
                "permissions",
                permissions,
                permissions,
                self._mute_permissions(),
                "do not show which roles hold them",
                HOLDERS,
            ),
            _listed(
                "teams", teams, self._not_gone(), "are not in the list, and the server does not say they are gone", LOG
            ),
            Dataset("members", state, members, rows, why),
            Dataset("deactivatedMembers", state, hidden, None, why),
            *map(self._optional, OPTIONAL),
        ]

    def _mute_permissions(self) -> list[str]:
        return [
            id_
            for (id_,) in self.file.rows(
                "SELECT id FROM permission GROUP BY id HAVING max(roles IS NOT NULL) = 0 ORDER BY id"
            )
        ]

    def _optional(self, one: OptionalList) -> Dataset:
        """What a run can do without counts only where one try brought all of it; else the graph keeps what it has."""
        name, pages = one.brings.noun, list(self.file.pages(one.route))
        if whole := next((page for page in reversed(pages) if page.note == COMPLETE), None):
            stands = ledger.listing(self.file, one.route, (whole.look - 1) // SECOND * SECOND)
            mine = f"{LATEST.format(one.brings.table)} AND {kept(one.brings)}"
            number = self.file.rows(f"SELECT count(*) FROM {one.brings.table} WHERE {mine}")[0][0]
            edge = one.brings.beside
            why = f"{number} of them belong to {edge.target.lower()}s" if edge else None
            return Dataset(name, "complete", stands.distinct, stands.total, why)
        last = (pages[-1].note or "") if pages else ledger.FORBIDDEN
        if last == ledger.FORBIDDEN:
            held = one.needs in self.checks.held
            why = "refused, though the permission is held now" if held else f"{one.needs!r} is not held"
            return Dataset(name, "forbidden", why=why)
        if last == ledger.UNKNOWN:
            return Dataset(name, "unsupported", why=f"the server does not know {one.route}")
        if last.startswith(ANEW):
            return Dataset(name, "partial", why=f"{last.removeprefix(ANEW)}.{NEXT}{AGAIN}")
        if last.startswith(ledger.UNANSWERED):
            why = f"they did not come, as a whole or in pages: {last.removeprefix(ledger.UNANSWERED)}"
        else:
            texts = [page.note for page in pages if page.status == 400 and page.note != ledger.REFUSED]
            why = f"refused by the server: {texts[-1] if texts else 'for ever'}"
        return Dataset(name, "partial", why=f"{why.rstrip('.')}.{NEXT}{one.step}")

    def not_visible(self) -> list[str]:
        """What this run could not see, in words, counted."""
        texts = []
        if not self.file.meta("version"):
            texts.append("the server's version: /api/info does not tell it")
        if self.checks.source is USERS:
            texts += [
                "federated: this server's users.list does not tell it",
                "users without username, name and e-mail: this server's users.list leaves them out",
            ]
        if text := self._approval():
            texts.append(text)
        if not self.emails:
            texts.append("emails: left out (--no-emails)")
        if unlisted := self.discrepancies.unlisted():
            texts.append(f"{unlisted} members that no list of users shows: only what their membership tells")
        rows, teams = self.file.rows(
            f"SELECT total(unconfirmed_rows), total(unconfirmed_rows > 0) FROM team WHERE {LATEST.format('team')}"
        )[0]
        if rows:
            texts.append(
                f"{UNCONFIRMED}of {counted(int(rows), 'row')} of {counted(int(teams), 'team')} nobody was found: they "
                "are of deleted accounts, or of some that did not show for a moment. The next load asks again"
            )
        later = self.file.rows(
            "SELECT DISTINCT team_id, user_id FROM member WHERE team_id NOT IN (SELECT id FROM team)"
        )
        if later:
            names = ", ".join(f"{user} in {team}" for team, user in later[:20])
            texts.append(f"{len(later)} memberships of teams that were made during the run: {names}")
        for text in texts:
            log.info("not visible: %s", text)
        return texts

    def _approval(self) -> str | None:
        """Of how many accounts that are not active it is not known whether they were ever approved, and why."""
        question = f"SELECT count(*), total({IN_QUESTION}), total({NOT_TOLD}) FROM user WHERE {LATEST}"
        accounts, asked, not_told = self.file.rows(question.format("user", u="user"))[0]
        notes = [page.note or "" for subject in (PENDING, INACTIVE)
                 for page in self.file.pages(USERS_BY_STATUS.route, subject=subject)]  # fmt: skip
        if self.checks.tells_approval is False or ledger.UNKNOWN in notes:
            number, why = int(asked), "this server does not tell it, and they count as deactivated"
        else:
            given_up = [note.removeprefix(ledger.UNANSWERED) for note in notes if note.startswith(ledger.UNANSWERED)]
            moved = [note.removeprefix(ANEW) for note in notes[-1:] if note.startswith(ANEW)]
            number, why = int(not_told), [*given_up, *moved, "they changed whenever they were read"][0]
        return f"{APPROVAL.some(number, accounts)}: {why}" if number else None


def _listed(name: str, list_: Listing, against: list[str], what: str, step: str) -> Dataset:
    """How a list was read; `against`: ids that speak against its being whole, though its numbers add up; `step`: what
    to do then."""
    if list_.complete:
        return _proven(name, list_.distinct, list_.total, against, what, step)
    return Dataset(name, "partial", list_.distinct, list_.total, f"its numbers do not add up.{NEXT}{AGAIN}")


def _proven(name: str, fetched: int, total: int | None, against: list[str], what: str, step: str) -> Dataset:
    if not against:
        return Dataset(name, "complete", fetched, total)
    more = f" and {len(against) - 5} more" if len(against) > 5 else ""
    return Dataset(name, "partial", fetched, total, f"{', '.join(against[:5])}{more} {what}.{NEXT}{step}")
