"""What a shell offers after Tab: saved statements from their files, names of people and things from the graph.

A shell waits for it, takes every line for an offer, and zsh runs what it gets: so the graph has a second to answer,
whatever goes wrong offers nothing and says nothing, and of foreign names only those of plain letters are offered.
"""

import logging
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import fields
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rc2graph.config import GraphTarget
    from rc2graph.graph.connect import WorkspaceGraph

PATIENCE = 1.0
"""Seconds that a person waits for an offer without wondering."""
OFFERED = 200
KINDS = ("permission", "role", "team", "room")
_PLAIN = re.compile(r"\w[\w.@+-]*")


def statements(incomplete: str) -> list[str]:
    """For `query`: the saved statements by name, and those that begin with a folder's name."""
    from rc2graph.graph.statements import names

    saved = [name for folder in ("review", "paths") for name in names(folder)]
    short = [name.partition("/")[2] for name in saved]
    return [name for name in (saved if "/" in incomplete else short) if name.startswith(incomplete)]


def every_statement(incomplete: str) -> list[str]:
    """For `query --show`: those that a load sends too."""
    from rc2graph.graph.statements import every

    others = (name for name in every() if name.startswith(incomplete))
    return list(dict.fromkeys([*statements(incomplete), *others]))


def questions(incomplete: str) -> list[str]:
    """For `review`."""
    from rc2graph.graph.statements import names

    return [name for full in names("review") if (name := full.partition("/")[2]).startswith(incomplete)]


def people(ctx: typer.Context, incomplete: str) -> list[str]:
    """Usernames. For nothing at all there would be thousands: a letter is asked for."""
    if not incomplete:
        return []
    return _asked(ctx, lambda graph: _people(graph, incomplete))


def things(ctx: typer.Context, incomplete: str) -> list[str]:
    """`admin`, and permissions, roles, teams and rooms, as KIND:NAME where it begins so."""
    kind, colon, text = incomplete.rpartition(":")
    if colon and kind not in KINDS:
        return []
    bare = ["admin"] if not colon and "admin".startswith(text) else []
    kinds = [f"{one}:" for one in KINDS if text and not colon and one.startswith(text)]
    found = _asked(ctx, lambda graph: _things(graph, kind, text)) if incomplete else []
    return list(dict.fromkeys([*bare, *kinds, *(f"{kind}{colon}{name}" for name in found)]))


def _people(graph: "WorkspaceGraph", text: str) -> Iterator[str | None]:
    for row in graph.rows("paths/find-account-begins", text=text):
        yield row["account"].get("username")


def _things(graph: "WorkspaceGraph", kind: str, text: str) -> Iterator[str | None]:
    for row in graph.rows("paths/find-names", kind=kind):
        name = row["name"] or row["id"]
        if name.startswith(text):
            yield name


def _asked(ctx: typer.Context, ask: "Callable[[WorkspaceGraph], Iterator[str | None]]") -> list[str]:
    """What the graph answers in time; else nothing. No graph is made for it."""
    found: list[str] = []

    def work() -> None:
        from rc2graph.graph.connect import connect
        from rc2graph.graph.workspace import chosen_workspace

        with suppress(Exception), connect(_target(ctx), write=False) as graph:
            found_there = ask(chosen_workspace(graph, ctx.params.get("workspace") or ""))
            names = {name for name in found_there if name and _PLAIN.fullmatch(name)}
            found.extend(sorted(names)[:OFFERED])

    for name in ("rc2graph", "neo4j"):
        logging.getLogger(name).addHandler(logging.NullHandler())
        logging.getLogger(name).propagate = False
    asking = threading.Thread(target=work, daemon=True)
    asking.start()
    asking.join(PATIENCE)
    return [] if asking.is_alive() else found


def _target(ctx: typer.Context) -> "GraphTarget":
    """Which graph the command that is being typed would ask."""
    from rc2graph.cli.options import GraphOptions

    typed = {field.name: ctx.params[field.name] for field in fields(GraphOptions) if ctx.params.get(field.name)}
    return GraphOptions(**typed).target()
