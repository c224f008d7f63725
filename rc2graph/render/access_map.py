"""An access map as a page of its own, or as a part of one."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rc2graph.access.access_map import PERMISSIONS, RANKS, TARGET, THROUGH, AccessMap, Group, Person
from rc2graph.access.who import TIERS, Way
from rc2graph.render.pages import kind, pieces
from rc2graph.text import counted, harmless, listed
from rc2graph.version import __version__

FOLDED = 6
"""People who have it in the same way: more are folded."""
SHOWN = 100
"""Names of a group that stand in the page also without a script."""
ROOM = 3_500_000
"""Characters of names and what goes with them: a page stays below 5 MB, whoever has it."""
LEGEND = {
    "role": "holds it",
    "team": "is in the team",
    "tier A": "one permission that suffices alone",
    "tier B": "a permission that needs another one, or a condition",
}


@dataclass(frozen=True)
class MapPage:
    """A map as the template wants it."""

    workspace: str
    headline: str
    counts: str
    legend: list[tuple[str, str]]
    groups: list[dict[str, Any]]
    layers: list[tuple[str, list[dict[str, str]]]]
    data: str
    """JSON for the script, to be printed as it is."""
    left_out: str


def page(found: AccessMap) -> Iterator[str]:
    """The page of one map, piece by piece."""
    about = found.about
    title = "Who can become administrator" if about.access.is_administrator else f"Who has access: {about.access}"
    return pieces(
        "who.html", styles=("review", "map"), scripts=("map",), title=title, about=about, map=shown(found),
        tool=f"rc2graph {__version__}",
    )  # fmt: skip


def shown(found: AccessMap) -> MapPage:
    """What a template shows of a map."""
    data, left = _data(found)
    groups = [_group(found, group) for group in found.groups]
    used = [by for by in RANKS if any(way.by == by for way in found.ways)]
    layers = [
        (_title(found, layer), [_node(found, n) for n, node in enumerate(found.nodes) if node.layer == layer])
        for layer in (THROUGH, PERMISSIONS, TARGET)
    ]
    left_out = (
        f"The names of {left:,} of {found.about.total:,} accounts are left out, to keep the page small. All of them: "
        f"rc2graph who {found.about.access.kind}:{found.about.access.display_name} --all"
        if left else ""
    )  # fmt: skip
    return MapPage(
        found.about.workspace, found.about.headline, _counts(found), [(by, LEGEND[by]) for by in used], groups,
        [one for one in layers if one[1]], data, left_out,
    )  # fmt: skip


def _title(found: AccessMap, layer: int) -> str:
    if layer == THROUGH:
        kinds = {node.kind for node in found.nodes if node.layer == THROUGH}
        return {"role": "Roles", "team": "Membership"}[kinds.pop()] if len(kinds) == 1 else "Roles and teams"
    return "Permissions" if layer == PERMISSIONS else ""


def _counts(found: AccessMap) -> str:
    words = {"role": "by role", "team": "by team", **{tier: f"by a {tier} permission" for tier in TIERS}}
    told = [f"{found.about.ways[by]:,} {word}" for by, word in words.items() if found.about.ways.get(by)]
    return f"{listed(told)}." if len(told) > 1 else ""


def _group(found: AccessMap, group: Group) -> dict[str, Any]:
    way, people = found.ways[group.way], group.people
    number = counted(len(people), "account")
    names = [one.username or one.name or one.id for one in people[:SHOWN]]
    more = len(people) - len(names)
    return {
        "by": way.by, "state": "" if group.state == "active" else group.state, "folded": len(people) > FOLDED,
        "title": f"{number} by {way.through_text}", "shown": people[: SHOWN if len(people) > FOLDED else FOLDED],
        "more": f"{more:,}" if more else "", "way": way.describe(), "condition": way.condition or "",
        "how": way.how or "", "names": ", ".join(names) + (f" and {more:,} more" if more else ""),
    }  # fmt: skip


def _node(found: AccessMap, number: int) -> dict[str, str]:
    node = found.nodes[number]
    if node.layer == TARGET:
        return {"name": node.name, "style": f"target{' admin' if found.about.access.is_administrator else ''}"}
    ranks = [
        way.by for way, trails in zip(found.ways, found.trails, strict=True) if any(number in one for one in trails)
    ]
    return {"name": node.name, "style": f"{node.kind} {kind(min(ranks, key=RANKS.index))}"}


def _data(found: AccessMap) -> tuple[str, int]:
    """The map for the script, and how many people did not fit."""
    room, left, groups = ROOM, 0, []
    for group in found.groups:
        people = list[Sequence[Any]]()
        for person in group.people:
            told = _person(person)
            room -= len(json.dumps(told)) + 1
            if room < 0:
                break
            people.append(told)
        left += len(group.people) - len(people)
        groups.append({"way": group.way, "people": people, "left": len(group.people) - len(people)})
    data = {
        "ways": [_way(way, trails) for way, trails in zip(found.ways, found.trails, strict=True)],
        "sets": found.way_sets,
        "groups": groups,
        "edges": [[one.start, one.end, one.by] for one in found.edges()],
    }
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text, left


def _person(person: Person) -> Sequence[Any]:
    first = person.username or (None if person.name else person.id)
    name = person.name if person.name != person.username else None
    return [first and harmless(first), name and harmless(name), person.ways]


def _way(way: Way, trails: object) -> Mapping[str, Any]:
    return {
        "by": way.by,
        "text": harmless(way.describe()),
        "how": way.how,
        "condition": way.condition,
        "trails": trails,
    }
