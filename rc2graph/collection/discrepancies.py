"""What of a collection is not proven yet: teams that do not add up, changed or were refused, hidden accounts."""

import json

from rc2graph.collection.check import Checks
from rc2graph.collection.previous_state import PreviousState
from rc2graph.model import TEAM
from rc2graph.rocketchat.endpoints import MEMBERS, USERS, USERS_BY_STATUS
from rc2graph.snapshot import Collection
from rc2graph.snapshot.approval import A_PASS, INACTIVE, NOT_TOLD

FIRST, SECOND, THIRD, VANISHED, LAST = 0, 10, 20, 30, 40
"""Where each pass's numbers begin: the tries of a list in the second pass are 11, 12, 13."""

TEAM_READ = """(SELECT subject AS team_id, max(look) / 10 * 10 AS base FROM ledger
  WHERE route = 'teams.members' AND look < 30 GROUP BY subject)"""
"""Per team, the pass in which its members were read last."""

LATEST = "look = (SELECT max(look) FROM {0} AS later WHERE later.id = {0}.id)"


class Discrepancies:
    """Questions to an unfinished file, and to what the graph knows."""

    def __init__(self, file: Collection, checks: Checks, previous: PreviousState) -> None:
        self.file, self.checks, self.previous = file, checks, previous

    def all_teams(self) -> list[str]:
        return [team for (team,) in self.file.rows("SELECT DISTINCT id FROM team ORDER BY id")]

    def teams_in_doubt(self) -> list[str]:
        """Teams that do not add up, were refused, were not there yet, or changed since they were read."""
        return sorted({*self.open_teams(), *self.moved(), *json.loads(self.file.meta("in_doubt") or "[]")})

    def moved(self) -> list[str]:
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

    def open_teams(self) -> list[str]:
        """Teams whose members have not been read to the end in any pass."""
        done = {
            page.subject for page in self.file.pages(MEMBERS.route) if page.note == "complete"
        }  # fmt: skip
        empty = {
            team for (team,) in self.file.rows(f"SELECT id FROM team WHERE member_rows = 0 AND {LATEST.format('team')}")
        }
        return [team for team in self.all_teams() if team not in done and team not in empty]

    def untold(self) -> list[str]:
        """Teams that do not tell how many rows they have: no sum proves who is in them."""
        return [
            team
            for (team,) in self.file.rows(f"SELECT id FROM team WHERE member_rows IS NULL AND {LATEST.format('team')}")
        ]

    def gaps(self) -> dict[str, int]:
        """Per team, its rows minus what was seen when it was read last, minus known orphans; zero ones left out."""
        orphans = self.previous.orphan_rows()
        gaps = {team: rows - seen - orphans.get(team, 0) for team, rows, seen in self.rows_seen()}
        return {team: gap for team, gap in gaps.items() if gap}

    def rows_seen(self) -> list[tuple[str, int, int]]:
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

    def describe(self, base: int) -> list[str]:
        """Why another pass is needed, in words; nothing when this one proves itself. What two passes agree on is
        believed, so after the second only teams are left that were not at rest."""
        moved = self.moved()
        found = [f"teams that changed while they were read: {len(moved)}"] if moved else []
        if changed := self.approval_changed(base):
            found.append(f"accounts that were approved or switched on while they were read: {changed}")
        strangers = self.teams_of_strangers()
        if base != FIRST:
            self.file.set_meta(in_doubt=json.dumps(sorted({*moved, *strangers})))
            asked = {page.subject for page in self.file.pages(MEMBERS.route)}
            if new := [team for team in self.open_teams() if team not in asked]:
                found.append(f"teams that have come: {len(new)}")
            if members := self.unlisted_now():
                found.append(f"members in no list of users: {len(members)}")
            return found
        gaps = self.gaps()
        open_teams = self.open_teams()
        untold = self.untold()
        self.file.set_meta(in_doubt=json.dumps(sorted({*gaps, *moved, *untold, *strangers})))
        if gaps:
            found.append(f"teams with more or fewer rows than members seen: {len(gaps)}")
        if open_teams:
            found.append(f"teams refused or gone: {len(open_teams)}")
        if untold:
            found.append(f"teams that do not tell how many members they have: {len(untold)}")
        if self.checks.source is not USERS and (unlisted := self.unlisted()):
            found.append(f"members in no list of users: {unlisted}")
        teams = set(self.all_teams())
        if not teams or self.previous.ids(TEAM) - teams:
            found.append("teams are gone, or there are none")
        if missing := self.previous.missing_users(self.file.db):
            found.append(f"users gone: {len(missing)}")
        if self.checks.source is USERS and (roles_hidden := self.pages_without_roles()):
            found.append(f"pages of users without any roles: {roles_hidden}")
        if hidden := self.previous.may_hold_roles(self.mute_users()):
            found.append(f"accounts that show no roles: {len(hidden)}")
        return found

    def approval_changed(self, base: int) -> int:
        """Accounts that the list of users of this pass shows as not active, and neither list behind it."""
        whole = any(page.note == "complete" for page in self.file.pages(USERS_BY_STATUS.route, subject=INACTIVE)
                    if base < page.look < base + A_PASS)  # fmt: skip
        question = f"SELECT count(*) FROM user WHERE look > ? AND {LATEST} AND {NOT_TOLD}".format("user", u="user")
        return int(self.file.rows(question, base)[0][0]) if whole else 0

    def mute_users(self) -> list[str]:
        """Accounts whose roles no row has shown: there are some without any, so that proves nothing. Where something
        is shown that cannot be read, the second time would bring the same."""
        odd = {ids[0] for ids, keys in self.file.unreadable("user").items() if "roles" in keys}
        roles_hidden = self.file.rows("SELECT id FROM user GROUP BY id HAVING max(roles IS NOT NULL) = 0")
        return [user for (user,) in roles_hidden if user not in odd]

    def pages_without_roles(self) -> int:
        """While a permission is missing, `users.list` leaves roles out (rocketchat.md §4.1): perhaps just for a
        page."""
        return len(self.file.rows("SELECT line FROM user GROUP BY line HAVING max(roles IS NOT NULL) = 0"))

    def unlisted(self) -> int:
        return int(
            self.file.rows("SELECT count(DISTINCT user_id) FROM member WHERE user_id NOT IN (SELECT id FROM user)")[0][
                0
            ]
        )

    def unlisted_now(self) -> list[str]:
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

    def teams_of_strangers(self) -> list[str]:
        """Teams of these: a sum with somebody in it who is not there proves nothing."""
        marks = json.dumps(self.unlisted_now())
        return [
            team
            for (team,) in self.file.rows(
                "SELECT DISTINCT team_id FROM member WHERE user_id IN (SELECT value FROM json_each(?))", marks
            )
        ]
