"""Evidence packs that lie about. They are issued, and stay as they are."""

import json
import os
from collections.abc import Iterable
from pathlib import Path

from rc2graph.reports.evidence import MANIFEST

DEPTH = 4
"""Folders below the ones that are looked into."""


def packs_of(folders: Iterable[Path], workspace: str) -> list[Path]:
    """Packs about a workspace (or about nobody knows which) in these folders and down to `DEPTH` below them."""
    found: dict[Path, Path] = {}
    for top in folders:
        for folder, below, files in os.walk(top):
            deep = len(Path(folder).relative_to(top).parts)
            below[:] = sorted(below) if deep < DEPTH else []
            if MANIFEST in files and _is_of(Path(folder), workspace):
                found.setdefault(Path(folder).resolve(), Path(folder))
    return list(found.values())


def _is_of(folder: Path, workspace: str) -> bool:
    manifest = _read(folder / MANIFEST)
    if not isinstance(manifest, dict) or not str(manifest.get("made by", "")).startswith("rc2graph"):
        return False
    about = _read(folder / "about.json")
    if not isinstance(about, dict) or not isinstance(about.get("workspaces"), list):
        return True
    return any(not isinstance(one, dict) or one.get("workspace") == workspace for one in about["workspaces"])


def _read(path: Path) -> object:
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
