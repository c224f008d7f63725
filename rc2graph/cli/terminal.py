"""What is printed on stdout: tables, plain or JSON output. Foreign text is data and never drives the terminal."""

import csv
import io
import json
import math
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence

from rc2graph.cli import next_steps
from rc2graph.cli.logging import folded, log, note
from rc2graph.cli.streams import is_terminal, sayable
from rc2graph.text import cell, harmless, harmless_cell, listed

__all__ = [
    "log", "note", "orphans_text", "print_csv", "print_json", "print_table", "prose", "say", "say_next", "shown",
]  # fmt: skip


def say(text: str = "", style: str = "") -> None:
    """A line on stdout. `style`: how a terminal shows it, in rich's words."""
    text = next_steps.complete(text)
    if style and is_terminal(sys.stdout):
        from rich.console import Console
        from rich.text import Text

        Console(file=sys.stdout, highlight=False).print(Text(text, style), soft_wrap=True)
    else:
        sys.stdout.write(f"{text}\n")


def say_next(commands: Iterable[str]) -> None:
    """What to type next, a command a line."""
    for number, command in enumerate(commands):
        say(f"{'' if number else 'Next:':6}{command}")


def prose(text: str, command: str = "") -> None:
    """Sentences on stdout, folded between words where that is a terminal. A `command`, and what it is for, comes last:
    on a line of its own where all does not fit one."""
    text, command = next_steps.complete(harmless(text)), next_steps.complete(command)
    lines = folded(text, sys.stdout)
    whole = f"{text} {command}".rstrip()
    if command and is_terminal(sys.stdout) and len(whole) > shutil.get_terminal_size().columns:
        lines.append(command)
    else:
        lines[-1:] = [f"{lines[-1]} {command}".rstrip()]
    for line in lines:
        say(line)


def release_texts(version: str | None) -> list[str]:
    """What a server's release means for what is reported of it, with its faults by name alone."""
    from rc2graph.catalogue.notes import ReleaseNotes

    notes = ReleaseNotes(version)
    told = [f"Note: {note}" for note in notes.general()]
    if notes.release and (faults := notes.bearing()):
        sure, may = ([one.id for one, affects in faults if affects is certain] for certain in (True, None))
        told += (
            [f"Note: it is affected by published faults that touch what is reported: {listed(sure)}."] if sure else []
        )
        told += [f"Note: it may be affected by published faults that touch that: {listed(may)}."] if may else []
        told.append("An answer that rests on what they touch says so; --json has them all.")
    return told


def print_json(value: object) -> None:
    json.dump(_finite(value), sys.stdout, indent=2, ensure_ascii=True, default=str)
    sys.stdout.write("\n")


def _finite(value: object) -> object:
    """JSON has no NaN and no Infinity, which a statement of a person's own may return: they become text."""
    match value:
        case float():
            return value if math.isfinite(value) else str(value)
        case Mapping():
            return {key: _finite(one) for key, one in value.items()}
        case list() | tuple():
            return [_finite(one) for one in value]
    return value


def print_csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([harmless_cell(column) for column in columns])
    for row in rows:
        writer.writerow([harmless_cell(shown(value, column)) for column, value in zip(columns, row, strict=True)])
    sys.stdout.write(buffer.getvalue())


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str = "") -> None:
    """Rows under their heads. Where a window is too narrow for them, wide columns go below each row."""
    from rich import box
    from rich.cells import cell_len
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from rc2graph.render.table import table as narrow

    console = Console(file=sys.stdout, highlight=False)
    if not console.is_terminal:
        console.width = 4096  # a pipe has no width: cut nothing
    texts = [
        [
            sayable(harmless("" if value is None else shown(value, column)), sys.stdout)
            for column, value in zip(columns, row, strict=True)
        ]
        for row in rows
    ]
    widths = [max(map(cell_len, column)) for column in zip(columns, *texts, strict=True)]
    if title:
        say(harmless(title))
    if console.is_terminal and sum(widths) + 3 * len(widths) > console.width:
        for line in ("", *narrow(columns, texts, console.width), ""):
            say(line)
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(Text(harmless(column)), overflow="fold")
    for row in texts:
        table.add_row(*map(Text, row))
    with console.capture() as capture:
        console.print(table)
    sys.stdout.writelines(f"{line.rstrip()}\n" for line in capture.get().splitlines())


def orphans_text(fetched: int | None, total: int | None) -> str:
    """Why a complete list of members is shorter than the rows that the server counts; "" where it is not."""
    rows = (total or 0) - (fetched or 0)
    if rows <= 0:
        return ""
    if rows == 1:
        return "1 row of team members belongs to nobody that was found."
    return f"{rows} rows of team members belong to nobody that was found."


def shown(value: object, column: str = "") -> object:
    """One value of an answer as text: lists by their members, nodes by what names them, paths by their steps."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    from rc2graph.graph.values import plain

    return cell(plain(value), column)
