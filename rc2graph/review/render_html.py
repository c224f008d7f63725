"""An answer as one page that needs nothing else: a picture in layers, the paths in words, what was not visible.

No script, nothing from a network (the page's own policy forbids it), and every name is escaped, whoever chose it.
"""

from collections.abc import Iterable, Sequence
from html import escape

from rc2graph.review.account import Account
from rc2graph.review.answer import Answer
from rc2graph.review.paths import Path
from rc2graph.review.picture import Line, Picture, caption, picture, style
from rc2graph.review.text import counted, harmless, short

WIDTH, HEIGHT, GAP_X, GAP_Y, TOP = 222, 44, 96, 14, 34
TITLES = ("account", "roles, teams", "permissions, rooms", "administrator")
LEGEND = (
    "A thick line: this permission alone suffices to become administrator. A dashed one: only together with others "
    "that are also held, or under a condition. The paths below say which."
)
WORDS = 100
"""Paths told in words on a page."""

CSS = """
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:1240px;padding:0 1rem;color:#1a1a1a;background:#fff}
h1{font-size:1.5rem;margin:0 0 .2rem}h2{font-size:1.1rem;margin:2rem 0 .5rem}
.about,.small{color:#555;font-size:.9rem}.scroll{overflow-x:auto;margin:1.5rem 0}
ol li,ul li{margin:.5rem 0}li p{margin:.15rem 0;color:#444;font-size:.92rem}
table{border-collapse:collapse}td,th{text-align:left;padding:.25rem 1.2rem .25rem 0;border-bottom:1px solid #ddd}
code{font-size:.92em;overflow-wrap:anywhere}svg text{font:13px system-ui,sans-serif;fill:#111}
svg .caption{font-size:10.5px;fill:#555}svg .layer{font-size:12px;fill:#666}
rect{stroke-width:1.4}
.user rect{fill:#d7e8fa;stroke:#1f5f9e}.role rect{fill:#fdebc8;stroke:#a86400}.team rect{fill:#d9f2e3;stroke:#1d7a46}
.room rect{fill:#eef7f1;stroke:#1d7a46}.permission rect{fill:#f2f2f2;stroke:#666}
.tierA rect{fill:#f6c6c1;stroke:#a11d12;stroke-width:3}
.tierB rect{fill:#fbe3e0;stroke:#a11d12;stroke-dasharray:6 3;stroke-width:2}
.admin rect{fill:#a11d12;stroke:#5c0f08}.admin text,.admin .caption{fill:#fff}
path{fill:none;stroke:#999;stroke-width:1.3}path.strong{stroke:#a11d12;stroke-width:3}
path.weak{stroke-dasharray:7 4;stroke-width:2}
@media print{body{margin:0;max-width:none;font-size:11pt}.scroll{overflow:visible}svg{max-width:100%;height:auto;
print-color-adjust:exact;-webkit-print-color-adjust:exact}li,tr,svg{break-inside:avoid}a{color:inherit;text-decoration:none}}
"""
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="referrer" content="no-referrer"><title>{title}</title><style>{css}</style></head><body>
{body}
</body></html>
"""


def page(found: Answer | Account, *, link: str | None = None) -> str:
    """The whole page. `link`: into Neo4j Browser."""
    return _answer(found, link) if isinstance(found, Answer) else _account(found, link)


def _answer(answer: Answer, link: str | None) -> str:
    body = [*_head(answer.headline, answer.workspace, answer.as_of)]
    if answer.paths:
        body += [_drawn(answer.paths), "<h2>Paths, shortest first</h2>", _words(answer.paths)]
    body += _list("Short of it", [one.words() for one in answer.almost])
    body += _list("To know", answer.remarks)
    body += [f"<h2>Examined</h2><p>{_text(answer.examined)}.</p>"]
    body += _list("Not visible", answer.not_visible)
    return _page(answer.headline, [*body, *_linked(link)])


def _account(account: Account, link: str | None) -> str:
    rows = "".join(f"<tr><th>{_text(what)}</th><td>{_text(much)}</td></tr>" for what, much in account.radius())
    body = [*_head(account.headline, account.workspace, account.as_of)]
    body += [f"<h2>Blast radius of {_text(account.person.called)}</h2><table>{rows}</table>"]
    if account.paths:
        body += [_drawn(account.paths)]
    if account.ways:
        body += ["<h2>Ways to administrator</h2>", _words(account.ways)]
    body += _list("Short of administrator", [one.words() for one in account.almost])
    body += ["<h2>Roles and teams</h2>", _words((*account.roles, *account.teams, *account.rooms))]
    body += _list("To know", account.remarks)
    body += _list("Not visible", account.not_visible)
    return _page(account.headline, [*body, *_linked(link)])


def _page(title: str, body: Iterable[str]) -> str:
    return PAGE.format(title=_text(title), css=CSS, body="\n".join(body))


def _head(headline: str, workspace: str, as_of: str | None) -> list[str]:
    about = f"Workspace {_text(workspace)}, as of {_text(as_of or 'no finished load')}"
    return [f"<h1>{_text(headline)}</h1>", f'<p class="about">{about}. Made by rc2graph.</p>']


def _words(paths: Sequence[Path]) -> str:
    items = "".join(
        f"<li>{_text(path.words())}{''.join(f'<p>{_text(text)}</p>' for text in path.details())}</li>"
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
    drawn = picture(paths)
    used = [number for number, layer in enumerate(drawn.layers) if layer]
    heights = {number: len(drawn.layers[number]) + (drawn.left_out[number] > 0) for number in used}
    tall = max(heights.values()) * (HEIGHT + GAP_Y) - GAP_Y
    at: dict[int, tuple[float, float]] = {}
    parts = list[str]()
    for column, number in enumerate(used):
        x, y = column * (WIDTH + GAP_X), TOP + (tall - heights[number] * (HEIGHT + GAP_Y) + GAP_Y) / 2
        parts.append(f'<text class="layer" x="{x}" y="16">{TITLES[number]}</text>')
        for node in _untangled(drawn, number, at):
            at[node] = (x, y)
            parts.append(_box(drawn, node, x, y))
            y += HEIGHT + GAP_Y
        if drawn.left_out[number]:
            parts.append(f'<text class="caption" x="{x}" y="{y + 20:g}">and {drawn.left_out[number]} more</text>')
    lines = "".join(_curve(line, at) for line in drawn.lines)
    wide, high = len(used) * (WIDTH + GAP_X) - GAP_X + 4, TOP + tall + 4
    told = f"{counted(len(drawn.nodes), 'node')} in layers"
    svg = (
        f'<svg role="img" aria-label="{told}" viewBox="-2 0 {wide + 2} {high:g}" width="{wide + 2}" '
        f'height="{high:g}" xmlns="http://www.w3.org/2000/svg">{lines}{"".join(parts)}</svg>'
    )
    legend = f'<p class="small">{LEGEND}</p>' if any(line.strong for line in drawn.lines) else ""
    return f'<div class="scroll">{svg}</div>{legend}'


def _untangled(drawn: Picture, layer: int, at: dict[int, tuple[float, float]]) -> list[int]:
    """A layer's nodes in the order of what leads to them, so that few lines cross."""

    def height(node: int) -> float:
        before = [at[line.start][1] for line in drawn.lines if line.end == node and line.start in at]
        return sum(before) / len(before) if before else 0.0

    return sorted(drawn.layers[layer], key=lambda node: (height(node), style(drawn.nodes[node]) != "tierA", node))


def _box(drawn: Picture, number: int, x: float, y: float) -> str:
    node = drawn.nodes[number]
    return (
        f'<g class="{style(node)}"><title>{_text(node.called)} ({_text(caption(node))})</title>'
        f'<rect x="{x:g}" y="{y:g}" width="{WIDTH}" height="{HEIGHT}" rx="7"/>'
        f'<svg x="{x + 10:g}" y="{y:g}" width="{WIDTH - 14}" height="{HEIGHT}">'
        f'<text y="19">{_text(short(node.called, 30))}</text>'
        f'<text class="caption" y="35">{_text(caption(node))}</text></svg></g>'
    )


def _curve(line: Line, at: dict[int, tuple[float, float]]) -> str:
    (x1, y1), (x2, y2) = at[line.start], at[line.end]
    x1, y1, y2 = x1 + WIDTH, y1 + HEIGHT / 2, y2 + HEIGHT / 2
    middle = (x1 + x2) / 2
    kind = " ".join(name for name, on in (("strong", line.strong), ("weak", line.weak)) if on)
    drawn = f"M{x1:g} {y1:g}C{middle:g} {y1:g} {middle:g} {y2:g} {x2:g} {y2:g}"
    return f'<path class="{kind}" d="{drawn}"><title>{_text(line.label)}</title></path>'


def _text(text: str) -> str:
    return escape(harmless(text), quote=True)
