// title: The rooms of all teams, in some fifty lists
// (:Team)-[:HAS_ROOM]->(:Room)
MATCH (x:Room {workspace: $workspace})<-[e:HAS_ROOM]-(t:Team {workspace: $workspace}) WHERE x.id >= ''
RETURN right(x.id, 1) AS part, collect([t.id, x.id, e.main]) AS page
