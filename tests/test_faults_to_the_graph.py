"""Whatever goes wrong on the way, the graph is never wrong: nothing lost that is there, nothing shown that never was.

The graph holds an older state, the source has moved on, and one request of the run between them meets a fault. No guard
helps here (`--allow-removals 100`). The default run strikes the first request of each route, on the embedded engine;
`-m soak` strikes every request of every version, on both engines.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rc2graph.config import GraphTarget
from rc2graph.errors import CredentialsError, MissingPermissionError, SourceError
from tests.engines import Engine, Server
from tests.faults import Fault
from tests.faults.script import KINDS
from tests.moved import Ground, earlier, ground, move_on, struck
from tests.reliability import Tally, Tried
from tests.source import OLDEST, VERSIONS

ALIKE = {
    *("html-403", "html-503", "drip", "echo-token", "lying-total-smaller", "repeated-row", "truncated-honest"),
    *("slow", "no-date", "wrong-date"),
}
"""Near relatives of others, or harmless: struck in long runs only."""
BELIEVED = "huge-string"
"""A name that is a million letters long is a name, and is loaded."""
ON_ROWS = {"wrong-field", "row-without-id"}
"""These bend a row; `me` and `info` have none."""
ROUTES = (
    *("info", "me", "permissions.listAll", "roles.list", "users.listByStatus", "rooms.adminRooms", "teams.listAll"),
    *("teams.members", "users.listTeams"),
)

ENDS = {"401": CredentialsError, "redirect": SourceError, "html-403": SourceError}
"""What ends a run at once, wherever it strikes that a run cannot do without: asking again cannot help."""


def can_do_without(route: str, kind: str) -> bool:
    """The version may stay unknown and rooms not visible. (Who is told that the token is not accepted stops.)"""
    return route == "info" or (route == "rooms.adminRooms" and kind != "401")


MAY_END = {
    "403": MissingPermissionError,
    "400-database": SourceError,
    "echo-token": SourceError,
    "wrong-type": SourceError,
    **dict.fromkeys(("short-page", "repeated-row", "empty-list", "missing-key"), MissingPermissionError),
}
"""What ends it where nothing else would tell: without `me` and the permissions nothing is known."""


REFUSED = {"400-database", "echo-token"}
"""Where an account is asked for its teams in the last look, a refusal may leave teams unsettled: nothing goes."""


def fault(kind: str, **where: Any) -> Fault:
    when = (lambda request: request.route not in ("me", "info")) if kind in ON_ROWS else None
    return Fault(kind, seconds=30 if kind == "wrong-date" else 3600, when=when, **where)


def strike(found: Ground, kind: str, places: Iterable[tuple[str | None, int]]) -> Tally:
    """A fault at each place in turn: the nth request to a route, or of all."""
    tally, case = Tally(), found.case()
    for route, nth in places:
        ended = struck(case, fault(kind, route=route, nth=nth))
        hit = [entry.route for entry in case.source.server.log if entry.faults]  # the way back has fewer requests
        if kind in ENDS and any(not can_do_without(where, kind) for where in hit):
            assert isinstance(ended.error, ENDS[kind]), (kind, route, nth, ended.error)
        else:
            assert ended.error is None or isinstance(ended.error, MAY_END.get(kind, ())), (
                kind,
                route,
                nth,
                ended.error,
            )
        assert ended.code != 5 or ended.error or kind in REFUSED, "one fault leaves nothing unsettled"
        tally += Tally(int(bool(hit)), int(ended.error is not None))
        case = case.turned()
    return tally


def first_requests(found: Ground, kinds: Iterable[str]) -> Tally:
    """Each fault at the first request of each route: the short form."""
    return sum((strike(found, kind, [(route, 1) for route in ROUTES]) for kind in kinds), Tally())


def all_requests(found: Ground, kinds: Iterable[str]) -> Tally:
    """Each fault at every request of a run: the long form."""
    places = [(None, nth) for nth in range(1, len(found.routes()) + 1)]
    return sum((strike(found, kind, places) for kind in kinds), Tally())


SHORT = tuple(kind for kind in KINDS if kind not in {BELIEVED, *ALIKE})
LONG = tuple(kind for kind in KINDS if kind != BELIEVED)


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    pytest.importorskip("arcadedb", exc_type=ImportError)
    folder = tmp_path_factory.mktemp("embedded")
    with ground(GraphTarget(home=folder / "home"), folder) as found:
        yield found


@pytest.fixture(scope="module")
def neo4j(neo4j_lts: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    folder = tmp_path_factory.mktemp("neo4j")
    with ground(neo4j_lts.empty("neo4j", folder).target, folder) as found:
        yield found


# ---- one fault

ONE_FAULT = "one fault at a request, the graph holds an older state"
LASTS = "a fault that lasts"
LIES_TO_US = "a server that always says less, or more, than there is"
MOVES = "a fault while the source moves on"


@pytest.mark.parametrize("kind", SHORT)
def test_i2_i7_i13_i15_one_fault_at_the_first_request_of_any_route(embedded: Ground, kind: str, tried: Tried) -> None:
    assert tried(ONE_FAULT, "embedded", first_requests(embedded, [kind])).tried == len(ROUTES) - (
        2 if kind in ON_ROWS else 0
    )


@pytest.mark.parametrize("version", [OLDEST, VERSIONS[-1]])
def test_i2_i13_i15_some_faults_by_every_way_of_listing(
    embedded_engine: Engine, tmp_path: Path, version: str, tried: Tried
) -> None:
    places = [(route, 1) for route in ("me", "permissions.listAll", "teams.members", "users.listTeams")]
    with ground(embedded_engine.target, tmp_path, version=version) as found:
        for kind in ("401", "403", "empty-list"):
            assert tried(ONE_FAULT, "embedded", strike(found, kind, places)).tried == len(places)


@pytest.mark.soak
@pytest.mark.parametrize("kind", LONG)
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("paged", [False, True])
def test_i2_i7_i13_i15_one_fault_at_any_request(
    embedded_engine: Engine, tmp_path: Path, kind: str, version: str, paged: bool, tried: Tried
) -> None:
    with ground(embedded_engine.target, tmp_path, version=version, paged=paged) as found:
        assert tried(ONE_FAULT, "embedded", all_requests(found, [kind])).tried > 20


@pytest.mark.soak
@pytest.mark.parametrize("kind", LONG)
def test_i2_i7_i13_i15_one_fault_at_any_request_into_neo4j(neo4j: Ground, kind: str, tried: Tried) -> None:
    assert tried(ONE_FAULT, "neo4j", all_requests(neo4j, [kind])).tried > 20


# ---- a fault that lasts


LASTING = {
    **dict.fromkeys(("html-200", "html-502", "text-500", "bare-429", "neighbour-429", "redirect"), SourceError),
    **dict.fromkeys(("success-false", "missing-key", "wrong-type", "wrong-field", "row-without-id"), SourceError),
    **dict.fromkeys(("truncated", "reset", "stall"), SourceError),
    "401": CredentialsError,
    "403": MissingPermissionError,
}


def lasting(found: Ground, kind: str, routes: Iterable[str] = ROUTES) -> Tally:
    """From one route nothing else comes any more, however often the command is repeated: the graph stays as it is. Only
    where a run can do without the route, all else is loaded."""
    tally, case = Tally(), found.case()
    for route in routes:
        if (kind in ON_ROWS | {"missing-key", "wrong-type"} and route in ("me", "info")) or (
            route == "info" and kind == "neighbour-429"  # has no limiter
        ):
            continue
        before = case.held()
        case.source.server.add(fault(kind, route=route, times=-1))
        for _ in range(2):
            ended = case.run()
            if can_do_without(route, kind):
                assert ended.outcome is not None, ended.error
                optional = route == "info" or kind == "403"  # a permission that is not held makes no run partial
                assert ended.code == (0 if optional else 5)
                assert set(ended.outcome.incomplete) == (set() if route == "info" else {"rooms"})
                case.is_between()
                tally += Tally(1, 0)
                break
            assert isinstance(ended.error, LASTING[kind]), (kind, route, ended)
            assert ended.code == LASTING[kind].exit_code
            assert case.held() == before, "a run that stops has written nothing"
            tally += Tally(1, 1)
        case.source.server.faults.clear()
        assert case.run().code == 0
        case.ends_whole()
        case = case.turned()
    return tally


@pytest.mark.parametrize("kind", ["html-502", "bare-429", "401", "403", "truncated", "wrong-field"])
def test_i15_a_fault_that_lasts_leaves_the_graph_as_it_is(embedded: Ground, kind: str, tried: Tried) -> None:
    assert tried(LASTS, "embedded", lasting(embedded, kind, (ROUTES[0], *ROUTES[2::3]))).tried


@pytest.mark.soak
@pytest.mark.parametrize("kind", LASTING)
def test_i15_a_fault_that_lasts_on_any_route(embedded: Ground, neo4j: Ground, kind: str, tried: Tried) -> None:
    for name, found in (("embedded", embedded), ("neo4j", neo4j)):
        assert tried(LASTS, name, lasting(found, kind)).tried


LIES = ("lying-total", "lying-total-smaller", "short-page", "repeated-row", "empty-list")
COUNTED = ("users.listByStatus", "teams.listAll", "teams.members", "rooms.adminRooms")
"""Routes whose lists have a total. The others have none (rocketchat.md §4.4, §5.1, §7): what they say twice is
believed."""


def lied_to(found: Ground, kind: str, routes: Iterable[str] = COUNTED) -> Tally:
    """A server that always says a little less, or more, than the truth. The guard is as anybody has it."""
    tally, case = Tally(), found.case()
    for route in routes:
        case.allow_removals = None
        before = case.held()
        case.source.server.add(Fault(kind, route=route, times=-1))
        ended = case.run()
        if ended.error is not None:
            assert ended.code in (4, 5, 6), (kind, route, ended.error)
            assert case.held() == before
        else:
            case.is_between()
        tally += Tally(1, int(ended.error is not None), int(ended.code == 5 and ended.error is None))
        case.source.server.faults.clear()
        assert case.run().code == 0
        case.ends_whole()
        case = case.turned()
    return tally


@pytest.mark.parametrize("kind", LIES)
def test_i1_i2_who_is_always_told_a_little_less_removes_nothing(embedded: Ground, kind: str, tried: Tried) -> None:
    assert tried(LIES_TO_US, "embedded", lied_to(embedded, kind)).tried == len(COUNTED)


@pytest.mark.soak
@pytest.mark.parametrize("kind", LIES)
def test_i1_i2_who_is_always_told_a_little_less_removes_nothing_from_neo4j(
    neo4j: Ground, kind: str, tried: Tried
) -> None:
    assert tried(LIES_TO_US, "neo4j", lied_to(neo4j, kind)).tried == len(COUNTED)


# ---- a fault while the source moves


def moving(found: Ground, kind: str, step: int = 1) -> Tally:
    """All that happens, happens before one request of the run, and another one meets a fault."""
    tally = Tally()
    length = len(found.routes())
    for number in range(4, length, step):
        case = found.case()
        case.source = found.source(earlier(), "case")
        case.source.path.unlink(missing_ok=True)
        case.source.server.before(number, move_on)
        case.source.server.add(fault(kind, nth=number + step))
        before = case.held()
        ended = case.run()
        if ended.error is not None:
            assert ended.code in (3, 4, 5), ended.error
            assert case.held() == before
        else:
            case.is_between()
        tally += Tally(1, int(ended.error is not None), int(ended.code == 5 and ended.error is None))
        case.source.server.faults.clear()
        if "gina" not in case.source.workspace._usernames:  # the run ended before anything had happened
            move_on(case.source.workspace)
        for _ in range(2):  # the first may end a collection that had begun before it all
            assert case.run().code == 0
        case.ends_whole()
    return tally


@pytest.mark.parametrize("kind", ["html-502", "401", "short-page"])
def test_i13_a_fault_while_the_source_moves(embedded: Ground, kind: str, tried: Tried) -> None:
    assert tried(MOVES, "embedded", moving(embedded, kind, step=7)).tried


@pytest.mark.soak
@pytest.mark.parametrize("kind", LONG)
def test_i13_a_fault_while_the_source_moves_at_any_moment(
    embedded: Ground, neo4j: Ground, kind: str, tried: Tried
) -> None:
    for name, found in (("embedded", embedded), ("neo4j", neo4j)):
        assert tried(MOVES, name, moving(found, kind)).tried
