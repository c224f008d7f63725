"""Each statement that is rendered is still the one that stood in a file of its own before, token for token.

`data/replaced_statements.json` says which file of commit ad6662b each replaced (`git show ad6662b:cypher/FILE.cypher`),
and the hash of that file. Properties that came since are taken out of the model before it is rendered.
"""

import hashlib
import json
from pathlib import Path

import pytest

from rc2graph.graph import templates
from rc2graph.graph.statements import folder
from rc2graph.model import EdgeType, NodeType, Property

REPLACED = json.loads((Path(__file__).parent / "data" / "replaced_statements.json").read_text(encoding="utf-8"))
CHANGED = {
    **{
        name: "made whole instead of made and then set: a third of an embedded load"
        for name in REPLACED
        if name.startswith("load/edges/")
    },
    **{
        name: "both ends are found before their edge: Neo4j joined all edges of one with the other"
        for name in REPLACED
        if name.startswith(("close/delete_edges/", "close/doubles/", "close/edges/"))
    },
    "close/delete_edges/HAS_ROOM": "the same: of all pairs of team and room, and doubles apart",
    **dict.fromkeys(
        ("state/any/FormerRole", "state/any/FormerTeam", "state/any/FormerUser"),
        "one template with the question whether there is anything; it seeks in the index",
    ),
}
"""On purpose, and why. Nothing else may differ: say here what you change."""
FIRST = 2
"""The format of snapshots at that commit."""


@pytest.fixture
def then(monkeypatch: pytest.MonkeyPatch) -> None:
    """The model with the properties and edges that it had."""

    def kept(some: tuple[Property | EdgeType, ...]) -> tuple[Property | EdgeType, ...]:
        return tuple(one for one in some if one.since <= FIRST)

    for kind, names in ((NodeType, ("properties", "shown", "edges")), (EdgeType, ("properties",))):
        for name in names:
            made = getattr(vars(kind)[name], "func", None) or vars(kind)[name].fget
            monkeypatch.setattr(kind, name, property(lambda one, made=made: kept(made(one))))


def rendered(name: str) -> str:
    within, _, subject = name.rpartition("/")
    template = (folder() / "graph" / f"{within}.cypher").read_text(encoding="utf-8")
    each = next(line.removeprefix("// each: ") for line in template.splitlines() if line.startswith("// each: "))
    return templates.render(template, templates.subjects.__wrapped__(each)[subject])


def digest(text: str) -> str:
    """Of the statement without its comments, but for the columns that it promises; however it is broken into lines."""
    lines = map(str.strip, text.splitlines())
    kept = " ".join(line for line in lines if not line.startswith("//") or line.startswith("// columns:"))
    return hashlib.sha256(" ".join(kept.split()).encode()).hexdigest()


@pytest.mark.usefixtures("then")
def test_what_is_rendered_is_what_stood_there_before() -> None:
    differing = {name for name, (_, before) in REPLACED.items() if digest(rendered(name)) != before}
    assert differing == set(CHANGED)
    assert len(REPLACED) - len(CHANGED) == 104


@pytest.mark.usefixtures("then")
def test_a_changed_token_would_be_seen() -> None:
    text, (_, before) = rendered("load/nodes/User"), REPLACED["load/nodes/User"]
    assert digest(text.replace("\n", "\n\n// A comment.\n")) == before
    assert digest(text.replace("row[3]", "row[4]")) != before
