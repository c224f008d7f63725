// title: Of several <EDGE> edges between the same two, made by hand, the oldest stays, and their owner is due for a look
// each: edge
// (:<Start>)-[:<EDGE>]->(:<End>)
// DISTINCT, and collected first: as in close/delete_edges.
UNWIND $rows AS row
MATCH (<a>:<Start> {workspace: $workspace, id: row[<place of a>]})
  USING INDEX SEEK <a>:<Start>(workspace, id)
MATCH (<b>:<End> {workspace: $workspace, id: row[<place of b>]})
  USING INDEX SEEK <b>:<End>(workspace, id)
WITH DISTINCT <a>, <b>
MATCH (<a>)-[e:<EDGE>]->(<b>)
WITH <a>, <b>, e ORDER BY coalesce(e.firstSeen, '9')
WITH <a>, <b>, collect(e) AS edges
FOREACH (e IN tail(edges) | DELETE e)
<forget fingerprint>
