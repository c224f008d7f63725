"""`rc2graph demo`: a made-up company, loaded into a graph, and a question answered. Needs nothing, leaves nothing."""

import tempfile
import time
from pathlib import Path

import typer

from rc2graph.cli import options as o
from rc2graph.cli.collect import into, time_text
from rc2graph.cli.terminal import plain, print_table, say, set_up_logging

QUESTION = "review/deactivated-members"


def register(app: typer.Typer) -> None:
    @app.command(short_help="Load a made-up company into a graph, and answer a question.")
    def demo(verbose: o.Verbose = False, quiet: o.Quiet = False) -> None:
        """Simulate a company, load it into an embedded graph, and answer a question about it.

        Example: rc2graph demo
        """
        from rc2graph.cli.simulate import company
        from rc2graph.graph.connect import connect, target_from
        from rc2graph.graph.load import load_snapshot
        from rc2graph.graph.statements import described
        from rc2graph.rocketchat.address import Address
        from rc2graph.rocketchat.client import Credentials
        from rc2graph.snapshot import Snapshot

        set_up_logging(verbose=verbose, quiet=quiet)
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="rc2graph-demo-") as folder:
            home = Path(folder)
            with company(users=500, version="8.6.1", limited=False, time_scale=1.0) as simulator:
                source = o.Source(Address.parse(simulator.url), Credentials(*simulator.credentials))
                say(f"A made-up company answers at {simulator.url} as a Rocket.Chat would.")
                done = into(home / "demo.sqlite", source, "demo", quiet=True, again="rc2graph demo")
            target = target_from(None, None, None, None, home)
            with Snapshot.open(done.path) as snapshot, connect(target, write=True, wait=10) as graph:
                outcome = load_snapshot(graph, snapshot, workspace="demo")
            say(f"{done.requests} requests later it is a graph in {home}:")
            print_table(("kind", "added"), [(kind, count.added) for kind, count in outcome.counts.items()])
            question = described(QUESTION)
            with connect(target, write=False, wait=10) as graph:
                answer = graph.query(question.text, {"workspace": "demo"})
            say(f"{question.header['question']}")
            print_table(answer.columns, [[plain(value) for value in row.values()] for row in answer.rows[:12]])
            if len(answer.rows) > 12:
                say(f"… and {len(answer.rows) - 12} more. No list of team members in Rocket.Chat shows them.")
        say(f"Done in {time.monotonic() - began:.1f} s ({time_text(done.seconds)}); nothing is left behind.")
        say("Your own workspace: set ROCKETCHAT_URL, ROCKETCHAT_USER_ID and ROCKETCHAT_AUTH_TOKEN, then")
        say("  rc2graph check && rc2graph load && rc2graph query administrators")
