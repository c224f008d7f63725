"""After a first load that was killed, nothing that leaves the graph, or is not found in it, passes for the whole."""

from pathlib import Path

import pytest

from rc2graph.config import GraphTarget
from rc2graph.graph.connect import connect
from tests.snapshots import ask
from tests.test_next_steps import Typed, home, typed

__all__ = ["home", "typed"]


@pytest.fixture
def half(home: Path) -> Path:
    with connect(GraphTarget(home=home), write=True, wait=10) as graph:
        ask(graph, "MATCH (w:Workspace) REMOVE w.lastSyncId")
        ask(graph, "MATCH (s:Sync) DETACH DELETE s")
    return home


def test_what_goes_to_others_is_not_written_and_nothing_is_said_not_to_be_there(
    typed: Typed,
    half: Path,
    tmp_path: Path,
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    told = {
        words: typed(*words.split(), "--home", str(half))
        for words in (
            f"evidence {out}/pack", f"export csv {out}/csv", f"export json {out}/a.json",
            f"export opengraph {out}/b.json", "who team:nope", "why nobody",
        )
    }  # fmt: skip
    step = f"Next: Finish it: rc2graph load --home '{half}'"
    assert {words: (code, "acme is half loaded" in text, step in text) for words, (code, text) in told.items()} == (
        dict.fromkeys(told, (5, True, True))
    )
    assert list(out.iterdir()) == []
    assert told["who team:nope"][1].startswith("There is no team 'nope'")
    for words in ("status", "review", "who admin", "why ana.name", "impact"):
        code, text = typed(*words.split(), "--home", str(half))
        assert (code, "o load has finished yet" in text) == (0, True), words
    code, text = typed("review", "--fail-on", "high", "--home", str(half))
    assert (code, step in text) == (5, True)
