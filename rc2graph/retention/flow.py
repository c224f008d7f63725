"""How something is removed, whichever verb does it: plan, ask, do, report.

A plan is made by reading alone. What it does holds the lease of the workspace and can be stopped anywhere: repeated, it
ends where it would have. Asking and printing are the terminal's part (`cli.removal`).
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypedDict, Unpack

from rc2graph.errors import UsageError
from rc2graph.graph.connect import WorkspaceGraph
from rc2graph.graph.lease import Clock, Sleep
from rc2graph.graph.writer import Writer, writing


@dataclass(frozen=True)
class Report:
    """What was removed: in lines for people, and as `--json` says it."""

    lines: list[str]
    json: dict[str, Any]


@dataclass(frozen=True)
class Plan(Report):
    """What would be removed."""

    question: str
    """Asked before it is done; empty where there is nothing to remove."""
    carry_out: Callable[[], Report]
    limits: str = ""
    """What is not known here."""


class NothingLeftError(UsageError):
    """What was to be removed is not there; it may be that a run which was stopped has removed it."""


class Pace(TypedDict, total=False):
    """From outside: the clock, how to sleep, and how much one transaction removes."""

    clock: Clock
    sleep: Sleep
    batch: int


@contextmanager
def removing(graph: WorkspaceGraph, **pace: Unpack[Pace]) -> Iterator[Writer]:
    """Hold the lease of a workspace while things are removed; no file of an embedded graph keeps them afterwards.

    Errors: `BusyError` where a load writes for longer than a minute.
    """
    with writing(graph, **pace) as writer:
        graph.erase_removed()
        yield writer


def removed(writer: Writer, steps: Mapping[str, str], **params: Any) -> Iterator[tuple[str, int]]:
    """Take one step after the other (kind, and the statement that removes it), and say how much went of each kind."""
    for kind, statement in steps.items():
        yield kind, writer.until_none(statement, **params)
