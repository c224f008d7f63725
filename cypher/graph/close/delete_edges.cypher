// title: <EDGE> edges that ended, and their owner is due for a look
// each: edge without a history
// (:<Start>)-[:<EDGE>]->(:<End>)
// Collected first: ArcadeDB loses its way among the edges of a node when a hundred of them go while it walks.
// DISTINCT: both ends are found first. Else Neo4j may follow all edges of one end, and join them with the other.
UNWIND $rows AS row
MATCH (<o>:<Owner> {workspace: $workspace, id: row[0]})
  USING INDEX SEEK <o>:<Owner>(workspace, id)
MATCH (<t>:<Target> {workspace: $workspace, id: row[1]})
  USING INDEX SEEK <t>:<Target>(workspace, id)
WITH DISTINCT <o>, <t>
MATCH (<o>)<owner to target>(<t>)
WITH <o>, collect(e) AS gone
FOREACH (e IN gone | DELETE e)
<forget fingerprint>
