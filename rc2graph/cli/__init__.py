"""The command line: one module a verb, no logic in them. Heavy things are imported where they are used."""

import errno
import os
import sys
from typing import Annotated

import typer

from rc2graph import __version__, settings
from rc2graph.cli import streams, telling
from rc2graph.cli.commands import (
    attest,
    browser,
    check,
    collect,
    demo,
    diff,
    evidence,
    export,
    forget,
    load,
    prune,
    purge,
    query,
    review,
    simulate,
    status,
    who,
    why,
)
from rc2graph.cli.interrupt import Interrupted, listen
from rc2graph.cli.options import Verbs
from rc2graph.errors import Rc2graphError, UsageError
from rc2graph.files import MORE_FILES, TOO_MANY
from rc2graph.text import harmless, short

app = Verbs(
    name="rc2graph",
    help="Read a Rocket.Chat workspace into a graph, and see who can do what.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

INTERRUPTED = 130


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"rc2graph {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    pass


for verb in (
    check,
    collect,
    load,
    status,
    query,
    why,
    who,
    review,
    attest,
    diff,
    evidence,
    export,
    browser,
    prune,
    forget,
    purge,
    demo,
    simulate,
):
    verb.register(app)


def main() -> None:
    """Run, and turn what went wrong into a short text on stderr and an exit code (design: names a user types)."""
    streams.set_up()
    listen()
    try:
        try:
            streams.mask.learn([*sys.argv[1:], *settings.secret_holders()])
            sys.argv[1:] = settings.tidy(sys.argv[1:])
            app(prog_name="rc2graph", standalone_mode=True)
        finally:
            telling.watch.stop()
            sys.stdout.flush()
    except Rc2graphError as error:
        telling.failed(error)
        _leave(error.exit_code)
    except Interrupted as stop:
        telling.interrupted(str(stop))
        _leave(INTERRUPTED)
    except SystemExit as stop:
        if not isinstance(stop.__context__, BrokenPipeError):
            raise
        _leave(0)
    except BrokenPipeError:
        _leave(0)
    except OSError as error:
        telling.failed(_of_system(error))
        _leave(2)
    except MemoryError:
        telling.failed(
            UsageError(
                "This process has too little memory.", "", "Give it more, or lift its limit: ulimit -v unlimited"
            )
        )
        _leave(2)


def _of_system(error: OSError) -> UsageError:
    """What the system refused, where nobody expected it: a path that is too long, too many open files."""
    from rc2graph.files import NO_ROOM

    why = f"{error.strerror or error}."
    if error.filename is None and error.errno in NO_ROOM:
        return UsageError("What was to be printed cannot be written.", why, "Make room.")
    if error.errno in (errno.EMFILE, errno.ENFILE):
        return UsageError(TOO_MANY, why, MORE_FILES)
    what = short(harmless(error.filename), 200) if error.filename is not None else "What the system was asked for"
    return UsageError(f"{what} cannot be used.", why, "Name another file or folder.")


def _leave(code: int) -> None:
    """End now: a thread that waits for the limiter's next window is not waited for."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:  # who read our output is gone, or has no room: let the last flush of the interpreter go nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    raise SystemExit(code)
