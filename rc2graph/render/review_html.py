"""A review as one page for an auditor: opened offline it asks nothing of anybody, and every name in it is escaped.

The page's own policy lets one style sheet and one script through, by their hashes (the two files beside this module),
and no request. The script only adds sorting, filters and folding: without it everything is there to be read.
"""

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import quote

from rc2graph.access.visibility import CALLED, STATES
from rc2graph.reviews.questions import SEVERITIES, Question
from rc2graph.reviews.run import FINDINGS, LISTED, NONE, NOT_VISIBLE, Result, Review, Seen
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

HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src '{css_hash}'; script-src '{js_hash}';\
 base-uri 'none'; form-action 'none'">
<meta name="referrer" content="no-referrer"><meta name="color-scheme" content="light dark">
<title>Access review of {title}</title><style>{css}</style></head><body>
<main>
"""
FOOT = "</main>\n<script>{js}</script>\n</body></html>\n"


def page(review: Review) -> Iterator[str]:
    """The page in pieces, a row at a time."""
    css, js = _beside(".css"), _beside(".js")
    title = _text(listed([one.workspace for one in review.seen]))
    yield HEAD.format(css_hash=_hash(css), js_hash=_hash(js), title=title, css=css)
    groups = _grouped(review)
    yield from _opening(review)
    yield from _unseen(review)
    yield from _summary(review, groups)
    several = len(review.seen) > 1
    for group in groups:
        if group[0].question.severity != "info":
            yield from _section(group, several)
    yield from _inventories([group for group in groups if group[0].question.severity == "info"], several)
    yield from _closing(review)
    yield FOOT.format(js=js)


def _grouped(review: Review) -> list[list[Result]]:
    """The results of each question together: high severity first, and within it what was found."""

    def order(group: list[Result]) -> tuple[int, int, str]:
        severity, name = group[0].question.rank
        return severity, min(ORDER.index(one.verdict) for one in group), name

    return sorted((list(group) for _, group in groupby(review.results, lambda one: one.question.rank)), key=order)


# ---- what the review is, and what it could not see


def _opening(review: Review) -> Iterator[str]:
    yield '<header class="opening"><h1>Access review</h1>\n'
    for seen in review.seen:
        sync = seen.sync
        roles = ", ".join(map(_name, sync.get("callerRoles") or ())) or "roles not known"
        reader = f"{_name(sync['callerId'])} ({roles})" if sync.get("callerId") else "not known"
        yield _facts(
            ("Workspace", f"<strong>{_name(seen.workspace)}</strong>"),
            ("As of", _instant(seen.as_of) if seen.as_of else "<strong>no finished load</strong>"),
            ("Server", f"Rocket.Chat {_name(seen.version)}" if seen.version else "version not known"),
            ("Loaded at", _instant(sync["finishedAt"]) if sync.get("finishedAt") else ""),
            ("Read as", reader),
            ("Snapshot", f"<code>SHA-256 {_text(sync['snapshotSha256'])}</code>" if sync.get("snapshotSha256") else ""),
        )
    yield "</header>\n"


def _unseen(review: Review) -> Iterator[str]:
    for seen in review.seen:
        place = f" in {_name(seen.workspace)}" if len(review.seen) > 1 else ""
        gaps = _gaps(seen)
        if gaps:
            yield f'<section class="box unseen"><h2>Not visible{place}</h2>\n'
            yield "<p>What was not seen is not known. Where an answer rests on it, this page says so.</p>\n"
            yield f"<ul>{_items(gaps)}</ul>\n"
        else:
            yield f'<section class="box seen"><h2>Everything was visible{place}</h2>\n'
            yield "<p>Each list was read in full: it held as many rows as the server counts.</p>\n"
        yield f"{_datasets(seen)}</section>\n"
        if seen.notes:
            yield f'<section class="box notes"><h2>Notes on the release of the server{place}</h2>\n'
            yield "<p>Answers that rest on what a note touches name it.</p>\n"
            yield f"<ul>{_items(note.text for note in seen.notes)}</ul></section>\n"


def _gaps(seen: Seen) -> list[str]:
    if seen.as_of is None:
        return ["Anything: no load of this workspace has finished yet."]
    short_of = [(name, state) for name, state in seen.datasets.items() if state != "complete"]
    return [*(f"{CALLED.get(name, name)}: {STATES.get(state, state)}" for name, state in short_of), *seen.not_visible]


def _datasets(seen: Seen) -> str:
    if not seen.datasets:
        return ""

    def row(name: str, state: str) -> str:
        read, of = seen.sync.get(f"{name}Fetched"), seen.sync.get(f"{name}Total")
        kind = "" if state == "complete" else ' class="gap"'
        said = "in full" if state == "complete" else STATES.get(state, state)
        called = _text(CALLED.get(name, name))
        return f"<tr{kind}><th scope='row'>{called}</th><td>{_text(said)}</td>{_td(read)}{_td(of)}</tr>"

    rows = "".join(row(name, state) for name, state in seen.datasets.items())
    head = "<tr><th scope='col'>list</th><th scope='col'>read</th><th scope='col' class='n'>rows</th>"
    return (
        f"<details><summary>What was read</summary><table>{head}<th scope='col' class='n'>of</th></tr>{rows}</table>"
        "</details>"
    )


# ---- the summary


def _summary(review: Review, groups: Sequence[Sequence[Result]]) -> Iterator[str]:
    several = len(review.seen) > 1
    yield '<section id="summary"><h2>Summary</h2>\n'
    answers = "question" if not several else "answer"
    yield f"<p>{counted(review.count(FINDINGS), answers)} of {len(review.results):,} with findings.</p>\n"
    yield f'<ul class="score">{"".join(_score(review))}</ul>\n'
    heads = ("severity", "question", *(["workspace"] if several else []), "found", "examined", "visibility")
    yield f'<div class="scroll short"><table class="summary">{_heads(heads)}<tbody>\n'
    for result in (one for group in groups for one in group):
        question = result.question
        place = f"<td>{_name(result.workspace)}</td>" if several else ""
        unseen = ' class="gap"' if result.gaps else ""
        yield (
            f"<tr><td>{_severity(question)}</td>"
            f'<th scope="row"><a href="#{_anchor(question)}">{_text(question.title)}</a>'
            f"<br><code>{_text(question.name)}</code></th>{place}"
            f'<td class="verdict {_kind(result)}">{_text(result.verdict_text)}</td><td>{result.among}</td>'
            f"<td{unseen}>{_text(result.visibility)}</td></tr>\n"
        )
    yield "</tbody></table></div></section>\n"


def _score(review: Review) -> Iterator[str]:
    """How many questions found something, by severity, and how many did not."""
    for severity in SEVERITIES[:-1]:
        number = sum(one.verdict == FINDINGS and one.question.severity == severity for one in review.results)
        yield f'<li class="{severity}"><b>{number}</b> <span class="severity {severity}">{severity}</span></li>'
    for verdict, told in ((NOT_VISIBLE, "not visible"), (NONE, "none found"), (LISTED, "to read")):
        yield f'<li class="{verdict.replace(" ", "-")}"><b>{review.count(verdict)}</b> <span>{told}</span></li>'


# ---- a question


def _section(group: Sequence[Result], several: bool) -> Iterator[str]:
    question = group[0].question
    yield f'<section class="question {question.severity}" id="{_anchor(question)}">\n'
    yield f"<h2>{_text(question.title)}</h2>\n"
    yield from _told(group[0])
    yield from _answers(group, several)
    yield "</section>\n"


def _inventories(groups: Sequence[Sequence[Result]], several: bool) -> Iterator[str]:
    if not groups:
        return
    yield '<section class="inventories"><h2>To read</h2>\n<p>Inventories: what is there, with no judgement of it.</p>\n'
    for group in groups:
        question = group[0].question
        words = "; ".join(result.verdict_text for result in group)
        yield f'<details class="question info" id="{_anchor(question)}"><summary><h3>{_text(question.title)}</h3> '
        yield f'<span class="{_kind(group[0])}">{_text(words)}</span></summary>\n'
        yield from _told(group[0])
        yield from _answers(group, several)
        yield "</details>\n"
    yield "</section>\n"


def _told(result: Result) -> Iterator[str]:
    """What the question asks, why, and with what."""
    question = result.question
    told = {one.name: one.told for one in question.parameters}
    parameters = [
        f"<code>{_text(name)} = {_text(cell(value))}</code> {_text(told[name])}"
        for name, value in result.parameters.items()
    ]
    yield f'<p class="asks">{_text(question.asks)}</p>\n'
    yield _facts(
        ("Severity", _severity(question)),
        ("Why it matters", _text(question.why)),
        ("Controls", " ".join(f'<span class="control">{_text(one)}</span>' for one in question.controls)),
        ("Asked with", "<br>".join(parameters)),
        ("A guess", f'<span class="guess">{_text(question.heuristic)}</span>' if question.heuristic else ""),
        ("Name", f"<code>{_text(question.name)}</code>{f' from {_text(question.by)}' if question.by else ''}"),
    )


def _answers(group: Sequence[Result], several: bool) -> Iterator[str]:
    for result in group:
        if several:
            yield f'<h4 class="place">{_name(result.workspace)}</h4>\n'
        yield from _answer(result)


def _answer(result: Result) -> Iterator[str]:
    yield from _found(result)
    if result.explained:
        yield f'<div class="box"><p>No finding:</p><ul>{_items(result.explained)}</ul></div>\n'
    if result.notes:
        yield f'<p class="noted">Read this with the notes on {_text(result.noted)}.</p>\n'


def _found(result: Result) -> Iterator[str]:
    among = f" among {result.among} examined" if result.examined is not None else ""
    if result.verdict == NOT_VISIBLE:
        yield _box("<strong>Not visible, because</strong>", result.gaps)
    elif result.verdict == NONE:
        yield f'<p class="none">None found{among}{_text(result.but_for)}.</p>\n'
    else:
        noun = "row" if result.verdict == LISTED else "finding"
        least = "At least " if result.gaps else ""
        number = f"<strong>{least}{counted(result.total, noun)}</strong>"
        yield f'<p class="found">{number}{among}{_text(result.but_for)}.</p>\n'
        if result.gaps:
            yield _box("More may be there: not all was visible.", result.gaps)
        yield from _table(result)


def _box(told: str, gaps: Iterable[str]) -> str:
    return f'<div class="box unseen"><p>{told}</p><ul>{_items(gaps)}</ul></div>\n'


def _table(result: Result) -> Iterator[str]:
    question = result.question
    size = " long" if len(result.rows) > SCREENFUL else ""
    yield f'<div class="scroll{size}" tabindex="0" role="region" aria-label="{_text(question.title)}">'
    order = _order(question.columns)
    many = " many" if len(order) > CROWDED else ""
    yield f"<table class='rows{many}'>{_heads([_spoken(question.columns[n]) for n in order])}<tbody>\n"
    for row in result.rows:
        cells = (_path(row[n]) if question.columns[n] == "path" else _td(row[n]) for n in order)
        yield f"<tr>{''.join(cells)}</tr>\n"
    yield "</tbody></table></div>\n"
    if result.total > len(result.rows):
        yield (
            f'<p class="more"><strong>The first {len(result.rows):,} of {result.total:,} rows are shown.</strong> '
            f"All of them: <code>rc2graph review {_text(question.name)} --csv DIR</code></p>\n"
        )


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


def _closing(review: Review) -> Iterator[str]:
    yield f"<section><h2>What Rocket.Chat does not expose</h2>\n<ul>{_items(review.not_exposed)}</ul></section>\n"
    loaded = listed(sorted({str(one.sync.get("catalogueVersion") or "") for one in review.seen} - {""}))
    yield (
        f"<footer><p>Made by {_text(review.tool)}, with its catalogue of permissions {_text(review.catalogue)}"
        f"{f' (that of the load: {_text(loaded)})' if loaded not in ('', review.catalogue) else ''}, "
        f"read from Rocket.Chat {_text(review.read)}.</p>\n"
        "<p>Instants are UTC. A dash is no value: Rocket.Chat told none. A guess rests on a rule of thumb, not on a "
        "fact that the server tells.</p></footer>\n"
    )


def _facts(*facts: tuple[str, str]) -> str:
    return f'<dl class="facts">{"".join(f"<dt>{name}</dt><dd>{told}</dd>" for name, told in facts if told)}</dl>\n'


def _items(texts: Iterable[str]) -> str:
    return "".join(f"<li>{_text(text)}</li>" for text in texts)


def _heads(columns: Iterable[str]) -> str:
    return f"<thead><tr>{''.join(f'<th scope=col>{_text(column)}</th>' for column in columns)}</tr></thead>"


def _severity(question: Question) -> str:
    told = "to read" if question.severity == "info" else question.severity
    return f'<span class="severity {question.severity}">{told}</span>'


def _kind(result: Result) -> str:
    return result.verdict.replace(" ", "-")


def _anchor(question: Question) -> str:
    return f"q-{quote(question.name, safe='')}"


def _spoken(column: str) -> str:
    """lastLogin → last login"""
    return re.sub(r"(?<=[a-z])[A-Z]", lambda found: f" {found[0].lower()}", column)


def _instant(text: str) -> str:
    instant = INSTANT.fullmatch(text)
    return f"{_time(instant)} UTC" if instant else _text(text)


def _time(instant: re.Match[str]) -> str:
    return f'<time datetime="{instant[0]}">{instant[1]} {instant[2]}</time>'


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


def _beside(ending: str) -> str:
    return Path(__file__).with_suffix(ending).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"
