"""One SQLite file that holds what was read of a workspace, and the ledger that proves it."""

from rc2graph.snapshot.file import NEXT, Collection, Dataset, Page, Snapshot

__all__ = ["NEXT", "Collection", "Dataset", "Page", "Snapshot"]
