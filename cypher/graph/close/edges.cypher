// title: <EDGE> edges that ended become history, and their owner is due for a look
// each: edge with a history
// (:<Start>)-[:<EDGE>]->(:<End>) becomes (:<Start>)-[:<HISTORY>]->(:<End>)
UNWIND $rows AS row
MATCH (<o>:<Owner> {workspace: $workspace, id: row[0]})<owner to target>(<t>:<Target> {workspace: $workspace, id: row[1]})
  USING INDEX SEEK <o>:<Owner>(workspace, id)
  USING INDEX SEEK <t>:<Target>(workspace, id)
CREATE (<a>)-[:<HISTORY> {since: e.firstSeen, until: $now}]->(<b>)
DELETE e
<forget fingerprint>
