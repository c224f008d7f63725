"""What README.md and docs/ tell people to type works, and what they say of it is so."""

import json
import re
import shlex
import tomllib
from pathlib import Path

import pytest

from rc2graph import errors
from rc2graph.graph.statements import names
from rc2graph.simulator import demo_company
from tests.commands import Desk
from tests.engines import Engine, Server
from tests.faults import Simulator

CHECKOUT = Path(__file__).parents[1]
README = (CHECKOUT / "README.md").read_text()
PAGES = {"README.md": README, **{f"docs/{path.name}": path.read_text() for path in (CHECKOUT / "docs").glob("*.md")}}


def shell_blocks(text: str) -> list[list[str]]:
    """The lines of each ```sh block, without comments."""
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [[line for line in block.splitlines() if line.strip()] for block in blocks]


def words(line: str) -> list[str]:
    return shlex.split(line, comments=True)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path, apart=True)


def test_every_block_of_the_documents_runs_in_its_order(desk: Desk, neo4j_engine: Engine, neo4j_lts: Server) -> None:
    """One newcomer reads README.md and docs/collect.md from top to bottom and types what they say."""
    typed = 0
    with Simulator(demo_company()) as server:
        user_id, token = server.credentials
        real = {
            "ROCKETCHAT_URL": server.url,
            "ROCKETCHAT_USER_ID": user_id,
            "ROCKETCHAT_AUTH_TOKEN": token,
            "NEO4J_URI": neo4j_lts.uri,
            "NEO4J_PASSWORD": neo4j_lts.password,
        }
        for page in ("README.md", "docs/collect.md"):
            for block in shell_blocks(PAGES[page]):
                for line in block:
                    match words(line):
                        case ["export", *settings]:
                            for setting in settings:
                                name = setting.partition("=")[0]
                                desk.settings[name] = real[name]
                        case ["rc2graph", *rest]:
                            desk.ok(*rest)
                            typed += 1
                        case _:
                            pytest.fail(f"{page}: what is this? {line}")
                desk.settings.pop("NEO4J_URI", None)  # the page goes on without it
    assert typed >= 8


def test_the_account_that_the_readme_recommends_is_enough_and_can_do_nothing_else(
    desk: Desk, embedded_engine: Engine
) -> None:
    """A plain account, with a custom role that holds the two permissions of the first step."""
    steps = re.search(r"\*\*The token\.\*\*.*?\n\n(1\. .*?)\n\n", README, re.DOTALL)
    assert steps
    first, second, _ = re.split(r"\n(?=\d\. )", steps[1])
    role, *permissions = re.findall(r"`([\w.-]+)`", first.partition("(")[0])
    assert permissions == ["view-all-teams", "api-bypass-rate-limit"]
    roles = [*re.findall(r"role `([\w-]+)`", second), role]
    assert roles == ["user", "access-reviewer"]
    company = demo_company()
    company.delete_user("svc.review")
    company.delete_role(role)
    company.add_role(role)
    for permission in permissions:
        company.grant(permission, role)
    company.add_user("svc.reader", roles=roles)
    with Simulator(company, reader="svc.reader") as server:
        at = desk.at(server, embedded_engine)
        told = json.loads(at.ok("check", "--json"))
        assert (told["ready"], told["limiter"]["limited"], told["warnings"]) == (True, False, [])
        assert not any("role" in note for note in told["notes"])
        assert json.loads(at.ok("load", "--json"))["state"] == "complete"
    at = desk.at(None, embedded_engine)
    assert "svc.reader" not in at.ok("who", "admin") + at.ok("query", "bot-role", "--csv")


@pytest.mark.parametrize("role", ["bot", "admin"])
def test_check_says_what_the_two_roles_give_that_do_without_a_licence(desk: Desk, role: str) -> None:
    company = demo_company(people=60)
    company.grant("view-all-teams", "bot")
    company.add_user("svc.reader", roles=["user", role])
    with Simulator(company, reader="svc.reader") as server:
        told = json.loads(desk.at(server).ok("check", "--json"))
    assert (told["ready"], told["limiter"]["limited"]) == (True, False)
    [note] = [note for note in told["notes"] if "holds the role" in note]
    assert f"'{role}'" in note
    assert ("secrets" in note and "last message" in note) is (role == "admin")
    assert "'view-all-teams' and 'api-bypass-rate-limit'" in note


def test_the_reader_of_the_demonstration_is_the_one_that_is_recommended() -> None:
    company = demo_company(people=60)
    reader = company.user("svc.review")
    assert (reader["type"], reader["roles"]) == ("user", ["user", company.role_id("access-reviewer")])


def test_the_two_commands_that_set_up() -> None:
    """They are run by `.ci/run`; here only that there are two, alike but for what they install and run."""
    commands = re.findall(r"^    (python3 -m venv .*)$", README, re.MULTILINE)
    assert commands == [
        "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/rc2graph demo",
        "python3 -m venv .venv && .venv/bin/pip install -e '.[test]' && .venv/bin/pytest",
    ]
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
    assert "test" in project["optional-dependencies"]
    assert "rc2graph" in project["scripts"]


def test_the_printed_example_looks_like_the_real_thing(desk: Desk, embedded_engine: Engine) -> None:
    with Simulator(demo_company()) as server:
        real = desk.at(server, embedded_engine).ok("load")
        again = desk.at(server, embedded_engine).ok("load")
    block = re.search(r"## What it prints\n\n```\n(.*?)```", README, re.DOTALL)
    assert block
    assert _shape(block[1]) == _shape(real)
    assert _numbers(block[1]) == _numbers(real), "the demonstration company is the same for everybody"
    assert "nothing had changed" in again


def test_the_answers_shown_are_those_about_the_demonstration_company(desk: Desk, embedded_engine: Engine) -> None:
    with Simulator(demo_company()) as server:
        desk.at(server, embedded_engine).ok("load")
    at = desk.at(None, embedded_engine)
    shown = 0
    for page in ("README.md", "docs/paths.md"):
        for typed, answer in re.findall(r"^```console\n\$ rc2graph (.*)\n((?s:.*?))^```", PAGES[page], re.MULTILINE):
            real = at.ok(*words(typed))
            if answer:
                assert _folded(answer) == _folded(real), (page, typed)
                shown += 1
    assert shown >= 2


def _folded(text: str) -> list[str]:
    """Words: a terminal folds them, a pipe does not. Without the time of the load."""
    return re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME", text).split()


def _shape(text: str) -> list[str]:
    """Lines without what differs: numbers, addresses, files."""
    text = re.sub(r"https?://[\w.:]*\w", "URL", text)
    text = re.sub(r"(graph in|Snapshot:) \S+", r"\1 PLACE", text)
    return [re.sub(r"[\d.,]+", "9", " ".join(line.split())) for line in text.splitlines() if line.strip()]


def _numbers(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines() if re.fullmatch(r" \w+( +\d+){4} *", line)]


def test_exit_codes_are_those_of_the_errors() -> None:
    table = dict(re.findall(r"^\| (\d+) \| (.*) \|$", README, re.MULTILINE))
    kinds = [
        kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.Rc2graphError)
    ]
    codes = {str(kind.exit_code) for kind in kinds if kind is not errors.Rc2graphError}
    assert set(table) == codes | {"0", "10", "130"}
    for code, word in {
        errors.UsageError.exit_code: "usage", errors.CredentialsError.exit_code: "token",
        errors.MissingPermissionError.exit_code: "permission", errors.SourceError.exit_code: "server",
        errors.GuardError.exit_code: "guard", errors.GraphError.exit_code: "graph",
    }.items():  # fmt: skip
        assert word in table[str(code)]


def test_every_name_in_the_documents_exists(desk: Desk) -> None:
    """Verbs, options, settings and saved questions."""
    help_of = {"": desk.ok("--help")}
    verbs = re.findall(r"^  (\w+)  ", help_of[""].partition("Commands:")[2], re.MULTILINE)
    help_of |= {verb: desk.ok(verb, "--help") for verb in verbs}
    everything = " ".join(help_of.values())
    text = "\n".join(PAGES.values())
    assert set(re.findall(r"rc2graph ([a-z]\w*)", text)) - {"reads", "import"} <= set(verbs)
    of_others = {
        "--no-deps",
        "--list",
        "--profile",
        "--volumes",
        "--rm",
        "--pipe",
        "--wait",
        "--reliability",
        "--save",
        "--against",
    }
    own = of_others | set(re.findall(r"--[a-z][a-z0-9-]+", everything))
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z0-9-]+", text)) <= own
    settings = set(re.findall(r"\b(?:ROCKETCHAT|NEO4J|RC2GRAPH)_[A-Z_]+\b", text))
    settings -= set(re.findall(r"\$\{(\w+)", (CHECKOUT / "docker-compose.yml").read_text()))
    for_tests = {f"RC2GRAPH_{name}" for name in ("REQUIRE_NEO4J", "REQUIRE_BROWSER", "SCREENSHOTS")}
    assert settings <= set(re.findall(r"[A-Z0-9]+_[A-Z_]+", everything)) | for_tests
    saved = {name.partition("/")[2] for name in names("review")}
    for asked in re.findall(r"rc2graph query ([a-z-]+)$", text, re.MULTILINE):
        assert asked in saved


def test_every_link_leads_somewhere() -> None:
    for page, text in PAGES.items():
        for target in re.findall(r"\]\(([^)#]+)\)", text):
            if "://" not in target:
                assert (CHECKOUT / page).parent.joinpath(target).exists(), (page, target)


def test_the_model_page_lists_what_is_in_a_graph(desk: Desk, embedded_engine: Engine) -> None:
    sections = PAGES["docs/model.md"].split("\n### ")
    with Simulator(demo_company()) as server:
        desk.at(server, embedded_engine).ok("load")
    at = desk.at(None, embedded_engine)
    labels = "MATCH (n) UNWIND labels(n) AS label UNWIND keys(n) AS key RETURN DISTINCT label, key"
    types = "MATCH ()-[e]->() UNWIND keys(e) AS key RETURN DISTINCT type(e) AS label, key"
    for row in (one for asked in (labels, types) for one in json.loads(at.ok("query", asked, "--json"))):
        if row["label"] in ("ServiceAccount", "Federated", "Deactivated") or row["key"] in ("workspace", "id"):
            continue
        (found,) = (one for one in sections if re.search(rf"[`:]{row['label']}[`\]]", one.partition("\n")[0]))
        listed = set(re.findall(r"^\| `(\S+?)` ", found, re.MULTILINE))
        families = {name for part in ("dataset", "kind") for name in listed if name.startswith(f"<{part}>")}
        assert row["key"] in listed or any(row["key"].endswith(one.partition(">")[2]) for one in families), row
