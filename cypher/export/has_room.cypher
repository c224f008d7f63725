// title: The rooms of teams, for export
// (:Team)-[:HAS_ROOM]->(:Room)
// columns: teamId, team, roomId, room, main
MATCH (a:Team {workspace: $workspace})-[e:HAS_ROOM]->(b:Room {workspace: $workspace})
RETURN a.id AS teamId, a.name AS team, b.id AS roomId, b.name AS room, e.main AS main
ORDER BY teamId, roomId
