"""`rc2graph query`: one read-only statement, and its rows as a table, JSON or CSV."""

import re
import shlex
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from rc2graph.cli import complete
from rc2graph.cli import options as o
from rc2graph.cli.activity import doing
from rc2graph.cli.terminal import note, print_csv, print_json, print_table, say
from rc2graph.config import unreadable
from rc2graph.errors import UsageError
from rc2graph.text import listed

SAVED = ("review", "paths")


def register(app: typer.Typer) -> None:
    @app.command(short_help="Run one statement that only reads; print a table, JSON or CSV.")
    def query(
        statement: Annotated[
            str, typer.Argument(help="Cypher, or the name of a saved statement.", autocompletion=complete.statements)
        ] = "",
        *,
        file: Annotated[Path | None, typer.Option("--file", "-f", help="Read the statement from a file.")] = None,
        param: Annotated[list[str] | None, typer.Option("--param", "-p", help="A parameter, name=value.")] = None,
        list_saved: Annotated[bool, typer.Option("--list", help="List the saved statements.")] = False,
        show: Annotated[
            str | None,
            typer.Option(
                "--show",
                metavar="NAME",
                autocompletion=complete.every_statement,
                help="Print any statement as it is sent, and do not run it: load/nodes/User.",
            ),
        ] = None,
        at: o.GraphOptions,
        output: o.TableOptions,
        logging: o.LogOptions,
    ) -> None:
        """Run one statement that only reads; the database itself refuses every write. What was not visible is told on
        stderr.

        Example: rc2graph query "MATCH (u:User)-[:HAS_ROLE]->(r:Role {name: 'admin'}) RETURN u.username"
        """
        from rc2graph.access.visibility import Visibility
        from rc2graph.catalogue import catalogue
        from rc2graph.graph import state
        from rc2graph.graph.connect import connect
        from rc2graph.graph.pasted import reaches_out
        from rc2graph.graph.values import plain
        from rc2graph.graph.workspace import chosen_workspace
        from rc2graph.reviews.questions import ABSENT_ROLES

        if show is not None:
            if statement or file or param or list_saved or output.json or output.csv:
                raise UsageError(
                    "--show prints one statement, and goes with nothing else.",
                    "",
                    f"rc2graph query --show {show or 'NAME'}",
                )
            say(_shown(show))
            return
        if list_saved:
            if output.json:
                print_json([{"name": name, "title": title} for name, title in _saved()])
            elif output.csv:
                print_csv(("name", "title"), _saved())
            else:
                print_table(("name", "title"), _saved())
            return
        text, params, needs = _asked(statement, file, param or [])
        _require_all(text, {*params, "workspace", "asOf", ABSENT_ROLES}, statement, file)
        with connect(at.target(), write=False, wait=10) as graph:
            if "$workspace" in text and "workspace" not in params:
                params["workspace"] = chosen_workspace(graph, at.workspace).name
            asked = graph.workspace(str(params.get("workspace", at.workspace)))
            if "$asOf" in text and "asOf" not in params:
                params["asOf"] = (state.last_sync(asked) or {}).get("startedAt")
            if f"${ABSENT_ROLES}" in text and not any(one.startswith(f"{ABSENT_ROLES}=") for one in param or []):
                known = catalogue().at(state.version(asked))
                params[ABSENT_ROLES] = [role.id for role in known.roles]
            if (outside := reaches_out(text)) and graph.engine == "neo4j":
                note(
                    f"This query has the database server read files or call other machines: {listed(list(outside))}. "
                    "Run it only if you know who wrote it; SECURITY.md says how the server forbids this.",
                    event="reaches-out", calls=list(outside),
                )  # fmt: skip
            with doing("the graph works on the query"):
                answer = graph.query(text, params)
            columns = answer.columns or _named_in(text)
            rows = [[plain(value) for value in row.values()] for row in answer.rows]
            unseen: tuple[str, ...] = ()
            if isinstance(params.get("workspace"), str):
                unseen = Visibility.of(asked).behind(text, columns, needs)
        if output.json:
            print_json([dict(zip(columns, row, strict=True)) for row in rows])
        elif output.csv:
            if columns:
                print_csv(columns, rows)
        elif rows:
            print_table(columns, rows)
            say(f"{len(rows)} row{'' if len(rows) == 1 else 's'}")
        else:
            say("No rows." if not unseen else "No rows in what was visible.")
        for one in unseen:
            note(f"Not visible: {one}", event="not-visible")


def _named_in(text: str) -> tuple[str, ...]:
    """The columns that the header of a saved statement names: without rows, the embedded engine names none."""
    found = re.search(r"^// columns: (.*)$", text, re.MULTILINE)
    return tuple(one.strip() for one in re.sub(r"\([^)]*\)", "", found[1]).split(",")) if found else ()


def _saved() -> list[tuple[str, str]]:
    from rc2graph.graph.statements import described, names

    return [(name, described(name).title) for folder in SAVED for name in names(folder)]


def _shown(name: str) -> str:
    """A statement of any folder as it is sent."""
    from rc2graph.graph.statements import every, statement

    if not name.strip():
        raise UsageError(
            "--show needs the name of a statement.", "", "rc2graph query --list, then rc2graph query --show NAME"
        )
    known = every()
    if (full := _by_name().get(name, name)) in known:
        return statement(full).rstrip("\n")
    if within := [one for one in known if one.startswith(f"{name.rstrip('/')}/")]:
        raise UsageError(
            f"{name!r} is not one statement.", f"It holds {listed(within)}.", f"rc2graph query --show {within[0]}"
        )
    folders = sorted({one.partition("/")[0] for one in known})
    raise _unknown(name, {**_by_name(), **dict.fromkeys(known)}, f"Statements lie in {listed(folders)}.")


def _by_name() -> dict[str, str]:
    """What may be given as a name → the full name of a saved statement."""
    from rc2graph.graph.statements import names

    saved = {name: name for folder in SAVED for name in names(folder)}
    return saved | {name.partition("/")[2]: name for name in saved}


def _asked(argument: str, file: Path | None, pairs: list[str]) -> tuple[str, dict[str, Any], tuple[str, ...]]:
    """The statement that is meant, its parameters (those of a question have defaults), and the datasets that a question
    says it needs."""
    from rc2graph.graph.statements import described
    from rc2graph.reviews.questions import FOLDER, named, shipped, values_of

    if bool(argument) == bool(file):
        raise UsageError("Give one statement: as text, by name, or with --file.", "", "rc2graph query --list")
    if file:
        try:
            return file.read_text(encoding="utf-8"), _params(pairs), ()
        except (OSError, UnicodeDecodeError) as error:
            raise unreadable("file", file, error, "Name another with --file.") from error
    saved = _by_name()
    if argument not in saved:
        if " " not in argument.strip():
            raise _unknown(argument, saved)
        return argument, _params(pairs), ()
    folder, _, name = saved[argument].partition("/")
    if folder != FOLDER:
        return described(saved[argument]).text, _params(pairs), ()
    question = named(shipped(), [name])[0]
    known = {one.name for one in question.parameters}
    own = [pair for pair in pairs if pair.partition("=")[0] in known]
    others = _params([pair for pair in pairs if pair not in own])
    return question.text, {**question.chosen(values_of([question], own)), **others}, question.needs


def _require_all(text: str, given: Collection[str], argument: str, file: Path | None) -> None:
    """Errors: `UsageError` where the query names a parameter that has no value. The engines would notice it late, or
    take it for null."""
    from rc2graph.graph.pasted import parameters
    from rc2graph.graph.statements import described

    missing = [one for one in parameters(text) if one not in given]
    if not missing:
        return
    saved = _by_name().get(argument)
    header = described(saved).header if saved else {}
    meanings = {one: header.get(f"param {one}", "") for one in missing}
    values = [f"-p {one}={'100' if meaning.startswith('how many') else 'VALUE'}" for one, meaning in meanings.items()]
    command = ["rc2graph query", *([f"--file {shlex.quote(str(file))}"] if file else [shlex.quote(argument)]), *values]
    raise UsageError(
        f"The query needs {'a value' if len(missing) == 1 else 'values'} for {listed(missing)}.",
        "; ".join(f"{one}: {meaning}" for one, meaning in meanings.items() if meaning),
        " ".join(command),
    )


def _unknown(
    argument: str, known: Iterable[str], why: str = "Cypher has blanks in it; this is one word."
) -> UsageError:
    import difflib

    if near := difflib.get_close_matches(argument, known, n=3):
        why = f"Did you mean {', '.join(near)}?"
    return UsageError(f"There is no saved statement {argument!r}.", why, "rc2graph query --list")


def _params(pairs: list[str]) -> dict[str, Any]:
    """`name=value`; a value that reads as JSON is taken as such, anything else as text."""
    import json

    params: dict[str, Any] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.isidentifier():
            raise UsageError(f"{pair!r} is no parameter.", "", "Write it like -p name=value")
        try:
            params[name] = json.loads(value)
        except ValueError:
            params[name] = value
    return params
