"""One SQLite file that holds what was read of a workspace, and the ledger that proves it."""

from rc2graph.snapshot.file import NEXT, Dataset
from rc2graph.snapshot.reader import Snapshot
from rc2graph.snapshot.writer import Collection, Page

__all__ = ["NEXT", "Collection", "Dataset", "Page", "Snapshot"]
