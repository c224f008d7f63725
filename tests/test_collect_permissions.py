"""A permission that is lost for a moment answers 200 and empty, which looks like nobody (rocketchat.md §6.2, §4.1).

It is lost before request i of a run and back before request j, for every i < j: the snapshot is the truth, or there is
none and exit code 4. Also when the run is killed in between and repeated, and with or without a graph that remembers.
"""

import pytest

from rc2graph.errors import IncompleteError, MissingPermissionError
from rc2graph.simulator.queries import Paging
from tests.reliability import Tally
from tests.source import OLDEST, VERSIONS, Remembered, Source, differences, lists_by_status, small_company, tidy_company

PERMISSIONS = ("view-all-teams", "view-d-room", "view-full-other-user-info")
NEEDED_BY = {version: PERMISSIONS[:2] if lists_by_status(version) else PERMISSIONS for version in VERSIONS}


class Killed(BaseException):
    """The process is gone: nothing catches it."""


def kill(workspace):
    raise Killed


class Case:
    """One company behind one server, whose permission comes and goes."""

    def __init__(
        self, tmp_path, *, version="8.6.1", company=small_company, paged=False, known=False, seed=0, roleless=False,
        typed="handlers",
    ):  # fmt: skip
        path = tmp_path / "s"
        for old in tmp_path.glob("s*"):
            old.unlink()
        self.version = version
        self.workspace = company()
        if roleless:
            for number in range(6):
                self.workspace.add_user(f"mute.{number}", id=f"{number}mute", roles=None, emails=None)
        paging = Paging(infinite=False, upper=2, default=2) if paged else Paging()
        self.source = Source(self.workspace, path, version, seed, knobs={"paging": paging})
        self.source.server.settings.typed_refusals = typed
        self.true = self.workspace.oracle()
        self.known = Remembered(self.true) if known else None

    def lose(self, permission, i, j):
        held = list(self.workspace.permissions[permission]["roles"])
        self.source.server.before(i, lambda ws: ws.permissions[permission].update(roles=[]))
        self.source.server.before(j, lambda ws: ws.permissions[permission].update(roles=held))

    def run(self):
        try:
            self.source.collect(previous=self.known)
        except Killed:
            return None
        except AssertionError as error:
            if isinstance(error.__cause__, Killed):
                return None
            raise
        return self.wrong()

    def wrong(self):
        return differences(self.source.content(), self.true, nameless=lists_by_status(self.version))


def length(tmp_path, **options):
    case = Case(tmp_path, **options)
    assert case.run() == {}
    return len(case.source.server.log)


def lose_everywhere(tmp_path, permission, *, step=1, **options):
    """Every i < j (or every `step`th); how many runs that were, and how many ended without a snapshot."""
    whole = length(tmp_path, **options)
    tally = Tally()
    for i in range(1, whole + 1):
        for j in range(i + 1, whole + 6, step):
            case = Case(tmp_path, **options)
            case.lose(permission, i, j)
            try:
                wrong = case.run()
            except (MissingPermissionError, IncompleteError):
                tally += Tally(1, 1)
                continue
            # still lost at the end: the last check came before it, and the table it read is a true one
            if len(case.source.server.log) < j:
                wrong.pop("grants", None)
            assert wrong == {}, (permission, i, j, case.source.routes)
            assert not case.source.content().unsettled
            tally += Tally(1)
    return tally


DONE = "a needed permission lost before one request and back before another"


def both(tally, number):
    """Snapshots and refusals, more than `number` of each."""
    return tally.tried - tally.stopped > number < tally.stopped


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("company", [tidy_company, small_company])
def test_i12_i13_view_all_teams_lost_for_any_moment(tmp_path, company, known, tried):
    lost = lose_everywhere(tmp_path, "view-all-teams", company=company, known=known, step=2)
    assert both(tried(DONE, "snapshot", lost), 10)


def test_i12_i13_view_full_other_user_info_lost_for_any_moment_of_a_list_in_pages(tmp_path, tried):
    lost = lose_everywhere(
        tmp_path, "view-full-other-user-info", version=OLDEST, company=tidy_company, paged=True, roleless=True, step=9
    )
    assert both(tried(DONE, "snapshot", lost), 20)


@pytest.mark.parametrize("typed", ["nowhere", "everywhere"])
def test_i12_i13_a_permission_lost_where_a_refusal_may_say_its_kind(tmp_path, typed, tried):
    """9.0 answers 403 with `errorType: "error-forbidden"`, or without (rocketchat.md §1.3.1)."""
    for permission in NEEDED_BY["9.0.0"]:
        lost = lose_everywhere(tmp_path, permission, version="9.0.0", company=tidy_company, step=8, typed=typed)
        assert both(tried(DONE, "snapshot", lost), 5)


@pytest.mark.parametrize("version", VERSIONS)
def test_i12_i13_each_permission_lost_for_some_moment_in_every_version(tmp_path, version, tried):
    for permission in NEEDED_BY[version]:
        lost = lose_everywhere(tmp_path, permission, version=version, company=tidy_company, step=8)
        assert both(tried(DONE, "snapshot", lost), 5)


@pytest.mark.soak
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("paged", [False, True])
@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("company", [tidy_company, small_company])
def test_i12_i13_each_permission_lost_for_any_moment(tmp_path, company, version, known, paged, seed, tried):
    for permission in NEEDED_BY[version]:
        lost = lose_everywhere(
            tmp_path,
            permission,
            company=company,
            version=version,
            known=known,
            paged=paged,
            seed=seed,
            roleless=seed == 2,
        )
        tried(DONE, "snapshot", lost)


def killed_in_between(tmp_path, permission, *, step=1, **options):
    """Lost before request i, killed before request k, back before request j of them all, and the command repeated."""
    whole = length(tmp_path, **options)
    runs = 0
    for i in range(1, whole + 1, step):
        for k in range(i, whole + 1, step):
            for j in {i + 1, k, k + 1, k + 2, k + 4, k + 7, (k + whole) // 2 + 2, k + whole}:
                if j <= i:
                    continue
                case = Case(tmp_path, **options)
                case.lose(permission, i, j)
                case.source.server.before(k, kill)
                for _ in range(60):
                    try:
                        wrong = case.run()
                    except (MissingPermissionError, IncompleteError):
                        continue
                    if wrong is not None:
                        break
                else:
                    raise AssertionError((i, k, j))
                runs += 1
                if len(case.source.server.log) < j:
                    wrong.pop("grants", None)
                assert wrong == {}, (permission, i, k, j, case.source.routes)
    return runs


@pytest.mark.parametrize("known", [False, True])
def test_i4_i12_a_permission_lost_across_a_kill(tmp_path, known):
    assert killed_in_between(tmp_path, "view-all-teams", company=tidy_company, known=known, step=3) > 40


@pytest.mark.soak
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("paged", [False, True])
@pytest.mark.parametrize("company", [tidy_company, small_company])
def test_i4_i12_each_permission_lost_across_a_kill(tmp_path, company, version, known, paged):
    for permission in NEEDED_BY[version]:
        killed_in_between(
            tmp_path, permission, company=company, version=version, known=known, paged=paged, step=3 if paged else 2
        )


@pytest.mark.parametrize("permission", PERMISSIONS[:2])
def test_i12_a_permission_that_stays_away_is_named(tmp_path, permission):
    whole, named = length(tmp_path), set()
    for i in range(4, whole + 1):
        case = Case(tmp_path)
        case.lose(permission, i, 10_000)
        try:
            wrong = case.run()
        except MissingPermissionError as error:
            named.add(permission in str(error))
            continue
        assert i > whole - 1  # lost with the last request, which is the check itself
        assert set(wrong) <= {"grants"}
    assert named == {True}


def test_i13_what_came_before_a_failed_check_does_not_count_afterwards(tmp_path):
    """Members read as empty while the permission was away are thrown away when the check fails."""
    case = Case(tmp_path, company=tidy_company)
    case.lose("view-all-teams", 7, 10_000)
    with pytest.raises(MissingPermissionError):
        case.run()
    case.workspace.permissions["view-all-teams"]["roles"] = ["user"]
    case.source.collect()
    assert set(case.wrong()) <= {"grants"}


def test_i13_a_member_that_the_graph_knows_and_nothing_shows_is_asked_for(tmp_path):
    """The row of a deleted user went, a deactivated member came: the numbers add up, and prove nothing."""
    workspace = tidy_company()
    orphan = workspace.add_orphan("vault")
    known = Remembered(workspace.oracle())
    del workspace.members[workspace.team_id("vault")][orphan]
    source = Source(workspace, tmp_path / "s")
    source.collect(previous=known)
    assert (workspace.user_id("olaf"), workspace.team_id("vault")) in source.content().member_of
