"""Whatever goes wrong, whenever: the snapshot is the truth, or there is none, and the same command again ends well.

One fault, of every kind, at every request of a small run. The default run takes one version for every kind, and every
version for some; `-m soak` takes all.
"""

import functools
import tempfile
from pathlib import Path

import pytest

from rc2graph.errors import CredentialsError, IncompleteError, MissingPermissionError, Rc2graphError, SourceError
from rc2graph.rocketchat.throttle import REFUSALS
from rc2graph.simulator.queries import Paging
from tests.faults import Fault
from tests.faults.script import KINDS
from tests.reliability import Tally
from tests.source import VERSIONS, Source, differences, lists_by_status, small_company, tidy_company

PAGES = {"infinite": False, "upper": 2, "default": 2}
HARMLESS = {"slow", "no-date", "wrong-date", "huge-string"}
ONLY_ROWS = {"wrong-field", "row-without-id", "huge-string"}
"""These bend a row; `me` has none."""


def make(folder, version="8.6.1", company=small_company, paging=None, name="s"):
    path = folder / name
    path.unlink(missing_ok=True)
    return Source(company(), path, version, knobs={"paging": Paging(**(paging or {}))})


@functools.cache
def route_of_request(version, company, paged):
    """The routes of an undisturbed run, in order."""
    with tempfile.TemporaryDirectory() as folder:
        source = make(Path(folder), version, company, PAGES if paged else None)
        source.collect()
        return tuple(source.routes)


DONE = "one fault at a request of a run"


def strike_everywhere(tmp_path, kind, version, company, paged, step=1):
    """One fault at each request of a run in turn (or each `step`th); how many that were."""
    nameless, tried = lists_by_status(version), 0
    routes = route_of_request(version, company, paged)
    for number, route in enumerate(routes, 1):
        if (kind in ONLY_ROWS and route == "me") or (number + KINDS.index(kind)) % step:
            continue
        source = make(tmp_path, version, company, PAGES if paged else None)
        source.server.add(Fault(kind, nth=number, seconds=30 if kind == "wrong-date" else 3600))
        errors = source.collect_until_done(tries=2)
        tried += 1
        found = source.content()
        struck = f"{kind} at request {number} ({route}), after {errors}"
        assert differences(found, source.workspace.oracle(), nameless=nameless) == {}, struck
        assert not found.unsettled, struck
        assert not (errors and kind in HARMLESS), struck
        for error in errors:
            assert error.exit_code in (3, 4, 5), struck
            assert error.what, struck
            assert source.server.credentials[1] not in str(error), struck
    return tried


@pytest.mark.parametrize("kind", KINDS)
def test_i1_i4_one_fault_anywhere(tmp_path, kind, tried):
    struck = strike_everywhere(tmp_path, kind, "8.6.1", small_company, paged=False, step=2)
    assert tried(DONE, "snapshot", Tally(struck)).tried >= 8


@pytest.mark.parametrize("kind", ["401", "403", "text-500", "empty-list", "short-page", "truncated"])
@pytest.mark.parametrize("version", VERSIONS)
def test_i1_i4_one_of_some_faults_in_every_version(tmp_path, kind, version, tried):
    struck = strike_everywhere(tmp_path, kind, version, tidy_company, paged=version == "9.0.0", step=5)
    assert tried(DONE, "snapshot", Tally(struck)).tried >= 2


@pytest.mark.soak
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("company", [small_company, tidy_company])
@pytest.mark.parametrize("paged", [False, True])
def test_i1_i4_one_fault_anywhere_in_every_version(tmp_path, kind, version, company, paged, tried):
    tried(DONE, "snapshot", Tally(strike_everywhere(tmp_path, kind, version, company, paged)))


@pytest.mark.soak
@pytest.mark.parametrize("first", KINDS)
def test_i1_i4_two_faults_anywhere(tmp_path, first):
    for second in KINDS:
        for number in range(1, 24, 3):
            source = make(tmp_path)
            for kind, nth in ((first, number), (second, number + 2)):
                source.server.add(Fault(kind, nth=nth, when=lambda request: request.route != "me"))
            source.collect_until_done(tries=3)
            assert differences(source.content(), source.workspace.oracle()) == {}, (first, second, number)


# ---- faults that last

LASTING = {
    "html-200": SourceError,
    "html-403": SourceError,
    "html-502": SourceError,
    "html-503": SourceError,
    "text-500": SourceError,
    "bare-429": SourceError,
    "neighbour-429": SourceError,
    "401": CredentialsError,
    "403": MissingPermissionError,
    "redirect": SourceError,
    "success-false": SourceError,
    "missing-key": SourceError,
    "wrong-type": SourceError,
    "wrong-field": SourceError,
    "row-without-id": SourceError,
    "truncated-honest": SourceError,
    "truncated": SourceError,
    "reset": SourceError,
    "stall": SourceError,
    "drip": SourceError,
}
ROUTES = (
    *("me", "permissions.listAll", "roles.list", "users.listByStatus", "teams.listAll", "teams.members"),
    "users.listTeams",
)
"""What a run cannot do without. (`/api/info` is in test_info_blocked.py, rooms in test_rooms.py.)"""


@pytest.mark.parametrize("kind", LASTING)
@pytest.mark.parametrize("route", ROUTES)
def test_i15_a_fault_that_lasts_ends_the_run_within_its_patience(tmp_path, kind, route):
    if kind in ONLY_ROWS | {"missing-key", "wrong-type"} and route == "me":
        pytest.skip("cannot strike there")
    source = make(tmp_path)
    source.server.add(Fault(kind, route=route, times=-1))
    began = source.time.monotonic()
    with pytest.raises(Rc2graphError) as caught:
        source.collect(retry_for=2.0)
    assert isinstance(caught.value, LASTING[kind]), caught.value
    assert caught.value.exit_code == LASTING[kind].exit_code
    refusals = (REFUSALS + 1) * 61 if kind.endswith("429") else 0
    assert source.time.monotonic() - began < 30 + refusals
    assert route in str(caught.value) or kind == "401", "which question failed"
    source.server.faults.clear()
    source.collect()
    assert differences(source.content(), source.workspace.oracle()) == {}


@pytest.mark.parametrize("kind", ["lying-total", "lying-total-smaller", "short-page", "repeated-row", "empty-list"])
@pytest.mark.parametrize(
    "route", ["users.listByStatus", "teams.listAll", "roles.list", "teams.members", "permissions.listAll"]
)
def test_i1_an_answer_that_is_always_a_little_wrong_is_never_taken_for_all(tmp_path, kind, route):
    """An error, or every gap is shown: as a team that is not settled, or as rows that nobody has seen."""
    source = make(tmp_path)
    source.server.add(Fault(kind, route=route, times=-1))
    try:
        source.collect()
    except (IncompleteError, MissingPermissionError):
        return
    found, true = source.content(), source.workspace.oracle()
    wrong = differences(found, true)
    if route == "teams.listAll":  # all of it was struck: a server that says the same wrong thing twice is believed
        assert kind in ("empty-list",)
        return
    if route in ("roles.list", "permissions.listAll"):  # these have no total (rocketchat.md §5.1, §7)
        assert kind in ("lying-total", "lying-total-smaller", "short-page", "repeated-row")
        return
    assert not wrong or found.unsettled, wrong


def test_single_teams_that_are_refused_for_ever_do_not_end_the_run(tmp_path):
    source = make(tmp_path)
    source.server.add(Fault("400-database", route="teams.members", times=-1))
    done = source.collect()
    assert set(done.unsettled) == {source.workspace.team_id("vault"), source.workspace.team_id("plaza")}
    assert dict(source.content().states)["members"] == "partial"
    assert done.datasets["users"].state == "complete"


def test_accounts_whose_teams_are_refused_for_ever_leave_their_teams_unsettled(tmp_path):
    source = make(tmp_path)
    source.server.add(Fault("400-database", route="users.listTeams", times=-1))
    done = source.collect()
    assert set(done.unsettled) == {source.workspace.team_id("vault"), source.workspace.team_id("plaza")}
