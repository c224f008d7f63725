"""The answers to a review's questions, each with what it was able to see.

A question whose datasets were not all complete answers "not visible, because …", never with an empty table
(invariants.md I12).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from rc2graph.access.access_map import AccessMap, access_map
from rc2graph.access.basis import basis_of
from rc2graph.access.grounds import named_in
from rc2graph.access.target import ADMINISTRATOR
from rc2graph.access.visibility import LEFT_OUT, Visibility
from rc2graph.catalogue import catalogue
from rc2graph.catalogue.notes import Note, ReleaseNotes
from rc2graph.errors import GraphError, UsageError
from rc2graph.graph import state
from rc2graph.graph.connect import WorkspaceGraph
from rc2graph.graph.explained import RejectedError, WriteRefusedError
from rc2graph.graph.lease import instant
from rc2graph.graph.values import plain
from rc2graph.reviews.questions import ABSENT_ROLES, EXAMINED, SEVERITIES, Question
from rc2graph.text import counted, listed
from rc2graph.version import __version__

LONGEST = 36_500
"""Days that a calendar can go back."""
AT_ONCE = 3
"""Questions that are asked at the same time: the database works on one while another's rows are on their way."""
FINDINGS, LISTED, NONE, NOT_VISIBLE = "findings", "listed", "none", "not visible"
IN_FULL, BUT_FOR = "in full", "but for"
UNSEEN_ACCOUNTS = f"accounts {LEFT_OUT}, which this server leaves out"

NOT_EXPOSED = (
    "Whether an account has a second factor: only whether a role demands one.",
    "Who granted a role, and when: only since when this tool has seen it, and who added a member to a team.",
    "Where an account signs in from, and whether its password is local or a directory's.",
    "Which personal access tokens others have, and how old they are.",
    "Who owns, moderates or reads a single room: only the rooms of teams, and what team membership opens.",
)
"""What Rocket.Chat does not tell an administrator through its API, whatever the token may do."""

Row = tuple[Any, ...]
Sink = Callable[["Result", Iterator[Row]], Iterator[Row]]
"""Sees each row of an answer on its way: for files that hold all of them."""


@dataclass
class Result:
    """What came of one question in one workspace. `rows` are the first of `total`."""

    workspace: str
    question: Question
    parameters: dict[str, Any]
    examined: int | None
    """How many of what the question examines there are; None: not counted, nothing was loaded."""
    gaps: tuple[str, ...]
    rows: list[Row] = field(default_factory=list)
    total: int = 0
    left_out: tuple[str, ...] = ()
    """What the lists that were read in full do not tell: accounts, or properties of some of their rows."""
    notes: tuple[Note, ...] = ()
    """What the server's release means for this answer."""
    explained: tuple[str, ...] = ()
    """What a reader may take for a finding and is none, and why."""

    @property
    def verdict(self) -> str:
        if self.gaps and not (self.total and self.question.stays_true):
            return NOT_VISIBLE
        if not self.total:
            return NONE
        return LISTED if self.question.severity == "info" else FINDINGS

    @property
    def verdict_text(self) -> str:
        """The verdict in a few words, with its number."""
        if self.verdict == NOT_VISIBLE:
            return "not visible"
        least = "at least " if self.gaps else ""
        return f"{least}{self.total:,}" if self.total else "none"

    @property
    def among(self) -> str:
        """How many of what were examined; "" where they were not counted."""
        return "" if self.examined is None else counted(self.examined, self.question.examines.removesuffix("s"))

    @property
    def visibility(self) -> str:
        """Whether all that the answer rests on was seen; else what was not."""
        if self.gaps:
            return f"not in full: {'; '.join((*self.gaps, *self.left_out))}"
        return f"{IN_FULL}{self.but_for}"

    @property
    def but_for(self) -> str:
        """What of it was not seen though the lists were read in full; "" where there is nothing."""
        return f", {BUT_FOR} {'; '.join(self.not_told)}" if self.left_out else ""

    @property
    def not_told(self) -> tuple[str, ...]:
        """`left_out` as a part of a sentence."""
        return tuple(UNSEEN_ACCOUNTS if text.startswith("users ") else text for text in self.left_out)

    @property
    def noted(self) -> str:
        """What its notes are on, for where each note is told once."""
        return listed([note.on for note in self.notes])

    def as_dicts(self) -> Iterator[dict[str, Any]]:
        for row in self.rows:
            yield dict(zip(self.question.columns, row, strict=True))


@dataclass(frozen=True)
class Seen:
    """One workspace as it was when it was asked."""

    workspace: str
    as_of: str | None
    sync: Mapping[str, Any]
    datasets: Mapping[str, str]
    not_visible: tuple[str, ...]
    counts: Mapping[str, int]
    version: str | None = None
    """Of the server, as far as it told."""
    notes: tuple[Note, ...] = ()
    """What the server's release means for the answers, each said once."""


@dataclass(frozen=True)
class Review:
    seen: tuple[Seen, ...]
    results: tuple[Result, ...]
    """By severity and name of the question, then by workspace."""
    tool: str = f"rc2graph {__version__}"
    catalogue: str = field(default_factory=lambda: catalogue().version)
    read: str = field(default_factory=lambda: _read())
    """The releases of Rocket.Chat that the catalogue was read from, and which parts of them."""
    not_exposed: tuple[str, ...] = NOT_EXPOSED
    maps: tuple[AccessMap, ...] = ()
    """Of each workspace, where they were asked for: everybody who is or can become administrator."""

    def at_least(self, severity: str) -> tuple[list[Result], list[Result]]:
        """Of this severity or a higher one: those with findings, and those that could not be answered."""
        asked = [one for one in self.results if one.question.rank[0] <= SEVERITIES.index(severity)]
        found = [one for one in asked if one.verdict == FINDINGS]
        return found, [one for one in asked if one.gaps]

    def count(self, verdict: str) -> int:
        return sum(result.verdict == verdict for result in self.results)


def _read() -> str:
    read = catalogue().read
    return f"{read} ({read.how})" if read else "not known"


def review(
    workspaces: Sequence[WorkspaceGraph],
    questions: Iterable[Question],
    values: Mapping[str, Any],
    *,
    most: int | None = None,
    sink: Sink | None = None,
    unseen: tuple[str, ...] = (),
    mapped: bool = False,
) -> Review:
    """Ask every question of every workspace. `most`: rows of each answer that are kept; all are counted.
    `unseen`: what the graph itself does not hold, `name: why` with a name of `FIELDS`. `mapped`: with `maps`.

    Errors: `BusyError` where a load writes meanwhile; `UsageError` and `GraphError` for a question that cannot be run.
    """
    from rc2graph.graph.reading import reading

    questions = tuple(questions)
    seen, results, maps = list[Seen](), list[Result](), list[AccessMap]()
    for graph in workspaces:
        with reading(graph) as about:
            visibility = Visibility.of(graph)
            visibility = replace(visibility, gap_texts=(*visibility.gap_texts, *unseen))
            said = (*visibility.gap_texts, *visibility.lost.texts)
            counts = state.counts(graph) if visibility.as_of else {}
            sync = state.last_sync(graph) or {}
            decided = bool(graph.read("decisions/any"))
            ask = partial(_asked, graph, visibility, values, counts, most, sink, decided)
            with ThreadPoolExecutor(AT_ONCE) as pool:
                found = list(pool.map(ask, questions))
            results += found
            if mapped and visibility.as_of:
                maps.append(access_map(graph, visibility, ADMINISTRATOR))
            noted = {note for one in found for note in one.notes}
            notes = tuple(note for note in ReleaseNotes(visibility.version).all() if note in noted)
            seen.append(
                Seen(
                    graph.name, about.asOf, sync, about.datasets, said, counts, visibility.version, notes
                )
            )  # fmt: skip
    results.sort(key=lambda one: (one.question.rank, one.workspace))
    return Review(tuple(seen), tuple(results), maps=tuple(maps))


def _asked(
    graph: WorkspaceGraph,
    visibility: Visibility,
    values: Mapping[str, Any],
    counts: Mapping[str, int],
    most: int | None,
    sink: Sink | None,
    decided: bool,
    question: Question,
) -> Result:
    parameters = question.chosen(values, visibility.version)
    basis = basis_of(question.text, question.columns)
    visibility = _looking_back(visibility, parameters)
    gaps = visibility.missing(*question.needs, basis=basis)
    examined = counts.get(EXAMINED[question.examines])
    left_out = visibility.left_out(*question.needs, basis=basis)
    result = Result(visibility.workspace, question, parameters, examined, gaps, left_out=left_out)
    rows: Iterator[Row] = iter(())
    if visibility.as_of and (not gaps or question.stays_true):
        given = {**parameters, "asOf": visibility.as_of}
        known = not decided and question.before_decisions is not None
        rows = iter(question.unasked()) if known else _rows(graph, question, given)
        result.explained = _explained(graph, visibility, parameters)
    told = ReleaseNotes(visibility.version) if visibility.as_of else None
    rests = set(question.rests)
    watched = told.permissions() if told else frozenset[str]()
    for row in sink(result, rows) if sink else rows:
        result.total += 1
        if watched and not watched <= rests:
            rests |= watched.intersection(named_in(row))
        if most is None or len(result.rows) < most:
            result.rows.append(row)
    if not result.total:  # what its rows would not show is no matter then
        result.left_out = visibility.left_out(*question.needs, basis=replace(basis, shows=frozenset()))
    result.notes = told.of(rests) if told else ()
    return result


def _looking_back(visibility: Visibility, parameters: Mapping[str, Any]) -> Visibility:
    """Lost history is no matter to a question that looks back for so many days, once it was lost before these."""
    days = [value for name, value in parameters.items() if name.endswith("_days") and isinstance(value, int)]
    lost, as_of = visibility.lost, visibility.as_of
    if not (lost.history and days and as_of and 0 <= max(days) < LONGEST):
        return visibility
    begin = instant(datetime.fromisoformat(as_of) - timedelta(days=max(days)))
    if begin <= max(lost.history, lost.again or ""):
        return visibility
    return replace(visibility, lost=replace(lost, history=None))


def _explained(graph: WorkspaceGraph, visibility: Visibility, parameters: Mapping[str, Any]) -> tuple[str, ...]:
    """The role ids that permissions name and a new workspace does not have (permissions.md §6, rocketchat.md §5.1)."""
    if ABSENT_ROLES not in parameters:
        return ()
    known = {role.id: role.how for role in catalogue().at(visibility.version).roles}
    ids = [id_ for id_ in parameters[ABSENT_ROLES] if id_ in known]
    rows = graph.read("state/absent_roles", ids=ids)
    return tuple(
        f"{row['id']} is {'held, so it counts' if row['held'] else 'held by nobody, so it does not count'}. "
        f"{known[row['id']]}"
        for row in rows
    )


def _rows(graph: WorkspaceGraph, question: Question, given: Mapping[str, Any]) -> Iterator[Row]:
    """The rows of an answer in the order of the question's columns."""
    try:
        checked = False
        for record in graph.stream(question.text, given):
            if not checked and tuple(record.keys()) != question.columns:
                raise UsageError(
                    f"The question {question.by or question.name} cannot be used.",
                    f"Its header names the columns {', '.join(question.columns)}; "
                    f"it returns {', '.join(record.keys())}.",
                    "Let the two agree.",
                )
            checked = True
            yield tuple(map(plain, record))
    except (RejectedError, WriteRefusedError) as error:
        if not question.by:
            raise
        raise UsageError(
            f"The question {question.by} cannot be used.",
            error.why if isinstance(error, RejectedError) else "It would write, and questions only read.",
            "Correct that file. Until then nothing is reported, of the other questions neither.",
        ) from error
    except GraphError as error:
        error.what = f"The question {question.by or question.name} failed. {error.what}"
        raise
