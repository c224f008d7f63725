// title: Who is in which team, for export
// (:User)-[:MEMBER_OF]->(:Team)
// columns: userId, username, teamId, team, roles, owner, joinedAt, addedById, firstSeen
MATCH (a:User {workspace: $workspace})-[e:MEMBER_OF]->(b:Team {workspace: $workspace})
RETURN a.id AS userId, a.username AS username, b.id AS teamId, b.name AS team, e.roles AS roles, e.owner AS owner,
       e.joinedAt AS joinedAt, e.addedById AS addedById, e.firstSeen AS firstSeen
ORDER BY userId, teamId
