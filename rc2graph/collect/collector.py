"""The order of a collection, and what is believed at its end."""

import json
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from rc2graph import __version__
from rc2graph.collect import ledger
from rc2graph.collect.check import Checks, instant
from rc2graph.collect.known import Known, NothingKnown
from rc2graph.collect.look import TEAM_IS_GONE, Look
from rc2graph.collect.progress import Progress
from rc2graph.errors import IncompleteError, MissingPermissionError, SourceError
from rc2graph.rocketchat.client import Client, Refused
from rc2graph.rocketchat.endpoints import MEMBERS, PERMISSIONS, ROOMS, TEAMS, TEAMS_OF_USER, USERS
from rc2graph.rocketchat.listing import ANEW, COMPLETE, Listing
from rc2graph.rocketchat.preflight import NEEDED, ROOMS_PERMISSION, Preflight, preflight
from rc2graph.snapshot import Collection, Dataset, Page

log = logging.getLogger("rc2graph.collect")

FIRST, SECOND, THIRD, VANISHED, LAST = 0, 10, 20, 30, 40
"""Where each look's numbers begin: the tries of a list in the second look are 11, 12, 13."""

TEAM_READ = """(SELECT subject AS team_id, max(look) / 10 * 10 AS base FROM ledger
  WHERE route = 'teams.members' AND look < 30 GROUP BY subject)"""
"""Per team, the look in which its members were read last."""

ONCE_A_MEMBER = f"""DELETE FROM member WHERE user_id NOT IN (SELECT id FROM user)
  AND look < (SELECT base FROM {TEAM_READ} AS read WHERE read.team_id = member.team_id)"""
"""Somebody whom no list of users shows, and whose team did not show him either when it was read again, is gone."""

LATEST = "look = (SELECT max(look) FROM {0} AS later WHERE later.id = {0}.id)"


@dataclass(frozen=True)
class Collected:
    """A finished collection: where it is, its hash, what is not proven, and where the seconds went."""

    path: Path
    started: str
    sha256: str
    datasets: dict[str, Dataset]
    unsettled: dict[str, str]
    requests: int
    refusals: int
    seconds: dict[str, float] = field(default_factory=dict)
    resumed: bool = False

    @property
    def complete(self) -> bool:
        return all(dataset.enough for dataset in self.datasets.values())


def collect(
    client: Client,
    collection: Collection,
    *,
    workspace: str,
    known: Known | None = None,
    emails: bool = True,
    resume_within: float = 6 * 3600.0,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    report: Callable[[Progress], None] = lambda progress: None,
    seen: Callable[[Preflight], None] = lambda found: None,
) -> Collected:
    """Fill `collection` from the workspace and close it.

    `seen` is told what the preflight found, `report` how far it is. An unfinished collection older than
    `resume_within` seconds is begun anew. Errors: those of `Client.ask`; `MissingPermissionError`; `IncompleteError`.
    After an error the file is kept, and the same call goes on where it stopped.
    """
    with collection.explained():
        return _Collector(client, collection, workspace, known or NothingKnown(), emails, now, report).run(
            resume_within, seen
        )


class _Collector:
    def __init__(
        self,
        client: Client,
        file: Collection,
        workspace: str,
        known: Known,
        emails: bool,
        now: Callable[[], datetime],
        report: Callable[[Progress], None],
    ) -> None:
        self.client, self.file, self.workspace, self.known = client, file, workspace, known
        self.emails, self.now, self.report = emails, now, report
        self.progress = Progress()
        self.checks: Checks

    def run(self, resume_within: float, seen: Callable[[Preflight], None]) -> Collected:
        began, resumed = time.monotonic(), self.file.resumed
        try:
            self._begin(resume_within, seen)
            try:
                self._read()
            except IncompleteError:
                with suppress(SourceError):
                    self.checks.again()  # that a permission was taken away tells more than that a list is short
                raise
        except MissingPermissionError:
            if hasattr(self, "checks"):
                self.checks.failed()
            raise
        return self._finish(began, resumed)

    def _read(self) -> None:
        """Look until all adds up, or two looks agree; the last request is a check."""
        base = int(self.file.meta("look") or FIRST)
        while True:
            self._look(base, self._teams_in_doubt if base else self._all_teams)
            doubts = self._doubts(base)
            if not doubts or base == THIRD:
                break
            base += SECOND
            log.info("asking again: %s", "; ".join(doubts))
            self.progress.stage = "asking again"
            self.checks.again()
            self.file.set_meta(look=str(base))
        self._ask_vanished()
        self._look(LAST, list, lists=False)
        self.checks.again(keep=True)
        self._roles_hold()

    # ---- beginning

    def _begin(self, resume_within: float, seen: Callable[[Preflight], None]) -> None:
        """Preflight; then go on with what stands in the file, or begin anew."""
        first = preflight(self.client)
        seen(first)
        identity = json.dumps(
            [self.workspace, self.client.address.url, first.caller.id, first.version, self.emails]
            + [name for name in NEEDED if name in first.held]
        )
        if self.file.resumed:
            age = self._age()
            if self.file.meta("identity") != identity or age is None or not -60 < age <= resume_within:
                log.warning(
                    "the unfinished collection is begun anew: %s",
                    "it is too old" if self.file.meta("identity") == identity
                    else "workspace, account, permissions or version have changed",
                )  # fmt: skip
                self.file.clear()
        self.checks = Checks(self.client, self.file, first, self.now)
        first.require(self.checks.source)
        if not self.file.meta("started"):
            self.file.set_meta(started=instant(self.now()), identity=identity)
        self.file.set_meta(
            workspace=self.workspace,
            url=self.client.address.url,
            version=first.version or "",
            caller_id=first.caller.id,
            caller_name=first.caller.username or "",
            caller_roles=json.dumps(first.caller.roles or ()),
            users_source=self.checks.source.route,
            tool_version=__version__,
        )
        self.checks.passed(first.answer, keep=not any(self.file.pages(PERMISSIONS.route)))

    def _age(self) -> float | None:
        try:
            return (self.now() - datetime.fromisoformat(self.file.meta("started") or "")).total_seconds()
        except ValueError:
            return None

    # ---- looks

    def _look(self, base: int, teams: Callable[[], list[str]], *, lists: bool = True) -> Look:
        look = Look(
            self.client, self.file, self.checks, self.known,
            base=base, teams=teams, emails=self.emails, now=self.now, progress=self.progress, report=self.report,
            lists=lists,
        )  # fmt: skip
        look.run()
        return look

    def _all_teams(self) -> list[str]:
        return [team for (team,) in self.file.rows("SELECT DISTINCT id FROM team ORDER BY id")]

    def _teams_in_doubt(self) -> list[str]:
        """Teams that do not add up, were refused, were not there yet, or changed since they were read."""
        return sorted({*self._open_teams(), *self._moved(), *json.loads(self.file.meta("in_doubt") or "[]")})

    def _moved(self) -> list[str]:
        """Teams that have another number of rows than they had when their members were read."""
        return [
            team
            for (team,) in self.file.rows(
                f"""SELECT read.team_id FROM {TEAM_READ} AS read
                    JOIN team AS then_ ON then_.id = read.team_id AND then_.look =
                      (SELECT max(look) FROM team WHERE id = read.team_id AND look BETWEEN base + 1 AND base + 5)
                    JOIN team AS last ON last.id = read.team_id AND last.look =
                      (SELECT max(look) FROM team WHERE id = read.team_id)
                    WHERE then_.member_rows IS NOT last.member_rows
                      AND NOT (then_.member_rows IS NULL AND last.member_rows = 0)"""
            )
        ]

    def _open_teams(self) -> list[str]:
        """Teams whose members have not been read to the end in any look."""
        done = {
            page.subject for page in self.file.pages(MEMBERS.route) if page.note == "complete"
        }  # fmt: skip
        empty = {
            team for (team,) in self.file.rows(f"SELECT id FROM team WHERE member_rows = 0 AND {LATEST.format('team')}")
        }
        return [team for team in self._all_teams() if team not in done and team not in empty]

    def _untold(self) -> list[str]:
        """Teams that do not tell how many rows they have: no sum proves who is in them."""
        return [
            team
            for (team,) in self.file.rows(f"SELECT id FROM team WHERE member_rows IS NULL AND {LATEST.format('team')}")
        ]

    def _gaps(self) -> dict[str, int]:
        """Per team, its rows minus what was seen when it was read last, minus known orphans; zero ones left out."""
        orphans = self.known.orphan_rows()
        gaps = {team: rows - seen - orphans.get(team, 0) for team, rows, seen in self._counted()}
        return {team: gap for team, gap in gaps.items() if gap}

    def _counted(self) -> list[tuple[str, int, int]]:
        """Per team that tells its rows: how many, and how many members were seen when it was read last."""
        seen = dict(
            self.file.rows(
                f"""SELECT team_id, count(DISTINCT user_id) FROM member LEFT JOIN {TEAM_READ} USING (team_id)
                    WHERE look >= coalesce(base, 0) GROUP BY team_id"""
            )
        )
        rows = self.file.rows(
            f"SELECT id, member_rows FROM team WHERE member_rows IS NOT NULL AND {LATEST.format('team')}"
        )
        return [(team, count, seen.get(team, 0)) for team, count in rows]

    def _doubts(self, base: int) -> list[str]:
        """Why another look is needed, in words; nothing when this one proves itself. What two looks agree on is
        believed, so after the second only teams are left that were not at rest."""
        moved = self._moved()
        doubts = [f"{len(moved)} teams changed while they were read"] if moved else []
        strangers = self._teams_of_strangers()
        if base != FIRST:
            self.file.set_meta(in_doubt=json.dumps(sorted({*moved, *strangers})))
            asked = {page.subject for page in self.file.pages(MEMBERS.route)}
            if new := [team for team in self._open_teams() if team not in asked]:
                doubts.append(f"{len(new)} teams have come")
            if members := self._unlisted_now():
                doubts.append(f"{len(members)} members are in no list of users")
            return doubts
        gaps = self._gaps()
        open_teams = self._open_teams()
        untold = self._untold()
        self.file.set_meta(in_doubt=json.dumps(sorted({*gaps, *moved, *untold, *strangers})))
        if gaps:
            doubts.append(f"{len(gaps)} teams have more or fewer rows than members were seen")
        if open_teams:
            doubts.append(f"{len(open_teams)} teams were refused or are gone")
        if untold:
            doubts.append(f"{len(untold)} teams do not tell how many members they have")
        if self.checks.source is not USERS and (unlisted := self._unlisted()):
            doubts.append(f"{unlisted} members are in no list of users")
        teams = set(self._all_teams())
        if not teams or self.known.team_ids() - teams:
            doubts.append("teams are gone, or there are none")
        if missing := self.known.missing_users(self.file.db):
            doubts.append(f"{len(missing)} users are gone")
        if self.checks.source is USERS and (mute := self._mute_pages()):
            doubts.append(f"{mute} pages of users show no roles at all")
        if hidden := self.known.may_hold_roles(self._mute_users()):
            doubts.append(f"{len(hidden)} accounts show no roles")
        return doubts

    def _mute_users(self) -> list[str]:
        """Accounts whose roles no row has shown: there are some without any, so that proves nothing."""
        return [user for (user,) in self.file.rows("SELECT id FROM user GROUP BY id HAVING max(roles IS NOT NULL) = 0")]

    def _mute_pages(self) -> int:
        """While a permission is missing, `users.list` leaves roles out (api.md §4.1): perhaps just for a page."""
        return len(self.file.rows("SELECT line FROM user GROUP BY line HAVING max(roles IS NOT NULL) = 0"))

    def _unlisted(self) -> int:
        return int(
            self.file.rows("SELECT count(DISTINCT user_id) FROM member WHERE user_id NOT IN (SELECT id FROM user)")[0][
                0
            ]
        )

    def _unlisted_now(self) -> list[str]:
        """Accounts that `teams.members` showed when it was asked last, so which are there and active, and no list of
        users does. (`users.list` leaves accounts out: there it says nothing.)"""
        if self.checks.source is USERS:
            return []
        return [
            user
            for (user,) in self.file.rows(
                f"""SELECT DISTINCT user_id FROM member LEFT JOIN {TEAM_READ} USING (team_id)
                    WHERE look >= coalesce(base, 0) AND user_id NOT IN (SELECT id FROM user)
                      AND line IN (SELECT line FROM ledger WHERE route = 'teams.members') ORDER BY user_id"""
            )
        ]

    def _teams_of_strangers(self) -> list[str]:
        """Teams of these: a sum with somebody in it who is not there proves nothing."""
        marks = json.dumps(self._unlisted_now())
        return [
            team
            for (team,) in self.file.rows(
                "SELECT DISTINCT team_id FROM member WHERE user_id IN (SELECT value FROM json_each(?))", marks
            )
        ]

    def _ask_vanished(self) -> None:
        """What the graph knows and no list shows: what can be asked for by itself is asked."""
        self._ask_vanished_teams()
        self._ask_vanished_members()

    def _ask_vanished_teams(self) -> None:
        """A team that is gone is not known to `teams.members` either, which says so."""
        known = self.known.team_ids()
        vanished = known - set(self._all_teams())
        asked = {page.subject for page in self.file.pages(MEMBERS.route, look=VANISHED)}
        if not self.known.worth_asking(len(vanished), len(known)):
            return
        for team in sorted(vanished - asked):
            note = ledger.THERE
            try:
                self.client.ask(MEMBERS, {"teamId": team, "count": 1, "offset": 0}).rows.close()
            except Refused as error:
                note = ledger.GONE if TEAM_IS_GONE in error.text else ledger.REFUSED
            status = 200 if note == ledger.THERE else 400
            at = instant(self.now())
            self.file.commit(Page(MEMBERS.route, VANISHED, team, status=status, note=note, at=at))

    def _not_gone(self) -> list[str]:
        """Teams that the list does not show, and of which the server does not say that they are gone."""
        pages = self.file.pages(MEMBERS.route, look=VANISHED)
        return sorted({page.subject for page in pages if page.note != ledger.GONE} - set(self._all_teams()))

    def _ask_vanished_members(self) -> None:
        """Members that the graph knows, that were not seen, of teams whose numbers are no proof: asked one by one."""
        teams = sorted({*self._gaps(), *self._untold(), *(set(self.known.orphan_rows()) & set(self._all_teams()))})
        known = self.known.members(teams) if teams else {}
        users = self.checks.source is USERS  # that list leaves nameless users out, so absence from it says nothing
        vanished: set[str] = set()
        total = 0
        for team, members in known.items():
            seen = {user for (user,) in self.file.rows("SELECT user_id FROM member WHERE team_id = ?", team)}
            vanished |= {user for user in members - seen if users or self._listed(user)}
            total += len(members)
        asked = {page.subject for page in self.file.pages(TEAMS_OF_USER.route, look=VANISHED)}
        if not vanished or not self.known.worth_asking(len(vanished), total):
            return
        log.info("asking for %d members that are not seen any more", len(vanished))
        look = Look(
            self.client, self.file, self.checks, self.known, base=VANISHED, teams=list, emails=self.emails,
            now=self.now, progress=self.progress, report=self.report,
        )  # fmt: skip
        for user in sorted(vanished - asked):
            try:
                look.accept_hidden(user, self.client.ask(TEAMS_OF_USER, {"userId": user}), None)
            except Refused as error:
                look.accept_hidden(user, None, error)

    def _listed(self, user: str) -> bool:
        return bool(self.file.rows("SELECT 1 FROM user WHERE id = ? LIMIT 1", user))

    def _roles_hold(self) -> None:
        """`roles.list` has no total, so it proves itself by content: every role that the graph knows and a user still
        names must be in it, in one of two looks."""
        named = {role for (role,) in self.file.rows("SELECT DISTINCT value FROM user, json_each(user.roles)")}
        listed = {role for (role,) in self.file.rows("SELECT id FROM role")}
        if lost := sorted(named & self.known.role_ids() - listed):
            raise IncompleteError(
                "roles.list could not be read completely.",
                f"Users still hold {', '.join(lost[:5])}, which the graph knows and roles.list does not show.",
                "Run the same command again. Where the role was removed in the database by hand, collect with "
                "'rc2graph collect --snapshot FILE' and load with 'rc2graph load --snapshot FILE'.",
            )

    # ---- the end

    def _finish(self, began: float, resumed: bool) -> Collected:
        unsettled = self._unsettled()
        gone = self._gone()
        datasets = self._datasets(unsettled)

        def settle(file: Collection) -> None:
            for team in gone:
                file.db.execute("DELETE FROM team WHERE id = ?", (team,))
            if self.checks.source is not USERS:  # which leaves accounts out
                file.db.execute(ONCE_A_MEMBER)
            file.db.execute(
                """UPDATE team SET orphan_rows = max(0, member_rows -
                     (SELECT count(DISTINCT user_id) FROM member WHERE member.team_id = team.id))
                   WHERE member_rows IS NOT NULL"""
            )
            file.db.executemany(
                "UPDATE team SET unsettled = ?, orphan_rows = NULL WHERE id = ?",
                [(why, team) for team, why in unsettled.items()],
            )

        started = self.file.meta("started") or ""
        self.file.set_meta(not_visible=json.dumps(self._not_visible()))
        digest = self.file.finish(datasets, instant(self.now()), settle)
        whole = time.monotonic() - began
        waited, retried = self.client.time.seconds["limiter"], self.client.time.seconds["retry"]
        return Collected(
            self.file.path,
            started,
            digest,
            {dataset.name: dataset for dataset in datasets},
            unsettled,
            self.client.requests,
            self.client.refusals,
            {"working": max(whole - waited - retried, 0.0), "limiter": waited, "retrying": retried},
            resumed,
        )

    def _gone(self) -> list[str]:
        """Teams of which the server said, when last asked, that they do not exist, and did not list them later."""
        return [
            team for team in self._open_teams() if self._last_note(team) == ledger.GONE and not self._listed_since(team)
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
        why = dict.fromkeys(self._moved(), "its members changed whenever they were read")
        for team in set(self._open_teams()) - set(self._gone()):
            if self._last_note(team) == ledger.GONE:
                why[team] = "its members are said not to exist, and yet it is listed"
            else:
                texts = [page.note or "" for page in self.file.pages(MEMBERS.route, subject=team) if page.status == 400]
                unread = "its members were refused" if texts else "its members could not be read completely"
                why[team] = next((text for text in texts if text != ledger.REFUSED), unread)
        for team, rows, seen in self._counted():
            if rows < seen:
                why.setdefault(team, f"it counts {rows} members and shows {seen}")
        for team in self._blind():
            why.setdefault(team, "not one team that the account is not in shows any member")
        refused = {page.subject for page in self.file.pages(TEAMS_OF_USER.route) if page.note == ledger.REFUSED}
        answered = {page.subject for page in self.file.pages(TEAMS_OF_USER.route) if page.note != ledger.REFUSED}
        if refused - answered:
            for team in (*self._gaps(), *self._untold()):
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

    def _datasets(self, unsettled: dict[str, str]) -> list[Dataset]:
        def count(sql: str) -> int:
            return int(self.file.rows(sql)[0][0])

        base = int(self.file.meta("look") or FIRST)
        users = ledger.listing(self.file, self.checks.source.route, base)
        teams = ledger.listing(self.file, TEAMS.route, base)
        names = ", ".join(sorted(unsettled)[:5])
        why = f"refused by the server: {names}" if unsettled else None
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
        state = "partial" if unsettled else "complete"
        return [
            _listed("users", users, self._unlisted_now(), "are members of teams, and the list does not show them"),
            Dataset("roles", "complete", roles, roles),
            _proven(
                "permissions", permissions, permissions, self._mute_permissions(), "do not show which roles hold them"
            ),
            _listed("teams", teams, self._not_gone(), "are not in the list, and the server does not say they are gone"),
            Dataset("members", state, members, rows, why),
            Dataset("deactivatedMembers", state, hidden, None, why),
            self._rooms(),
        ]

    def _mute_permissions(self) -> list[str]:
        return [
            id_
            for (id_,) in self.file.rows(
                "SELECT id FROM permission GROUP BY id HAVING max(roles IS NOT NULL) = 0 ORDER BY id"
            )
        ]

    def _rooms(self) -> Dataset:
        """Rooms count only where one try brought all of them; else the graph keeps what it has."""
        pages = list(self.file.pages(ROOMS.route))
        if whole := next((page for page in reversed(pages) if page.note == COMPLETE), None):
            rooms = ledger.listing(self.file, ROOMS.route, (whole.look - 1) // SECOND * SECOND)
            latest = LATEST.format("room")
            teams = self.file.rows(f"SELECT count(*) FROM room WHERE {latest} AND team_id IN (SELECT id FROM team)")
            return Dataset("rooms", "complete", rooms.distinct, rooms.total, f"{teams[0][0]} of them belong to teams")
        last = (pages[-1].note or "") if pages else ledger.FORBIDDEN
        if last == ledger.FORBIDDEN:
            held = ROOMS_PERMISSION in self.checks.held
            why = "refused, though the permission is held now" if held else f"{ROOMS_PERMISSION!r} is not held"
            return Dataset("rooms", "forbidden", why=why)
        if last == ledger.UNKNOWN:
            return Dataset("rooms", "unsupported", why="the server does not know rooms.adminRooms")
        if last.startswith(ANEW):
            return Dataset("rooms", "partial", why=last.removeprefix(ANEW))
        texts = [page.note for page in pages if page.status == 400 and page.note != ledger.REFUSED]
        return Dataset("rooms", "partial", why=f"refused by the server: {texts[-1] if texts else 'for ever'}")

    def _not_visible(self) -> list[str]:
        """What this run could not see, in words, counted."""
        texts = []
        if self.checks.source is USERS:
            texts = [
                "federated: this server's users.list does not tell it",
                "users without username, name and e-mail: this server's users.list leaves them out",
            ]
        if not self.emails:
            texts.append("emails: left out (--no-emails)")
        if unlisted := self._unlisted():
            texts.append(f"{unlisted} members that no list of users shows: only what their membership tells")
        later = self.file.rows(
            "SELECT DISTINCT team_id, user_id FROM member WHERE team_id NOT IN (SELECT id FROM team)"
        )
        if later:
            names = ", ".join(f"{user} in {team}" for team, user in later[:20])
            texts.append(f"{len(later)} memberships of teams that were made during the run: {names}")
        for text in texts:
            log.info("not visible: %s", text)
        return texts


def _listed(name: str, list_: Listing, against: list[str], what: str) -> Dataset:
    """How a list was read; `against`: ids that speak against its being whole, though its numbers add up."""
    if list_.complete:
        return _proven(name, list_.distinct, list_.total, against, what)
    return Dataset(name, "partial", list_.distinct, list_.total)


def _proven(name: str, fetched: int, total: int | None, against: list[str], what: str) -> Dataset:
    if not against:
        return Dataset(name, "complete", fetched, total)
    more = f" and {len(against) - 5} more" if len(against) > 5 else ""
    return Dataset(name, "partial", fetched, total, f"{', '.join(against[:5])}{more} {what}")
