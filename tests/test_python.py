"""rc2graph from Python: what is public, and that it does what the command does."""

import importlib
import pkgutil
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import rc2graph
from rc2graph import GraphTarget, Source
from rc2graph.errors import GraphError, GuardError, UsageError
from rc2graph.graph.guard import Removal, guard
from rc2graph.pipeline import Loaded, Reporter
from rc2graph.simulator import Simulator, Workspace, demo_company
from rc2graph.snapshot.store import surplus
from tests.commands import CHECKOUT, office

PUBLIC = {"GraphTarget", "Source", "__version__", "collect", "diff", "load", "review", "who", "why"}
PAGE = CHECKOUT / "docs" / "python.md"


class Heard(Reporter):
    """Notes what it is told, in order, each once."""

    def __init__(self) -> None:
        self.said: dict[str, Any] = {}

    def __getattribute__(self, name: str) -> Any:
        if name in vars(Reporter) and not name.startswith("_"):
            return lambda *told, **more: self.said.setdefault(name, (*told, *more.values()))
        return super().__getattribute__(name)


@pytest.fixture(scope="module", autouse=True)
def every_module() -> None:
    """A module with the name of a function takes its place in the package as soon as it is imported."""
    for module in pkgutil.walk_packages(rc2graph.__path__, "rc2graph."):
        importlib.import_module(module.name)


@pytest.fixture(scope="module")
def company() -> Workspace:
    return demo_company(people=60)


@pytest.fixture(scope="module")
def source(company: Workspace) -> Iterator[Source]:
    with Simulator(company) as server:
        yield Source(server.url, *server.credentials)


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> GraphTarget:
    return GraphTarget(home=tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def loaded(source: Source, graph: GraphTarget) -> Loaded:
    return rc2graph.load(source, graph)


def test_what_is_public() -> None:
    """All of it is called below."""
    assert set(rc2graph.__all__) == PUBLIC
    assert set(dir(rc2graph)) >= PUBLIC
    assert rc2graph.__version__
    for name in PUBLIC - {"__version__"}:
        public = getattr(rc2graph, name)
        assert callable(public), name
        assert public.__doc__, name
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        rc2graph.nothing  # noqa: B018


def test_to_import_it_costs_nothing() -> None:
    told = "import sys, rc2graph; print(sorted(one for one in sys.modules if one.startswith('rc2graph')))"
    heavy = "print([one for one in ('neo4j', 'requests', 'rich', 'typer', 'sqlite3') if one in sys.modules])"
    said = subprocess.run([sys.executable, "-c", f"{told}; {heavy}"], capture_output=True, text=True, check=True)
    assert said.stdout.splitlines() == ["['rc2graph', 'rc2graph.version']", "[]"]


def test_load_collects_and_brings_the_graph_up_to_date(loaded: Loaded, graph: GraphTarget, company: Workspace) -> None:
    assert loaded.complete
    assert loaded.collected is not None
    assert loaded.snapshot == loaded.collected.path
    assert loaded.snapshot.parent == graph.home / "snapshots"
    assert loaded.result.counts["users"].added == len(company.users)
    again = rc2graph.load(loaded.snapshot, graph)
    assert (again.collected, again.result.changes) == (None, 0), "Rocket.Chat is not asked, and nothing differs"
    assert rc2graph.load(str(loaded.snapshot), graph, dry_run=True).result.sync_id is None


def test_a_reporter_is_told_each_step(source: Source, tmp_path: Path) -> None:
    heard = Heard()
    first = rc2graph.load(source, GraphTarget(home=tmp_path), workspace="acme", reporter=heard)
    assert list(heard.said) == ["reached", "reading", "caller", "collecting", "ended", "collected", "loading"]
    assert heard.said["reading"] == (source, "acme", False)
    assert heard.said["collected"] == (first.snapshot,)


def test_collect_touches_no_graph(source: Source, tmp_path: Path) -> None:
    file = tmp_path / "before.sqlite"
    done = rc2graph.collect(source, file)
    assert (done.complete, done.path, list(tmp_path.iterdir())) == (True, file, [file])
    with pytest.raises(UsageError, match="is finished"):
        rc2graph.collect(source, str(file))


def test_what_was_read_is_named_where_a_load_fails(tmp_path: Path) -> None:
    """By the guard, which a dry run only reports; and by a graph that does not answer."""
    company, graph = office(), GraphTarget(home=tmp_path)
    with Simulator(company, reader="ana.admin") as server:
        source = Source(server.url, *server.credentials)
        rc2graph.load(source, graph)
        for number in range(12):
            company.delete_user(f"staff.{number:02}")
        with pytest.raises(GuardError) as stopped:
            rc2graph.load(source, graph)
        guard = stopped.value
        assert guard.removed == {"users": 12}
        assert guard.snapshot is not None
        refused = rc2graph.load(guard.snapshot, graph, dry_run=True).result.refused
        assert refused is not None
        assert (refused.percent, refused.snapshot) == (guard.percent, guard.snapshot)
        down = GraphTarget("bolt://127.0.0.1:1", password="any", home=tmp_path)
        with pytest.raises(GraphError) as unread:
            rc2graph.load(source, down)
        assert unread.value.snapshot is None
        with pytest.raises(GraphError) as kept:
            rc2graph.load(guard.snapshot, down)
        assert kept.value.snapshot == guard.snapshot
    assert rc2graph.load(guard.snapshot, graph, allow_removals=guard.percent).result.counts["users"].closed == 12


@pytest.mark.parametrize("uri", ["http://localhost", "bolt://ana:secret@localhost", "localhost:7687"])
def test_what_cannot_be_meant_is_refused_when_it_is_written_down(uri: str) -> None:
    with pytest.raises(UsageError, match="NEO4J_URI") as refused:
        GraphTarget(uri, password="any")
    assert "secret" not in str(refused.value)
    with pytest.raises(UsageError, match="No token is set"):
        Source("https://chat.example.org", user_id="x", token="")
    assert "secret" not in repr(Source("https://chat.example.org", "x", "secret")) + repr(
        GraphTarget("bolt://localhost", password="secret")
    )


G = GraphTarget(home=Path("there-is-none"))
S = Source("https://chat.example.org", "x", "secret")
WRONG: dict[str, Callable[[Any], object]] = {
    "ca_bundle": lambda wrong: Source(S.url, "x", "secret", ca_bundle=wrong),
    "rate_period": lambda wrong: Source(S.url, "x", "secret", rate_period=wrong),
    "retry_for": lambda wrong: Source(S.url, "x", "secret", retry_for=wrong),
    "user_id": lambda wrong: Source(S.url, wrong, "secret"),
    "token": lambda wrong: Source(S.url, "x", wrong),
    "home": lambda wrong: GraphTarget(home=wrong),
    "uri": lambda wrong: GraphTarget(wrong),
    "source": lambda wrong: rc2graph.load(wrong, G),
    "graph": lambda wrong: rc2graph.load(S, wrong),
    "keep": lambda wrong: rc2graph.load(S, G, keep=wrong),
    "allow_removals": lambda wrong: rc2graph.load(S, G, allow_removals=wrong),
    "resume_within": lambda wrong: rc2graph.load(S, G, resume_within=wrong),
    "workspace": lambda wrong: rc2graph.load(S, G, workspace=wrong),
    "snapshot": lambda wrong: rc2graph.collect(S, wrong),
    "user": lambda wrong: rc2graph.why(G, wrong),
    "access": lambda wrong: rc2graph.who(G, wrong),
    "most": lambda wrong: rc2graph.who(G, "admin", most=wrong),
    "own": lambda wrong: rc2graph.review(G, own=wrong),
    "csv": lambda wrong: rc2graph.review(G, csv=wrong),
}
"""Parameter → a call that gives it."""
NUMBERS = {"rate_period", "retry_for", "resume_within", "keep", "allow_removals", "most"}


@pytest.mark.parametrize("name", WRONG)
def test_a_value_of_another_kind_is_refused_before_anybody_is_asked(name: str) -> None:
    wrong: list[Any] = [object(), -1, float("nan"), float("inf"), True, *([] if name not in NUMBERS else ["3"])]
    for value in wrong:
        with pytest.raises(UsageError, match=f"{name} cannot be "):
            WRONG[name](value)


@pytest.mark.parametrize(("name", "wrong"), [("keep", 0), ("keep", 1.5), ("allow_removals", 1000), ("most", 2.5)])
def test_a_number_that_makes_no_sense_is_refused(name: str, wrong: float) -> None:
    with pytest.raises(UsageError, match=f"{name} cannot be {wrong}"):
        WRONG[name](wrong)


def test_no_snapshot_goes_for_a_number_that_keeps_none(tmp_path: Path) -> None:
    for keep in (0, -1):
        with pytest.raises(UsageError, match="keep cannot be"):
            surplus(tmp_path, "acme", keep)


def test_a_limit_that_is_no_number_lets_nothing_through() -> None:
    with pytest.raises(GuardError):
        guard([Removal("users", 88, 70, 18)], float("nan"))


def test_what_is_natural_is_taken(loaded: Loaded, graph: GraphTarget) -> None:
    """A path as text, seconds as a number, one question by its name, an instant for its day, no rows at all."""
    home = GraphTarget(home=str(graph.home))  # type: ignore[arg-type]
    assert home == graph
    assert Source(S.url, "x", "secret", retry_for=5) == Source(S.url, "x", "secret", retry_for=timedelta(seconds=5))  # type: ignore[arg-type]
    (one,) = rc2graph.review(graph, "administrators").results  # type: ignore[arg-type]
    assert one.question.name == "administrators"
    assert rc2graph.who(graph, "admin", as_of=datetime.now(UTC)).total
    everybody, nobody = (rc2graph.who(graph, "role:user", most=most) for most in (None, 0))
    assert (nobody.total, nobody.states, nobody.shown) == (everybody.total, everybody.states, ())
    with pytest.raises(UsageError, match="threshold"):
        rc2graph.review(graph, ["dormant-privileged"], parameters={"dormant_days": timedelta(3)})


def test_who_why_review_and_diff_say_what_the_command_says(loaded: Loaded, graph: GraphTarget, tmp_path: Path) -> None:
    holders = rc2graph.who(graph, "admin", most=None)
    assert holders.total == len(holders.shown) > 3
    assert "kurt.keys" in {one.username for one in holders.shown}
    assert rc2graph.why(graph, "kurt.keys", "admin").verdict == "can become administrator"
    assert rc2graph.why(graph, "kurt.keys").headline == rc2graph.why(graph, "kurt.keys", "admin").headline
    today = datetime.now(UTC).date()
    then = rc2graph.who(graph, "admin", as_of=today)
    assert (then.shown, then.remembered) == (holders.shown, False), "from the snapshot of today"
    with pytest.raises(UsageError, match="no finished snapshot"):
        rc2graph.why(graph, "kurt.keys", "admin", as_of=today - timedelta(days=1))
    found = rc2graph.review(graph, ["deactivated-members"], csv=tmp_path / "answers")
    [answer] = found.results
    assert answer.verdict == "findings"
    assert len((tmp_path / "answers" / "deactivated-members.csv").read_text().splitlines()) == answer.total + 1
    with pytest.raises(UsageError, match="sets no parameter"):
        rc2graph.review(graph, ["deactivated-members"], parameters={"dormant_days": 30})
    with rc2graph.diff(loaded.snapshot, home=graph.home) as nothing:
        assert (nothing.different, nothing.in_doubt) == (False, False)
        assert [file.path for file in nothing.files] == [loaded.snapshot, loaded.snapshot]


def test_the_examples_of_the_page_run(
    source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ROCKETCHAT_URL", source.url)
    monkeypatch.setenv("ROCKETCHAT_USER_ID", source.user_id)
    monkeypatch.setenv("ROCKETCHAT_AUTH_TOKEN", source.token)
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    space: dict[str, Any] = {}
    for block in blocks:
        exec(block, space)
    said = capsys.readouterr().out
    assert "kurt.keys can become administrator" in said
    assert "0 differences would be written" in said
    assert space.keys() >= PUBLIC - {"__version__"}
