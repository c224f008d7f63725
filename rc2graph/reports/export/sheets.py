"""CSV: a folder with a file a kind, for spreadsheets and databases.

What is absent is an empty cell, a text stands in quotes even where it is empty, and truth values, numbers and absence
do not: so "not visible" never looks like "no" or like an empty text. A list is JSON in one cell.
"""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TextIO

from rc2graph.files import new_files, new_folder
from rc2graph.graph.connect import WorkspaceGraph
from rc2graph.graph.reading import Written, reading
from rc2graph.reports.export.kinds import ALL, Reader, columns

ABOUT = "about"


def write_csv(graph: WorkspaceGraph, folder: Path, *, overwrite: bool, harmless: Callable[[object], str]) -> Written:
    """A file for each kind, and `about.csv`.

    `harmless` makes a text that no spreadsheet takes for a formula and no terminal obeys.
    """
    paths = {kind: folder / f"{kind}.csv" for kind in (ABOUT, *ALL)}
    counts = {}
    with new_files(paths.values(), overwrite=overwrite) as files, reading(graph, finished=True) as about:
        new_folder(folder)
        _write(files.open(paths[ABOUT]), ("key", "value"), about.items(), harmless)
        reader = Reader(graph)
        for kind in ALL:
            names = columns(kind)
            found = ([row[name] for name in names] for row in reader.rows(kind))
            counts[kind] = _write(files.open(paths[kind]), names, found, harmless)
    return Written(about, counts)


def _write(
    file: TextIO, names: Iterable[str], lines: Iterable[Iterable[object]], harmless: Callable[[object], str]
) -> int:
    file.write(",".join(names) + "\n")
    count = 0
    for line in lines:
        file.write(",".join(_cell(value, harmless) for value in line) + "\n")
        count += 1
    return count


def _cell(value: object, harmless: Callable[[object], str]) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case list() | tuple() | dict():
            value = json.dumps(value, ensure_ascii=False, default=str)
    return '"' + harmless(value).replace('"', '""') + '"'
