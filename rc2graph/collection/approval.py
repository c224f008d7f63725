"""The two lists behind the list of users, that tell who was never approved (`snapshot.approval` says how).

They are asked only while somebody is in question, and only where the server may know the first (rocketchat.md §4.2).
"""

from collections.abc import Callable

from rc2graph.collection import ledger
from rc2graph.collection.check import Checks
from rc2graph.rocketchat import endpoints
from rc2graph.rocketchat.endpoints import Endpoint
from rc2graph.rocketchat.listing import Listing
from rc2graph.snapshot import Collection
from rc2graph.snapshot.approval import A_PASS, IN_QUESTION, INACTIVE, IS_PENDING, PENDING

LACKING = f"{ledger.UNANSWERED}the server takes no notice of what it is asked for"


IN_WORDS = {PENDING: "accounts that wait for approval", INACTIVE: "accounts that are not active"}
"""What each of the two lists is a list of."""


class Approval:
    """Of one pass, whose numbers begin at `base`. `begun`: where a list of this route, base and subject stands."""

    def __init__(
        self, file: Collection, checks: Checks, base: int, begun: Callable[[str, int, str], Listing], second: int
    ) -> None:
        self.file, self.checks, self.base = file, checks, base
        self.lists: dict[str, tuple[Endpoint, Listing]] = {
            subject: (endpoint, begun(endpoint.route, base + number, subject))
            for subject, endpoint, number in ((PENDING, endpoints.PENDING, 0), (INACTIVE, endpoints.INACTIVE, second))
        }
        self._open: dict[str, bool] = {}

    def next(self) -> tuple[str, Endpoint, dict[str, int]] | None:
        """What to ask when the list of users is whole: subject, endpoint and parameters."""
        if self.checks.tells_approval is False or PENDING in self.checks.silent:
            return None
        for subject, (endpoint, listing) in self.lists.items():
            if not self._in_question(subject):
                return None
            if ask := listing.next():
                return subject, endpoint, ask
            if not listing.complete:
                return None
        return None

    def _in_question(self, subject: str) -> bool:
        """Whether there is an account of this pass that this list has to tell of; looked up once."""
        if subject not in self._open:
            told = f" AND NOT {IS_PENDING}" if subject == INACTIVE else ""
            question = f"SELECT EXISTS (SELECT 1 FROM user WHERE look BETWEEN ? AND ? AND {IN_QUESTION}{told})"
            found = self.file.rows(question.format(u="user"), self.base, self.base + A_PASS - 1)
            self._open[subject] = bool(found[0][0])
        return self._open[subject]

    @property
    def lacking(self) -> str:
        """The note of an answer that shows that the server does not know what it is asked for. One whose release does
        know it was kept from answering."""
        return ledger.UNKNOWN if self.checks.tells_approval is None else LACKING
