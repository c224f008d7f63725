"""Differences between two snapshots as JSON, all of them, and as Markdown, for a ticket. Both are streamed."""

import json
from collections.abc import Iterator
from typing import Any

from rc2graph.render.markdown import table, text
from rc2graph.reviews.changes import TITLES, columns, notes, rows, summary, verdict
from rc2graph.snapshot.changes import SECTIONS
from rc2graph.snapshot.compare import Change, Comparison, Reach, Thing
from rc2graph.snapshot.store import Stored

Pair = tuple[Stored, Stored]


# ---- JSON ----


def as_json(found: Comparison, files: Pair) -> Iterator[str]:
    """Pieces of one JSON object: what was compared, counts, what could not be told, and a list a section."""
    head = json.dumps(_head(found, files), indent=2, ensure_ascii=True)
    yield head.removesuffix("\n}")
    for section in SECTIONS:
        yield f',\n  "{section}": ['
        things = map(_reach, found.tier_a()) if section == "tierA" else map(_change, found.changes(section))
        for number, thing in enumerate(things):
            yield (",\n    " if number else "\n    ") + json.dumps(thing, ensure_ascii=True)
        yield "\n  ]" if found.total(section) else "]"
    yield "\n}\n"


def _head(found: Comparison, files: Pair) -> dict[str, Any]:
    by_section: dict[str, dict[str, int]] = {section: {} for section in SECTIONS}
    for one in found.counts:
        by_section[one.section][one.what] = one.total
    sides = zip(("before", "after"), files, (found.before, found.after), strict=True)
    return {
        "workspace": found.before.meta.get("workspace"),
        **{
            side: {"snapshot": str(file.path), "asOf": file.started, "sha256": snapshot.meta.get("sha256"),
                   "takenFor": file.asked or None}
            for side, file, snapshot in sides
        },
        "turned": turned(files),
        "different": found.different,
        "inDoubt": found.in_doubt,
        "counts": by_section,
        "notComparable": [
            {"what": one.what, "side": one.side, "state": one.state, "why": one.why, "matters": one.matters,
             "onlyInOther": one.only_in_other}
            for one in found.not_comparable
        ],
        "notVisible": [
            {"section": one.section, "property": one.property, "side": one.side, "count": one.count,
             "names": list(one.names)}
            for one in found.not_visible
        ],
    }  # fmt: skip


def _change(one: Change) -> dict[str, Any]:
    return {
        "change": one.what, **_thing(one.thing), "other": _thing(one.other) if one.other else None,
        "property": one.property, "before": one.before, "after": one.after, "with": one.goes_with,
        "brought": {edge: some.count for edge, some in one.brought.items()} if one.brought else None,
    }  # fmt: skip


def _reach(one: Reach) -> dict[str, Any]:
    return {
        "change": one.what, **_thing(one.account), "state": one.state, "tier": one.tier,
        "permissions": list(one.permissions), "condition": one.condition, "how": one.how, "with": one.goes_with,
        "through": [
            {"permission": step.permission, "role": _thing(step.role), "because": step.because} for step in one.through
        ],
    }  # fmt: skip


def _thing(thing: Thing) -> dict[str, str]:
    return {"id": thing.id, "name": thing.name}


# ---- Markdown ----


def as_markdown(found: Comparison, files: Pair, most: int | None) -> Iterator[str]:
    """Lines with their ends. `most`: rows of a section, None for all."""
    yield f"# What changed in {text(found.before.meta.get('workspace'))}\n\n"
    for line in about(files):
        yield f"{text(line)}\n\n"
    yield f"**{text(verdict(found))}**\n\n"
    if found.different:
        yield from table(("section", "change", "count", ""), summary(found))
    for section in SECTIONS:
        if total := found.total(section, folded=True):
            yield f"\n## {text(TITLES[section])}\n\n"
            yield from table(columns(section), rows(found, section, most))
            if most is not None and total > most:
                yield f"\nThe first {most:,} of {total:,}.\n"
    told = list(notes(found))
    if told:
        yield "\n## What could not be told\n\n"
        yield from (f"* {text(line)}\n" for line in told)


# ---- both, and the terminal ----


def turned(files: Pair) -> bool:
    """Whether the first is the newer one."""
    return files[0].started > files[1].started


def about(files: Pair) -> Iterator[str]:
    """What was compared with what, and why these, a sentence a line."""
    for side, file in zip(("Before", "After"), files, strict=True):
        asked = f", the newest by the end of {file.asked} (UTC)" if file.asked else ""
        yield f"{side}: {file.path}, as of {file.started}{asked}."
    if files[0].path.resolve() == files[1].path.resolve():
        yield "Both are the same file."
    elif turned(files):
        yield "Before is the newer one: what appeared here was there at first, and went."
