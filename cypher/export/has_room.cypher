// title: The rooms of teams, for export
// (:Team)-[:HAS_ROOM]->(:Room)
// columns: teamId, roomId, team, room, main
UNWIND $ids AS id
MATCH (a:Team {workspace: $workspace, id: id})-[e:HAS_ROOM]->(b:Room {workspace: $workspace})
RETURN collect([a.id, b.id, a.name, b.name, e.main]) AS page
