"""`rc2graph browser`: Neo4j Browser set up for looking at access: colours, favourites, a guide, links."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from rc2graph.cli import options as o
from rc2graph.cli.terminal import print_json, say, set_up_logging
from rc2graph.text import counted, harmless

if TYPE_CHECKING:
    from rc2graph.reports.browser.serve import Server

PORT = 8474


def register(app: typer.Typer) -> None:
    @app.command(short_help="Write what makes Neo4j Browser show access as pictures.")
    def browser(
        folder: Annotated[Path, typer.Option("--dir", help="Folder to write into.")] = Path("rc2graph-browser"),
        overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace files that are there.")] = False,
        browser_url: Annotated[str, typer.Option("--browser-url", help="Its address, where it is not the usual.")] = "",
        serve: Annotated[bool, typer.Option("--serve", help="Serve the folder here until Ctrl-C, for :play.")] = False,
        port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port of --serve; 0: a free one.")] = PORT,
        neo4j_uri: o.Neo4jUri = "",
        neo4j_username: o.Neo4jUser = "",
        neo4j_password: o.Neo4jPassword = "",
        neo4j_database: o.Neo4jDatabase = "",
        workspace: o.Workspace = "",
        home: o.Home = o.DEFAULT_HOME,
        as_json: o.Json = False,
        verbose: o.Verbose = False,
        quiet: o.Quiet = False,
    ) -> None:
        """Write what makes Neo4j Browser show access, and say what to open.

        Example: rc2graph browser --serve --overwrite
        """
        from contextlib import ExitStack

        from rc2graph.graph import state
        from rc2graph.graph.connect import connect
        from rc2graph.graph.reading import chosen
        from rc2graph.reports.browser import FILES, browser_of, write_kit
        from rc2graph.reports.browser.favourites import param
        from rc2graph.reports.browser.serve import Server

        set_up_logging(verbose=verbose, quiet=quiet)
        target = o.target(neo4j_uri, neo4j_username, neo4j_password, neo4j_database, home)
        at = browser_of(target, browser_url)
        with connect(target, write=False, wait=10) as graph:
            name = chosen(state.workspaces(graph), workspace)
        with ExitStack() as stack:
            server = stack.enter_context(Server(folder, port)) if serve else None
            guide = f"http://localhost:{server.server_port if server else port or PORT}/guide.html"
            count = write_kit(folder, at, name, guide_url=guide, overwrite=overwrite)
            if as_json:
                print_json({
                    "workspace": name, "statements": count, "files": [str(folder / file) for file in FILES],
                    "connect": at.connect(), "workspaceLink": at.edit(param("workspace", name)), "guide": guide,
                })  # fmt: skip
            else:
                say(harmless(f"Written: {folder} ({counted(count, 'statement')} for {name})."))
                say()
                say(harmless(f"Begin with    {(folder / 'index.html').resolve().as_uri()}"))
                say(harmless(f"The Browser   {at.edit(param('workspace', name))}"))
                if not browser_url:
                    say(f"              (port {urlsplit(at.url).port} is assumed; --browser-url names another address)")
                say()
                say("Neo4j Browser 5:   drop rc2graph.grass and then favourites.zip on its page;")
                say(f"                   :play {guide}" + ("" if serve else " (while rc2graph browser --serve runs)"))
                say("Newer, or Aura:    it takes neither; use the links and texts of index.html.")
            if server is None:
                return
            sys.stdout.flush()
            typer.echo(f"Serving {folder} at http://localhost:{server.server_port}/ until Ctrl-C.", err=True)
            _serve(server)


def _serve(server: "Server") -> None:
    from rc2graph.cli.interrupt import Interrupted

    try:
        server.serve_forever()
    except Interrupted:
        return
