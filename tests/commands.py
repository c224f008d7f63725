"""What the tests of the command line share: a desk to type at, a company to read, and the graph that must come of it.

The command is the real one, in another process (tests/ready.py), with an empty folder, an empty home and only those
settings that a test makes. The server is a simulator in the process of the test, so that a test can see what was asked
and move the data.
"""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rc2graph.graph.connect import NoGraphYetError, connect
from rc2graph.simulator import Workspace
from tests import ready
from tests.engines import Engine
from tests.faults import Fault, Simulator

CHECKOUT = Path(__file__).parents[1]
LOG_LINE = re.compile(r"^\d\d:\d\d:\d\d (DEBUG|INFO|WARNING) ")
WARNINGS = "error,ignore:'asyncio.iscoroutinefunction' is deprecated:DeprecationWarning"
LONGEST = 120.0  # seconds that any command may take here


@dataclass(frozen=True)
class Said:
    """What a command left on the screen."""

    code: int
    out: str
    err: str

    @property
    def told(self) -> str:
        """stderr without the log."""
        return "".join(line for line in self.err.splitlines(keepends=True) if not LOG_LINE.match(line))


@dataclass
class Desk:
    """An empty folder where somebody types commands, and the settings that they have made."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)
    apart: bool = False
    """Each command in a process of its own: for what one leaves behind, and where no test before may play a part."""

    @property
    def home(self) -> Path:
        return self.folder / "home-of-the-user"

    def environment(self) -> dict[str, str]:
        self.home.mkdir(exist_ok=True)
        (self.folder / "tmp").mkdir(exist_ok=True)
        kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH") if name in os.environ}
        return {
            **kept,
            "HOME": str(self.home),
            "TMPDIR": str(self.folder / "tmp"),
            "LANG": "C.UTF-8",
            "COLUMNS": "80",
            "PYTHONPATH": str(CHECKOUT),
            "PYTHONWARNINGS": WARNINGS,
            "RC2GRAPH_RETRY_FOR": "1",
            **self.settings,
        }

    def at(self, server: Simulator | None = None, engine: Engine | None = None, **settings: str) -> "Desk":
        """The same folder with more settings made: which server is read, and into which graph."""
        more = dict(engine.env) if engine else {}
        if server is not None:
            user_id, token = server.credentials
            more |= {"ROCKETCHAT_URL": server.url, "ROCKETCHAT_USER_ID": user_id, "ROCKETCHAT_AUTH_TOKEN": token}
        return Desk(self.folder, {**self.settings, **more, **settings}, self.apart)

    def start(self, *words: str, limit: Callable[[], None] | None = None) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-m", "rc2graph", *words],
            cwd=self.folder,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            preexec_fn=limit,
        )

    def run(self, *words: str, limit: Callable[[], None] | None = None) -> Said:
        """Run a command to its end, in a Python that waits for it where that comes to the same (tests/ready.py)."""
        if limit or not ready.can_run(self.settings):
            return ended(self.start(*words, limit=limit))
        shared = not self.apart and ready.can_share(self.settings)
        return Said(*ready.run(list(words), self.folder, self.environment(), LONGEST, shared=shared))

    def ok(self, *words: str) -> str:
        """Run what must succeed, and give its stdout. On stderr it may say what was not visible."""
        said = self.run(*words)
        told = [line for line in said.told.splitlines() if not line.startswith("Not visible: ")]
        assert (said.code, told) == (0, []), f"rc2graph {' '.join(words)}: {said}"
        return said.out


def ended(process: "subprocess.Popen[str]") -> Said:
    try:
        out, err = process.communicate(timeout=LONGEST)
    except BaseException:
        process.kill()
        process.communicate()
        raise
    return Said(process.returncode, out, err)


def interrupted_at(desk: Desk, server: Simulator, request: int, number: signal.Signals, *words: str) -> Said:
    """Run a command and send it a signal while the server has its nth request (from now on) in hand."""
    reached = threading.Event()
    n = len(server.log) + request
    server.before(n, lambda workspace: reached.set())
    server.add(Fault("slow", nth=n, seconds=1.0))
    # A signal may fall between the opening of a file and its `with`: Python then warns that nobody closed it.
    process = desk.at(PYTHONWARNINGS="ignore::ResourceWarning").start(*words)
    try:
        assert reached.wait(30), "the command never asked so often"
        process.send_signal(number)
        return ended(process)
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


# ---- a small company


def office(*, seed: int = 0) -> Workspace:
    """Thirty people: enough of each kind for the guard to have something to guard, and one of every oddity."""
    workspace = Workspace(seed=seed)
    workspace.add_user("ana.admin", roles=["user", "admin"], last_login="2026-07-11T15:02:11.482Z")
    for number in range(24):
        workspace.add_user(f"staff.{number:02}", verified=number % 5 != 0)
    workspace.add_user("deploy.bot", type="bot", roles=["bot"])
    workspace.add_user("poll.app", type="app", roles=["app"], emails=None)
    workspace.add_user("@mia:matrix.example.test", name="Mia", federated=True)
    workspace.add_user("olaf.old", roles=["user", "moderator"], last_login="2025-01-20T09:30:00.000Z")
    workspace.add_user("rita.retired", roles=["user", "admin"])
    workspace.add_user("pia.pending", active=False, reason="I am the new intern")
    workspace.add_user(None, id="kT2wV9uJc6SzMd4Ph", name=None, roles=None, type=None, emails=None, active=None)
    workspace.add_role("helpdesk", description="First line")
    workspace.grant("edit-other-user-password", "helpdesk")
    workspace.assign("staff.03", "helpdesk")
    workspace.assign("staff.04", "66a1f0c2d3e4b5a697889999")  # a role that is no more
    workspace.grant("view-logs", "66a1f0c2d3e4b5a697889998")
    workspace.add_setting_permission("SMTP_Host")
    workspace.grant("change-setting-SMTP_Host", "helpdesk")
    workspace.add_setting_permission("Site_Url")  # held by nobody: not in the graph
    workspace.add_team("vault", private=True, owner="ana.admin")
    workspace.add_member("vault", "olaf.old", ["owner"])
    workspace.add_member("vault", "rita.retired", ["moderator"])
    workspace.add_member("vault", "staff.01", ["member"])
    workspace.add_member("vault", "staff.02", [])
    workspace.add_orphan("vault")
    workspace.add_team("plaza", owner="staff.00")
    for number in range(1, 20):
        workspace.add_member("plaza", f"staff.{number:02}")
    workspace.add_member("plaza", "@mia:matrix.example.test")
    workspace.add_member("plaza", "deploy.bot", created_by={})
    workspace.add_team("void", private=True, main_room=False)
    for user in ("olaf.old", "rita.retired"):
        workspace.deactivate(user)
    return workspace


# ---- what is in a graph

Properties = frozenset[tuple[str, Any]]


@dataclass(frozen=True)
class Pictured:
    """Nodes as (labels, id, properties), edges as (type, from id, to id, properties)."""

    nodes: frozenset[tuple[str, str, Properties]]
    edges: frozenset[tuple[str, str, str, Properties]]

    def without(self, *properties: str) -> "Pictured":
        def rest(held: Properties) -> Properties:
            return frozenset(item for item in held if item[0] not in properties)

        return Pictured(
            frozenset((labels, id_, rest(held)) for labels, id_, held in self.nodes),
            frozenset((kind, a, b, rest(held)) for kind, a, b, held in self.edges),
        )

    def only(self, *names: str) -> "Pictured":
        """Only nodes with one of these labels, and edges of one of these types."""
        return Pictured(
            frozenset(node for node in self.nodes if set(node[0].split(":")) & set(names)),
            frozenset(edge for edge in self.edges if edge[0] in names),
        )


NOW = ("User", "Role", "Team", "Permission", "HAS_ROLE", "MEMBER_OF", "GRANTS")
PAST = ("FormerUser", "FormerRole", "FormerTeam", "HAD_ROLE", "WAS_MEMBER_OF")
OURS = ("workspace", "id", "firstSeen", "fingerprint", "tier", "how")
"""Properties that say nothing of Rocket.Chat, or are a judgement of it."""


def picture(engine: Engine) -> Pictured:
    """All there is in the graph, ids of the database apart. A home without any graph is an empty one."""
    try:
        with connect(engine.target, write=False, wait=20) as graph:
            nodes = graph.query("MATCH (n) RETURN labels(n) AS labels, n.id AS id, properties(n) AS held").rows
            edges = graph.query(
                "MATCH (a)-[e]->(b) RETURN type(e) AS type, a.id AS a, b.id AS b, properties(e) AS held,"
                " a.workspace AS workspace"
            ).rows
    except NoGraphYetError:
        return Pictured(frozenset(), frozenset())
    found = (
        [(":".join(sorted(row["labels"])), row["id"], _frozen(row["held"])) for row in nodes],
        [(row["type"], row["a"], row["b"], _frozen(row["held"])) for row in edges],
    )
    assert len(found[0]) == len(set(found[0])), "a node is there twice"
    kept_apart = [(row["workspace"], edge) for row, edge in zip(edges, found[1], strict=True)]
    assert len(kept_apart) == len(set(kept_apart)), "an edge is there twice"
    return Pictured(frozenset(found[0]), frozenset(found[1]))


def _frozen(held: dict[str, Any]) -> Properties:
    return frozenset((key, tuple(value) if isinstance(value, list) else value) for key, value in held.items())


def present(engine: Engine) -> Pictured:
    """What the graph says of Rocket.Chat as it is now: without history, `Sync` and what is only ours."""
    return picture(engine).only(*NOW).without(*OURS)


def truth(workspace: Workspace) -> Pictured:
    """What a graph must say, from the server's documents and docs/model.md, without any code of the reader."""
    told = workspace.oracle()
    grants = told["grants"]
    roles_named = {role for _, role in told["has_role"]} | {role for role, _ in grants}
    settings = {
        id_ for id_, doc in workspace.permissions.items() if doc.get("level") == "settings" and not doc["roles"]
    }
    nodes = {_user(id_, doc) for id_, doc in told["users"].items()}
    nodes |= {
        ("Role", id_, _told(
            name=doc.get("name"), description=doc.get("description"), scope=doc.get("scope"),
            roomScoped=doc["scope"] == "Subscriptions" if "scope" in doc else None,
            builtIn=doc.get("protected"), mandatory2fa=doc.get("mandatory2fa"),
        ))
        for id_, doc in told["roles"].items()
    }  # fmt: skip
    nodes |= {("Role", id_, _told(dangling=True)) for id_ in roles_named - set(told["roles"])}
    nodes |= {
        ("Permission", id_, _told(settingId=doc.get("settingId")))
        for id_, doc in workspace.permissions.items()
        if id_ not in settings
    }
    nodes |= {
        ("Team", id_, _told(
            name=doc["name"], private=doc["type"] == 1, createdAt=doc["createdAt"],
            createdById=doc["createdBy"].get("_id"), roomId=doc["roomId"] or None,
            memberRows=len(workspace.members[id_]), orphanRows=told["orphans"].get(id_, 0), unconfirmedRows=0,
        ))
        for id_, doc in told["teams"].items()
    }  # fmt: skip
    edges = {("HAS_ROLE", user, role, _told()) for user, role in told["has_role"]}
    edges |= {("GRANTS", role, permission, _told()) for role, permission in grants}
    for (user, team), roles in told["team_roles"].items():
        row = workspace.members[team][user]
        if told["users"][user].get("active") is True:
            held = _told(
                roles=tuple(roles) if roles is not None else None, owner="owner" in (roles or ()),
                joinedAt=row["createdAt"], addedById=row.get("createdBy", {}).get("_id"),
            )  # fmt: skip
        else:  # of a member that is not active only this can be seen
            held = _told(owner="owner" in (roles or ()), roles=("owner",) if "owner" in (roles or ()) else None)
        edges.add(("MEMBER_OF", user, team, held))
    return Pictured(frozenset(nodes), frozenset(edges))


def _user(id_: str, doc: dict[str, Any]) -> tuple[str, str, Properties]:
    kind, active, federated = doc.get("type"), doc.get("active"), bool(doc.get("federated"))
    labels = ["User"] + ["ServiceAccount"] * (kind in ("bot", "app")) + ["Federated"] * federated
    emails = doc.get("emails")
    username = doc.get("username") or ""
    held = _told(
        username=doc.get("username"), name=doc.get("name"), active=active, type=kind,
        emails=tuple(entry["address"] for entry in emails) if emails is not None else None,
        emailVerified=all(entry["verified"] for entry in emails) if emails else None,
        verifiedEmails=tuple(one["address"] for one in emails if one["verified"]) if emails is not None else None,
        serviceAccount=kind in ("bot", "app") if kind is not None else None,
        federated=federated,
        homeServer=username.partition(":")[2] or None if federated or username.startswith("@") else None,
        lastLogin=doc.get("lastLogin"), reason=doc.get("reason"),
        status=(
            ("pending" if doc.get("reason") else "deactivated") if active is False else "federated" if federated
            else "service" if kind in ("bot", "app") else "active" if active else None
        ),
    )  # fmt: skip
    return ":".join(sorted(labels + ["Deactivated"] * (active is False))), id_, held


def _told(**held: Any) -> Properties:
    return frozenset((key, value) for key, value in held.items() if value is not None)
