"""What a graph holds of one workspace, as files for other programs: CSV, JSON, BloodHound OpenGraph.

Rows come from the statements in `cypher/graph/export/`, in the order of their ids; both engines give the same. They are
written as they arrive: memory does not grow with the workspace.
"""

from rc2graph.graph.reading import About, Written
from rc2graph.reports.export.document import write_json
from rc2graph.reports.export.opengraph import write_opengraph
from rc2graph.reports.export.sheets import write_csv

__all__ = ["About", "Written", "write_csv", "write_json", "write_opengraph"]
