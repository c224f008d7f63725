"""`rc2graph simulate`: a Rocket.Chat to try against, with a company in it."""

import re
import sys
from typing import Annotated

import typer

from rc2graph.cli.activity import doing, working
from rc2graph.cli.terminal import say


def register(app: typer.Typer) -> None:
    @app.command(short_help="Serve a made-up company as a Rocket.Chat would, until Ctrl-C.")
    def simulate(
        *,
        port: Annotated[
            int, typer.Option("--port", min=0, max=65535, help="Port on 127.0.0.1; 0: any free one.")
        ] = 3000,
        server: Annotated[
            str, typer.Option("--server-version", help="Which server: 6.7.0, 7.7.1, 8.6.1, 9.0.0 …")
        ] = "8.6.1",
        users: Annotated[int, typer.Option("--users", min=20, help="People in the company.")] = 500,
        day: Annotated[
            int,
            typer.Option("--day", min=1, max=2, help="2: the company a day later, with what changed overnight."),
        ] = 1,
        limited: Annotated[
            bool, typer.Option("--limited", help="Take the bypass away: ten calls a minute and route.")
        ] = False,
        time_scale: Annotated[
            float, typer.Option("--time-scale", min=0.001, help="60: the minute of the rate limit lasts a second.")
        ] = 1.0,
    ) -> None:
        """Serve a made-up company as a Rocket.Chat would, until Ctrl-C.

        Example: rc2graph simulate --limited --time-scale 60
        """
        import threading

        from rc2graph.cli.interrupt import Interrupted
        from rc2graph.errors import UsageError
        from rc2graph.simulator.demo import demo_server

        if not re.fullmatch(r"[1-9][0-9]?(\.[0-9]{1,3}){2}", server):
            raise UsageError(
                f"{server!r} is no version of Rocket.Chat.", "", "Write three numbers: --server-version 9.0.0"
            )
        try:
            with doing("making the company"):
                simulator = demo_server(
                    users=users, version=server, limited=limited, time_scale=time_scale, port=port, day=day
                )
                simulator.start()
        except OSError as error:
            raise UsageError(
                f"Port {port} cannot be used.", str(error.strerror), "Name another with --port."
            ) from error
        finally:
            working.stop()
        user_id, token = simulator.credentials
        say(f"export ROCKETCHAT_URL={simulator.url}")
        say(f"export ROCKETCHAT_USER_ID={user_id}")
        say(f"export ROCKETCHAT_AUTH_TOKEN={token}")
        sys.stdout.flush()  # into a file or pipe they would else stay in the buffer until the end
        if limited:
            lasts = "" if time_scale == 1 else f"; its minute lasts {60 / time_scale:g} s"
            typer.echo(f"The rate limit is on: ten calls a minute and route{lasts}.", err=True)
        typer.echo("Serving until Ctrl-C. In another terminal, type the lines above, then:", err=True)
        typer.echo("     rc2graph load", err=True)
        try:
            threading.Event().wait()
        except Interrupted:
            simulator.stop()
