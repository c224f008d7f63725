from rc2graph.text import cell, counted, harmless, harmless_cell, listed, short

__all__ = ["cell", "counted", "harmless", "harmless_cell", "listed", "short"]
