"""Everything that can stop a run, each with what failed, why, and what to do next.

    Rc2graphError                                        exit
    ├── UsageError            known without asking anybody  2
    ├── CredentialsError      the server refuses the pair   3
    ├── MissingPermissionError      the token may not see enough  4
    ├── SourceError           the server failed             5
    │   ├── IncompleteError   it answered, but not in full
    │   └── SnapshotError     the file is not what it should be
    │       └── DamagedError  it was, and cannot be read or trusted any more
    ├── GuardError            too much would be removed     6
    │   └── OlderError        the graph holds newer data
    └── GraphError            the graph database            7
        └── BusyError         another run holds it

Policy belongs to the error: its exit code, and for the source whether asking again can help (`retryable`).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar


class Rc2graphError(Exception):
    """What failed, why, and the next step, in three short texts that fit under each other. `snapshot`: what a load had
    already read when it failed: loading this file needs no Rocket.Chat."""

    exit_code: ClassVar[int] = 1
    snapshot: Path | None = None

    def __init__(self, what: str, why: str = "", next_step: str = "") -> None:
        super().__init__(what)
        self.what, self.why, self.next_step = what, why, next_step

    def __str__(self) -> str:
        lines = [self.what, self.why, f"Next: {self.next_step}" if self.next_step else ""]
        return "\n".join(line for line in lines if line)


class UsageError(Rc2graphError):
    """Wrong option or configuration, known without asking a server."""

    exit_code = 2


class CredentialsError(Rc2graphError):
    """The server does not accept the user id and token (rocketchat.md §1.1)."""

    exit_code = 3


class MissingPermissionError(Rc2graphError):
    """The token is good, but what it may see is not enough to tell "no" from "not visible"."""

    exit_code = 4


class SourceError(Rc2graphError):
    """Rocket.Chat, or what stands before it, did not answer with data. `retryable`: asking again may help. `late`: it
    took too long or broke off on the way, so less at a time may come through. `after`: seconds to wait before that,
    where the answer says so."""

    exit_code = 5
    retryable: bool = False
    late: bool = False
    after: float | None = None

    def __init__(self, what: str, why: str = "", next_step: str = "", *, retryable: bool = False) -> None:
        super().__init__(what, why, next_step)
        self.retryable = retryable


class IncompleteError(SourceError):
    """The server answered, but not with everything that its own figures promise."""


class SnapshotError(SourceError):
    """The snapshot file is damaged, unfinished, or another workspace's."""


class DamagedError(SnapshotError):
    """The snapshot file cannot be read, or its rows do not fit its hash. Among other files it is named, skipped and
    kept."""


class GuardError(Rc2graphError):
    """More would be removed than the guard lets through. `removed`: how many of each kind that stopped it; `percent`:
    the `allow_removals` that lets it through, None where none does."""

    exit_code = 6

    def __init__(
        self,
        what: str,
        why: str = "",
        next_step: str = "",
        *,
        percent: int | None = None,
        removed: Mapping[str, int] | None = None,
    ) -> None:
        super().__init__(what, why, next_step)
        self.percent, self.removed = percent, dict(removed or {})


class OlderError(GuardError):
    """The graph already holds a newer state than this snapshot, or one that is dated `ahead` of the clock."""

    ahead: bool = False


class GraphError(Rc2graphError):
    """The graph database cannot be reached, or refuses."""

    exit_code = 7


class BusyError(GraphError):
    """Another run holds the workspace, the embedded graph or the unfinished snapshot."""
