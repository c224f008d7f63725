"""JSON: one document with an array a kind. A property that was not visible is absent, as it is in the graph."""

import json
from pathlib import Path
from typing import Any, TextIO

from rc2graph.files import new_files, new_folder
from rc2graph.graph.connect import WorkspaceGraph
from rc2graph.graph.reading import Written, reading
from rc2graph.reports.export.kinds import ALL, Reader

FORMAT = "rc2graph/1"


def write_json(graph: WorkspaceGraph, path: Path, *, overwrite: bool) -> Written:
    """What the export is of, and an array for each kind."""
    counts = {}
    with new_files([path], overwrite=overwrite) as files, reading(graph, finished=True) as about:
        new_folder(path.parent)
        file = files.open(path)
        file.write(f'{{"format": {json.dumps(FORMAT)}')
        for key, value in about.items():
            if value is not None:
                file.write(f",\n{json.dumps(key)}: {json.dumps(value)}")
        reader = Reader(graph)
        for kind in ALL:
            file.write(f",\n{json.dumps(kind)}: ")
            counts[kind] = write_array(file, (present(row) for row in reader.rows(kind)))
        file.write("}\n")
    return Written(about, counts)


def present(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if value is not None}


def write_array(file: TextIO, items: Any) -> int:
    """One item a line; nothing but ASCII, so that no program stumbles over a name."""
    number = 0
    file.write("[")
    for number, item in enumerate(items, start=1):
        file.write(("" if number == 1 else ",") + "\n" + json.dumps(item, default=str))
    file.write("]")
    return number
