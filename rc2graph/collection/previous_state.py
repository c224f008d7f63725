"""What a collection must know from before: small values, asked for only when they are needed."""

import sqlite3
from collections.abc import Iterable
from typing import Protocol

from rc2graph.model import NodeType


class PreviousState(Protocol):
    """`load` fills this from the graph; a plain `collect` knows nothing, and then every gap is asked in full."""

    def role_ids(self) -> set[str]:
        """Roles that the graph holds and that are not dangling."""

    def orphan_rows(self) -> dict[str, int]:
        """Per team, the rows of deleted users that the last run was left with, where there were any."""

    def rows_of_nobody(self) -> dict[str, int]:
        """Per team, all rows for which the last run found nobody: these, and those that it had not confirmed."""

    def members(self, team_ids: Iterable[str]) -> dict[str, set[str]]:
        """Per team, the users that the graph knows as its members."""

    def missing_users(self, rows: sqlite3.Connection) -> list[str]:
        """Users that the graph holds and that the table `user` of a collection does not."""

    def named(self, user_ids: Iterable[str]) -> set[str]:
        """Of these accounts, those that the graph knows by a username, a name or an address."""

    def may_hold_roles(self, user_ids: Iterable[str]) -> set[str]:
        """Of accounts whose roles a list does not show, those that may well have some: the graph knows of roles, or
        does not know the account at all, though it knows others."""

    def ids(self, one: NodeType) -> set[str]:
        """Those that the graph holds, of teams and of what a run can do without."""

    def worth_asking(self, vanished: int, known: int) -> bool:
        """Whether `vanished` of `known` members may be asked for one by one; False where the removal guard will stop
        the load in any case."""


class NoPreviousState:
    def role_ids(self) -> set[str]:
        return set()

    def orphan_rows(self) -> dict[str, int]:
        return {}

    def rows_of_nobody(self) -> dict[str, int]:
        return {}

    def members(self, team_ids: Iterable[str]) -> dict[str, set[str]]:
        return {}

    def missing_users(self, rows: sqlite3.Connection) -> list[str]:
        return []

    def named(self, user_ids: Iterable[str]) -> set[str]:
        return set()

    def may_hold_roles(self, user_ids: Iterable[str]) -> set[str]:
        return set()

    def ids(self, one: NodeType) -> set[str]:
        return set()

    def worth_asking(self, vanished: int, known: int) -> bool:
        return False
