"""`rc2graph export`: what the graph holds, as files for other programs."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from rc2graph.cli import options as o
from rc2graph.cli.terminal import print_json, print_table, say
from rc2graph.text import but_for, harmless, harmless_cell


class Form(StrEnum):
    csv = "csv"
    json = "json"
    opengraph = "opengraph"


def register(app: typer.Typer) -> None:
    @app.command()
    def export(
        form: Annotated[Form, typer.Argument(help="csv, json, or opengraph for BloodHound.", show_choices=False)],
        to: Annotated[Path, typer.Argument(metavar="PATH", help="A folder for csv, else a file.", show_default=False)],
        *,
        overwrite: o.Overwrite = False,
        at: o.GraphOptions,
        output: o.OutputOptions,
        logging: o.LogOptions,
    ) -> None:
        """Write what the graph holds to files that only you can read.

        Example: rc2graph export csv access-2026-11
        """
        from rc2graph.graph.connect import connect
        from rc2graph.graph.workspace import chosen_workspace
        from rc2graph.reports.export import write_csv, write_json, write_opengraph

        with connect(at.target(), write=False, wait=10) as opened:
            graph = chosen_workspace(opened, at.workspace)
            match form:
                case Form.csv:
                    done = write_csv(graph, to, overwrite=overwrite, harmless=harmless_cell)
                case Form.json:
                    done = write_json(graph, to, overwrite=overwrite)
                case Form.opengraph:
                    done = write_opengraph(graph, to, overwrite=overwrite)
        about = done.about
        if output.json:
            print_json({**dict(about.items()), "path": str(to), "counts": done.counts})
            return
        print_table(("kind", "rows"), done.counts.items())
        short_of = [name for name, state in about.datasets.items() if state != "complete"]
        as_of = f"as of {about.asOf or 'no finished load'} ({but_for(about.state, short_of)})"
        say(harmless(f"{to}: {about.workspace} {as_of}."))
        for text in about.notVisible:
            say(harmless(f"Not visible: {text}"))
