"""What an auditor keeps of a review: the questions, their answers, the decisions, what nobody could see, and hashes.

    DIR/README.txt             what it is, and how to check it without this tool
    DIR/SHA256SUMS             of the files below, for `sha256sum -c`
    DIR/manifest.json          SHA-256 of every other file; its own is told when the pack is made
    DIR/about.json             workspaces, last `Sync` of each, dataset states, snapshot hashes, versions, parameters
    DIR/review.html            the page
    DIR/results/NAME.csv       every row of every answer; summary.csv: verdicts
    DIR/questions/NAME.cypher  what was asked, word for word
    DIR/decisions.csv          every decision that the graph holds
    DIR/worksheet.csv          each privileged access, its risk, and what was last decided about it
    DIR/administrators.html    the map of everybody who is or can become administrator

The last two have a number in their names where there are several workspaces.

Nothing of the clock goes in but the instant that is given: the same graph and time make the same bytes.
"""

import csv
import hashlib
import io
import json
import os
import secrets
import shlex
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rc2graph.errors import UsageError
from rc2graph.files import new_files, new_folder
from rc2graph.graph import state
from rc2graph.graph.connect import Graph, WorkspaceGraph
from rc2graph.graph.reading import half_loaded
from rc2graph.render.access_map import page as map_page
from rc2graph.render.review_html import page
from rc2graph.render.sheets import sheets
from rc2graph.reviews.questions import Question
from rc2graph.reviews.run import Review, review
from rc2graph.reviews.worksheet import write_worksheet
from rc2graph.text import cell, harmless, harmless_cell

MANIFEST, DECISIONS = "manifest.json", "decisions/attestations"
SUMS, README = "SHA256SUMS", "README.txt"
README_TEXT = """Evidence of an access review of Rocket.Chat
===========================================

What was reviewed
{seen}
Made for {at} by {tool}.

What is in it
  review.html           the review as a page: open it in a browser, it asks no network
  administrators*.html  a map of everybody who is or can become administrator
  results/              every answer in full, one CSV file for each question; summary.csv says what each found
  questions/            what was asked, word for word (Cypher)
  worksheet*.csv        each privileged access, its risk, and what was last decided about it
  decisions.csv         every decision that was stored, by whom and when
  about.json            what was read and what was not visible, versions, thresholds
  manifest.json         the SHA-256 of every other file

How to check it
  That no file was changed:     sha256sum -c SHA256SUMS
                                (macOS: shasum -a 256 -c SHA256SUMS)
  That the pack is the one that was made: compare the SHA-256 of manifest.json with the one that was noted down when it
  was made. manifest.json names the SHA-256 of every file, of SHA256SUMS too.
                                sha256sum manifest.json
  With rc2graph, both at once:  rc2graph evidence --verify DIR

"not visible" in an answer is never "no": the account that read the workspace could not see what the answer rests on.
The same graph and the same instant make the same bytes.
"""
ON_A_PAGE = 1_000
FORMAT = 1


@dataclass(frozen=True)
class Pack:
    """`sha256` is the manifest's: who notes it down can prove later that nothing in the folder was changed."""

    folder: Path
    sha256: str
    files: int
    review: Review | None = None


@dataclass(frozen=True)
class Checked:
    """What a folder holds against what its manifest says."""

    pack: Pack
    at: str
    changed: tuple[str, ...]
    missing: tuple[str, ...]
    added: tuple[str, ...]

    @property
    def whole(self) -> bool:
        return not (self.changed or self.missing or self.added)


def write_evidence(
    workspaces: Sequence[WorkspaceGraph],
    questions: Sequence[Question],
    values: Mapping[str, Any],
    folder: Path,
    *,
    at: str,
) -> Pack:
    """The whole pack, or nothing. `at`: the instant that it is made for.

    Errors: `UsageError`; `IncompleteError` where no load of a workspace has finished; those of `review`.
    """
    for graph in workspaces:
        if state.last_sync(graph) is None:
            raise half_loaded(graph.name)
    with _new_folder(folder) as part:
        with sheets(part / "results", questions, overwrite=False) as results:
            found = review(workspaces, questions, values, most=ON_A_PAGE, sink=results.sink, mapped=True)
            results.finish(found)
        asked = {f"{one.name}.cypher": one.text for one in questions}
        _write(part / "questions", {name: [text] for name, text in asked.items()})
        about = _about(workspaces[0], found, at)
        texts = {"about.json": [_json(about)], "review.html": page(found)}
        _write(part, {**texts, "decisions.csv": _decisions(workspaces)})
        for number, (graph, mapped) in enumerate(zip(workspaces, found.maps, strict=True), 1):
            which = f"-{number}" if len(workspaces) > 1 else ""
            write_worksheet(graph, part / f"worksheet{which}.csv", at=at)
            _write(part, {f"administrators{which}.html": map_page(mapped)})
        _write(part, {README: [_readme(found, at)]})
        _write(part, {SUMS: _sums(part)})
        hashes = {path.relative_to(part).as_posix(): _sha256(path) for path in _files(part)}
        manifest = _json({"format": FORMAT, "made by": found.tool, "at": at, "files": hashes})
        _write(part, {MANIFEST: [manifest]})
    return Pack(folder, hashlib.sha256(manifest.encode()).hexdigest(), len(hashes), found)


def _sums(folder: Path) -> list[str]:
    """Lines for `sha256sum -c`."""
    return [f"{_sha256(path)}  {path.relative_to(folder).as_posix()}\n" for path in _files(folder)]


def _readme(found: Review, at: str) -> str:
    seen = "".join(f"  {harmless(one.workspace)}, as of {one.as_of}\n" for one in found.seen)
    return README_TEXT.format(seen=seen, at=at, tool=found.tool)


def check_evidence(folder: Path) -> Checked:
    """Compare every file with the manifest. Errors: `UsageError` where there is no pack."""
    if not folder.is_dir():
        near = next((one for one in folder.parents if (one / MANIFEST).is_file()), None)
        name = str(near) if near else "DIR"
        raise UsageError(
            f"{folder} is a file, and no evidence pack." if folder.exists() else f"There is no folder {folder}.",
            f"An evidence pack is a folder with a {MANIFEST}.",
            f"Name the folder: rc2graph evidence --verify {shlex.quote(name)}",
        )
    try:
        text = (folder / MANIFEST).read_bytes()
        manifest = json.loads(text)
        told: dict[str, str] = dict(manifest["files"])
        at = str(manifest["at"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise UsageError(
            f"{folder} holds no evidence pack.", f"Its {MANIFEST} cannot be read.", "rc2graph evidence DIR makes one."
        ) from error
    there = {path.relative_to(folder).as_posix(): path for path in _files(folder) if path != folder / MANIFEST}
    return Checked(
        Pack(folder, hashlib.sha256(text).hexdigest(), len(told)),
        at,
        tuple(name for name in sorted(told) if name in there and _sha256(there[name]) != told[name]),
        tuple(sorted(told.keys() - there.keys())),
        tuple(sorted(there.keys() - told.keys())),
    )


def _about(graph: Graph, found: Review, at: str) -> dict[str, Any]:
    return {
        "at": at,
        "tool": found.tool,
        "catalogue": found.catalogue,
        "read": found.read,
        "graph": f"{graph.engine} {graph.version}",
        "parameters": {one.question.name: one.parameters for one in found.results},
        "notExposed": found.not_exposed,
        "workspaces": [
            {
                "workspace": one.workspace,
                "asOf": one.as_of,
                "snapshotSha256": one.sync.get("snapshotSha256"),
                "callerId": one.sync.get("callerId"),
                "callerRoles": one.sync.get("callerRoles"),
                "datasets": one.datasets,
                "notVisible": one.not_visible,
                "version": one.version,
                "notes": [note.text for note in one.notes],
                "counts": one.counts,
                "sync": one.sync,
            }
            for one in found.seen
        ],
    }


def _decisions(workspaces: Sequence[WorkspaceGraph]) -> Iterator[str]:
    columns = (
        "workspace", "user", "access", "decision", "until", "note", "reviewer", "decidedAt", "self", "userId", "kind",
        "accessId", "state", "worksheet", "id",
    )  # fmt: skip
    yield _line(columns)
    for graph in workspaces:
        for row in graph.rows(DECISIONS):
            yield _line([harmless_cell(cell(row["attestation"].get(name))) for name in columns])


def _line(cells: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue()


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=True, default=str) + "\n"


def _write(folder: Path, texts: Mapping[str, Any]) -> None:
    new_folder(folder)
    with new_files([folder / name for name in texts], overwrite=False) as files:
        for name, pieces in texts.items():
            files.open(folder / name).writelines(pieces)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())


def _sha256(path: Path) -> str:
    if path.is_symlink():
        return "a link"
    if not path.is_file():
        return "no file"  # a pipe would be read for ever
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _new_folder(folder: Path) -> Iterator[Path]:
    """A folder that is there when the block has ended well. Errors: `UsageError` where something is there already."""
    if folder.is_symlink() or (folder.exists() and (not folder.is_dir() or any(folder.iterdir()))):
        raise UsageError(f"{folder} is there already.", "Evidence is never written over.", "Name another folder.")
    part = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.part")
    try:
        new_folder(part)
        yield part
        os.replace(part, folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
