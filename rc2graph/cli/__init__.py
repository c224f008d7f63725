"""The command line: one module a verb, no logic in them. Heavy things are imported where they are used."""

import errno
import os
import sys
from contextlib import suppress
from typing import Annotated, TextIO

import typer

from rc2graph import config
from rc2graph.cli import logging, streams
from rc2graph.cli.activity import working
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
from rc2graph.cli.verbs import Verbs
from rc2graph.errors import Rc2graphError, UsageError
from rc2graph.files import MORE_FILES, TOO_MANY
from rc2graph.text import harmless, short
from rc2graph.version import __version__

app = Verbs(
    name="rc2graph",
    help="Read a Rocket.Chat workspace into a graph, and see who can do what.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

INTERRUPTED = 130
CUT_OFF = 141
"""What shells say of a program whose reader went away (128 + SIGPIPE), as in `| head`."""


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
    raise SystemExit(_printed(_run()))


def _run() -> int:
    """The exit code of the verb, or `CUT_OFF` where who read its output went away before it was known."""
    try:
        try:
            streams.mask.learn([*sys.argv[1:], *config.secret_holders()])
            sys.argv[1:] = config.tidy(sys.argv[1:])
            app(prog_name="rc2graph", standalone_mode=True)
        finally:
            working.stop()
    except Rc2graphError as error:
        return _failed(error)
    except Interrupted as stop:
        with suppress(BrokenPipeError):
            logging.interrupted(str(stop))
        return INTERRUPTED
    except SystemExit as stop:
        if isinstance(stop.__context__, BrokenPipeError):
            return CUT_OFF
        return stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    except BrokenPipeError:
        return CUT_OFF
    except OSError as error:
        return _failed(_of_system(error))
    except MemoryError:
        return _failed(
            UsageError(
                "This process has too little memory.", "", "Give it more, or lift its limit: ulimit -v unlimited"
            )
        )
    return 0


def _failed(error: Rc2graphError) -> int:
    with suppress(BrokenPipeError):
        logging.failed(error)
    return error.exit_code


def _printed(code: int) -> int:
    """The exit code, once all that waits to be printed is out. Whoever reads no more does not change it; what has no
    room on the disk does."""
    if code == CUT_OFF:
        _to_nowhere(sys.stdout)
    try:
        sys.stdout.flush()
    except OSError as error:
        _to_nowhere(sys.stdout)
        code = code if isinstance(error, BrokenPipeError) else _failed(_of_system(error))
    try:
        sys.stderr.flush()
    except OSError:
        _to_nowhere(sys.stderr)
    return code


def _to_nowhere(stream: TextIO) -> None:
    """Let the last flush of the interpreter succeed."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


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
