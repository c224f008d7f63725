"""A question of a review: one `.cypher` file with one statement, and a header that says what it asks and needs.

    // title: Privileged accounts that nobody uses
    // question: Which accounts with tier A power did not sign in for so long?
    // why: Nobody would notice if somebody else signed in.
    // controls: CIS 5.3, NIST AC-2(3)
    // severity: high | medium | low | info (an inventory: to read, not to mend)
    // needs: users, roles, permissions (datasets; `emails`, `federated`, `decisions`, `history`; or: nothing)
    // examines: accounts | roles | teams | permissions | rooms | memberships | assignments | grants
    // param dormant_days: 90 = days without a sign-in (the default, in JSON, and what it means)
    // columns: path, user, lastLogin
    // heuristic: what the guess rests on (only where a row is a guess)
    // when-incomplete: rows stay true (only where a row is true whatever was not seen; else nothing is shown then)

The statement gets `$workspace`, `$asOf` (the instant that the graph shows) and its parameters, and only reads.
A column `path` is a list of names, the way of access behind the finding, from the account on.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from rc2graph.access.visibility import FIELDS
from rc2graph.catalogue import catalogue
from rc2graph.errors import UsageError
from rc2graph.graph.statements import Statement, described, names, read
from rc2graph.model import COUNTED_NODES, USER
from rc2graph.snapshot.schema import DATASETS

FOLDER, SUMMARY = "review", "summary"
SEVERITIES = ("high", "medium", "low", "info")
EXAMINED = {
    "accounts": "users", **{one.noun: one.noun for one in COUNTED_NODES if one is not USER},
    "memberships": "MEMBER_OF", "assignments": "HAS_ROLE", "grants": "GRANTS",
}  # fmt: skip
"""What a question may examine, and its name among the counts of the graph."""


ABSENT_ROLES = "absent_roles"
"""A parameter with a default that depends on the release of the server: role ids that the defaults of permissions name
and a new workspace does not have."""


@dataclass(frozen=True)
class Parameter:
    name: str
    default: Any
    told: str

    def value(self, text: str) -> Any:
        """What a person typed, of the kind that the default has. A list is typed with commas. Errors: `UsageError`."""
        if isinstance(self.default, list) and not text.startswith("["):
            return [part.strip() for part in text.split(",") if part.strip()]
        if isinstance(self.default, str):
            return text
        try:
            value = json.loads(text)
        except ValueError:
            value = self  # of no kind that a default has
        if isinstance(self.default, float) and type(value) is int:
            return float(value)
        if type(value) is not type(self.default) or (isinstance(value, int | float) and not value >= 0):
            example = json.dumps(self.default)
            raise UsageError(f"-p {self.name}={text} makes no sense.", f"{self.told}: such as {example}.")
        return value


@dataclass(frozen=True)
class Question:
    name: str
    text: str = field(repr=False)
    title: str
    asks: str
    why: str
    controls: tuple[str, ...]
    severity: str
    needs: tuple[str, ...]
    examines: str
    parameters: tuple[Parameter, ...]
    columns: tuple[str, ...]
    heuristic: str
    stays_true: bool
    """Its rows are true whatever else was not seen."""
    before_decisions: str | None
    """What it answers while nobody has decided anything, without being asked: a finding, or "" for nothing."""
    by: str
    """The file it was read from, where it is not one of ours."""

    @cached_property
    def rests(self) -> frozenset[str]:
        """What its answer rests on besides the data (`grounds`)."""
        from rc2graph.access.grounds import of_statement

        return of_statement(self.text)

    @property
    def rank(self) -> tuple[int, str]:
        return SEVERITIES.index(self.severity), self.name

    def unasked(self) -> list[tuple[Any, ...]]:
        """The rows of `before_decisions`."""
        if not self.before_decisions:
            return []
        known = {"path": [], "finding": self.before_decisions}
        return [tuple(known.get(column) for column in self.columns)]

    def chosen(self, values: Mapping[str, Any], version: str | None = None) -> dict[str, Any]:
        """Its own parameters, each with the value that was chosen for it or its default. `version`: of the server."""
        defaults = {one.name: one.default for one in self.parameters}
        if ABSENT_ROLES in defaults:
            defaults[ABSENT_ROLES] = [role.id for role in catalogue().at(version).roles]
        return {name: values.get(name, default) for name, default in defaults.items()}


@cache
def shipped() -> tuple[Question, ...]:
    """The questions of this release, by severity and name."""
    found = (_question(name.partition("/")[2], described(name), "") for name in names(FOLDER))
    return tuple(sorted(found, key=lambda one: one.rank))


def from_folder(path: Path) -> tuple[Question, ...]:
    """Somebody's own questions: every `.cypher` file of a folder. Errors: `UsageError` with file and line of header."""
    if not path.is_dir():
        raise UsageError(f"There is no folder {path}.", "", "Name a folder of .cypher files with --questions.")
    found = []
    for file in sorted(path.glob("*.cypher")):
        try:
            found.append(_question(file.stem, read(file.stem, file), str(file)))
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"The question {file} cannot be read.", str(error), "Write it in UTF-8.") from error
    if not found:
        raise UsageError(f"There is no .cypher file in {path}.", "", "docs/review.md shows how a question is written.")
    return tuple(sorted(found, key=lambda one: one.rank))


def all_questions(own: Path | None = None) -> tuple[Question, ...]:
    """Ours and somebody's own, by severity and name. Errors: `UsageError`, also where two have one name."""
    ours = shipped()
    theirs = from_folder(own) if own else ()
    if any(one.name == SUMMARY for one in theirs):
        raise UsageError(f"No question can be called {SUMMARY}.", "The overview has that name.", "Rename that file.")
    if twice := {one.name for one in ours} & {one.name for one in theirs}:
        raise UsageError(f"Two questions are called {min(twice)}.", f"One is in {own}.", "Rename that file.")
    return tuple(sorted((*ours, *theirs), key=lambda one: one.rank))


def named(questions: Iterable[Question], wanted: Iterable[str]) -> tuple[Question, ...]:
    """Those of the names, in their order; all of them where no name is given. Errors: `UsageError` with near names."""
    import difflib

    known = {one.name: one for one in questions}
    found = []
    for name in dict.fromkeys(wanted):
        if name not in known:
            near = difflib.get_close_matches(name, known, n=3) or [one for one in known if name in one][:3]
            offer = f"Did you mean {', '.join(near)}?" if near else ""
            raise UsageError(f"There is no question {name!r}.", offer, "rc2graph review --list")
        found.append(known[name])
    return tuple(found) or tuple(known.values())


def values_of(questions: Iterable[Question], pairs: Iterable[str]) -> dict[str, Any]:
    """`name=value`, as typed, for the questions that have such a parameter. Errors: `UsageError`."""
    import difflib

    known = {one.name: one for question in questions for one in question.parameters}
    values = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals or name not in known:
            near = difflib.get_close_matches(name, known, n=3)
            offer = f"Did you mean {', '.join(near)}?" if near else f"Known: {', '.join(sorted(known))}."
            offer = offer if known else "These questions have none."
            raise UsageError(f"{pair!r} sets no parameter.", offer, "Write it like -p dormant_days=90")
        values[name] = known[name].value(text)
    return values


def _question(name: str, statement: Statement, by: str) -> Question:
    header = statement.header

    def listed(key: str) -> tuple[str, ...]:
        return tuple(part.strip() for part in header.get(key, "").split(",") if part.strip())

    def wrong(what: str) -> UsageError:
        return UsageError(f"The question {by or name} cannot be used.", what, "docs/review.md shows how it is written.")

    for key in ("title", "question", "severity", "needs", "columns"):
        if not header.get(key):
            raise wrong(f"Its header has no line '// {key}: …'.")
    severity, examines = header["severity"], header.get("examines", "accounts")
    if severity not in SEVERITIES:
        raise wrong(f"Its severity is {severity!r}, and not one of {', '.join(SEVERITIES)}.")
    if examines not in EXAMINED:
        raise wrong(f"It examines {examines!r}, and not one of {', '.join(EXAMINED)}.")
    needs = () if header["needs"] == "nothing" else listed("needs")
    if unknown := [need for need in needs if need not in (*DATASETS, *FIELDS)]:
        raise wrong(f"It needs {unknown[0]!r}, and not one of {', '.join((*DATASETS, *FIELDS))}.")
    before = header.get("before-decisions")
    if before not in (None, "none") and "finding" not in listed("columns"):
        raise wrong("Its answer before-decisions has no column 'finding' to stand in.")
    parameters = []
    for key, said in header.items():
        kind, _, parameter = key.partition(" ")
        if kind == "param":
            default, _, told = said.partition(" = ")
            try:
                parameters.append(Parameter(parameter, json.loads(default), told))
            except ValueError:
                raise wrong(f"Its parameter {parameter} has no default in JSON: '// {key}: 90 = days …'.") from None
    return Question(
        name,
        statement.text,
        statement.title,
        header["question"],
        header.get("why", ""),
        listed("controls"),
        severity,
        needs,
        examines,
        tuple(parameters),
        listed("columns"),
        header.get("heuristic", ""),
        header.get("when-incomplete", "") == "rows stay true",
        {None: None, "none": ""}.get(before, before),
        by,
    )
