"""The two pages: a list of links for every Browser, and a guide that Browser 5 plays inside itself."""

from collections.abc import Iterable
from html import escape
from itertools import groupby
from string import Template

from rc2graph.render.pages import theme
from rc2graph.reports.browser.favourites import Favourite, param
from rc2graph.reports.browser.links import Browser, filled

LEGEND = (
    ("Person", "blue, thin border", "#0072B2", "1px solid #00395A", "#FFF"),
    ("service account", "sky blue, smaller, thick border", "#56B4E9", "3px solid #0B4A70", "#000"),
    ("federated user", "pink, thick border", "#CC79A7", "3px solid #7A2F57", "#000"),
    ("OFF: deactivated", "grey, thickest border in the colour of what it was", "#DDD", "5px solid #00395A", "#000"),
    ("Role", "orange, largest", "#E69F00", "3px solid #8A5F00", "#000"),
    ("A permission", "yellow; A, B or C before its name is its tier", "#F0E442", "1px solid #8F8710", "#000"),
    ("Team", "green", "#009E73", "2px solid #00543D", "#FFF"),
    ("Room", "pale green", "#B9E4D7", "2px solid #009E73", "#000"),
    ("gone", "white: a former user, role or team", "#F4F4F4", "1px solid #666", "#333"),
)
"""As in cypher/browser/rc2graph.grass: name, how it looks, its colour, border and text."""

INDEX = Template("""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>rc2graph in Neo4j Browser</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark"><style>
$theme
body { font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; color: var(--ink);
background: var(--paper) }
h2 { margin-top: 2.5rem } a { color: var(--link) } code, pre { background: var(--tint); border-radius: 3px }
code { padding: 0 .25em } pre { padding: .75rem; overflow-x: auto; white-space: pre-wrap } li { margin: .75rem 0 }
.key { display: inline-block; border-radius: 2rem; padding: 0 .8rem; margin-right: .5rem }
p.question { margin: 0 } details { font-size: .9rem } dt { margin-top: .4rem } dd { margin: 0 0 0 1rem }
</style></head><body>
<h1>$workspace</h1>
<p>In the Neo4j at <code>$uri</code>. Links fill in the login; the password is typed, once for each visit. A statement
stands in the editor then: press the arrow beside it.</p>
<p><a href="$open" target="_blank" rel="noopener noreferrer"><b>Open the Browser with this workspace chosen</b></a></p>

<h2>In the Browser of Neo4j 5 (and 2025, 2026 where it is the same)</h2>
<ol>
<li>Drop <code>rc2graph.grass</code> anywhere on its page: the colours below. <code>:style reset</code> undoes it.</li>
<li>Run <code>$only</code>, <a href="$only_link" target="_blank" rel="noopener noreferrer">once for ever</a>. Else it
draws every edge between the nodes that it shows, ways that nobody has among them.</li>
<li>Drop <code>favourites.zip</code> the same way: every statement below becomes a favourite (star, top left). Dropped
twice, each is there twice. After every load of the page run <i>0: choose the workspace first</i>.</li>
<li>The guide: <code>rc2graph browser --serve</code>, then <code>:play $guide</code></li>
</ol>

<h2>In a newer Browser, Query in Aura or Neo4j Desktop</h2>
<p>It takes no style sheet and no zip. The links below work where they are supported (<code>cmd=edit</code>); else open
<i>Text</i> and copy. Both have the workspace written in.</p>

<h2>What it looks like</h2>
<dl>$legend</dl>
<p>A thick vermilion arrow, <code>ESCALATES_TO</code>: this permission suffices to become administrator. A thin one,
<code>ESCALATES_WITH</code>: together with what it names; where it names nothing, under a condition or by handing out
roles, as its <code>how</code> says.</p>
$groups
</body></html>
""")

GROUP = Template("""
<h2>$heading</h2>
<ul>$items</ul>
""")

ITEM = Template("""
<li><a href="$link" target="_blank" rel="noopener noreferrer">$title</a>$asks
<p class="question">$question</p><details><summary>Text</summary><pre>$text</pre></details></li>
""")

ONLY_THE_ANSWER = ":config autoComplete: false"
"""Else the Browser draws every edge between the nodes that it shows, ways that nobody has among them."""

HEADINGS = {
    "browser": "Pictures",
    "review": "Questions of an access review",
    "paths": "Paths: who can do what, and through what",
}

GUIDE = Template("""<article class="guide">
<carousel class="deck container-fluid">
<slide class="row-fluid"><div class="col-sm-12">
<h3>$workspace</h3>
<p>First choose the workspace: click the line, then the arrow beside the editor. Once after every load of the page.</p>
<pre class="pre-scrollable code runnable">$param</pre>
<p>Once for ever: have it draw the answer alone, and not every edge between the nodes that it shows.</p>
<pre class="pre-scrollable code runnable">$only</pre>
<p>Then turn the page. Every statement is one click. For the colours drop <code>rc2graph.grass</code> on this page.</p>
</div></slide>
$slides
</carousel>
</article>
""")

SLIDE = Template("""<slide class="row-fluid"><div class="col-sm-12">
<h3>$heading</h3>
$items</div></slide>
""")

STEP = Template("""<h5>$name</h5>
<p>$question</p>
$params<pre class="pre-scrollable code runnable">$text</pre>
""")


def index(browser: Browser, workspace: str, found: Iterable[Favourite], guide: str) -> str:
    """The page of links; it is opened as a file, without any server. `guide`: the address for `:play`."""
    groups = [
        GROUP.substitute(heading=HEADINGS[folder], items="".join(_item(browser, workspace, one) for one in ones))
        for folder, ones in groupby(found, key=lambda one: one.folder)
    ]
    legend = [
        f'<dt><span class="key" style="background:{colour};border:{border};color:{text}">{name}</span>{look}</dt>'
        for name, look, colour, border, text in LEGEND
    ]
    return INDEX.substitute(
        theme=theme(),
        workspace=escape(workspace),
        uri=escape(browser.uri),
        open=escape(browser.edit(param("workspace", workspace))),
        guide=escape(guide),
        only=escape(ONLY_THE_ANSWER),
        only_link=escape(browser.edit(ONLY_THE_ANSWER)),
        legend="\n".join(legend),
        groups="".join(groups),
    )


def _item(browser: Browser, workspace: str, one: Favourite) -> str:
    text = filled(one.content, {"workspace": workspace, **one.examples})
    open_ = {str(example): one.parameters[name] for name, example in one.examples.items() if name not in one.defaults}
    asks = ", ".join(f"{example} ({says})" if says else example for example, says in open_.items())
    return ITEM.substitute(
        link=escape(browser.edit(text)),
        title=escape(one.title),
        question=escape(one.question),
        text=escape(text),
        asks=escape(f": in the editor write over {asks}") if asks else "",
    )


def guide(workspace: str, found: Iterable[Favourite]) -> str:
    """The workspace, then a slide for each folder, with its statements to click."""
    return GUIDE.substitute(
        workspace=escape(workspace),
        param=escape(param("workspace", workspace)),
        only=escape(ONLY_THE_ANSWER),
        slides="".join(
            SLIDE.substitute(heading=HEADINGS[folder], items="".join(map(_step, ones)))
            for folder, ones in groupby(found, key=lambda one: one.folder)
        ),
    )


def _step(one: Favourite) -> str:
    params = [
        f'<pre class="pre-scrollable code runnable">{escape(param(name, example))}</pre>\n'
        for name, example in one.examples.items()
    ]
    return STEP.substitute(
        name=escape(one.name), question=escape(one.question), text=escape(one.content), params="".join(params)
    )
