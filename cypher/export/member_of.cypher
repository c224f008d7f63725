// title: Who is in which team, for export
// (:User)-[:MEMBER_OF]->(:Team)
// columns: userId, teamId, username, team, roles, owner, joinedAt, addedById, firstSeen
UNWIND $ids AS id
MATCH (a:User {workspace: $workspace, id: id})-[e:MEMBER_OF]->(b:Team {workspace: $workspace})
RETURN collect([a.id, b.id, a.username, b.name, e.roles, e.owner, e.joinedAt, e.addedById, e.firstSeen]) AS page
