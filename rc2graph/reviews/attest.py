"""Store the decisions of a worksheet: the whole file, or nothing of it.

Who attests is a writer as a load is: it takes the lease of the workspace, looks whether every access is what the
worksheet says, and stores, in one transaction.

    (:Attestation)-[:ABOUT]->(:User)        (:Attestation)-[:CONCERNS]->(:Role|:Team)
"""

import hashlib
import json
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from email.utils import parseaddr
from functools import partial
from typing import Any
from uuid import uuid4

from rc2graph.errors import GraphError, OlderError, UsageError
from rc2graph.graph import state
from rc2graph.graph.connect import Graph, Row, Transaction, WorkspaceGraph
from rc2graph.graph.lease import Clock, Lease, Sleep, instant, utc_now
from rc2graph.graph.schema import ensure_schema
from rc2graph.graph.workspace import chosen_workspace
from rc2graph.reviews.items import DECISIONS, item, membership_state
from rc2graph.reviews.respelled import respelled
from rc2graph.reviews.workbook import LONGEST_CELL
from rc2graph.reviews.worksheet_reader import Decided, Mistake, Sheet
from rc2graph.text import counted, harmless, harmless_cell, short

BATCH = 1_000
TOLD = 20
LONGEST_NAME = 200

Read = Callable[..., list[Row]]


@dataclass(frozen=True)
class Ahead:
    """Decisions of one attestation that are dated after now."""

    decided_at: str
    reviewer: str
    decisions: int

    def __str__(self) -> str:
        return f"{counted(self.decisions, 'decision')} of {self.decided_at} by {self.reviewer}"


@dataclass(frozen=True)
class Attested:
    """What was stored. `decisions`: how many of each; `repeated`: how many of it were stored already, at `before`;
    `withdrawn`: what was taken back, as it was dated ahead of the clock. `reviewer_is_account`: whether an account goes
    by the reviewer's name, without which nothing is known about decisions on oneself; None: nothing was stored."""

    workspace: str
    reviewer: str
    worksheet: str
    decided_at: str | None
    stored: int
    decisions: dict[str, int]
    undecided: int
    only_notes: int
    of_self: int
    before: str | None = None
    repeated: int = 0
    withdrawn: tuple[Ahead, ...] = ()
    reviewer_is_account: bool | None = None

    def as_dict(self) -> dict[str, Any]:
        return {
            "workspace": self.workspace, "reviewer": self.reviewer, "worksheet": self.worksheet,
            "decidedAt": self.decided_at, "stored": self.stored, "decisions": self.decisions,
            "undecided": self.undecided, "notesWithoutDecision": self.only_notes, "aboutOneself": self.of_self,
            "reviewerIsAccount": self.reviewer_is_account, "attestedBefore": self.before, "repeated": self.repeated,
            "withdrawn": [
                {"decidedAt": one.decided_at, "reviewer": one.reviewer, "decisions": one.decisions}
                for one in self.withdrawn
            ],
        }  # fmt: skip


def reviewer_named(text: str) -> str:
    """The name of a reviewer, as it is stored. Errors: `UsageError`."""
    name = " ".join(text.split())
    if not name or not name.isprintable() or len(name) > LONGEST_NAME:
        raise UsageError("The name of the reviewer makes no name.", "", "--reviewer USERNAME, or an e-mail address")
    return name


def workspace_of(graph: Graph, sheet: Sheet, wanted: str) -> str:
    """The workspace that a worksheet is of. Errors: `UsageError`, also where another one is asked for."""
    said = harmless_cell(sheet.workspace)
    named = [name for name in state.workspaces(graph) if harmless_cell(name) == said]
    chosen = chosen_workspace(graph, wanted or (named[0] if named else "")).name
    if said and harmless_cell(chosen) != said:
        raise UsageError(
            f"The worksheet {sheet.path} is of another workspace.",
            f"It is of {harmless(sheet.workspace)}; meant is {chosen}.",
            "Write a worksheet of this workspace: rc2graph review --worksheet FILE.xlsx",
        )
    return chosen


def attest(
    graph: WorkspaceGraph,
    sheet: Sheet,
    reviewer: str,
    *,
    allow_self: bool = False,
    withdraw_ahead: bool = False,
    clock: Clock = utc_now,
    sleep: Sleep = time.sleep,
) -> Attested:
    """Store all decisions of a worksheet. What one reviewer has decided by it already is not stored again, in whatever
    form the worksheet was saved meanwhile.
    `withdraw_ahead`: first take back what is dated ahead of this clock, whoever decided it.

    Errors: `UsageError` with every mistake of the file, or where it decides nothing; `OlderError` where the clock is
    behind; `BusyError`, `GraphError`. Nothing is stored then.
    """
    work = _Attesting(graph.name, sheet, reviewer_named(reviewer), allow_self, withdraw_ahead)
    if not withdraw_ahead and not sheet.mistakes and work.is_stored(graph.read):
        return work.result(None, [])
    if not sheet.decided and not sheet.mistakes:
        raise UsageError(
            f"The worksheet {sheet.path} decides nothing.",
            f"The column 'decision' is empty in all of its {counted(sheet.undecided, 'row')}.",
            f"Fill in one of {', '.join(DECISIONS)}.",
        )
    if sheet.mistakes:
        work.checked(graph.read)
    known = work.reviewer_is_account(graph)
    ensure_schema(graph)
    lease = Lease(graph, uuid4().hex, clock=clock, sleep=sleep)
    while lease.acquire() is None:
        lease.wait()
    try:
        done = lease.write(partial(work.store, clock=clock))
    finally:
        with suppress(GraphError):
            lease.release()
    return done if not done.stored else replace(done, reviewer_is_account=known)


class _Attesting:
    def __init__(
        self, workspace: str, sheet: Sheet, reviewer: str, allow_self: bool, withdraw_ahead: bool
    ) -> None:  # fmt: skip
        self.workspace, self.sheet, self.reviewer = workspace, sheet, reviewer
        self.allow_self, self.withdraw_ahead = allow_self, withdraw_ahead
        parts = parseaddr(reviewer) if "<" in reviewer else ()  # Ana <ana@example.org>
        self.names = {_alike(text) for text in (reviewer, *parts) if text}
        self.new = list(sheet.decided)
        """What this reviewer has not decided by this worksheet before."""
        self.before: str | None = None

    def is_stored(self, read: Read) -> bool:
        """Whether all of it is stored already. Sets `new`, and `before`: when the rest was stored."""
        ids = {one: {self._id(one), self._id_by_file(one)} for one in self.sheet.decided}
        stored = dict[str, str]()
        for batch in state.batches((id_ for each in ids.values() for id_ in sorted(each)), BATCH):
            found = read("decisions/attested", ids=batch)
            stored |= {row["id"]: str(row["decidedAt"]) for row in found}
        self.new = [one for one in self.sheet.decided if ids[one].isdisjoint(stored)]
        self.before = max(stored.values(), default=None)
        return bool(self.sheet.decided) and not self.new

    def store(self, tx: Transaction, clock: Clock) -> Attested:
        at = instant(clock())
        withdrawn = self._in_order(tx.run, at)
        if self.is_stored(tx.run):
            return self.result(None, [], withdrawn)
        rows = self.checked(tx.run)
        for kind in ("role", "team"):
            for batch in state.batches((row for row in rows if row["kind"] == kind), BATCH):
                stored = tx.run(
                    f"decisions/attest/{kind.capitalize()}", rows=batch,
                    reviewer=self.reviewer, now=at, worksheet=self.sheet.sha256,
                )[0]["stored"]  # fmt: skip
                if stored != len(batch):
                    raise GraphError(
                        f"{len(batch) - stored} of {counted(len(batch), 'decision')} could not be stored.",
                        "A node that they need is not there: somebody else has changed the graph meanwhile.",
                        "Write a new worksheet.",
                    )
        return self.result(at, rows, withdrawn)

    def _in_order(self, run: Read, at: str) -> tuple[Ahead, ...]:
        """The last word counts, and what was seen after it is new: a clock that is behind would turn both round.

        What another clock that was ahead has dated, would stand in the way until then: it is taken back where somebody
        says that this clock is the right one, and was told what goes. It cannot be earlier than the last load.
        """
        sync = run("state/last_sync")
        loaded = sync[0]["sync"].get("startedAt") if sync else None
        if loaded and at < loaded:
            raise OlderError(
                "The clock of this machine is behind: nothing was stored.",
                f"It says {at}; the last load was of {loaded}.",
                "Set the clock right and attest again. If this clock is right, that load's was ahead: "
                "rc2graph load --withdraw-ahead",
            )
        rows = run("decisions/ahead", now=at)
        ahead = tuple(Ahead(row["decidedAt"], row["reviewer"], row["decisions"]) for row in rows)
        if ahead and not self.withdraw_ahead:
            told = "; ".join(harmless(str(one)) for one in ahead[:TOLD])
            raise OlderError(
                "The clock of this machine is behind, or another one was ahead: nothing was stored.",
                f"It says {at}; dated after that: {told}.",
                "Set the clock right and attest again. If this clock is right, --withdraw-ahead takes these decisions "
                "back, for good; attest their worksheets again then.",
            )
        if ahead:
            run("decisions/withdraw_ahead", now=at)
        return ahead

    def checked(self, read: Read) -> list[Row]:
        """What to store. Errors: `UsageError` with every mistake, those of the file itself among them."""
        mistakes, rows = list(self.sheet.mistakes), []
        for one, found in self._found(read):
            if what := self._wrong(one, found):
                mistakes.append(Mistake(one.row, one.names, what))
            elif found is not None:
                rows.append(self._row(one, found))
        if mistakes:
            raise _refused(self.sheet, sorted(mistakes, key=lambda one: one.row))
        return rows

    def _found(self, read: Read) -> Iterator[tuple[Decided, Row | None]]:
        for kind in ("role", "team"):
            for batch in state.batches((one for one in self.new if one.kind == kind), BATCH):
                pairs = [[one.user, one.access] for one in batch]
                rows = read(f"decisions/held_{kind}s", rows=pairs)
                found = {(row["user"], row["access"]): row for row in rows}
                for one in batch:
                    yield one, found.get((one.user, one.access))

    def _wrong(self, one: Decided, found: Row | None) -> str | None:
        if found is None:
            return "there is no such account any more"
        if found["held"] is None:
            return "the account does not have this access (any more)"
        held = _state(found)
        if item(self.workspace, one.kind, one.user, one.access, held) != one.item:
            shown = harmless(short(", ".join(held), 200)) or "a member without a role"
            return f"it has changed since the worksheet was written; now: {shown}"
        for cell, true in zip(one.told, _names(one, found, held), strict=True):
            if cell and _as_a_cell(cell) != _as_a_cell(true) and not respelled(cell, true):
                return (
                    f"its item is of {harmless(short(true, 100))}, which the row does not say: "
                    "was a column sorted or moved apart from the others, or was this renamed?"
                )
        if self._is_self(one.user, found) and not self.allow_self:
            return "reviewer and account are the same; --allow-self lets that pass, and keeps it on record"
        return None

    def reviewer_is_account(self, graph: WorkspaceGraph) -> bool:
        """A misspelt reviewer could decide about themselves, and an auditor from outside has no account."""
        rows = graph.rows("decisions/account_names")
        return any(self._is_self(row["user"], row) for row in rows)

    def _is_self(self, user: str, found: Row) -> bool:
        username, name, emails = found["subject"]
        return not self.names.isdisjoint(_alike(text) for text in (user, username, name, *(emails or ())) if text)

    def _row(self, one: Decided, found: Row) -> Row:
        username, name, _ = found["subject"]
        return {
            "id": self._id(one), "kind": one.kind, "userId": one.user, "accessId": one.access,
            "user": username or name or one.user, "access": found["called"], "state": list(_state(found)),
            "decision": one.decision, "until": one.until, "note": one.note,
            "self": True if self._is_self(one.user, found) else None,
        }  # fmt: skip

    def _id(self, one: Decided) -> str:
        """By what is decided, not by the file: saved as another kind of file it is the same. The next review decides
        the same anew, and its worksheet shows another last decision; without that column only the file tells."""
        last = self.sheet.sha256 if one.last is None else _as_a_cell(one.last)
        note = " ".join(unicodedata.normalize("NFC", one.note or "").split())
        return _hash(json.dumps([last, one.item, one.decision, one.until, note, _alike(self.reviewer)]))

    def _id_by_file(self, one: Decided) -> str:
        """The id that older releases gave."""
        return _hash("\n".join((self.sheet.sha256, one.item, _alike(self.reviewer))))

    def result(self, at: str | None, rows: list[Row], withdrawn: tuple[Ahead, ...] = ()) -> Attested:
        counts = Counter(row["decision"] for row in rows)
        return Attested(
            self.workspace, self.reviewer, self.sheet.sha256, at, len(rows),
            {decision: counts[decision] for decision in DECISIONS if counts[decision]}, self.sheet.undecided,
            self.sheet.only_notes, sum(row["self"] is True for row in rows), self.before,
            len(self.sheet.decided) - len(self.new), withdrawn,
        )  # fmt: skip


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _state(found: Row) -> tuple[str, ...]:
    return membership_state(*found["held"]) if found["held"] else ()


def _names(one: Decided, found: Row, held: tuple[str, ...]) -> tuple[str, str]:
    """Person and access, as a worksheet calls them."""
    username, name, _ = found["subject"]
    person = username or name or one.user
    return person, f"{one.kind} {found['called'] or one.access}" + (f" ({', '.join(held)})" if held else "")


def _as_a_cell(text: str) -> str:
    """What a worksheet says, however a spreadsheet took the mark in front of a formula and the blanks at both ends."""
    return _alike(short(harmless_cell(text).removeprefix("'"), LONGEST_CELL))


def _alike(name: str) -> str:
    """Two ways of writing one name are the same."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split()).removeprefix("@")


def _refused(sheet: Sheet, mistakes: list[Mistake]) -> UsageError:
    lines = [str(one) for one in mistakes[:TOLD]]
    if len(mistakes) > TOLD:
        lines.append(f"and {counted(len(mistakes) - TOLD, 'more mistake')}.")
    return UsageError(
        f"The worksheet {sheet.path} has {counted(len(mistakes), 'mistake')}: nothing was stored.",
        "\n".join(lines),
        "Correct these rows, or write a new worksheet: rc2graph review --worksheet FILE.xlsx",
    )
