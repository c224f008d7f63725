// title: Rooms of teams: team, room, whether it is the main one
// (:Team)-[:HAS_ROOM]->(:Room)
UNWIND $rows AS row
MATCH (t:Team {workspace: $workspace, id: row[0]})
  USING INDEX SEEK t:Team(workspace, id)
MATCH (x:Room {workspace: $workspace, id: row[1]})
  USING INDEX SEEK x:Room(workspace, id)
MERGE (t)-[e:HAS_ROOM]->(x)
SET e.main = row[2]
