"""One SQLite file that holds what was read of a workspace, and the ledger that proves it."""

from rc2graph.snapshot.file import Collection, Dataset, Page, Snapshot

__all__ = ["Collection", "Dataset", "Page", "Snapshot"]
