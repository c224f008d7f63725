// title: <EDGE> edges that ended, and their owner is due for a look
// each: edge without a history
// (:<Start>)-[:<EDGE>]->(:<End>)
// Collected first: ArcadeDB loses its way among the edges of a node when a hundred of them go while it walks.
UNWIND $rows AS row
MATCH (<o>:<Owner> {workspace: $workspace, id: row[0]})<owner to target>(<t>:<Target> {workspace: $workspace, id: row[1]})
  USING INDEX SEEK <o>:<Owner>(workspace, id)
  USING INDEX SEEK <t>:<Target>(workspace, id)
WITH <o>, collect(e) AS gone
FOREACH (e IN gone | DELETE e)
<forget fingerprint>
