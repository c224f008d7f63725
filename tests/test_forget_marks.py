"""What `forget` erases is what the model marks: a property that is added there is erased too, wherever it lies."""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]

ADDED = {
    "class User(Row):\n    id: str\n": """\
    phone: str | None = about("", "users: phone", personal=True)
    nicknames: tuple[str, ...] | None = about("", "users: nicknames", personal=True)
    approved_by_id: str | None = about("", "users: approvedBy", account=True)
""",
    "class Team(Row):\n    id: str\n": """\
    created_by: str | None = about("", "teams.listAll: createdBy.username", personal=True)
    contact: str | None = about("", "teams.listAll: contact", personal=True)
    approved_by_id: str | None = about("", "teams.listAll: approvedBy", account=True)
""",
    "    team_id: str\n    user_id: str\n": """\
    badge: str | None = about("", "teams.members: badge", of="MEMBER_OF", personal=True)
    approved_by_id: str | None = about("", "teams.members: approvedBy", of="MEMBER_OF", account=True)
""",
    '        Property("reviewer", "text", "who decided", personal=True),\n': """\
        Property("reviewer_email", "text", "", personal=True),
""",
}
"""Line of the model → what somebody adds behind it."""

FORGET = """
import sys
from pathlib import Path
from rc2graph.config import GraphTarget
from rc2graph.graph.connect import connect
from rc2graph.snapshot import Snapshot
from tests.snapshots import ask
from tests.test_forget import *

home = Path(sys.argv[1])
of = worlds()
for world in of.values():
    if "r1" in world.users:
        world.change("r1", phone="+49 555 0100", nicknames=("Ritty",), approved_by_id="ana")
        world.join("red", "r1", badge="badge-4711")
        world.join("red", "bob", added_by_id="r1", approved_by_id="r1")
    if "hers" in world.teams:
        world.team("hers", "r1", created_by_id="r1", created_by="rita.was.called", approved_by_id="r1")
    world.user("gone", "user", username="gone", approved_by_id="r1", phone="+49 555 0200")
    world.team("red", created_by_id="ana", created_by="ana", contact="Rita Retired", approved_by_id="r1")
of[MAY].delete_user("gone")
with connect(GraphTarget(home=home), write=True) as graph:
    files = shelved(home, of=of)
    load_all(graph, files)
    decided(graph)
    ask(graph, "MATCH (a {id: 'd3'}) SET a.note = 'call +49 555 0100, Ritty', a.reviewerEmail = 'RITA@example.org'")
    ask(graph, "MATCH (s:Sync) SET s.notVisible = ['phone: not of +49 555 0100'], s.callerId = 'r1'")
    words = ("+49 555 0100", "Ritty", "badge-4711", "rita.was.called", *NAMES)
    before = everywhere(graph)
    assert [word for word in words if word not in before] == ["badge-4711"], "it went with her membership"
    done = gone(graph, home)
    after = everywhere(graph)
    assert not [word for word in words if word.lower() in after.replace("rita.retired2", "").lower()], after
    former = ask(graph, "MATCH (x:FormerUser) RETURN x.id AS id, x.approvedById AS by")
    assert {row["id"]: row["by"] for row in former} == {"gone": "forgotten-1", "forgotten-1": None}
    (team,) = ask(graph, "MATCH (t:FormerTeam) RETURN t.createdById AS a, t.createdBy AS b, t.approvedById AS c")
    assert set(team.values()) == {"forgotten-1"}, team
    (team,) = ask(graph, "MATCH (t:Team) RETURN t.createdBy AS by, t.contact AS contact, t.approvedById AS id")
    assert team == {"by": "ana", "contact": "forgotten-1", "id": "r1"}, "ids of today are what Rocket.Chat says"
    (edge,) = ask(graph, "MATCH (:User {id: 'bob'})-[m:MEMBER_OF]->() RETURN m.addedById AS a, m.approvedById AS b")
    assert sum(done.graph.left.values()) == 2, (done.graph.left, edge)
held = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
held = held.replace(b"rita.retired2", b"")
assert not (left := [word for word in words if word.encode() in held]), left
with Snapshot.open(files[JANUARY]) as file:
    assert file.db.execute("SELECT phone FROM user WHERE phone IS NOT NULL").fetchall() == [("+49 555 0200",)]
    assert file.db.execute("SELECT count(*) FROM user WHERE approved_by_id = 'r1'").fetchone() == (0,)
    assert file.db.execute("SELECT count(*) FROM member WHERE approved_by_id = 'forgotten-1'").fetchone() == (1,)
    assert file.db.execute("SELECT created_by, contact FROM team ORDER BY id").fetchall() == [
        ("forgotten-1", None), ("ana", "forgotten-1")]
"""


def test_a_property_that_is_added_to_the_model_is_erased_wherever_it_lies(tmp_path: Path) -> None:
    """On a copy of the tree, in which nothing but the model is changed."""
    copy = tmp_path / "tree"
    for name in ("rc2graph", "cypher", "tests"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", "data"))
    model = copy / "rc2graph" / "model.py"
    text = model.read_text(encoding="utf-8")
    for line, more in ADDED.items():
        assert text.count(line) == 1, line
        text = text.replace(line, line + more)
    model.write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", FORGET, str(tmp_path / "home")], cwd=copy, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
