// title: Of several <EDGE> edges between the same two, made by hand, the oldest stays, and their owner is due for a look
// each: edge
// (:<Start>)-[:<EDGE>]->(:<End>)
// Collected first, as in close/delete_edges.
UNWIND $rows AS row
MATCH (<a>:<Start> {workspace: $workspace, id: row[<place of a>]})-[e:<EDGE>]->(<b>:<End> {workspace: $workspace, id: row[<place of b>]})
  USING INDEX SEEK <a>:<Start>(workspace, id)
  USING INDEX SEEK <b>:<End>(workspace, id)
WITH <o>, row, e ORDER BY coalesce(e.firstSeen, '9')
WITH <o>, row, collect(e) AS edges
FOREACH (e IN tail(edges) | DELETE e)
<forget fingerprint>
