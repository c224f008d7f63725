// title: <EDGE> edges that ended become history, and their owner is due for a look
// each: edge with a history
// (:<Start>)-[:<EDGE>]->(:<End>) becomes (:<Start>)-[:<HISTORY>]->(:<End>)
// DISTINCT: both ends are found first. Else Neo4j may follow all edges of one end, and join them with the other.
UNWIND $rows AS row
MATCH (<o>:<Owner> {workspace: $workspace, id: row[0]})
  USING INDEX SEEK <o>:<Owner>(workspace, id)
MATCH (<t>:<Target> {workspace: $workspace, id: row[1]})
  USING INDEX SEEK <t>:<Target>(workspace, id)
WITH DISTINCT <o>, <t>
MATCH (<o>)<owner to target>(<t>)
CREATE (<a>)-[:<HISTORY> {since: e.firstSeen, until: $now}]->(<b>)
DELETE e
<forget fingerprint>
