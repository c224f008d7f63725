"""An answer as one page that needs nothing else: a picture in layers, the paths in words, what was not visible.

No script, nothing from a network (the page's own policy forbids it), and every name is escaped, whoever chose it.
"""

import math
import re
from collections.abc import Iterable, Sequence
from html import escape
from itertools import pairwise

from rc2graph.access.account import Account
from rc2graph.access.paths import Path
from rc2graph.access.why import Answer
from rc2graph.render.layout import Layout, Line, caption, layout, style
from rc2graph.render.pages import theme
from rc2graph.text import counted, harmless, short

WIDTH, HEIGHT, GAP_X, GAP_Y, TOP = 196, 56, 56, 12, 34
"""Four layers are 950 wide: on the width of A4 the smallest letters still have 7 points."""
PITCH = HEIGHT + GAP_Y
LANE = 10
"""Height of the way that a line takes through a layer which it only passes."""
LETTERS = 22
"""In a line of a box; a name has two."""
ROWS = 6
"""In a strip of a picture that is too tall for a sheet of paper, which is cut between its strips only."""
TALL = 3 * ROWS
TITLES = ("account", "roles, teams", "permissions, rooms", "administrator")
LEGEND = (
    "A thick line: this permission alone suffices to become administrator. A dashed one: only together with others "
    "that are also held, or under a condition. The paths below say which."
)
WORDS = 100
"""Paths told in words on a page."""

CSS = """
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:1000px;padding:0 1rem;color:var(--ink);
background:var(--paper);overflow-wrap:anywhere}a{color:var(--link)}
h1{font-size:1.5rem;margin:0 0 .2rem}h2{font-size:1.1rem;margin:2rem 0 .5rem}
.about,.small{color:var(--soft);font-size:.9rem}.scroll{overflow-x:auto;margin:1.5rem 0}
ol li,ul li{margin:.5rem 0}li p{margin:.15rem 0;color:var(--soft);font-size:.92em}
table{border-collapse:collapse}td,th{text-align:left;padding:.25rem 1.2rem .25rem 0;border-bottom:1px solid var(--line)}
svg{display:block}svg text{font:14px system-ui,sans-serif;fill:#111}
svg .caption{font-size:13px;fill:#444}svg .layer,svg>.caption{font-size:13px;fill:var(--soft)}
rect{stroke-width:1.4}
.user rect{fill:#d7e8fa;stroke:#1f5f9e}.role rect{fill:#fdebc8;stroke:#a86400}.team rect{fill:#d9f2e3;stroke:#1d7a46}
.room rect{fill:#eef7f1;stroke:#1d7a46}.permission rect{fill:#f2f2f2;stroke:#666}
.tierA rect{fill:#f6c6c1;stroke:#a11d12;stroke-width:3}
.tierB rect{fill:#fbe3e0;stroke:#a11d12;stroke-dasharray:6 3;stroke-width:2}
.admin rect{fill:#a11d12;stroke:#5c0f08}.admin text,.admin .caption{fill:#fff}
path{fill:none;stroke:#888;stroke-width:1.4}path.strong{stroke:var(--high);stroke-width:3.5}
path.weak{stroke-dasharray:7 4;stroke-width:2}
@page{margin:14mm 12mm}
@media print{body{margin:0;padding:0;max-width:none;font-size:10.5pt}
h1{font-size:15pt}h2{font-size:12pt;margin:1.2rem 0 .4rem}
h1,h2{break-after:avoid}.about,.small,li p{color:#222;font-size:9.5pt}p,li{orphans:3;widows:3}
.scroll{overflow:visible;margin:1rem 0}.scroll>svg{max-width:100%;height:auto}
li,tr,svg,.legend{break-inside:avoid}.legend{break-before:avoid}a{color:inherit}td,th{border-color:#888}
svg .caption,svg .layer{fill:#000}rect,.permission rect{stroke:#000;fill:#fff}
.user rect,.role rect,.team rect,.room rect{stroke:#000;fill:#fff}.tierA rect,.tierB rect{stroke:#000;fill:#fff}
.admin rect{stroke:#000;stroke-width:4;fill:#fff}.admin text,.admin .caption{fill:#000}
path{stroke:#444}path.strong{stroke:#000}}
"""
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="referrer" content="no-referrer"><meta name="color-scheme" content="light dark">
<title>{title}</title><style>{css}</style></head><body><main>
{body}
</main></body></html>
"""


def page(found: Answer | Account, *, link: str | None = None) -> str:
    """The whole page. `link`: into Neo4j Browser."""
    return _answer(found, link) if isinstance(found, Answer) else _account(found, link)


def _answer(answer: Answer, link: str | None) -> str:
    body = [*_head(answer.headline, answer.workspace, answer.as_of)]
    if answer.paths:
        body += [_drawn(answer.paths), "<h2>Paths, shortest first</h2>", _words(answer.paths)]
    body += _list("Short of it", [one.describe() for one in answer.almost])
    body += _list("To know", answer.remarks)
    body += [f"<h2>Examined</h2><p>{_text(answer.examined)}.</p>"]
    body += _list("Not visible", answer.not_visible)
    return _page(answer.headline, [*body, *_linked(link)])


def _account(account: Account, link: str | None) -> str:
    rows = "".join(f"<tr><th>{_text(what)}</th><td>{_text(much)}</td></tr>" for what, much in account.radius())
    body = [*_head(account.headline, account.workspace, account.as_of)]
    body += [f"<h2>Blast radius of {_text(account.person.display_name)}</h2><table>{rows}</table>"]
    if account.paths:
        body += [_drawn(account.paths)]
    if account.ways:
        body += ["<h2>Ways to administrator</h2>", _words(account.ways)]
    body += _list("Short of administrator", [one.describe() for one in account.almost])
    body += ["<h2>Roles and teams</h2>", _words((*account.roles, *account.teams, *account.rooms))]
    body += _list("To know", account.remarks)
    body += _list("Not visible", account.not_visible)
    return _page(account.headline, [*body, *_linked(link)])


def _page(title: str, body: Iterable[str]) -> str:
    return PAGE.format(title=_text(title), css=theme() + CSS, body="\n".join(body))


def _head(headline: str, workspace: str, as_of: str | None) -> list[str]:
    about = f"Workspace {_text(workspace)}, as of {_text(as_of or 'no finished load')}"
    return [f"<h1>{_text(headline)}</h1>", f'<p class="about">{about}. Made by rc2graph.</p>']


def _words(paths: Sequence[Path]) -> str:
    items = "".join(
        f"<li>{_text(path.describe())}{''.join(f'<p>{_text(text)}</p>' for text in path.details())}</li>"
        for path in paths[:WORDS]
    )
    more = f'<p class="small">… and {len(paths) - WORDS} more.</p>' if len(paths) > WORDS else ""
    return f"<ol>{items}</ol>{more}" if items else "<p>None.</p>"


def _list(title: str, texts: Sequence[str]) -> list[str]:
    items = "".join(f"<li>{_text(text)}</li>" for text in texts)
    return [f"<h2>{title}</h2><ul>{items}</ul>"] if items else []


def _linked(link: str | None) -> list[str]:
    if link is None:
        return []
    return [f'<p class="small"><a href="{escape(link, quote=True)}" rel="noreferrer">Open in Neo4j Browser</a></p>']


def _drawn(paths: Sequence[Path]) -> str:
    drawn = layout(paths)
    used = [number for number, layer in enumerate(drawn.layers) if layer]
    column = {node: place for place, number in enumerate(used) for node in drawn.layers[number]}
    lanes = _lanes(drawn, column)
    columns = [[*drawn.layers[number]] for number in used]
    for line, passed in lanes.items():
        for lane, place in enumerate(range(column[line.start] + 1, column[line.end])):
            columns[place].append(passed[lane])
    rows = max(len(ones) + (drawn.left_out[number] > 0) for number, ones in zip(used, columns, strict=True))
    lane = LANE if rows <= TALL else HEIGHT  # on paper a tall one is cut between its rows
    high = [[(HEIGHT if one >= 0 else lane) + GAP_Y for one in ones] for ones in columns]
    heights = [sum(ones) + (drawn.left_out[number] > 0) * PITCH for number, ones in zip(used, high, strict=True)]
    tall = max(heights)
    at: dict[int, tuple[float, float]] = {}
    boxes = list[tuple[float, str]]()
    for place, number in enumerate(used):
        x, above = place * (WIDTH + GAP_X), (tall - heights[place]) / 2
        y = TOP + (above if rows <= TALL else above // PITCH * PITCH)
        boxes.append((0, f'<text class="layer" x="{x}" y="16">{TITLES[number]}</text>'))
        for one in _untangled(drawn, columns[place], lanes, at):
            at[one] = (x, y + (HEIGHT if one >= 0 else lane) / 2)
            if one >= 0:
                boxes.append((y, _box(drawn, one, x, y)))
            y += (HEIGHT if one >= 0 else lane) + GAP_Y
        if drawn.left_out[number]:
            boxes.append((y, f'<text class="caption" x="{x}" y="{y + 20:g}">and {drawn.left_out[number]} more</text>'))
    lines = "".join(_curve(line, [at[one] for one in (line.start, *lanes[line], line.end)]) for line in drawn.lines)
    strip = ROWS * PITCH if rows > TALL else tall
    ends = [0.0, *(TOP + strip * (n + 1) for n in range(math.ceil(tall / strip)))]
    wide = len(used) * (WIDTH + GAP_X) - GAP_X + 4
    svgs = "".join(
        f'<svg viewBox="-2 {top - 4:g} {wide} {end - top:g}" width="{wide}" height="{end - top:g}" '
        f'xmlns="http://www.w3.org/2000/svg">{lines}{"".join(box for y, box in boxes if top <= y < end)}</svg>'
        for top, end in pairwise(ends)
    )
    told = f"{counted(len(drawn.nodes), 'node')} in layers"
    legend = f'<p class="small legend">{LEGEND}</p>' if any(line.strong for line in drawn.lines) else ""
    return f'<div class="scroll" role="region" tabindex="0" aria-label="{told}">{svgs}</div>{legend}'


def _lanes(drawn: Layout, column: dict[int, int]) -> dict[Line, list[int]]:
    """For each line its place in every layer that it passes, numbered downwards from -1.

    A line drawn straight would run behind a box there, and look as if it came from it.
    """
    lanes: dict[Line, list[int]] = {}
    number = 0
    for line in drawn.lines:
        passed = max(0, column[line.end] - column[line.start] - 1)
        lanes[line] = [number - 1 - each for each in range(passed)]
        number -= passed
    return lanes


def _untangled(
    drawn: Layout, layer: list[int], lanes: dict[Line, list[int]], at: dict[int, tuple[float, float]]
) -> list[int]:
    """What is in a layer in the order of what leads to it, so that few lines cross."""
    before: dict[int, list[float]] = {}
    for line, passed in lanes.items():
        for start, end in pairwise((line.start, *passed, line.end)):
            if start in at:
                before.setdefault(end, []).append(at[start][1])

    def key(one: int) -> tuple[float, bool, int]:
        heights = before.get(one, [0.0])
        return sum(heights) / len(heights), one >= 0 and style(drawn.nodes[one]) != "tierA", one

    return sorted(layer, key=key)


def _box(drawn: Layout, number: int, x: float, y: float) -> str:
    node = drawn.nodes[number]
    name = _folded(harmless(node.display_name))
    first = 17 if len(name) > 1 else 23
    texts = "".join(f'<text y="{first + 16 * each}">{escape(line)}</text>' for each, line in enumerate(name))
    return (
        f'<g class="{style(node)}"><title>{_text(node.display_name)} ({_text(caption(node))})</title>'
        f'<rect x="{x:g}" y="{y:g}" width="{WIDTH}" height="{HEIGHT}" rx="7"/>'
        f'<svg x="{x + 10:g}" y="{y:g}" width="{WIDTH - 14}" height="{HEIGHT}">{texts}'
        f'<text class="caption" y="{first + 16 * len(name)}">{_text(caption(node))}</text></svg></g>'
    )


def _folded(name: str) -> list[str]:
    """A name in one line or two, the first one ended where a word ends."""
    if len(name) <= LETTERS:
        return [name]
    ends = [found.end() for found in re.finditer(r"[\s\-_.,:;/@]", name[:LETTERS])]
    end = ends[-1] if ends and ends[-1] > LETTERS // 3 else LETTERS
    return [name[:end], short(name[end:], LETTERS)]


def _curve(line: Line, at: Sequence[tuple[float, float]]) -> str:
    """From the right of one box to the left of another, straight through the layers in between."""
    kind = " ".join(name for name, on in (("strong", line.strong), ("weak", line.weak)) if on)
    drawn = f"M{at[0][0] + WIDTH:g} {at[0][1]:g}"
    for (x1, y1), (x2, y2) in pairwise(at):
        middle = (x1 + WIDTH + x2) / 2
        drawn += f"C{middle:g} {y1:g} {middle:g} {y2:g} {x2:g} {y2:g}H{x2 + WIDTH:g}"
    drawn = drawn[: drawn.rindex("H")]
    return f'<path class="{kind}" d="{drawn}"><title>{_text(line.label)}</title></path>'


def _text(text: str) -> str:
    return escape(harmless(text), quote=True)
