// title: Rooms that are not in their team any more
// (:Team)-[:HAS_ROOM]->(:Room)
// Collected first, as in close/grants.cypher
UNWIND $rows AS row
MATCH (t:Team {workspace: $workspace, id: row[0]})-[e:HAS_ROOM]->(x:Room {workspace: $workspace, id: row[1]})
  USING INDEX SEEK t:Team(workspace, id)
  USING INDEX SEEK x:Room(workspace, id)
WITH t, collect(e) AS gone
FOREACH (e IN gone | DELETE e)
