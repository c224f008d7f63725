"""The recipes of docs/contributing.md on a copy of the tree: how many places each takes, and that it works.

A place is one edit in one file. Pages that `python -m bench.documents` writes are none. Only the embedded engine is
asked: what holds of both is tested where it is made.
"""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from rc2graph.snapshot.schema import FORMAT
from tests.commands import CHECKOUT

GUIDE = (CHECKOUT / "docs" / "contributing.md").read_text(encoding="utf-8")
COPIED = ("bench", "cypher", "docs", "rc2graph", "tests", "pyproject.toml", "README.md", "CONTRIBUTING.md")
NEXT = FORMAT + 1
"""The format in which the new things are first."""


@dataclass(frozen=True)
class Edit:
    """`text` before the first place where the pattern `before` matches; a whole new file without one."""

    file: str
    text: str
    before: str = ""

    def apply(self, root: Path) -> None:
        path = root / self.file
        if not self.before:
            assert not path.exists()
            path.write_text(self.text, encoding="utf-8")
            return
        page = path.read_text(encoding="utf-8")
        found = re.search(self.before, page, re.MULTILINE)
        assert found, f"{self.file} has no {self.before}"
        path.write_text(page[: found.start()] + self.text + page[found.start() :], encoding="utf-8")


@dataclass(frozen=True)
class Recipe:
    title: str
    places: int
    files: int
    edits: tuple[Edit, ...]
    shows: tuple[tuple[str, str], ...] = ()
    """Pages that are written anew, and what is in them then."""


PROPERTY = Recipe(
    "A property", 3, 3,
    (
        Edit(
            "rc2graph/model.py",
            '    nickname: str | None = about(\n        "what friends call them", "users: nickname", personal=True,'
            f' diff="renamed", since={NEXT}\n    )\n',
            r'^    roles: .*about\(\n        "ids of the roles on the user',
        ),
        Edit(
            "rc2graph/rocketchat/mapping.py", '        nickname=text(row, "nickname"),\n', r"^        roles=_ids\(row"
        ),
        Edit(
            "tests/test_mapping.py",
            '    (mapping.user, {"by_status": True}, {"nickname": "Olli"}, {"nickname": "Olli"}),\n',
            r"^\)\n\"\"\"By which function",
        ),
    ),
    (("docs/model.md", "| `nickname` | text | what friends call them | `users: nickname` | renamed | erases it | "),
     ("docs/statements.md", "x.nickname = row[")),
)  # fmt: skip
EDGE_PROPERTY = Recipe(
    "A property of an edge", 3, 3,
    (
        Edit(
            "rc2graph/model.py",
            '    updated_at: str | None = about(\n        "when it last changed", "teams.members: _updatedAt",'
            f' of="MEMBER_OF", instant=True, since={NEXT}\n    )\n',
            r'^    username: .*about\("of the user, where no user list',
        ),
        Edit(
            "rc2graph/rocketchat/mapping.py", '        updated_at=instant(row, "_updatedAt"),\n',
            r'^        username=_text_or_none\(about, "username"\)',
        ),
        Edit(
            "tests/test_mapping.py",
            '    (mapping.member, {"team_id": "t"}, {"_updatedAt": "2026-01-01T00:00:00.000Z"},\n'
            '     {"updated_at": "2026-01-01T00:00:00.000Z"}),\n',
            r"^\)\n\"\"\"By which function",
        ),
    ),
    (("docs/model.md", "| `updatedAt` | instant | when it last changed |"),
     ("docs/statements.md", "updatedAt: m[")),
)  # fmt: skip
EDGE = Recipe(
    "An edge type", 4, 3,
    (
        Edit(
            "rc2graph/model.py",
            'CREATED = EdgeType(\n    "CREATED", "User", "Team", "Team", "created", "team_id", "user_id",\n'
            '    ids="team.created_by_id", meaning="Who made the team, if they are still there.", listed=("teams",),\n'
            f'    since={NEXT},\n)\n\n',
            r"^EDGE_TYPES = ",
        ),
        Edit("rc2graph/model.py", ", CREATED", r"(?<=^EDGE_TYPES = \(HAS_ROLE, MEMBER_OF, GRANTS, HAS_ROOM)"),
        Edit(
            "cypher/browser/rc2graph.grass", "relationship.CREATED {\n  color: #009E73;\n  shaft-width: 1px;\n}\n",
            "^relationship.ESCALATES_TO",
        ),
        Edit(
            "tests/test_created.py",
            '''"""Who made a team is an edge, while both are there."""

import shutil
from pathlib import Path

from rc2graph.graph.connect import connect
from rc2graph.graph.load import load_snapshot
from rc2graph.snapshot import Snapshot
from tests.engines import Engine
from tests.snapshots import Time, World, ask, loaded


def made() -> World:
    world = World()
    for id_ in ("ana", "bob"):
        world.user(id_)
    world.team("red", "bob", created_by_id="ana")
    world.team("blue", "ana", created_by_id="somebody who left")
    return world


def test_it_comes_changes_and_goes(embedded_engine: Engine, tmp_path: Path) -> None:
    with connect(embedded_engine.target, write=True) as graph:

        def edges() -> set[tuple[str, str]]:
            found = ask(graph, "MATCH (a:User)-[:CREATED]->(b:Team) RETURN a.id AS a, b.id AS b")
            return {(row["a"], row["b"]) for row in found}

        world = made()
        assert loaded(graph, world, tmp_path).counts["CREATED"].added == 1
        assert edges() == {("ana", "red")}
        again = loaded(graph, world, tmp_path, verify=True)
        assert not any(count.added or count.changed or count.closed for count in again.counts.values())
        ask(graph, "MATCH (a:User {id: 'bob'}), (b:Team {id: 'blue'}) CREATE (a)-[:CREATED]->(b)")
        loaded(graph, world, tmp_path, verify=True)
        assert edges() == {("ana", "red")}, "what somebody made by hand is put right"
        world.team("red", "bob", created_by_id="bob")
        loaded(graph, world, tmp_path, allow_removals=100)
        assert edges() == {("bob", "red")}
        loaded(graph, world, tmp_path, partial=["teams"])
        assert edges() == {("bob", "red")}
        world.delete_user("bob")
        loaded(graph, world, tmp_path, allow_removals=100)
        assert edges() == set()


def test_a_file_that_knows_of_none_ends_none(embedded_engine: Engine, tmp_path: Path) -> None:
    old = shutil.copy(Path(__file__).parent / "data" / "format-2.sqlite", tmp_path / "old.sqlite")
    with connect(embedded_engine.target, write=True) as graph, Snapshot.open(Path(old)) as file:
        now = Time()
        load_snapshot(graph.workspace("demo"), file, clock=now.clock, sleep=now.sleep)
        ask(graph, """MATCH (t:Team {workspace: 'demo'}) MATCH (u:User {workspace: 'demo', id: t.createdById})
                      CREATE (u)-[:CREATED {firstSeen: t.createdAt}]->(t)""")
        (before,) = ask(graph, "MATCH ()-[e:CREATED]->() RETURN count(e) AS number")
        load_snapshot(graph.workspace("demo"), file, clock=now.clock, sleep=now.sleep, verify=True)
        assert ask(graph, "MATCH ()-[e:CREATED]->() RETURN count(e) AS number") == [before]
        assert before["number"] > 20
''',
        ),
    ),
    (("docs/model.md", "### `(:User)-[:CREATED]->(:Team)`"),
     ("docs/statements.md", "CREATE (u)-[:CREATED")),
)  # fmt: skip
QUESTION = Recipe(
    "A question", 3, 3,
    (
        Edit(
            "cypher/review/waiting-accounts.cypher",
            """// title: Accounts that wait for somebody to approve them
// question: Who has registered, and nobody has said yes or no?
// why: A person waits; or somebody tries the door.
// controls: SOC2 CC6.2, ISO27001 A.5.16, NIST AC-2
// severity: low
// needs: users
// examines: accounts
// columns: user, reason
MATCH (u:User {workspace: $workspace, active: false})
WHERE u.reason IS NOT NULL AND u.lastLogin IS NULL
RETURN coalesce(u.username, u.id) AS user, u.reason AS reason
ORDER BY user
""",
        ),
        Edit(
            "tests/test_questions_accounts.py",
            '    "waiting-accounts": {("pia.pending", "I am the new intern")},\n',
            r'^\}\n"""All that each question with a severity finds there',
        ),
        Edit("docs/review.md", "waiting-accounts, ", r"no-role, unused-roles"),
    ),
)  # fmt: skip
WEBHOOK_ROW = """
@dataclass(frozen=True, slots=True)
class Webhook(Row):
    id: str
    name: str | None = about("its name", "integrations.list: name", diff="renamed")
    enabled: bool | None = about("it takes messages", "integrations.list: enabled", diff="changed")
    channels: tuple[str, ...] | None = about("where it may post", "integrations.list: channel", diff="changed")
    user_id: str | None = about(
        "id of the account that it posts as", "integrations.list: userId", account=True, diff="changed"
    )
    unreadable: tuple[str, ...] = ()


""".lstrip()
WEBHOOK_TEST = '''"""Incoming webhooks: read by whoever may, loaded beside accounts, never taken away without proof."""

import shutil
from pathlib import Path

import pytest

from rc2graph.access.visibility import Visibility
from rc2graph.graph import state
from rc2graph.graph.connect import WorkspaceGraph, connect
from rc2graph.graph.load import load_snapshot
from rc2graph.reports.export.kinds import Reader
from rc2graph.retention.purge import purge
from rc2graph.reviews.changes import compared, notes
from rc2graph.rocketchat.mapping import webhook
from rc2graph.rocketchat.preflight import preflight
from rc2graph.rocketchat.probe import probe
from rc2graph.simulator import Workspace
from rc2graph.snapshot import Snapshot
from tests.engines import Engine
from tests.faults import Fault
from tests.snapshots import Time, ask
from tests.source import Source, small_company

PERMISSION, READER = "manage-incoming-integrations", "access-reviewer"


def office() -> Workspace:
    workspace = small_company()
    for permission in (PERMISSION, "view-room-administration"):
        workspace.permissions[permission] = {"_id": permission, "_updatedAt": workspace.touch(), "roles": ["admin"]}
        workspace.grant(permission, READER)
    for name, user in (("deploy", "ana"), ("alerts", "ben"), ("orphan", None)):
        id_ = workspace.user_id(user) if user else "deleted"
        workspace.webhooks[name] = {"_id": name, "type": "webhook-incoming", "name": name, "enabled": True,
                                    "userId": id_, "channel": ["#general"], "token": "hidden"}
    return workspace


def collected(workspace: Workspace, path: Path) -> Source:
    source = Source(workspace, path)
    assert source.collect().complete
    return source


def load(graph: WorkspaceGraph, path: Path, **options: float) -> None:
    now = Time()
    with Snapshot.open(path) as file:
        load_snapshot(graph, file, clock=now.clock, sleep=now.sleep, **options)


def edges(graph: WorkspaceGraph) -> set[tuple[str, str]]:
    found = ask(graph, "MATCH (a:Webhook)-[:POSTS_AS]->(b:User) RETURN a.id AS a, b.username AS b")
    return {(row["a"], row["b"]) for row in found}


def dataset(path: Path) -> tuple[str, int | None, str | None]:
    with Snapshot.open(path) as file:
        found = file.datasets()["webhooks"]
        return found.state, found.fetched, found.why


def test_it_goes_the_whole_way_and_a_refusal_takes_nothing(embedded_engine: Engine, tmp_path: Path) -> None:
    workspace, first, refused, last = office(), tmp_path / "1", tmp_path / "2", tmp_path / "3"
    collected(workspace, first)
    assert dataset(first) == ("complete", 3, None)
    assert b"hidden" not in first.read_bytes()
    with connect(embedded_engine.target, write=True) as whole:
        graph = whole.workspace("w")
        load(graph, first)
        assert edges(graph) == {("deploy", "ana"), ("alerts", "ben")}, "an account that is gone gets no edge"
        there = state.counts(graph)
        assert (there["webhooks"], there["POSTS_AS"]) == (3, 2)
        reader = Reader(graph)
        assert {(row["id"], row["userId"]) for row in reader.rows("webhooks")} >= {("orphan", "deleted")}
        assert {(row["webhook"], row["username"]) for row in reader.rows("posts_as")} == edges(graph)
        assert Visibility.of(graph).missing("webhooks") == ()
        workspace.revoke(PERMISSION, READER)
        del workspace.webhooks["alerts"]
        workspace.webhooks["deploy"]["userId"] = workspace.user_id("ben")
        collected(workspace, refused)
        assert dataset(refused) == ("forbidden", None, f"'{PERMISSION}' is not held")
        load(graph, refused)
        assert edges(graph) == {("deploy", "ana"), ("alerts", "ben")}
        (unseen,) = Visibility.of(graph).missing("webhooks")
        assert unseen.startswith("incoming webhooks: not permitted; what is held of it is as of ")
        workspace.grant(PERMISSION, READER)
        collected(workspace, last)
        load(graph, last, allow_removals=100)
        assert edges(graph) == {("deploy", "ben")}
        assert purge(graph)["webhooks"] == 2
    with Snapshot.open(first) as before, Snapshot.open(refused) as blind, Snapshot.open(last) as after:
        with compared(before, after) as found:
            told = {(one.what, one.thing.name, one.property) for one in found.changes("webhooks")}
            assert told == {("gone", "alerts", None), ("changed", "deploy", "userId")}
        with compared(before, blind) as found:
            assert list(found.changes("webhooks")) == []
            assert any("webhooks, not permitted" in line and "3 webhooks" in line for line in notes(found))


@pytest.mark.parametrize("kind", ["400-database", "html-502", "html-403"])
def test_whatever_is_wrong_with_it_costs_nothing_else(tmp_path: Path, kind: str) -> None:
    source = Source(office(), tmp_path / "s")
    source.server.add(Fault(kind, route="integrations.list", times=-1))
    states = {name: one.state for name, one in source.collect().datasets.items()}
    assert states.pop("webhooks") == "partial"
    assert set(states.values()) == {"complete"}


def test_a_check_asks_for_it_and_says_what_the_permission_costs_and_gives(tmp_path: Path) -> None:
    source = Source(office(), tmp_path / "s")
    client = source.client()
    found = preflight(client)
    assert probe(client, found).partial == {}
    assert "integrations.list" in source.routes
    without = "Without it the incoming webhooks are not read; everything else is."
    assert (PERMISSION, False, True, without) in found.table(found.source)
    assert any("reads the token of each" in note for note in found.notes)


def test_a_file_that_knows_of_none_is_complete_and_ends_none(embedded_engine: Engine, tmp_path: Path) -> None:
    old = shutil.copy(Path(__file__).parent / "data" / "format-2.sqlite", tmp_path / "old.sqlite")
    with connect(embedded_engine.target, write=True) as whole, Snapshot.open(Path(old)) as file:
        graph, now = whole.workspace("demo"), Time()
        load_snapshot(graph, file, clock=now.clock, sleep=now.sleep)
        ask(graph, "CREATE (:Webhook {workspace: 'demo', id: 'made', name: 'made'})")
        load_snapshot(graph, file, clock=now.clock, sleep=now.sleep, verify=True)
        assert state.counts(graph)["webhooks"] == 1
        assert (state.last_sync(graph) or {})["state"] == "complete"
        assert Visibility.of(graph).missing("webhooks") == ("incoming webhooks: not read",)


def test_of_a_row_only_what_a_review_needs_is_kept() -> None:
    made = webhook({"_id": "i", "name": "n", "userId": "u", "channel": ["#a"], "token": "hidden", "script": "hidden"})
    assert (made.id, made.name, made.user_id, made.channels, made.enabled) == ("i", "n", "u", ("#a",), None)
    assert webhook({"_id": "i", "userId": 7}).unreadable == ("userId",)
'''
ENDPOINT = Recipe(
    "An endpoint with its dataset", 16, 8,
    (
        Edit("rc2graph/model.py", WEBHOOK_ROW, r"^@dataclass\(frozen=True\)\nclass EdgeType"),
        Edit(
            "rc2graph/model.py",
            'WEBHOOK = NodeType(\n    "Webhook", "webhooks", "h", Webhook, found_by="name", listed=("webhooks",),\n'
            '    meaning="An address at which whoever knows it posts as an account.", optional="incoming webhooks",\n'
            f"    since={NEXT},\n)\n",
            r"^ATTESTATION = ",
        ),
        Edit("rc2graph/model.py", ", WEBHOOK", r"(?<=^LOADED = \(ROLE, USER, TEAM, PERMISSION, ROOM)"),
        Edit(
            "rc2graph/model.py",
            'POSTS_AS = EdgeType(\n    "POSTS_AS", "Webhook", "User", "Webhook", "posts_as", "webhook_id", "user_id",\n'
            '    ids="webhook.user_id", meaning="Who seems to speak.", listed=("webhooks",),\n'
            f'    proven=("webhooks", "users"), first_seen=False, since={NEXT},\n)\n',
            r"^EDGE_TYPES = ",
        ),
        Edit("rc2graph/model.py", ", POSTS_AS", r"(?<=^EDGE_TYPES = \(HAS_ROLE, MEMBER_OF, GRANTS, HAS_ROOM)"),
        Edit("rc2graph/rocketchat/mapping.py", ", Webhook", r"(?<=Room, Row, Team, User)$"),
        Edit(
            "rc2graph/rocketchat/mapping.py",
            '''@_forgiving
def webhook(row: Raw) -> Webhook:
    """A row of `integrations.list`. Its token is a secret, and its script may hold some."""
    return Webhook(
        id=identity(row),
        name=name(row),
        enabled=_get(row, "enabled", bool),
        channels=_ids(row, "channel"),
        user_id=text(row, "userId"),
    )


''',
            r"^def caller\(",
        ),
        Edit("rc2graph/rocketchat/endpoints.py", ", WEBHOOK", r"(?<=^from rc2graph.model import ROOM)"),
        Edit(
            "rc2graph/rocketchat/endpoints.py",
            '''WEBHOOKS = OptionalList(
    route="integrations.list", array="integrations", make=mapping.webhook, brings=WEBHOOK,
    needs="manage-incoming-integrations", gives="reads the token of each, and can make and change them",
    fixed={"type": "webhook-incoming", **BY_ID},
)
''',
            r"^OPTIONAL = ",
        ),
        Edit("rc2graph/rocketchat/endpoints.py", " WEBHOOKS", r"(?<=^OPTIONAL = \(ROOMS,)"),
        Edit(
            "rc2graph/simulator/workspace.py", "        self.webhooks: dict[str, Document] = {}\n",
            r"^        for id_, scope, description in BUILT_IN_ROLES",
        ),
        Edit(
            "rc2graph/simulator/teams.py",
            '''def webhooks(call: Call) -> Answer:
    """`integrations.list`: whole documents, with their tokens."""
    page, offset = call.page(ordered(list(call.workspace.webhooks.values()), call.sort({"ts": -1})))
    total = len(call.workspace.webhooks)
    return success({"integrations": page, "items": len(page), "offset": offset, "total": total})


''',
            r"^def _asked_kinds",
        ),
        Edit(
            "rc2graph/simulator/teams.py",
            '    "integrations.list": Route(webhooks, "manage-incoming-integrations"),\n',
            r'^    "rooms.adminRooms": Route',
        ),
        Edit(
            "tests/data/vendor_examples.json",
            '''  "integrations.list": {"200": [{
    "integrations": [{
      "_id": "cpqhPYLfFRTpyePC9", "type": "webhook-incoming", "enabled": true, "username": "rocket.cat",
      "userId": "rocket.cat", "name": "Guggy", "channel": ["#general"], "scriptEnabled": false,
      "token": "C4ztxwzNTE9MhvNMM", "_createdAt": "2020-04-18T16:41:55.000Z",
      "_createdBy": {"_id": "aobEdbYhXfu5hkeqG", "username": "testing"}
    }], "offset": 0, "items": 1, "total": 1, "success": true
  }]},
''',
            r'^  "rooms.adminRooms"',
        ),
        Edit(
            "cypher/browser/rc2graph.grass",
            "node.Webhook {\n  diameter: 60px;\n  color: #D55E00;\n  caption: \"{name}\";\n}\n"
            "relationship.POSTS_AS {\n  color: #CC79A7;\n  shaft-width: 2px;\n}\n",
            "^relationship.ESCALATES_TO",
        ),
        Edit("tests/test_webhooks.py", WEBHOOK_TEST),
    ),
    (("docs/model.md", "### `(:Webhook)-[:POSTS_AS]->(:User)`"),
     ("docs/statements.md", "CREATE (h)-[:POSTS_AS")),
)  # fmt: skip
RECIPES = (PROPERTY, EDGE_PROPERTY, EDGE, QUESTION, ENDPOINT)
SHARP = tuple(f"tests/test_{name}.py" for name in (
    "each_property", "mapping", "documents", "replaced_statements", "format_2", "created", "browser", "questions",
    "questions_accounts", "review_guide", "webhooks", "vendor_examples",
))  # fmt: skip
ASKED = """(each_property or mapping or documents or replaced or format_2 or created or webhooks or vendor
  or style or what_it_asks or every_problem or waiting-accounts or shown_to_find or with_a_severity
  or names_every) and not neo4j"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tree with all of them, and its pages written anew."""
    root = tmp_path_factory.mktemp("tree")
    for name in COPIED:
        source = CHECKOUT / name
        if source.is_dir():
            shutil.copytree(source, root / name, ignore=shutil.ignore_patterns("__pycache__", "*.png", "neo4j"))
        else:
            shutil.copy(source, root / name)
    for recipe in RECIPES:
        for edit in recipe.edits:
            edit.apply(root)
    run(root, "-m", "bench.documents")
    return root


def run(root: Path, *words: str) -> str:
    """Python in the copy: what it imports lies there."""
    env = {**os.environ, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1", "PYTEST_ADDOPTS": ""}
    said = subprocess.run(
        [sys.executable, *words], cwd=root, env=env, text=True, capture_output=True, timeout=600, check=False
    )
    assert said.returncode == 0, said.stdout[-6_000:] + said.stderr[-2_000:]
    return said.stdout


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.title)
def test_a_recipe_takes_as_few_places_as_it_says(copy: Path, recipe: Recipe) -> None:
    assert len(recipe.edits) == recipe.places
    assert len({edit.file for edit in recipe.edits}) == recipe.files
    said = re.search(rf"^## {recipe.title}\n+\*(\d+) places in (\d+) files\.\*", GUIDE, re.MULTILINE)
    assert said, "docs/contributing.md has it, and says how much it is"
    assert (int(said[1]), int(said[2])) == (recipe.places, recipe.files)
    lines = GUIDE[said.end() :].partition("\n## ")[0].strip().splitlines()
    assert len(lines) <= 10
    named = set(re.findall(r"`([\w/.]+\.\w+)`", "\n".join(lines)))
    assert {edit.file for edit in recipe.edits if edit.before} <= named | {"docs/review.md"}
    for page, text in recipe.shows:
        assert text in (copy / page).read_text(encoding="utf-8")


def test_what_they_add_goes_the_whole_way(copy: Path) -> None:
    """On the embedded engine: loaded, exported, compared, forgotten, asked; and a snapshot of format 2 still is too."""
    pytest.importorskip("arcadedb", exc_type=ImportError)
    where = run(copy, "-c", "import rc2graph.model as m; print(m.__file__, m.USER.columns, m.MEMBER_OF.columns)")
    assert str(copy) in where
    assert "'nickname'" in where
    assert "'updated_at'" in where
    said = run(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", " ".join(ASKED.split()), *SHARP)
    assert re.search(r"^\d+ passed", said, re.MULTILINE), said
