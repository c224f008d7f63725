"""The order of a collection: read, doubt, read again, ask, check; then the completeness."""

import json
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from rc2graph.collection.check import Checks, instant
from rc2graph.collection.completeness import Completeness
from rc2graph.collection.discrepancies import FIRST, LAST, SECOND, THIRD, VANISHED, Discrepancies
from rc2graph.collection.identity import Identity
from rc2graph.collection.pass_ import Pass
from rc2graph.collection.previous_state import NoPreviousState, PreviousState
from rc2graph.collection.progress import Progress
from rc2graph.collection.vanished import Vanished
from rc2graph.duration import in_words
from rc2graph.errors import IncompleteError, MissingPermissionError, SourceError
from rc2graph.rocketchat.client import Client
from rc2graph.rocketchat.endpoints import PERMISSIONS
from rc2graph.rocketchat.preflight import NEEDED, Preflight, preflight
from rc2graph.snapshot import Collection, Dataset
from rc2graph.version import __version__

log = logging.getLogger("rc2graph.collect")


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

    def as_dict(self) -> dict[str, Any]:
        return {
            "snapshot": str(self.path),
            "sha256": self.sha256,
            "complete": self.complete,
            "resumed": self.resumed,
            "datasets": {
                name: {"state": dataset.state, "fetched": dataset.fetched, "total": dataset.total, "why": dataset.why}
                for name, dataset in self.datasets.items()
            },
            "unsettledTeams": self.unsettled,
            "requests": self.requests,
            "refusals": self.refusals,
            "seconds": {name: round(value, 3) for name, value in self.seconds.items()},
        }


def collect(
    client: Client,
    collection: Collection,
    *,
    workspace: str,
    previous: PreviousState | None = None,
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
        return _Collector(client, collection, workspace, previous or NoPreviousState(), emails, now, report).run(
            resume_within, seen
        )


class _Collector:
    def __init__(
        self,
        client: Client,
        file: Collection,
        workspace: str,
        previous: PreviousState,
        emails: bool,
        now: Callable[[], datetime],
        report: Callable[[Progress], None],
    ) -> None:
        self.client, self.file, self.workspace, self.previous = client, file, workspace, previous
        self.emails, self.now, self.report = emails, now, report
        self.progress = Progress()
        self.checks: Checks
        self.discrepancies: Discrepancies

    def run(self, resume_within: float, seen: Callable[[Preflight], None]) -> Collected:
        began = time.monotonic()
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
        return self._finish(began)

    def _read(self) -> None:
        """Read until all adds up, or two passes agree; the last request is a check."""
        base = int(self.file.meta("look") or FIRST)
        while True:
            self._pass(base, self.discrepancies.teams_in_doubt if base else self.discrepancies.all_teams).run()
            unexplained = self.discrepancies.describe(base)
            if not unexplained or base == THIRD:
                break
            base += SECOND
            log.info("asking again: %s", "; ".join(unexplained))
            self.progress.stage, self.progress.seconds_left = "asking again", None
            self.checks.again()
            self.file.set_meta(look=str(base))
        Vanished(self.client, self.discrepancies, self._pass(VANISHED, list), self.now).ask()
        self._pass(LAST, list, lists=False).run()
        self.checks.again(keep=True)
        self._roles_hold()

    # ---- beginning

    def _begin(self, resume_within: float, seen: Callable[[Preflight], None]) -> None:
        """Preflight; then go on with what stands in the file, or begin anew."""
        first = preflight(self.client)
        seen(first)
        identity = Identity(
            self.workspace, self.client.address.url, first.caller.id, first.version, self.emails,
            tuple(name for name in NEEDED if name in first.held),
        )  # fmt: skip
        if self.file.resumed and (why := self._begins_anew(identity, resume_within)):
            log.warning("The unfinished collection is started over: %s.", why)
            self.file.clear()
        identity = identity.after(Identity.of(self.file.meta("identity")))
        self.checks = Checks(self.client, self.file, first, self.now)
        self.discrepancies = Discrepancies(self.file, self.checks, self.previous)
        first.require(self.checks.source)
        if not self.file.meta("started"):
            self.file.set_meta(started=instant(self.now()))
        self.file.set_meta(
            identity=str(identity),
            workspace=self.workspace,
            url=self.client.address.url,
            version=identity.version or "",
            caller_id=first.caller.id,
            caller_name=first.caller.username or "",
            caller_roles=json.dumps(first.caller.roles or ()),
            users_source=self.checks.source.route,
            tool_version=__version__,
        )
        self.checks.passed(first.answer, keep=not any(self.file.pages(PERMISSIONS.route)))

    def _begins_anew(self, identity: Identity, resume_within: float) -> str | None:
        """Why what stands in the file cannot be gone on with; None where it can."""
        changed = identity.changes(Identity.of(self.file.meta("identity")))
        age = self._age()
        if changed or age is None:
            return changed or "it does not say when it began"
        if age < -60:
            return "it began in the future, so the clock was wrong then or is now"
        return f"it began more than {in_words(timedelta(seconds=resume_within))} ago" if age > resume_within else None

    def _age(self) -> float | None:
        try:
            return (self.now() - datetime.fromisoformat(self.file.meta("started") or "")).total_seconds()
        except ValueError:
            return None

    # ---- passes

    def _pass(self, base: int, teams: Callable[[], list[str]], *, lists: bool = True) -> Pass:
        return Pass(
            self.client, self.file, self.checks, self.previous,
            base=base, teams=teams, emails=self.emails, now=self.now, progress=self.progress, report=self.report,
            lists=lists,
        )  # fmt: skip

    def _roles_hold(self) -> None:
        """`roles.list` has no total, so it proves itself by content: every role that the graph knows and a user still
        names must be in it, in one of two passes."""
        named = {role for (role,) in self.file.rows("SELECT DISTINCT value FROM user, json_each(user.roles)")}
        listed = {role for (role,) in self.file.rows("SELECT id FROM role")}
        if lost := sorted(named & self.previous.role_ids() - listed):
            raise IncompleteError(
                "roles.list could not be read completely.",
                f"Users still hold {', '.join(lost[:5])}, which the graph knows and roles.list does not show.",
                "Run the same command again. Where the role was removed in the database by hand: "
                "rc2graph collect --snapshot FILE && rc2graph load --snapshot FILE",
            )

    # ---- the end

    def _finish(self, began: float) -> Collected:
        completeness = Completeness(self.file, self.checks, self.discrepancies, emails=self.emails)
        started = self.file.meta("started") or ""
        digest = self.file.finish(completeness.datasets, instant(self.now()), completeness.settle)
        whole = time.monotonic() - began
        waited, retried = self.client.time.seconds["limiter"], self.client.time.seconds["retry"]
        return Collected(
            self.file.path,
            started,
            digest,
            {dataset.name: dataset for dataset in completeness.datasets},
            completeness.unsettled,
            self.client.requests,
            self.client.refusals,
            {"working": max(whole - waited - retried, 0.0), "limiter": waited, "retrying": retried},
            self.file.resumed,
        )
