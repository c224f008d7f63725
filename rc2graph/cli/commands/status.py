"""`rc2graph status`: what the graph holds, as of when, how complete, and what was not visible. From the graph alone."""

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rc2graph.cli import options as o
from rc2graph.cli.terminal import orphans_text, print_json, print_table, prose, release_texts, say
from rc2graph.text import but_for, harmless, listed

if TYPE_CHECKING:
    from rc2graph.config import GraphTarget
    from rc2graph.graph.freshness import Freshness

STALE = 10
NO_SYNC = "No load has finished yet: what is there is not to be trusted."


def register(app: typer.Typer) -> None:
    @app.command(short_help="Say what the graph holds, as of when, and what was not visible.")
    def status(
        *,
        max_age: Annotated[
            timedelta | None,
            o.Length("26h"),
            typer.Option("--max-age", help="Exit 10 when the last load is older, such as 26h, or not complete."),
        ] = None,
        check: Annotated[
            bool, typer.Option("--check", help="Check the files of the embedded graph: each edge from both its ends.")
        ] = False,
        at: o.GraphOptions,
        output: o.OutputOptions,
        logging: o.LogOptions,
    ) -> None:
        """Say what the graph holds, as of when, and what was not visible.

        Example: rc2graph status --json
        """
        from rc2graph.graph import state
        from rc2graph.graph.connect import NoGraphYetError, connect
        from rc2graph.graph.workspace import chosen_workspace

        workspace, target = at.workspace, at.target()
        there = list[str]()
        files: dict[str, int] | None = None
        found, engine = list[dict[str, Any]](), {"engine": "embedded", "version": "none", "target": str(target)}
        try:
            if check:
                files = _checked(target)
            with connect(target, write=False, wait=10) as graph:
                there = state.workspaces(graph)
                names = [name for name in there if workspace in ("", name)]
                if workspace and max_age is None:
                    names = [chosen_workspace(graph, workspace).name]
                found = [
                    _of(one.name, state.last_sync(one), state.counts(one), state.version(one), state.lost(one).texts)
                    for one in map(graph.workspace, names)
                ]
                engine = {"engine": graph.engine, "version": graph.version, "target": str(target)}
        except NoGraphYetError:
            if max_age is None:
                raise
        judged = _judged(found, workspace, there, max_age) if max_age else None
        if output.json:
            told = {"check": files} if check else {}
            print_json({**engine, **(judged.as_dict() if judged else {}), **told, "workspaces": found})
        else:
            say(f"{target} ({engine['version']})")
            if not there:
                say("It holds no workspace yet. Next: rc2graph load")
            for item in found:
                _show(item)
            if check and (files or not target.is_embedded):
                say(_of_check(files))
            if judged:
                say()
                say(harmless(f"{'Fresh' if judged.fresh else 'Not fresh'}: {judged.why}."))
        if judged and not judged.fresh:
            raise typer.Exit(STALE)


def _checked(target: "GraphTarget") -> dict[str, int] | None:
    """What the check has looked at; None: not ours to check. Errors: `DamagedError`, `BusyError`."""
    from dataclasses import asdict

    from rc2graph.graph.embedded import checked

    return asdict(checked(target.home, wait=10)) if target.is_embedded else None


def _of_check(found: dict[str, int] | None) -> str:
    if found is None:
        return "Not checked: a Neo4j has its own tool for its files, 'neo4j-admin database check'."
    return f"Checked: {found['nodes']:,} nodes and {found['edges']:,} edges, each found from both of its ends."


def _judged(found: list[dict[str, Any]], workspace: str, there: list[str], most: "timedelta") -> "Freshness":
    """Whether all that is shown is fresh; each item is told its own."""
    from datetime import UTC, datetime

    from rc2graph.graph.freshness import freshness, together

    each = []
    for item in found:
        sync = {"startedAt": item["asOf"], "state": item["state"]} if item["syncId"] else None
        each.append(freshness(item["workspace"], sync, datetime.now(UTC), most))
        item |= each[-1].as_dict()
    nothing = f"the graph holds no workspace {workspace}".rstrip()
    return together(each, f"{nothing}, but {listed(there)}" if there else nothing)


def _of(
    name: str, sync: dict[str, Any] | None, counts: dict[str, int], version: str | None, lost: tuple[str, ...]
) -> dict[str, Any]:
    from rc2graph.catalogue.notes import ReleaseNotes
    from rc2graph.graph.kinds import COUNTED
    from rc2graph.snapshot.schema import DATASETS

    sync = sync or {}
    datasets = {
        key.removesuffix("State"): {
            "state": value,
            "fetched": sync.get(key.removesuffix("State") + "Fetched"),
            "total": sync.get(key.removesuffix("State") + "Total"),
        }
        for key, value in sync.items()
        if key.endswith("State")
    }
    return {
        "workspace": name,
        "asOf": sync.get("startedAt"),
        "loadedAt": sync.get("finishedAt"),
        "state": sync.get("state", "none"),
        "syncId": sync.get("id"),
        "snapshotSha256": sync.get("snapshotSha256"),
        "caller": {"id": sync.get("callerId"), "roles": sync.get("callerRoles")},
        "counts": _in_order(counts, COUNTED),
        "datasets": _in_order(datasets, DATASETS),
        "notVisible": [*(sync.get("notVisible") or ()), *lost],
        "release": ReleaseNotes(version).as_dict() if sync else None,
    }


def _in_order(found: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """These first, in their order: an engine keeps properties in one of its own."""
    return {name: found[name] for name in (*names, *sorted(found)) if name in found}


def _show(item: dict[str, Any]) -> None:
    say()
    say(harmless(f"Workspace {item['workspace']}"))
    if item["asOf"] is None:
        say(NO_SYNC)
    else:
        short_of = [name for name, data in item["datasets"].items() if data["state"] != "complete"]
        say(f"As of {item['asOf']}, loaded {item['loadedAt']}: {but_for(item['state'], short_of)}.")
    print_table(("holds", "count"), item["counts"].items())
    if item["datasets"]:
        print_table(
            ("dataset", "state", "read", "of", ""),
            [
                (name, data["state"], data["fetched"], data["total"], _told_apart(name, data, item["counts"]))
                for name, data in item["datasets"].items()
            ],
        )
    if item["release"]:
        for text in release_texts(item["release"]["version"]):
            prose(text)
    for text in item["notVisible"]:
        say(harmless(f"Not visible: {text}"))


def _told_apart(name: str, data: dict[str, Any], counts: dict[str, int]) -> str:
    """Why the graph holds another number than was read; "" where it does not, or that is not known."""
    if data["state"] != "complete" or data["fetched"] is None:
        return ""
    more = counts.get(name, 0) - data["fetched"]
    if name == "members":
        return orphans_text(data["fetched"], data["total"])
    if name == "roles" and more > 0:
        return f"{more:,} more are held as ids that something names and no role carries."
    if name == "permissions" and more < 0:
        return f"{-more:,} permissions of settings that no role holds are not kept."
    return ""
