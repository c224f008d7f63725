"""A review as one page for an auditor: opened offline it asks nothing of anybody, and every name in it is escaped.

The script only adds sorting, filters and folding: without it everything is there to be read.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from html import escape
from itertools import groupby
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from rc2graph.access.visibility import CALLED, STATES
from rc2graph.render import access_map
from rc2graph.render.pages import pieces
from rc2graph.render.review_summary import kind, summarized
from rc2graph.reviews.questions import Question
from rc2graph.reviews.run import FINDINGS, LISTED, NONE, NOT_VISIBLE, Result, Review, Row, Seen
from rc2graph.snapshot.past_reviews import PastReview
from rc2graph.text import cell, counted, harmless, listed, short

ORDER = (FINDINGS, NOT_VISIBLE, NONE, LISTED)
"""Verdicts, as they follow each other within a severity."""
MANY, LONG = 6, 300
"""A cell with more names, or more letters, is folded."""
WIDE, WORD = 48, 24
"""A cell with more letters, or with a longer word, gets a wide column."""
CROWDED = 9
"""A table with more columns is set smaller, to fit the page."""
SCREENFUL = 60
"""Rows that fill any window."""
INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\d(\.\d+)?Z")


def page(review: Review, past: Iterable[PastReview] = ()) -> Iterator[str]:
    """The page in pieces, a row at a time. `past`: earlier reviews, that it is held against."""
    groups = _grouped(review)
    several = len(review.seen) > 1
    results = [one for group in groups for one in group]
    summary = summarized(review, results, past)
    heads = [
        "severity",
        "question",
        *(["workspace"] if several else []),
        "found",
        *(["before"] if summary.counted else []),
    ]
    made = {
        "title": listed([one.workspace for one in review.seen]),
        "review": review,
        "several": several,
        "summary": summary,
        "heads": [*heads, "examined", "visibility"],
        "maps": [access_map.shown(one) for one in review.maps],
        "findings": [group for group in groups if group[0].question.severity != "info"],
        "inventories": [group for group in groups if group[0].question.severity == "info"],
        "screenful": SCREENFUL,
        "crowded": CROWDED,
        "made": _made(review),
        "strong": partial(_tag, "strong"),
    }
    filters: dict[str, Callable[..., Any]] = {**FILTERS, "earlier": partial(_earlier, summary.counted)}
    return pieces("review.html", styles=("review", "map"), scripts=("map", "review"), filters=filters, **made)


def _grouped(review: Review) -> list[list[Result]]:
    """The results of each question together: high severity first, and within it what was found."""

    def order(group: list[Result]) -> tuple[int, int, str]:
        severity, name = group[0].question.rank
        return severity, min(ORDER.index(one.verdict) for one in group), name

    return sorted((list(group) for _, group in groupby(review.results, lambda one: one.question.rank)), key=order)


# ---- what the review is, and what it could not see


def _opening(seen: Seen) -> list[tuple[str, str | Markup]]:
    sync = seen.sync
    roles = ", ".join(map(_name, sync.get("callerRoles") or ())) or "roles not known"
    reader = f"{_name(sync['callerId'])} ({roles})" if sync.get("callerId") else "not known"
    return [
        ("Workspace", _tag("strong", Markup(_name(seen.workspace)))),
        ("As of", Markup(_instant(seen.as_of)) if seen.as_of else _tag("strong", "no finished load")),
        ("Server", Markup(f"Rocket.Chat {_name(seen.version)}" if seen.version else "version not known")),
        ("Loaded at", Markup(_instant(sync["finishedAt"])) if sync.get("finishedAt") else ""),
        ("Read as", Markup(reader)),
        ("Snapshot", _tag("code", f"SHA-256 {sync['snapshotSha256']}") if sync.get("snapshotSha256") else ""),
    ]


def _gaps(seen: Seen) -> list[str]:
    if seen.as_of is None:
        return ["Anything: no load of this workspace has finished yet."]
    short_of = [(name, state) for name, state in seen.datasets.items() if state != "complete"]
    return [*(f"{CALLED.get(name, name)}: {STATES.get(state, state)}" for name, state in short_of), *seen.not_visible]


def _datasets(seen: Seen) -> list[dict[str, Any]]:
    return [
        {
            "called": CALLED.get(name, name), "gap": state != "complete",
            "state": "in full" if state == "complete" else STATES.get(state, state),
            "read": Markup(_td(seen.sync.get(f"{name}Fetched"))), "of": Markup(_td(seen.sync.get(f"{name}Total"))),
        }
        for name, state in seen.datasets.items()
    ]  # fmt: skip


# ---- a question


def _called(question: Question) -> Markup:
    return Markup(f"<code>{_text(question.name)}</code>{f' from {_text(question.by)}' if question.by else ''}")


def _controls(question: Question) -> Markup:
    return Markup(" ".join(f'<span class="control">{_text(one)}</span>' for one in question.controls))


def _guess(question: Question) -> Markup:
    return Markup(f'<span class="guess">{_text(question.heuristic)}</span>' if question.heuristic else "")


def _parameters(result: Result) -> Markup:
    told = {one.name: one.told for one in result.question.parameters}
    return Markup(
        "<br>".join(
            f"<code>{_text(name)} = {_text(cell(value))}</code> {_text(told[name])}"
            for name, value in result.parameters.items()
        )
    )


def _found(result: Result) -> str:
    noun = "row" if result.verdict == LISTED else "finding"
    return f"{'At least ' if result.gaps else ''}{counted(result.total, noun)}"


def _earlier(counted: Mapping[tuple[str, str], int | None], result: Result) -> str:
    """What the review before found; "" where it did not ask."""
    key = (result.workspace, result.question.name)
    if key not in counted:
        return ""
    number = counted[key]
    return "not visible" if number is None else f"{number:,}"


def _style(group: Sequence[Result]) -> str:
    """How little of a question there is to be seen: on paper one with nothing found takes a line."""
    return "clean" if all(one.verdict == NONE and not one.explained for one in group) else ""


def _cells(row: Row, order: Sequence[int], columns: Sequence[str]) -> Markup:
    cells = (_path(row[n]) if columns[n] == "path" else _td(row[n]) for n in order)
    return Markup(f"<tr>{''.join(cells)}</tr>")


def _order(columns: Sequence[str]) -> list[int]:
    """The path comes behind the column that names the row, where it is seen in any window."""
    first = next((n for n, column in enumerate(columns) if column != "path"), 0)
    return sorted(range(len(columns)), key=lambda n: (n != first, columns[n] != "path", n))


def _td(value: Any) -> str:
    match value:
        case None:
            return "<td></td>"
        case bool():
            return f"<td>{cell(value)}</td>"
        case int() | float():
            return f'<td class="n">{value:,}</td>'
        case list() | tuple() if len(value) > MANY:
            begin = _names([short(cell(one), WIDE) for one in value[: MANY // 2]])
            return _folded(f"{begin} and {len(value) - MANY // 2:,} more", _names(map(cell, value)))
        case list() | tuple():
            return f"<td{_width(cell(value))}>{_names(map(cell, value))}</td>"
    text = cell(value)
    if instant := INSTANT.fullmatch(text):
        return f"<td>{_time(instant)}</td>"
    if len(text) > LONG:
        return _folded(f"{_soft(short(text, WIDE))} ({len(text):,} characters)", _soft(text))
    return f"<td{_width(text)}>{_soft(text)}</td>"


def _width(text: str) -> str:
    return ' class="wide"' if len(text) > WIDE or len(max(re.split(r"[\W_]", text), key=len)) > WORD else ""


def _path(value: Any) -> str:
    """A way of access, with its steps to be seen."""
    steps = value if isinstance(value, list | tuple) else [value]
    return f'<td class="path">{_names(map(cell, steps), " → ")}</td>'


def _folded(begin: str, whole: str) -> str:
    return f'<td class="wide"><details><summary>{begin}</summary>{whole}</details></td>'


# ---- the end, and small parts


def _made(review: Review) -> str:
    loaded = listed(sorted({str(one.sync.get("catalogueVersion") or "") for one in review.seen} - {""}))
    other = f" (that of the load: {loaded})" if loaded not in ("", review.catalogue) else ""
    return (
        f"Made by {review.tool}, with its catalogue of permissions {review.catalogue}{other}, read from Rocket.Chat "
        f"{review.read}."
    )


def _anchor(question: Question) -> str:
    return f"q-{quote(question.name, safe='')}"


def _spoken(order: Sequence[int], columns: Sequence[str]) -> list[str]:
    """lastLogin → last login"""
    return [re.sub(r"(?<=[a-z])[A-Z]", lambda found: f" {found[0].lower()}", columns[n]) for n in order]


def _instant(text: str) -> str:
    instant = INSTANT.fullmatch(text)
    return f"{_time(instant)} UTC" if instant else _text(text)


def _time(instant: re.Match[str]) -> str:
    return f'<time datetime="{instant[0]}">{instant[1]} {instant[2]}</time>'


def _tag(name: str, inside: str | Markup) -> Markup:
    return Markup(f"<{name}>{inside if isinstance(inside, Markup) else _text(inside)}</{name}>")


def _name(text: str) -> str:
    """A name between other words: where it is written from right to left, it turns nothing around it."""
    return f"<bdi>{_text(text)}</bdi>"


def _names(texts: Iterable[str], between: str = ", ") -> str:
    return between.join(f"<bdi>{_soft(text)}</bdi>" for text in texts)


def _soft(text: str) -> str:
    """A name in a narrow column, that may be broken where it has a joint."""
    return re.sub(r"([._@/:])(?=\w)", r"\1<wbr>", _text(text))


def _text(text: str) -> str:
    return escape(harmless(text), quote=True)


FILTERS: dict[str, Callable[..., Any]] = {
    "anchor": _anchor, "called": _called, "card": kind, "cells": _cells, "controls": _controls, "datasets": _datasets,
    "found": _found, "gaps": _gaps, "guess": _guess, "number": lambda value: f"{value:,}", "opening": _opening,
    "ordered": _order, "parameters": _parameters, "spoken": _spoken, "style": _style,
}  # fmt: skip
